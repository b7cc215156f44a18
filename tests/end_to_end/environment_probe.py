# SPDX-License-Identifier: BSD-3-Clause
"""The text of a program that reports how Python looks from inside, and what may differ there."""

PROBE = r'''
import sys
early_modules = sorted(sys.modules)
early_globals = sorted(globals())
import _locale, builtins, gc, os, site

PLAIN = (str, bytes, int, float, bool, tuple, list, dict, set, type(None))


def plain(value):
    """A text that is the same for equal values, without addresses."""
    if isinstance(value, (list, tuple)):
        return type(value).__name__ + repr([plain(item) for item in value])
    if isinstance(value, dict):
        return "dict" + repr(sorted((plain(k), plain(v)) for k, v in value.items()))
    if isinstance(value, set):
        return "set" + repr(sorted(map(plain, value)))
    return repr(value) if isinstance(value, PLAIN) else "a " + type(value).__name__


def attributes(module, leave_out=()):
    return {name: plain(value) for name, value in vars(module).items() if name not in leave_out}


def describe_spec(spec):
    return spec and [spec.name, spec.origin, spec.cached, spec.has_location, type(spec.loader).__name__,
                     plain(spec.submodule_search_locations)]


def describe_module(module):
    names = ("__name__", "__file__", "__cached__", "__package__", "__path__", "__doc__")
    found = {name: plain(getattr(module, name)) for name in names if hasattr(module, name)}
    found["__spec__"] = describe_spec(getattr(module, "__spec__", None))
    found["__loader__"] = type(getattr(module, "__loader__", None)).__name__
    return found


# Without SIGTTIN, which mpiexec tells its children to ignore.
def signal_handlers():
    import _signal
    return {number: plain(_signal.getsignal(number)) if not callable(_signal.getsignal(number))
            else "a function" for number in sorted(_signal.valid_signals() - {21})}


def describe_stream(stream):
    return stream and [stream.encoding, stream.errors, stream.line_buffering, stream.write_through,
                       stream.name, type(stream.buffer).__name__, stream.fileno()]


main = sys.modules["__main__"]
report({
    "sys": attributes(sys, ("modules", "path_importer_cache", "meta_path", "path_hooks", "_base_executable")),
    "base executable": getattr(sys, "_base_executable", None),
    "modules": early_modules,
    "module attributes": {name: describe_module(sys.modules[name]) for name in early_modules
                          if name in sys.modules and name != "__main__"},
    "meta_path": [getattr(f, "__name__", type(f).__name__) for f in sys.meta_path],
    "path_hooks": [getattr(h, "__qualname__", type(h).__name__) for h in sys.path_hooks],
    "site": attributes(site, ("__builtins__", "__loader__", "__spec__")),
    "builtins": attributes(builtins),
    "main globals": early_globals,
    "main": describe_module(main),
    "is main": main.__dict__ is globals(),
    "flags": str(sys.flags),
    "streams": [describe_stream(s) for s in (sys.stdout, sys.stderr)],
    "locale": [_locale.setlocale(_locale.LC_CTYPE), os.environ.get("LC_CTYPE")],
    "file system": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()],
    "gc": [gc.isenabled(), gc.get_threshold()],
    "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()],
    "signals": signal_handlers(),
    "folder": os.getcwd(),
    "hash": hash("text") if sys.flags.hash_randomization == 0 else None,
    "depth": 0 if sys._getframe().f_back is None else 1,
    "debug": __debug__,
})
'''


def base_name(name):
    """The name of the class in importlib or zipimport that one of pylaunch's is derived from."""
    return {"MemoryZipImporter": "zipimporter"}.get(name, name.removeprefix("Memory"))


def allowed(expected, actual):
    """Takes out what differs on purpose; docs/importer.md names each of these."""
    # One more finder at the end, for modules that are part of pylaunch ...
    if actual["meta_path"][len(expected["meta_path"]):] == ["EmbeddedModuleFinder"]:
        actual["meta_path"].pop()
    # ... one more path hook in front of the others, whose finders know the broadcast listings ...
    if len(actual["path_hooks"]) == len(expected["path_hooks"]) + 1:
        actual["path_hooks"].pop(0)
    # ... loaders that are subclasses of importlib's ...
    for description in [actual["main"], *actual["module attributes"].values()]:
        description["__loader__"] = base_name(description["__loader__"])
        if description["__spec__"]:
            description["__spec__"][4] = base_name(description["__spec__"][4])
    # ... and SIGTERM that ends a program like sys.exit(143).
    if expected["signals"]["15"] != actual["signals"]["15"] == "a function":
        actual["signals"]["15"] = expected["signals"]["15"]

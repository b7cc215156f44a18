# SPDX-License-Identifier: BSD-3-Clause
"""Writes what is derived from the MPI module itself: its type stubs and the table of its names.

    PYLAUNCH_MPI4PY=native pylaunch modules/interface/describe.py STUBS.pyi TABLE.md

The stubs have the whole interface, whatever the MPI library: what it does not provide keeps the lines
that the package's stub file has.
"""
import inspect
import re
import sys
from pathlib import Path

from mpi4py import MPI

from annotations import CLASS_RETURNS, CONSTRUCTORS, PARAMETERS, PREAMBLE, RETURNS
from kept import kept_stubs

KEPT = kept_stubs(Path(__file__).resolve().parents[1] / "package/mpi4py/MPI.pyi")
NOT_PROVIDED = "Not provided with this MPI library."
SUBCLASSABLE = 1 << 10  # Py_TPFLAGS_BASETYPE
SIGNATURE = re.compile(r"(\w+)\((.*)\)(?: -> (.*))?$", re.DOTALL)


def is_provided(member):
    return NOT_PROVIDED not in (getattr(member, "__doc__", None) or "")


def signature_of(member):
    """The first line of a docstring, or nothing."""
    first = (member.__doc__ or "").partition("\n")[0]
    return SIGNATURE.match(first)


def sentence_of(member):
    return (member.__doc__ or "").partition("\n")[2].strip()


def buffer_annotation(function, name, default):
    """What a buffer may be: one block, equal blocks, or blocks of their own for each rank."""
    kind = re.search(r"(gather|scatter|alltoall)([vw]?)(_init)?$", function.lower())
    if kind and kind[2] == "w":
        blocks = "BufSpecW"
    elif kind:
        blocks = "BufSpec | BufSpecV" if kind[2] else "BufSpec | BufSpecB"
    else:
        blocks = "BufSpec | BufSpecB" if "reduce_scatter" in function.lower() else "BufSpec"
    if name in ("sendbuf", "recvbuf") and "sendrecv" not in function.lower():
        return f"{blocks} | InPlace"
    return f"{blocks} | None" if default else blocks


def first_of(table, *keys):
    """The entry of the first key that has one; KeyError of the last when none has."""
    return table[next((key for key in keys if key in table), keys[-1])]


def annotated(parameter, function, owner):
    """`name: annotation = default` as a stub has it."""
    name, _, default = (part.strip() for part in parameter.partition("="))
    name, _, annotation = (part.strip() for part in name.partition(":"))
    if name in ("self", "cls") or name.startswith("*"):
        if name in ("self", "cls"):
            return name
        return f"{name}: {PARAMETERS[name.lstrip('*')]}"
    if not annotation:
        annotation = first_of(PARAMETERS, (owner, function, name), (function, name), name)
        if annotation == "BufSpec":
            annotation = buffer_annotation(function, name, default)
    return f"{name}: {annotation.format(owner=owner)}" + (" = ..." if default else "")


def stub_of_function(name, member, owner="", indent=""):
    if not is_provided(member):
        return KEPT[owner, name]
    match = signature_of(member)
    parts = [annotated(part, name, owner) for part in match[2].split(", ")] if match[2] else []
    result = CLASS_RETURNS.get((owner, name)) or match[3] or RETURNS[name]
    line = f"{indent}def {name}({', '.join(parts)}) -> {result}: ..."
    if parts and parts[0] == "cls":
        line = f"{indent}@classmethod\n{line}"
    elif owner and (not parts or parts[0] != "self"):
        line = f"{indent}@staticmethod\n{line}"
    return line


def is_settable(member, owner):
    """A value of the wrong type tells: a property without a setter does not even look at it."""
    try:
        member.__set__(owner(), object())
    except AttributeError:
        return False
    except (TypeError, MPI.Exception):
        pass
    return True


def stub_of_property(name, member, owner):
    first = (member.__doc__ or "").partition("\n")[0]
    annotation = first.partition(": ")[2]
    if not is_provided(member):
        return KEPT[owner.__name__, name]
    result = CLASS_RETURNS.get((owner.__name__, name)) or annotation or RETURNS[name]
    text = f"    @property\n    def {name}(self) -> {result}: ..."
    if is_settable(member, owner):
        text += f"\n    @{name}.setter\n    def {name}(self, value: {result}) -> None: ..."
    return text


SPECIAL = {
    "__new__": "def __new__(cls) -> Self: ...",
    "__bool__": "def __bool__(self) -> bool: ...",
    "__int__": "def __int__(self) -> int: ...",
    "__hash__": "def __hash__(self) -> int: ...",
    "__len__": "def __len__(self) -> int: ...",
    "__contains__": "def __contains__(self, key: object, /) -> bool: ...",
    "__iter__": "def __iter__(self) -> Iterator[{item}]: ...",
    "__getitem__": "def __getitem__(self, key: {key}, /) -> {value}: ...",
    "__setitem__": "def __setitem__(self, key: {key}, value: {new_value}, /) -> None: ...",
    "__delitem__": "def __delitem__(self, key: {key}, /) -> None: ...",
    "__call__": "def __call__(self, x: _PickledObject, y: _PickledObject) -> _PickledObject: ...",
    "__reduce__": "def __reduce__(self) -> _Reduced: ...",
    "__eq__": "def __eq__(self, other: object, /) -> bool: ...",
    "__ne__": "def __ne__(self, other: object, /) -> bool: ...",
    **{name: f"def {name}(self, other: object, /) -> bool: ..."
       for name in ("__lt__", "__le__", "__gt__", "__ge__")},
}


ELEMENTS = {  # of what can be subscribed, and what iteration gives
    "Info": {"key": "str", "value": "str", "new_value": "str", "item": "str"},
    "buffer": {"key": "int | slice", "value": "int | buffer", "new_value": "int | Buffer",
               "item": "int"},
}


def special_method(cls, name):
    """A method whose name has underscores, as a stub has it."""
    if name == "__new__" and cls.__name__ in CONSTRUCTORS:
        if "__init__" in vars(cls):
            return f"def __init__(self, {CONSTRUCTORS[cls.__name__]}) -> None: ..."
        return f"def __new__(cls, {CONSTRUCTORS[cls.__name__]}) -> Self: ..."
    if name == "__hash__" and cls.__hash__ is None:
        ignored = "  # type: ignore[assignment]" if cls.__bases__ == (object,) else ""
        return f"__hash__: ClassVar[None]{ignored}"
    text = SPECIAL[name]
    for part, annotation in ELEMENTS.get(cls.__name__, {}).items():
        text = text.replace("{" + part + "}", annotation)
    return text


def is_function(member):
    return inspect.isroutine(member) or isinstance(member, (classmethod, staticmethod))


def is_inherited(cls, name, member):
    """Classes have descriptors of their own for inherited methods, too: they share the docstring."""
    return any(name in vars(base) and vars(base)[name].__doc__ == member.__doc__
               for base in cls.__mro__[1:])


def public_members(cls):
    """(name, member) of what the class itself defines."""
    return sorted((name, member) for name, member in vars(cls).items()
                  if not name.startswith("_") and not is_inherited(cls, name, member))


def stub_of_class(cls):
    base = cls.__bases__[0]
    parent = "" if base is object else f"({base.__name__})"
    lines = [] if cls.__flags__ & SUBCLASSABLE else ["@final"]
    lines.append(f"class {cls.__name__}{parent}:")
    lines += [f"    {special_method(cls, name)}" for name in SPECIAL if name in vars(cls)]
    for name, member in public_members(cls):
        if is_function(member):
            bound = member.__get__(None, cls) if hasattr(member, "__get__") else member
            lines.append(stub_of_function(name, bound, cls.__name__, "    "))
        else:
            lines.append(stub_of_property(name, member, cls))
    return "\n".join(lines if lines[-1][-1] != ":" else [*lines, "    ..."])


def parts_of_module():
    """Classes (bases first), functions and constants of the module, by name."""
    items = {name: value for name, value in vars(MPI).items() if not name.startswith("__")}
    classes = {name: value for name, value in items.items()
               if isinstance(value, type) and value.__name__ == name}
    ordered = dict(sorted(classes.items(), key=lambda item: (len(item[1].__mro__), item[0])))
    aliases = {name: value for name, value in items.items()
               if isinstance(value, type) and value.__name__ != name}
    functions = {name: value for name, value in sorted(items.items()) if inspect.isroutine(value)}
    constants = {name: value for name, value in sorted(items.items())
                 if name not in classes and name not in aliases and name not in functions}
    return ordered, aliases, functions, constants


def constant_annotation(value):
    """The class of a constant. Dictionaries are those of datatypes by their code."""
    return "dict[str, Datatype]" if isinstance(value, dict) else type(value).__name__


def stubs():
    classes, aliases, functions, constants = parts_of_module()
    parts = [PREAMBLE.strip()]
    parts += [stub_of_class(cls) for cls in classes.values()]
    parts.append("__pyx_capi__: Final[dict[str, CapsuleType]]")
    parts.append("\n".join(f"{name} = {value.__name__}" for name, value in aliases.items()))
    parts.append("\n".join(stub_of_function(name, value) for name, value in functions.items()))
    parts.append("\n".join(f"{name}: Final[{constant_annotation(value)}]"
                           for name, value in constants.items()))
    return "\n\n".join(parts) + "\n"


def table_rows():
    """(owner, name, kind, is provided)."""
    classes, aliases, functions, constants = parts_of_module()
    for name, member in functions.items():
        yield "module", name, "function", is_provided(member)
    for owner, cls in classes.items():
        for name, member in public_members(cls):
            yield owner, name, "method" if is_function(member) else "property", is_provided(member)
    for name, value in {**classes, **aliases, **constants}.items():
        kind = "class" if isinstance(value, type) else type(value).__name__
        yield "module", name, kind, True


def table():
    rows = list(table_rows())
    missing = [row for row in rows if not row[3]]
    library = MPI.Get_library_version().partition("\n")[0].strip("\0 ")
    library = re.sub(r"\s+", " ", library)
    version = ".".join(map(str, MPI.Get_version()))
    lines = [
        "# The names of the MPI module", "",
        "<!-- Written by modules/interface/describe.py; do not edit. -->", "",
        f"With {library}, which is MPI {version}: {len(rows)} names, of which {len(missing)} raise "
        "`NotImplementedError` because the MPI library does not have what they need.", "",
        "| of | name | kind | state |", "|---|---|---|---|",
    ]
    lines += [f"| {owner} | `{name}` | {kind} | {'native' if provided else 'not provided'} |"
              for owner, name, kind, provided in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(stubs(), encoding="utf-8")
    Path(sys.argv[2]).write_text(table(), encoding="utf-8")

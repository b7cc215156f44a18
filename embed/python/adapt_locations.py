# SPDX-License-Identifier: BSD-3-Clause
"""importlib.util.spec_from_file_location(), with which finders of editable installs make their
specs, chooses the loaders that look into memory first."""

import sys


def adapt(external, loaders):
    """`loaders`: which class takes the place of which of importlib's."""
    from_file = external.spec_from_file_location

    def spec_from_file_location(name, location=None, **options):
        spec = from_file(name, location, **options)
        if spec is not None and options.get("loader") is None:
            loader = loaders.get(type(spec.loader))
            if loader is not None:
                spec.loader = loader(spec.loader.name, spec.loader.path)
        return spec

    # With the globals of importlib's, by which debuggers tell that they are in importlib.
    function = type(adapt)
    spec_from_file_location = function(spec_from_file_location.__code__, vars(external), from_file.__name__,
                                       (None,), spec_from_file_location.__closure__)
    # What functools.wraps() copies; importing it would show in sys.modules.
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(spec_from_file_location, name, getattr(from_file, name))
    spec_from_file_location.__wrapped__ = from_file
    external.spec_from_file_location = spec_from_file_location
    util = sys.modules.get("importlib.util")
    if util is not None:
        util.spec_from_file_location = spec_from_file_location

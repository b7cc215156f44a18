# SPDX-License-Identifier: BSD-3-Clause
"""importlib.util.spec_from_file_location(), with which finders of editable installs make their
specs, chooses the loaders that look into memory first."""

import functools
import sys


def adapt(external, loaders):
    """`loaders`: which class takes the place of which of importlib's."""
    from_file = external.spec_from_file_location

    @functools.wraps(from_file)
    def spec_from_file_location(name, location=None, **options):
        spec = from_file(name, location, **options)
        if spec is not None and options.get("loader") is None:
            loader = loaders.get(type(spec.loader))
            if loader is not None:
                spec.loader = loader(spec.loader.name, spec.loader.path)
        return spec

    external.spec_from_file_location = spec_from_file_location
    util = sys.modules.get("importlib.util")
    if util is not None:
        util.spec_from_file_location = spec_from_file_location

# SPDX-License-Identifier: BSD-3-Clause
"""threadpoolctl, by which scikit-learn limits the threads of BLAS and OpenMP, finds the libraries
that lie in memory. From 3.8 on it reads /proc/self/maps, where these have no path; earlier versions
ask ld.so, which has their true paths."""

import os


def adapt(threadpoolctl):
    controller = threadpoolctl.ThreadpoolController
    find_in_maps = getattr(controller, "_find_libraries_with_linux", None)
    if find_in_maps is None:
        return

    def prefixes():
        """What the names of libraries begin with that somebody can control; packages add to these."""
        known = getattr(threadpoolctl, "_ALL_CONTROLLERS", None)
        return ("",) if known is None else tuple(prefix for one in known for prefix in one.filename_prefixes)

    def _find_libraries_with_linux(self):
        find_in_maps(self)
        wanted = prefixes()
        for path in memory.libraries():
            # It would follow the links of each path to look at the names.
            if os.path.basename(memory.real_path(path) or path).lower().startswith(wanted):
                self._make_controller_from_path(path)

    controller._find_libraries_with_linux = _find_libraries_with_linux

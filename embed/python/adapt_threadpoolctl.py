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

    def _find_libraries_with_linux(self):
        find_in_maps(self)
        from importlib.machinery import EXTENSION_SUFFIXES
        extensions = tuple(suffix for suffix in EXTENSION_SUFFIXES if suffix != ".so")
        for path in memory.libraries():
            # It would follow the links of each path; no extension module is a pool of threads.
            if not os.path.basename(path).endswith(extensions):
                self._make_controller_from_path(path)

    controller._find_libraries_with_linux = _find_libraries_with_linux

# SPDX-License-Identifier: BSD-3-Clause
"""vtkmodules of VTK and ParaView, which lists its folder and follows the links of two files for each of its
some 180 extension modules, finds them in memory. Its loader derives from importlib's."""

import os


def adapt(vtkmodules):
    from_files = getattr(vtkmodules, "find_lib_path", None)
    if from_files is None:
        return

    def in_memory(folder, name):
        """The true path of the extension module in a folder that is known; else None."""
        for file in memory.names(folder) or ():
            stem, dot, suffixes = file.replace("-", ".").partition(".")
            if stem != name or not dot or "so" not in suffixes.split("."):
                continue
            for at in (folder, memory.real_path(folder)):
                real = at and memory.real_path(os.path.join(at, file))
                if real is not None:
                    return real
        return None

    def find_lib_path(paths, vtk_module_name):
        paths = list(paths)
        known = in_memory(paths[0], vtk_module_name) if len(paths) == 1 else None
        return known if known is not None else from_files(paths, vtk_module_name)

    vtkmodules.find_lib_path = find_lib_path

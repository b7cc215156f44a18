// SPDX-License-Identifier: BSD-3-Clause
//
// The bundle as the Python code of embed/python/ sees it: a module object with a few functions on
// paths, which is in nobody's sys.modules.
#pragma once

#include <pybind11/pybind11.h>

namespace pylaunch::embed {

// content(path)  the bytes of a file as a memoryview, or None
// copy(path)     a descriptor of a new file in memory with these bytes, or None
// kind(path)     "file", "folder", "absent", or None where the bundle does not say
//                what is absent may be asked for once more, see FileMemory::kind_now()
// kind_at_start(path)  the same without that request
// names(path)    the names in a folder, or None
// real_path(path)  os.path.realpath() of it, or None where the bundle does not say
// libraries()    the true paths of the shared objects that are loaded from memory
// archive(path)  the longest part of the path that is a file of the bundle, or None
// want(letter, path)  a line for the manifest of the next run
// load(name)     a module of embed/python/
// recheck(path)  one stat: a file that has changed is no longer taken from memory
// finder_type    the class of the finders; install_importer() adds it
pybind11::module_ make_memory_module();

}  // namespace pylaunch::embed

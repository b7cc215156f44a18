// SPDX-License-Identifier: BSD-3-Clause
//
// An audit hook (PEP 578) tells what a process does with files through Python: at start-up which
// .pth files `site` opens and which modules' code is run, later which folders it writes to, where a
// listing taken before the job would no longer be true, which files it reads, which shared objects
// it is about to load, and that it starts other processes.
#pragma once

#include <Python.h>

#include <string>
#include <vector>

namespace pylaunch::embed {

// Between the pre-initialisation and the start of the interpreter; once per process.
void install_audit_hook();

// From now on the process may be replaced by another: what customises Python may not do that, as
// the other ranks wait for this one.
void allow_exec();

// The .pth files opened since then, in order, without those that other .pth files or customisations
// have asked for.
const std::vector<std::string>& audited_path_files();

// From now on, the code objects that exec() is given, by importlib above all, are kept in order;
// until they are forgotten, which ends it.
void watch_code();
const std::vector<PyObject*>& audited_code();
void forget_audited_code();

// From now on, `path_changed(path)` is called with the path of each file or folder that this
// process creates, opens for writing, renames or removes, `folder_made(path)` in place of it with
// that of a folder that it is about to make, which fails where there is something of that name, and
// `path_read(path)` with that of each file that it opens for reading. The first two by any
// interpreter of the process, whose GIL may be its own; all else here is about the main
// interpreter.
void watch_files(void (*path_changed)(const char* path), void (*folder_made)(const char* path),
                 void (*path_read)(const char* path));

// From now on, `started()` is called when this process forks or starts another program; by any
// interpreter.
void watch_children(void (*started)());

// From now on, `about_to_load(path)` is called before ctypes gives `path` to dlopen; NULL for none.
void watch_libraries(void (*about_to_load)(const char* path));

// From now on, `about_to_load(name, path)` is called before CPython gives the file of the extension
// module `name` to dlopen, whoever wrote the loader that asks for it.
void watch_extensions(void (*about_to_load)(const char* name, const char* path));

}  // namespace pylaunch::embed

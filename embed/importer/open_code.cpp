// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/open_code.hpp"

#include <unistd.h>

#include <climits>

#include "embed/exiting_thread.hpp"
#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

std::string absolute_file(const std::string& path) {
  char directory[PATH_MAX];
  if (path.starts_with('/') || getcwd(directory, sizeof directory) == nullptr) return path;
  return std::string(directory) + "/" + path;
}

// What io.open_code() does by itself.
PyObject* open_file(PyObject* path) {
  PyObject* module = PyImport_ImportModule("_io");
  if (module == nullptr) return nullptr;
  PyObject* stream = PyObject_CallMethod(module, "open", "Os", path, "rb");
  Py_DECREF(module);
  return stream;
}

PyObject* find_or_open(PyObject* path) {
  // Subinterpreters have no importer of ours.
  if (!has_names() || PyInterpreterState_Get() != PyInterpreterState_Main()) return open_file(path);
  const std::string name = absolute_file(to_bytes(path));
  const py::object view = names().memory.attr("content")(path_object(name));
  if (!view.is_none())
    return load_with_memory("memory_streams")
        .attr("open_memory")(py::handle(path), view)
        .release()
        .ptr();
  PyObject* stream = open_file(path);
  if (stream != nullptr && is_worth_broadcasting(name)) import_log().want('F', name);
  return stream;
}

PyObject* open_code(PyObject* path, void*) noexcept try {
  return stay_if_ended([&] { return find_or_open(path); });
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

}  // namespace

void hook_open_code() {
  // Another hook, of whom it may be, has the older right.
  if (PyFile_SetOpenCodeHook(open_code, nullptr) != 0) PyErr_Clear();
}

bool is_worth_broadcasting(std::string_view path) {
  return path.starts_with('/') && !path.ends_with(".pyc") && !path.ends_with(".so") &&
         !import_log().wanted().contains({'S', std::string(path)});
}

}  // namespace pylaunch::embed

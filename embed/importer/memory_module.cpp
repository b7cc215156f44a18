// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/memory_module.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "embed/exiting_thread.hpp"
#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/library_loader.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// A function of one str, in the file system's encoding; of anything else the bundle says nothing.
template <PyObject* (*function)(const std::string& path)>
PyObject* with_path(PyObject*, PyObject* argument) noexcept try {
  if (!PyUnicode_Check(argument) || file_memory() == nullptr) Py_RETURN_NONE;
  const std::optional<std::string> name = to_name(argument);
  if (!name) Py_RETURN_NONE;
  return stay_if_ended([&] { return function(*name); });
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

PyObject* content(const std::string& path) {
  const std::string_view bytes = file_memory()->data(path);
  if (bytes.data() == nullptr) Py_RETURN_NONE;
  // Read only, and alive as long as the bundle, which outlives the interpreter.
  return PyMemoryView_FromMemory(const_cast<char*>(bytes.data()),
                                 static_cast<Py_ssize_t>(bytes.size()), PyBUF_READ);
}

// An open file with the same bytes, for code that needs a descriptor; its owner closes it.
PyObject* copy(const std::string& path) {
  const std::string_view bytes = file_memory()->data(path);
  if (bytes.data() == nullptr) Py_RETURN_NONE;
  const int file = memfd_create("pylaunch-source", MFD_CLOEXEC);
  if (file < 0) Py_RETURN_NONE;
  const auto size = static_cast<ssize_t>(bytes.size());
  if (pwrite(file, bytes.data(), bytes.size(), 0) == size) return PyLong_FromLong(file);
  close(file);
  Py_RETURN_NONE;
}

PyObject* as_text(PathKind kind) {
  switch (kind) {
    case PathKind::absent: return PyUnicode_FromString("absent");
    case PathKind::folder: return PyUnicode_FromString("folder");
    case PathKind::file: return PyUnicode_FromString("file");
    case PathKind::unknown: break;
  }
  Py_RETURN_NONE;
}

PyObject* kind(const std::string& path) { return as_text(file_memory()->kind_now(path)); }

PyObject* kind_at_start(const std::string& path) { return as_text(file_memory()->kind_of(path)); }

PyObject* real_path(const std::string& path) {
  const std::string real = file_memory()->real_path(path);
  if (real.empty()) Py_RETURN_NONE;
  return path_object(real).release().ptr();
}

PyObject* names_in(const std::string& path) {
  const KnownFolder* folder = file_memory()->listing(path);
  if (folder == nullptr) Py_RETURN_NONE;
  py::list names;
  for (const auto* set : {&folder->files, &folder->folders, &folder->others})
    for (const std::string_view name : *set) names.append(path_object(name));
  return names.release().ptr();
}

PyObject* archive(const std::string& path) {
  for (std::string part = path; part.size() > 1; part.resize(part.rfind('/'))) {
    if (file_memory()->data(part).data() != nullptr) return path_object(part).release().ptr();
    if (part.find('/') == std::string::npos) break;
  }
  Py_RETURN_NONE;
}

PyObject* recheck(const std::string& path) {
  file_memory()->distrust_if_changed(path);
  Py_RETURN_NONE;
}

PyObject* load(const std::string& name) { return load_with_memory(name.c_str()).release().ptr(); }

PyObject* libraries(PyObject*, PyObject*) noexcept try {
  py::list paths;
  for (const std::string_view path : libraries_from_memory()) paths.append(path_object(path));
  return paths.release().ptr();
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

PyObject* want(PyObject*, PyObject* arguments) noexcept try {
  const char* letter = nullptr;
  PyObject* path = nullptr;
  if (PyArg_ParseTuple(arguments, "sU", &letter, &path) == 0) return nullptr;
  const std::optional<std::string> name = to_name(path);
  if (!name || !name->starts_with('/')) Py_RETURN_NONE;
  // A module that was missed comes as such; as data besides, it would stand in its own way.
  const auto is_wanted_as = [&name](char kind) {
    return import_log().wanted().contains({kind, *name});
  };
  const bool is_module = is_wanted_as('S') || is_wanted_as('B') || is_wanted_as('L');
  if (letter[0] != 'F' || !is_module) import_log().want(letter[0], *name);
  Py_RETURN_NONE;
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

PyMethodDef functions[] = {{"content", with_path<content>, METH_O, nullptr},
                           {"copy", with_path<copy>, METH_O, nullptr},
                           {"kind", with_path<kind>, METH_O, nullptr},
                           {"kind_at_start", with_path<kind_at_start>, METH_O, nullptr},
                           {"names", with_path<names_in>, METH_O, nullptr},
                           {"real_path", with_path<real_path>, METH_O, nullptr},
                           {"archive", with_path<archive>, METH_O, nullptr},
                           {"load", with_path<load>, METH_O, nullptr},
                           {"recheck", with_path<recheck>, METH_O, nullptr},
                           {"libraries", libraries, METH_NOARGS, nullptr},
                           {"want", want, METH_VARARGS, nullptr},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

py::module_ make_memory_module() {
  PyObject* module = PyModule_New("pylaunch");
  if (module == nullptr || PyModule_AddFunctions(module, functions) != 0)
    throw py::error_already_set();
  return py::reinterpret_steal<py::module_>(module);
}

}  // namespace pylaunch::embed

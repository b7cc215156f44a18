// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/last_finder.hpp"

#include <cstring>

#include "embed/embedded_sources.hpp"
#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/method.hpp"
#include "embed/importer/names.hpp"
#include "embed/native_module.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

constexpr const char* last_finder_name = "EmbeddedModuleFinder";

std::string pending_warning;
std::string native_file;
std::string replaced_package;  // the folder of the mpi4py that the native one stands in front of
std::string lonely_beside;     // the MPI library for which no mpi4py is installed; empty if one is
bool leaves_mpi4py = false;    // to the installed one, whose own finder may come after this one

const NativeModule* find_native(const std::string& name) {
  for (const NativeModule* module = native_modules; module->name != nullptr; ++module)
    if (name == module->name) return module;
  return nullptr;
}

bool belongs_to(const std::string& name, const char* package) {
  const std::size_t length = std::strlen(package);
  return name.compare(0, length, package) == 0 && (name.size() == length || name[length] == '.');
}

void warn_once() {
  if (pending_warning.empty()) return;
  PySys_FormatStderr("pylaunch: %s\n", pending_warning.c_str());
  pending_warning.clear();
}

// The spec of a module of the support library; None when there is no such module.
py::object embedded_spec(PyObject* finder, PyObject* full_name) {
  const std::string name = to_bytes(full_name);
  if (!belongs_to(name, "mpi4py") && !belongs_to(name, "pylaunch")) return py::none();
  if (leaves_mpi4py && belongs_to(name, "mpi4py")) return py::none();
  const EmbeddedSource* source = find_embedded_source(name.c_str());
  if (source == nullptr && find_native(name) == nullptr) return py::none();
  if (belongs_to(name, "mpi4py")) warn_once();
  py::object spec = names().module_spec(py::handle(full_name), py::handle(finder));
  spec.attr(names().origin) = "pylaunch";
  if (source != nullptr && source->is_package) {
    // No folder stands behind it, but a package has a path; nobody need ask whether it exists.
    const py::str location("<pylaunch>/" + name);
    py::list locations;
    // An installed mpi4py's modules in Python work with the native MPI as well.
    if (name == "mpi4py" && !replaced_package.empty())
      locations.append(path_object(replaced_package));
    locations.append(location);
    spec.attr(names().submodule_search_locations) = locations;
    py::dict(sys_attribute("path_importer_cache"))[location] = py::none();
  }
  return spec;
}

// The parts of mpi4py that are written in Python work on the native MPI, but are mpi4py's to give.
bool is_part_of_mpi4py(const std::string& name) {
  for (const char* part : {"__main__", "bench", "futures", "run", "util"})
    if (name == std::string("mpi4py.") + part) return true;
  return false;
}

// Without a name: `from mpi4py import util` would swallow an error that has one.
void raise_what_is_missing(const std::string& name) {
  const py::object executable = py::getattr(import_directly("sys"), "executable", py::none());
  const py::str python = py::isinstance<py::str>(executable) && py::len(executable) > 0
                             ? py::str(executable)
                             : py::str("python3");
  const py::str message =
      py::str(
          "No module named '{}': pylaunch has mpi4py.MPI, and no mpi4py is installed. Install one "
          "that "
          "is built for this MPI library, {}: MPICC={} {} -m pip install --no-binary mpi4py mpi4py")
          .format(name, lonely_beside, PYLAUNCH_MPI_C_COMPILER, python);
  PyErr_SetObject(PyExc_ModuleNotFoundError, message.ptr());
  throw py::error_already_set();
}

// True when a folder that the import system looked into is no longer what its listing says. Library
// folders are not asked: who installs into them while the program runs has to call
// importlib.invalidate_caches(), as the documentation of importlib says.
bool some_folder_changed(const py::object& search_path) {
  bool changed = false;
  for (const std::string& entry : to_strings(search_path)) {
    KnownFolder* folder = file_memory()->folder(entry);
    if (folder == nullptr || folder->is_library) continue;
    if (file_memory()->has_changed(*folder)) changed = true;
  }
  return changed;
}

// No finder has the module. A name that was missing to the end of an earlier run is missing; a new
// one is worth a look at the program's own folders, to which another rank may have written.
py::object look_again(PyObject* full_name, const py::object& path) {
  const std::string name = to_bytes(full_name);
  if (file_memory()->is_known_missing(name)) return py::none();
  const py::object where = path.is_none() ? sys_attribute("path") : path;
  if (some_folder_changed(where)) {
    const py::object find_spec = bootstrap_external().attr("PathFinder").attr("find_spec");
    py::object spec = find_spec(py::handle(full_name), path);
    if (!spec.is_none()) return spec;
  }
  import_log().want('M', name);
  return py::none();
}

PyObject* find_last(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                    PyObject* keywords) try {
  if (keywords != nullptr || count < 1 || !PyUnicode_Check(arguments[0])) Py_RETURN_NONE;
  if (!to_name(arguments[0])) Py_RETURN_NONE;
  py::object spec = embedded_spec(self, arguments[0]);
  const auto path = py::reinterpret_borrow<py::object>(count > 1 ? arguments[1] : Py_None);
  if (spec.is_none()) spec = look_again(arguments[0], path);
  if (spec.is_none() && !lonely_beside.empty() && is_part_of_mpi4py(to_bytes(arguments[0])))
    raise_what_is_missing(to_bytes(arguments[0]));
  return spec.release().ptr();
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

PyObject* find_replacement(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                           PyObject* keywords) try {
  if (keywords != nullptr || count < 1 || !PyUnicode_Check(arguments[0])) Py_RETURN_NONE;
  const std::optional<std::string> name = to_name(arguments[0]);
  if (name != "mpi4py" && name != "mpi4py.MPI") Py_RETURN_NONE;
  return embedded_spec(self, arguments[0]).release().ptr();
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

PyObject* new_reference(PyObject* object) {
  Py_INCREF(object);
  return object;
}

// A native module under any of its names is one and the same object.
PyObject* create_native(const NativeModule& native) {
  static std::vector<std::pair<PyObject* (*)(), PyObject*>> made;
  for (const auto& [init, module] : made)
    if (init == native.init) return new_reference(module);
  PyObject* module = native.init();
  if (module == nullptr) return nullptr;
  made.emplace_back(native.init, new_reference(module));
  if (!native_file.empty()) py::handle(module).attr("__file__") = path_object(native_file);
  return module;
}

PyObject* create_native_module(PyObject*, PyObject* spec) {
  const NativeModule* native = find_native(path_attribute(spec, names().name));
  if (native == nullptr) Py_RETURN_NONE;
  const ImportScope scope(native->name, Origin::memory);
  file_memory()->communication_begins();
  return create_native(*native);
}

PyObject* exec_native_module(PyObject*, PyObject* module) {
  py::dict globals = py::handle(module).attr("__dict__");
  // Up to CPython 3.9 nobody else puts them there.
  if (!globals.contains("__builtins__")) globals["__builtins__"] = import_directly("builtins");
  const std::string name = to_bytes(py::handle(module).attr("__spec__").attr("name"));
  const EmbeddedSource* source = find_embedded_source(name.c_str());
  if (source == nullptr) Py_RETURN_NONE;
  const ImportScope scope(name, Origin::memory);
  const py::object code = unmarshal({reinterpret_cast<const char*>(source->code), source->size});
  const py::object done =
      py::reinterpret_steal<py::object>(PyEval_EvalCode(code.ptr(), globals.ptr(), globals.ptr()));
  if (!done) throw py::error_already_set();
  Py_RETURN_NONE;
}

PyObject* get_source(PyObject*, PyObject* full_name) {
  const EmbeddedSource* source = find_embedded_source(to_bytes(full_name).c_str());
  if (source == nullptr) Py_RETURN_NONE;
  return PyUnicode_FromStringAndSize(source->text, static_cast<Py_ssize_t>(source->text_size));
}

using Find = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);

PyMethodDef find_method(Find find) {
  return {"find_spec", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(find)),
          METH_FASTCALL | METH_KEYWORDS,
          "find_spec(fullname, path=None, target=None)\n--\n\nThe ModuleSpec, or None."};
}

#define PYLAUNCH_LOADER_METHODS                                                                   \
  method<create_native_module>("create_module", "create_module(spec)\n--\n\nThe native module."), \
      method<exec_native_module>("exec_module",                                                   \
                                 "exec_module(module)\n--\n\nRun the module's code."),            \
      method<get_source>("get_source", "get_source(fullname)\n--\n\nThe module's source text.")

PyMethodDef last_methods[] = {
    find_method(find_last), PYLAUNCH_LOADER_METHODS, {nullptr, nullptr, 0, nullptr}};
PyMethodDef replacement_methods[] = {
    find_method(find_replacement), PYLAUNCH_LOADER_METHODS, {nullptr, nullptr, 0, nullptr}};

py::object make_finder(const char* name, const char* doc, PyMethodDef* methods) {
  return derive(name, doc, import_directly("builtins").attr("object"), methods)();
}

}  // namespace

void move_last_finder_to_the_end() {
  py::list meta_path = sys_attribute("meta_path");
  for (py::ssize_t i = 0; i < static_cast<py::ssize_t>(meta_path.size()); ++i) {
    const py::object finder = meta_path[static_cast<std::size_t>(i)];
    if (to_bytes(py::type::of(finder).attr("__name__")) != last_finder_name) continue;
    meta_path.attr("append")(meta_path.attr("pop")(i));
    return;
  }
}

void name_native_modules_file(const std::string& path) { native_file = path; }

void install_meta_path_finders(const Session& session, int rank) {
  py::list meta_path = sys_attribute("meta_path");
  if (rank == 0) pending_warning = session.mpi4py_warning;
  meta_path.append(
      make_finder(last_finder_name, "Finds the modules that are part of pylaunch.", last_methods));
  leaves_mpi4py = session.mpi4py == Mpi4pyChoice::installed;
  if (session.mpi4py == Mpi4pyChoice::native) lonely_beside = session.mpi_library;
  if (session.mpi4py != Mpi4pyChoice::native_over_installed) return;
  replaced_package = session.mpi4py_folder;
  const py::object path_finder = bootstrap_external().attr("PathFinder");
  py::ssize_t position = 0;
  for (const py::handle finder : meta_path) {
    if (finder.is(path_finder)) break;
    ++position;
  }
  meta_path.insert(position, make_finder("ReplacementFinder", "Puts the native mpi4py first.",
                                         replacement_methods));
}

}  // namespace pylaunch::embed

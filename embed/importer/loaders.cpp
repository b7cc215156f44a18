// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/loaders.hpp"

#include <marshal.h>

#include <cerrno>

#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/loader_class.hpp"
#include "embed/importer/method.hpp"
#include "embed/importer/names.hpp"
#include "embed/importer/open_code.hpp"
#include "embed/importer/post_import.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

using bundle::Entry;
using bundle::Kind;

namespace {

// exec_module() of the base class, timed. The base class it must be: importlib takes the frames of
// its own out of a traceback by the name of the function that it runs the code with.
PyObject* timed_exec(const SuperMethod& super, PyObject* self, PyObject* module) {
  const std::string name = path_attribute(self, names().name);
  PyObject* result = nullptr;
  {
    const ImportScope scope(name, Origin::memory);
    result = super.call(self, module);
  }
  if (result != nullptr) adapt_module(name, module);
  return result;
}

// Whether the attribute is this str.
bool has_text(py::handle object, const py::object& attribute, PyObject* text) {
  const py::object value = py::getattr(object, attribute, py::none());
  return PyUnicode_Check(value.ptr()) && PyUnicode_Check(text) &&
         PyUnicode_Compare(value.ptr(), text) == 0;
}

// A class that derives from ours may have any method of its own.
bool is_of_class(PyObject* self, const py::object& type) {
  return reinterpret_cast<PyObject*>(Py_TYPE(self)) == type.ptr();
}

PyObject* unmarshal_code(const Entry& entry) {
  const std::string_view bytes = bundle::as_text(file_memory()->view()->content(entry));
  PyObject* code =
      PyMarshal_ReadObjectFromString(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
  if (code != nullptr && PyCode_Check(code)) return code;
  Py_XDECREF(code);
  PyErr_Clear();
  return nullptr;
}

// The code of a module, from memory unless somebody has `replaced` what importlib would call for
// it. `wanted` is the manifest's letter for the file, should it have to be read.
PyObject* code_or(const SuperMethod& super, bool replaced, Kind kind, char wanted, PyObject* self,
                  PyObject* full_name) {
  if (!has_text(self, names().name, full_name)) return super.call(self, full_name);  // an error
  const std::string path = path_attribute(self, names().path);
  const Entry* entry = replaced ? nullptr : file_memory()->file(path, kind);
  PyObject* code = entry != nullptr ? unmarshal_code(*entry) : nullptr;
  if (code != nullptr) return code;
  import_log().want(wanted, path);
  import_log().set_origin(path_attribute(self, names().name), Origin::file_system);
  return super.call(self, full_name);
}

PyObject* as_python_bytes(std::string_view bytes) {
  return PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
}

PyObject* source_exec_module(PyObject* self, PyObject* module) {
  return timed_exec(names().source_exec_module, self, module);
}

PyObject* source_get_code(PyObject* self, PyObject* full_name) {
  const Names& all = names();
  const bool replaced = !is_of_class(self, all.source_loader_type) ||
                        all.source_get_code.is_replaced() || all.source_get_data.is_replaced() ||
                        all.source_path_stats.is_replaced() || all.source_to_code.is_replaced() ||
                        all.source_get_filename.is_replaced();
  return code_or(all.source_get_code, replaced, Kind::source, 'S', self, full_name);
}

// The bytes of a file of the bundle. Of others, those that do not belong to a module are for the
// next run to have.
PyObject* data_or(const SuperMethod& super, PyObject* self, PyObject* path_argument) {
  if (!PyUnicode_Check(path_argument) || super.is_replaced())
    return super.call(self, path_argument);
  const std::string path = to_bytes(path_argument);
  const std::string_view bytes = file_memory()->data(path);
  if (bytes.data() != nullptr) return as_python_bytes(bytes);
  // Whoever has a loader for a file has seen it, or knows that another process has made it.
  const bool is_own = has_text(self, names().path, path_argument);
  if (!is_own && file_memory()->kind_now(path) == PathKind::absent) {
    errno = ENOENT;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path_argument);
  }
  PyObject* data = super.call(self, path_argument);
  if (is_worth_broadcasting(path)) {
    if (data != nullptr) import_log().want('F', path);
    if (data == nullptr) import_log().want('D', path.substr(0, path.rfind('/')));
  }
  return data;
}

PyObject* source_get_data(PyObject* self, PyObject* path_argument) {
  return data_or(names().source_get_data, self, path_argument);
}

PyObject* bytecode_get_data(PyObject* self, PyObject* path_argument) {
  return data_or(names().bytecode_get_data, self, path_argument);
}

PyObject* source_path_stats(PyObject* self, PyObject* path_argument) {
  const SuperMethod& super = names().source_path_stats;
  if (super.is_replaced()) return super.call(self, path_argument);
  const Entry* entry = file_memory()->peek(to_bytes(path_argument), Kind::source);
  if (entry == nullptr) return super.call(self, path_argument);
  // To the last bit what os.stat() makes of it.
  constexpr std::int64_t second = 1'000'000'000;
  const double mtime = static_cast<double>(entry->stamp.mtime_ns / second) +
                       1e-9 * static_cast<double>(entry->stamp.mtime_ns % second);
  return Py_BuildValue("{s:d,s:K}", "mtime", mtime, "size",
                       static_cast<unsigned long long>(entry->stamp.size));
}

PyObject* bytecode_exec_module(PyObject* self, PyObject* module) {
  return timed_exec(names().bytecode_exec_module, self, module);
}

PyObject* bytecode_get_code(PyObject* self, PyObject* full_name) {
  const Names& all = names();
  const bool replaced =
      !is_of_class(self, all.bytecode_loader_type) || all.bytecode_get_code.is_replaced() ||
      all.bytecode_get_data.is_replaced() || all.bytecode_get_filename.is_replaced();
  return code_or(all.bytecode_get_code, replaced, Kind::bytecode, 'B', self, full_name);
}

#if PY_VERSION_HEX < 0x030A0000
// Later versions make readers from module importlib.readers, see embed/python/adapt_resources.py.
PyObject* get_resource_reader(PyObject* self, PyObject* full_name) {
  const py::object is_package = py::handle(self).attr("is_package")(py::handle(full_name));
  if (!is_package.cast<bool>()) Py_RETURN_NONE;
  return load_with_memory("adapt_resources")
      .attr("ResourceReader")(py::handle(self).attr("path"))
      .release()
      .ptr();
}

const PyMethodDef resource_reader_method = method<get_resource_reader>(
    "get_resource_reader",
    "get_resource_reader(fullname)\n--\n\nThe resources of a package, None of a module.");
#endif

PyMethodDef source_methods[] = {
    method<source_exec_module>("exec_module", "exec_module(module)\n--\n\nRun the module's code."),
    method<source_get_code>("get_code", "get_code(fullname)\n--\n\nThe module's code object."),
    method<source_get_data>("get_data", "get_data(path)\n--\n\nThe bytes of a file."),
    method<source_path_stats>("path_stats",
                              "path_stats(path)\n--\n\n"
                              "A dict with mtime (seconds) and size (bytes) of a source file."),
#if PY_VERSION_HEX < 0x030A0000
    resource_reader_method,
#endif
    loader_equality_method(),
    loader_reduction_method(),
    {nullptr, nullptr, 0, nullptr}};

PyMethodDef bytecode_methods[] = {
    method<bytecode_exec_module>("exec_module",
                                 "exec_module(module)\n--\n\nRun the module's code."),
    method<bytecode_get_code>("get_code", "get_code(fullname)\n--\n\nThe module's code object."),
    method<bytecode_get_data>("get_data", "get_data(path)\n--\n\nThe bytes of a file."),
#if PY_VERSION_HEX < 0x030A0000
    resource_reader_method,
#endif
    loader_equality_method(),
    loader_reduction_method(),
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

py::object make_source_loader_type() {
  return derive("MemorySourceFileLoader", "A SourceFileLoader with broadcast bytecode and source.",
                bootstrap_external().attr("SourceFileLoader"), source_methods);
}

py::object make_bytecode_loader_type() {
  return derive("MemorySourcelessFileLoader", "A SourcelessFileLoader with broadcast bytecode.",
                bootstrap_external().attr("SourcelessFileLoader"), bytecode_methods);
}

}  // namespace pylaunch::embed

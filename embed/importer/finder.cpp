// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/finder.hpp"

#include <sys/stat.h>

#include "embed/importer/file_memory.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// A finder's folder, as importlib puts it before the names of modules: without a slash at its end.
std::string folder_of(PyObject* finder) {
  std::string path = path_attribute(finder, names().path);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// One lookup: a module's full name in one folder.
struct Lookup {
  PyObject* finder;
  PyObject* full_name;
  std::string folder;
  std::string tail;  // of the full name
};

py::object call_super(PyObject* finder, PyObject* const* arguments, Py_ssize_t count,
                      PyObject* keywords) {
  PyObject* spec = names().find_spec.call(finder, arguments, count, keywords);
  if (spec == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(spec);
}

py::object spec_for(const Lookup& lookup, const py::object& loader_type, const std::string& path,
                    bool is_package) {
  const py::str location = path_object(path);
  PyObject* loader_arguments[] = {lookup.full_name, location.ptr()};
  const py::object loader = py::reinterpret_steal<py::object>(
      PyObject_Vectorcall(loader_type.ptr(), loader_arguments, 2, nullptr));
  if (!loader) throw py::error_already_set();
  py::object locations = py::none();
  if (is_package) {
    py::list folders;
    folders.append(path_object(path.substr(0, path.rfind('/'))));
    locations = folders;
  }
  PyObject* arguments[] = {lookup.full_name, location.ptr(), loader.ptr(), locations.ptr()};
  PyObject* spec = PyObject_Vectorcall(names().spec_from_file_location.ptr(), arguments, 2,
                                       names().location_keywords.ptr());
  if (spec == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(spec);
}

std::optional<py::object> find_file(const Lookup& lookup, const KnownFolder& listing,
                                    const std::string& folder, const std::string& stem,
                                    bool is_package) {
  const auto name = listing.module_file(stem, names().extension_suffixes);
  if (!name) return std::nullopt;
  const py::object& loader_type = name->ends_with(".py")    ? names().source_loader_type
                                  : name->ends_with(".pyc") ? names().bytecode_loader_type
                                                            : names().extension_loader_type;
  return spec_for(lookup, loader_type, folder + "/" + *name, is_package);
}

py::object namespace_spec(const Lookup& lookup, const std::string& folder) {
  py::object spec = names().module_spec(py::handle(lookup.full_name), py::none());
  py::list folders;
  folders.append(path_object(folder));
  spec.attr(names().submodule_search_locations) = folders;
  return spec;
}

// nullopt: the listings do not decide, the file system has to.
std::optional<py::object> find_in_memory(const Lookup& lookup, const KnownFolder& listing) {
  const std::string subfolder = lookup.folder + "/" + lookup.tail;
  bool is_namespace = false;
  if (listing.folders.contains(lookup.tail)) {
    const KnownFolder* package = file_memory()->folder(subfolder);
    if (package == nullptr || !package->trusted) {
      import_log().want('D', subfolder);
      return std::nullopt;
    }
    if (auto spec = find_file(lookup, *package, subfolder, "__init__", true)) return spec;
    is_namespace = true;
  }
  if (auto spec = find_file(lookup, listing, lookup.folder, lookup.tail, false)) return spec;
  return is_namespace ? namespace_spec(lookup, subfolder) : py::none();
}

// The next run's listing of the folder that the spec was found in leads to those of its packages.
void want_listings(const py::object& spec) {
  if (spec.is_none()) return;
  const py::object locations = spec.attr(names().submodule_search_locations);
  if (locations.is_none()) return;
  for (const std::string& folder : to_strings(locations))
    if (file_memory()->folder(folder) == nullptr) import_log().want('D', folder);
}

// find_spec(fullname, target=None). A target means reload(): then the file system decides.
PyObject* find_spec(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                    PyObject* keywords) try {
  const bool is_plain =
      keywords == nullptr && (count == 1 || (count == 2 && arguments[1] == Py_None));
  if (!is_plain || !PyUnicode_Check(arguments[0]) || names().find_spec.is_replaced())
    return call_super(self, arguments, count, keywords).release().ptr();
  Lookup lookup{self, arguments[0], folder_of(self), {}};
  // Of the root directory no name can be made by adding a slash.
  const KnownFolder* listing =
      lookup.folder == "/" ? nullptr : file_memory()->folder(lookup.folder);
  if (listing == nullptr || !listing->trusted) {
    py::object spec = call_super(self, arguments, count, keywords);
    want_listings(spec);
    return spec.release().ptr();
  }
  const std::optional<std::string> full_name = to_name(lookup.full_name);
  if (!full_name) return call_super(self, arguments, count, keywords).release().ptr();
  lookup.tail = full_name->substr(full_name->rfind('.') + 1);
  std::optional<py::object> spec = find_in_memory(lookup, *listing);
  if (!spec) spec = call_super(self, arguments, count, keywords);
  return spec->release().ptr();
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

// importlib.invalidate_caches(): what changed on disk since the job started is to be seen.
PyObject* invalidate_caches(PyObject* self, PyObject*) try {
  KnownFolder* listing = file_memory()->folder(folder_of(self));
  if (listing != nullptr) file_memory()->has_changed(*listing);
  return names().invalidate_caches.call(self, nullptr, 0, nullptr);
} catch (py::error_already_set& error) {
  error.restore();
  return nullptr;
}

// FileFinder makes an entry of sys.path absolute, in each version by its own rule.
py::object make_finder(PyObject* path) {
  const auto loader = [](const char* suffixes, const py::object& type) {
    return py::make_tuple(type, bootstrap_external().attr(suffixes));
  };
  return names().finder_type(py::handle(path),
                             loader("EXTENSION_SUFFIXES", names().extension_loader_type),
                             loader("SOURCE_SUFFIXES", names().source_loader_type),
                             loader("BYTECODE_SUFFIXES", names().bytecode_loader_type));
}

// Whether the path, or a part that it begins with, is a file whose bytes are in memory.
bool is_in_a_file(std::string path) {
  for (; path.size() > 1; path.resize(path.rfind('/')))
    if (file_memory()->peek(path, bundle::Kind::data) != nullptr ||
        file_memory()->peek(path, bundle::Kind::source) != nullptr)
      return true;
  return false;
}

PyObject* find_in_archive(const std::string& path, bool is_absolute) {
  return load_with_memory("memory_zip")
      .attr("find")(path_object(path), is_absolute)
      .release()
      .ptr();
}

PyObject* not_a_folder() {
  PyErr_SetString(PyExc_ImportError, "only directories are supported");
  return nullptr;
}

// path_hook(path): a finder for every folder, and for the entries of sys.path that are known not to
// exist; anything else is for the next hook.
PyObject* path_hook(PyObject*, PyObject* argument) try {
  if (!PyUnicode_Check(argument)) {
    PyErr_SetString(PyExc_ImportError, "not a str");
    return nullptr;
  }
  py::object finder = make_finder(argument);
  const std::string path = folder_of(finder.ptr());
  if (file_memory()->folder(path) == nullptr) {
    if (is_in_a_file(path)) return find_in_archive(path, to_bytes(argument) == path);
    struct stat status;
    const bool exists = stat(path.c_str(), &status) == 0;
    const bool is_folder = exists && S_ISDIR(status.st_mode);
    // What is no folder may be an archive: open_code() then sees it opened.
    if (is_folder || !exists) import_log().want('D', path);
    if (!is_folder) return not_a_folder();
  } else if (!file_memory()->folder(path)->exists) {
    return not_a_folder();
  }
  return finder.release().ptr();
} catch (py::error_already_set& error) {
  // FileFinder has no absolute path where the current folder is gone.
  if (error.matches(PyExc_FileNotFoundError)) return not_a_folder();
  error.restore();
  return nullptr;
}

PyMethodDef finder_methods[] = {
    {"find_spec", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(find_spec)),
     METH_FASTCALL | METH_KEYWORDS,
     "find_spec(fullname, target=None)\n--\n\nThe ModuleSpec of a module in this folder, or None."},
    {"invalidate_caches", invalidate_caches, METH_NOARGS,
     "invalidate_caches()\n--\n\nForget what was known of this folder if it has changed."},
    {nullptr, nullptr, 0, nullptr}};

PyMethodDef path_hook_method = {
    "path_hook", path_hook, METH_O,
    "path_hook(path)\n--\n\nA path entry finder for a folder; ImportError for anything else."};

}  // namespace

py::object make_finder_type() {
  return derive("MemoryFileFinder", "A FileFinder that has the listings of broadcast folders.",
                names().file_finder, finder_methods);
}

py::object make_path_hook() {
  PyObject* function = PyCFunction_New(&path_hook_method, nullptr);
  if (function == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(function);
}

}  // namespace pylaunch::embed

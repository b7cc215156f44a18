// SPDX-License-Identifier: BSD-3-Clause
#include "embed/early_modules.hpp"

#include <pybind11/pybind11.h>

#include "embed/audit.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

struct EarlyModules::Table {
  std::vector<_frozen> rows;
  const _frozen* before = nullptr;
};

namespace {

_frozen frozen_row(const EarlyModule& module) {
  _frozen row = {};
  row.name = module.name.c_str();
  row.code = reinterpret_cast<const unsigned char*>(module.code.data());
  row.size = static_cast<int>(module.code.size());
#if PY_VERSION_HEX >= 0x030B0000
  row.is_package = module.is_package ? 1 : 0;
#else
  if (module.is_package) row.size = -row.size;
#endif
  return row;
}

bool is_needed_early(const std::string& name) {
  return name == "encodings" || name.rfind("encodings.", 0) == 0 || name == "codecs" ||
         name == "io" || name == "abc" || name == "warnings" || name == "_py_warnings" ||
         name == "_bootlocale";
}

// The stand-in for `site` while the interpreter starts; replay_site() runs the real one.
EarlyModule empty_site() {
  const py::object compile = py::module_::import("builtins").attr("compile");
  return {"site", "", false, marshal(compile("", "<pylaunch>", "exec"))};
}

// What importlib has run, so that the file need not be read again.
py::object code_of(const py::object& spec) {
  for (PyObject* code : audited_code())
    if (py::handle(code).attr("co_filename").equal(spec.attr("origin")) &&
        py::str("<module>").equal(py::handle(code).attr("co_name")))
      return py::reinterpret_borrow<py::object>(code);
  return spec.attr("loader").attr("get_code")(spec.attr("name"));
}

}  // namespace

EarlyModules::EarlyModules(const Session& session) : table_(std::make_unique<Table>()) {
  table_->before = PyImport_FrozenModules;
  for (const EarlyModule& module : session.early_modules)
    table_->rows.push_back(frozen_row(module));
  for (const _frozen* row = table_->before; row != nullptr && row->name != nullptr; ++row)
    table_->rows.push_back(*row);
  table_->rows.push_back(_frozen{});
  PyImport_FrozenModules = table_->rows.data();
}

EarlyModules::~EarlyModules() { PyImport_FrozenModules = table_->before; }

std::vector<EarlyModule> capture_early_modules() {
  std::vector<EarlyModule> modules = {empty_site()};
  const py::dict loaded = sys_attribute("modules");
  for (const auto& [key, module] : loaded) {
    const std::string name = to_name(key).value_or("");
    if (!is_needed_early(name) || !py::hasattr(module, "__spec__")) continue;
    const py::object spec = module.attr("__spec__");
    if (spec.is_none() || !spec.attr("has_location").cast<bool>()) continue;
    const bool is_package = !spec.attr("submodule_search_locations").is_none();
    modules.push_back({name, to_bytes(spec.attr("origin")), is_package, marshal(code_of(spec))});
  }
  forget_audited_code();
  return modules;
}

void restore_early_modules(const Session& session) {
  const py::dict loaded = sys_attribute("modules");
  const py::object from_location = bootstrap_external().attr("spec_from_file_location");
  for (const EarlyModule& early : session.early_modules) {
    if (early.path.empty()) continue;
    if (!loaded.contains(early.name.c_str())) {
      // A codec that rank 0 has needed to decode .pth files.
      py::module_::import(early.name.c_str());
      continue;
    }
    const py::object module = loaded[early.name.c_str()];
    const py::str path = path_object(early.path);
    py::dict options;
    if (early.is_package) {
      py::list locations;
      locations.append(path_object(early.path.substr(0, early.path.rfind('/'))));
      options["submodule_search_locations"] = locations;
      module.attr("__path__") = locations;
    }
    options["loader"] = source_loader_type()(early.name, path);
    const py::object spec = from_location(early.name, path, **options);
    module.attr("__spec__") = spec;
    module.attr("__loader__") = spec.attr("loader");
    module.attr("__file__") = path;
#if PY_VERSION_HEX < 0x030F0000
    module.attr("__cached__") = spec.attr("cached");
#endif
  }
}

}  // namespace pylaunch::embed

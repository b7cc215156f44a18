// SPDX-License-Identifier: BSD-3-Clause
#include "embed/listed_finder.hpp"

#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// zipimport's, and FileFinder's for all folders: what python3 starts with.
bool are_standard(const py::list& hooks) {
  if (hooks.size() != 2) return false;
  const py::object archives = py::module_::import("zipimport").attr("zipimporter");
  const py::object name = py::getattr(hooks[1], "__qualname__", py::none());
  return py::object(hooks[0]).is(archives) &&
         name.equal(py::str("FileFinder.path_hook.<locals>.path_hook_for_FileFinder"));
}

}  // namespace

ListedFinder::ListedFinder(Collector& collector)
    : collector_(collector),
      has_standard_hooks_(are_standard(sys_attribute("path_hooks"))),
      extension_suffixes_(to_strings(bootstrap_external().attr("EXTENSION_SUFFIXES"))) {}

// No other finder was put in place of FileFinder for this very folder.
bool ListedFinder::is_plain(const std::string& folder) const {
  if (!has_standard_hooks_ || folder.size() < 2 || folder.front() != '/' || folder.back() == '/')
    return false;
  const py::dict cache = sys_attribute("path_importer_cache");
  const py::str key = path_object(folder);
  if (!cache.contains(key)) return true;
  const py::object finder = cache[key];
  return finder.is_none() || py::type::of(finder).is(bootstrap_external().attr("FileFinder"));
}

const ListedNames* ListedFinder::names_in(const std::string& folder) {
  const auto [at, is_new] = known_.try_emplace(folder);
  if (is_new && is_plain(folder) && collector_.add_folder(folder))
    if (const auto listing = collector_.listing(folder)) at->second.emplace(*listing);
  return at->second ? &*at->second : nullptr;
}

std::optional<ListedFinder::Location> ListedFinder::find(const std::string& tail,
                                                         const std::vector<std::string>& folders) {
  Location portions;  // of a namespace package, if nothing else is found
  for (const std::string& folder : folders) {
    const ListedNames* names = names_in(folder);
    if (names == nullptr) return std::nullopt;
    if (names->folders.contains(tail)) {
      const std::string subfolder = folder + "/" + tail;
      const ListedNames* package = names_in(subfolder);
      if (package == nullptr) return std::nullopt;
      if (const auto file = package->module_file("__init__", extension_suffixes_))
        return Location{subfolder + "/" + *file, true, {subfolder}};
      portions.folders.push_back(subfolder);
    }
    if (const auto file = names->module_file(tail, extension_suffixes_))
      return Location{folder + "/" + *file, false, {}};
  }
  portions.is_package = !portions.folders.empty();
  return portions;
}

}  // namespace pylaunch::embed

// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/importer.hpp"

#include "embed/audit.hpp"
#include "embed/importer/file_memory.hpp"
#include "embed/importer/finder.hpp"
#include "embed/importer/import_log.hpp"
#include "embed/importer/last_finder.hpp"
#include "embed/importer/library_loader.hpp"
#include "embed/importer/loaders.hpp"
#include "embed/importer/names.hpp"
#include "embed/importer/open_code.hpp"
#include "embed/importer/post_import.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

void check_fits(const bundle::BundleView& view, const Session& session) {
  const auto magic = static_cast<std::uint32_t>(PyImport_GetMagicNumber());
  if (view.header().python_magic != magic || view.abi_tag() != session.abi_tag)
    throw bundle::BundleError("made for another interpreter (" + std::string(view.abi_tag()) + ")");
}

void install_path_hook() {
  py::list path_hooks = sys_attribute("path_hooks");
  path_hooks.insert(0, names().path_hook);
  // Finders that were made before would go on asking the file system.
  py::dict cache = sys_attribute("path_importer_cache");
  cache.clear();
  // What PathFinder notes for an entry that no hook wants; zipimport's would ask the file system.
  for (const std::string& path : file_memory()->absent_paths())
    cache[path_object(path)] = py::none();
}

// Finders of others make their specs with a function of importlib that chooses the loader.
void adapt_locations() {
  const py::module_ external = bootstrap_external();
  py::dict loaders;
  loaders[external.attr("SourceFileLoader")] = names().source_loader_type;
  loaders[external.attr("SourcelessFileLoader")] = names().bytecode_loader_type;
  loaders[external.attr("ExtensionFileLoader")] = names().extension_loader_type;
  load_embedded("adapt_locations").attr("adapt")(external, loaders);
}

// Subinterpreters may have GILs of their own.
void note_change(const char* path) {
  if (PyInterpreterState_Get() == PyInterpreterState_Main())
    file_memory()->distrust(path);
  else
    distrust_file_later(path);
}

// os.makedirs(path, exist_ok=True) is how programs ask for a folder that they may have already:
// where something of that name is, nothing is made.
void note_new_folder(const char* path) {
  if (PyInterpreterState_Get() == PyInterpreterState_Main() && file_memory()->has_name(path))
    return;
  note_change(path);
}

}  // namespace

void install_importer(const PylaunchHost& host, std::string_view bundle, const Session& session) {
  const std::string standard_library = to_bytes(sys_attribute("base_prefix")) + "/" +
                                       to_bytes(sys_attribute("platlibdir")) + "/python";
  auto memory =
      std::make_unique<FileMemory>(host, bundle::as_bytes(bundle), standard_library,
                                   session.newer_listing ? &*session.newer_listing : nullptr);
  if (memory->view() != nullptr) check_fits(*memory->view(), session);
  set_file_memory(std::move(memory));
  make_names();
  names().source_loader_type = make_source_loader_type();
  names().bytecode_loader_type = make_bytecode_loader_type();
  names().extension_loader_type = make_extension_loader_type();
  names().finder_type = make_finder_type();
  names().path_hook = make_path_hook();
  names().memory.attr("finder_type") = names().finder_type;
  names().memory.attr("path_hook") = names().path_hook;
  hook_open_code();
  install_path_hook();
  install_meta_path_finders(session, host.rank);
  adapt_locations();
  adapt_loaded_modules();
  watch_libraries(preload_library);
  watch_extensions(preload_extension);
  std::vector<std::string> folders = to_strings(sys_attribute("path"));
  folders.push_back(session.program.path0);
  import_log().watch(OpenedFiles(std::move(folders)));
  watch_files(note_change, note_new_folder,
              [](const char* path) { import_log().note_opened(path); });
  watch_children(note_child);
}

py::object source_loader_type() { return names().source_loader_type; }

std::optional<BroadcastScript> script_in_memory(std::string_view path) {
  for (const bundle::Kind kind : {bundle::Kind::source, bundle::Kind::bytecode}) {
    const bundle::Entry* entry = file_memory()->file(path, kind);
    if (entry == nullptr) continue;
    const bundle::BundleView& view = *file_memory()->view();
    return BroadcastScript{bundle::as_text(view.content(*entry)), view.source(*entry),
                           kind == bundle::Kind::bytecode};
  }
  return std::nullopt;
}

}  // namespace pylaunch::embed

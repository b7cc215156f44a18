// SPDX-License-Identifier: BSD-3-Clause
//
// Rank 0 gathers the bytes to broadcast: files are read, bytecode is validated as importlib does it
// (PEP 552) or compiled, libraries bring their dependencies along. What a cached bundle has and the
// file system has not changed since is re-used without reading it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/reader.hpp"
#include "bundle/writer.hpp"
#include "embed/file_reader.hpp"
#include "embed/freshness.hpp"
#include "embed/library_search.hpp"
#include "embed/open_folders.hpp"
#include "embed/session.hpp"

namespace pylaunch::embed {

// Shared objects above this size stay where they are, see docs/importer.md.
inline constexpr std::uint64_t default_library_size_limit = 256u << 20;

// An entry as a manifest names it.
std::string manifest_line(const bundle::BundleView& view, const bundle::Entry& entry);

// Data files above this size, and what would exceed this sum, are read from their true path: memory
// of every node is not for data sets of which each rank may read another part.
inline constexpr std::uint64_t data_size_limit = 64u << 20;
inline constexpr std::uint64_t data_total_limit = 512u << 20;

class Collector {
 public:
  // `cached` may be null; it, and the bytes behind it, must outlive the collector and its bundle.
  // So must `newer`, which may be null and counts as part of the cached bundle. It may end where
  // its libraries begin: build() then reads those from their paths.
  Collector(const bundle::BundleView* cached, std::uint32_t python_magic, std::string abi_tag,
            std::uint64_t library_size_limit = default_library_size_limit,
            const NewerListing* newer = nullptr);

  // True when the cached bundle has nothing that the manifest does not name, and all that its
  // libraries need: if its files are unchanged, it is the bundle.
  bool offers_cached_bundle(const std::set<std::string>& manifest) const;

  // Takes over the entries of the cached bundle that the manifest names and that are still true.
  // `freshness` has been asked for the same manifest. Returns the manifest's lines of those that
  // are not.
  std::vector<std::string> reuse_unchanged(const std::set<std::string>& manifest,
                                           Freshness& freshness);

  // Each adds one file and what belongs to it, and returns whether it is in the bundle now. A file
  // that is there already costs nothing.
  bool add_line(const std::string& manifest_line);
  bool add_source(const std::string& path);
  bool add_bytecode(const std::string& path);
  bool add_library(const std::string& path);
  bool add_data(const std::string& path, std::uint64_t most = data_size_limit);
  bool add_folder(const std::string& path);  // or that it does not exist
  void add_missing_name(const std::string& name);
  // The main script: compiled here, never taken from a .pyc, unless it is bytecode itself. Its
  // record has no code if the compiler warns: then each rank compiles it, and warns as python3
  // does. Returns false when it does not compile (the error is printed then).
  bool add_script(const std::string& path, bool skip_first_line);

  // What is going to be added, by the functions above: its files are read in the background from
  // now on, many at once.
  void expect_line(const std::string& manifest_line);
  void expect_source(const std::string& path);
  void expect_library(const std::string& path);
  void expect_data(const std::string& path, std::uint64_t most);

  bool contains(const std::string& path) const { return records_.contains(path); }
  // The marshalled code of a source or bytecode record, or of the script that has none there.
  std::string_view code(const std::string& path) const;
  std::string_view library(const std::string& path) const;
  // Of a folder that is there or is known not to be (then empty).
  std::optional<std::string_view> listing(const std::string& path) const;

  // True when the bundle would be the cached one, to the byte.
  bool is_cached_bundle() const { return cached_ != nullptr && !changed_; }
  bundle::BundleBuffer build();

 private:
  void read_left_out_libraries();
  bool read_library(const std::string& path);
  void add_dependencies(bundle::Record& library, const std::string& of,
                        const std::vector<std::string>& from_above);
  const SharedObject& shared_object(const bundle::Record& library);
  bool is_above_limit(const bundle::Stamp& stamp) const { return stamp.size > library_size_limit_; }
  bool has_moved(const std::string& folder, Freshness& freshness) const;
  bool is_unchanged(const bundle::Entry& entry, Freshness& freshness) const;
  bool is_complete(const bundle::Entry& library, const std::set<std::string>& manifest) const;
  bool add(bundle::Record record);
  std::string_view keep(std::string bytes);
  void reuse(const bundle::Entry& entry);

  // The main script, once it was compiled here.
  struct Script {
    std::string path;
    std::string_view code;
  };

  const bundle::BundleView* cached_;
  const NewerListing* newer_;
  std::uint32_t python_magic_;
  std::string abi_tag_;
  std::uint64_t library_size_limit_;
  std::map<std::string, bundle::Record> records_;
  std::map<std::string, SharedObject> shared_objects_;  // of the libraries met so far
  std::deque<std::string> kept_;
  OpenFolders folders_;
  LibrarySearch library_search_{folders_};
  FileReader reader_{folders_};
  Script script_;
  std::uint64_t data_bytes_ = 0;
  bool changed_ = false;
};

}  // namespace pylaunch::embed

// SPDX-License-Identifier: BSD-3-Clause
//
// The bundle as the importer sees it: which folder has which names, which file has which bytes, and
// what of it this process has to distrust because it has written there itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bundle/reader.hpp"
#include "bundle/support_api.h"
#include "embed/importer/path_aliases.hpp"
#include "embed/listing.hpp"
#include "embed/session.hpp"

namespace pylaunch::embed {

// A folder whose listing was broadcast. `trusted` ends when something was written to it.
struct KnownFolder : ListedNames {
  using ListedNames::ListedNames;
  std::uint32_t entry = 0;
  bool exists = true;
  bool trusted = true;
  bool is_library = false;  // of the standard library or a site-packages folder
};

// What the bundle says of a path; `unknown` when it says nothing that may be relied on.
enum class PathKind { unknown, absent, folder, file };

class FileMemory {
 public:
  // `standard_library` is the path that its folders begin with. `newer`, which has to outlive this,
  // may be null; it is taken if the bundle has the listing that it replaces.
  FileMemory(const PylaunchHost& host, bundle::Bytes bytes, std::string standard_library,
             const NewerListing* newer = nullptr);

  const bundle::BundleView* view() const { return view_ ? &*view_ : nullptr; }

  // NULL when its listing was not broadcast. Marks it as used.
  KnownFolder* folder(const std::string& path);

  // The entry of a file of this kind whose bytes may still be used; marks it as used. A file that
  // was served before is asked for its time stamp first: reload() and a second import after
  // `del sys.modules[...]` see edits. So is one that a child may have written.
  const bundle::Entry* file(std::string_view path, bundle::Kind kind);

  // The entry of a shared object, unless it, or one that is loaded with it, has been rebuilt since
  // the start of the job. That is asked for outside of what is installed, if this process has
  // started children.
  const bundle::Entry* shared_object(std::string_view path);

  void mark_used(const bundle::Entry& entry) { used_[view_->index_of(entry)] = true; }

  // Without marking or asking: for what belongs to a file that was served, as its source text.
  const bundle::Entry* peek(std::string_view path, bundle::Kind kind) const;

  // The bytes of a file that is read as data: of kind data, or the text of a source. Marks it as
  // used. Empty with a NULL pointer when they are not in memory.
  std::string_view data(const std::string& path);

  // os.path.realpath() of a file that is in memory, or that its folder does not have; empty when
  // that is not known. Marks what it relies on as used.
  std::string real_path(const std::string& path);

  // From entries and listings; marks what it relies on as used.
  PathKind kind_of(const std::string& path);

  // The same, but what is said to be absent outside of library folders is asked for once more if
  // this process may know of others that make files. `unknown` if it is there now.
  PathKind kind_now(const std::string& path);

  // Of a folder's names; NULL when it is not a listed folder whose names are still trusted.
  const KnownFolder* listing(const std::string& path);

  // The entries of search paths that did not exist on rank 0. Marks them as used.
  std::vector<std::string> absent_paths();

  // Whether no finder of an earlier run had this module, to its end. Marks it as used.
  bool is_known_missing(std::string_view module_name);

  // One request: what another process has changed is no longer trusted.
  void distrust_if_changed(const std::string& path);

  // True when the folder is not what its listing says; it is no longer trusted then.
  bool has_changed(KnownFolder& folder);

  // This process changed `path`: neither it, nor what is below it, nor its folder's listing is
  // trusted any more, by whichever path they are known. Asks for each folder once, what its path is
  // with links followed.
  void distrust(const char* path);

  // Whether there is a folder or file of this path, by a listing that is still trusted. What other
  // processes may have removed is asked for.
  bool has_name(const char* path);

  // distrust() from a thread that does not hold the main interpreter's GIL: before the next use.
  void distrust_later(const char* path);

  // This process has started another, which may write anywhere. From any thread.
  void child_started() { has_children_ = true; }

  // From now on other ranks can tell this one of files that they have made.
  void communication_begins() { communicates_ = true; }

  // The path to dlopen for a library, or NULL.
  const char* library_path(const bundle::Entry& entry) const;

  const std::vector<bool>& used() const { return used_; }

  // Files of the bundle that this process changed. Who reads them in the next run while they are
  // being written again should get what was written.
  const std::set<std::string>& written() const { return written_; }

 private:
  friend FileMemory* file_memory();

  // The entries below a folder: [first, last).
  std::pair<std::uint32_t, std::uint32_t> entries_below(const std::string& path) const;
  bool is_replaced(const bundle::Entry& folder) const;
  KnownFolder read_folder(std::uint32_t entry) const;
  bool is_in_library(std::string_view path) const;
  bool is_unchanged(const bundle::Entry& entry) const;
  // False, and distrusted, if a child of this process may have changed it, and it has changed.
  bool holds_after_children(const bundle::Entry& entry);

  bool is_below_a_file(std::string path);
  bool is_rebuilt(const bundle::Entry& library);
  std::string real_spelling(const std::string& path);
  std::vector<std::string> spellings_of(const std::string& absolute);
  std::string real_folder(const std::string& path);
  bool is_listed(const std::string& path);
  std::vector<std::uint32_t> entries_at(const std::string& path) const;
  void distrust_entry(std::uint32_t index);
  void distrust_spelling(const std::string& path);
  void distrust_pending();

  const PylaunchHost& host_;
  std::string standard_library_;
  const NewerListing* newer_;
  std::optional<bundle::BundleView> view_;
  std::vector<bool> used_;
  std::unordered_set<std::uint32_t> served_;  // by file()
  std::unordered_set<std::uint32_t> distrusted_;
  std::set<std::string> written_;
  std::unordered_map<std::string, std::unique_ptr<KnownFolder>> folders_;
  std::optional<PathAliases> aliases_;  // made by the first distrust()
  std::map<std::string, std::string> real_folders_;
  std::atomic<bool> has_children_ = false;
  bool communicates_ = false;
  std::atomic<bool> has_pending_ = false;
  std::mutex pending_mutex_;
  std::vector<std::string> pending_;  // to be distrusted
};

// The one of this process; nullptr before the importer is installed. The main interpreter's GIL
// must be held.
FileMemory* file_memory();
void set_file_memory(std::unique_ptr<FileMemory> memory);

// distrust_later() and child_started() of the one of this process: the only ones that need no GIL
// of the main interpreter's.
void distrust_file_later(const char* path);
void note_child();

}  // namespace pylaunch::embed

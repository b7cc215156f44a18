// SPDX-License-Identifier: BSD-3-Clause
//
// The content of a directory entry in a bundle: for each name what it is, the name, and a NUL.
// Links count as what they point to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace pylaunch::embed {

// As in the bundle: a device, a socket or a link that leads nowhere is neither folder nor file.
enum class NameKind : char { folder = 'd', file = 'f', other = 'o' };

// function(name, kind) for each name.
template <typename Function>
void for_each_name(std::string_view listing, Function&& function) {
  while (!listing.empty()) {
    const std::size_t end = listing.find('\0');
    if (end == std::string_view::npos || end == 0) return;
    function(listing.substr(1, end - 1), static_cast<NameKind>(listing.front()));
    listing.remove_prefix(end + 1);
  }
}

// A listing, to be asked by name. It points into the text that it was made of.
struct ListedNames {
  ListedNames() = default;
  explicit ListedNames(std::string_view listing) {
    for_each_name(listing, [this](std::string_view name, NameKind kind) {
      auto& names = kind == NameKind::folder ? folders : kind == NameKind::file ? files : others;
      names.insert(name);
    });
  }

  // The file that FileFinder would take for a module `stem` in this folder, in its order of
  // suffixes: extension modules, source, bytecode.
  std::optional<std::string> module_file(const std::string& stem,
                                         const std::vector<std::string>& extension_suffixes) const {
    const auto has = [this](const std::string& name) { return files.contains(name); };
    for (const std::string& suffix : extension_suffixes)
      if (has(stem + suffix)) return stem + suffix;
    for (const char* suffix : {".py", ".pyc"})
      if (has(stem + suffix)) return stem + suffix;
    return std::nullopt;
  }

  std::unordered_set<std::string_view> files;
  std::unordered_set<std::string_view> folders;
  std::unordered_set<std::string_view> others;  // neither, as a link that leads nowhere
};

inline void append_name(std::string& listing, std::string_view name, NameKind kind) {
  listing += static_cast<char>(kind);
  listing += name;
  listing += '\0';
}

}  // namespace pylaunch::embed

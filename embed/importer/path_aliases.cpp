// SPDX-License-Identifier: BSD-3-Clause
#include "embed/importer/path_aliases.hpp"

#include <algorithm>
#include <filesystem>

namespace pylaunch::embed {

namespace {

std::string_view path_of(const std::pair<std::string_view, std::uint32_t>& alias) {
  return alias.first;
}

}  // namespace

std::string normal_path(std::string_view path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

PathAliases::PathAliases(const bundle::BundleView& view) {
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const bundle::Entry& entry = view.entry(i);
    const std::string_view path = view.path(entry);
    if (!path.starts_with('/')) continue;
    const std::string_view real = view.real_path(entry);
    if (!real.empty() && real != path) aliases_.emplace_back(real, i);
    // Most paths are seen to be normal without the work of making them so.
    if (path.find("/.") == path.npos && path.find("//") == path.npos) continue;
    std::string normal = normal_path(path);
    if (normal == path || normal == real) continue;
    aliases_.emplace_back(kept_.emplace_back(std::move(normal)), i);
  }
  std::ranges::sort(aliases_);
}

std::vector<std::uint32_t> PathAliases::at(std::string_view path) const {
  std::vector<std::uint32_t> indices;
  auto alias = std::ranges::lower_bound(aliases_, path, {}, path_of);
  for (; alias != aliases_.end() && alias->first == path; ++alias) indices.push_back(alias->second);
  return indices;
}

std::vector<std::uint32_t> PathAliases::below(std::string_view folder) const {
  const std::string beginning = folder == "/" ? "/" : std::string(folder) + "/";
  std::vector<std::uint32_t> indices;
  auto alias = std::ranges::lower_bound(aliases_, std::string_view(beginning), {}, path_of);
  for (; alias != aliases_.end() && alias->first.starts_with(beginning); ++alias)
    indices.push_back(alias->second);
  return indices;
}

}  // namespace pylaunch::embed

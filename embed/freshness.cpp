// SPDX-License-Identifier: BSD-3-Clause
#include "embed/freshness.hpp"

#include <algorithm>
#include <system_error>

#include "bundle/blocked_signals.hpp"

namespace pylaunch::embed {

namespace {

std::vector<std::string> paths_of(const std::set<std::string>& manifest) {
  std::vector<std::string> paths;
  for (const std::string& line : manifest)
    if (line.size() > 2 && line[0] != bundle::manifest_letter(bundle::Kind::missing_name))
      paths.push_back(line.substr(2));
  std::ranges::sort(paths);
  const auto repeated = std::ranges::unique(paths);
  paths.erase(repeated.begin(), repeated.end());
  return paths;
}

std::future<FileStatuses> ask(const std::vector<std::string>& paths) {
  const bundle::BlockedSignals blocked;
  const auto stat_paths = [&paths] { return stat_all(paths); };
  try {
    return std::async(std::launch::async, stat_paths);
  } catch (const std::system_error&) {  // no thread is to be had: when the answers are needed
    return std::async(std::launch::deferred, stat_paths);
  }
}

}  // namespace

Freshness::Freshness(const std::set<std::string>& manifest) : paths_(paths_of(manifest)) {
  if (!paths_.empty()) coming_ = ask(paths_);
}

const FileStatuses& Freshness::answers() {
  if (coming_.valid()) answers_ = coming_.get();
  return answers_;
}

std::optional<bundle::Stamp> Freshness::stamp(const std::string& path) {
  const auto found = std::ranges::lower_bound(paths_, path);
  if (found == paths_.end() || *found != path) return std::nullopt;
  return answers().stamps[static_cast<std::size_t>(found - paths_.begin())];
}

std::string Freshness::real_folder(const std::string& path) {
  const auto found = answers().real_folders.find(path);
  return found == answers().real_folders.end() ? std::string() : found->second;
}

}  // namespace pylaunch::embed

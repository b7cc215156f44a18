// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/manifest.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace pylaunch {

namespace {

constexpr std::string_view head = "pylaunch manifest 1\n";

// Files that the program wrote itself would be out of date in the next run, too; what is gone by
// the end was temporary.
bool is_volatile(const std::string& line, std::int64_t job_start_ns) {
  if (line[0] == 'M') return false;
  struct stat status = {};
  if (stat(line.c_str() + 2, &status) != 0) return true;
  if (S_ISDIR(status.st_mode)) return false;
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec >= job_start_ns;
}

}  // namespace

Manifest::Manifest(std::string_view text) {
  if (!text.starts_with(head)) return;
  text.remove_prefix(head.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 2) lines_.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string Manifest::lines() const {
  std::string text;
  for (const std::string& line : lines_) (text += line) += '\n';
  return text;
}

std::string Manifest::text() const { return std::string(head) + lines(); }

bool Manifest::merge(const JobRecord& job, const bundle::BundleView* bundle,
                     std::int64_t job_start_ns) {
  const std::set<std::string> before = lines_;
  for (std::uint32_t i = 0; bundle != nullptr && i < bundle->size(); ++i) {
    if (i >= job.used.size() || !job.used[i]) continue;
    const bundle::Entry& entry = bundle->entry(i);
    lines_.insert(std::string(1, bundle::manifest_letter(entry.kind)) + " " +
                  std::string(bundle->path(entry)));
  }
  for (const std::string& line : job.wanted) {
    if (line.size() < 3 || lines_.contains(line) || is_volatile(line, job_start_ns)) continue;
    lines_.insert(line);
  }
  // What one rank writes the others should read from the file, in the next run.
  for (const std::string& path : job.written)
    for (const char* letter : {"F ", "S "}) lines_.erase(letter + path);
  return lines_ != before;
}

}  // namespace pylaunch

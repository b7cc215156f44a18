// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/manifest.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace pylaunch {

namespace {

constexpr std::string_view head = "pylaunch manifest 1\n";
constexpr std::string_view working_folder_line = "D .";

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

// With -c and -m Python looks for modules where the job was started. That folder's listing is of
// use to no job that was started elsewhere.
std::string Manifest::as_kept(std::string line) const {
  const bool is_working_folder =
      !working_folder_.empty() && line.starts_with("D ") && line.substr(2) == working_folder_;
  return is_working_folder ? std::string(working_folder_line) : line;
}

std::string Manifest::as_used(const std::string& line) const {
  return line == working_folder_line ? "D " + working_folder_ : line;
}

Manifest::Manifest(std::string_view text, std::string working_folder)
    : working_folder_(std::move(working_folder)) {
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
  for (const std::string& line : lines_) (text += as_used(line)) += '\n';
  return text;
}

std::string Manifest::text() const {
  std::string text(head);
  for (const std::string& line : lines_) (text += line) += '\n';
  return text;
}

std::vector<std::string> Manifest::libraries() const {
  std::vector<std::string> paths;
  for (const std::string& line : lines_)
    if (line[0] == bundle::manifest_letter(bundle::Kind::library)) paths.push_back(line.substr(2));
  return paths;
}

bool Manifest::merge(const JobRecord& job, const bundle::BundleView* bundle,
                     std::int64_t job_start_ns) {
  const std::set<std::string> before = lines_;
  for (std::uint32_t i = 0; bundle != nullptr && i < bundle->size(); ++i) {
    if (i >= job.used.size() || !job.used[i]) continue;
    const bundle::Entry& entry = bundle->entry(i);
    lines_.insert(as_kept(std::string(1, bundle::manifest_letter(entry.kind)) + " " +
                          std::string(bundle->path(entry))));
  }
  for (const std::string& line : job.wanted) {
    if (line.size() < 3 || lines_.contains(as_kept(line)) || is_volatile(line, job_start_ns))
      continue;
    lines_.insert(as_kept(line));
  }
  // What one rank writes the others should read from the file, in the next run.
  for (const std::string& path : job.written)
    for (const char* letter : {"F ", "S "}) lines_.erase(letter + path);
  return lines_ != before;
}

}  // namespace pylaunch

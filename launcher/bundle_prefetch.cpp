// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/bundle_prefetch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>

#include "bundle/blocked_signals.hpp"
#include "bundle/reader.hpp"

namespace pylaunch {

namespace {

constexpr std::string_view libraries_mark = " with libraries";

// Everything else that commonly leads to another bundle; what is not here costs time only.
std::string surroundings() {
  std::error_code error;
  std::string text = std::filesystem::current_path(error).string();
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (std::string_view(*variable).starts_with("PYTHON")) (text += '\0') += *variable;
  return text;
}

bool takes_next_word(const std::string& word) {
  if (word.starts_with("--")) return word == "--check-hash-based-pycs";
  return word.find_first_of("WX") == word.size() - 1;  // the value may also stand in the same word
}

// The index of the letter -c or -m; what stands behind it, if anything, is the program.
std::size_t program_letter(const std::string& word) {
  const std::size_t letter = word.find_first_of("cmWX");
  const bool is_program =
      letter != std::string::npos && (word[letter] == 'c' || word[letter] == 'm');
  return is_program && !word.starts_with("--") ? letter : std::string::npos;
}

}  // namespace

std::vector<std::string> program_words(const std::vector<std::string>& python_arguments) {
  std::size_t count = 0;
  while (count < python_arguments.size()) {
    const std::string& word = python_arguments[count++];
    if (word.size() < 2 || word[0] != '-') break;
    const std::size_t letter = program_letter(word);
    if (letter != std::string::npos) {
      if (letter == word.size() - 1) ++count;
      break;
    }
    if (takes_next_word(word)) ++count;
  }
  count = std::min(count, python_arguments.size());
  return {python_arguments.begin(), python_arguments.begin() + static_cast<std::ptrdiff_t>(count)};
}

BundlePrefetch::BundlePrefetch(const CacheDirectory& cache, const std::string& executable,
                               const std::vector<std::string>& python_arguments, bool is_alone,
                               bool may_begin) {
  if (!cache) return;
  std::string key = executable;
  for (const std::string& word : program_words(python_arguments)) (key += '\0') += word;
  (key += '\0') += surroundings() + (is_alone ? " alone" : "");
  note_ = fmt::format("expected-{:016x}", std::hash<std::string>()(key));
  const std::string said = cache.read_text(note_).value_or("");
  with_libraries_ = said.ends_with(libraries_mark);
  expected_ = said.substr(0, said.size() - (with_libraries_ ? libraries_mark.size() : 0));
  if (expected_.find('/') != std::string::npos) expected_.clear();
  if (expected_.empty() || !may_begin) return;
  const bundle::BlockedSignals blocked;
  try {
    bundle_ = std::async(std::launch::async, [cache, name = expected_, with = with_libraries_] {
      return cache.read_bundle(name, with);
    });
  } catch (const std::exception&) {
    expected_.clear();  // no thread or no memory to be had: read when it is needed
  }
}

CachedBundle BundlePrefetch::take(const CacheDirectory& cache, const std::string& name,
                                  bool with_libraries) {
  const bool is_expected = name == expected_ && with_libraries == with_libraries_;
  if (bundle_.valid() && is_expected) return bundle_.get();
  bundle_ = {};  // not both in memory
  return cache.read_bundle(name, with_libraries);
}

void BundlePrefetch::wait() const {
  if (bundle_.valid()) bundle_.wait();
}

void BundlePrefetch::expect(const CacheDirectory& cache, const std::string& name,
                            bool with_libraries) {
  if (note_.empty() || (name == expected_ && with_libraries == with_libraries_)) return;
  expected_ = name;
  with_libraries_ = with_libraries;
  const std::string text = name + std::string(with_libraries ? libraries_mark : "");
  cache.write(note_, bundle::as_bytes(text));
}

}  // namespace pylaunch

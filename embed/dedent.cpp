// SPDX-License-Identifier: BSD-3-Clause
#include "embed/dedent.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace pylaunch::embed {

namespace {

std::string_view indentation_of(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
  }
  return lines;
}

std::string_view common_indentation(const std::vector<std::string_view>& lines) {
  std::optional<std::string_view> common;
  for (const std::string_view line : lines) {
    const std::string_view indentation = indentation_of(line);
    if (indentation.size() == line.size()) continue;
    if (!common) common = indentation;
    const auto [end, ignored] =
        std::mismatch(common->begin(), common->end(), indentation.begin(), indentation.end());
    common = common->substr(0, static_cast<std::size_t>(end - common->begin()));
  }
  return common.value_or(std::string_view());
}

}  // namespace

std::string dedent(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  const std::size_t margin = common_indentation(lines).size();
  if (margin == 0) return std::string(text);
  std::string result;
  for (const std::string_view line : lines) {
    if (indentation_of(line).size() < line.size()) result += line.substr(margin);
    result += '\n';
  }
  result.pop_back();
  return result;
}

}  // namespace pylaunch::embed

// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/job_ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace pylaunch {

namespace {

int number_in(std::string_view text, std::string_view part) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // One more than the largest has to be a number, too.
  if (error != std::errc() || end != text.data() + text.size() || number < 0 ||
      number == std::numeric_limits<int>::max())
    throw std::invalid_argument(
        fmt::format("'{}' is neither a rank nor a range such as 4-63", part));
  return number;
}

std::pair<int, int> range_in(std::string_view part) {
  const auto dash = part.find('-');
  const int first = number_in(part.substr(0, dash), part);
  const int last = dash == part.npos ? first : number_in(part.substr(dash + 1), part);
  if (last < first)
    throw std::invalid_argument(fmt::format("the range '{}' ends before it begins", part));
  return {first, last};
}

}  // namespace

JobRanks::JobRanks(const std::string& list) {
  std::vector<std::pair<int, int>> named;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t comma = std::min(list.find(',', start), list.size());
    named.push_back(range_in(std::string_view(list).substr(start, comma - start)));
    start = comma + 1;
  }
  std::ranges::sort(named);
  for (const auto& range : named) {
    if (!ranges_.empty() && range.first <= ranges_.back().second + 1)
      ranges_.back().second = std::max(ranges_.back().second, range.second);
    else
      ranges_.push_back(range);
  }
}

std::optional<int> JobRanks::job_rank(int world_rank) const {
  if (are_all()) return world_rank;
  int before = 0;
  for (const auto& [first, last] : ranges_) {
    if (world_rank >= first && world_rank <= last) return before + world_rank - first;
    before += last - first + 1;
  }
  return std::nullopt;
}

int JobRanks::world_rank(int job_rank) const {
  int before = 0;
  for (const auto& [first, last] : ranges_) {
    if (job_rank <= before + last - first) return first + job_rank - before;
    before += last - first + 1;
  }
  return job_rank;
}

int JobRanks::count(int world_size) const {
  int sum = 0;
  for (const auto& [first, last] : ranges_) sum += last - first + 1;
  return are_all() ? world_size : sum;
}

std::string JobRanks::text() const {
  std::string text;
  for (const auto& [first, last] : ranges_) {
    if (!text.empty()) text += ',';
    text += std::to_string(first);
    if (last != first) text += fmt::format("-{}", last);
  }
  return text;
}

}  // namespace pylaunch

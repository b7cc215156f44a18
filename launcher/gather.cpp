// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/gather.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "launcher/agreement.hpp"
#include "launcher/error.hpp"

namespace pylaunch {

namespace {

// The end of the ranks from `first` on whose strings go together.
std::size_t end_of_turn(const std::vector<int>& lengths, std::size_t first, std::int64_t at_once) {
  std::int64_t sum = 0;
  std::size_t end = first;
  while (end < lengths.size() && (end == first || sum + lengths[end] <= at_once))
    sum += lengths[end++];
  return end;
}

// `lengths` are 0 for ranks whose turn it is not.
void gather_turn(const std::string& mine, const std::vector<int>& lengths,
                 const Communicator& ranks, const char* during, std::vector<std::string>& strings) {
  const auto rank = static_cast<std::size_t>(ranks.rank());
  std::vector<int> offsets(lengths.size());
  std::exclusive_scan(lengths.begin(), lengths.end(), offsets.begin(), 0);
  const auto total = static_cast<std::size_t>(offsets.back() + lengths.back());
  std::string joined(rank == 0 ? total : 0, '\0');
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Igatherv(mine.data(), lengths[rank], MPI_CHAR, joined.data(), lengths.data(),
                         offsets.data(), MPI_CHAR, 0, ranks.get(), &request),
            during);
  wait_all({&request, 1}, during);
  for (std::size_t i = 0; rank == 0 && i < lengths.size(); ++i)
    if (lengths[i] > 0)
      strings[i] =
          joined.substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(lengths[i]));
}

}  // namespace

int gathered_length(const std::string& mine, std::int64_t at_once) {
  return static_cast<std::int64_t>(mine.size()) <= at_once ? static_cast<int>(mine.size()) : 0;
}

std::vector<std::string> gather_strings(const std::string& mine, const std::vector<int>& lengths,
                                        const Communicator& ranks, const char* during,
                                        std::int64_t at_once) {
  std::vector<std::string> strings(ranks.rank() == 0 ? lengths.size() : 0);
  if (std::ranges::all_of(lengths, [](int length) { return length == 0; })) return strings;
  for (std::size_t first = 0; first < lengths.size();) {
    const std::size_t end = end_of_turn(lengths, first, at_once);
    std::vector<int> turn(lengths.size());
    std::copy(lengths.begin() + static_cast<std::ptrdiff_t>(first),
              lengths.begin() + static_cast<std::ptrdiff_t>(end),
              turn.begin() + static_cast<std::ptrdiff_t>(first));
    gather_turn(mine, turn, ranks, during, strings);
    first = end;
  }
  return strings;
}

}  // namespace pylaunch

// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/node_topology.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unordered_set>

#include "launcher/agreement.hpp"
#include "launcher/error.hpp"
#include "launcher/process_manager.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pylaunch {

namespace {

// MPICH can be told to see one machine as several nodes (its variable for trying out algorithms
// between nodes, round-robin); what it treats as apart is apart here, too.
int simulated_nodes() {
  const char* count = std::getenv("MPIR_CVAR_NUM_CLIQUES");
  return std::max(count != nullptr ? std::atoi(count) : 1, 1);
}

// Equal for processes that can open each other's files in /proc: one running kernel, one PID
// namespace.
std::string machine_identity() {
  std::string boot_id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot_id;
  struct stat status = {};
  const bool has_namespace = stat("/proc/self/ns/pid", &status) == 0;
  char name[MPI_MAX_PROCESSOR_NAME] = "";
  int length = 0;
  check_mpi(MPI_Get_processor_name(name, &length), "MPI_Get_processor_name");
  return fmt::format("{} {} {}", boot_id, name, has_namespace ? status.st_ino : 0);
}

std::uint64_t hash_of(const std::string& text) { return XXH3_64bits(text.data(), text.size()); }

}  // namespace

bool may_lead_node() { return local_rank_before_mpi().value_or(0) < simulated_nodes(); }

NodeTopology find_nodes(const Communicator& all, std::uint64_t command) {
  const int rank = all.rank();
  struct Card {
    std::uint64_t node, machine, command;
  };
  const std::string machine = machine_identity();
  const Card mine = {hash_of(fmt::format("{} {}", machine, rank % simulated_nodes())),
                     hash_of(machine), command};
  std::vector<Card> cards(static_cast<std::size_t>(all.size()));
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(
      MPI_Iallgather(&mine, 3, MPI_UINT64_T, cards.data(), 3, MPI_UINT64_T, all.get(), &request),
      "MPI_Iallgather");
  wait_for_first_meeting(request, "exchange of node names");
  NodeTopology topology;
  std::vector<int> leaders;
  std::unordered_set<std::uint64_t> seen, machines;
  for (int other = 0; other < all.size(); ++other) {
    const Card& card = cards[static_cast<std::size_t>(other)];
    topology.commands.push_back(card.command);
    if (card.node == mine.node) topology.members.push_back(other);
    if (seen.insert(card.node).second) leaders.push_back(other);
    machines.insert(card.machine);
  }
  topology.leader = topology.members.front();
  topology.node_count = static_cast<int>(leaders.size());
  topology.machine_count = static_cast<int>(machines.size());
  const bool some_lead = topology.node_count > 1 && topology.node_count < all.size();
  if (some_lead && topology.is_leader(rank)) topology.leaders = make_group(all.get(), leaders);
  return topology;
}

Communicator make_group(MPI_Comm all, const std::vector<int>& ranks) {
  MPI_Group everyone = MPI_GROUP_NULL;
  MPI_Group chosen = MPI_GROUP_NULL;
  MPI_Comm made = MPI_COMM_NULL;
  check_mpi(MPI_Comm_group(all, &everyone), "MPI_Comm_group");
  check_mpi(MPI_Group_incl(everyone, static_cast<int>(ranks.size()), ranks.data(), &chosen),
            "MPI_Group_incl");
  check_mpi(MPI_Comm_create_group(all, chosen, 0, &made), "MPI_Comm_create_group");
  Communicator group(made);
  check_mpi(MPI_Group_free(&chosen), "MPI_Group_free");
  check_mpi(MPI_Group_free(&everyone), "MPI_Group_free");
  return group;
}

}  // namespace pylaunch

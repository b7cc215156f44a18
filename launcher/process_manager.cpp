// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/process_manager.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace pylaunch {

namespace {

// The number in the first of these variables that is set to one.
std::optional<int> first_number(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = getenv(name);
    if (value == nullptr) continue;
    const std::string_view text = value;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  return std::nullopt;
}

constexpr const char* launcher_port = "SLURM_STEP_LAUNCHER_PORT";  // srun's

struct SizeVariable {
  const char* name;
  std::vector<const char*> needs;  // one of these says that it is about this very process
};

// The first that applies counts: an mpiexec inside of a step of Slurm's leaves the step's variables
// in the environment.
const SizeVariable size_variables[] = {
    {"PMI_SIZE", {"PMI_FD", "PMI_PORT"}},
    {"OMPI_COMM_WORLD_SIZE", {"PMIX_RANK", "PMIX_NAMESPACE"}},
    {"SLURM_STEP_NUM_TASKS", {launcher_port}},
};

// Of Open MPI only what its mpiexec sets for this very job: OMPI_MCA_ is users' configuration, too.
// Of Slurm only the port of srun, without which the others just inform: programs read them.
bool connects(std::string_view name) {
  for (const char* exact : {"PMI_FD",
                            "PMI_PORT",
                            "PMI_ID",
                            "PMI_SPAWNED",
                            "HYDI_CONTROL_FD",
                            "OMPI_UNIVERSE_SIZE",
                            "OMPI_FILE_LOCATION",
                            "OMPI_MCA_ess",
                            "OMPI_MCA_pmix",
                            "OMPI_MCA_initial_wdir",
                            "OMPI_MCA_orte_app_num",
                            "OMPI_MCA_orte_bound_at_launch",
                            "OMPI_MCA_orte_hnp_uri",
                            "OMPI_MCA_orte_jobfam_session_dir",
                            "OMPI_MCA_orte_launch",
                            "OMPI_MCA_orte_local_daemon_uri",
                            "OMPI_MCA_orte_num_nodes",
                            "OMPI_MCA_orte_precondition_transports",
                            "OMPI_MCA_orte_top_session_dir",
                            launcher_port})
    if (name == exact) return true;
  for (const char* prefix : {"PMIX_", "PMI2_", "HYDRA_", "OMPI_MCA_ess_", "OMPI_MCA_orte_ess_"})
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace

std::optional<int> rank_before_mpi() {
  return first_number({"PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK"});
}

std::optional<int> local_rank_before_mpi() {
  return first_number({"MPI_LOCALRANKID", "OMPI_COMM_WORLD_LOCAL_RANK", "PALS_LOCAL_RANKID",
                       "FLUX_TASK_LOCAL_ID", "SLURM_LOCALID"});
}

std::optional<int> size_before_mpi() { return first_number({"PMI_SIZE", "OMPI_COMM_WORLD_SIZE"}); }

bool is_first_rank_or_alone() {
  // Slurm's variable is no rank of MPI in a batch script, but good enough for who prints.
  const std::optional<int> task = first_number({"SLURM_PROCID"});
  return rank_before_mpi().value_or(task.value_or(0)) == 0;
}

std::optional<PromisedSize> promised_size() {
  for (const auto& [name, needs] : size_variables) {
    const std::optional<int> promised = first_number({name});
    const auto is_set = [](const char* need) { return getenv(need) != nullptr; };
    if (!promised || std::ranges::none_of(needs, is_set)) continue;
    return *promised > 1 ? std::optional(PromisedSize{name, *promised}) : std::nullopt;
  }
  return std::nullopt;
}

std::string find_isolation(const std::optional<PromisedSize>& promised, int mpi_size) {
  if (mpi_size != 1 || !promised) return {};
  return fmt::format(
      "{} says that this job has {} ranks, but MPI says 1: the launcher that started it "
      "belongs to another MPI library. Use that of pylaunch's own (see `pylaunch --version`), "
      "or unset {} to run each process as a job of its own",
      promised->variable, promised->ranks, promised->variable);
}

void disconnect_children() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (connects(name)) names.emplace_back(name);
  }
  for (const std::string& name : names) unsetenv(name.c_str());
}

}  // namespace pylaunch

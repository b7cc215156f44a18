// SPDX-License-Identifier: BSD-3-Clause
//
// Measures: the phases of one rank, in seconds.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace pylaunch {

enum class Phase {
  process_start,  // from the creation of the process until the options are read
  mpi_init,       // MPI_Init_thread, communicators
  python_init,    // libpython loaded, the interpreter started, the importer installed
  collect,        // rank 0: manifest, checks of freshness, reading, compiling
  wait,           // the other ranks: until rank 0 has collected
  broadcast,      // bytes to the nodes, and their one copy there
  imports,        // modules imported by the program, with all that they run
  script,         // the program without its imports
  finalise,       // the interpreter's end, and waiting for the other ranks to come there
};

inline constexpr std::size_t phase_count = 9;
inline constexpr std::array<const char*, phase_count> phase_names = {
    "process start", "MPI init", "python init", "collect", "wait",
    "broadcast",     "imports",  "script",      "finalise"};

using PhaseSeconds = std::array<double, phase_count>;

class Timeline {
 public:
  // Starts in `mpi_init`; the time since the process was created is `process_start`.
  Timeline();

  // What follows belongs to `phase`, until the next call.
  void enter(Phase phase);

  // Moves time that was counted as one phase, or what there is of it, to another.
  void move(Phase from, Phase to, double seconds);

  // The name of the phase that was entered last.
  const char* phase() const { return phase_names[static_cast<std::size_t>(current_)]; }

  // The seconds of each phase up to now.
  PhaseSeconds seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  PhaseSeconds seconds_ = {};
  Phase current_ = Phase::mpi_init;
  Clock::time_point since_;
};

}  // namespace pylaunch

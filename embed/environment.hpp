// SPDX-License-Identifier: BSD-3-Clause
//
// The environment that CPython resolved on rank 0: taken there, put in place on the other ranks.
#pragma once

#include "embed/session.hpp"

namespace pylaunch::embed {

// Rank 0, after the interpreter has started: what getpath and site arrived at.
void capture_environment(Session& session);

// The other ranks, right after their interpreter has started: sys.* as on rank 0.
void restore_sys(const Session& session);

// The other ranks, once imports work: what `site` does, with its results at hand instead of the
// search for them: its globals, its builtins, the import lines of .pth files, sitecustomize.
void replay_site(const Session& session);

// Names the environment and the program: equal keys may share a manifest.
std::uint64_t cache_key(const Session& session);

// An interpreter that was started before MPI has variables in os.environ that the launcher has
// taken out of the environment since.
void forget_unset_variables();

}  // namespace pylaunch::embed

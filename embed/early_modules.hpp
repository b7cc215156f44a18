// SPDX-License-Identifier: BSD-3-Clause
//
// Py_InitializeFromConfig imports `encodings` and `site` before anybody can install an importer.
// EarlyModules hands their code over as frozen modules (PyImport_FrozenModules), for the time of
// the initialisation; afterwards restore_early_modules() makes them look like what they are.
#pragma once

#include <memory>

#include "embed/session.hpp"

namespace pylaunch::embed {

class EarlyModules {
 public:
  // `session` must stay alive as long as the interpreter.
  explicit EarlyModules(const Session& session);
  ~EarlyModules();
  EarlyModules(const EarlyModules&) = delete;
  EarlyModules& operator=(const EarlyModules&) = delete;

 private:
  struct Table;
  std::unique_ptr<Table> table_;
};

// Rank 0: the code of the modules in sys.modules that every start needs.
std::vector<EarlyModule> capture_early_modules();

// The other ranks, once imports work: gives early modules their path, spec and loader.
void restore_early_modules(const Session& session);

}  // namespace pylaunch::embed

// SPDX-License-Identifier: BSD-3-Clause
//
// The user's program as __main__: prepared on rank 0, run on every rank as python3 runs it.
#pragma once

#include <optional>
#include <string>

#include "embed/session.hpp"

namespace pylaunch::embed {

// The program cannot be run; the sentence says why, unless Python has printed it already.
struct ProgramError {
  int status = 1;
  std::string message;
};

// Rank 0: reads standard input, compiles what is given as text, recognises folders and archives.
std::optional<ProgramError> prepare_program(Program& program);

// Rank 0: compiles the text of a script. Nothing on a SyntaxError, which is then printed.
std::optional<std::string> compile_program(const std::string& source, const std::string& path,
                                           bool skip_first_line);

// Runs it and returns its exit status. `script_code` is that of a script that was broadcast;
// without, it is read from its file.
int run_program(const Program& program, std::optional<std::string_view> script_code);

}  // namespace pylaunch::embed

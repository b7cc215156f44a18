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

// The part of a script that is compiled, without the first line for -x.
std::string_view program_text(std::string_view source, bool skip_first_line);

// Compiles the text of a script. Nothing on a SyntaxError, which is then printed.
std::optional<std::string> compile_program(std::string_view source, const std::string& path,
                                           bool skip_first_line);

// A script that was broadcast: its marshalled code, or, if that is empty, its text.
struct BroadcastScript {
  std::string_view code, text;
  bool is_bytecode = false;
};

// Runs it and returns its exit status. A script that was not broadcast is read from its file.
int run_program(const Program& program, const std::optional<BroadcastScript>& script);

}  // namespace pylaunch::embed

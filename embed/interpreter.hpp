// SPDX-License-Identifier: BSD-3-Clause
//
// One CPython per process. Everything that owns Python objects must be gone before finalize():
//
//   GOOD   { Interpreter python(...); { py::object m = py::module_::import("os"); }
//   python.finalize(); } BAD    static py::object module;   // destroyed after the interpreter:
//   crashes at exit
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <utility>
#include <vector>

#include "embed/session.hpp"

namespace pylaunch::embed {

namespace py = pybind11;

// Python asked the process to end during its own start, as after `-V` or a bad option.
// An empty message: Python has printed it.
class StartupExit {
 public:
  StartupExit(int status, std::string message) : status_(status), message_(std::move(message)) {}
  int status() const { return status_; }
  const std::string& message() const { return message_; }

 private:
  int status_;
  std::string message_;
};

// Throws StartupExit unless it is success.
void check(const PyStatus& status);

// Starts the interpreter exactly as python3 with this command line: getpath, site, everything.
// argv[0] is the path of the user's interpreter. Throws StartupExit.
Program initialize_as_python(int argc, char** argv);

// Starts it with the same command line, but with the environment that rank 0 found: no search, no
// `site`, and the modules needed for the start from `session`, which must outlive the interpreter.
// Throws StartupExit.
void initialize_from_session(int argc, char** argv, const Session& session);

// Runs what Py_RunMain runs, ends the interpreter and returns the exit status: for the REPL.
int run_interactive();

// Py_FinalizeEx. Returns false when a standard stream could not be flushed.
bool finalize();

}  // namespace pylaunch::embed

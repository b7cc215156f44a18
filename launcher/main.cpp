// SPDX-License-Identifier: BSD-3-Clause
//
// pylaunch: mpiexec -np N pylaunch script.py
#include <mpi.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "bundle/out_of_memory.hpp"
#include "bundle/support_api.h"
#include "launcher/common_command.hpp"
#include "launcher/error.hpp"
#include "launcher/options.hpp"
#include "launcher/process_manager.hpp"
#include "launcher/session.hpp"
#include "launcher/version.hpp"

namespace {

// Of a job's other ranks we know nothing yet, and they may be waiting in MPI.
int end_with_usage_error(const char* complaint, int argc, char** argv) {
  if (pylaunch::promised_size()) return pylaunch::end_with_wrong_command(complaint, argc, argv);
  if (pylaunch::is_first_rank_or_alone()) std::fprintf(stderr, "pylaunch: %s\n", complaint);
  return PYLAUNCH_EXIT_USAGE;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // as python3 does: too large a file is an error with a message
  try {
    const pylaunch::Options options = pylaunch::parse_options(argc, argv);
    if (options.action != pylaunch::Action::run) {
      const bool wants_help = options.action == pylaunch::Action::show_help;
      const std::string text = wants_help ? pylaunch::help_text() : pylaunch::version_text();
      if (pylaunch::is_first_rank_or_alone()) std::fputs(text.c_str(), stdout);
      return 0;
    }
    return pylaunch::run_session(options, argc, argv);
  } catch (const pylaunch::UsageError& error) {
    return end_with_usage_error(error.what(), argc, argv);
  } catch (const pylaunch::LaunchError& error) {
    std::fprintf(stderr, "pylaunch: %s\n", error.what());
    return error.status();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "pylaunch: %s\n", pylaunch::bundle::out_of_memory);
    return PYLAUNCH_EXIT_SYSTEM;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pylaunch: %s\n", error.what());
    return PYLAUNCH_EXIT_INTERNAL;
  }
}

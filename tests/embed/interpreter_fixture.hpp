// SPDX-License-Identifier: BSD-3-Clause
//
// One CPython for one test case: ctest runs each case in a process of its own.
#pragma once

#include <gtest/gtest.h>
#include <pybind11/eval.h>

#include "embed/interpreter.hpp"
#include "embed/python_objects.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::embed::testing {

using pylaunch::testing::read_text;
using pylaunch::testing::TemporaryFolder;

class InterpreterTest : public ::testing::Test {
 protected:
  InterpreterTest() {
    static char executable[] = PYLAUNCH_TEST_PYTHON;
    static char isolated[] = "-I";
    static char command[] = "-c";
    static char pass[] = "pass";
    static char* argv[] = {executable, isolated, command, pass, nullptr};
    initialize_as_python(4, argv);
  }

  // Runs Python statements with `path` bound to this test's folder.
  void run(const char* statements) const {
    py::dict globals;
    globals["path"] = folder_.path();
    py::exec(statements, globals);
  }

  TemporaryFolder folder_;
};

}  // namespace pylaunch::embed::testing

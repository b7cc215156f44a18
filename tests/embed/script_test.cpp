// SPDX-License-Identifier: BSD-3-Clause
//
// The main script as the collector takes it.
#include "bundle/reader.hpp"
#include "embed/collector.hpp"
#include "tests/embed/interpreter_fixture.hpp"

namespace pylaunch::embed::testing {

class ScriptTest : public InterpreterTest {
 protected:
  Collector collector_{nullptr, 1, "abi"};
};

TEST_F(ScriptTest, script_that_the_compiler_warns_of_is_kept_without_its_code) {
  const std::string text = "import a\nb = a is 1\n";
  const std::string path = folder_.write("script.py", text);
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(collector_.add_script(path, false));
  EXPECT_TRUE(PyCode_Check(unmarshal(collector_.code(path)).ptr()));  // for the scan
  const auto buffer = collector_.build();
  const bundle::BundleView view(buffer.bytes());
  EXPECT_EQ(view.source(view.entry(*view.find(path))), text);
  EXPECT_TRUE(view.content(view.entry(*view.find(path))).empty());
  run("import sys; sys.stderr.flush()");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(ScriptTest, script_that_is_bytecode_is_taken_as_such) {
  folder_.write("m.py", "x = 1\n");
  run("import py_compile\npy_compile.compile(path + '/m.py', path + '/script')");
  ASSERT_TRUE(collector_.add_script(folder_ / "script", false));
  EXPECT_TRUE(PyCode_Check(unmarshal(collector_.code(folder_ / "script")).ptr()));
}

TEST_F(ScriptTest, script_that_does_not_compile_is_said) {
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(collector_.add_script(folder_.write("bad.py", "def\n"), false));
  run("import sys; sys.stderr.flush()");
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("SyntaxError"), std::string::npos);
  EXPECT_TRUE(collector_.add_script(folder_.write("odd.py", "not python\nx = 1\n"), true));
}

}  // namespace pylaunch::embed::testing

// SPDX-License-Identifier: BSD-3-Clause
//
// The .pyc of a source counts exactly when importlib would take it (PEP 552).
#include "embed/bytecode.hpp"

#include "embed/stamp.hpp"
#include "tests/embed/interpreter_fixture.hpp"

namespace pylaunch::embed::testing {

class BytecodeTest : public InterpreterTest {
 protected:
  // Writes the module and its .pyc, in the mode of that name in py_compile.PycInvalidationMode.
  void compile(const char* mode) const {
    folder_.write("module.py", "answer = 42\n");
    run((std::string("import py_compile\n"
                     "py_compile.compile(path + '/module.py', invalidation_mode="
                     "py_compile.PycInvalidationMode.") +
         mode + ")\n")
            .c_str());
  }
  std::optional<Bytecode> read() const {
    bytes_ = read_text(bytecode_path(source_));
    return valid_bytecode(bytes_, *stamp_of(source_), read_text(source_));
  }
  mutable std::string bytes_;  // that the result is a part of
  std::string pyc() const {
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "__pycache__"))
      return file.path();
    return {};
  }
  void damage(std::size_t at, char value) const {
    std::string bytes = read_text(pyc());
    bytes.at(at) = value;
    folder_.write("__pycache__/" + pyc().substr(pyc().rfind('/') + 1), bytes);
  }

  const std::string source_ = folder_ / "module.py";
};

TEST_F(BytecodeTest, valid_bytecode_is_taken) {
  for (const char* mode : {"TIMESTAMP", "CHECKED_HASH", "UNCHECKED_HASH"}) {
    compile(mode);
    const auto bytecode = read();
    ASSERT_TRUE(bytecode.has_value()) << mode;
    EXPECT_EQ(bytecode->unchecked, std::string(mode) == "UNCHECKED_HASH");
    EXPECT_TRUE(PyCode_Check(unmarshal(bytecode->code).ptr()));
  }
}

TEST_F(BytecodeTest, changed_source_makes_it_invalid) {
  for (const char* mode : {"TIMESTAMP", "CHECKED_HASH"}) {
    compile(mode);
    folder_.write("module.py", "answer = 43 # longer\n");
    EXPECT_FALSE(read().has_value()) << mode;
  }
}

TEST_F(BytecodeTest, unchecked_hash_stays_valid_after_the_source_changed) {
  compile("UNCHECKED_HASH");
  folder_.write("module.py", "answer = 43\n");
  const auto bytecode = read();
  ASSERT_TRUE(bytecode.has_value());
  EXPECT_TRUE(bytecode->unchecked);
}

TEST_F(BytecodeTest, foreign_and_unknown_bytecode_is_not_taken) {
  compile("TIMESTAMP");
  damage(0, '\x01');
  EXPECT_FALSE(read().has_value());
  compile("TIMESTAMP");
  damage(4, '\x04');  // a flag that nobody knows
  EXPECT_FALSE(read().has_value());
}

TEST_F(BytecodeTest, truncated_or_missing_bytecode_is_not_taken) {
  compile("TIMESTAMP");
  const std::string name = "__pycache__/" + pyc().substr(pyc().rfind('/') + 1);
  const std::string whole = read_text(pyc());
  for (const std::size_t size : {0, 3, 15, 16}) {
    folder_.write(name, whole.substr(0, size));
    EXPECT_FALSE(read().has_value()) << size;
  }
  std::filesystem::remove(folder_ / name);
  EXPECT_FALSE(read().has_value());
}

TEST_F(BytecodeTest, file_that_stands_alone_needs_only_the_right_magic) {
  compile("TIMESTAMP");
  ASSERT_TRUE(code_in_pyc(read_text(pyc())).has_value());
  damage(1, '\x7f');
  EXPECT_FALSE(code_in_pyc(read_text(pyc())).has_value());
  EXPECT_FALSE(code_in_pyc("").has_value());
}

TEST_F(BytecodeTest, compiling_gives_what_the_compiler_gives) {
  const auto code = compile_module("x = 1\n", "/some/path.py");
  ASSERT_TRUE(code.has_value());
  EXPECT_EQ(unmarshal(*code).attr("co_filename").cast<std::string>(), "/some/path.py");
}

TEST_F(BytecodeTest, source_that_does_not_compile_is_no_error_yet) {
  for (const char* text : {"def", "x = '\xff'", "return"})
    EXPECT_FALSE(compile_module(text, "/p.py")) << text;
  EXPECT_EQ(PyErr_Occurred(), nullptr);
}

TEST_F(BytecodeTest, source_that_the_compiler_warns_of_is_left_to_the_import) {
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(compile_module("a = 1\nb = a is 1\n", "/p.py"));
  run("import warnings\nwarnings.simplefilter('ignore')\n");
  EXPECT_TRUE(compile_module("a = 1\nb = a is 1\n", "/p.py"));
  run("import sys\nsys.stderr.flush()\n");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(BytecodeTest, warnings_that_nobody_would_see_are_told_of_where_all_count) {
  run("import warnings\nwarnings.simplefilter('ignore')\n");
  for (const char* text : {"a = 1\nb = a is 1\n", "a = '\\d'\n"}) {
    EXPECT_TRUE(compile_silently(text, "/p.py", Warnings::all)->has_warned) << text;
    EXPECT_FALSE(compile_silently(text, "/p.py", Warnings::shown)->has_warned) << text;
  }
  EXPECT_FALSE(compile_silently("a = 1\n", "/p.py", Warnings::all)->has_warned);
}

TEST_F(BytecodeTest, compiling_silently_leaves_the_filters_as_they_were) {
  run("import warnings\nwarnings.simplefilter('ignore')\n");
  compile_silently("a = 1\nb = a is 1\n", "/p.py", Warnings::all);
  // As at the end of the collection: CPython has a list of its own.
  run("import sys\ndel sys.modules['warnings']\n");
  ::testing::internal::CaptureStderr();
  run("compile('a = 1; a is 1', '/p.py', 'exec')\nimport sys\nsys.stderr.flush()\n");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(BytecodeTest, bytecode_is_known_by_its_first_two_bytes) {
  compile("TIMESTAMP");
  EXPECT_TRUE(looks_like_bytecode(read_text(pyc())));
  EXPECT_FALSE(looks_like_bytecode(read_text(source_)));
  EXPECT_FALSE(looks_like_bytecode(read_text(pyc()).substr(0, 1)));
  damage(3, 'x');
  EXPECT_TRUE(looks_like_bytecode(read_text(pyc())));
}

}  // namespace pylaunch::embed::testing

// SPDX-License-Identifier: BSD-3-Clause
//
// What a program will import is found without running it.
#include "embed/static_scan.hpp"

#include "embed/program.hpp"
#include "tests/embed/interpreter_fixture.hpp"

namespace pylaunch::embed::testing {

class StaticScanTest : public InterpreterTest {
 protected:
  // Scans the text of a main program that lies in the test's folder.
  void scan(const std::string& text) { scan_for(program_in_folder(), text); }
  void scan_for(const Program& program, const std::string& text) {
    StaticScan scan(collector_, program);
    scan.add_main(unmarshal(*compile_program(text, folder_ / "main.py", false)));
    scan.run();
  }
  Program program_in_folder() const {
    Program program;
    program.kind = ProgramKind::script;
    program.path0 = folder_.path();
    return program;
  }
  bool found(const std::string& name) const { return collector_.contains(folder_ / name); }

  Collector collector_{nullptr, 1, "abi"};
};

TEST_F(StaticScanTest, imports_are_followed_transitively) {
  folder_.write("a.py", "import b\n");
  folder_.write("b.py", "from c import thing\n");
  folder_.write("c.py", "thing = 1\n");
  folder_.write("unused.py", "");
  scan("import a\n");
  EXPECT_TRUE(found("a.py") && found("b.py") && found("c.py"));
  EXPECT_FALSE(found("unused.py"));
}

TEST_F(StaticScanTest, nothing_is_executed) {
  folder_.write("a.py", "open('" + folder_ / "executed" + "', 'w')\nraise SystemExit(3)\n");
  scan("import a\nopen('" + folder_ / "executed" + "', 'w')\n");
  EXPECT_TRUE(found("a.py"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "executed"));
}

TEST_F(StaticScanTest, packages_bring_their_parents_and_relative_imports) {
  folder_.write("p/__init__.py", "from . import sibling\n");
  folder_.write("p/sibling.py", "from .q.deep import x\n");
  folder_.write("p/q/__init__.py", "");
  folder_.write("p/q/deep.py", "from ..other import x\n");
  folder_.write("p/other.py", "x = 1\n");
  scan("import p.q\n");
  for (const char* name :
       {"p/__init__.py", "p/sibling.py", "p/q/__init__.py", "p/q/deep.py", "p/other.py"})
    EXPECT_TRUE(found(name)) << name;
}

TEST_F(StaticScanTest, names_imported_from_a_package_may_be_modules) {
  folder_.write("p/__init__.py", "");
  folder_.write("p/module.py", "");
  scan("from p import module, not_a_module\n");
  EXPECT_TRUE(found("p/module.py"));
}

TEST_F(StaticScanTest, functions_count_in_the_program_and_not_in_modules) {
  folder_.write("a.py", "def f():\n    import late\n");
  folder_.write("late.py", "");
  folder_.write("direct.py", "");
  scan("import a\ndef main():\n    import direct\n");
  EXPECT_TRUE(found("direct.py"));
  EXPECT_FALSE(found("late.py"));
}

TEST_F(StaticScanTest, class_bodies_and_try_blocks_are_module_level) {
  folder_.write("a.py",
                "try:\n    import b\nexcept ImportError:\n    import c\nclass C:\n    import d\n");
  for (const char* name : {"b.py", "c.py", "d.py"}) folder_.write(name, "");
  scan("import a\n");
  EXPECT_TRUE(found("b.py") && found("c.py") && found("d.py"));
}

TEST_F(StaticScanTest, namespace_packages_are_walked) {
  folder_.write("space/module.py", "");
  scan("import space.module\n");
  EXPECT_TRUE(found("space/module.py"));
  EXPECT_TRUE(found("space"));
}

TEST_F(StaticScanTest, missing_and_broken_modules_do_not_stop_it) {
  folder_.write("broken.py", "def\n");
  folder_.write("circular.py", "import circular2\n");
  folder_.write("circular2.py", "import circular, nowhere.at_all\n");
  folder_.write("good.py", "");
  scan("import nowhere, broken, circular\nfrom ... import beyond\nimport good\n");
  EXPECT_TRUE(found("circular2.py") && found("good.py"));
}

TEST_F(StaticScanTest, modules_that_the_compiler_warns_of_are_left_to_their_import) {
  folder_.write("warned.py", "a = 1\nb = a is 1\n");
  folder_.write("good.py", "");
  ::testing::internal::CaptureStderr();
  scan("import warned, good\n");
  run("import sys; sys.stderr.flush()");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_TRUE(found("good.py"));
  EXPECT_FALSE(found("warned.py"));
}

TEST_F(StaticScanTest, many_constants_do_not_hide_an_import) {
  std::string program;
  for (int i = 0; i < 400; ++i) {
    const std::string number = std::to_string(i);
    program.append("v").append(number).append(" = 'constant ").append(number).append("'\n");
  }
  folder_.write("p/__init__.py", "");
  folder_.write("p/far.py", "");
  scan(program + "from p import far\n");
  EXPECT_TRUE(found("p/far.py"));
}

TEST_F(StaticScanTest, deep_chain_of_imports_is_followed_to_its_end) {
  for (int i = 0; i < 300; ++i)
    folder_.write(std::string("m").append(std::to_string(i)).append(".py"),
                  std::string("import m").append(std::to_string(i + 1)));
  folder_.write("m300.py", "");
  scan("import m0\n");
  EXPECT_TRUE(found("m300.py"));
}

TEST_F(StaticScanTest,
       submodules_that_a_package_imports_when_asked_are_found_when_they_may_be_asked_for) {
  folder_.write("p/__init__.py",
                "names = {'public', 'core', 'other'}\n"
                "def __getattr__(name):\n"
                "    import p.public, p.asked, p.by_program, p.never, elsewhere\n"
                "    from .relative import thing\n"
                "def other():\n"
                "    import p.inside\n");
  for (const char* name : {"public", "asked", "by_program", "never", "relative", "inside"})
    folder_.write(std::string("p/").append(name).append(".py"), "");
  folder_.write("elsewhere.py", "");
  folder_.write("q.py", "from p import thing, asked\n");
  scan("import p, q\ndef f():\n    return p.by_program\n");
  for (const char* name : {"p/public.py", "p/asked.py", "p/by_program.py", "p/relative.py"})
    EXPECT_TRUE(found(name)) << name;
  for (const char* name : {"p/never.py", "p/inside.py", "elsewhere.py"})
    EXPECT_FALSE(found(name)) << name;
}

// Packages in `folder_` that are installed: the program lies elsewhere.
class StaticScanOfDataTest : public StaticScanTest {
 protected:
  StaticScanOfDataTest() { add_to_path(folder_.path()); }
  ~StaticScanOfDataTest() override { path_.attr("__init__")(before_); }

  void add_to_path(const std::string& folder) { path_.append(folder); }
  void scan(const std::string& text) {
    Program program = program_in_folder();
    program.path0 = folder_ / "program";
    scan_for(program, text);
  }
  void write_reader(const std::string& package, const std::string& file) {
    folder_.write(package + "/__init__.py",
                  "from importlib import resources\n"
                  "def load():\n"
                  "    return resources.files(__package__).joinpath('" +
                      file + "').read_text()\n");
    folder_.write(package + "/" + file, "x");
  }

 private:
  py::list path_ = sys_attribute("path");
  py::list before_ = path_.attr("copy")();
};

TEST_F(StaticScanOfDataTest, files_that_a_module_names_are_found_in_its_package) {
  write_reader("p", "table.txt");
  folder_.write("p/unnamed.txt", "");
  folder_.write("q/__init__.py", "NAME = 'plain.txt'\n");
  folder_.write("q/plain.txt", "");
  scan("import p, q\n");
  EXPECT_TRUE(found("p/table.txt"));
  EXPECT_FALSE(found("p/unnamed.txt"));
  EXPECT_FALSE(found("q/plain.txt")) << "q does not read data through Python's interfaces";
}

TEST_F(StaticScanOfDataTest, they_are_found_below_their_package_and_in_others_that_are_named) {
  folder_.write("p/__init__.py", "import pkgutil\nx = pkgutil.get_data('p', 'data/deep/a.bin')\n");
  folder_.write("p/data/deep/a.bin", "");
  folder_.write("p/other/a.bin", "");
  folder_.write("q/__init__.py", "");
  folder_.write("q/reader.py",
                "import importlib.resources as r\nx = r.read_text('q.only_data', 'b.txt')\n");
  folder_.write("q/only_data/__init__.py", "");
  folder_.write("q/only_data/b.txt", "");
  folder_.write("r/__init__.py", "");
  folder_.write("r/c.txt", "");
  scan("import p, q.reader, r, pkgutil\nx = pkgutil.get_data('r', 'c.txt')\n");
  for (const char* name :
       {"p/data/deep/a.bin", "q/only_data/__init__.py", "q/only_data/b.txt", "r/c.txt"})
    EXPECT_TRUE(found(name)) << name;
  EXPECT_FALSE(found("p/other/a.bin"));
}

TEST_F(StaticScanOfDataTest, large_ones_are_not_guessed) {
  write_reader("p", "large");
  write_reader("q", "small");
  folder_.write("p/large", std::string((4u << 20) + 1, 'x'));
  scan("import p, q\n");
  EXPECT_TRUE(found("q/small"));
  EXPECT_FALSE(found("p/large"));
}

TEST_F(StaticScanOfDataTest, those_of_the_program_itself_are_left_to_the_ranks) {
  write_reader("program/own", "state.txt");
  write_reader("program/env/lib/site-packages/installed", "table.txt");
  add_to_path(folder_ / "program/env/lib/site-packages");
  scan("import own, installed\n");
  EXPECT_TRUE(found("program/own/__init__.py"));
  EXPECT_FALSE(found("program/own/state.txt"));
  EXPECT_TRUE(found("program/env/lib/site-packages/installed/table.txt"));
}

TEST_F(StaticScanTest, module_given_by_name_is_scanned_too) {
  folder_.write("extra.py", "import more\n");
  folder_.write("more.py", "");
  StaticScan scan(collector_, program_in_folder());
  EXPECT_TRUE(scan.add_module("extra"));
  EXPECT_FALSE(scan.add_module("does.not.exist"));
  scan.run();
  EXPECT_TRUE(found("extra.py") && found("more.py"));
}

}  // namespace pylaunch::embed::testing

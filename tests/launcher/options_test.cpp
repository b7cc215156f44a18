// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/options.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

namespace {

Options parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "pylaunch");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

std::string usage_error(const std::vector<std::string>& arguments) {
  try {
    parse(arguments);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

}  // namespace

// Without the PYLAUNCH_ variables of whoever runs the tests.
class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    for (const OptionSpec& spec : option_table())
      if (spec.variable != nullptr)
        cleared_.push_back(std::make_unique<ScopedVariable>(spec.variable, nullptr));
  }
  std::vector<std::unique_ptr<ScopedVariable>> cleared_;
};

TEST_F(OptionsTest, defaults_are_what_the_help_says) {
  const Options options = parse({"script.py"});
  EXPECT_EQ(options.action, Action::run);
  EXPECT_FALSE(options.report);
  EXPECT_TRUE(options.broadcast);
  EXPECT_TRUE(options.cache);
  EXPECT_EQ(options.python, "");
  EXPECT_EQ(options.thread_level, "multiple");
  EXPECT_EQ(options.log_level, "warning");
  EXPECT_EQ(options.mpi4py, "auto");
  EXPECT_TRUE(options.includes.empty());
  EXPECT_EQ(options.python_arguments, std::vector<std::string>{"script.py"});
}

TEST_F(OptionsTest, learn_after_is_a_number_of_seconds) {
  EXPECT_EQ(parse({"x.py"}).learn_after_s, 60u);
  EXPECT_EQ(parse({"--learn-after", "0", "x.py"}).learn_after_s, 0u);
  for (const char* wrong : {"-1", "1.5", "", "soon", "99999999999"})
    EXPECT_NE(usage_error({"--learn-after", wrong}).find("--learn-after"), std::string::npos)
        << wrong;
}

TEST_F(OptionsTest, libpython_is_the_built_in_one_or_always_the_shared_one) {
  EXPECT_TRUE(parse({"x.py"}).may_use_built_in);
  EXPECT_TRUE(parse({"--libpython", "auto", "x.py"}).may_use_built_in);
  EXPECT_FALSE(parse({"--libpython=shared", "x.py"}).may_use_built_in);
  EXPECT_NE(usage_error({"--libpython=static"}).find("shared, auto"), std::string::npos);
}

TEST_F(OptionsTest, library_limit_is_a_number_of_mebibytes) {
  EXPECT_EQ(parse({"x.py"}).library_limit_mib, 256u);
  EXPECT_EQ(parse({"--library-limit", "0", "x.py"}).library_limit_mib, 0u);
  EXPECT_EQ(parse({"--library-limit=4096", "x.py"}).library_limit_mib, 4096u);
  for (const char* wrong : {"-1", "1.5", "1G", "many", "99999999999999999999"})
    EXPECT_NE(usage_error({"--library-limit", wrong}).find(wrong), std::string::npos) << wrong;
}

TEST_F(OptionsTest, cache_limit_is_a_number_of_mebibytes) {
  EXPECT_EQ(parse({"x.py"}).cache_limit_mib, 4096u);
  EXPECT_EQ(parse({"--cache-limit=100", "x.py"}).cache_limit_mib, 100u);
  EXPECT_NE(usage_error({"--cache-limit", "1G"}).find("1G"), std::string::npos);
}

TEST_F(OptionsTest, everything_from_the_first_foreign_argument_on_is_pythons) {
  const std::vector<std::string> rest = {"-O",       "-X",     "dev", "script.py",
                                         "--report", "--help", "--",  "-c"};
  std::vector<std::string> all = {"--no-cache"};
  all.insert(all.end(), rest.begin(), rest.end());
  const Options options = parse(all);
  EXPECT_EQ(options.python_arguments, rest);
  EXPECT_FALSE(options.report);
  EXPECT_EQ(options.action, Action::run);
}

TEST_F(OptionsTest, two_dashes_end_the_launchers_options) {
  EXPECT_EQ(parse({"--no-cache", "--", "--report"}).python_arguments,
            std::vector<std::string>{"--report"});
  EXPECT_TRUE(parse({"--"}).python_arguments.empty());
}

TEST_F(OptionsTest, single_dash_is_a_program_on_standard_input) {
  EXPECT_EQ(parse({"-", "x"}).python_arguments, (std::vector<std::string>{"-", "x"}));
}

TEST_F(OptionsTest, long_options_of_cpython_are_left_to_it) {
  const std::vector<std::string> arguments = {"--check-hash-based-pycs", "never", "x.py"};
  EXPECT_EQ(parse(arguments).python_arguments, arguments);
  EXPECT_EQ(parse({"--help-env"}).python_arguments, std::vector<std::string>{"--help-env"});
}

TEST_F(OptionsTest, values_may_stand_behind_an_equals_sign_or_a_blank) {
  EXPECT_EQ(parse({"--python=/a/b"}).python, "/a/b");
  EXPECT_EQ(parse({"--python", "/a/b"}).python, "/a/b");
  EXPECT_EQ(parse({"--manifest-dir=/x=y"}).manifest_dir, "/x=y");
}

TEST_F(OptionsTest, empty_value_is_an_error_that_names_the_option) {
  for (const char* option :
       {"--python", "--manifest-dir", "--include", "--cache-limit", "--mpi4py"}) {
    const std::string complaint = std::string(option) + " needs a value";
    EXPECT_EQ(usage_error({option, "", "x.py"}).find(complaint), 0u) << option;
    EXPECT_EQ(usage_error({std::string(option) + "=", "x.py"}).find(complaint), 0u) << option;
    EXPECT_EQ(usage_error({option}).find(complaint), 0u) << option;
  }
  EXPECT_EQ(usage_error({"--report=", "x.py"}), "--report needs a value: --report[=FILE]");
}

TEST_F(OptionsTest, number_out_of_range_is_told_the_range) {
  EXPECT_NE(usage_error({"--cache-limit", "2000000000"}).find("from 0 to 1073741824"),
            std::string::npos);
}

TEST_F(OptionsTest, report_takes_a_file_only_behind_an_equals_sign) {
  const Options bare = parse({"--report", "script.py"});
  EXPECT_TRUE(bare.report);
  EXPECT_EQ(bare.report_file, "");
  EXPECT_EQ(bare.python_arguments, std::vector<std::string>{"script.py"});
  EXPECT_EQ(parse({"--report=out.json"}).report_file, "out.json");
}

TEST_F(OptionsTest, report_does_not_overwrite_a_program) {
  EXPECT_NE(usage_error({"--report=script.py"}).find("'script.py' is a program"),
            std::string::npos);
  const ScopedVariable report("PYLAUNCH_REPORT", "script.py");
  EXPECT_NE(usage_error({"x.py"}).find("PYLAUNCH_REPORT"), std::string::npos);
}

TEST_F(OptionsTest, includes_add_up) {
  const Options options = parse({"--include", "a,b.c", "--include=d", "--include", ",e,"});
  EXPECT_EQ(options.includes, (std::vector<std::string>{"a", "b.c", "d", "e"}));
}

TEST_F(OptionsTest, environment_sets_every_option_that_has_a_variable) {
  const ScopedVariable report("PYLAUNCH_REPORT", "r.txt");
  const ScopedVariable broadcast("PYLAUNCH_NO_BROADCAST", "1");
  const ScopedVariable python("PYLAUNCH_PYTHON", "/p");
  const ScopedVariable level("PYLAUNCH_THREAD_LEVEL", "funneled");
  const ScopedVariable mpi4py("PYLAUNCH_MPI4PY", "native");
  const ScopedVariable include("PYLAUNCH_INCLUDE", "a,b");
  const ScopedVariable folder("PYLAUNCH_MANIFEST_DIR", "/m");
  const ScopedVariable cache("PYLAUNCH_NO_CACHE", "1");
  const ScopedVariable log("PYLAUNCH_LOG_LEVEL", "debug");
  const Options options = parse({"x.py"});
  EXPECT_TRUE(options.report);
  EXPECT_EQ(options.report_file, "r.txt");
  EXPECT_FALSE(options.broadcast);
  EXPECT_EQ(options.python, "/p");
  EXPECT_EQ(options.thread_level, "funneled");
  EXPECT_EQ(options.mpi4py, "native");
  EXPECT_EQ(options.includes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options.manifest_dir, "/m");
  EXPECT_FALSE(options.cache);
  EXPECT_EQ(options.log_level, "debug");
}

TEST_F(OptionsTest, command_line_overrides_environment) {
  const ScopedVariable python("PYLAUNCH_PYTHON", "/environment");
  const ScopedVariable level("PYLAUNCH_THREAD_LEVEL", "single");
  EXPECT_EQ(parse({"--python=/line"}).python, "/line");
  EXPECT_EQ(parse({"--thread-level", "serialized"}).thread_level, "serialized");
}

TEST_F(OptionsTest, switches_in_the_environment_can_be_off) {
  for (const char* off : {"", "0", "no"}) {
    const ScopedVariable broadcast("PYLAUNCH_NO_BROADCAST", off);
    const ScopedVariable report("PYLAUNCH_REPORT", *off == 'n' ? "0" : off);
    EXPECT_TRUE(parse({"x.py"}).broadcast) << off;
    EXPECT_FALSE(parse({"x.py"}).report) << off;
  }
}

TEST_F(OptionsTest, wrong_usage_says_what_would_be_right) {
  EXPECT_NE(usage_error({"--reprot"}).find("--help"), std::string::npos);
  EXPECT_NE(usage_error({"--python"}).find("PATH"), std::string::npos);
  EXPECT_NE(usage_error({"--no-cache=1"}).find("no value"), std::string::npos);
  EXPECT_NE(usage_error({"--thread-level", "many"}).find("funneled"), std::string::npos);
  EXPECT_NE(usage_error({"--log-level=loud"}).find("debug"), std::string::npos);
  EXPECT_NE(usage_error({"--mpi4py=mine"}).find("native"), std::string::npos);
}

TEST_F(OptionsTest, wrong_value_in_the_environment_names_the_variable) {
  const ScopedVariable level("PYLAUNCH_THREAD_LEVEL", "many");
  EXPECT_NE(usage_error({"x.py"}).find("PYLAUNCH_THREAD_LEVEL"), std::string::npos);
}

TEST_F(OptionsTest, help_and_version_are_actions) {
  EXPECT_EQ(parse({"--help"}).action, Action::show_help);
  EXPECT_EQ(parse({"--version"}).action, Action::show_version);
}

TEST_F(OptionsTest, help_lists_every_option_with_variable_and_sentence) {
  const std::string help = help_text();
  for (const OptionSpec& spec : option_table()) {
    EXPECT_NE(help.find(spec.name), std::string::npos) << spec.name;
    EXPECT_NE(*spec.sentence, '\0') << spec.name;
    const std::string first_words = std::string(spec.sentence).substr(0, 20);
    EXPECT_NE(help.find(first_words), std::string::npos) << spec.name;
  }
}

TEST_F(OptionsTest, help_fits_a_terminal) {
  std::istringstream lines(help_text());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

TEST_F(OptionsTest, names_and_variables_are_unique_and_of_one_form) {
  std::set<std::string> names, variables;
  for (const OptionSpec& spec : option_table()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_TRUE(std::string(spec.name).starts_with("--")) << spec.name;
    if (spec.variable == nullptr) continue;
    EXPECT_TRUE(variables.insert(spec.variable).second) << spec.variable;
    EXPECT_TRUE(std::string(spec.variable).starts_with("PYLAUNCH_")) << spec.variable;
  }
}

}  // namespace pylaunch::testing

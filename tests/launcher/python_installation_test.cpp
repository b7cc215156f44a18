// SPDX-License-Identifier: BSD-3-Clause
//
// Which interpreter is chosen, and what is said when none can be used. Interpreters are played by
// shell scripts.
#include "launcher/python_installation.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/error.hpp"
#include "launcher/support_library.hpp"
#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

class PythonInstallationTest : public ::testing::Test {
 protected:
  // An interpreter that answers with these lines.
  std::string fake(const std::string& name, const std::string& version, const std::string& flags,
                   const std::string& library) const {
    const std::string path = folder_ / name;
    return folder_.write(name,
                         "#!/bin/sh\nprintf '%s\\n' '" + version + "' '" + flags + "' '" + path +
                             "' 'a build' '/prefix' '" + library + "'\n",
                         0755);
  }
  PythonInstallation find(const std::string& python) const {
    Options options;
    options.python = python;
    options.manifest_dir = folder_ / "cache";
    return find_python(options, CacheDirectory::open(options));
  }
  std::string failure(const std::string& python) const {
    try {
      find(python);
      return "";
    } catch (const LaunchError& error) {
      EXPECT_EQ(error.status(), 69);
      return error.what();
    }
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  TemporaryFolder folder_;
  std::string library_ = folder_.write("libpython3.11.so", "");
  ScopedVariable no_venv_{"VIRTUAL_ENV", nullptr};
  ScopedVariable no_conda_{"CONDA_PREFIX", nullptr};
};

TEST_F(PythonInstallationTest, asks_the_interpreter_that_was_named) {
  const std::string path = fake("python", "3.11", "", library_);
  const PythonInstallation python = find(path);
  EXPECT_EQ(python.executable, path);
  EXPECT_EQ(python.version, "3.11");
  EXPECT_EQ(python.library, library_);
  EXPECT_EQ(python.build, "a build");
  EXPECT_EQ(python.prefix, "/prefix");
}

TEST_F(PythonInstallationTest, takes_the_first_library_that_exists) {
  const std::string path = folder_.write(
      "python",
      "#!/bin/sh\nprintf '3.11\\n\\n/x/python\\nbuild\\n/x\\n/none/lib.so\\n" + library_ + "\\n'",
      0755);
  EXPECT_EQ(find(path).library, library_);
}

TEST_F(PythonInstallationTest, name_without_a_slash_is_looked_up_on_path) {
  fake("some-python", "3.11", "", library_);
  const ScopedVariable path("PATH", ("/nonexistent:" + folder_.path() + ":/usr/bin:/bin").c_str());
  EXPECT_EQ(find("some-python").executable, folder_ / "some-python");
}

TEST_F(PythonInstallationTest, without_a_choice_it_is_the_python3_of_path) {
  fake("bin/python3", "3.11", "", library_);
  const ScopedVariable path("PATH", (folder_ / "bin:/usr/bin:/bin").c_str());
  EXPECT_EQ(find("").executable, folder_ / "bin/python3");
}

TEST_F(PythonInstallationTest, activated_environment_comes_before_path) {
  fake("venv/bin/python3", "3.11", "", library_);
  fake("conda/bin/python", "3.11", "", library_);
  const ScopedVariable conda("CONDA_PREFIX", (folder_ / "conda").c_str());
  EXPECT_EQ(find("").executable, folder_ / "conda/bin/python");
  const ScopedVariable venv("VIRTUAL_ENV", (folder_ / "venv").c_str());
  EXPECT_EQ(find("").executable, folder_ / "venv/bin/python3");
  EXPECT_EQ(find(fake("named", "3.11", "", library_)).executable, folder_ / "named");
}

TEST_F(PythonInstallationTest, environment_without_an_interpreter_says_so) {
  const ScopedVariable venv("VIRTUAL_ENV", folder_.path().c_str());
  const std::string message = failure("");
  EXPECT_TRUE(contains(message, "VIRTUAL_ENV")) << message;
  EXPECT_TRUE(contains(message, "--python")) << message;
}

TEST_F(PythonInstallationTest, empty_path_says_what_to_do) {
  const ScopedVariable path("PATH", (folder_ / "empty").c_str());
  EXPECT_TRUE(contains(failure(""), "--python PATH"));
}

TEST_F(PythonInstallationTest, missing_interpreter_is_named) {
  EXPECT_TRUE(contains(failure("/nonexistent/python3"), "/nonexistent/python3"));
  EXPECT_TRUE(contains(failure("no-such-python"), "no-such-python"));
  EXPECT_TRUE(contains(failure(folder_.path()), folder_.path()));
  EXPECT_TRUE(contains(failure(folder_.write("plain", "", 0644)), "plain"));
}

TEST_F(PythonInstallationTest, program_that_is_no_python_is_named) {
  EXPECT_TRUE(contains(failure(folder_.write("p", "#!/bin/sh\nexit 3\n", 0755)), "exit status 3"));
  EXPECT_TRUE(contains(failure(folder_.write("q", "#!/bin/sh\nexit 0\n", 0755)), "/q"));
  EXPECT_TRUE(contains(failure(folder_.write("r", "#!/bin/sh\necho hello\n", 0755)), "/r"));
  EXPECT_NE(failure(folder_.write("s", "not a program", 0755)), "");
}

TEST_F(PythonInstallationTest, build_without_a_shared_library_says_how_to_get_one) {
  const std::string message = failure(fake("python", "3.12", "", "/nonexistent/libpython3.12.so"));
  EXPECT_TRUE(contains(message, "libpython3.12")) << message;
  EXPECT_TRUE(contains(message, "--enable-shared")) << message;
}

TEST_F(PythonInstallationTest, every_refusal_says_how_to_choose_another) {
  for (const std::string& python :
       {fake("old", "3.7", "m", library_), folder_.write("p", "#!/bin/sh\nexit 3\n", 0755),
        folder_.write("q", "#!/bin/sh\necho hello\n", 0755),
        folder_.write("s", "\177ELF, not a program", 0755), folder_ / "missing"})
    EXPECT_TRUE(contains(failure(python), "--python")) << failure(python);
  EXPECT_TRUE(contains(failure(folder_ / "old"), "CPython 3.7"));
  EXPECT_TRUE(contains(failure(folder_ / "s"), "cannot be started"));
}

TEST_F(PythonInstallationTest, builds_with_abi_flags_are_refused) {
  EXPECT_TRUE(contains(failure(fake("python", "3.13", "t", library_)), "'t'"));
}

TEST_F(PythonInstallationTest, script_is_asked_every_time) {
  const std::string path = fake("shim", "3.11", "", library_);
  EXPECT_EQ(find(path).version, "3.11");
  fake("shim", "3.12", "", library_);
  EXPECT_EQ(find(path).version, "3.12");
}

TEST_F(PythonInstallationTest, real_interpreter_is_asked_once_until_its_file_changes) {
  const std::string python = folder_ / "python3-link";
  std::filesystem::create_symlink(PYLAUNCH_TEST_PYTHON, python);
  const PythonInstallation first = find(python);
  const auto count = [this] {
    const std::filesystem::directory_iterator files(folder_ / "cache");
    return std::distance(begin(files), end(files));
  };
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(find(python).library, first.library);
  EXPECT_EQ(count(), 1);
}

TEST_F(PythonInstallationTest, interpreter_whose_path_is_no_utf8_answers) {
  const std::string folder = folder_ / "caf\xe9";
  std::filesystem::create_directory(folder);
  const std::string python = folder + "/python3";
  std::filesystem::copy_file(PYLAUNCH_TEST_PYTHON, python);  // a link would not be in its maps
  EXPECT_EQ(find(python).executable, python);
}

TEST_F(PythonInstallationTest, damaged_answer_in_the_cache_is_asked_again) {
  const std::string python = PYLAUNCH_TEST_PYTHON;
  const PythonInstallation first = find(python);
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "cache"))
    folder_.write("cache/" + file.path().filename().string(), "garbage", 0600);
  EXPECT_EQ(find(python).library, first.library);
}

TEST_F(PythonInstallationTest,
       library_that_vanished_after_the_answer_was_kept_is_looked_for_again) {
  const std::string python = PYLAUNCH_TEST_PYTHON;
  const PythonInstallation first = find(python);
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "cache")) {
    std::string text = read_text(file.path());
    for (std::size_t at; (at = text.find("libpython")) != std::string::npos;)
      text.replace(at, 9, "gone");
    folder_.write("cache/" + file.path().filename().string(), text, 0600);
  }
  EXPECT_EQ(find(python).library, first.library);
}

// The test has none beside it.
TEST(SupportLibrary, executable_that_was_copied_alone_is_told_so) {
  try {
    find_support_library("2.7");
    FAIL();
  } catch (const LaunchError& error) {
    EXPECT_EQ(error.status(), 69);
    EXPECT_NE(std::string(error.what()).find("CPython 2.7"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("as a whole"), std::string::npos);
  }
}

TEST(SupportLibrary, libraries_that_cannot_be_loaded_are_an_error) {
  const LibraryCopy nothing = {"/nonexistent/library.so", "/nonexistent/library.so"};
  EXPECT_THROW(load_support(nothing, nothing, false), LaunchError);
}

}  // namespace pylaunch::testing

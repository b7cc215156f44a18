// SPDX-License-Identifier: BSD-3-Clause
#include "embed/session.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <random>
#include <stdexcept>

namespace pylaunch::embed::testing {

namespace {

const std::string any_bytes("/tmp/\xff\xfe \n\0\xc3\xa4", 12);

Session sample() {
  Session s;
  s.program = {ProgramKind::module,
               "package.module",
               true,
               true,
               true,
               "/work",
               std::string("c\0de", 4),
               "text"};
  s.python_magic = 0x0d0d0da7;
  s.abi_tag = "cpython-311-x86_64-linux-gnu";
  s.sys_strings = {{"executable", any_bytes}, {"prefix", "/usr"}};
  s.sys_none = {"pycache_prefix"};
  s.search_path = {"/usr/lib/python311.zip", any_bytes, ""};
  s.early_modules = {{"encodings", "/usr/lib/encodings/__init__.py", true, any_bytes}};
  s.module_files = {{"os", "/usr/lib/os.py"}};
  s.has_site = true;
  s.site_state = any_bytes;
  s.path_files = {{"/site", "x.pth", {"import x", "import y; z()"}}};
  s.mpi4py = Mpi4pyChoice::native_over_installed;
  s.mpi4py_warning = "warning";
  s.newer_listing = {any_bytes, {1, 2, 3, 4}, {5, 6, 7, 8}, any_bytes};
  return s;
}

}  // namespace

TEST(SessionTest, everything_arrives) {
  const Session in = sample(), out = decode(encode(in));
  EXPECT_EQ(out.program.kind, in.program.kind);
  EXPECT_EQ(out.program.name, in.program.name);
  EXPECT_TRUE(out.program.inspect && out.program.skip_first_line && out.program.safe_path);
  EXPECT_EQ(out.program.path0, in.program.path0);
  EXPECT_EQ(out.program.code, in.program.code);
  EXPECT_EQ(out.program.source, in.program.source);
  EXPECT_EQ(out.python_magic, in.python_magic);
  EXPECT_EQ(out.abi_tag, in.abi_tag);
  EXPECT_EQ(out.sys_strings, in.sys_strings);
  EXPECT_EQ(out.sys_none, in.sys_none);
  EXPECT_EQ(out.search_path, in.search_path);
  EXPECT_EQ(out.module_files, in.module_files);
  EXPECT_EQ(out.has_site, in.has_site);
  EXPECT_EQ(out.site_state, in.site_state);
  EXPECT_EQ(out.mpi4py, in.mpi4py);
  EXPECT_EQ(out.mpi4py_warning, in.mpi4py_warning);
  ASSERT_TRUE(out.newer_listing);
  EXPECT_EQ(out.newer_listing->path, any_bytes);
  EXPECT_EQ(out.newer_listing->replaces, in.newer_listing->replaces);
  EXPECT_EQ(out.newer_listing->stamp, in.newer_listing->stamp);
  EXPECT_EQ(out.newer_listing->names, any_bytes);
  EXPECT_FALSE(decode(encode(Session{})).newer_listing);
}

TEST(SessionTest, early_modules_and_path_files_arrive) {
  const Session in = sample(), out = decode(encode(in));
  ASSERT_EQ(out.early_modules.size(), 1u);
  EXPECT_EQ(out.early_modules[0].name, in.early_modules[0].name);
  EXPECT_EQ(out.early_modules[0].path, in.early_modules[0].path);
  EXPECT_EQ(out.early_modules[0].code, in.early_modules[0].code);
  EXPECT_TRUE(out.early_modules[0].is_package);
  ASSERT_EQ(out.path_files.size(), 1u);
  EXPECT_EQ(out.path_files[0].site_directory, "/site");
  EXPECT_EQ(out.path_files[0].name, "x.pth");
  EXPECT_EQ(out.path_files[0].import_lines, in.path_files[0].import_lines);
}

TEST(SessionTest, empty_session_arrives) {
  const Session out = decode(encode(Session()));
  EXPECT_EQ(out.program.kind, ProgramKind::interactive);
  EXPECT_EQ(out.python_magic, 0u);
  EXPECT_TRUE(out.search_path.empty());
}

TEST(SessionTest, bytes_that_are_no_session_are_an_error) {
  EXPECT_THROW(decode(""), std::runtime_error);
  EXPECT_THROW(decode("hello"), std::runtime_error);
  EXPECT_THROW(decode("\x80"), std::runtime_error);  // an empty map
}

TEST(SessionTest, every_truncation_is_an_error) {
  const std::string bytes = encode(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(decode(std::string_view(bytes).substr(0, size)), std::exception) << size;
}

TEST(SessionTest, damaged_bytes_are_an_error_or_a_session) {
  const std::string bytes = encode(sample());
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      decode(damaged);
    } catch (const std::exception&) {
    }
  }
}

}  // namespace pylaunch::embed::testing

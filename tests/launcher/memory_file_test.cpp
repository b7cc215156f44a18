// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/memory_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "launcher/error.hpp"

namespace {

int interruptions = 0;  // of the next calls

}  // namespace

// This executable's, in place of libc's.
extern "C" int ftruncate(int descriptor, off_t size) noexcept {
  if (interruptions == 0) return static_cast<int>(syscall(SYS_ftruncate, descriptor, size));
  --interruptions;
  errno = EINTR;
  return -1;
}

namespace pylaunch::testing {

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(const Mapping& mapping) {
  return {reinterpret_cast<const char*>(mapping.bytes().data()), mapping.bytes().size()};
}

}  // namespace

TEST(MemoryFileTest, what_is_written_can_be_mapped_by_path) {
  const MemoryFile file("pylaunch-test", 8);
  file.write(bytes_of("abcd"), 0);
  file.write(bytes_of("efgh"), 4);
  EXPECT_EQ(text_of(map_readable(file.path(), 8)), "abcdefgh");
}

TEST(MemoryFileTest, sealed_file_cannot_be_changed_in_any_way) {
  const MemoryFile file("pylaunch-test", 4);
  file.write(bytes_of("kept"), 0);
  file.seal();
  EXPECT_THROW(file.write(bytes_of("xxxx"), 0), LaunchError);
  EXPECT_EQ(mmap(nullptr, 4, PROT_WRITE, MAP_SHARED, file.descriptor(), 0), MAP_FAILED);
  EXPECT_NE(ftruncate(file.descriptor(), 0), 0);
  EXPECT_NE(ftruncate(file.descriptor(), 100), 0);
  EXPECT_NE(fcntl(file.descriptor(), F_ADD_SEALS, F_SEAL_GROW), 0);
  EXPECT_EQ(text_of(map_readable(file.path(), 4)), "kept");
}

// As it is for a moment when the kernel moves one of its pages.
TEST(MemoryFileTest, file_that_is_busy_keeps_its_size_at_least) {
  const MemoryFile file("pylaunch-test", 4);
  void* mapping = mmap(nullptr, 4, PROT_WRITE, MAP_SHARED, file.descriptor(), 0);
  ASSERT_NE(mapping, MAP_FAILED);
  file.seal();
  munmap(mapping, 4);
  EXPECT_EQ(fcntl(file.descriptor(), F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

TEST(MemoryFileTest, other_processes_of_the_user_can_read_it) {
  const MemoryFile file("pylaunch-test", 4);
  file.write(bytes_of("seen"), 0);
  file.seal();
  const std::string path = file.path();
  const pid_t child = fork();
  if (child == 0) {
    close(file.descriptor());
    _exit(text_of(map_readable(path, 4)) == "seen" ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(MemoryFileTest, descriptor_is_high_and_not_inherited) {
  const MemoryFile file("pylaunch-test", 1);
  EXPECT_GT(file.descriptor(), 100);
  EXPECT_NE(fcntl(file.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(MemoryFileTest, nothing_is_taken_from_the_limits_of_the_program) {
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit few = {64, limit.rlim_max};
  const rlimit small = {1000, RLIM_INFINITY};
  ASSERT_GT(few.rlim_max, 300u);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string content(5000, 'x');
  std::vector<MemoryFile> files;
  for (int i = 0; i < 100; ++i) {
    files.emplace_back("pylaunch-test", content.size());
    files.back().write(bytes_of(content), 0);
    EXPECT_GE(files.back().descriptor(), 64);
  }
  EXPECT_EQ(text_of(map_readable(files[99].path(), content.size())), content);
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, few.rlim_cur);
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, small.rlim_cur);
}

TEST(MemoryFileTest, within_the_limits_its_number_is_a_usual_one_until_it_leaves_them) {
  MemoryFile file("pylaunch-test", 4, MemoryFile::Limits::kept);
  EXPECT_LT(file.descriptor(), 100);
  file.write(bytes_of("kept"), 0);
  file.leave_limits();
  EXPECT_GT(file.descriptor(), 100);
  EXPECT_NE(fcntl(file.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(text_of(map_readable(file.path(), 4)), "kept");
}

TEST(MemoryFileTest, what_is_added_by_a_new_size_is_zero) {
  MemoryFile file("pylaunch-test", 4);
  file.write(bytes_of("kept"), 0);
  file.resize(6);
  EXPECT_EQ(file.size(), 6u);
  EXPECT_EQ(text_of(map_readable(file.path(), 6)), std::string("kept\0\0", 6));
}

TEST(MemoryFileTest, room_for_descriptors_leaves_nothing_open) {
  make_room_for_descriptors();
  const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  make_room_for_descriptors();
  EXPECT_EQ(open("/dev/null", O_RDONLY | O_CLOEXEC), next + 1);
}

TEST(MemoryFileTest, signals_that_interrupt_its_making_do_no_harm) {
  interruptions = 3;
  const MemoryFile file("pylaunch-test", 4);
  EXPECT_EQ(interruptions, 0);
  file.write(bytes_of("kept"), 0);
  EXPECT_EQ(text_of(map_readable(file.path(), 4)), "kept");
}

TEST(MemoryFileTest, every_file_has_a_path_of_its_own) {
  const MemoryFile first("same-name", 1), second("same-name", 1);
  EXPECT_NE(first.path(), second.path());
}

TEST(MemoryFileTest, moved_from_file_owns_nothing) {
  MemoryFile file("pylaunch-test", 4);
  const int descriptor = file.descriptor();
  MemoryFile taken(std::move(file));
  EXPECT_EQ(file.descriptor(), -1);
  EXPECT_EQ(taken.descriptor(), descriptor);
  { const MemoryFile last = std::move(taken); }
  EXPECT_EQ(fcntl(descriptor, F_GETFD), -1);
}

TEST(MemoryFileTest, empty_file_maps_to_nothing) {
  const MemoryFile file("pylaunch-test", 0);
  EXPECT_TRUE(map_readable(file.path(), 0).bytes().empty());
  file.seal();
}

TEST(MemoryFileTest, long_names_are_shortened) {
  EXPECT_NO_THROW(MemoryFile(std::string(1000, 'n'), 1));
}

TEST(MemoryFileTest, missing_file_is_an_error_that_names_it) {
  try {
    map_readable("/proc/self/fd/99999", 10);
    FAIL();
  } catch (const LaunchError& error) {
    EXPECT_EQ(error.status(), 71);
    EXPECT_NE(std::string(error.what()).find("/proc/self/fd/99999"), std::string::npos);
  }
}

}  // namespace pylaunch::testing

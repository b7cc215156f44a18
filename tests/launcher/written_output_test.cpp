// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/written_output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

#include "tests/support/temporary_folder.hpp"

namespace pylaunch::testing {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds never{30};

// Both ends of a connection with some bytes on their way.
class Connection {
 public:
  explicit Connection(bool is_socket) {
    EXPECT_EQ(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) : pipe(ends_), 0);
    EXPECT_EQ(write(ends_[1], "text", 4), 4);
  }
  ~Connection() {
    for (const int end : ends_)
      if (end >= 0) close(end);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int writer() const { return ends_[1]; }
  void read_all() {
    char bytes[4];
    EXPECT_EQ(read(ends_[0], bytes, 4), 4);
  }
  void close_reader() { close(std::exchange(ends_[0], -1)); }

 private:
  int ends_[2] = {-1, -1};
};

bool ends_in_time(int descriptor) {
  const auto begin = std::chrono::steady_clock::now();
  wait_until_read(descriptor, never);
  return std::chrono::steady_clock::now() - begin < never;
}

}  // namespace

TEST(WrittenOutputTest, waits_for_a_reader_that_is_late) {
  for (const bool is_socket : {false, true}) {
    Connection connection(is_socket);
    std::atomic<bool> is_read = false;
    std::jthread reader([&] {
      std::this_thread::sleep_for(milliseconds(100));
      is_read = true;
      connection.read_all();
    });
    EXPECT_TRUE(ends_in_time(connection.writer()));
    EXPECT_TRUE(is_read) << is_socket;
  }
}

TEST(WrittenOutputTest, does_not_wait_for_one_that_never_reads) {
  for (const bool is_socket : {false, true}) {
    Connection connection(is_socket);
    wait_until_read(connection.writer(), milliseconds(50));
    connection.close_reader();
    EXPECT_TRUE(ends_in_time(connection.writer())) << is_socket;
  }
}

TEST(WrittenOutputTest, does_not_wait_where_all_is_read_or_nobody_reads) {
  Connection connection(false);
  connection.read_all();
  EXPECT_TRUE(ends_in_time(connection.writer()));
  const TemporaryFolder folder;
  const int file = open(folder.write("file", "text").c_str(), O_RDWR);
  EXPECT_TRUE(ends_in_time(file));
  close(file);
  EXPECT_TRUE(ends_in_time(file));
}

}  // namespace pylaunch::testing

// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace pylaunch {

StandardStreams::StandardStreams() {
  // open() gives the lowest free number, so each call fills the first gap that is left.
  for (int number = 0; number < 3; ++number)
    if (fcntl(number, F_GETFD) < 0) stands_in_[number] = open("/dev/null", O_RDWR) == number;
}

void StandardStreams::release() {
  for (int number = 0; number < 3; ++number)
    if (std::exchange(stands_in_[number], false)) close(number);
}

}  // namespace pylaunch

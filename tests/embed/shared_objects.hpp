// SPDX-License-Identifier: BSD-3-Clause
//
// Shared objects that the build made for the tests, as a wheel has them.
#pragma once

#include <string>

namespace pylaunch::embed::testing {

inline const std::string fixtures = PYLAUNCH_TEST_FIXTURES;

// fixtures/pkg/extension.so needs libfixture.so.3 from $ORIGIN/../pkg.libs.
inline const std::string extension = fixtures + "/pkg/extension.so";
inline const std::string dependency = fixtures + "/pkg.libs/libfixture.so.3";

}  // namespace pylaunch::embed::testing

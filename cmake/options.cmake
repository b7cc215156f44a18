# SPDX-License-Identifier: BSD-3-Clause
# What all targets are compiled with.
add_library(pylaunch_options INTERFACE)
target_include_directories(pylaunch_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(pylaunch_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${PYLAUNCH_WARNINGS_AS_ERRORS}>:-Werror>)
# Nothing of the C++ runtime may stand in the way of the one that a user's extension modules bring.
target_link_options(pylaunch_options INTERFACE -static-libstdc++ -static-libgcc
  $<$<CONFIG:Release>:-s>)

# SPDX-License-Identifier: BSD-3-Clause
# What all targets are compiled with.
option(PYLAUNCH_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" OFF)
option(PYLAUNCH_CLANG_TIDY "Run clang-tidy with the compiler" OFF)
set(PYLAUNCH_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")

add_library(pylaunch_options INTERFACE)
target_include_directories(pylaunch_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(pylaunch_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${PYLAUNCH_WARNINGS_AS_ERRORS}>:-Werror>)

if(PYLAUNCH_SANITIZE)
  target_compile_options(pylaunch_options INTERFACE
    -fsanitize=${PYLAUNCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pylaunch_options INTERFACE -fsanitize=${PYLAUNCH_SANITIZE})
else()
  # Nothing of the C++ runtime may stand in the way of the one that a user's extension modules bring.
  target_link_options(pylaunch_options INTERFACE -static-libstdc++ -static-libgcc
    $<$<AND:$<CONFIG:Release>,$<NOT:$<BOOL:$<TARGET_PROPERTY:PYLAUNCH_KEEPS_SYMBOLS>>>>:-s>)
endif()

if(PYLAUNCH_CLANG_TIDY)
  find_program(CLANG_TIDY NAMES clang-tidy-14 clang-tidy REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY})
endif()

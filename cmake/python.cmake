# SPDX-License-Identifier: BSD-3-Clause
# pylaunch_describe_python(PREFIX EXECUTABLE): sets PREFIX_VERSION and PREFIX_INCLUDE.
function(pylaunch_describe_python prefix executable)
  execute_process(
    COMMAND ${executable} -I -c
      "import sys, sysconfig; print('%d.%d;%s' % (*sys.version_info[:2], sysconfig.get_path('include')))"
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  list(GET answer 0 version)
  list(GET answer 1 include)
  if(NOT EXISTS ${include}/Python.h)
    message(FATAL_ERROR "${executable} has no headers (${include}/Python.h); Debian: apt-get install python3-dev")
  endif()
  set(${prefix}_VERSION ${version} PARENT_SCOPE)
  set(${prefix}_INCLUDE ${include} PARENT_SCOPE)
endfunction()

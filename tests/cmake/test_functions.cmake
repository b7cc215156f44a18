# SPDX-License-Identifier: BSD-3-Clause
# How tests are registered: one line each. Every test gets the launcher, the interpreter and a home
# and manifest folder of its own.
if(POLICY CMP0174)
  cmake_policy(SET CMP0174 NEW)  # what has no TIMEOUT passes the keyword on without a value
endif()

# mpiexec of the MPI library that the launcher is linked with: it lies beside the compiler.
get_filename_component(mpi_programs "${MPI_CXX_COMPILER}" DIRECTORY)
if("${MPI_CXX_LIBRARIES}" MATCHES openmpi)
  find_program(PYLAUNCH_MPIEXEC NAMES mpiexec.openmpi HINTS ${mpi_programs})
else()
  find_program(PYLAUNCH_MPIEXEC NAMES mpiexec.mpich mpiexec.hydra NAMES_PER_DIR
    HINTS ${mpi_programs})
endif()
if(NOT PYLAUNCH_MPIEXEC)
  set(PYLAUNCH_MPIEXEC ${MPIEXEC_EXECUTABLE})
endif()
execute_process(COMMAND ${PYLAUNCH_MPIEXEC} --version OUTPUT_VARIABLE mpiexec_version ERROR_QUIET)
set(PYLAUNCH_OPEN_MPI OFF)
if(mpiexec_version MATCHES "Open MPI|OpenRTE")
  set(PYLAUNCH_OPEN_MPI ON)
  set(mpiexec_of_open_mpi ${PYLAUNCH_MPIEXEC})
  set(PYLAUNCH_MPIEXEC ${CMAKE_CURRENT_BINARY_DIR}/open-mpi)  # tests/end_to_end/harness.py knows it
  configure_file(${PYLAUNCH_TESTS_DIR}/support/open-mpi.in ${PYLAUNCH_MPIEXEC} @ONLY
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE)
endif()

# pylaunch_set_test(NAME [RANKS n] [TIMEOUT seconds] [LABELS label...] [ENVIRONMENT name=value...])
function(pylaunch_set_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "RANKS;TIMEOUT" "LABELS;ENVIRONMENT")
  if(NOT arg_RANKS)
    set(arg_RANKS 1)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  set(home ${CMAKE_CURRENT_BINARY_DIR}/homes/${name})
  file(MAKE_DIRECTORY ${home})
  set_tests_properties(${name} PROPERTIES
    PROCESSORS ${arg_RANKS} TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}"
    ENVIRONMENT
      "PYLAUNCH=$<TARGET_FILE:pylaunch>;PYLAUNCH_PYTHON=${PYLAUNCH_PYTHON_EXECUTABLE};MPIEXEC=${PYLAUNCH_MPIEXEC};PYLAUNCH_MANIFEST_DIR=${home}/manifests;HOME=${home};${arg_ENVIRONMENT}")
endfunction()

# pylaunch_add_unit_test(NAME SOURCES... [LIBRARIES...] [DEFINITIONS...]): a GoogleTest executable,
# each case of it in a process of its own.
function(pylaunch_add_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES;DEFINITIONS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE ${arg_DEFINITIONS})
  gtest_discover_tests(${name} TEST_PREFIX "${name}." PROPERTIES LABELS unit TIMEOUT 60
    DISCOVERY_TIMEOUT 60)
endfunction()

# pylaunch_add_mpi_test(NAME RANKS n... NODES n... [TIMEOUT s] [LABELS ...] [ENVIRONMENT ...]):
# NAME_mpi_test.cpp, run with each number of ranks; with NODES 2 also as if they were on two nodes.
function(pylaunch_add_mpi_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "RANKS;NODES;LABELS;ENVIRONMENT")
  set(target pylaunch_${name}_mpi_test)
  add_executable(${target} ${name}_mpi_test.cpp ${PYLAUNCH_TESTS_DIR}/support/mpi_main.cpp)
  target_link_libraries(${target} PRIVATE pylaunch_launcher GTest::gtest)
  foreach(nodes IN LISTS arg_NODES)
    foreach(ranks IN LISTS arg_RANKS)
      if(ranks LESS nodes)
        continue()
      endif()
      set(test mpi.${name}.ranks_${ranks}.nodes_${nodes})
      if(nodes GREATER 1 AND PYLAUNCH_OPEN_MPI)
        add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E echo "skipped: Open MPI simulates no nodes")
        set_tests_properties(${test} PROPERTIES SKIP_REGULAR_EXPRESSION "^skipped: ")
        continue()
      endif()
      add_test(NAME ${test} COMMAND ${PYLAUNCH_MPIEXEC} -n ${ranks} $<TARGET_FILE:${target}>)
      pylaunch_set_test(${test} RANKS ${ranks} TIMEOUT ${arg_TIMEOUT} LABELS mpi ${arg_LABELS}
        ENVIRONMENT MPIR_CVAR_NUM_CLIQUES=${nodes} ${arg_ENVIRONMENT})
    endforeach()
  endforeach()
endfunction()

# pylaunch_add_python_test(NAME FILE file.py [CASE Class] [RANKS n] [TIMEOUT s] [LABELS ...]):
# a unittest file, or one class of it, run by the interpreter of the build.
function(pylaunch_add_python_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILE;CASE;RANKS;TIMEOUT" "LABELS;ENVIRONMENT")
  get_filename_component(module ${arg_FILE} NAME_WE)
  get_filename_component(folder ${arg_FILE} DIRECTORY)
  set(what ${module})
  if(arg_CASE)
    set(what ${module}.${arg_CASE})
  endif()
  add_test(NAME ${name} COMMAND ${PYLAUNCH_PYTHON_EXECUTABLE} -B -m unittest -v ${what}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
  pylaunch_set_test(${name} RANKS ${arg_RANKS} TIMEOUT ${arg_TIMEOUT} LABELS ${arg_LABELS}
    ENVIRONMENT ${arg_ENVIRONMENT})
endfunction()

# SPDX-License-Identifier: BSD-3-Clause
# Many an interpreter (Debian's, for one) has its library built in, and so runs Python code faster than
# the shared libpython beside it, which has to be position-independent. That pylaunch need not be the
# slower one, its executable can have the same static library in it. docs/design.md says how it is used.
set(PYLAUNCH_BUILT_IN_PYTHON "auto" CACHE STRING
  "Interpreter whose static library goes into the executable: a path, OFF, or auto: the first of PYLAUNCH_PYTHONS, if it can be done")

# pylaunch_describe_static_python(EXECUTABLE): sets static_ARCHIVE, static_SHARED (the shared libpython),
# static_PREFIX, static_LINK (what to link with), or static_REASON why it cannot be built in.
function(pylaunch_describe_static_python executable)
  execute_process(COMMAND ${executable} -I -S ${PROJECT_SOURCE_DIR}/cmake/static_python.py
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  foreach(key IN ITEMS reason archive shared prefix libraries)
    string(JSON ${key} GET "${answer}" ${key})
  endforeach()
  # Whole: extension modules may call what nothing in here does. With all that it needs static, too: a
  # shared libz in the executable would be in the way of the one that another environment brings.
  set(link -no-pie -Wl,--exclude-libs,ALL -Wl,--whole-archive ${archive} -Wl,--no-whole-archive)
  foreach(name IN LISTS libraries)
    find_library(PYLAUNCH_STATIC_${name} NAMES lib${name}.a)
    mark_as_advanced(PYLAUNCH_STATIC_${name})
    if(NOT PYLAUNCH_STATIC_${name})
      set(reason "there is no lib${name}.a")
    endif()
    list(APPEND link ${PYLAUNCH_STATIC_${name}})
  endforeach()
  list(APPEND link -ldl -lm -lpthread -lutil)
  if(NOT reason)
    try_compile(PYLAUNCH_BUILT_IN_LINKS SOURCE_FROM_CONTENT main.c "int main(void) { return 0; }\n"
      LINK_LIBRARIES ${link} NO_CACHE)
    if(NOT PYLAUNCH_BUILT_IN_LINKS)
      set(reason "${archive} does not link")
    endif()
  endif()
  foreach(key IN ITEMS reason archive shared prefix link)
    string(TOUPPER ${key} name)
    set(static_${name} "${${key}}" PARENT_SCOPE)
  endforeach()
endfunction()

# pylaunch_build_in_python(TARGET): links it into that executable, and makes the library beside it
# whose symbols are the executable's own; see launcher/built_in_symbols.sh. If it cannot be done, the global
# property PYLAUNCH_NOT_BUILT_IN says why.
function(pylaunch_build_in_python target)
  set(executable ${PYLAUNCH_BUILT_IN_PYTHON})
  if(executable STREQUAL "auto" AND NOT PYLAUNCH_SANITIZE)
    list(GET PYLAUNCH_PYTHONS 0 executable)
  elseif(executable STREQUAL "auto" OR NOT executable)
    message(STATUS "Built-in Python: none")
    return()
  endif()
  pylaunch_describe_static_python(${executable})
  if(static_REASON AND NOT PYLAUNCH_BUILT_IN_PYTHON STREQUAL "auto")
    message(FATAL_ERROR "${executable} cannot be built in: ${static_REASON}")
  elseif(static_REASON)
    message(STATUS "Built-in Python: none; ${executable}: ${static_REASON}")
    set_property(GLOBAL PROPERTY PYLAUNCH_NOT_BUILT_IN "${static_REASON}")
    return()
  endif()
  message(STATUS "Built-in Python: ${static_ARCHIVE}")

  set(folder ${PROJECT_BINARY_DIR}/lib/pylaunch)
  set(symbols ${CMAKE_CURRENT_BINARY_DIR}/built_in_symbols.s)
  get_filename_component(soname ${static_SHARED} NAME)
  target_link_libraries(${target} PRIVATE ${static_LINK})
  # So that the next build after an update of the interpreter links again.
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/built_in_python.sha256)
  add_custom_target(pylaunch_built_in_archive BYPRODUCTS ${stamp}
    COMMAND ${CMAKE_COMMAND} -DFILE=${static_ARCHIVE} -DSTAMP=${stamp}
      -P ${PROJECT_SOURCE_DIR}/cmake/stamp_of_file.cmake VERBATIM)
  add_dependencies(${target} pylaunch_built_in_archive)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${stamp})
  set_target_properties(${target} PROPERTIES PYLAUNCH_KEEPS_SYMBOLS ON)  # nm reads them; so does perf
  target_compile_definitions(pylaunch_launcher PRIVATE PYLAUNCH_BUILT_IN_PREFIX="${static_PREFIX}")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/built_in_symbols.sh ${CMAKE_NM} ${static_SHARED}
      $<TARGET_FILE:${target}> ${symbols}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${CMAKE_C_COMPILER} -shared -nostdlib -Wl,-soname,${soname} ${symbols}
      -o ${folder}/libpython-built-in.so
    BYPRODUCTS ${symbols} ${folder}/libpython-built-in.so VERBATIM)
  install(FILES ${folder}/libpython-built-in.so DESTINATION lib/pylaunch)
endfunction()

# SPDX-License-Identifier: BSD-3-Clause
# The sources of the native modules, for the support library that is built per CPython version:
# included where that target is, since a source's group counts in its own directory only.
set(PYLAUNCH_MODULE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/native_modules.cpp)

# add_module_sources(GROUP SOURCES...): compiled as one, because the headers take most of the time
# that each takes. File-local names must differ within a group. What lies in one group uses the same
# headers and is often changed together; none takes so long that a change of one file is slow.
function(add_module_sources group)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mpi/ OUTPUT_VARIABLE sources)
  set_source_files_properties(${sources} PROPERTIES UNITY_GROUP mpi_${group})
  set(PYLAUNCH_MODULE_SOURCES ${PYLAUNCH_MODULE_SOURCES} ${sources} PARENT_SCOPE)
endfunction()

add_module_sources(buffer_messages
  collective_buffer.cpp collective_spec.cpp message_spec.cpp p2p_buffer.cpp reduction_buffer.cpp
  vector_spec.cpp)
add_module_sources(object_messages
  collective_object.cpp object_message.cpp op.cpp op_user.cpp p2p_object.cpp receive_memory.cpp
  reduction_numbers.cpp reduction_object.cpp)
add_module_sources(communicators
  attributes.cpp comm.cpp comm_context.cpp comm_create.cpp comm_lock.cpp intracomm.cpp spawn.cpp)
add_module_sources(groups_and_topologies
  cartesian.cpp distributed_graph.cpp graph.cpp group.cpp session.cpp topology.cpp)
add_module_sources(requests grequest.cpp message.cpp request.cpp request_many.cpp status.cpp)
add_module_sources(datatypes
  datatype.cpp datatype_codes.cpp datatype_create.cpp datatype_decode.cpp datatype_elements.cpp
  datatype_predefined.cpp)
add_module_sources(files datarep.cpp file.cpp file_access.cpp)
add_module_sources(windows buffered_sends.cpp memory.cpp rma.cpp win.cpp win_synchronisation.cpp)
add_module_sources(handles
  arguments.cpp capi.cpp handle.cpp info.cpp info_mapping.cpp live_handles.cpp release.cpp
  special.cpp)
add_module_sources(buffers buffer.cpp buffer_items.cpp device_buffer.cpp dlpack.cpp)
add_module_sources(pickling
  pickle.cpp pickle_blocks.cpp pickle_buffers.cpp pickle_plain.cpp unpickle_plain.cpp)
add_module_sources(errors errhandler.cpp exception.cpp fault_tolerance.cpp)
add_module_sources(module
  abi.cpp docstrings.cpp documentation.cpp environment.cpp introspection.cpp module.cpp not_yet.cpp
  rc_options.cpp standard.cpp)

# On its own: it defines macros for constants that an MPI library lacks; no other file shall see them.
list(APPEND PYLAUNCH_MODULE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/mpi/constants.cpp)

// SPDX-License-Identifier: BSD-3-Clause
// All public names of mpi4py.MPI. What no other file defines is filled in here with stubs that
// raise NotImplementedError, so that a program finds every name and learns what is missing when it
// calls it, not when it is loaded.
#include <deque>
#include <sstream>

#include "arguments.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

enum class Kind { function, class_method, property };

struct Names {
  const char* owner;  // class, or null for the module
  Kind kind;
  const char* names;  // separated by spaces
};

const Names kPublicNames[] = {
    {"Datatype", Kind::function,
     "fromhandle free Get_size Get_extent Dup Create_contiguous Create_vector "
     "Create_hvector Create_indexed Create_hindexed Create_indexed_block "
     "Create_hindexed_block Create_struct Create_subarray Create_darray Get_value_index "
     "Create_f90_integer Create_f90_real Create_f90_complex Match_size Commit Free "
     "Create_resized Get_true_extent Get_envelope Get_contents decode Pack Unpack "
     "Pack_size Pack_external Unpack_external Pack_external_size Get_attr Set_attr "
     "Delete_attr Create_keyval Free_keyval Get_name Set_name toint fromint py2f f2py "
     "tocode fromcode Create_dup Resized"},
    {"Datatype", Kind::property,
     "handle size extent lb ub true_extent true_lb true_ub envelope contents combiner "
     "is_named is_predefined name typestr typechar"},
    {"Status", Kind::function,
     "Get_source Set_source Get_tag Set_tag Get_error Set_error Get_count Get_elements "
     "Set_elements Is_cancelled Set_cancelled tomemory py2f f2py"},
    {"Status", Kind::property, "source tag error count cancelled"},
    {"Request", Kind::function,
     "fromhandle free Wait Test Get_status Waitany Testany Waitall Testall Waitsome Testsome "
     "Cancel Free toint fromint py2f f2py wait test get_status waitany testany waitall testall "
     "waitsome testsome cancel"},
    {"Request", Kind::class_method,
     "Get_status_any Get_status_all Get_status_some get_status_any get_status_all "
     "get_status_some"},
    {"Request", Kind::property, "handle"},
    {"Prequest", Kind::function, "Start Startall Pready Pready_range Pready_list Parrived"},
    {"Grequest", Kind::function, "Start Complete complete"},
    {"Message", Kind::function,
     "fromhandle free Probe Iprobe Recv Irecv probe iprobe recv irecv toint fromint py2f "
     "f2py"},
    {"Message", Kind::property, "handle"},
    {"Op", Kind::function,
     "fromhandle free Create Free Is_commutative Reduce_local toint fromint py2f f2py"},
    {"Op", Kind::property, "handle is_commutative is_predefined"},
    {"Group", Kind::function,
     "fromhandle free Get_size Get_rank Translate_ranks Compare Dup Union Intersection "
     "Difference Incl Excl Range_incl Range_excl Create_from_session_pset Free toint "
     "fromint py2f f2py Intersect"},
    {"Group", Kind::property, "handle size rank"},
    {"Info", Kind::function,
     "fromhandle free Create Create_env Free Dup Get Set Delete Get_nkeys Get_nthkey toint "
     "fromint py2f f2py get keys values items update pop popitem copy clear"},
    {"Info", Kind::property, "handle"},
    {"Errhandler", Kind::function, "fromhandle free Free toint fromint py2f f2py"},
    {"Errhandler", Kind::property, "handle"},
    {"Session", Kind::function,
     "fromhandle free Init Finalize Get_num_psets Get_nth_pset Get_info Get_pset_info "
     "Create_group Attach_buffer Detach_buffer Flush_buffer Iflush_buffer "
     "Create_errhandler Get_errhandler Set_errhandler Call_errhandler toint fromint py2f "
     "f2py"},
    {"Session", Kind::property, "handle"},
    {"Comm", Kind::function,
     "fromhandle free Get_group Get_size Get_rank Compare Clone Dup Dup_with_info Idup "
     "Idup_with_info Create Split Split_type Free Revoke Is_revoked Get_failed Ack_failed "
     "Agree Iagree Shrink Ishrink Set_info Get_info Attach_buffer Detach_buffer "
     "Flush_buffer Iflush_buffer Send Recv Sendrecv Sendrecv_replace Isend Irecv Isendrecv "
     "Isendrecv_replace Probe Iprobe Mprobe Improbe Send_init Recv_init Psend_init "
     "Precv_init Bsend Ssend Rsend Ibsend Issend Irsend Bsend_init Ssend_init Rsend_init "
     "Barrier Bcast Gather Gatherv Scatter Scatterv Allgather Allgatherv Alltoall "
     "Alltoallv Alltoallw Reduce Allreduce Reduce_scatter_block Reduce_scatter Ibarrier "
     "Ibcast Igather Igatherv Iscatter Iscatterv Iallgather Iallgatherv Ialltoall "
     "Ialltoallv Ialltoallw Ireduce Iallreduce Ireduce_scatter_block Ireduce_scatter "
     "Barrier_init Bcast_init Gather_init Gatherv_init Scatter_init Scatterv_init "
     "Allgather_init Allgatherv_init Alltoall_init Alltoallv_init Alltoallw_init "
     "Reduce_init Allreduce_init Reduce_scatter_block_init Reduce_scatter_init Is_inter "
     "Is_intra Get_topology Get_parent Disconnect Join Get_attr Set_attr Delete_attr "
     "Create_keyval Free_keyval Create_errhandler Get_errhandler Set_errhandler "
     "Call_errhandler Abort Get_name Set_name toint fromint py2f f2py send bsend ssend "
     "recv sendrecv isend ibsend issend irecv probe iprobe mprobe improbe barrier bcast "
     "gather scatter allgather alltoall reduce allreduce"},
    {"Comm", Kind::property, "handle group size rank info is_inter is_intra topology is_topo name"},
    {"Intracomm", Kind::function,
     "Create_group Create_from_group Create_cart Create_graph Create_dist_graph_adjacent "
     "Create_dist_graph Create_intercomm Cart_map Graph_map Scan Exscan Iscan Iexscan "
     "Scan_init Exscan_init scan exscan Spawn Spawn_multiple Accept Connect"},
    {"Topocomm", Kind::function,
     "Neighbor_allgather Neighbor_allgatherv Neighbor_alltoall Neighbor_alltoallv "
     "Neighbor_alltoallw Ineighbor_allgather Ineighbor_allgatherv Ineighbor_alltoall "
     "Ineighbor_alltoallv Ineighbor_alltoallw Neighbor_allgather_init "
     "Neighbor_allgatherv_init Neighbor_alltoall_init Neighbor_alltoallv_init "
     "Neighbor_alltoallw_init neighbor_allgather neighbor_alltoall"},
    {"Topocomm", Kind::property, "degrees indegree outdegree inoutedges inedges outedges"},
    {"Cartcomm", Kind::function, "Get_dim Get_topo Get_cart_rank Get_coords Shift Sub"},
    {"Cartcomm", Kind::property, "dim ndim topo dims periods coords"},
    {"Graphcomm", Kind::function, "Get_dims Get_topo Get_neighbors_count Get_neighbors"},
    {"Graphcomm", Kind::property, "dims nnodes nedges topo index edges nneighbors neighbors"},
    {"Distgraphcomm", Kind::function, "Get_dist_neighbors_count Get_dist_neighbors"},
    {"Intercomm", Kind::function, "Create_from_groups Get_remote_group Get_remote_size Merge"},
    {"Intercomm", Kind::property, "remote_group remote_size"},
    {"Win", Kind::function,
     "fromhandle free Create Allocate Allocate_shared Shared_query Create_dynamic Attach "
     "Detach Free Set_info Get_info Get_group Get_attr Set_attr Delete_attr Create_keyval "
     "Free_keyval tomemory Put Get Accumulate Get_accumulate Fetch_and_op Compare_and_swap "
     "Rput Rget Raccumulate Rget_accumulate Fence Start Complete Post Wait Test Lock "
     "Unlock Lock_all Unlock_all Flush Flush_all Flush_local Flush_local_all Sync "
     "Create_errhandler Get_errhandler Set_errhandler Call_errhandler Get_name Set_name "
     "toint fromint py2f f2py"},
    {"Win", Kind::property, "handle info group group_size group_rank attrs flavor model name"},
    {"File", Kind::function,
     "fromhandle free Open Close Delete Set_size Preallocate Get_size Get_amode Get_group "
     "Set_info Get_info Set_view Get_view Read_at Read_at_all Write_at Write_at_all "
     "Iread_at Iread_at_all Iwrite_at Iwrite_at_all Read Read_all Write Write_all Iread "
     "Iread_all Iwrite Iwrite_all Seek Get_position Get_byte_offset Read_shared "
     "Write_shared Iread_shared Iwrite_shared Read_ordered Write_ordered Seek_shared "
     "Get_position_shared Read_at_all_begin Read_at_all_end Write_at_all_begin "
     "Write_at_all_end Read_all_begin Read_all_end Write_all_begin Write_all_end "
     "Read_ordered_begin Read_ordered_end Write_ordered_begin Write_ordered_end "
     "Get_type_extent Set_atomicity Get_atomicity Sync Create_errhandler Get_errhandler "
     "Set_errhandler Call_errhandler toint fromint py2f f2py"},
    {"File", Kind::property, "handle size amode group group_size group_rank info atomicity"},
    {"buffer", Kind::function, "allocate frombuffer fromaddress cast tobytes toreadonly release"},
    {"buffer", Kind::property, "address obj nbytes readonly format itemsize"},
    {"Pickle", Kind::function, "dumps loads dumps_oob loads_oob"},
    {"Pickle", Kind::property, "PROTOCOL THRESHOLD"},
    {nullptr, Kind::function,
     "Get_error_class Get_error_string Add_error_class Remove_error_class Add_error_code "
     "Remove_error_code Add_error_string Remove_error_string Get_address Aint_add "
     "Aint_diff Compute_dims Attach_buffer Detach_buffer Flush_buffer Iflush_buffer "
     "Open_port Close_port Publish_name Unpublish_name Lookup_name Register_datarep "
     "Alloc_mem Free_mem Init Finalize Init_thread Query_thread Is_thread_main "
     "Is_initialized Is_finalized Get_version Get_library_version Get_abi_version "
     "Get_abi_info Get_abi_fortran_info Get_processor_name Get_hw_resource_info Wtime "
     "Wtick Pcontrol get_vendor _set_abort_status _comm_lock _comm_lock_table "
     "_commctx_intra _commctx_inter _typecode _typealign _datatype_create _datatype_decode "
     "_sizeof _addressof _handleof"},
};

constexpr const char* kSentence =
    "MPI.%.200s is not provided by pylaunch with this MPI library; run the program with mpi4py "
    "under a plain python3 if it needs it";

// `qualified_name` is the stub's own name, bound in the place of `self`.
PyObject* refuse_call(PyObject* qualified_name, PyObject*, PyObject*) {
  PyErr_Format(PyExc_NotImplementedError, kSentence, PyUnicode_AsUTF8(qualified_name));
  return nullptr;
}

PyObject* refuse_get(PyObject*, void* qualified_name) {
  PyErr_Format(PyExc_NotImplementedError, kSentence, static_cast<const char*>(qualified_name));
  return nullptr;
}

// Stubs live as long as the process, like the classes that they are in.
struct Stub {
  std::string name;
  std::string qualified_name;
  PyMethodDef method;
  PyGetSetDef property;
};

Stub& new_stub(const char* owner, const std::string& name) {
  static std::deque<Stub> stubs;
  Stub& stub = stubs.emplace_back();
  stub.name = name;
  stub.qualified_name = owner == nullptr ? name : std::string(owner) + "." + name;
  stub.method = {stub.name.c_str(), as_c_function(&refuse_call), METH_VARARGS | METH_KEYWORDS,
                 "\nNot provided with this MPI library."};
  stub.property = {stub.name.c_str(), &refuse_get, nullptr, "\nNot provided with this MPI library.",
                   stub.qualified_name.data()};
  return stub;
}

Ref stub_function(Stub& stub) {
  Ref name = own(to_python(stub.qualified_name));
  return own(PyCFunction_New(&stub.method, name.get()));
}

void add_to_class(PyTypeObject& type, const Names& names, const std::string& name) {
  if (PyDict_GetItemString(type.tp_dict, name.c_str()) != nullptr) {
    return;
  }
  Stub& stub = new_stub(names.owner, name);
  Ref attribute = names.kind == Kind::property ? own(PyDescr_NewGetSet(&type, &stub.property))
                                               : stub_function(stub);
  if (names.kind == Kind::class_method) {
    attribute = own(PyClassMethod_New(attribute.get()));
  }
  succeed(PyDict_SetItemString(type.tp_dict, name.c_str(), attribute.get()));
}

void add_to_module(PyObject* module, const std::string& name) {
  if (PyObject_HasAttrString(module, name.c_str()) == 0) {
    Ref function = stub_function(new_stub(nullptr, name));
    succeed(PyObject_SetAttrString(module, name.c_str(), function.get()));
  }
}

}  // namespace

void add_not_yet(PyObject* module) {
  for (const Names& names : kPublicNames) {
    std::istringstream words(names.names);
    Ref owner = names.owner == nullptr ? Ref() : own(PyObject_GetAttrString(module, names.owner));
    auto* type = reinterpret_cast<PyTypeObject*>(owner.get());
    for (std::string name; words >> name;) {
      if (type == nullptr) {
        add_to_module(module, name);
      } else {
        add_to_class(*type, names, name);
      }
    }
    if (type != nullptr) {
      PyType_Modified(type);
    }
  }
}

}  // namespace pylaunch::mpi

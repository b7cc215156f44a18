// SPDX-License-Identifier: BSD-3-Clause
// Where in the standard a method is defined: "MPI: A Message-Passing Interface Standard,
// Version 4.0", or 4.1 for what came with it. Numbers and titles were checked against a transcript
// of the contents of 4.0.
#include "standard.hpp"

#include <cctype>
#include <string>
#include <unordered_map>

namespace pylaunch::mpi {
namespace {

struct Section {
  const char* title;
  const char* owner;  // a class, "module", or "*" for all classes
  const char* names;
  const char* release = "4.0";
};

constexpr const char* kBlocking = "3.2 Blocking Send and Receive Operations";
constexpr const char* kBufferUsage = "3.6 Buffer Allocation and Usage";
constexpr const char* kNonblocking = "3.7 Nonblocking Communication";
constexpr const char* kProbe = "3.8 Probe and Cancel";
constexpr const char* kPersistent = "3.9 Persistent Communication Requests";
constexpr const char* kPartitioned = "4.2 Semantics of Partitioned Point-to-Point Communication";
constexpr const char* kDatatypes = "5.1 Derived Datatypes";
constexpr const char* kReductions = "6.9 Global Reduction Operations";
constexpr const char* kNonblockingCollectives = "6.12 Nonblocking Collective Operations";
constexpr const char* kPersistentCollectives = "6.13 Persistent Collective Operations";
constexpr const char* kGroups = "7.3 Group Management";
constexpr const char* kCommunicators = "7.4 Communicator Management";
constexpr const char* kInterCommunication = "7.6 Inter-Communication";
constexpr const char* kTopologies = "8.5 Topology Constructors";
constexpr const char* kImplementation = "9.1 Implementation Information";
constexpr const char* kErrorHandling = "9.3 Error Handling";
constexpr const char* kErrorClasses = "9.4 Error Codes and Classes";
constexpr const char* kOwnErrors = "9.5 Error Classes, Error Codes, and Error Handlers";
constexpr const char* kProcesses = "11 Process Initialization, Creation, and Management";
constexpr const char* kProcessManager = "11.8 Process Manager Interface";
constexpr const char* kEstablishing = "11.9 Establishing Communication";

constexpr Section kSections[] = {
    {kBlocking, "Comm", "Send Recv Sendrecv Sendrecv_replace"},
    {kBlocking, "Status", "Get_source Set_source Get_tag Set_tag Get_error Set_error Get_count"},
    {"3.4 Communication Modes", "Comm", "Bsend Ssend Rsend"},
    {kBufferUsage, "module", "Attach_buffer Detach_buffer"},
    {kBufferUsage, "module", "Flush_buffer Iflush_buffer", "4.1"},
    {kBufferUsage, "Comm", "Attach_buffer Detach_buffer Flush_buffer Iflush_buffer", "4.1"},
    {kBufferUsage, "Session", "Attach_buffer Detach_buffer Flush_buffer Iflush_buffer", "4.1"},
    {kNonblocking, "Comm", "Isend Ibsend Issend Irsend Irecv Isendrecv Isendrecv_replace"},
    {kNonblocking, "Request",
     "Wait Waitany Waitall Waitsome Test Testany Testall Testsome Get_status Free"},
    {kNonblocking, "Request", "Get_status_any Get_status_all Get_status_some", "4.1"},
    {kProbe, "Comm", "Probe Iprobe Mprobe Improbe"},
    {kProbe, "Message", "Probe Iprobe Recv Irecv"},
    {kProbe, "Request", "Cancel"},
    {kProbe, "Status", "Is_cancelled"},
    {kPersistent, "Comm", "Send_init Bsend_init Ssend_init Rsend_init Recv_init"},
    {kPersistent, "Prequest", "Start Startall"},
    {kPartitioned, "Comm", "Psend_init Precv_init"},
    {kPartitioned, "Prequest", "Pready Pready_range Pready_list Parrived"},
    {kDatatypes, "Datatype",
     "Create_contiguous Create_vector Create_hvector Create_indexed Create_hindexed "
     "Create_indexed_block Create_hindexed_block Create_struct Create_subarray Create_darray "
     "Create_resized Resized Create_dup Dup Commit Free Get_size Get_extent Get_true_extent "
     "Get_envelope Get_contents Decode"},
    {kDatatypes, "Status", "Get_elements"},
    {kDatatypes, "module", "Get_address Aint_add Aint_diff"},
    {"5.2 Pack and Unpack", "Datatype", "Pack Unpack Pack_size"},
    {"5.3 Canonical MPI_PACK and MPI_UNPACK", "Datatype",
     "Pack_external Unpack_external Pack_external_size"},
    {"6.3 Barrier Synchronization", "Comm", "Barrier"},
    {"6.4 Broadcast", "Comm", "Bcast"},
    {"6.5 Gather", "Comm", "Gather Gatherv"},
    {"6.6 Scatter", "Comm", "Scatter Scatterv"},
    {"6.7 Gather-to-all", "Comm", "Allgather Allgatherv"},
    {"6.8 All-to-All Scatter/Gather", "Comm", "Alltoall Alltoallv Alltoallw"},
    {kReductions, "Comm", "Reduce Allreduce"},
    {kReductions, "Op", "Create Free Is_commutative Reduce_local"},
    {"6.10 Reduce-Scatter", "Comm", "Reduce_scatter Reduce_scatter_block"},
    {"6.11 Scan", "Intracomm", "Scan Exscan"},
    {kNonblockingCollectives, "Comm",
     "Ibarrier Ibcast Igather Igatherv Iscatter Iscatterv Iallgather Iallgatherv Ialltoall "
     "Ialltoallv Ialltoallw Ireduce Iallreduce Ireduce_scatter Ireduce_scatter_block"},
    {kNonblockingCollectives, "Intracomm", "Iscan Iexscan"},
    {kPersistentCollectives, "Comm",
     "Barrier_init Bcast_init Gather_init Gatherv_init Scatter_init Scatterv_init Allgather_init "
     "Allgatherv_init Alltoall_init Alltoallv_init Alltoallw_init Reduce_init Allreduce_init "
     "Reduce_scatter_init Reduce_scatter_block_init"},
    {kPersistentCollectives, "Intracomm", "Scan_init Exscan_init"},
    {kGroups, "Comm", "Get_group"},
    {kGroups, "Session", "Create_group"},
    {kGroups, "Group",
     "Get_size Get_rank Translate_ranks Compare Dup Union Intersection Intersect Difference Incl "
     "Excl Range_incl Range_excl Create_from_session_pset Free"},
    {kCommunicators, "Comm",
     "Get_size Get_rank Compare Clone Dup Dup_with_info Idup Idup_with_info Create Split "
     "Split_type Set_info Get_info Free"},
    {kCommunicators, "Intracomm", "Create_group Create_from_group"},
    {kInterCommunication, "Comm", "Is_inter Is_intra"},
    {kInterCommunication, "Intracomm", "Create_intercomm"},
    {kInterCommunication, "Intercomm", "Get_remote_size Get_remote_group Merge Create_from_groups"},
    {"7.7 Caching", "*", "Create_keyval Free_keyval Get_attr Set_attr Delete_attr"},
    {"7.8 Naming Objects", "*", "Get_name Set_name"},
    {kTopologies, "Comm", "Get_topology"},
    {kTopologies, "Intracomm",
     "Create_cart Create_graph Create_dist_graph Create_dist_graph_adjacent Cart_map Graph_map"},
    {kTopologies, "Cartcomm", "Get_dim Get_topo Get_cart_rank Get_coords Shift Sub"},
    {kTopologies, "Graphcomm", "Get_dims Get_topo Get_neighbors_count Get_neighbors"},
    {kTopologies, "Distgraphcomm", "Get_dist_neighbors_count Get_dist_neighbors"},
    {kTopologies, "module", "Compute_dims"},
    {"8.6 Neighborhood Collective Communication", "Topocomm",
     "Neighbor_allgather Neighbor_allgatherv Neighbor_alltoall Neighbor_alltoallv "
     "Neighbor_alltoallw"},
    {"8.7 Nonblocking Neighborhood Communication", "Topocomm",
     "Ineighbor_allgather Ineighbor_allgatherv Ineighbor_alltoall Ineighbor_alltoallv "
     "Ineighbor_alltoallw"},
    {"8.8 Persistent Neighborhood Communication", "Topocomm",
     "Neighbor_allgather_init Neighbor_allgatherv_init Neighbor_alltoall_init "
     "Neighbor_alltoallv_init Neighbor_alltoallw_init"},
    {kImplementation, "module", "Get_version Get_library_version Get_processor_name"},
    {kImplementation, "module", "Get_hw_resource_info", "4.1"},
    {"9.2 Memory Allocation", "module", "Alloc_mem Free_mem"},
    {kErrorHandling, "*", "Create_errhandler Set_errhandler Get_errhandler Get_error_string"},
    {kErrorHandling, "Errhandler", "Free"},
    {kErrorHandling, "module", "Get_error_string"},
    {kErrorClasses, "module", "Get_error_class"},
    {kErrorClasses, "Exception", "Get_error_class Get_error_code"},
    {kOwnErrors, "module", "Add_error_class Add_error_code Add_error_string"},
    {kOwnErrors, "module", "Remove_error_class Remove_error_code Remove_error_string", "4.1"},
    {kOwnErrors, "*", "Call_errhandler"},
    {"9.6 Timers and Synchronization", "module", "Wtime Wtick"},
    {"10 The Info Object", "Info",
     "Create Create_env Dup Free Get Set Delete Get_nkeys Get_nthkey"},
    {kProcesses, "module",
     "Init Init_thread Finalize Is_initialized Is_finalized Query_thread Is_thread_main"},
    {kProcesses, "Comm", "Abort"},
    {"11.3 The Sessions Model", "Session",
     "Init Finalize Free Get_num_psets Get_nth_pset Get_info Get_pset_info"},
    {kProcessManager, "Intracomm", "Spawn Spawn_multiple"},
    {kProcessManager, "Comm", "Get_parent"},
    {kEstablishing, "Intracomm", "Accept Connect"},
    {kEstablishing, "module", "Open_port Close_port Publish_name Unpublish_name Lookup_name"},
    {"11.10 Other Functionality", "Comm", "Disconnect Join"},
    {"12.2 Initialization", "Win",
     "Create Allocate Allocate_shared Shared_query Create_dynamic Attach Detach Get_group Set_info "
     "Get_info Free"},
    {"12.3 Communication Calls", "Win",
     "Put Get Accumulate Get_accumulate Fetch_and_op Compare_and_swap Rput Rget Raccumulate "
     "Rget_accumulate"},
    {"12.5 Synchronization Calls", "Win",
     "Fence Start Complete Post Wait Test Lock Unlock Lock_all Unlock_all Flush Flush_all "
     "Flush_local Flush_local_all Sync"},
    {"13.2 Generalized Requests", "Grequest", "Start Complete"},
    {"13.3 Associating Information with Status", "Status", "Set_elements Set_cancelled"},
    {"14.2 File Manipulation", "File",
     "Open Close Free Delete Set_size Preallocate Get_size Get_group Get_amode Set_info Get_info"},
    {"14.3 File Views", "File", "Set_view Get_view"},
    {"14.4 Data Access", "File",
     "Read_at Read_at_all Write_at Write_at_all Iread_at Iread_at_all Iwrite_at Iwrite_at_all Read "
     "Read_all Write Write_all Iread Iread_all Iwrite Iwrite_all Seek Get_position Get_byte_offset "
     "Read_shared Write_shared Iread_shared Iwrite_shared Read_ordered Write_ordered Seek_shared "
     "Get_position_shared Read_at_all_begin Read_at_all_end Write_at_all_begin Write_at_all_end "
     "Read_all_begin Read_all_end Write_all_begin Write_all_end Read_ordered_begin "
     "Read_ordered_end Write_ordered_begin Write_ordered_end"},
    {"14.5 File Interoperability", "File", "Get_type_extent"},
    {"14.5 File Interoperability", "module", "Register_datarep"},
    {"14.6 Consistency and Semantics", "File", "Set_atomicity Get_atomicity Sync"},
    {"15.2 Profiling Interface", "module", "Pcontrol"},
    {"19.1 Support for Fortran", "Datatype",
     "Create_f90_integer Create_f90_real Create_f90_complex Match_size"},
    {"19.3 Language Interoperability", "*", "F2py Py2f Fromint Toint"},
};

using SectionIndex = std::unordered_map<std::string, const Section*>;

SectionIndex make_index() {
  SectionIndex index;
  for (const Section& section : kSections) {
    std::string name;
    for (const char* letter = section.names;; ++letter) {
      if (*letter != ' ' && *letter != '\0') {
        name += *letter;
        continue;
      }
      index.emplace(std::string(section.owner) + "." + name, &section);
      name.clear();
      if (*letter == '\0') {
        break;
      }
    }
  }
  return index;
}

}  // namespace

std::string section_of(const char* owner, const char* name) {
  static const SectionIndex index = make_index();
  std::string capitalised = name;
  capitalised[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  for (const char* key : {owner, "*"}) {
    const auto found = index.find(std::string(key) + "." + capitalised);
    if (found != index.end()) {
      return std::string("MPI ") + found->second->release + ", " + found->second->title;
    }
  }
  return {};
}

}  // namespace pylaunch::mpi

// SPDX-License-Identifier: BSD-3-Clause
// Initialisation, versions, clocks (MPI-4.0, chapters 9 and 11), and the policy for errors.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

Options current_options;

MPI_Errhandler policy_handler() {
  switch (current_options.errors) {
    case Options::Errors::exception: return MPI_ERRORS_RETURN;
#if MPI_VERSION >= 4
    case Options::Errors::abort: return MPI_ERRORS_ABORT;
#endif
    case Options::Errors::fatal: return MPI_ERRORS_ARE_FATAL;
    default: return MPI_ERRHANDLER_NULL;
  }
}

// ---- initialisation ----------------------------------------------------------------------------

void after_initialisation() {
  set_error_policy(MPI_COMM_SELF);
  set_error_policy(MPI_COMM_WORLD);
}

void init(NoSelf) {
  check(MPI_Init(nullptr, nullptr));
  after_initialisation();
}

int init_thread(NoSelf, Int<static_cast<int>(MPI_THREAD_MULTIPLE)> required) {
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(nullptr, nullptr, required, &provided));
  after_initialisation();
  return provided;
}

void finalize(NoSelf) { check(MPI_Finalize()); }

int query_thread(NoSelf) {
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Query_thread(&provided));
  return provided;
}

template <auto Function>
bool flag(NoSelf) {
  int result = 0;
  check(Function(&result));
  return result != 0;
}

// ---- versions ----------------------------------------------------------------------------------

Ref get_version(NoSelf) {
  int version = 1;
  int subversion = 0;
  check(MPI_Get_version(&version, &subversion));
  return tuple_of(version, subversion);
}

std::string library_version() {
  std::string text(MPI_MAX_LIBRARY_VERSION_STRING + 1, '\0');
  int length = 0;
  check(MPI_Get_library_version(text.data(), &length));
  text.resize(static_cast<std::size_t>(length));
  return text;
}
std::string get_library_version(NoSelf) { return library_version(); }

struct Vendor {
  const char* name;
  const char* before_version;  // in the library's version string
};

// The numbers after `marker`, such as 4.0.2.
bool parse_version(const std::string& text, const char* marker, int (&numbers)[3]) {
  const std::size_t found = text.find(marker);
  if (found == std::string::npos) {
    return false;
  }
  const std::size_t digits = text.find_first_of("0123456789", found + std::strlen(marker));
  if (digits != std::string::npos) {
    std::sscanf(text.c_str() + digits, "%d.%d.%d", &numbers[0], &numbers[1], &numbers[2]);
  }
  return true;
}

Ref get_vendor(NoSelf) {
  // More special ones first: they are all derived from MPICH or Open MPI.
  static const Vendor vendors[] = {
      {"Intel MPI", "Intel(R) MPI Library"},
      {"MVAPICH", "MVAPICH"},
      {"MPICH", "MPICH Version"},
      {"Open MPI", "Open MPI"},
  };
  const std::string text = library_version();
  int numbers[3] = {};
  for (const Vendor& vendor : vendors) {
    if (parse_version(text, vendor.before_version, numbers)) {
      return tuple_of(std::string(vendor.name), tuple_of(numbers[0], numbers[1], numbers[2]));
    }
  }
  return tuple_of(std::string("unknown"), tuple_of(0, 0, 0));
}

std::string processor_name(NoSelf) {
  char name[MPI_MAX_PROCESSOR_NAME + 1] = {};
  int length = 0;
  check(MPI_Get_processor_name(name, &length));
  return {name, static_cast<std::size_t>(length)};
}

#if PYLAUNCH_HAS_MPI_4_1
Ref hardware_resources(NoSelf) {
  MPI_Info info = MPI_INFO_NULL;
  check(MPI_Get_hw_resource_info(&info));
  return new_handle<Info>(info);
}
#endif

// ---- clocks and control ------------------------------------------------------------------------

double wtime(NoSelf) { return MPI_Wtime(); }
double wtick(NoSelf) { return MPI_Wtick(); }

void pcontrol(NoSelf, int level) {
  if (level < 0 || level > 2) {
    raise_mpi_error(MPI_ERR_ARG);
  }
  check(MPI_Pcontrol(level));
}

// Kept for `mpi4py.run`; the launcher decides by itself how a failing rank ends the job.
void set_abort_status(NoSelf, int) {}

// ---- ports and names ---------------------------------------------------------------------------

std::string open_port(NoSelf, InfoOrNull info) {
  char name[MPI_MAX_PORT_NAME + 1] = {};
  blocking(MPI_Open_port, info.handle, static_cast<char*>(name));
  return name;
}
void close_port(NoSelf, Text port_name) { blocking(MPI_Close_port, port_name.text); }
void publish_name(NoSelf, Text service_name, Text port_name, InfoOrNull info) {
  blocking(MPI_Publish_name, service_name.text, info.handle, port_name.text);
}
void unpublish_name(NoSelf, Text service_name, Text port_name, InfoOrNull info) {
  blocking(MPI_Unpublish_name, service_name.text, info.handle, port_name.text);
}
std::string lookup_name(NoSelf, Text service_name, InfoOrNull info) {
  char name[MPI_MAX_PORT_NAME + 1] = {};
  blocking(MPI_Lookup_name, service_name.text, info.handle, static_cast<char*>(name));
  return name;
}

PyMethodDef* environment_functions() {
  static PyMethodDef table[] = {
    method<"Init", &init>("Initialize the MPI execution environment."),
    method<"Init_thread", &init_thread, "required">(
        "Initialize the MPI execution environment; return the provided thread level."),
    method<"Finalize", &finalize>("Terminate the MPI execution environment."),
    method<"Query_thread", &query_thread>(
        "Return the level of thread support provided by the MPI library."),
    method<"Is_thread_main", &flag<&MPI_Is_thread_main>>(
        "Indicate whether this thread called `Init` or `Init_thread`."),
    method<"Is_initialized", &flag<&MPI_Initialized>>("Indicate whether `Init` has been called."),
    method<"Is_finalized", &flag<&MPI_Finalized>>("Indicate whether `Finalize` has completed."),
    method<"Get_version", &get_version>("Obtain the version number of the MPI standard."),
    method<"Get_library_version", &get_library_version>(
        "Obtain the version string of the MPI library."),
    method<"get_vendor", &get_vendor>(
        "Return name and version (major, minor, micro) of the MPI implementation."),
    method<"Get_processor_name", &processor_name>("Obtain the name of the calling processor."),
#if PYLAUNCH_HAS_MPI_4_1
    method<"Get_hw_resource_info", &hardware_resources>(
        "Obtain information about the hardware platform of the calling processor."),
#endif
    method<"Wtime", &wtime>("Return an elapsed time on the calling processor, in seconds."),
    method<"Wtick", &wtick>("Return the resolution of `Wtime`, in seconds."),
    method<"Pcontrol", &pcontrol, "level">("Control profiling; level is 0, 1 or 2."),
    method<"_set_abort_status", &set_abort_status, "status">(
        "Helper for ``python -m mpi4py.run ...``."),
    method<"Open_port", &open_port, "info">(
        "Return an address used to connect group of processes."),
    method<"Close_port", &close_port, "port_name">("Close a port."),
    method<"Publish_name", &publish_name, "service_name", "port_name", "info">(
        "Publish a service name."),
    method<"Unpublish_name", &unpublish_name, "service_name", "port_name", "info">(
        "Unpublish a service name."),
    method<"Lookup_name", &lookup_name, "service_name", "info">(
        "Lookup a port name given a service name."),
    end_of_methods(),
  };
  return table;
}

}  // namespace

const Options& options() { return current_options; }

void set_error_policy(MPI_Comm comm) {
  const MPI_Errhandler handler = policy_handler();
  if (comm != MPI_COMM_NULL && handler != MPI_ERRHANDLER_NULL) {
    check(MPI_Comm_set_errhandler(comm, handler));
  }
}

void set_win_error_policy(MPI_Win win) {
  const MPI_Errhandler handler = policy_handler();
  if (win != MPI_WIN_NULL && handler != MPI_ERRHANDLER_NULL) {
    check(MPI_Win_set_errhandler(win, handler));
  }
}

void set_file_error_policy(MPI_File file) {
  const MPI_Errhandler handler = policy_handler();
  if (file != MPI_FILE_NULL && handler != MPI_ERRHANDLER_NULL) {
    check(MPI_File_set_errhandler(file, handler));
  }
}

#if MPI_VERSION >= 4
void set_session_error_policy(MPI_Session session) {
  const MPI_Errhandler handler = policy_handler();
  if (handler != MPI_ERRHANDLER_NULL) {
    check(MPI_Session_set_errhandler(session, handler));
  }
}
#endif

void add_environment(PyObject* module) {
  add_abi(module);
  current_options = read_options();
  add_functions(module, environment_functions());
}

}  // namespace pylaunch::mpi

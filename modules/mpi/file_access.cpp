// SPDX-License-Identifier: BSD-3-Clause
// Reading and writing files: at an offset or at a file pointer, each process for itself or all
// together, blocking, non-blocking or split (MPI-4.0, section 14.4).
#include "file.hpp"
#include "request.hpp"

namespace pylaunch::mpi {
namespace {

template <auto Function, Access access>
void transfer(File& self, PyObject* buf, Status* status) {
  BufferSpec spec;
  spec.parse(buf, access, 0);
  blocking(Function, self.ob_mpi, spec.address, spec.count, spec.datatype, status_pointer(status));
}

template <auto Function, Access access>
void transfer_at(File& self, MPI_Offset offset, PyObject* buf, Status* status) {
  BufferSpec spec;
  spec.parse(buf, access, 0);
  blocking(Function, self.ob_mpi, offset, spec.address, spec.count, spec.datatype,
           status_pointer(status));
}

template <auto Function, Access access>
Ref start(File& self, PyObject* buf) {
  Kept<BufferSpec> spec;
  spec->parse(buf, access, 0);
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(Function, self.ob_mpi, spec->address, spec->count, spec->datatype, &request.ob_mpi);
  hold(request, std::move(spec));
  return object;
}

template <auto Function, Access access>
Ref start_at(File& self, MPI_Offset offset, PyObject* buf) {
  Kept<BufferSpec> spec;
  spec->parse(buf, access, 0);
  Ref object = new_handle<Request>();
  Request& request = cast<Request>(object.get());
  blocking(Function, self.ob_mpi, offset, spec->address, spec->count, spec->datatype,
           &request.ob_mpi);
  hold(request, std::move(spec));
  return object;
}

// Split collectives: the user keeps the buffer until `end`, as in mpi4py.
template <auto Function, Access access>
void begin(File& self, PyObject* buf) {
  BufferSpec spec;
  spec.parse(buf, access, 0);
  blocking(Function, self.ob_mpi, spec.address, spec.count, spec.datatype);
}
template <auto Function, Access access>
void begin_at(File& self, MPI_Offset offset, PyObject* buf) {
  BufferSpec spec;
  spec.parse(buf, access, 0);
  blocking(Function, self.ob_mpi, offset, spec.address, spec.count, spec.datatype);
}
template <auto Function, Access access>
void end(File& self, PyObject* buf, Status* status) {
  BufferSpec spec;
  spec.parse(buf, access, 0);
  blocking(Function, self.ob_mpi, spec.address, status_pointer(status));
}

// `Read##_all` and so on: `access` is what happens to the buffer.
#define PYLAUNCH_FILE(Name, function, access, doc) \
  method<#Name, &transfer<&PYLAUNCH_C(MPI_File_##function), access>, "buf", "status">(doc)
#define PYLAUNCH_FILE_AT(Name, function, access, doc)                                    \
  method<#Name, &transfer_at<&PYLAUNCH_C(MPI_File_##function), access>, "offset", "buf", \
         "status">(doc)
#define PYLAUNCH_FILE_START(Name, function, access, doc) \
  method<#Name, &start<&PYLAUNCH_C(MPI_File_##function), access>, "buf">(doc)
#define PYLAUNCH_FILE_START_AT(Name, function, access, doc) \
  method<#Name, &start_at<&PYLAUNCH_C(MPI_File_##function), access>, "offset", "buf">(doc)
#define PYLAUNCH_FILE_SPLIT(Name, function, access, doc)                                   \
  method<#Name "_begin", &begin<&PYLAUNCH_C(MPI_File_##function##_begin), access>, "buf">( \
      "Start: " doc),                                                                      \
      method<#Name "_end", &end<&MPI_File_##function##_end, access>, "buf", "status">(     \
          "Complete: " doc)
#define PYLAUNCH_FILE_SPLIT_AT(Name, function, access, doc)                                     \
  method<#Name "_begin", &begin_at<&PYLAUNCH_C(MPI_File_##function##_begin), access>, "offset", \
         "buf">("Start: " doc),                                                                 \
      method<#Name "_end", &end<&MPI_File_##function##_end, access>, "buf", "status">(          \
          "Complete: " doc)

}  // namespace

const std::vector<PyMethodDef>& file_access_methods() {
  constexpr Access into = Access::write;  // reading a file writes the buffer
  constexpr Access from = Access::read;
  static const std::vector<PyMethodDef> table{
      PYLAUNCH_FILE(Read, read, into, "Read using individual file pointer."),
      PYLAUNCH_FILE(Read_all, read_all, into, "Collective read using individual file pointer."),
      PYLAUNCH_FILE(Write, write, from, "Write using individual file pointer."),
      PYLAUNCH_FILE(Write_all, write_all, from, "Collective write using individual file pointer."),
      PYLAUNCH_FILE(Read_shared, read_shared, into, "Read using shared file pointer."),
      PYLAUNCH_FILE(Write_shared, write_shared, from, "Write using shared file pointer."),
      PYLAUNCH_FILE(Read_ordered, read_ordered, into, "Collective read using shared file pointer."),
      PYLAUNCH_FILE(Write_ordered, write_ordered, from,
                    "Collective write using shared file pointer."),
      PYLAUNCH_FILE_AT(Read_at, read_at, into, "Read using explicit offset."),
      PYLAUNCH_FILE_AT(Read_at_all, read_at_all, into, "Collective read using explicit offset."),
      PYLAUNCH_FILE_AT(Write_at, write_at, from, "Write using explicit offset."),
      PYLAUNCH_FILE_AT(Write_at_all, write_at_all, from, "Collective write using explicit offset."),
      PYLAUNCH_FILE_START(Iread, iread, into, "Nonblocking read using individual pointer."),
      PYLAUNCH_FILE_START(Iread_all, iread_all, into, "Nonblocking collective read."),
      PYLAUNCH_FILE_START(Iwrite, iwrite, from, "Nonblocking write using individual pointer."),
      PYLAUNCH_FILE_START(Iwrite_all, iwrite_all, from, "Nonblocking collective write."),
      PYLAUNCH_FILE_START(Iread_shared, iread_shared, into,
                          "Nonblocking read using shared file pointer."),
      PYLAUNCH_FILE_START(Iwrite_shared, iwrite_shared, from,
                          "Nonblocking write using shared file pointer."),
      PYLAUNCH_FILE_START_AT(Iread_at, iread_at, into, "Nonblocking read using explicit offset."),
      PYLAUNCH_FILE_START_AT(Iread_at_all, iread_at_all, into,
                             "Nonblocking collective read using explicit offset."),
      PYLAUNCH_FILE_START_AT(Iwrite_at, iwrite_at, from,
                             "Nonblocking write using explicit offset."),
      PYLAUNCH_FILE_START_AT(Iwrite_at_all, iwrite_at_all, from,
                             "Nonblocking collective write using explicit offset."),
      PYLAUNCH_FILE_SPLIT(Read_all, read_all, into, "split collective read."),
      PYLAUNCH_FILE_SPLIT(Write_all, write_all, from, "split collective write."),
      PYLAUNCH_FILE_SPLIT(Read_ordered, read_ordered, into,
                          "split collective read using shared file pointer."),
      PYLAUNCH_FILE_SPLIT(Write_ordered, write_ordered, from,
                          "split collective write using shared file pointer."),
      PYLAUNCH_FILE_SPLIT_AT(Read_at_all, read_at_all, into,
                             "split collective read using explicit offset."),
      PYLAUNCH_FILE_SPLIT_AT(Write_at_all, write_at_all, from,
                             "split collective write using explicit offset."),
  };
  return table;
}

}  // namespace pylaunch::mpi

// SPDX-License-Identifier: BSD-3-Clause
// File: parallel input and output (MPI-4.0, chapter 14). Reading and writing is in file_access.cpp.
#include "file.hpp"

#include "accessors.hpp"
#include "comm.hpp"
#include "errhandler.hpp"
#include "live_handles.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject File::type{};

namespace {

Ref open(PyTypeObject* type, Intracomm& comm, PyObject* filename, Int<MPI_MODE_RDONLY> amode,
         InfoOrNull info) {
  Ref path = path_argument(filename);
  MPI_File handle = MPI_FILE_NULL;
  blocking(MPI_File_open, comm.ob_mpi, static_cast<const char*>(PyBytes_AS_STRING(path.get())),
           amode.value, info.handle, &handle);
  Ref object = new_handle<File>(type, handle);
  remember_live(LiveFile{handle});
  set_file_error_policy(handle);
  return object;
}

void close(File& self) {
  MPI_File handle = self.ob_mpi;
  forget_live(LiveFile{handle});
  blocking(MPI_File_close, &handle);
  if ((self.flags & kConstant) == 0) {
    self.ob_mpi = handle;
  }
}

void remove(PyTypeObject*, PyObject* filename, InfoOrNull info) {
  Ref path = path_argument(filename);
  blocking(MPI_File_delete, static_cast<const char*>(PyBytes_AS_STRING(path.get())), info.handle);
}

// ---- what it is --------------------------------------------------------------------------------

void set_size(File& self, MPI_Offset size) { blocking(MPI_File_set_size, self.ob_mpi, size); }
void preallocate(File& self, MPI_Offset size) { blocking(MPI_File_preallocate, self.ob_mpi, size); }
long long get_size(File& self) {
  MPI_Offset size = 0;
  blocking(MPI_File_get_size, self.ob_mpi, &size);
  return size;
}
int get_amode(File& self) {
  int mode = 0;
  blocking(MPI_File_get_amode, self.ob_mpi, &mode);
  return mode;
}

bool get_atomicity(File& self) {
  int flag = 0;
  blocking(MPI_File_get_atomicity, self.ob_mpi, &flag);
  return flag != 0;
}
void set_atomicity(File& self, bool flag) {
  blocking(MPI_File_set_atomicity, self.ob_mpi, flag ? 1 : 0);
}
void sync(File& self) { blocking(MPI_File_sync, self.ob_mpi); }

// ---- views and positions -----------------------------------------------------------------------

void set_view(File& self, Int<MPI_Offset{0}> disp, Datatype* etype, Datatype* filetype,
              Optional datarep, InfoOrNull info) {
  const MPI_Datatype element = etype == nullptr ? MPI_BYTE : etype->ob_mpi;
  blocking(MPI_File_set_view, self.ob_mpi, disp.value, element,
           filetype == nullptr ? element : filetype->ob_mpi,
           datarep.is_none() ? "native" : Argument<Text>::from(datarep).text, info.handle);
}

Ref get_view(File& self) {
  MPI_Offset displacement = 0;
  MPI_Datatype etype = MPI_DATATYPE_NULL;
  MPI_Datatype filetype = MPI_DATATYPE_NULL;
  char datarep[MPI_MAX_DATAREP_STRING + 1] = {};
  blocking(MPI_File_get_view, self.ob_mpi, &displacement, &etype, &filetype,
           static_cast<char*>(datarep));
  return tuple_of(static_cast<long long>(displacement), new_handle<Datatype>(etype),
                  new_handle<Datatype>(filetype), std::string(datarep));
}

template <auto Function>
void seek(File& self, MPI_Offset offset, Int<MPI_SEEK_SET> whence) {
  blocking(Function, self.ob_mpi, offset, whence.value);
}
template <auto Function>
long long position(File& self) {
  MPI_Offset offset = 0;
  blocking(Function, self.ob_mpi, &offset);
  return offset;
}
long long byte_offset(File& self, MPI_Offset offset) {
  MPI_Offset displacement = 0;
  blocking(MPI_File_get_byte_offset, self.ob_mpi, offset, &displacement);
  return displacement;
}
long type_extent(File& self, Datatype& datatype) {
  MPI_Aint extent = 0;
  blocking(MPI_File_get_type_extent, self.ob_mpi, datatype.ob_mpi, &extent);
  return extent;
}

const std::vector<PyMethodDef>& own_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Open", &open, "comm", "filename", "amode", "info">("Open a file."),
      method<"Close", &close>("Close a file."),
      method<"Delete", &remove, "filename", "info">("Delete a file."),
      method<"Set_size", &set_size, "size">("Set the file size, in bytes."),
      method<"Preallocate", &preallocate, "size">("Preallocate storage space for a file."),
      method<"Get_size", &get_size>("Return the file size, in bytes."),
      method<"Get_amode", &get_amode>("Return the file access mode."),
      method<"Get_group", &get_group<File, &MPI_File_get_group>>(
          "Access the group of processes that opened the file."),
      method<"Set_info", &set_info<File, &MPI_File_set_info>, "info">(
          "Set new values for the hints associated with a file."),
      method<"Get_info", &get_info<File, &MPI_File_get_info>>(
          "Return the current hints for a file."),
      method<"Set_view", &set_view, "disp", "etype", "filetype", "datarep", "info">(
          "Set the file view."),
      method<"Get_view", &get_view>("Return the file view: (disp, etype, filetype, datarep)."),
      method<"Seek", &seek<&MPI_File_seek>, "offset", "whence">(
          "Update the individual file pointer."),
      method<"Seek_shared", &seek<&MPI_File_seek_shared>, "offset", "whence">(
          "Update the shared file pointer."),
      method<"Get_position", &position<&MPI_File_get_position>>(
          "Return the current position of the individual file pointer, in etypes."),
      method<"Get_position_shared", &position<&MPI_File_get_position_shared>>(
          "Return the current position of the shared file pointer, in etypes."),
      method<"Get_byte_offset", &byte_offset, "offset">(
          "Return the absolute byte position in the file of an offset in the view."),
      method<"Get_type_extent", &type_extent, "datatype">(
          "Return the extent of datatype in the file."),
      method<"Set_atomicity", &set_atomicity, "flag">("Set the atomicity mode."),
      method<"Get_atomicity", &get_atomicity>("Return the atomicity mode."),
      method<"Sync", &sync>("Causes all previous writes to be transferred to the storage."),
      PYLAUNCH_HANDLE_METHODS(File),
  };
  return table;
}

}  // namespace

void File::free(File& self) { close(self); }

void add_file(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(File),
      property<&get_size>("size", "Size (in bytes)."),
      property<&get_amode>("amode", "Access mode."),
      property<&get_group<File, &MPI_File_get_group>>("group", "Group."),
      property<&of_group<File, &MPI_File_get_group, &MPI_Group_size>>("group_size", "Group size."),
      property<&of_group<File, &MPI_File_get_group, &MPI_Group_rank>>("group_rank", "Group rank."),
      property<&get_info<File, &MPI_File_get_info>, &set_info<File, &MPI_File_set_info>>(
          "info", "Info hints."),
      property<&get_atomicity, &set_atomicity>("atomicity", "Atomicity mode."),
      end_of_properties(),
  };
  define_handle_type<File>(
      module, {"mpi4py.MPI.File", "File I/O context.",
               joined({&own_methods(), &file_access_methods(), &errhandler_methods_of_file()}),
               properties});
  define_constant<File>(module, "FILE_NULL", MPI_FILE_NULL);
}

}  // namespace pylaunch::mpi

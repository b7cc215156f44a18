// SPDX-License-Identifier: BSD-3-Clause
// Spawning processes (MPI-4.0, section 11.8.2). Whether an MPI library can do it at run time is
// another matter: where it cannot, its error is raised.
#include "comm.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

// A null-terminated array of strings; keeps the objects that own them.
class ArgumentVector {
 public:
  ArgumentVector() = default;
  explicit ArgumentVector(PyObject* sequence)
      : strings_(own(PySequence_Tuple(sequence))), given_(true) {
    if (PyUnicode_Check(sequence) || PyBytes_Check(sequence)) {
      fail(PyExc_TypeError, "args: expecting a sequence of strings, got one string");
    }
    for (Py_ssize_t index = 0; index < PyTuple_GET_SIZE(strings_.get()); ++index) {
      const Text text = Argument<Text>::from(PyTuple_GET_ITEM(strings_.get(), index));
      pointers_.push_back(const_cast<char*>(text.text));
    }
    pointers_.push_back(nullptr);
  }

  char** data() { return given_ ? pointers_.data() : MPI_ARGV_NULL; }

 private:
  Ref strings_;
  std::vector<char*> pointers_;
  bool given_ = false;
};

void store_codes(PyObject* errcodes, const std::vector<int>& codes) {
  if (errcodes != Py_None) {
    Ref list = list_of(codes);
    const Py_ssize_t size = succeed(PySequence_Size(errcodes));
    succeed(PySequence_SetSlice(errcodes, 0, size, list.get()));
  }
}

Ref spawn(Intracomm& self, Text command, Optional args, Int<1> maxprocs, InfoOrNull info,
          Int<0> root, Optional errcodes) {
  ArgumentVector arguments = args.is_none() ? ArgumentVector() : ArgumentVector(args);
  std::vector<int> codes(static_cast<std::size_t>(std::max(maxprocs.value, 0)), MPI_SUCCESS);
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_spawn, command.text, arguments.data(), maxprocs.value, info.handle, root.value,
           self.ob_mpi, &comm, codes.data());
  store_codes(errcodes, codes);
  return adopt_comm(&Intercomm::type, comm);
}

// One value for all commands, or a sequence with one for each.
std::vector<int> process_counts(PyObject* maxprocs, std::size_t commands) {
  if (maxprocs == Py_None || is_integral(maxprocs)) {
    return std::vector<int>(commands, maxprocs == Py_None ? 1 : Argument<int>::from(maxprocs));
  }
  return integers<int>(maxprocs, commands);
}

std::vector<MPI_Info> hints(PyObject* info, std::size_t commands) {
  if (info == Py_None || is_instance<Info>(info)) {
    return std::vector<MPI_Info>(
        commands, info == Py_None ? MPI_INFO_NULL : Argument<Info&>::from(info).ob_mpi);
  }
  Ref items = own(PySequence_Tuple(info));
  require_items(commands, PyTuple_GET_SIZE(items.get()));
  std::vector<MPI_Info> handles;
  for (std::size_t index = 0; index < commands; ++index) {
    PyObject* item = PyTuple_GET_ITEM(items.get(), static_cast<Py_ssize_t>(index));
    handles.push_back(Argument<Info&>::from(item).ob_mpi);
  }
  return handles;
}

Ref spawn_multiple(Intracomm& self, PyObject* command, Optional args, Optional maxprocs,
                   Optional info, Int<0> root, Optional errcodes) {
  if (PyUnicode_Check(command) || PyBytes_Check(command)) {
    fail(PyExc_ValueError, "command: expecting a sequence of strings");
  }
  ArgumentVector commands(command);
  const auto count = static_cast<std::size_t>(succeed(PySequence_Size(command)));
  std::vector<ArgumentVector> vectors;
  std::vector<char**> arguments;
  if (!args.is_none()) {
    if (PyUnicode_Check(args.object) || PyBytes_Check(args.object)) {
      fail(PyExc_ValueError, "args: expecting a sequence of sequences of strings");
    }
    require_items(count, succeed(PySequence_Size(args)));
    for (std::size_t index = 0; index < count; ++index) {
      Ref item = own(PySequence_GetItem(args, static_cast<Py_ssize_t>(index)));
      vectors.push_back(item.get() == Py_None ? ArgumentVector() : ArgumentVector(item.get()));
    }
    for (ArgumentVector& vector : vectors) {
      arguments.push_back(vector.data());
    }
  }
  const std::vector<int> counts = process_counts(maxprocs, count);
  const std::vector<MPI_Info> infos = hints(info, count);
  std::size_t processes = 0;
  for (int number : counts) {
    processes += static_cast<std::size_t>(std::max(number, 0));
  }
  std::vector<int> codes(processes, MPI_SUCCESS);
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_spawn_multiple, static_cast<int>(count), commands.data(),
           args.is_none() ? MPI_ARGVS_NULL : arguments.data(), counts.data(), infos.data(),
           root.value, self.ob_mpi, &comm, codes.data());
  store_codes(errcodes, codes);
  return adopt_comm(&Intercomm::type, comm);
}

}  // namespace

const std::vector<PyMethodDef>& spawn_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Spawn", &spawn, "command", "args", "maxprocs", "info", "root", "errcodes">(
          "Spawn instances of a single MPI application; errcodes is a list to fill."),
      method<"Spawn_multiple", &spawn_multiple, "command", "args", "maxprocs", "info", "root",
             "errcodes">("Spawn instances of multiple MPI applications."),
  };
  return table;
}

}  // namespace pylaunch::mpi

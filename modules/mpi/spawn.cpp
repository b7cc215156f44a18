// SPDX-License-Identifier: BSD-3-Clause
// Spawning processes (MPI-4.0, section 11.8.2). Whether an MPI library can do it at run time is
// another matter: where it cannot, its error is raised.
#include "comm.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

bool is_string(PyObject* object) { return PyUnicode_Check(object) || PyBytes_Check(object); }

// A null-terminated array of strings; keeps the objects that own them.
class StringArray {
 public:
  void add_argument(PyObject* argument) {
    const Text text = Argument<Text>::from(argument);
    keep(Ref::borrow(argument), text.text);
  }
  void add_command(PyObject* path) {
    Ref bytes = path_argument(path);
    const char* text = PyBytes_AS_STRING(bytes.get());
    keep(std::move(bytes), text);
  }

  int size() const { return static_cast<int>(pointers_.size()) - 1; }
  char** data() { return pointers_.data(); }

 private:
  void keep(Ref owner, const char* text) {
    owners_.push_back(std::move(owner));
    pointers_.back() = const_cast<char*>(text);
    pointers_.push_back(nullptr);
  }

  std::vector<Ref> owners_;
  std::vector<char*> pointers_{nullptr};
};

// The arguments of one program: a sequence of strings, or the only one; none without any.
StringArray arguments_of(PyObject* args) {
  StringArray array;
  if (is_string(args)) {
    array.add_argument(args);
  } else if (args != Py_None) {
    Ref items = own(PySequence_Fast(args, "args: expecting a sequence of strings"));
    for (Py_ssize_t index = 0; index < PySequence_Fast_GET_SIZE(items.get()); ++index) {
      array.add_argument(PySequence_Fast_GET_ITEM(items.get(), index));
    }
  }
  return array;
}

void replace_items(PyObject* list, const Ref& items) {
  succeed(PySequence_SetSlice(list, 0, succeed(PySequence_Size(list)), items.get()));
}

// What is given for the root counts there only; others may give anything, as None.
bool is_root(const Intracomm& comm, int root) { return comm_rank(comm.ob_mpi) == root; }

Ref spawn(Intracomm& self, PyObject* command, Optional args, Int<1> maxprocs, InfoOrNull info,
          Int<0> root, Optional errcodes) {
  StringArray program;
  StringArray arguments;
  if (is_root(self, root)) {
    program.add_command(command);
    arguments = arguments_of(args);
  }
  // MPI writes the root's number of codes on every rank that does not ignore them, and all ranks
  // have to agree in that, which those that leave `maxprocs` to the root can only by ignoring them.
  const int processes = std::max(maxprocs.value, 0);
  std::vector<int> codes(static_cast<std::size_t>(processes) + 1, MPI_SUCCESS);  // never a null
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_spawn, static_cast<const char*>(program.data()[0]), arguments.data(),
           maxprocs.value, info.handle, root.value, self.ob_mpi, &comm,
           errcodes.is_none() ? MPI_ERRCODES_IGNORE : codes.data());
  Ref result = adopt_comm(&Intercomm::type, comm);
  if (!errcodes.is_none()) {
    replace_items(errcodes, list_of(codes.begin(), codes.begin() + processes));
  }
  return result;
}

// ---- several programs --------------------------------------------------------------------------

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

// What the root says of all programs.
struct Programs {
  StringArray commands;
  std::vector<StringArray> arguments;
  std::vector<char**> argument_pointers;
  std::vector<int> counts;
  std::vector<MPI_Info> infos;

  char*** argv() { return arguments.empty() ? MPI_ARGVS_NULL : argument_pointers.data(); }
};

void take_arguments(Programs& programs, PyObject* args, std::size_t count) {
  Ref items;
  if (!is_string(args)) {  // one string is the argument of every program
    items = own(PySequence_Fast(args, "args: expecting a sequence of sequences of strings"));
    require_items(count, PySequence_Fast_GET_SIZE(items.get()));
  }
  for (std::size_t index = 0; index < count; ++index) {
    const auto at = static_cast<Py_ssize_t>(index);
    programs.arguments.push_back(
        arguments_of(items ? PySequence_Fast_GET_ITEM(items.get(), at) : args));
  }
  for (StringArray& vector : programs.arguments) {
    programs.argument_pointers.push_back(vector.data());
  }
}

Programs programs_of(PyObject* command, PyObject* args, PyObject* maxprocs, PyObject* info) {
  if (is_string(command) || PyObject_HasAttrString(command, "__fspath__") != 0) {
    fail(PyExc_ValueError, "command: expecting a sequence of paths");
  }
  Programs programs;
  Ref paths = own(PySequence_Fast(command, "command: expecting a sequence of paths"));
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(paths.get());
  for (Py_ssize_t index = 0; index < count; ++index) {
    programs.commands.add_command(PySequence_Fast_GET_ITEM(paths.get(), index));
  }
  if (args != Py_None) {
    take_arguments(programs, args, static_cast<std::size_t>(count));
  }
  programs.counts = process_counts(maxprocs, static_cast<std::size_t>(count));
  programs.infos = hints(info, static_cast<std::size_t>(count));
  return programs;
}

// A list of codes for each program.
Ref grouped(const std::vector<int>& codes, const std::vector<int>& counts) {
  Ref groups = own(PyList_New(0));
  auto next = codes.begin();
  for (const int count : counts) {
    const auto end = next + std::max(count, 0);
    Ref group = list_of(next, end);
    succeed(PyList_Append(groups.get(), group.get()));
    next = end;
  }
  return groups;
}

Ref spawn_multiple(Intracomm& self, PyObject* command, Optional args, Optional maxprocs,
                   Optional info, Int<0> root, Optional errcodes) {
  Programs programs;
  if (is_root(self, root)) {
    programs = programs_of(command, args, maxprocs, info);
  } else if (!errcodes.is_none()) {
    // MPI has a code for each process on every rank.
    programs.counts = process_counts(
        maxprocs, static_cast<std::size_t>(
                      succeed(PySequence_Size(maxprocs.is_none() ? command : maxprocs.object))));
  }
  std::size_t processes = 0;
  for (const int number : programs.counts) {
    processes += static_cast<std::size_t>(std::max(number, 0));
  }
  std::vector<int> codes(processes, MPI_SUCCESS);
  MPI_Comm comm = MPI_COMM_NULL;
  blocking(MPI_Comm_spawn_multiple, programs.commands.size(), programs.commands.data(),
           programs.argv(), programs.counts.data(), programs.infos.data(), root.value, self.ob_mpi,
           &comm, errcodes.is_none() ? MPI_ERRCODES_IGNORE : codes.data());
  Ref result = adopt_comm(&Intercomm::type, comm);
  if (!errcodes.is_none()) {
    replace_items(errcodes, grouped(codes, programs.counts));
  }
  return result;
}

}  // namespace

const std::vector<PyMethodDef>& spawn_methods() {
  static const std::vector<PyMethodDef> table{
      method<"Spawn", &spawn, "command", "args", "maxprocs", "info", "root", "errcodes">(
          "Spawn instances of a single MPI application; errcodes is a list to fill."),
      method<"Spawn_multiple", &spawn_multiple, "command", "args", "maxprocs", "info", "root",
             "errcodes">(
          "Spawn instances of multiple MPI applications; errcodes gets a list for each."),
  };
  return table;
}

}  // namespace pylaunch::mpi

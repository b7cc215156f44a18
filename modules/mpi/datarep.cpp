// SPDX-License-Identifier: BSD-3-Clause
// User-defined data representations of files (MPI-4.0, section 14.5.3).
#include <deque>

#include "buffer.hpp"
#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

// Lives as long as the process: MPI has no call that takes a representation back.
struct Representation {
  Ref read;
  Ref write;
  Ref extent;
};

// A Datatype that does not outlive the callback it is made for.
class Borrowed {
 public:
  explicit Borrowed(MPI_Datatype datatype) : object_(new_handle<Datatype>(datatype)) {}
  ~Borrowed() { cast<Datatype>(object_.get()).ob_mpi = MPI_DATATYPE_NULL; }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  PyObject* get() const { return object_.get(); }

 private:
  Ref object_;
};

int on_extent(MPI_Datatype datatype, MPI_Aint* extent, void* state) {
  return called_by_mpi([&] {
    Borrowed type(datatype);
    PyObject* args[] = {type.get()};
    PyObject* function = static_cast<Representation*>(state)->extent.get();
    Ref result = own(PyObject_Vectorcall(function, args, 1, nullptr));
    *extent = Argument<MPI_Aint>::from(result.get());
  });
}

// MPI does not say how large the file's buffer is.
int convert(PyObject* function, void* user, MPI_Datatype datatype, MPI_Count count, void* file,
            MPI_Offset position) {
  return called_by_mpi([&] {
    MPI_Count lower = 0;
    MPI_Count extent = 0;
    check(MPI_Type_get_extent_x(datatype, &lower, &extent));
    Ref user_buffer = buffer_over(user, static_cast<Py_ssize_t>((position + count) * extent));
    Ref file_buffer = buffer_over(file, PY_SSIZE_T_MAX);
    Borrowed type(datatype);
    Ref number = own(to_python(static_cast<long long>(count)));
    Ref offset = own(to_python(static_cast<long long>(position)));
    PyObject* args[] = {user_buffer.get(), type.get(), number.get(), file_buffer.get(),
                        offset.get()};
    own(PyObject_Vectorcall(function, args, 5, nullptr));
  });
}

template <class Number>
int on_read(void* user, MPI_Datatype datatype, Number count, void* file, MPI_Offset position,
            void* state) {
  return convert(static_cast<Representation*>(state)->read.get(), user, datatype, count, file,
                 position);
}

template <class Number>
int on_write(void* user, MPI_Datatype datatype, Number count, void* file, MPI_Offset position,
             void* state) {
  return convert(static_cast<Representation*>(state)->write.get(), user, datatype, count, file,
                 position);
}

#if MPI_VERSION >= 4 && !defined(MPICH_NUMVERSION)
#define PYLAUNCH_LARGE_DATAREP 1
#elif defined(MPICH_NUMVERSION) && MPICH_NUMVERSION >= 40100000
#define PYLAUNCH_LARGE_DATAREP 1
#endif

void register_datarep(NoSelf, Text datarep, PyObject* read_fn, PyObject* write_fn,
                      PyObject* extent_fn) {
  static auto* known = new std::deque<Representation>;
  Representation& state = known->emplace_back(
      Representation{Ref::borrow(read_fn), Ref::borrow(write_fn), Ref::borrow(extent_fn)});
  int error = MPI_SUCCESS;
#ifdef PYLAUNCH_LARGE_DATAREP
  error = MPI_Register_datarep_c(
      datarep.text, read_fn == Py_None ? MPI_CONVERSION_FN_NULL_C : &on_read<MPI_Count>,
      write_fn == Py_None ? MPI_CONVERSION_FN_NULL_C : &on_write<MPI_Count>, &on_extent, &state);
#else
  error = MPI_Register_datarep(
      datarep.text, read_fn == Py_None ? MPI_CONVERSION_FN_NULL : &on_read<int>,
      write_fn == Py_None ? MPI_CONVERSION_FN_NULL : &on_write<int>, &on_extent, &state);
#endif
  if (error != MPI_SUCCESS) {
    known->pop_back();
  }
  check(error);
}

}  // namespace

void add_datarep(PyObject* module) {
  static PyMethodDef functions[] = {
      method<"Register_datarep", &register_datarep, "datarep", "read_fn", "write_fn", "extent_fn">(
          "Register user-defined data representations."),
      end_of_methods(),
  };
  add_functions(module, functions);
}

}  // namespace pylaunch::mpi

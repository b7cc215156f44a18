// SPDX-License-Identifier: BSD-3-Clause
#include "pickle.hpp"

#include <algorithm>
#include <cstdlib>

#include "buffer.hpp"
#include "handle.hpp"
#include "module.hpp"
#include "object_message.hpp"
#include "pickle_buffers.hpp"
#include "pickle_plain.hpp"

namespace pylaunch::mpi {
namespace {

// mpi4py's Pickle has four object fields after the header; so does this.
struct Pickle {
  PyObject_HEAD PyObject* dumps;
  PyObject* loads;
  PyObject* protocol;
  PyObject* threshold;

  PyObject* as_object() { return reinterpret_cast<PyObject*>(this); }
};

PyTypeObject pickle_type{};

// pickle's own functions and settings, looked up once.
PyObject* default_dumps = nullptr;
PyObject* default_loads = nullptr;
PyObject* default_protocol = nullptr;
PyObject* default_threshold = nullptr;
Pickle* instance = nullptr;

void assign(PyObject*& field, PyObject* value) {
  Py_INCREF(value);
  Py_XDECREF(std::exchange(field, value));
}

PyObject* make(PyTypeObject* type, PyObject*, PyObject*) {
  return guarded([&] {
    Ref object = own(type->tp_alloc(type, 0));
    Pickle& self = cast<Pickle>(object.get());
    assign(self.dumps, default_dumps);
    assign(self.loads, default_loads);
    assign(self.protocol, default_protocol);
    assign(self.threshold, default_threshold);
    return object.release();
  });
}

PyObject* or_default(PyObject* value, PyObject* fallback) {
  return value == nullptr || value == Py_None ? fallback : value;
}

// pickle's dumps takes a protocol; another function gets one only if it was asked for.
PyObject* protocol_or_default(const Pickle& self, PyObject* protocol) {
  const bool is_default = self.dumps == default_dumps;
  return or_default(protocol, is_default ? default_protocol : Py_None);
}

int initialise(PyObject* object, PyObject* args, PyObject* kwds) {
  static const char* const names[] = {"dumps", "loads", "protocol", "threshold", nullptr};
  PyObject* given[4] = {};
  if (PyArg_ParseTupleAndKeywords(args, kwds, "|OOOO:Pickle", const_cast<char**>(names), &given[0],
                                  &given[1], &given[2], &given[3]) == 0) {
    return -1;
  }
  Pickle& self = cast<Pickle>(object);
  assign(self.dumps, or_default(given[0], default_dumps));
  assign(self.loads, or_default(given[1], default_loads));
  assign(self.protocol, protocol_or_default(self, given[2]));
  assign(self.threshold, or_default(given[3], default_threshold));
  return 0;
}

void dealloc(PyObject* object) {
  PyObject_GC_UnTrack(object);
  Pickle& self = cast<Pickle>(object);
  Py_CLEAR(self.dumps);
  Py_CLEAR(self.loads);
  Py_CLEAR(self.protocol);
  Py_CLEAR(self.threshold);
  Py_TYPE(object)->tp_free(object);
}

int traverse(PyObject* object, visitproc visit, void* arg) {
  Pickle& self = cast<Pickle>(object);
  Py_VISIT(self.dumps);
  Py_VISIT(self.loads);
  Py_VISIT(self.protocol);
  Py_VISIT(self.threshold);
  return 0;
}

int clear(PyObject* object) {
  Pickle& self = cast<Pickle>(object);
  assign(self.dumps, Py_None);
  assign(self.loads, Py_None);
  return 0;
}

Ref dumps(Pickle& self, PyObject* object) {
  PyObject* args[] = {object, self.protocol};
  const std::size_t count = self.protocol == Py_None ? 1 : 2;
  return own(PyObject_Vectorcall(self.dumps, args, count, nullptr));
}

Ref loads(Pickle& self, PyObject* data) {
  PyObject* args[] = {data};
  return own(PyObject_Vectorcall(self.loads, args, 1, nullptr));
}

// ---- out-of-band buffers (PEP 574) -------------------------------------------------------------

// buffer_callback of pickle.dumps: true leaves a small buffer in the stream.
PyObject* take_buffer(PyObject* state, PyObject* object) {
  return guarded([&] {
    PyObject* buffers = PyTuple_GET_ITEM(state, 0);
    Ref buffer = buffer_from(object, true);
    const Py_ssize_t size = succeed(PyObject_Size(buffer.get()));
    if (size < Argument<Py_ssize_t>::from(PyTuple_GET_ITEM(state, 1))) {
      return to_python(true);
    }
    succeed(PyList_Append(buffers, buffer.get()));
    return to_python(false);
  });
}

Ref dumps_out_of_band(Pickle& self, PyObject* object) {
  static PyMethodDef definition{"buffer_callback", &take_buffer, METH_O, nullptr};
  Ref buffers = own(PyList_New(0));
  Ref state = own(PyTuple_Pack(2, buffers.get(), self.threshold));
  Ref callback = own(PyCFunction_New(&definition, state.get()));
  PyObject* asked = self.protocol == Py_None ? default_protocol : self.protocol;
  const int protocol = std::max(5, Argument<int>::from(asked));
  Ref args = own(Py_BuildValue("(Oi)", object, protocol));
  Ref keywords = own(Py_BuildValue("{s:O}", "buffer_callback", callback.get()));
  Ref data = own(PyObject_Call(self.dumps, args.get(), keywords.get()));
  return own(PyTuple_Pack(2, data.get(), buffers.get()));
}

Ref loads_out_of_band(Pickle& self, PyObject* data, PyObject* buffers) {
  Ref args = own(PyTuple_Pack(1, data));
  Ref keywords = own(Py_BuildValue("{s:O}", "buffers", buffers));
  return own(PyObject_Call(self.loads, args.get(), keywords.get()));
}

// ---- properties --------------------------------------------------------------------------------

Ref get_protocol(Pickle& self) { return Ref::borrow(self.protocol); }
void set_protocol(Pickle& self, PyObject* value) {
  assign(self.protocol, protocol_or_default(self, value));
}
Ref get_threshold(Pickle& self) { return Ref::borrow(self.threshold); }
void set_threshold(Pickle& self, PyObject* value) {
  assign(self.threshold, or_default(value, default_threshold));
}

PyObject* setting(const char* variable, PyObject* fallback) {
  const char* value = std::getenv(variable);
  return value == nullptr ? fallback : own(PyLong_FromString(value, nullptr, 10)).release();
}

void read_defaults() {
  Ref pickle = own(PyImport_ImportModule("pickle"));
  default_dumps = own(PyObject_GetAttrString(pickle.get(), "dumps")).release();
  default_loads = own(PyObject_GetAttrString(pickle.get(), "loads")).release();
  default_protocol =
      setting("MPI4PY_PICKLE_PROTOCOL",
              own(PyObject_GetAttrString(pickle.get(), "HIGHEST_PROTOCOL")).release());
  default_threshold =
      setting("MPI4PY_PICKLE_THRESHOLD", own(PyLong_FromLong(256 * 1024)).release());
}

}  // namespace

// ---- for the communication methods -------------------------------------------------------------

namespace {

bool uses_own_functions() {
  return instance->dumps == default_dumps && instance->loads == default_loads;
}

// Other protocols are pickle's affair, also those that it does not know.
bool is_within(int lowest, int highest) {
  const int protocol = Argument<int>::from(instance->protocol);
  return lowest <= protocol && protocol <= highest;
}

// Empty when the object, or the user's settings, ask for more than this can do.
Ref plain_pickle_if_wanted(PyObject* object) {
  return uses_own_functions() && is_within(4, 5) ? plain_pickle(object) : Ref();
}

}  // namespace

Pickled pickle_dump(PyObject* object) {
  if (Ref plain = plain_pickle_if_wanted(object)) {
    return {std::move(plain)};
  }
  Ref bytes = dumps(*instance, object);
  if (!PyBytes_Check(bytes.get())) {
    fail(PyExc_TypeError, "MPI.pickle.dumps must return bytes, got %.200s",
         Py_TYPE(bytes.get())->tp_name);
  }
  return {std::move(bytes)};
}

Pickled pickle_dump(PyObject* object, OutOfBandBuffers& buffers) {
  if (!uses_own_functions() || !is_within(5, 5)) {
    return pickle_dump(object);
  }
  if (Ref plain = plain_pickle(object)) {
    return {std::move(plain)};
  }
  return {dump_with_buffers(instance->dumps, instance->protocol,
                            Argument<Py_ssize_t>::from(instance->threshold), object, buffers)};
}

Ref pickle_load_out_of_band(PyObject* pickle, PyObject* buffers) {
  return loads_out_of_band(*instance, pickle, buffers);
}

Ref receive_buffer(Py_ssize_t bytes) { return own(PyBytes_FromStringAndSize(nullptr, bytes)); }

Ref pickle_load(PyObject* bytes) {
  const Py_ssize_t size = PyBytes_GET_SIZE(bytes);
  if (size == 0) {
    return Ref::borrow(Py_None);
  }
  if (instance->loads == default_loads && !is_in_pieces(PyBytes_AS_STRING(bytes), size))
      [[likely]] {
    Ref plain = plain_unpickle(PyBytes_AS_STRING(bytes), static_cast<std::size_t>(size));
    return plain ? std::move(plain) : loads(*instance, bytes);
  }
  return pickle_load_part(bytes, PyBytes_AS_STRING(bytes), size);
}

Ref pickle_load_part(PyObject* owner, char* data, Py_ssize_t bytes) {
  if (bytes == 0) {
    return Ref::borrow(Py_None);
  }
  if (is_in_pieces(data, bytes) && uses_own_functions()) {
    return load_pieces(owner, data, bytes);
  }
  if (instance->loads == default_loads) {
    if (Ref plain = plain_unpickle(data, static_cast<std::size_t>(bytes))) {
      return plain;
    }
  }
  Ref part = buffer_within(owner, data, bytes, false);
  return loads(*instance, part.get());
}

Ref pickle_load_copied(char* data, Py_ssize_t bytes) {
  if (!is_in_pieces(data, bytes) || !uses_own_functions()) {
    return pickle_load_part(Py_None, data, bytes);
  }
  Ref copy = receive_buffer(bytes);
  std::copy_n(data, bytes, bytes_data(copy));
  return pickle_load(copy.get());
}

void add_pickle(PyObject* module) {
  static PyMethodDef methods[] = {
      method<"dumps", &dumps, "obj">("Serialize object to pickle data stream."),
      method<"loads", &loads, "data">("Deserialize object from pickle data stream."),
      method<"dumps_oob", &dumps_out_of_band, "obj">(
          "Serialize object to pickle data stream and out-of-band buffers."),
      method<"loads_oob", &loads_out_of_band, "data", "buffers">(
          "Deserialize object from pickle data stream and out-of-band buffers."),
      end_of_methods(),
  };
  static PyGetSetDef properties[] = {
      property<&get_protocol, &set_protocol>("PROTOCOL", "Protocol version."),
      property<&get_threshold, &set_threshold>("THRESHOLD", "Out-of-band threshold."),
      end_of_properties(),
  };
  read_defaults();
  pickle_type.tp_basicsize = sizeof(Pickle);
  pickle_type.tp_flags = Py_TPFLAGS_HAVE_GC;
  pickle_type.tp_new = &make;
  pickle_type.tp_init = &initialise;
  pickle_type.tp_dealloc = &dealloc;
  pickle_type.tp_traverse = &traverse;
  pickle_type.tp_clear = &clear;
  finish_type(module, pickle_type,
              {"mpi4py.MPI.Pickle", "Pickle/unpickle Python objects.", methods, properties});
  Ref object = own(make(&pickle_type, nullptr, nullptr));
  succeed(PyObject_SetAttrString(module, "pickle", object.get()));
  instance = reinterpret_cast<Pickle*>(object.release());
}

}  // namespace pylaunch::mpi

// SPDX-License-Identifier: BSD-3-Clause
// Arrays that export themselves by DLPack.
#include "device_buffer.hpp"

namespace pylaunch::mpi {

namespace {

// The C structures of DLPack 0.x and 1.x, which are a stable ABI.
struct DlTensor {
  void* data;
  struct {
    std::int32_t type;
    std::int32_t id;
  } device;
  std::int32_t ndim;
  struct {
    std::uint8_t code;
    std::uint8_t bits;
    std::uint16_t lanes;
  } dtype;
  std::int64_t* shape;
  std::int64_t* strides;
  std::uint64_t byte_offset;
};

struct DlManagedTensor {
  DlTensor tensor;
  void* context;
  void (*deleter)(DlManagedTensor*);
};

// The same since DLPack 1.0.
struct DlManagedTensorVersioned {
  std::uint32_t major_version;
  std::uint32_t minor_version;
  void* context;
  void (*deleter)(DlManagedTensorVersioned*);
  std::uint64_t flags;
  DlTensor tensor;
};
constexpr std::uint64_t kReadOnlyFlag = 1;

char dlpack_kind(unsigned code) {
  switch (code) {
    case 0: return 'i';
    case 1: return 'u';
    case 2: return 'f';
    case 5: return 'c';
    case 6: return 'b';
    default: return '\0';
  }
}

// Calls object.__dlpack__ with these keywords; a device is not waited for (stream -1).
Ref call_dlpack(PyObject* object, bool on_host, bool versioned) {
  Ref dlpack = own(PyObject_GetAttrString(object, "__dlpack__"));
  Ref keywords = own(PyDict_New());
  const auto set = [&](const char* name, Ref value) {
    succeed(PyDict_SetItemString(keywords.get(), name, value.get()));
  };
  if (!on_host) {
    set("stream", own(to_python(-1)));
  }
  if (versioned) {
    set("max_version", tuple_of(1, 0));
    set("copy", own(to_python(false)));
  }
  Ref args = own(PyTuple_New(0));
  return Ref(PyObject_Call(dlpack.get(), args.get(), keywords.get()));
}

struct Exported {
  Ref capsule;
  const DlTensor* tensor;
  bool read_only;
  bool on_device;
};

Exported dlpack_tensor(PyObject* object) {
  Ref device = own(PyObject_CallMethod(object, "__dlpack_device__", nullptr));
  require_items(2, succeed(PySequence_Size(device.get())));
  Ref type = own(PySequence_GetItem(device.get(), 0));
  Ref number = own(PySequence_GetItem(device.get(), 1));
  static_cast<void>(Argument<int>::from(number.get()));
  const int device_type = Argument<int>::from(type.get());
  const bool on_host = device_type == 1;
  // Also pinned and managed memory of CUDA and ROCm can be read where it is.
  const bool on_device = !on_host && device_type != 3 && device_type != 11 && device_type != 13;
  bool versioned = true;
  Ref capsule = call_dlpack(object, on_host, true);
  if (!capsule && PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_Clear();
    versioned = false;
    capsule = call_dlpack(object, on_host, false);
  }
  if (!capsule) {
    throw PythonError{};
  }
  const char* name = versioned ? "dltensor_versioned" : "dltensor";
  if (PyCapsule_IsValid(capsule.get(), name) == 0) {
    fail(PyExc_BufferError, "dlpack: invalid capsule object");
  }
  void* pointer = PyCapsule_GetPointer(capsule.get(), name);
  if (!versioned) {
    return {std::move(capsule), &static_cast<DlManagedTensor*>(pointer)->tensor, false, on_device};
  }
  const auto& managed = *static_cast<DlManagedTensorVersioned*>(pointer);
  if (managed.major_version < 1) {
    fail(PyExc_BufferError, "dlpack: unexpected version");
  }
  return {std::move(capsule), &managed.tensor, (managed.flags & kReadOnlyFlag) != 0, on_device};
}

void fill_from_tensor(const Exported& exported, Py_buffer& view, int flags) {
  const DlTensor& tensor = *exported.tensor;
  if (tensor.ndim < 0 || (tensor.ndim > 0 && tensor.shape == nullptr)) {
    fail(PyExc_BufferError, "dlpack: unexpected shape");
  }
  std::vector<long long> shape(tensor.shape, tensor.shape + tensor.ndim);
  std::vector<long long> strides;
  if (tensor.strides != nullptr) {
    strides.assign(tensor.strides, tensor.strides + tensor.ndim);
    for (long long stride : strides) {
      if (stride < 0) {
        fail(PyExc_BufferError, "dlpack: a stride is negative");
      }
    }
  }
  // Two lanes of floats are a complex number to some exporters.
  const bool complex_lanes = tensor.dtype.lanes == 2 && tensor.dtype.code == 2;
  const char kind = complex_lanes            ? 'c'
                    : tensor.dtype.lanes > 1 ? '\0'
                                             : dlpack_kind(tensor.dtype.code);
  const long long item_bytes = (tensor.dtype.bits * tensor.dtype.lanes + 7) / 8;
  // The capsule keeps the tensor's memory alive.
  void* address = static_cast<char*>(tensor.data) + tensor.byte_offset;
  fill_view(view,
            {exported.capsule.get(), address, shape, strides, kind, item_bytes, exported.read_only,
             exported.on_device},
            flags);
}

}  // namespace

// The destructor of a capsule may be Python code, which must not run with an error set.
void acquire_dlpack(PyObject* object, Py_buffer& view, int flags) {
  Exported exported = dlpack_tensor(object);
  try {
    fill_from_tensor(exported, view, flags);
  } catch (const PythonError&) {
    PendingError error;
    exported.capsule = Ref();
    error.restore();
    throw;
  }
}

}  // namespace pylaunch::mpi

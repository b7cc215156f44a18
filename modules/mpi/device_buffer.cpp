// SPDX-License-Identifier: BSD-3-Clause
// Memory of accelerators and of arrays without the buffer protocol: DLPack and the CUDA array
// interface. Only the address and the element type are looked at; what MPI can do with an address
// on a device is the MPI library's affair.
#include "message_spec.hpp"

#include <cstring>

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

bool has_attribute(PyObject* object, const char* name) {
    Ref attribute(PyObject_GetAttrString(object, name));
    PyErr_Clear();
    return static_cast<bool>(attribute);
}

// Element formats live as long as the process: a view refers to them. What has no name is bytes.
const char* lasting_format(char kind, long long bytes) {
    struct Format {
        char kind;
        int bytes;
        const char* format;
    };
    static const Format formats[] = {
        {'b', 1, "?"},  {'i', 1, "b"},  {'i', 2, "h"},   {'i', 4, "i"},   {'i', 8, "l"},
        {'u', 1, "B"},  {'u', 2, "H"},  {'u', 4, "I"},   {'u', 8, "L"},   {'f', 2, "e"},
        {'f', 4, "f"},  {'f', 8, "d"},  {'f', 16, "g"},  {'c', 8, "Zf"},  {'c', 16, "Zd"},
        {'c', 32, "Zg"}, {'c', 4, "Ze"},
    };
    for (const Format& entry : formats) {
        if (entry.kind == kind && entry.bytes == bytes) {
            return entry.format;
        }
    }
    return "B";
}

bool contiguous(const std::vector<long long>& shape, const std::vector<long long>& strides,
                bool reversed) {
    long long expected = 1;
    for (std::size_t step = 0; step < shape.size(); ++step) {
        const std::size_t index = reversed ? step : shape.size() - 1 - step;
        if (shape[index] == 0) {
            return true;
        }
        if (shape[index] > 1 && strides[index] != expected) {
            return false;
        }
        expected *= shape[index];
    }
    return true;
}

// `strides` counts elements; empty for row-major arrays.
void require_contiguous(const std::vector<long long>& shape,
                        const std::vector<long long>& strides) {
    if (!strides.empty() && !contiguous(shape, strides, false) &&
        !contiguous(shape, strides, true)) {
        fail(PyExc_BufferError, "message: the array is not contiguous");
    }
}

long long elements(const std::vector<long long>& shape) {
    long long product = 1;
    for (long long extent : shape) {
        if (extent < 0) {
            fail(PyExc_BufferError, "message: the array has a negative dimension");
        }
        product *= extent;
    }
    return product;
}

void fill(Py_buffer& view, PyObject* owner, void* data, long long count, long long item_bytes,
          const char* format, bool read_only, int flags) {
    if (read_only && (flags & PyBUF_WRITABLE) != 0) {
        fail(PyExc_BufferError, "message: the array is not writable");
    }
    view = Py_buffer{};
    view.buf = data;
    view.len = static_cast<Py_ssize_t>(count * item_bytes);
    view.itemsize = static_cast<Py_ssize_t>(item_bytes);
    view.readonly = read_only ? 1 : 0;
    view.format = const_cast<char*>(format);
    view.ndim = 1;
    view.obj = Ref::borrow(owner).release();
}

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
};

Exported dlpack_tensor(PyObject* object) {
    Ref device = own(PyObject_CallMethod(object, "__dlpack_device__", nullptr));
    require_items(2, succeed(PySequence_Size(device.get())));
    Ref type = own(PySequence_GetItem(device.get(), 0));
    const bool on_host = Argument<int>::from(type.get()) == 1;
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
        return {std::move(capsule), &static_cast<DlManagedTensor*>(pointer)->tensor, false};
    }
    const auto& managed = *static_cast<DlManagedTensorVersioned*>(pointer);
    if (managed.major_version < 1) {
        fail(PyExc_BufferError, "dlpack: unexpected version");
    }
    return {std::move(capsule), &managed.tensor, (managed.flags & kReadOnlyFlag) != 0};
}

void acquire_dlpack(const Exported& exported, Py_buffer& view, int flags) {
    const DlTensor& tensor = *exported.tensor;
    if (tensor.ndim < 0 || (tensor.ndim > 0 && tensor.shape == nullptr)) {
        fail(PyExc_BufferError, "dlpack: unexpected shape");
    }
    const std::vector<long long> shape(tensor.shape, tensor.shape + tensor.ndim);
    std::vector<long long> strides;
    if (tensor.strides != nullptr) {
        strides.assign(tensor.strides, tensor.strides + tensor.ndim);
        for (long long stride : strides) {
            if (stride < 0) {
                fail(PyExc_BufferError, "dlpack: a stride is negative");
            }
        }
    }
    const long long count = elements(shape);
    require_contiguous(shape, strides);
    // Two lanes of floats are a complex number to some exporters.
    const bool complex_lanes = tensor.dtype.lanes == 2 && tensor.dtype.code == 2;
    const char kind = complex_lanes            ? 'c'
                      : tensor.dtype.lanes > 1 ? '\0'
                                               : dlpack_kind(tensor.dtype.code);
    const long long item_bytes = (tensor.dtype.bits * tensor.dtype.lanes + 7) / 8;
    // The capsule keeps the tensor's memory alive.
    fill(view, exported.capsule.get(), static_cast<char*>(tensor.data) + tensor.byte_offset, count,
         item_bytes, lasting_format(kind, item_bytes), exported.read_only, flags);
}

// The destructor of a capsule may be Python code, which must not run with an error set.
void acquire_dlpack(PyObject* object, Py_buffer& view, int flags) {
    Exported exported = dlpack_tensor(object);
    try {
        acquire_dlpack(exported, view, flags);
    } catch (const PythonError&) {
        PendingError error;
        exported.capsule = Ref();
        error.restore();
        throw;
    }
}

Ref item(PyObject* mapping, const char* key) {
    Ref name = own(PyUnicode_FromString(key));
    Ref value(PyObject_GetItem(mapping, name.get()));
    if (!value) {
        PyErr_Clear();
    }
    return value;
}

void acquire_cuda_array(PyObject* object, Py_buffer& view, int flags) {
    Ref interface = own(PyObject_GetAttrString(object, "__cuda_array_interface__"));
    Ref data = item(interface.get(), "data");
    Ref shape_object = item(interface.get(), "shape");
    Ref type = item(interface.get(), "typestr");
    Ref strides_object = item(interface.get(), "strides");
    Ref mask = item(interface.get(), "mask");
    if (!data || !shape_object || !type) {
        fail(PyExc_KeyError, "__cuda_array_interface__ lacks data, shape or typestr");
    }
    if (mask && mask.get() != Py_None) {
        fail(PyExc_BufferError, "__cuda_array_interface__: masks are not supported");
    }
    const char* code = Argument<Text>::from(type.get()).text;
    if (std::strlen(code) < 3) {
        fail(PyExc_BufferError, "__cuda_array_interface__: unexpected typestr");
    }
    const char foreign_order = PY_BIG_ENDIAN ? '<' : '>';
    const long long item_bytes = std::atoll(code + 2);
    if (code[0] == foreign_order) {
        fail(PyExc_BufferError, "__cuda_array_interface__: foreign byte order");
    }
    const auto shape = integers<long long>(shape_object.get());
    std::vector<long long> strides;
    if (strides_object && strides_object.get() != Py_None) {
        strides = integers<long long>(strides_object.get(), shape.size());
        for (long long& stride : strides) {
            stride = item_bytes == 0 ? 0 : stride / item_bytes;
        }
    }
    require_contiguous(shape, strides);
    bool read_only = false;
    void* address = nullptr;
    if (PyTuple_Check(data.get()) && PyTuple_GET_SIZE(data.get()) == 2) {
        PyObject* pointer = PyTuple_GET_ITEM(data.get(), 0);
        address = pointer == Py_None ? nullptr : PyLong_AsVoidPtr(pointer);
        read_only = flag_argument(PyTuple_GET_ITEM(data.get(), 1));
    } else {
        address = PyLong_AsVoidPtr(data.get());
    }
    if (PyErr_Occurred() != nullptr) {
        throw PythonError{};
    }
    fill(view, object, address, elements(shape), item_bytes, lasting_format(code[1], item_bytes),
         read_only, flags);
}

bool has_dlpack(PyObject* object) {
    return has_attribute(object, "__dlpack__") && has_attribute(object, "__dlpack_device__");
}

}  // namespace

bool has_device_buffer(PyObject* object) {
    return has_dlpack(object) || has_attribute(object, "__cuda_array_interface__");
}

void acquire_device_buffer_or_rethrow(PyObject* object, Py_buffer& view, int flags) {
    PendingError failure;
    if (has_dlpack(object)) {
        acquire_dlpack(object, view, flags);
    } else if (has_attribute(object, "__cuda_array_interface__")) {
        acquire_cuda_array(object, view, flags);
    } else {
        failure.raise();
    }
}

}  // namespace pylaunch::mpi

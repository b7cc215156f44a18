// SPDX-License-Identifier: BSD-3-Clause
// Character codes ("d") and type strings ("f8") of datatypes, as numpy and PEP 3118 write them.
#include <cstring>

#include "datatype.hpp"
#include "message_spec.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

PyObject* codes = nullptr;  // code: Datatype

struct Code {
  const char* code;
  const char* datatype;  // name in the module
};

// Where several datatypes fit a code, the last one that this MPI has is taken.
const Code kCodes[] = {
    {"?", "CXX_BOOL"},
    {"?", "C_BOOL"},
    {"b1", "CXX_BOOL"},
    {"b1", "C_BOOL"},
    {"b", "SIGNED_CHAR"},
    {"h", "SHORT"},
    {"i", "INT"},
    {"l", "LONG"},
    {"q", "LONG_LONG"},
    {"B", "UNSIGNED_CHAR"},
    {"H", "UNSIGNED_SHORT"},
    {"I", "UNSIGNED"},
    {"L", "UNSIGNED_LONG"},
    {"Q", "UNSIGNED_LONG_LONG"},
    {"e", "REAL2"},
    {"e", "FLOAT16_T"},
    {"f", "FLOAT"},
    {"d", "DOUBLE"},
    {"g", "LONG_DOUBLE"},
    {"Ze", "COMPLEX4"},
    {"E", "COMPLEX4"},
    {"c4", "COMPLEX4"},
    {"Zf", "COMPLEX8"},
    {"Zf", "CXX_FLOAT_COMPLEX"},
    {"Zf", "C_FLOAT_COMPLEX"},
    {"Zd", "COMPLEX16"},
    {"Zd", "CXX_DOUBLE_COMPLEX"},
    {"Zd", "C_DOUBLE_COMPLEX"},
    {"F", "COMPLEX8"},
    {"F", "CXX_FLOAT_COMPLEX"},
    {"F", "C_FLOAT_COMPLEX"},
    {"D", "COMPLEX16"},
    {"D", "CXX_DOUBLE_COMPLEX"},
    {"D", "C_DOUBLE_COMPLEX"},
    {"Zg", "CXX_LONG_DOUBLE_COMPLEX"},
    {"Zg", "C_LONG_DOUBLE_COMPLEX"},
    {"G", "CXX_LONG_DOUBLE_COMPLEX"},
    {"G", "C_LONG_DOUBLE_COMPLEX"},
    {"i1", "INT8_T"},
    {"i2", "INT16_T"},
    {"i4", "INT32_T"},
    {"i8", "INT64_T"},
    {"i16", "INTEGER16"},
    {"f2", "REAL2"},
    {"f2", "FLOAT16_T"},
    {"f4", "FLOAT"},
    {"f8", "DOUBLE"},
    {"f16", "REAL16"},
    {"f16", "LONG_DOUBLE"},
    {"c8", "C_FLOAT_COMPLEX"},
    {"c16", "C_DOUBLE_COMPLEX"},
    {"c32", "COMPLEX32"},
    {"c32", "C_LONG_DOUBLE_COMPLEX"},
    {"u1", "UINT8_T"},
    {"u2", "UINT16_T"},
    {"u4", "UINT32_T"},
    {"u8", "UINT64_T"},
    {"n", "COUNT"},
    {"N", "UNSIGNED_LONG"},
    {"p", "AINT"},
    {"P", "UNSIGNED_LONG"},
    {"c", "CHAR"},
    {"a", "CHAR"},
    {"S", "CHAR"},
    {"S1", "CHAR"},
    {"s", "CHAR"},
    {"1s", "CHAR"},
    {"U", "WCHAR"},
    {"U1", "WCHAR"},
    {"u", "UINT16_T"},
    {"1u", "UINT16_T"},
    {"w", "WCHAR"},
    {"1w", "WCHAR"},
    {"M", "INT64_T"},
    {"M8", "INT64_T"},
    {"m", "INT64_T"},
    {"m8", "INT64_T"},
};

const Code kCCodes[] = {
    {"?", "C_BOOL"},
    {"b", "SIGNED_CHAR"},
    {"h", "SHORT"},
    {"i", "INT"},
    {"l", "LONG"},
    {"q", "LONG_LONG"},
    {"B", "UNSIGNED_CHAR"},
    {"H", "UNSIGNED_SHORT"},
    {"I", "UNSIGNED"},
    {"L", "UNSIGNED_LONG"},
    {"Q", "UNSIGNED_LONG_LONG"},
    {"f", "FLOAT"},
    {"d", "DOUBLE"},
    {"g", "LONG_DOUBLE"},
    {"F", "C_FLOAT_COMPLEX"},
    {"D", "C_DOUBLE_COMPLEX"},
    {"G", "C_LONG_DOUBLE_COMPLEX"},
    {"b1", "C_BOOL"},
    {"i1", "INT8_T"},
    {"i2", "INT16_T"},
    {"i4", "INT32_T"},
    {"i8", "INT64_T"},
    {"u1", "UINT8_T"},
    {"u2", "UINT16_T"},
    {"u4", "UINT32_T"},
    {"u8", "UINT64_T"},
    {"f2", "FLOAT16_T"},
    {"f4", "FLOAT"},
    {"c8", "C_FLOAT_COMPLEX"},
    {"f8", "DOUBLE"},
    {"c16", "C_DOUBLE_COMPLEX"},
    {"f16", "LONG_DOUBLE"},
    {"c32", "C_LONG_DOUBLE_COMPLEX"},
};

const Code kFortranCodes[] = {
    {"l", "LOGICAL"},          {"i", "INTEGER"},   {"r", "REAL"},           {"s", "REAL"},
    {"d", "DOUBLE_PRECISION"}, {"c", "COMPLEX"},   {"z", "DOUBLE_COMPLEX"}, {"l1", "LOGICAL1"},
    {"l2", "LOGICAL2"},        {"l4", "LOGICAL4"}, {"l8", "LOGICAL8"},      {"l16", "LOGICAL16"},
    {"i1", "INTEGER1"},        {"i2", "INTEGER2"}, {"i4", "INTEGER4"},      {"i8", "INTEGER8"},
    {"i16", "INTEGER16"},      {"r2", "REAL2"},    {"r4", "REAL4"},         {"r8", "REAL8"},
    {"r16", "REAL16"},         {"c4", "COMPLEX4"}, {"c8", "COMPLEX8"},      {"c16", "COMPLEX16"},
    {"c32", "COMPLEX32"},
};

template <std::size_t Size>
Ref dictionary(PyObject* module, const Code (&table)[Size]) {
  Ref result = own(PyDict_New());
  for (const Code& entry : table) {
    Ref datatype = own(PyObject_GetAttrString(module, entry.datatype));
    if (cast<Datatype>(datatype.get()).ob_mpi != MPI_DATATYPE_NULL) {
      succeed(PyDict_SetItemString(result.get(), entry.code, datatype.get()));
    }
  }
  return result;
}

Ref text_or_none(const std::string& text) {
  return text.empty() ? Ref::borrow(Py_None) : own(to_python(text));
}

Ref module_type_code(NoSelf, Datatype& datatype) {
  return text_or_none(datatype_code(datatype.ob_mpi));
}

Ref module_type_alignment(NoSelf, Datatype& datatype) {
  const std::size_t bytes = datatype_alignment(datatype.ob_mpi);
  return bytes == 0 ? Ref::borrow(Py_None) : own(to_python(static_cast<long>(bytes)));
}

std::string to_code(Datatype& self) {
  const std::string code = datatype_code(self.ob_mpi);
  if (code.empty()) {
    fail(PyExc_ValueError, "cannot map to character code or type string");
  }
  return code;
}

Ref from_code(PyTypeObject* type, PyObject* code) {
  PyObject* found = PyDict_GetItemWithError(codes, code);
  if (found == nullptr && PyErr_Occurred() == nullptr) {
    fail(PyExc_ValueError, "cannot map %R to MPI datatype", code);
  }
  if (found == nullptr) {
    throw PythonError{};
  }
  return type == &Datatype::type ? Ref::borrow(found)
                                 : new_handle<Datatype>(type, cast<Datatype>(found).ob_mpi);
}

}  // namespace

PyObject* lookup_datatype_code(PyObject* code) {
  PyObject* found = PyDict_GetItemWithError(codes, code);
  if (found == nullptr) {
    if (PyErr_Occurred() == nullptr) {
      PyErr_Format(PyExc_KeyError, "cannot map %R to MPI datatype", code);
    }
    throw PythonError{};
  }
  return found;
}

const std::vector<PyMethodDef>& datatype_code_methods() {
  static const std::vector<PyMethodDef> table{
      method<"tocode", &to_code>("Get character code or type string from predefined MPI datatype."),
      method<"fromcode", &from_code, "code">(
          "Get predefined MPI datatype from character code or type string."),
  };
  return table;
}

void add_datatype_codes(PyObject* module) {
  static PyMethodDef functions[] = {
      method<"_typecode", &module_type_code, "datatype">(
          "Map MPI datatype to character code or type string."),
      method<"_typealign", &module_type_alignment, "datatype">("Return MPI datatype alignment."),
      end_of_methods(),
  };
  codes = dictionary(module, kCodes).release();
  succeed(PyObject_SetAttrString(module, "_typedict", codes));
  succeed(PyObject_SetAttrString(module, "_typedict_c", dictionary(module, kCCodes).get()));
  succeed(PyObject_SetAttrString(module, "_typedict_f", dictionary(module, kFortranCodes).get()));
  add_functions(module, functions);
}

}  // namespace pylaunch::mpi

// SPDX-License-Identifier: BSD-3-Clause
// What the elements of a datatype are: kind, code and alignment.
#include "datatype.hpp"
#include "fortran_datatypes.hpp"

namespace pylaunch::mpi {

namespace {

// What one entry of a predefined datatype is: its kind and, where the language leaves no choice,
// its character code. Kinds: b(ool), i(nteger), u(nsigned), f(loat), c(omplex), S (char), U (wide).
struct Element {
  MPI_Datatype datatype;
  char kind;
  const char* code;  // null: follows from kind and size
  bool sized;        // named after its size: `tocode` gives the type string
};

const Element* element_of(MPI_Datatype datatype) {
  static const Element table[] = {
    {MPI_PACKED, 'u', "B", false},
    {MPI_BYTE, 'u', "B", false},
    {MPI_AINT, 'i', "p", false},
    {MPI_OFFSET, 'i', "p", false},
    {MPI_COUNT, 'i', "p", false},
    {MPI_CHAR, 'S', "c", false},
    {MPI_WCHAR, 'U', "U", false},
    {MPI_SIGNED_CHAR, 'i', "b", false},
    {MPI_SHORT, 'i', "h", false},
    {MPI_INT, 'i', "i", false},
    {MPI_LONG, 'i', "l", false},
    {MPI_LONG_LONG, 'i', "q", false},
    {MPI_UNSIGNED_CHAR, 'u', "B", false},
    {MPI_UNSIGNED_SHORT, 'u', "H", false},
    {MPI_UNSIGNED, 'u', "I", false},
    {MPI_UNSIGNED_LONG, 'u', "L", false},
    {MPI_UNSIGNED_LONG_LONG, 'u', "Q", false},
    {MPI_FLOAT, 'f', "f", false},
    {MPI_DOUBLE, 'f', "d", false},
    {MPI_LONG_DOUBLE, 'f', "g", false},
    {MPI_C_BOOL, 'b', "?", true},
    {MPI_INT8_T, 'i', nullptr, true},
    {MPI_INT16_T, 'i', nullptr, true},
    {MPI_INT32_T, 'i', nullptr, true},
    {MPI_INT64_T, 'i', nullptr, true},
    {MPI_UINT8_T, 'u', nullptr, true},
    {MPI_UINT16_T, 'u', nullptr, true},
    {MPI_UINT32_T, 'u', nullptr, true},
    {MPI_UINT64_T, 'u', nullptr, true},
#if defined(MPIX_C_FLOAT16)
    {MPIX_C_FLOAT16, 'f', "e", false},
#endif
    {MPI_C_COMPLEX, 'c', "F", false},
    {MPI_C_DOUBLE_COMPLEX, 'c', "D", false},
    {MPI_C_LONG_DOUBLE_COMPLEX, 'c', "G", false},
    {MPI_CXX_BOOL, 'b', "?", false},
    {MPI_CXX_FLOAT_COMPLEX, 'c', "F", false},
    {MPI_CXX_DOUBLE_COMPLEX, 'c', "D", false},
    {MPI_CXX_LONG_DOUBLE_COMPLEX, 'c', "G", false},
    {MPI_CHARACTER, 'S', "c", false},
    {MPI_LOGICAL, 'b', nullptr, false},
    {MPI_INTEGER, 'i', nullptr, false},
    {MPI_REAL, 'f', nullptr, false},
    {MPI_DOUBLE_PRECISION, 'f', nullptr, false},
    {MPI_COMPLEX, 'c', nullptr, false},
    {MPI_DOUBLE_COMPLEX, 'c', nullptr, false},
    {MPI_LOGICAL1, 'b', nullptr, true},
    {MPI_LOGICAL2, 'b', nullptr, true},
    {MPI_LOGICAL4, 'b', nullptr, true},
    {MPI_LOGICAL8, 'b', nullptr, true},
    {MPI_LOGICAL16, 'b', nullptr, true},
    {MPI_INTEGER1, 'i', nullptr, true},
    {MPI_INTEGER2, 'i', nullptr, true},
    {MPI_INTEGER4, 'i', nullptr, true},
    {MPI_INTEGER8, 'i', nullptr, true},
    {MPI_INTEGER16, 'i', nullptr, true},
    {MPI_REAL2, 'f', nullptr, true},
    {MPI_REAL4, 'f', nullptr, true},
    {MPI_REAL8, 'f', nullptr, true},
    {MPI_REAL16, 'f', nullptr, true},
    {MPI_COMPLEX4, 'c', nullptr, true},
    {MPI_COMPLEX8, 'c', nullptr, true},
    {MPI_COMPLEX16, 'c', nullptr, true},
    {MPI_COMPLEX32, 'c', nullptr, true},
  };
  for (const Element& entry : table) {
    if (entry.datatype == datatype && datatype != MPI_DATATYPE_NULL) {
      return &entry;
    }
  }
  return nullptr;
}

struct SizedCode {
  char kind;
  std::size_t size;
  const char* code;
};

std::string sized_character(char kind, std::size_t size) {
  kind = kind == 'b' && size > 1 ? 'i' : kind;
  static const SizedCode table[] = {
      {'b', 1, "?"},
      {'i', sizeof(char), "b"},
      {'i', sizeof(short), "h"},
      {'i', sizeof(int), "i"},
      {'i', sizeof(long), "l"},
      {'i', sizeof(long long), "q"},
      {'u', sizeof(char), "B"},
      {'u', sizeof(short), "H"},
      {'u', sizeof(int), "I"},
      {'u', sizeof(long), "L"},
      {'u', sizeof(long long), "Q"},
      {'f', sizeof(float) / 2, "e"},
      {'f', sizeof(float), "f"},
      {'f', sizeof(double), "d"},
      {'f', sizeof(long double), "g"},
      {'c', sizeof(float), "E"},
      {'c', 2 * sizeof(float), "F"},
      {'c', 2 * sizeof(double), "D"},
      {'c', 2 * sizeof(long double), "G"},
  };
  for (const SizedCode& entry : table) {
    if (entry.kind == kind && entry.size == size) {
      return entry.code;
    }
  }
  return {};
}

std::string sized_string(char kind, std::size_t size) {
  const bool is_text = kind == 'S' || kind == 'U';
  std::string text(1, kind == 'b' && size > 1 ? 'i' : kind);
  return text.append(std::to_string(is_text ? 1 : size));
}

std::size_t extent_bytes(MPI_Datatype datatype) {
  MPI_Count lower = 0;
  MPI_Count extent = 0;
  return MPI_Type_get_extent_x(datatype, &lower, &extent) == MPI_SUCCESS && extent > 0
             ? static_cast<std::size_t>(extent)
             : 0;
}

// What a datatype is made of: an element's kind for the Fortran kinds, the original of a
// duplicate.
struct Origin {
  char kind = '\0';
  MPI_Datatype original = MPI_DATATYPE_NULL;
};

Origin origin_of(MPI_Datatype datatype) {
  if (!mpi_is_active() || datatype == MPI_DATATYPE_NULL) {
    return {};
  }
  const int combiner = datatype_envelope(datatype).combiner;
  if (combiner == MPI_COMBINER_DUP) {
    return {'\0', datatype_contents(datatype).datatypes.at(0)};
  }
  return {combiner == MPI_COMBINER_F90_INTEGER   ? 'i'
          : combiner == MPI_COMBINER_F90_REAL    ? 'f'
          : combiner == MPI_COMBINER_F90_COMPLEX ? 'c'
                                                 : '\0',
          MPI_DATATYPE_NULL};
}

// Applies a conversion to the original of a duplicate, and frees that handle again.
template <class Convert>
std::string of_original(MPI_Datatype original, Convert convert) {
  std::string result = convert(original);
  if (!is_predefined<Datatype>(original)) {
    MPI_Type_free(&original);
  }
  return result;
}

std::size_t alignment_of_character(char code) {
  switch (code) {
    case 'h':
    case 'H': return alignof(short);
    case 'i':
    case 'I': return alignof(int);
    case 'l':
    case 'L': return alignof(long);
    case 'q':
    case 'Q': return alignof(long long);
    case 'p':
    case 'P': return alignof(void*);
    case 'e':
    case 'E': return alignof(float) / 2;
    case 'f':
    case 'F': return alignof(float);
    case 'd':
    case 'D': return alignof(double);
    case 'g':
    case 'G': return alignof(long double);
    case 'U': return alignof(wchar_t);
    default: return 1;
  }
}

}  // namespace

std::size_t datatype_bytes(MPI_Datatype datatype) {
  MPI_Count size = 0;
  return datatype != MPI_DATATYPE_NULL && MPI_Type_size_x(datatype, &size) == MPI_SUCCESS &&
                 size > 0
             ? static_cast<std::size_t>(size)
             : 0;
}

std::string datatype_code(MPI_Datatype datatype) {
  if (const Element* element = element_of(datatype)) {
    return element->sized ? sized_string(element->kind, datatype_bytes(datatype))
                          : type_character(datatype);
  }
  const Origin origin = origin_of(datatype);
  if (origin.original != MPI_DATATYPE_NULL) {
    return of_original(origin.original, datatype_code);
  }
  return origin.kind != '\0' ? sized_string(origin.kind, datatype_bytes(datatype)) : std::string{};
}

std::size_t datatype_alignment(MPI_Datatype datatype) {
  const std::string code = type_character(datatype);
  if (!code.empty()) {
    return alignment_of_character(code[0]);
  }
  const std::pair<MPI_Datatype, std::size_t> pairs[] = {
      {MPI_SHORT_INT, alignof(int)},     {MPI_2INT, alignof(int)},
      {MPI_LONG_INT, alignof(long)},     {MPI_FLOAT_INT, std::max(alignof(float), alignof(int))},
      {MPI_DOUBLE_INT, alignof(double)}, {MPI_LONG_DOUBLE_INT, alignof(long double)},
  };
  for (const auto& [pair, bytes] : pairs) {
    if (datatype == pair && datatype != MPI_DATATYPE_NULL) {
      return bytes;
    }
  }
  return 0;
}

std::string type_character(MPI_Datatype datatype) {
  if (const Element* element = element_of(datatype)) {
    return element->code != nullptr ? element->code
                                    : sized_character(element->kind, datatype_bytes(datatype));
  }
  const Origin origin = origin_of(datatype);
  if (origin.original != MPI_DATATYPE_NULL) {
    return of_original(origin.original, type_character);
  }
  return origin.kind != '\0' ? sized_character(origin.kind, datatype_bytes(datatype))
                             : std::string{};
}

std::string type_string(MPI_Datatype datatype) {
  if (const Element* element = element_of(datatype)) {
    return sized_string(element->kind, datatype_bytes(datatype));
  }
  const Origin origin = origin_of(datatype);
  if (origin.original != MPI_DATATYPE_NULL) {
    return of_original(origin.original, type_string);
  }
  return origin.kind != '\0' ? sized_string(origin.kind, datatype_bytes(datatype)) : std::string{};
}

// Anything else is opaque memory to numpy: V and its size.
std::string type_character_property(Datatype& self) {
  const std::string found = type_character(self.ob_mpi);
  return !found.empty() || self.ob_mpi == MPI_DATATYPE_NULL ? found : "V";
}
std::string type_string_property(Datatype& self) {
  const std::string found = type_string(self.ob_mpi);
  return !found.empty() || self.ob_mpi == MPI_DATATYPE_NULL
             ? found
             : sized_string('V', extent_bytes(self.ob_mpi));
}

}  // namespace pylaunch::mpi

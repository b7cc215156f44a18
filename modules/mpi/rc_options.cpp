// SPDX-License-Identifier: BSD-3-Clause
// mpi4py.rc: what a program has set there, or MPI4PY_RC_NAME in the environment, which goes before.
// A value that is none for its name is warned of, and the default taken, as by mpi4py; so are those
// that have no effect here.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>

#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {
namespace {

using Words = std::initializer_list<const char*>;

bool is_one_of(const std::string& text, Words words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

std::string in_case(std::string text, int (*convert)(int)) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [convert](unsigned char letter) { return static_cast<char>(convert(letter)); });
  return text;
}

// What the text of a variable stands for.
Ref value_of(const std::string& text, bool is_number) {
  if (is_number && is_digits(text)) {
    return own(PyLong_FromString(text.c_str(), nullptr, 10));
  }
  const std::string word = in_case(text, std::tolower);
  if (is_one_of(word, {"1", "y", "yes", "on", "true"})) {
    return Ref::borrow(Py_True);
  }
  if (is_one_of(word, {"", "0", "n", "no", "off", "false"})) {
    return Ref::borrow(Py_False);
  }
  return own(PyUnicode_DecodeFSDefault(word.c_str()));
}

class Settings {
 public:
  // The package's module, if a script has imported it; nothing is imported for it.
  Settings() : rc_(PyDict_GetItemString(PyImport_GetModuleDict(), "mpi4py.rc")) {}

  bool truth(const char* name, bool fallback, bool may_be_none = false) const {
    const Ref value = get(name);
    if (!value || (may_be_none && value.get() == Py_None)) {
      return fallback;
    }
    if (equals(value, Py_True) || is_word(value, "yes")) {
      return true;
    }
    if (equals(value, Py_False) || is_word(value, "no")) {
      return false;
    }
    warn(name, value);
    return fallback;
  }

  // Which of the words it is; the first by default.
  int choice(const char* name, Words words) const {
    const Ref value = get(name);
    for (const char* const* word = words.begin(); value && word != words.end(); ++word) {
      if (is_word(value, *word)) {
        return static_cast<int>(word - words.begin());
      }
    }
    if (value) {
      warn(name, value);
    }
    return 0;
  }

  long bytes(const char* name, long fallback) const {
    const Ref value = get(name, true);
    if (!value) {
      return fallback;
    }
    const long number = PyLong_CheckExact(value.get()) ? PyLong_AsLong(value.get()) : -1;
    PyErr_Clear();
    if (number < 0) {
      warn(name, value);
    }
    return number < 0 ? fallback : number;
  }

 private:
  // Empty when it is set nowhere.
  Ref get(const char* name, bool is_number = false) const {
    const std::string variable = "MPI4PY_RC_" + in_case(name, std::toupper);
    Ref value;
    if (const char* text = std::getenv(variable.c_str())) {
      value = value_of(text, is_number);
      if (rc_ != nullptr) {
        PyObject_SetAttrString(rc_, name, value.get());
      }
    } else if (rc_ != nullptr) {
      value = Ref(PyObject_GetAttrString(rc_, name));
    }
    PyErr_Clear();
    return value;
  }

  static bool equals(const Ref& value, PyObject* other) {
    const int result = PyObject_RichCompareBool(value.get(), other, Py_EQ);
    PyErr_Clear();
    return result == 1;
  }

  static bool is_word(const Ref& value, const char* word) {
    return PyUnicode_Check(value.get()) && PyUnicode_CompareWithASCIIString(value.get(), word) == 0;
  }

  static void warn(const char* name, const Ref& value) {
    succeed(PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "mpi4py.rc.%s: unexpected value %R", name,
                             value.get()));
  }

  PyObject* rc_;
};

}  // namespace

Options read_options() {
  const Settings settings;
  settings.truth("initialize", true);
  settings.truth("threads", true);
  settings.choice("thread_level", {"multiple", "serialized", "funneled", "single"});
  settings.truth("finalize", true, true);
  settings.truth("recv_mprobe", true);
  Options options;
  options.fast_reduce = settings.truth("fast_reduce", options.fast_reduce);
  options.irecv_buffer_bytes = settings.bytes("irecv_bufsz", options.irecv_buffer_bytes);
  constexpr Options::Errors errors[] = {Options::Errors::exception, Options::Errors::unchanged,
                                        Options::Errors::abort, Options::Errors::fatal};
  options.errors = errors[settings.choice("errors", {"exception", "default", "abort", "fatal"})];
  return options;
}

}  // namespace pylaunch::mpi

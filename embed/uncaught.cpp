// SPDX-License-Identifier: BSD-3-Clause
#include "embed/uncaught.hpp"

#include <pybind11/pybind11.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

#include "embed/importer/names.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

constexpr time_t termination_grace_seconds = 5;
timer_t termination_timer;
volatile sig_atomic_t termination_requested = 0;
void (*pythons_handler)(int) = nullptr;
pid_t own_process = 0;

// A program may have replaced or deleted sys.stderr: then it is C's, as in python3.
void print_as_exit_message(const py::object& message) {
  const auto stream = py::reinterpret_borrow<py::object>(PySys_GetObject("stderr"));
  if (stream && !stream.is_none()) {
    PyFile_WriteObject(message.ptr(), stream.ptr(), Py_PRINT_RAW);
  } else {
    PyObject_Print(message.ptr(), ::stderr, Py_PRINT_RAW);
    std::fflush(::stderr);
  }
  PySys_WriteStderr("\n");
  PyErr_Clear();
}

// The status that SystemExit asks for; what is not a number goes to stderr, as in python3.
int system_exit_status(const py::object& exception) {
  py::object code = exception;
  if (py::hasattr(exception, "code")) code = exception.attr("code");
  if (code.is_none()) return 0;
  if (PyLong_Check(code.ptr())) {
    const long value = PyLong_AsLong(code.ptr());
    if (value == -1 && PyErr_Occurred() != nullptr) PyErr_Clear();
    return static_cast<int>(value & 0xff);
  }
  print_as_exit_message(code);
  return 1;
}

py::module_ sys_module() { return py::module_::import("sys"); }

// CPython reads every source file that it prints lines of, on every rank that fails.
void print_from_memory() {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  py::object default_hook;
  try {
    const py::object hook = py::getattr(sys_module(), "excepthook", py::none());
    if (has_names() && hook.is(sys_module().attr("__excepthook__"))) {
      sys_module().attr("excepthook") = load_with_memory("tracebacks").attr("excepthook");
      default_hook = hook;
    }
  } catch (py::error_already_set&) {
    // The default hook reads the files.
  }
  PyErr_Restore(type, value, traceback);
  PyErr_Print();
  if (default_hook) sys_module().attr("excepthook") = default_hook;
}

// Async-signal-safe. The second signal, from the timer or from outside, takes the process; the
// first takes a forked child, which may not have come to its handler's removal yet
// (termination.py).
void on_termination(int signal_number) {
  if (termination_requested != 0 || getpid() != own_process) {
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return;
  }
  termination_requested = 1;
  itimerspec grace = {};
  grace.it_value.tv_sec = termination_grace_seconds;
  timer_settime(termination_timer, 0, &grace, nullptr);
  pythons_handler(signal_number);
}

}  // namespace

int report_uncaught() {
  if (PyErr_ExceptionMatches(PyExc_SystemExit)) {
    py::error_already_set error;
    return system_exit_status(error.value());
  }
  const bool interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0;
  print_from_memory();
  return interrupted ? interrupted_status : 1;
}

void install_termination_handler() {
  // Python's own handler first: on_termination() passes the signal on to it.
  if (!load_embedded("termination").attr("install")().cast<bool>()) return;
  own_process = getpid();
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGTERM;
  if (timer_create(CLOCK_MONOTONIC, &event, &termination_timer) != 0) return;
  struct sigaction action = {};
  action.sa_handler = on_termination;
  sigemptyset(&action.sa_mask);
  struct sigaction pythons = {};
  if (sigaction(SIGTERM, nullptr, &pythons) != 0) return;
  pythons_handler = pythons.sa_handler;
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace pylaunch::embed

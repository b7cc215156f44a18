// SPDX-License-Identifier: BSD-3-Clause
#include "embed/audit.hpp"

#include <Python.h>
#include <fcntl.h>
#include <frameobject.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <string>
#include <string_view>

namespace pylaunch::embed {

namespace {

std::vector<std::string> path_files;
std::vector<PyObject*> executed_code;  // owned
bool watches_code = false;
pid_t starting_process = 0;  // until the program begins; not one that it has forked
void (*on_write)(const char* path) = nullptr;
void (*on_new_folder)(const char* path) = nullptr;
void (*on_library)(const char* path) = nullptr;
void (*on_extension)(const char* name, const char* path) = nullptr;
void (*on_read)(const char* path) = nullptr;
void (*on_child)() = nullptr;

bool in_main_interpreter() { return PyInterpreterState_Get() == PyInterpreterState_Main(); }

// The argument as a path (os.fsencode), or nothing: a descriptor, or no path at all. Never raises.
std::string path_argument(PyObject* arguments, Py_ssize_t position) {
  if (!PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) <= position) return {};
  PyObject* argument = PyTuple_GET_ITEM(arguments, position);
  if (PyBytes_Check(argument)) return PyBytes_AS_STRING(argument);
  if (!PyUnicode_Check(argument)) return {};
  PyObject* bytes = PyUnicode_EncodeFSDefault(argument);
  if (bytes == nullptr) {
    PyErr_Clear();
    return {};
  }
  std::string path = PyBytes_AS_STRING(bytes);
  Py_DECREF(bytes);
  return path;
}

bool ends_with(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && text.substr(text.size() - tail.size()) == tail;
}

bool is_name(PyObject* text, const char* name) {
  return PyUnicode_Check(text) && PyUnicode_CompareWithASCIIString(text, name) == 0;
}

// True when a line of a .pth file, or sitecustomize or usercustomize, has `site` open another one:
// who replays these opens it again.
bool is_opened_by_customisation() {
  int path_files_in_work = 0;
  bool is_customising = false;
  PyFrameObject* frame = PyThreadState_GetFrame(PyThreadState_Get());
  while (frame != nullptr) {
    PyCodeObject* code = PyFrame_GetCode(frame);
    path_files_in_work += is_name(code->co_name, "addpackage") ? 1 : 0;
    is_customising |=
        is_name(code->co_name, "execsitecustomize") || is_name(code->co_name, "execusercustomize");
    Py_DECREF(code);
    PyFrameObject* caller = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = caller;
  }
  return is_customising || path_files_in_work > 1;
}

// ("open", path, mode, flags)
void on_open(PyObject* arguments) {
  if (on_write == nullptr) {
    const std::string path = path_argument(arguments, 0);
    if (ends_with(path, ".pth") && !is_opened_by_customisation()) path_files.push_back(path);
    return;
  }
  if (!PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) < 3) return;
  const long flags = PyLong_AsLong(PyTuple_GET_ITEM(arguments, 2));
  if (flags == -1 && PyErr_Occurred() != nullptr) return PyErr_Clear();
  const bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
  const std::string path = path_argument(arguments, 0);
  if (path.empty()) return;
  if (writes)
    on_write(path.c_str());
  else if (in_main_interpreter())
    on_read(path.c_str());
}

// ("exec", code)
void on_exec(PyObject* arguments) {
  PyObject* code = PyTuple_Check(arguments) ? PyTuple_GET_ITEM(arguments, 0) : nullptr;
  if (code == nullptr || !PyCode_Check(code)) return;
  Py_INCREF(code);
  executed_code.push_back(code);
}

// ("import", name, path, sys.path, sys.meta_path, sys.path_hooks): raised for each import, and with
// a path, and None for the rest, before a shared object is loaded.
void on_import(PyObject* arguments) {
  const std::string path = path_argument(arguments, 1);
  if (path.empty() || !in_main_interpreter()) return;
  on_extension(path_argument(arguments, 0).c_str(), path.c_str());
}

// A path argument, relative to the folder that the event names by a descriptor, if it does.
std::string changed_path(PyObject* arguments, Py_ssize_t position, Py_ssize_t descriptor) {
  const std::string path = path_argument(arguments, position);
  if (path.empty() || path[0] == '/' || descriptor == 0 ||
      PyTuple_GET_SIZE(arguments) <= descriptor)
    return path;
  const long number = PyLong_AsLong(PyTuple_GET_ITEM(arguments, descriptor));
  if (number == -1) PyErr_Clear();
  if (number < 0) return path;
  char folder[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(number);
  const ssize_t length = readlink(link.c_str(), folder, sizeof folder);
  return length > 0 ? std::string(folder, static_cast<std::size_t>(length)) + "/" + path : path;
}

// Which arguments are paths, and which are the descriptors of their folders (0: none).
struct ChangeEvent {
  const char* name;
  std::array<Py_ssize_t, 2> paths;
  std::array<Py_ssize_t, 2> descriptors;
};

void on_change(const char* event, PyObject* arguments) {
  constexpr std::array<ChangeEvent, 7> events = {{{"os.rename", {0, 1}, {2, 3}},
                                                  {"os.remove", {0, 0}, {1, 1}},
                                                  {"os.mkdir", {0, 0}, {2, 2}},
                                                  {"os.rmdir", {0, 0}, {1, 1}},
                                                  {"os.symlink", {1, 1}, {2, 2}},
                                                  {"os.link", {0, 1}, {2, 3}},
                                                  {"os.truncate", {0, 0}, {0, 0}}}};
  for (const ChangeEvent& known : events) {
    if (std::strcmp(event, known.name) != 0) continue;
    const auto tell = std::strcmp(event, "os.mkdir") == 0 ? on_new_folder : on_write;
    for (const std::size_t i : {0u, 1u}) {
      const std::string path = changed_path(arguments, known.paths[i], known.descriptors[i]);
      if (!path.empty()) tell(path.c_str());
    }
  }
}

// ("sqlite3.connect", database): a path of any kind, a URI, or none (":memory:").
void on_database(PyObject* arguments) {
  if (!PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) < 1) return;
  PyObject* argument = PyOS_FSPath(PyTuple_GET_ITEM(arguments, 0));
  if (argument == nullptr) return PyErr_Clear();
  PyObject* alone = PyTuple_Pack(1, argument);
  Py_DECREF(argument);
  if (alone == nullptr) return PyErr_Clear();
  std::string path = path_argument(alone, 0);
  Py_DECREF(alone);
  if (path.compare(0, 5, "file:") == 0) path = path.substr(5, path.find('?') - 5);
  if (!path.empty() && path[0] != ':') on_write(path.c_str());
}

bool starts_child(const char* event) {
  constexpr std::array<const char*, 7> events = {"subprocess.Popen", "os.system", "os.posix_spawn",
                                                 "os.spawn",         "os.fork",   "os.forkpty",
                                                 "pty.spawn"};
  return std::any_of(events.begin(), events.end(),
                     [event](const char* known) { return std::strcmp(event, known) == 0; });
}

// Before the program a process is a rank that others wait for, in MPI_Init or in the broadcast.
int refuse_exec() {
  PyErr_SetString(
      PyExc_RuntimeError,
      "pylaunch: a site customisation cannot replace the process by another: the other ranks "
      "would wait for it. Set the environment before mpiexec");
  return -1;
}

// The path arguments may not be asked for with an exception pending: it would be lost.
int audit(const char* event, PyObject* arguments, void*) {
  if (watches_code && std::strcmp(event, "exec") == 0) on_exec(arguments);
  if (std::strchr("ocisp", event[0]) == nullptr) return 0;
  if (std::strcmp(event, "os.exec") == 0 && getpid() == starting_process) return refuse_exec();
  if (on_child != nullptr && starts_child(event)) on_child();
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  if (std::strcmp(event, "open") == 0) {
    PyErr_Fetch(&type, &value, &traceback);
    on_open(arguments);
    PyErr_Restore(type, value, traceback);
  } else if (on_write != nullptr && std::strncmp(event, "os.", 3) == 0) {
    PyErr_Fetch(&type, &value, &traceback);
    on_change(event, arguments);
    PyErr_Restore(type, value, traceback);
  } else if (on_write != nullptr && std::strcmp(event, "sqlite3.connect") == 0) {
    PyErr_Fetch(&type, &value, &traceback);
    on_database(arguments);
    PyErr_Restore(type, value, traceback);
  } else if (on_library != nullptr && std::strcmp(event, "ctypes.dlopen") == 0 &&
             in_main_interpreter()) {
    const std::string path = path_argument(arguments, 0);
    on_library(path.empty() ? nullptr : path.c_str());
  } else if (on_extension != nullptr && std::strcmp(event, "import") == 0) {
    on_import(arguments);
  }
  return 0;
}

}  // namespace

void install_audit_hook() {
  starting_process = getpid();
  PySys_AddAuditHook(audit, nullptr);
}

const std::vector<std::string>& audited_path_files() { return path_files; }

void allow_exec() { starting_process = 0; }

void watch_code() { watches_code = true; }

const std::vector<PyObject*>& audited_code() { return executed_code; }

void forget_audited_code() {
  watches_code = false;
  for (PyObject* code : executed_code) Py_DECREF(code);
  executed_code.clear();
}

void watch_files(void (*path_changed)(const char* path), void (*folder_made)(const char* path),
                 void (*path_read)(const char* path)) {
  on_read = path_read;
  on_new_folder = folder_made;
  on_write = path_changed;
}

void watch_children(void (*started)()) { on_child = started; }

void watch_libraries(void (*about_to_load)(const char* path)) { on_library = about_to_load; }

void watch_extensions(void (*about_to_load)(const char* name, const char* path)) {
  on_extension = about_to_load;
}

}  // namespace pylaunch::embed

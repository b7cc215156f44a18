// SPDX-License-Identifier: BSD-3-Clause
#include "docstrings.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "standard.hpp"

namespace pylaunch::mpi {
namespace {

constexpr const char* kBuffer =
    "a buffer, or [buffer, count, datatype]; counted in elements of the datatype";

// What is said of a parameter, everywhere or in one class.
struct Note {
  const char* name;
  const char* text;
  const char* owner = nullptr;
};

constexpr Note kNotes[] = {
    {"buf", kBuffer},
    {"buf", "None; a buffer or a number of bytes is deprecated", "objects"},
    {"sendbuf", kBuffer},
    {"recvbuf", "a writable buffer, or [buffer, count, datatype]; counted in elements"},
    {"origin", kBuffer},
    {"result", "a writable buffer of the origin's size"},
    {"inbuf", kBuffer},
    {"inoutbuf", "a writable buffer of inbuf's size"},
    {"outbuf", "a writable buffer, or [buffer, count, datatype]"},
    {"obj", "any object that pickle takes"},
    {"sendobj", "any object that pickle takes; one for each rank where each gets its own"},
    {"dest", "rank of the receiver, or PROC_NULL"},
    {"source", "rank of the sender, ANY_SOURCE or PROC_NULL"},
    {"tag", "0 to the value of TAG_UB; a receiver may take ANY_TAG"},
    {"sendtag", "0 to the value of TAG_UB"},
    {"recvtag", "0 to the value of TAG_UB, or ANY_TAG"},
    {"status", "filled in when given"},
    {"statuses", "a list; filled in, and made as long as needed"},
    {"requests", "sequence of Request; those that complete become null"},
    {"root", "rank; between two groups also ROOT or PROC_NULL"},
    {"op", "reduction operation; for objects also a function of two arguments"},
    {"comm", "communicator; all of its processes have to call"},
    {"info", "hints, or INFO_NULL"},
    {"partitions", "number of equal parts of the buffer"},
    {"partition", "0 to the number of partitions - 1"},
    {"recvcounts", "elements for each rank; default: equal parts"},
    {"ranks", "sequence of ranks in the group"},
    {"ranges", "sequence of (first, last, stride)"},
    {"color", "not negative: processes of one color come together; or UNDEFINED"},
    {"key", "orders the processes of the new communicator", "Comm"},
    {"key", "at most MAX_INFO_KEY characters", "Info"},
    {"value", "at most MAX_INFO_VAL characters", "Info"},
    {"maxlen", "-1, or the most characters of the value"},
    {"keyval", "from Create_keyval, or one of MPI's own"},
    {"dims", "processes in each dimension"},
    {"periods", "whether each dimension wraps around; one value for all is enough"},
    {"coords", "one coordinate for each dimension, from 0"},
    {"reorder", "whether ranks may change"},
    {"index", "for each node, where its neighbours end in `edges`", "Intracomm"},
    {"edges", "the neighbours of all nodes, one node after the other"},
    {"sources", "ranks from which there are edges"},
    {"destinations", "ranks to which there are edges"},
    {"size", "bytes", "Win"},
    {"size", "bytes", "File"},
    {"size", "bytes", "module"},
    {"nbytes", "bytes"},
    {"count", "number of elements of the old datatype", "Datatype"},
    {"blocklength", "elements of the old datatype in a block"},
    {"blocklengths", "elements of the old datatype in each block"},
    {"displacements",
     "begin of each block: in elements, or bytes for Create_h... and Create_struct"},
    {"stride", "between the begins of blocks: elements, or bytes for Create_hvector"},
    {"datatypes", "one for each block"},
    {"lb", "bytes"},
    {"extent", "bytes"},
    {"sizes", "elements of the whole array in each dimension"},
    {"subsizes", "elements of the part in each dimension"},
    {"starts", "first element of the part in each dimension, from 0"},
    {"order", "ORDER_C or ORDER_FORTRAN", "Datatype"},
    {"position", "byte in the packed buffer"},
    {"memory", "a buffer that the window exposes; BOTTOM and None expose nothing", "Win"},
    {"disp_unit", "bytes that a displacement of 1 stands for"},
    {"target_rank", "rank in the window's group"},
    {"target", "displacement, or (displacement, count, datatype), in the target's window"},
    {"target_disp", "displacement in the target's units"},
    {"assertion", "0, or MODE_... values together"},
    {"lock_type", "LOCK_EXCLUSIVE or LOCK_SHARED"},
    {"rank", "rank in the window's group", "Win"},
    {"rank", "rank in the communicator", "Cartcomm"},
    {"rank", "rank in the communicator", "Graphcomm"},
    {"filename", "path, as the MPI library reads it"},
    {"amode", "MODE_... values together"},
    {"offset", "etypes from the begin of the view", "File"},
    {"whence", "SEEK_SET, SEEK_CUR or SEEK_END"},
    {"disp", "bytes from the begin of the file", "File"},
    {"disp", "steps; negative ones go down", "Cartcomm"},
    {"direction", "dimension, from 0"},
    {"etype", "datatype in which offsets count"},
    {"filetype", "datatype made of etypes that says which parts are seen"},
    {"datarep", "\"native\", \"internal\", \"external32\", or a registered one"},
    {"command", "program; for Spawn_multiple a sequence of them"},
    {"maxprocs", "processes to start"},
    {"port_name", "from Open_port"},
    {"service_name", "name that servers and clients agree on"},
    {"errorcode", "error code or class"},
    {"errhandler_fn", "called with the object and the error code"},
    {"commute", "whether the operation commutes"},
    {"required", "THREAD_SINGLE to THREAD_MULTIPLE"},
    {"handle", "integer: the value or address of an MPI handle"},
    {"arg", "integer: a Fortran handle"},
    {"arg", "sequence of integers: a Fortran status", "Status"},
};

using Index = std::unordered_map<std::string, const char*>;

std::string key_of(const char* owner, std::string_view name) {
  return std::string(owner == nullptr ? "" : owner) + "." + std::string(name);
}

const char* note_on(const char* owner, std::string_view parameter) {
  static const Index index = [] {
    Index made;
    for (const Note& note : kNotes) {
      made.emplace(key_of(note.owner, note.name), note.text);
    }
    return made;
  }();
  for (const char* where : {owner, static_cast<const char*>(nullptr)}) {
    const auto found = index.find(key_of(where, parameter));
    if (found != index.end()) {
      return found->second;
    }
  }
  return nullptr;
}

// The parameters of `name($self, buf, dest, tag=0)`, where docstrings begin.
std::vector<std::string_view> parameters_of(std::string_view documentation) {
  std::vector<std::string_view> names;
  const std::size_t open = documentation.find('(');
  const std::size_t close = documentation.find(")\n--");
  if (open == documentation.npos || close == documentation.npos) {
    return names;
  }
  for (std::size_t at = open + 1; at < close;) {
    const std::size_t end = std::min(documentation.find(", ", at), close);
    const std::string_view one = documentation.substr(at, end - at);
    names.push_back(one.substr(0, one.find('=')));
    at = end + 2;
  }
  return names;
}

bool has(const std::vector<std::string_view>& names, std::initializer_list<const char*> wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

std::string errors_of(const std::vector<std::string_view>& parameters, bool moves_objects) {
  std::string text = "\nErrors: MPI.Exception for those of MPI";
  if (moves_objects) {
    text += "; those of pickle";
  } else if (has(parameters, {"buf", "sendbuf", "recvbuf", "origin", "inbuf"})) {
    text += "; BufferError, TypeError or ValueError for what is no such buffer";
  }
  return text + ".";
}

}  // namespace

void complete_documentation(const char* owner, PyMethodDef* methods) {
  static auto* texts = new std::deque<std::string>;  // classes are never destroyed
  for (PyMethodDef* entry = methods; entry->ml_name != nullptr; ++entry) {
    const std::string section = section_of(owner, entry->ml_name);
    const auto parameters = parameters_of(entry->ml_doc);
    // The methods of objects are those of buffers in lower case.
    const bool moves_objects = std::islower(static_cast<unsigned char>(entry->ml_name[0])) != 0 &&
                               has(parameters, {"obj", "sendobj", "buf"});
    std::string text = entry->ml_doc;
    for (const std::string_view parameter : parameters) {
      if (const char* note = note_on(moves_objects ? "objects" : owner, parameter)) {
        text += "\n    " + std::string(parameter) + ": " + note + ".";
      }
    }
    if (!section.empty()) {
      text += errors_of(parameters, moves_objects) + "\n" + section + ".";
    }
    entry->ml_doc = texts->emplace_back(std::move(text)).c_str();
  }
}

}  // namespace pylaunch::mpi

// SPDX-License-Identifier: BSD-3-Clause
// One Python object as one MPI message. Large buffers in it (pickle's protocol 5) are not copied
// into the pickle: the message is put together from the pickle and the buffers where they lie, by a
// derived datatype, and the receiver's object gets views of the message.
//
// Such a message begins with a mark that no pickle begins with; then come the number of buffers and
// all sizes, the pickle, and the buffers, each at a multiple of 16 bytes.
#pragma once

#include <memory>

#include "pickle.hpp"

namespace pylaunch::mpi {

class ObjectMessage {
 public:
  ObjectMessage();  // nothing: what goes to PROC_NULL
  explicit ObjectMessage(PyObject* object);

  // The same message as one bytes object, for a broadcast: there MPI may write what is sent into
  // the root's memory as well, which so must be neither the user's nor constant.
  static Ref in_one_piece(PyObject* object);

  ~ObjectMessage();
  ObjectMessage(ObjectMessage&& other) noexcept;
  ObjectMessage& operator=(ObjectMessage&&) = delete;

  // What MPI's functions take. The message lives as long as its sending.
  const void* address() const { return pieces_ ? MPI_BOTTOM : static_cast<const void*>(start_); }
  Count count() const { return pieces_ ? Count{1} : bytes_count_; }
  MPI_Datatype datatype() const { return pieces_ ? datatype_ : MPI_BYTE; }

  // An object for Request.ob_buf.
  Ref keep() &&;

 private:
  struct Pieces;
  bool is_plain() const { return !pieces_; }

  Ref pickle_;
  const char* start_ = nullptr;
  Count bytes_count_ = 0;
  std::unique_ptr<Pieces> pieces_;
  MPI_Datatype datatype_ = MPI_DATATYPE_NULL;
};

// Whether received bytes are a message of pieces, and the object of one. `owner` keeps the bytes
// alive; the object may refer to them and write into them.
bool is_in_pieces(const char* data, Py_ssize_t bytes);
Ref load_pieces(PyObject* owner, char* data, Py_ssize_t bytes);

}  // namespace pylaunch::mpi

// SPDX-License-Identifier: BSD-3-Clause
#include "object_message.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "buffer.hpp"
#include "message_spec.hpp"

namespace pylaunch::mpi {

namespace {

// 0x93 is an opcode of pickle that needs two values on its stack: none begins with it.
constexpr char kMark[8] = {'\x93', 'p', 'y', 'l', 'O', 'O', 'B', '1'};
constexpr Py_ssize_t kAlignment = 16;
constexpr char kPadding[kAlignment] = {};

using Word = std::int64_t;

Py_ssize_t padding_after(Py_ssize_t bytes) {
  return (kAlignment - bytes % kAlignment) % kAlignment;
}

}  // namespace

struct ObjectMessage::Pieces {
  std::vector<char> head;  // mark, number of buffers, size of the pickle, sizes of the buffers
  OutOfBandBuffers buffers;
  std::vector<std::span<const char>> parts;
  Py_ssize_t total = 0;

  Pieces(const Ref& pickle, OutOfBandBuffers taken) : buffers(std::move(taken)) {
    std::vector<Word> words{static_cast<Word>(buffers.size()),
                            static_cast<Word>(PyBytes_GET_SIZE(pickle.get()))};
    for (const OutOfBandBuffer& buffer : buffers) {
      words.push_back(static_cast<Word>(buffer.bytes));
    }
    head.assign(kMark, kMark + sizeof kMark);
    const auto* begin = reinterpret_cast<const char*>(words.data());
    head.insert(head.end(), begin, begin + words.size() * sizeof(Word));
    add(head.data(), static_cast<Py_ssize_t>(head.size()));
    add(bytes_data(pickle), PyBytes_GET_SIZE(pickle.get()));
    for (const OutOfBandBuffer& buffer : buffers) {
      add(kPadding, padding_after(total));
      add(buffer.address, buffer.bytes);
    }
  }

  MPI_Datatype make_type() const {
    std::vector<WideDisplacement> addresses;
    Counts lengths;
    for (const std::span<const char> part : parts) {
      MPI_Aint location = 0;
      check(MPI_Get_address(part.data(), &location));
      addresses.push_back(static_cast<WideDisplacement>(location));
      lengths.push_back(static_cast<Count>(part.size()));
    }
    MPI_Datatype type = MPI_DATATYPE_NULL;
    check(PYLAUNCH_C(MPI_Type_create_hindexed)(static_cast<Count>(lengths.size()), lengths.data(),
                                               addresses.data(), MPI_BYTE, &type));
    check(MPI_Type_commit(&type));
    return type;
  }

 private:
  void add(const void* address, Py_ssize_t bytes) {
    if (bytes > 0) {
      parts.emplace_back(static_cast<const char*>(address), static_cast<std::size_t>(bytes));
    }
    total += bytes;
  }
};

ObjectMessage::ObjectMessage() = default;

ObjectMessage::ObjectMessage(PyObject* object) {
  OutOfBandBuffers buffers;
  pickle_ = pickle_dump(object, buffers).bytes;
  if (buffers.empty()) [[likely]] {
    start_ = bytes_data(pickle_);
    bytes_count_ = static_cast<Count>(PyBytes_GET_SIZE(pickle_.get()));
    return;
  }
  pieces_ = std::make_unique<Pieces>(pickle_, std::move(buffers));
  datatype_ = pieces_->make_type();
  bytes_count_ = static_cast<Count>(pieces_->total);
}

Ref ObjectMessage::in_one_piece(PyObject* object) {
  OutOfBandBuffers buffers;
  Ref pickle = pickle_dump(object, buffers).bytes;
  if (buffers.empty()) [[likely]] {
    return pickle;
  }
  const Pieces pieces(pickle, std::move(buffers));
  Ref bytes = receive_buffer(pieces.total);
  char* end = bytes_data(bytes);
  for (const std::span<const char> part : pieces.parts) {
    end = std::copy(part.begin(), part.end(), end);
  }
  return bytes;
}

ObjectMessage::ObjectMessage(ObjectMessage&& other) noexcept
    : pickle_(std::move(other.pickle_)),
      start_(other.start_),
      bytes_count_(other.bytes_count_),
      pieces_(std::move(other.pieces_)),
      datatype_(std::exchange(other.datatype_, MPI_DATATYPE_NULL)) {}

// MPI keeps a datatype until the communication that uses it has ended.
ObjectMessage::~ObjectMessage() {
  if (datatype_ != MPI_DATATYPE_NULL && mpi_is_active()) {
    MPI_Type_free(&datatype_);
  }
}

Ref ObjectMessage::keep() && {
  return is_plain() ? std::move(pickle_)
                    : keep_alive(std::make_unique<ObjectMessage>(std::move(*this)));
}

bool is_in_pieces(const char* data, Py_ssize_t bytes) {
  return bytes > static_cast<Py_ssize_t>(sizeof kMark) &&
         std::memcmp(data, kMark, sizeof kMark) == 0;
}

Ref load_pieces(PyObject* owner, char* data, Py_ssize_t bytes) {
  Py_ssize_t position = sizeof kMark;
  const auto take = [&](Word size) {
    if (size < 0 || size > bytes - position) {
      fail(PyExc_ValueError, "a message with out-of-band buffers is damaged");
    }
    char* start = data + position;
    position += static_cast<Py_ssize_t>(size);
    return start;
  };
  const auto take_word = [&] {
    Word word = 0;
    std::memcpy(&word, take(sizeof word), sizeof word);
    return word;
  };
  const Word number = take_word();
  const Word pickle_bytes = take_word();
  std::vector<Word> sizes;
  for (Word index = 0; index < number; ++index) {
    sizes.push_back(take_word());
  }
  Ref pickle = buffer_within(owner, take(pickle_bytes), pickle_bytes, true);
  Ref buffers = own(PyList_New(0));
  for (const Word size : sizes) {
    take(padding_after(position));
    Ref buffer = buffer_within(owner, take(size), size, false);
    succeed(PyList_Append(buffers.get(), buffer.get()));
  }
  return pickle_load_out_of_band(pickle.get(), buffers.get());
}

}  // namespace pylaunch::mpi

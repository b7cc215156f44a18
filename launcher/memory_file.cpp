// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/memory_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "bundle/uninterrupted.hpp"
#include "launcher/error.hpp"
#include "launcher/raised_limit.hpp"

namespace pylaunch {

namespace {

// Above all that the program may open or, where the limit cannot be raised, half-way up to it: the
// program's descriptors keep their usual small numbers.
int duplicate_high(int descriptor) {
  const RaisedLimit limit(RLIMIT_NOFILE);
  const rlimit& usual = limit.usual();
  const rlim_t above = usual.rlim_cur < usual.rlim_max ? usual.rlim_cur : usual.rlim_cur / 2;
  return fcntl(descriptor, F_DUPFD_CLOEXEC, static_cast<int>(std::min<rlim_t>(above, 1 << 16)));
}

// A limit that stands in the way of a memory file, unless that is to keep it.
class LimitOfFile {
 public:
  LimitOfFile(__rlimit_resource resource, MemoryFile::Limits limits) {
    if (limits == MemoryFile::Limits::raised) raised_.emplace(resource);
  }

 private:
  std::optional<RaisedLimit> raised_;
};

}  // namespace

Mapping::~Mapping() {
  if (address_ != nullptr) munmap(address_, size_);
}

Mapping::Mapping(Mapping&& other) noexcept
    : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(size_, other.size_);
  return *this;
}

MemoryFile::MemoryFile(const std::string& name, std::size_t size, Limits limits) : MemoryFile() {
  limits_ = limits;
  const LimitOfFile descriptors(RLIMIT_NOFILE, limits_);
  descriptor_ = memfd_create(name.substr(0, 200).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor_ < 0)
    throw_errno("publish", "cannot create a file in memory (the job runs with --no-broadcast)");
  resize(size);
  if (limits_ == Limits::raised) leave_limits();
}

MemoryFile::~MemoryFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(std::exchange(other.size_, 0)),
      limits_(other.limits_) {}

MemoryFile& MemoryFile::operator=(MemoryFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(limits_, other.limits_);
  return *this;
}

void MemoryFile::resize(std::size_t size) {
  const LimitOfFile file_size(RLIMIT_FSIZE, limits_);
  const auto reserve = [&] { return ftruncate(descriptor_, static_cast<off_t>(size)); };
  if (bundle::uninterrupted(reserve) != 0)
    throw_errno("publish", fmt::format("cannot reserve {} bytes of memory", size));
  size_ = size;
}

void MemoryFile::leave_limits() {
  limits_ = Limits::raised;
  const int moved = duplicate_high(descriptor_);
  if (moved < 0) return;  // then it keeps a usual number
  close(std::exchange(descriptor_, moved));
}

void MemoryFile::write(std::span<const std::byte> bytes, std::size_t offset) const {
  const LimitOfFile file_size(RLIMIT_FSIZE, limits_);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw_errno("publish", "cannot write to a file in memory");
    done += static_cast<std::size_t>(count);
  }
}

// While the kernel itself holds a page for a moment (it moves, scans or reclaims memory), it does
// not forbid writing: EBUSY. Nobody writes, so that this seal is not worth a job.
void MemoryFile::seal() const {
  constexpr int size = F_SEAL_SHRINK | F_SEAL_GROW;
  if (fcntl(descriptor_, F_ADD_SEALS, size | F_SEAL_WRITE | F_SEAL_SEAL) == 0) return;
  if (errno == EBUSY && fcntl(descriptor_, F_ADD_SEALS, size | F_SEAL_SEAL) == 0) return;
  throw_errno("publish", "cannot seal a file in memory");
}

std::string MemoryFile::path() const {
  return fmt::format("/proc/{}/fd/{}", getpid(), descriptor_);
}

void make_room_for_descriptors() {
  const int descriptor = memfd_create("pylaunch", MFD_CLOEXEC);
  const int high = duplicate_high(descriptor);
  if (high >= 0) close(high);
  if (descriptor >= 0) close(descriptor);
}

Mapping map_readable(const std::string& path, std::size_t size) {
  if (size == 0) return {};
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_errno("publish", "cannot open the node's copy " + path);
  void* address = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (address == MAP_FAILED) throw_errno("publish", "cannot map the node's copy " + path);
  return {address, size};
}

}  // namespace pylaunch

// SPDX-License-Identifier: BSD-3-Clause
//
// A file that lives in memory only (memfd_create) and goes away with its process: what a node's
// ranks share. Its descriptor is a high number, out of the way of the program's: of what it may
// open it takes nothing, where the limit of descriptors can be raised for it.
//
// Limits are the whole process's. So a file that is made while other code may look at them or set
// them is made within them first, and leaves them later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pylaunch {

// Unmaps on destruction. Move-only.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* address, std::size_t size) : address_(address), size_(size) {}
  ~Mapping();
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(address_), size_}; }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

class MemoryFile {
 public:
  MemoryFile() = default;
  enum class Limits { kept, raised };
  // `name` shows in /proc/PID/maps, debuggers and profilers. Throws LaunchError.
  MemoryFile(const std::string& name, std::size_t size, Limits limits = Limits::raised);
  ~MemoryFile();
  MemoryFile(MemoryFile&& other) noexcept;
  MemoryFile& operator=(MemoryFile&& other) noexcept;
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void write(std::span<const std::byte> bytes, std::size_t offset) const;
  void resize(std::size_t size);
  // What was made within the program's limits need not keep them any more, and makes room there.
  void leave_limits();
  // From now on nobody can change it; if the kernel is busy with it, its size at least.
  void seal() const;

  int descriptor() const { return descriptor_; }
  std::size_t size() const { return size_; }
  // A path by which any process of this user on this node can open it.
  std::string path() const;

 private:
  int descriptor_ = -1;
  std::size_t size_ = 0;
  Limits limits_ = Limits::raised;
};

// The table of descriptors grows to hold those high numbers. In a process that has threads by then
// the kernel waits for all processors to pass a quiet state (RCU): 10 ms on a machine of two.
void make_room_for_descriptors();

// Maps a file, by its path, for reading. Throws LaunchError.
Mapping map_readable(const std::string& path, std::size_t size);

}  // namespace pylaunch

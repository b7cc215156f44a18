// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/cached_bundle.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <new>
#include <span>
#include <system_error>

#include "bundle/blocked_signals.hpp"
#include "bundle/reader.hpp"
#include "bundle/support_api.h"
#include "launcher/bundle_libraries.hpp"
#include "launcher/error.hpp"
#include "launcher/file_bytes.hpp"

namespace pylaunch {

namespace {

using bundle::BundleError;

constexpr std::uint64_t threads_at_most = 4;
constexpr std::uint64_t bytes_per_thread = std::uint64_t{128} << 20;

bundle::Header read_header(int descriptor, std::uint64_t size) {
  bundle::Header header;
  if (!read_bytes(descriptor, 0, reinterpret_cast<std::byte*>(&header), sizeof header))
    throw BundleError("cannot be read");
  // A header that lies is noticed by BundleView; here it only must not make anything too large.
  const bool is_plausible = header.total_bytes == size && header.libraries_offset <= size &&
                            header.libraries_offset >= sizeof header;
  if (!is_plausible) throw BundleError("truncated, or no bundle of this version");
  return header;
}

bundle::BundleBuffer read_plain(int descriptor, std::uint64_t size) {
  bundle::BundleBuffer buffer(size);
  if (!read_bytes(descriptor, 0, buffer.data(), size)) throw BundleError("cannot be read whole");
  bundle::BundleView(buffer.bytes()).verify_checksum();
  return buffer;
}

// From the beginning to the end, a few large pieces: network file systems that keep no attributes
// ask for them at each read.
class Window {
 public:
  Window(int descriptor, std::uint64_t file_size)
      : descriptor_(descriptor),
        file_size_(file_size),
        room_(std::min<std::uint64_t>(file_size, largest)) {}

  // What there is from `offset` on, up to `most` bytes, until the next call.
  bundle::Bytes at(std::uint64_t offset, std::uint64_t most) {
    if (offset < begin_ || offset >= begin_ + size_) move_to(offset);
    const std::uint64_t before = offset - begin_;
    return room_.bytes().subspan(before, std::min(most, size_ - before));
  }

 private:
  static constexpr std::uint64_t largest = std::uint64_t{4} << 20;

  void move_to(std::uint64_t offset) {
    begin_ = offset;
    size_ = std::min<std::uint64_t>(file_size_ - offset, room_.bytes().size());
    if (!read_bytes(descriptor_, offset, room_.data(), size_))
      throw BundleError("cannot be read whole");
  }

  int descriptor_;
  std::uint64_t file_size_;
  bundle::BundleBuffer room_;
  std::uint64_t begin_ = 0, size_ = 0;
};

// The pages of a memory file are written as a whole, so that they need not be cleared before.
void fill(const MemoryFile& file, Window& window, std::uint64_t offset) {
  for (std::uint64_t done = 0; done < file.size();) {
    const bundle::Bytes bytes = window.at(offset + done, file.size() - done);
    file.write(bytes, done);
    done += bytes.size();
  }
}

// Files from these offsets on; several at once where there is so much that it takes long.
void fill_all(int descriptor, std::uint64_t file_size, std::span<const MemoryFile> files,
              const std::vector<std::uint64_t>& offsets) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    Window window(descriptor, file_size);
    for (std::size_t i = next++; i < files.size(); i = next++) fill(files[i], window, offsets[i]);
  };
  const std::uint64_t threads =
      std::min({threads_at_most, file_size / bytes_per_thread, std::uint64_t{files.size()}});
  std::vector<std::future<void>> helpers;
  try {
    const bundle::BlockedSignals blocked;
    for (std::uint64_t i = 1; i < threads; ++i)
      helpers.push_back(std::async(std::launch::async, run));
  } catch (const std::system_error&) {
    // There are no more to be had: those that there are do it.
  }
  run();
  for (std::future<void>& helper : helpers) helper.get();
}

// The interpreter starts meanwhile, and opens files, too.
void require_descriptors(bundle::Bytes data) {
  std::size_t count = 1;
  for_each_library(data, [&](const bundle::BundleView&, const bundle::Entry&) { ++count; });
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || count > limit.rlim_cur / 2)
    throw LaunchError(PYLAUNCH_EXIT_SYSTEM, "collect",
                      fmt::format("{} memory files are many for a limit of {} descriptors", count,
                                  limit.rlim_cur));
}

Mapping reserve_addresses(std::uint64_t size) {
  void* const address =
      mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  return {address, size};
}

// Private, as a shared mapping of a file that is open for writing keeps it from being sealed.
void map_at(const Mapping& addresses, std::uint64_t offset, const MemoryFile& file) {
  if (file.size() == 0) return;
  void* const address = addresses.bytes().data() + offset;
  if (mmap(address, file.size(), PROT_READ, MAP_PRIVATE | MAP_FIXED, file.descriptor(), 0) ==
      MAP_FAILED)
    throw_errno("collect", "cannot map the cached bundle");
}

}  // namespace

CachedBundle CachedBundle::read(int descriptor, std::uint64_t size, bool with_libraries) {
  const std::uint64_t prefix = read_header(descriptor, size).libraries_offset;
  CachedBundle cached;
  if (!with_libraries) {
    cached.plain_ = read_plain(descriptor, prefix);
    return cached;
  }
  try {
    cached.read_into_files(descriptor, size, prefix);
  } catch (const LaunchError& error) {
    spdlog::debug("the cached bundle lies in plain memory: {}", error.what());
    cached = {};
    cached.plain_ = read_plain(descriptor, size);
  }
  return cached;
}

void CachedBundle::read_into_files(int descriptor, std::uint64_t size, std::uint64_t prefix) {
  mapped_ = reserve_addresses(size);
  const auto add = [this](const std::string& name, std::uint64_t length) {
    files_.emplace_back(name, length, MemoryFile::Limits::kept);
  };
  add(data_file_name, prefix);
  fill_all(descriptor, size, files_, {0});
  map_at(mapped_, 0, files_[0]);
  const bundle::Bytes data = bundle::Bytes(mapped_.bytes()).first(prefix);
  bundle::BundleView(data).verify_data();  // before what it says of the libraries is followed
  require_descriptors(data);
  std::vector<std::uint64_t> offsets;
  for_each_library(data, [&](const bundle::BundleView& view, const bundle::Entry& library) {
    add(library_file_name(view, library), library.content_bytes);
    offsets.push_back(library.content_offset);
  });
  const std::span libraries = std::span(files_).subspan(1);
  fill_all(descriptor, size, libraries, offsets);
  for (std::size_t i = 0; i < libraries.size(); ++i) map_at(mapped_, offsets[i], libraries[i]);
  bundle::BundleView(mapped_.bytes()).verify_libraries();
}

bundle::Bytes CachedBundle::bytes() const {
  const bundle::Bytes mapped = mapped_.bytes();
  return mapped.empty() ? plain_.bytes() : mapped;
}

}  // namespace pylaunch

// SPDX-License-Identifier: BSD-3-Clause
//
// BundleView reads a bundle in place. It borrows the bytes: whoever made the view keeps them alive
// and unchanged for as long as the view, and everything it returned, is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

#include "bundle/buffer.hpp"
#include "bundle/format.hpp"

namespace pylaunch::bundle {

// The bytes are not a usable bundle; what() says what is wrong with them.
class BundleError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string_view as_text(Bytes bytes);
Bytes as_bytes(std::string_view text);

class BundleView {
 public:
  // `bytes` may end at the header's libraries_offset: the shared objects then live in files of
  // their own. Every offset is checked here, once, so that the accessors need not.
  // Throws BundleError.
  explicit BundleView(Bytes bytes);

  // Reads all bytes of the view to verify them: for bundles that come from a file. Throws
  // BundleError.
  void verify_checksum() const;
  // Its two halves: what stands before the libraries, and these, if they are part of the view.
  void verify_data() const;
  void verify_libraries() const;

  const Header& header() const { return header_; }
  std::string_view abi_tag() const;
  bool has_libraries() const { return bytes_.size() == header_.total_bytes; }
  Bytes without_libraries() const { return bytes_.first(header_.libraries_offset); }

  std::uint32_t size() const { return header_.entry_count; }
  const Entry& entry(std::uint32_t index) const { return entries_[index]; }
  std::uint32_t index_of(const Entry& entry) const;
  std::optional<std::uint32_t> find(std::string_view path) const;

  std::string_view path(const Entry& entry) const;
  std::string_view soname(const Entry& entry) const;
  std::string_view real_path(const Entry& entry) const;
  Bytes content(const Entry& entry) const;  // of a library: only when has_libraries()
  std::string_view source(const Entry& entry) const;
  std::span<const std::uint32_t> dependencies(const Entry& entry) const;

 private:
  void check_entry(const Entry& entry) const;

  Bytes bytes_;
  Header header_;
  std::span<const Entry> entries_;
};

}  // namespace pylaunch::bundle

// SPDX-License-Identifier: BSD-3-Clause
//
// A small bundle with an entry of each kind, for the tests of reader and writer.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bundle/reader.hpp"
#include "bundle/writer.hpp"

namespace pylaunch::testing {

inline constexpr std::uint32_t sample_magic = 0x0d0d0da7;
inline constexpr const char* sample_abi = "cpython-311-x86_64-linux-gnu";

inline bundle::Record make_record(bundle::Kind kind, std::string path, std::string_view content,
                                  std::string_view source = {}) {
  bundle::Record record;
  record.kind = kind;
  record.path = std::move(path);
  record.content = bundle::as_bytes(content);
  record.source = source;
  record.stamp = {1'700'000'000'123'456'789, content.size(), 4711};
  return record;
}

// Deliberately not sorted.
inline std::vector<bundle::Record> sample_records() {
  using bundle::Kind;
  static const std::string library_a(5000, 'a');
  static const std::string library_b(4096, 'b');
  static const std::string library_c(1, 'c');
  static const std::string listing("fmodule.py\0dpackage\0", 20);
  std::vector<bundle::Record> records;
  records.push_back(make_record(Kind::source, "/site/module.py", "code of module", "import os\n"));
  records.back().real_path = "/site/module.py";
  records.push_back(make_record(Kind::library, "/site/libb.so.1", library_b));
  records.back().soname = "libb.so.1";
  records.push_back(make_record(Kind::library, "/site/a.so", library_a));
  records.back().dependencies = {"/site/libc.so", "/site/libb.so.1", "/not/in/the/bundle.so"};
  records.back().real_path = "/store/a-1.0.so";
  records.push_back(make_record(Kind::library, "/site/libc.so", library_c));
  records.back().soname = "libc-renamed.so.2";
  records.push_back(make_record(Kind::directory, "/site", listing));
  records.back().real_path = "/store/site";
  records.push_back(make_record(Kind::absent, "/absent.zip", ""));
  records.push_back(make_record(Kind::bytecode, "/site/only.pyc", "code of only"));
  records.push_back(make_record(Kind::data, "/site/data.bin", std::string_view("\0\1\2\xff", 4)));
  records.push_back(make_record(Kind::missing_name, "no.such.module", ""));
  return records;
}

inline bundle::BundleBuffer sample_bundle() {
  return bundle::build(sample_records(), sample_magic, sample_abi);
}

// Exactly `size` bytes of the heap, so that a sanitizer sees each read outside of them.
class ExactBytes {
 public:
  ExactBytes(bundle::Bytes from, std::size_t size) : data_(new std::byte[size]), size_(size) {
    std::memcpy(data_.get(), from.data(), std::min(size, from.size()));
  }
  explicit ExactBytes(bundle::Bytes from) : ExactBytes(from, from.size()) {}
  std::byte* data() { return data_.get(); }
  bundle::Bytes bytes() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_;
};

// Reads everything that a view gives access to; the sum keeps the reads alive.
inline std::uint64_t read_everything(const bundle::BundleView& view) {
  std::uint64_t sum = view.abi_tag().size();
  const auto add = [&sum](std::string_view text) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
  };
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const bundle::Entry& entry = view.entry(i);
    add(view.path(entry));
    add(view.soname(entry));
    add(view.real_path(entry));
    add(view.source(entry));
    for (const std::uint32_t index : view.dependencies(entry))
      sum += view.entry(index).content_bytes;
    if (view.has_libraries() || entry.kind != bundle::Kind::library)
      add(bundle::as_text(view.content(entry)));
    sum += view.find(view.path(entry)).value_or(0);
  }
  return sum;
}

}  // namespace pylaunch::testing

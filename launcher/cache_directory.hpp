// SPDX-License-Identifier: BSD-3-Clause
//
// The user's cache of manifests and bundles. Cached bytecode is code: a file is only read when the
// user owns it and nobody else may write it. Every failure here costs time, never the job.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bundle/buffer.hpp"
#include "launcher/cached_bundle.hpp"
#include "launcher/options.hpp"

namespace pylaunch {

class CacheDirectory {
 public:
  // Nothing is read or written with --no-cache, or where no folder can be made. Warns when that is
  // the one that the user has named.
  static CacheDirectory open(const Options& options);

  explicit operator bool() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  // Why nothing is kept for later runs; empty when nothing has gone wrong, or there is to be no
  // cache.
  const std::string& problem() const { return problem_; }
  void forget_problem() { problem_.clear(); }

  std::optional<std::string> read_text(const std::string& name) const;
  bool write(const std::string& name, bundle::Bytes bytes) const;
  // The same of a file that comes in pieces: `give` calls its argument with each of them. What it
  // throws is a failure like others.
  using Take = std::function<void(bundle::Bytes)>;
  bool write(const std::string& name, const std::function<void(const Take&)>& give) const;

  // Before a bundle of this size is written; false when it would not fit into --cache-limit.
  bool make_room(const std::string& name, std::uint64_t bytes) const;

  // A bundle that is whole and well-formed; empty otherwise. Without its libraries it ends where
  // they begin.
  CachedBundle read_bundle(const std::string& name, bool with_libraries) const;

 private:
  bool use(const std::string& chosen);

  std::string path_;
  mutable std::string problem_;
  std::uint64_t limit_ = 0;
};

}  // namespace pylaunch

// SPDX-License-Identifier: BSD-3-Clause
//
// Rank 0: everything worth broadcasting for this program. With a manifest: its files, and what
// files that changed since import now; without: what a static scan of the program finds.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/reader.hpp"
#include "bundle/writer.hpp"
#include "embed/collector.hpp"
#include "embed/freshness.hpp"
#include "embed/session.hpp"

namespace pylaunch::embed {

struct CollectedBundle {
  bundle::BundleBuffer bundle;
  bool is_cached = false;  // nothing changed: the cached bundle is the bundle
  bool program_compiles = true;
  std::vector<std::string> not_found;  // of --include
};

class Collection {
 public:
  // Begins to ask, in the background, whether the manifest's files have changed. What is referred
  // to must outlive this.
  Collection(std::string_view manifest, const Session& session,
             const std::vector<std::string>& includes, std::uint64_t library_size_limit);

  // `cached`, which may be empty, has to live until finish() has returned. True: it is the bundle,
  // unless its files have changed.
  bool offer(bundle::Bytes cached);

  // What the ranks need besides when offer() was true.
  const std::optional<NewerListing>& newer_listing() const { return newer_; }

  // Waits for the answers, and collects what there is to collect.
  CollectedBundle finish();

 private:
  Collector collector() const;
  bool is_unchanged(const std::string& path) const;
  bool can_take_folder(const std::string& path);
  bool can_take_users_part();

  std::set<std::string> manifest_;
  const Session& session_;
  const std::vector<std::string>& includes_;
  std::uint64_t library_size_limit_;
  std::optional<bundle::BundleView> cached_;
  std::optional<NewerListing> newer_;
  Freshness freshness_;
};

}  // namespace pylaunch::embed

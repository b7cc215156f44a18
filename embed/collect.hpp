// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bundle/reader.hpp"
#include "bundle/writer.hpp"
#include "embed/session.hpp"

namespace pylaunch::embed {

struct CollectedBundle {
  bundle::BundleBuffer bundle;
  bool is_cached = false;  // nothing changed: the cached bundle is the bundle
  bool program_compiles = true;
};

// Rank 0: everything worth broadcasting for this program. With a manifest: its files, and what
// files that changed since import now; without: what a static scan of the program finds.
CollectedBundle collect_files(std::string_view manifest, bundle::Bytes cached,
                              const Session& session, const std::vector<std::string>& includes,
                              std::uint64_t library_size_limit);

}  // namespace pylaunch::embed

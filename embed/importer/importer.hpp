// SPDX-License-Identifier: BSD-3-Clause
//
// Imports from memory, under CPython's own PathFinder: a path hook that makes finders which know a
// folder's listing, and loaders which have a module's code. Everything else (sys.path order,
// namespace packages, sys.modules, tracebacks) stays importlib's. docs/importer.md says where the
// behaviour differs, and why.
#pragma once

#include <optional>
#include <string_view>

#include "bundle/support_api.h"
#include "embed/program.hpp"
#include "embed/session.hpp"

namespace pylaunch::embed {

// Installs hook, finders and loaders. An empty bundle: everything comes from the file system, and
// is only counted. `bundle` must outlive the interpreter. Throws bundle::BundleError when it does
// not fit this interpreter.
void install_importer(const PylaunchHost& host, std::string_view bundle, const Session& session);

// The script, if it was broadcast.
std::optional<BroadcastScript> script_in_memory(std::string_view path);

}  // namespace pylaunch::embed

// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fuse_lowlevel.h>

#include <string>

#include "inode_table.hpp"
#include "metadata_queue.hpp"
#include "statistics.hpp"

namespace slowfs {

// A file in the view's root that is not in the source. Reading it gives the statistics as
// JSON, writing to it resets them. Its requests are neither counted nor delayed.
inline constexpr const char* control_name = ".slowfs-stats";
inline constexpr fuse_ino_t control_inode = FUSE_ROOT_ID + 1;  // odd: never an entry's address

// Everything that the operations share; lives as long as the FUSE session.
struct View {
  InodeTable inodes;
  MetadataQueue queue;
  Statistics statistics;
  double cache_seconds = 0;  // how long a client may trust names, absences and attributes
  bool keep_data = false;    // whether a client's page cache survives the next open

  std::string settings_json() const;
};

// Fill in one group of operations each.
void add_namespace_operations(fuse_lowlevel_ops& operations);
void add_read_operations(fuse_lowlevel_ops& operations);
void add_write_operations(fuse_lowlevel_ops& operations);

inline View& view_of(fuse_req_t request) {
  return *static_cast<View*>(fuse_req_userdata(request));
}

// Counts the request and, for metadata, waits for the server.
inline View& admit(fuse_req_t request, Operation operation) {
  View& view = view_of(request);
  view.statistics.count(fuse_req_ctx(request)->pid, operation);
  if (is_metadata(operation)) {
    view.queue.serve();
  }
  return view;
}

// Looks a name up without counting and answers with the entry; used after making one too.
void reply_with_entry(fuse_req_t request, View& view, fuse_ino_t parent, const char* name);

// The path by which an O_PATH descriptor can be opened for reading or writing.
std::string path_of(int path_fd);

}  // namespace slowfs

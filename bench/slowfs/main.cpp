// SPDX-License-Identifier: BSD-3-Clause
// slowfs: a pass-through view of a folder that behaves like a busy shared file system.
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "view.hpp"

namespace {

constexpr const char* usage_text =
    "usage: slowfs [--cost-us N] [--cache SECONDS] [--keep-data] [--threads N] SOURCE VIEW\n"
    "\n"
    "Shows the folder SOURCE at the empty folder VIEW until it is unmounted or interrupted.\n"
    "  --cost-us N      server time of one metadata request, in microseconds (200)\n"
    "  --cache SECONDS  how long clients trust names, absences and attributes (0: not at all)\n"
    "  --keep-data      clients keep file contents from one open to the next\n"
    "  --threads N      requests that can wait in the server's queue at once (128)\n"
    "Reading VIEW/.slowfs-stats gives the counts as JSON; writing anything to it resets them.\n";

struct Options {
  long cost_us = 200;
  double cache_seconds = 0;
  bool keep_data = false;
  unsigned int threads = 128;
  std::string source;
  std::string view;
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "slowfs: %s\n", what.c_str());
  std::exit(2);
}

double parse_number(const char* text) {
  double value = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, value);
  if (error != std::errc() || rest != end || value < 0) {
    fail(std::string("not a number that fits here: ") + text);
  }
  return value;
}

Options parse_options(int argc, char** argv) {
  static const option known[] = {{"cost-us", required_argument, nullptr, 'u'},
                                 {"cache", required_argument, nullptr, 'c'},
                                 {"keep-data", no_argument, nullptr, 'k'},
                                 {"threads", required_argument, nullptr, 't'},
                                 {"help", no_argument, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  for (int found; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    switch (found) {
      case 'u': options.cost_us = static_cast<long>(parse_number(optarg)); break;
      case 'c': options.cache_seconds = parse_number(optarg); break;
      case 'k': options.keep_data = true; break;
      case 't': options.threads = static_cast<unsigned int>(parse_number(optarg)); break;
      case 'h': std::fputs(usage_text, stdout); std::exit(0);
      default: std::fputs(usage_text, stderr); std::exit(2);
    }
  }
  if (argc - optind != 2) {
    std::fputs(usage_text, stderr);
    std::exit(2);
  }
  options.source = argv[optind];
  options.view = argv[optind + 1];
  return options;
}

// Every file that the kernel knows of holds a descriptor here.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

struct SessionDeleter {
  void operator()(fuse_session* session) const { fuse_session_destroy(session); }
};

struct LoopConfigDeleter {
  void operator()(fuse_loop_config* config) const { fuse_loop_cfg_destroy(config); }
};

int serve(fuse_session* session, const Options& options) {
  if (fuse_set_signal_handlers(session) != 0 ||
      fuse_session_mount(session, options.view.c_str()) != 0) {
    return 1;
  }
  const std::unique_ptr<fuse_loop_config, LoopConfigDeleter> config(fuse_loop_cfg_create());
  // A waiting request occupies a thread: there must be one for each that clients can send.
  fuse_loop_cfg_set_max_threads(config.get(), options.threads);
  fuse_loop_cfg_set_idle_threads(config.get(), options.threads);
  const int result = fuse_session_loop_mt(session, config.get());
  fuse_session_unmount(session);
  fuse_remove_signal_handlers(session);
  return result == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  ::umask(0);                           // the kernel applied the caller's already
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // the default would add 50 us to each sleep
  allow_many_descriptors();

  slowfs::FileDescriptor root(::open(options.source.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) {
    fail("cannot open " + options.source + ": " + std::strerror(errno));
  }
  slowfs::View view{slowfs::InodeTable(std::move(root)),
                    slowfs::MetadataQueue(std::chrono::microseconds(options.cost_us)),
                    {},
                    options.cache_seconds,
                    options.keep_data};

  fuse_lowlevel_ops operations{};
  slowfs::add_namespace_operations(operations);
  slowfs::add_read_operations(operations);
  slowfs::add_write_operations(operations);

  // Without "allow_other" only the user who started slowfs may use the view, so that the source's
  // own permissions hold. "default_permissions" would make the kernel ask for the attributes of
  // every folder on a path a second time, which no client of a real file system does.
  std::string mount_options = "fsname=slowfs,subtype=slowfs";
  char* session_argv[] = {argv[0], const_cast<char*>("-o"), mount_options.data(), nullptr};
  fuse_args session_args = FUSE_ARGS_INIT(3, session_argv);
  const std::unique_ptr<fuse_session, SessionDeleter> session(
      fuse_session_new(&session_args, &operations, sizeof operations, &view));
  fuse_opt_free_args(&session_args);
  return session ? serve(session.get(), options) : 1;
}

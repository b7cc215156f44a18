// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/python_runtime.hpp"

#include <spdlog/spdlog.h>

#include "launcher/mpi_environment.hpp"
#include "launcher/support_library.hpp"

namespace pylaunch {

namespace {

PylaunchSpan span_of(bundle::Bytes bytes) { return {bytes.data(), bytes.size()}; }

bundle::Bytes bytes_of(const PylaunchSpan& span) {
  return {static_cast<const std::byte*>(span.data), span.size};
}

void log_message(void*, int level, const char* message) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info,
                                                  spdlog::level::warn, spdlog::level::err};
  spdlog::log(levels[level & 3], "{}", message);
}

}  // namespace

PythonRuntime::PythonRuntime(const Options& options, StandardStreams& streams,
                             std::optional<int> rank, int size)
    : options_(options), streams_(streams) {
  host_.context = this;
  set_place(rank, size);
  host_.log = log_message;
  host_.library_path = [](void* context, std::uint32_t entry) {
    const NodeCopy* files = static_cast<PythonRuntime*>(context)->files_;
    return files != nullptr ? files->library_path(entry) : nullptr;
  };
  host_.learn = [](void* context, PylaunchSpan record) {
    static_cast<PythonRuntime*>(context)->learn_(bundle::as_text(bytes_of(record)));
  };
  mpi_library_ = mpi_library_soname();
}

void PythonRuntime::set_place(std::optional<int> rank, int size) {
  host_.rank = rank.value_or(-1);
  host_.size = size;
}

void PythonRuntime::build_request(const JobHeader& header) {
  support_library_ = header.support_library;
  request_.support_library = support_library_.c_str();
  arguments_ = {header.executable};
  arguments_.insert(arguments_.end(), options_.python_arguments.begin(),
                    options_.python_arguments.end());
  for (std::string& argument : arguments_) argv_.push_back(argument.data());
  request_.argc = static_cast<int>(argv_.size());
  argv_.push_back(nullptr);
  request_.argv = argv_.data();
  for (const std::string& name : options_.includes) includes_.push_back(name.c_str());
  includes_.push_back(nullptr);
  request_.includes = includes_.data();
  request_.mpi_library = mpi_library_.c_str();
  request_.mpi4py = options_.mpi4py.c_str();
  request_.library_limit = options_.library_limit_mib << 20;
  request_.broadcast = options_.broadcast ? 1 : 0;
  request_.learn_after = options_.broadcast && options_.cache ? options_.learn_after_s : 0;
}

ResolvedEnvironment PythonRuntime::resolve(const JobHeader& header) {
  build_request(header);
  support_ =
      load_support({header.libpython_file(), header.libpython},
                   {header.support_library, header.support_library}, header.is_python_built_in());
  PylaunchSpan session = {};
  ResolvedEnvironment environment;
  streams_.release();
  check_support(support_, support_->resolve(&host_, &request_, &session, &environment.key));
  environment.session = bytes_of(session);
  return environment;
}

void PythonRuntime::begin_collect(std::string_view manifest) {
  check_support(support_, support_->begin_collect({manifest.data(), manifest.size()}));
}

CachedOffer PythonRuntime::offer_cached(bundle::Bytes cached) {
  int is_candidate = 0;
  PylaunchSpan session = {};
  check_support(support_, support_->offer_cached(span_of(cached), &is_candidate, &session));
  return {is_candidate != 0, bytes_of(session)};
}

bundle::Bytes PythonRuntime::collect() {
  PylaunchSpan bundle = {};
  check_support(support_, support_->collect(&bundle));
  return bytes_of(bundle);
}

void PythonRuntime::start(const JobHeader& header, NodeCopy& files) {
  if (support_ == nullptr && !options_.broadcast) resolve(header);
  if (support_ != nullptr) return;
  build_request(header);
  support_ =
      load_support({files.runtime_path(0), header.libpython},
                   {files.runtime_path(1), header.support_library}, header.is_python_built_in());
  streams_.release();
  check_support(support_, support_->start(&host_, &request_, span_of(files.session())));
}

void PythonRuntime::publish(NodeCopy& files) {
  files_ = &files;
  check_support(support_, support_->publish(span_of(files.bundle())));
}

int PythonRuntime::run(const Learn& learn) {
  learn_ = learn;
  return support_->run();
}

int PythonRuntime::finish(int status) { return support_->finish(status); }

int PythonRuntime::release(MPI_Comm all) { return support_->release(MPI_Comm_c2f(all)); }

std::string_view PythonRuntime::record() const {
  return bundle::as_text(bytes_of(support_->record()));
}

}  // namespace pylaunch

// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/cache_names.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>

namespace pylaunch {

namespace {

constexpr std::size_t hash_digits = 16;
constexpr std::string_view bundle_suffix = ".bundle";
constexpr std::string_view manifest_suffix = ".manifest";
constexpr std::string_view temporary_suffix = ".new";

bool is_hexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_hash(std::string_view text) { return text.size() == hash_digits && is_hexadecimal(text); }

bool is_hash_before(std::string_view suffix, std::string_view name) {
  return name.ends_with(suffix) && is_hash(name.substr(0, name.size() - suffix.size()));
}

bool is_hash_behind(std::string_view prefix, std::string_view name) {
  return name.starts_with(prefix) && is_hash(name.substr(prefix.size()));
}

bool is_final_name(std::string_view name) {
  return is_hash_before(bundle_suffix, name) || is_hash_before(manifest_suffix, name) ||
         is_hash_behind("expected-", name) || is_hash_behind("python-", name);
}

// Random alone would do, where the kernel gives it. The number of a process is not enough: other
// hosts and containers count for themselves.
std::uint64_t unique_number() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0) random = 0;
  return random ^ std::hash<std::string>()(fmt::format("{} {} {}", host, getpid(), now));
}

}  // namespace

bool is_bundle_name(std::string_view name) { return is_hash_before(bundle_suffix, name); }

std::string temporary_name(const std::string& path) {
  return fmt::format("{}.{:016x}{}", path, unique_number(), temporary_suffix);
}

bool is_temporary_name(std::string_view name) {
  if (!name.ends_with(temporary_suffix)) return false;
  name.remove_suffix(temporary_suffix.size());
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && is_hash(name.substr(dot + 1)) &&
         is_final_name(name.substr(0, dot));
}

bool is_cache_name(std::string_view name) { return is_final_name(name) || is_temporary_name(name); }

}  // namespace pylaunch

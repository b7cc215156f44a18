// SPDX-License-Identifier: BSD-3-Clause
#include "launcher/raised_limit.hpp"

namespace pylaunch {

RaisedLimit::RaisedLimit(__rlimit_resource resource) : resource_(resource) {
  if (getrlimit(resource_, &usual_) != 0 || usual_.rlim_cur == usual_.rlim_max) return;
  const rlimit raised = {usual_.rlim_max, usual_.rlim_max};
  is_raised_ = setrlimit(resource_, &raised) == 0;
}

RaisedLimit::~RaisedLimit() {
  if (is_raised_) setrlimit(resource_, &usual_);
}

}  // namespace pylaunch

// SPDX-License-Identifier: BSD-3-Clause
// Preloaded into test jobs that have more ranks than processors: after 50 polls of UCX without
// progress a rank gives its processor to another one. MPICH itself polls without end, which makes
// such jobs up to 80 times slower.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdlib.h>

typedef unsigned (*progress_function)(void* worker);

unsigned ucp_worker_progress(void* worker) {
  static progress_function progress;
  static __thread int idle_polls;
  if (progress == NULL) {
    // Python loads MPI out of sight of RTLD_NEXT.
    void* library = dlopen("libucp.so.0", RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL) abort();
    progress = (progress_function)dlsym(library, "ucp_worker_progress");
    if (progress == NULL) abort();
  }
  const unsigned events = progress(worker);
  if (events != 0) {
    idle_polls = 0;
  } else if (++idle_polls >= 50) {
    idle_polls = 0;
    sched_yield();
  }
  return events;
}

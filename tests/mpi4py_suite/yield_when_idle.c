// SPDX-License-Identifier: BSD-3-Clause
// Preloaded into test jobs that have more ranks than processors: after 50 polls of UCX without
// progress a rank sleeps for a moment. MPICH itself polls without end, which makes such jobs up to
// 80 times slower. (sched_yield() is not enough: ranks that wait still take turns with those that
// work, for twice the time with three ranks on two processors, and more when others use them, too.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

typedef unsigned (*progress_function)(void* worker);

unsigned ucp_worker_progress(void* worker) {
  static const struct timespec moment = {.tv_nsec = 20000};  // and what the kernel adds: 50 us
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
    nanosleep(&moment, NULL);
  }
  return events;
}

/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one door between the launcher (MPI, no Python) and a support library (Python, one per CPython
 * version). The launcher loads libpython and then the support library with dlopen, asks it for
 * pylaunch_support(), and calls the table's functions in the order they stand in, all from the
 * main thread. No exception crosses this line.
 *
 * Functions return 0 to go on, or the exit status with which every rank should end (-1: end with
 * status 0, as after `-V`); error() then is the sentence to print, empty when Python has already
 * printed what there is to say.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PYLAUNCH_SUPPORT_ABI 7u
#define PYLAUNCH_SUPPORT_SYMBOL "pylaunch_support"

/* Exit status for failures of the launcher itself (sysexits.h); Python's own pass through. */
enum PylaunchExit {
  PYLAUNCH_EXIT_USAGE = 64,     /* an option or its value is wrong */
  PYLAUNCH_EXIT_NO_PYTHON = 69, /* no usable interpreter or no support library for it */
  PYLAUNCH_EXIT_INTERNAL = 70,  /* an error inside pylaunch */
  PYLAUNCH_EXIT_SYSTEM = 71     /* MPI or the operating system failed */
};

/* Borrowed bytes; the function that hands them out says until when they live. */
struct PylaunchSpan {
  const void* data;
  uint64_t size;
};

/* What the launcher offers to a support library. Valid until finish() has returned. */
struct PylaunchHost {
  void* context;
  int rank;
  int size;
  /* level: 0 debug, 1 information, 2 warning, 3 error */
  void (*log)(void* context, int level, const char* message);
  /* The path to give to dlopen for the bundle's library number `entry`, or NULL when only its true
   * path will do. The path stays valid, and names this one library, for the life of the job. */
  const char* (*library_path)(void* context, uint32_t entry);
  /* Rank 0, while run() runs, from another thread than all else, without the GIL: record() as it
   * would be now. `record` is the callee's until it returns. */
  void (*learn)(void* context, struct PylaunchSpan record);
};

struct PylaunchRequest {
  int argc; /* what CPython parses: argv[0] is the user's interpreter */
  char** argv;
  const char* const* includes; /* names of modules to broadcast besides, NULL-terminated */
  const char* mpi_library;     /* DT_SONAME of the MPI library in this process */
  const char* mpi4py;          /* native | installed | auto */
  uint64_t library_limit;      /* shared objects of more bytes are not broadcast */
  const char* support_library; /* its true path, wherever it was loaded from */
  int broadcast;               /* 0: plain python3 with MPI */
  uint32_t learn_after;        /* seconds of run() until the first learn(); 0: never */
};

struct PylaunchSupport {
  uint32_t abi;
  const char* python_version; /* "3.11" */
  const char* (*error)(void);

  /* Rank 0 (every rank with broadcast == 0): start the interpreter as python3 would. *session
   * describes environment and program for start(); *key names them for the cache. Both live until
   * finish(). */
  int (*resolve)(const struct PylaunchHost*, const struct PylaunchRequest*,
                 struct PylaunchSpan* session, uint64_t* key);

  /* Rank 0: begin to ask, in the background, whether the files of `manifest` have changed (empty: a
   * first run, nothing to ask). */
  int (*begin_collect)(struct PylaunchSpan manifest);

  /* Rank 0: what an earlier run has left (may be empty; kept alive by the caller until collect()
   * has returned). *is_candidate is 1 when it is the bundle, unless collect() says that its files
   * have changed. *session takes the place of what resolve() gave. */
  int (*offer_cached)(struct PylaunchSpan cached, int* is_candidate, struct PylaunchSpan* session);

  /* Rank 0: wait for the answers; bring the manifest's files (of an empty one: what a static scan
   * of the program finds) into a bundle, re-using what is unchanged in the cached one. *bundle is
   * empty when that is still the bundle; else it lives until publish(), or, if that is given this
   * one, as long as the library: the cache is written after finish(). */
  int (*collect)(struct PylaunchSpan* bundle);

  /* The other ranks: start the interpreter from these bytes, touching no Python file. Both spans
   * are kept alive by the caller until finish(). */
  int (*start)(const struct PylaunchHost*, const struct PylaunchRequest*,
               struct PylaunchSpan session);

  /* Every rank: serve imports from `bundle` from now on (empty: from the file system only). */
  int (*publish)(struct PylaunchSpan bundle);

  /* Every rank: run the program; the result is its exit status. */
  int (*run)(void);

  /* Every rank: end the interpreter (threads joined, atexit run). `status` is run()'s; the result
   * is the process's. */
  int (*finish)(int status);

  /* Every rank, after finish(): whether the program left something in MPI here, 1 or 0. */
  int (*has_left)(void);

  /* Every rank, when all have come there and any has left something: free that. Collective over
   * `communicator` (a Fortran handle), which has all ranks and no other use. The result is an MPI
   * error code. */
  int (*release)(int communicator);

  /* After finish(): what was imported from where and how long it took, as MessagePack; lives as
   * long as the library. */
  struct PylaunchSpan (*record)(void);
};

typedef const struct PylaunchSupport* (*PylaunchSupportFunction)(void);

#ifdef __cplusplus
}
#endif

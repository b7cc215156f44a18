# SPDX-License-Identifier: BSD-3-Clause
"""matplotlib, which opens each of its some 30 style sheets when it is imported, finds them in memory."""

import contextlib
import functools
import os


def adapt(matplotlib):
    from_files = matplotlib._open_file_or_url
    paths = memory.load("memory_paths")

    @contextlib.contextmanager
    @functools.wraps(from_files)
    def _open_file_or_url(fname):
        own = os.path.join(matplotlib.get_data_path(), "")
        path = os.fsdecode(fname) if isinstance(fname, (str, os.PathLike)) else ""
        in_memory = path.startswith(own)
        with paths.MemoryPath(path).open(encoding="utf-8") if in_memory else from_files(fname) as lines:
            yield lines

    matplotlib._open_file_or_url = _open_file_or_url

# SPDX-License-Identifier: BSD-3-Clause
"""What each rank of a traced job asked of the file system.

Each rank is started by a wrapper that traces it into a file with its rank in the name. `-y` shows
which file a descriptor stands for, and the current folder beside AT_FDCWD, which is not asked for.
"""

import pathlib
import re
import sys

CALLS = ("access,faccessat,faccessat2,chdir,execve,getdents64,lstat,newfstatat,open,openat,openat2,"
         "readlink,readlinkat,stat,statfs,statx,fstat,read,pread64,mmap")

# A rank's trace goes to a file with its rank in the name; the rest of the line is the launcher's.
WRAPPER = """\
#!/bin/sh
exec strace -f -y -qq -s 4096 -e trace={calls} -o "$TEST_TRACE.${{PMI_RANK:-$OMPI_COMM_WORLD_RANK}}" "$@"
"""

# 123 openat(AT_FDCWD</the/cwd>, "/path", ...) = 3</path>
LINE = re.compile(r"^(?:\d+\s+)?(?P<call>\w+)\((?P<arguments>.*)$")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
ANNOTATED = re.compile(r"(AT_FDCWD|\d+)<([^>]*)>")
# What MPI libraries look for themselves, in the home and the current folder: the settings of UCX, and
# of Open MPI and PMIx.
OF_MPI = re.compile(r"/ucx\.conf|/\.(openmpi|pmix)/(mca-params\.conf|components)\"")


def paths_of(line):
    """The paths that a traced call asked for: its own argument, or the file behind a descriptor."""
    match = LINE.match(line)
    if match is None:
        return
    call, arguments = match["call"], match["arguments"]
    if call == "execve" or OF_MPI.search(arguments):
        return
    if '"<unknown>"' in arguments:  # CPython's parser, for the text of an error in ast.parse()
        return
    arguments = arguments.split(" = ")[0] if call not in ("open", "openat", "openat2") else arguments
    descriptor = ANNOTATED.match(arguments)
    quoted = QUOTED.search(arguments)
    if quoted is not None:
        path = quoted[1]
        if path and not path.startswith("/") and descriptor is not None:
            path = descriptor[2] + "/" + path
        yield path or (descriptor[2] if descriptor else "")
    elif call in ("fstat", "read", "pread64", "getdents64") and descriptor is not None:
        yield descriptor[2]
    elif call == "mmap":
        for _, path in ANNOTATED.findall(arguments):
            yield path


# CPython 3.14 and later look for it at the start, whatever the embedding program says (docs/limitations.md).
OF_THE_START = {"pyvenv.cfg"} if sys.version_info >= (3, 14) else set()


def calls_below(trace, folders):
    """The lines of a trace that concern one of the folders or something in it."""
    found = []
    for line in pathlib.Path(trace).read_text(errors="replace").splitlines():
        for path in paths_of(line):
            if pathlib.PurePath(path).name in OF_THE_START:
                continue
            if any(path == folder or path.startswith(folder + "/") for folder in folders):
                found.append(line)
                break
    return found


def write_wrapper(path):
    path.write_text(WRAPPER.format(calls=CALLS))
    path.chmod(0o755)
    return path

# SPDX-License-Identifier: BSD-3-Clause
"""Counts, per MPI rank, the system calls that touch given folders.

    for rank in count_calls(["pylaunch", "script.py"], ranks=4, folders=["/usr/lib/python3"]):
        print(rank.rank, rank.calls, rank.by_call)
"""
from __future__ import annotations

import functools
import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TRACED = "%file,getdents64,fstat,fchdir"

# Each rank gets its own strace, and so its own output file: lines of two ranks never mix.
_WRAPPER = (
    'rank=${PMI_RANK:-${OMPI_COMM_WORLD_RANK:-${PMIX_RANK:-${SLURM_PROCID:-0}}}}\n'
    'exec strace -f -y -qq -s 8192 -e signal=none -e trace="$1" -o "$0/rank.$rank" -- "${@:2}"'
)

_CALL = re.compile(r"^(?P<pid>\d+)\s+(?P<name>\w+)\((?P<arguments>.*)")
_ARGUMENT = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"'
    r"|(?<![\w.])(?P<fd>AT_FDCWD|\d+)<(?P<fd_path>(?:[^<>\\]|\\.)*)>"
    r"|(?<![\w.])(?P<cwd>AT_FDCWD)(?![\w<])"
)
_ESCAPE = re.compile(rb'\\([0-7]{1,3}|x[0-9a-fA-F]{2}|.)')
_SIMPLE_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}

_TWO_PATHS = {"rename", "renameat", "renameat2", "link", "linkat"}
_PATH_IS_SECOND = {"symlink", "symlinkat"}
_NO_PATH = {"getcwd"}


@dataclass
class RankCount:
    rank: int
    calls: int = 0  # those that touch one of the folders
    all_calls: int = 0  # every traced call, wherever it went
    by_call: Counter[str] = field(default_factory=Counter)
    by_path: Counter[str] = field(default_factory=Counter)


def count_calls(
    command: Sequence[str],
    *,
    ranks: int,
    folders: Iterable[str],
    mpiexec: Sequence[str] = ("mpiexec",),
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float = 300,
) -> list[RankCount]:
    """Run `command` on `ranks` ranks under strace; CalledProcessError if the job fails."""
    with tempfile.TemporaryDirectory(prefix="strace-counts-") as output:
        launch = [*mpiexec, "-np", str(ranks), "bash", "-c", _WRAPPER, output, TRACED, *command]
        subprocess.run(
            launch, check=True, stdin=subprocess.DEVNULL, timeout=timeout_seconds, env=environment
        )
        traces = sorted(Path(output).glob("rank.*"), key=lambda p: int(p.suffix[1:]))
        if len(traces) != ranks:
            raise RuntimeError(f"{len(traces)} ranks were traced where {ranks} were started")
        return [_count_trace(trace, tuple(folders)) for trace in traces]


def _count_trace(trace: Path, folders: Sequence[str]) -> RankCount:
    counted = RankCount(rank=int(trace.suffix[1:]))
    with trace.open("rb") as lines:
        for call, paths in parse_trace(lines):
            counted.all_calls += 1
            touched = next((p for p in paths if is_inside(p, folders)), None)
            if touched is not None:
                counted.calls += 1
                counted.by_call[call] += 1
                counted.by_path[touched] += 1
    return counted


def parse_trace(
    lines: Iterable[bytes], start_folder: str | None = None
) -> Iterator[tuple[str, list[str]]]:
    """The name and the absolute paths of each call in the output of `strace -f -y`.

    A call that another thread interrupts is taken from its `<unfinished ...>` line, which has
    the arguments; the `resumed` line is not counted again.
    """
    folder_of_pid: dict[str, str] = {}
    start_folder = start_folder or os.getcwd()
    for raw in lines:
        match = _CALL.match(raw.decode("utf-8", "surrogateescape"))
        if match is None:
            continue
        name, pid = match["name"], match["pid"]
        current = folder_of_pid.get(pid, start_folder)
        paths = _paths_of(name, match["arguments"], current)
        yield name, paths
        if name in ("chdir", "fchdir") and paths and raw.rstrip().endswith(b"= 0"):
            folder_of_pid[pid] = paths[0]


def _paths_of(name: str, arguments: str, current_folder: str) -> list[str]:
    if name in _NO_PATH:
        return []
    wanted = 2 if name in _TWO_PATHS or name in _PATH_IS_SECOND else 1
    paths: list[str] = []
    base: str | None = None  # the folder of a descriptor that the next text is relative to
    for found in _ARGUMENT.finditer(arguments):
        if found["text"] is not None:
            text = _unescape(found["text"])
            paths.append(os.path.normpath(os.path.join(base or current_folder, text)))
            base = None
            if len(paths) == wanted:
                break
        else:
            # Newer versions of strace write the working folder after AT_FDCWD.
            base = current_folder if found["cwd"] else _unescape(found["fd_path"])
    if not paths and base is not None:  # a call on a descriptor alone: getdents64, fstat, fchdir
        paths.append(base)
    return paths[1:] if name in _PATH_IS_SECOND else paths


def _unescape(text: str) -> str:
    def replace(match: re.Match[bytes]) -> bytes:
        escape = match[1]
        if escape[:1] in b"01234567":
            return bytes([int(escape, 8) & 0xFF])
        if len(escape) == 3:
            return bytes([int(escape[1:], 16)])
        return _SIMPLE_ESCAPES.get(escape, escape)

    raw = text.encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(replace, raw).decode("utf-8", "surrogateescape")


def is_inside(path: str, folders: Sequence[str]) -> bool:
    """Whether `path`, or the file that its folder's symbolic links lead to, is in a folder."""
    real = os.path.join(_real_folder(os.path.dirname(path)), os.path.basename(path))
    return any(
        candidate == folder or candidate.startswith(folder.rstrip("/") + "/")
        for candidate in (path, real)
        for folder in folders
    )


@functools.lru_cache(maxsize=None)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder) if folder.startswith("/") else folder

# SPDX-License-Identifier: BSD-3-Clause
"""Files of the suite as MPI jobs, run again without the tests that ended them."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

RANK_PROGRAM = Path(__file__).resolve().parents[1] / "rank_program.py"
WORST_LAST = ("ok", "skipped", "failed", "died", "hung")


@dataclass(frozen=True)
class Program:
    """What stands behind `mpiexec -n N`."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    status: str
    text: str = ""


Outcomes = dict[str, Outcome]


@dataclass(frozen=True)
class Setting:
    mpiexec: str
    suite: Path  # mpi4py's folder `test`
    preload: str  # a library for LD_PRELOAD, or nothing
    seconds: float  # for one job

    def environment(self, program: Program) -> dict[str, str]:
        keep = {name: value for name, value in os.environ.items()
                if not name.startswith(("PMI", "HYDRA", "MPI4PY", "PYTHON"))}
        keep.update(PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", **program.environment)
        if self.preload:
            keep["LD_PRELOAD"] = self.preload
        return keep

    def output_options(self, folder: str) -> list[str]:
        """Each rank's output goes to files of its own below the folder."""
        if Path(self.mpiexec).name == "open-mpi":  # tests/support/open-mpi.in
            return ["--output-filename", f"{folder}/output:nojobid,nocopy"]
        return ["-outfile-pattern", f"{folder}/stdout.%r", "-errfile-pattern", f"{folder}/stderr.%r"]


def run_files(setting: Setting, program: Program, modules: list[str], ranks: int) -> Outcomes:
    """The worst that any rank says of each test. All files in one job, whose start takes longer than
    most files do; a job for each if that one does not end well."""
    ended, outcomes, _, _ = _run_once(setting, program, modules, ranks, [])
    if ended == "well":
        return outcomes
    merged: Outcomes = {}
    for module in modules:
        merged.update(_run_file(setting, program, module, ranks))
    return merged


def _run_file(setting: Setting, program: Program, module: str, ranks: int) -> Outcomes:
    outcomes: Outcomes = {}
    excluded: list[str] = []
    while True:
        ended, found, under_way, errors = _run_once(setting, program, [module], ranks, excluded)
        outcomes.update(found)
        if ended == "well":
            return outcomes
        guilty = [name for name in under_way if name not in excluded]
        for name in guilty:
            outcomes[name] = Outcome(ended, errors)
        if not guilty:  # before the first test or after the last
            outcomes[f"{module}.(outside of the tests)"] = Outcome(ended, errors)
            return outcomes
        excluded += guilty


def _run_once(setting, program, modules, ranks, excluded):
    with tempfile.TemporaryDirectory(prefix="mpi4py-suite-") as scratch:
        events = Path(scratch, "events")
        patterns = [word for name in excluded for word in ("-x", f"*{name}")]
        command = [setting.mpiexec, "-n", str(ranks), *setting.output_options(scratch),
                   *program.command, str(RANK_PROGRAM), str(setting.suite), str(events), *patterns,
                   *modules]
        ended = _run_command(command, setting.environment(program), scratch, setting.seconds)
        found, under_way, complete = _read_events(events, ranks)
        if ended == "well" and not complete:
            ended = "died"
        errors = "\n".join(path.read_text(errors="replace")[-1500:]
                           for path in sorted(Path(scratch).glob("**/*stderr*")))
        return ended, found, under_way, errors[-4000:]


def _run_command(command, environment, folder, seconds) -> str:
    with open(f"{folder}/mpiexec", "wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output,
                                   stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            return "well" if process.wait(seconds) == 0 else "died"
        except subprocess.TimeoutExpired:
            return "hung"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def _read_events(events: Path, ranks: int) -> tuple[Outcomes, list[str], bool]:
    outcomes: Outcomes = {}
    under_way: list[str] = []
    complete = True
    for rank in range(ranks):
        current, ended = None, False
        path = Path(f"{events}.{rank}")
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for event in map(json.loads, lines):
            if event[0] == "start":
                current = event[1]
            elif event[0] == "end":
                ended = True
            else:
                current = None
                _keep_worst(outcomes, event[1], Outcome(event[0], f"rank {rank}: {event[2]}"))
        if current is not None and current not in under_way:
            under_way.append(current)
        complete = complete and ended
    return outcomes, under_way, complete


def _keep_worst(outcomes: Outcomes, name: str, new: Outcome) -> None:
    old = outcomes.get(name)
    if old is None or WORST_LAST.index(new.status) > WORST_LAST.index(old.status):
        outcomes[name] = new

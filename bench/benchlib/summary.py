# SPDX-License-Identifier: BSD-3-Clause
"""Turns measurements into the table that the README shows."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from .slow_run import Measurement


@dataclass(frozen=True)
class Row:
    ranks: int
    launcher: str
    slow: bool
    measurements: Sequence[Measurement]

    @property
    def median_seconds(self) -> float:
        return median(m.wall_seconds for m in self.measurements)


def markdown_table(rows: Iterable[Row], baseline: str) -> str:
    """`baseline` names the launcher that the last column compares with, at the same N."""
    rows = list(rows)
    most_runs = max((len(r.measurements) for r in rows), default=0)
    base_seconds = {r.ranks: r.median_seconds for r in rows if r.launcher == baseline}
    lines = [
        "| N | launcher | wall s: median | min | max "
        "| requests | rank 0 | most of another rank | MB read | MB of memory | times faster |",
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        seconds = [m.wall_seconds for m in row.measurements]
        cells = [
            str(row.ranks),
            _launcher_cell(row, most_runs),
            f"**{row.median_seconds:.2f}**",
            f"{min(seconds):.2f}",
            f"{max(seconds):.2f}",
            *_request_cells(row),
            f"{max(m.peak_memory_bytes for m in row.measurements) / 1e6:,.0f}",
            _ratio(base_seconds.get(row.ranks), row.median_seconds),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _launcher_cell(row: Row, most_runs: int) -> str:
    """Says how many runs there were, if others had more: what takes too long is not run again."""
    runs = len(row.measurements)
    return row.launcher if runs == most_runs else f"{row.launcher} ({runs} run{'s' if runs > 1 else ''})"


def _ratio(base: float | None, seconds: float) -> str:
    return "–" if base is None else f"{base / seconds:.1f}"  # the baseline may have been left out


def _request_cells(row: Row) -> list[str]:
    if not row.slow:
        return ["–", "–", "–", "–"]
    # The largest of the repetitions: a promise about requests must hold in each run.
    figures = [
        max(m.requests for m in row.measurements),
        max(m.requests_of_rank_0 for m in row.measurements),
    ]
    cells = [f"{n:,}" for n in figures]
    others = max(m.most_requests_of_others for m in row.measurements)
    read = max(m.bytes_read for m in row.measurements)
    return [*cells, f"{others:,}" if row.ranks > 1 else "–", f"{read / 1e6:,.0f}"]

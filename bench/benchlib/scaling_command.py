# SPDX-License-Identifier: BSD-3-Clause
"""The command bench/scaling: fits a cost model to what bench/run has measured."""
from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any


def fit_line(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Least squares of y = a + b x: a, b, and the largest deviation from it.

    Relative deviations count, as the times span two orders of magnitude."""
    weights = [1 / y**2 for _, y in points]
    total = sum(weights)
    x_mean = sum(w * x for w, (x, _) in zip(weights, points)) / total
    y_mean = sum(w * y for w, (_, y) in zip(weights, points)) / total
    above = sum(w * (x - x_mean) * (y - y_mean) for w, (x, y) in zip(weights, points))
    below = sum(w * (x - x_mean) ** 2 for w, (x, _) in zip(weights, points))
    slope = above / below
    start = y_mean - slope * x_mean
    return start, slope, max(abs(start + slope * x - y) / y for x, y in points)


def print_fit(rows: Sequence[dict[str, Any]], cores: int) -> None:
    times: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        seconds = median(m["wall_seconds"] for m in row["measurements"])
        times.setdefault(row["launcher"], []).append((row["ranks"], seconds))
    print("| launcher | once, s | each rank, ms | of a processor, ms | largest deviation |\n"
          "|---|--:|--:|--:|--:|")
    for launcher, points in times.items():
        if len(points) < 3:
            continue
        start, slope, deviation = fit_line(points)
        print(f"| {launcher} | {start:.2f} | {slope * 1e3:.0f} | {slope * cores * 1e3:.0f} "
              f"| {deviation:.0%} |")
    print()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/scaling", description=__doc__)
    parser.add_argument("results", metavar="FILE.json", help="what bench/run --json has written")
    told = json.loads(Path(parser.parse_args().results).read_text())
    for comparison in told["comparisons"]:
        print(f"## {comparison['title']}\n")
        print_fit(comparison["rows"], told["machine"]["cores"])
    return 0

# SPDX-License-Identifier: BSD-3-Clause
"""What the examples must print, worked out without MPI."""
from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import accumulate
from typing import Any


def collectives(size: int) -> list[str]:
    lines = [f"{size} ranks"]

    def each(title: str, value: Callable[[int], Any]) -> None:
        lines.append(title)
        lines.extend(f"  rank {rank}: {value(rank)}" for rank in range(size))

    ranks = range(size)
    rows = [list(range(rank, rank + 3)) for rank in ranks]
    sums = list(accumulate(rank + 1 for rank in ranks))
    each("bcast: one dictionary for all",
         lambda _: {"steps": 100, "method": "leapfrog", "box": (1.0, 2.5)})
    each("scatter: a dictionary for each",
         lambda rank: {"id": rank, "name": f"task-{rank}", "rows": rows[rank]})
    each("scatter: the items of a dictionary",
         lambda rank: f"city-{rank:02} has {1000 * (rank + 1)}")
    lines.append(f"gather: at the root {[sum(row) for row in rows]}")
    each("allgather: at every rank", lambda _: [rank**2 for rank in ranks])
    each("alltoall: row becomes column", lambda rank: [f"{source}->{rank}" for source in ranks])
    each("reduce: the sum, at the last rank only",
         lambda rank: sums[-1] if rank == size - 1 else None)
    each("allreduce: the largest", lambda _: max(7 * rank % 5 for rank in ranks))
    each("scan: the sum so far", lambda rank: sums[rank])

    each("Bcast", lambda _: [0.0, 1.0, 2.0, 3.0])
    each("Scatter", lambda rank: [2 * rank, 2 * rank + 1])
    lines.append(f"Gather: {[[20 * rank, 20 * rank + 10] for rank in ranks]}")
    each("Allgather", lambda _: [rank + 0.5 for rank in ranks])
    each("Alltoall", lambda _: list(ranks))
    lines.append(f"Reduce: {[float(sums[-1])] * 3}")
    each("Allreduce, in place", lambda _: [size - 1, 0])
    each("Scan, a product", lambda rank: [2.0 ** (rank + 1)])
    return [*lines, "done"]


def monte_carlo_pi(size: int) -> list[str]:
    blocks, samples = 64, 10_000
    hits = 0
    for block in range(blocks):
        generator = random.Random(block)
        hits += sum(
            generator.random() ** 2 + generator.random() ** 2 <= 1.0 for _ in range(samples)
        )
    estimate = 4.0 * hits / (blocks * samples)
    dealt = [len(range(rank, blocks, size)) for rank in range(size)]
    return [
        f"ranks:          {size}, blocks each: {dealt}",
        f"samples:        {blocks * samples}",
        f"hits:           {hits}",
        f"pi is about     {estimate:.6f}",
        f"error:          {abs(estimate - math.pi):.6f}",
    ]


def heat2d(size: int, cells: int, steps: int) -> list[str]:
    """The start is an eigenvector of the stencil: each step multiplies it by the same factor."""
    factor = 1.0 - 8.0 * 0.25 * math.sin(math.pi / (2 * cells)) ** 2
    time = steps * 0.25 / cells**2
    peak, exact = factor**steps, math.exp(-2.0 * math.pi**2 * time)
    return [
        f"grid:            {cells} x {cells} cells in {size} stripes, {steps} steps",
        f"simulated time:  {time:.6f}",
        f"peak:            {peak:.9f} (exact {exact:.9f})",
        f"residual:        {factor ** (steps - 1) * (1.0 - factor):.6e} in the last step",
        f"error:           {exact - peak:.6e}, allowed {2.0 / cells**2:.6e}: ok",
    ]

# SPDX-License-Identifier: BSD-3-Clause
"""Estimate pi by throwing darts at a square: the first program of most mpi4py courses.

    mpiexec -np 4 pylaunch examples/monte_carlo_pi.py [samples]

The darts come in blocks with a seed each, and blocks are dealt to ranks like cards. So the same
darts are thrown, and the same answer comes out, whatever the number of ranks.
"""
from __future__ import annotations

import math
import random
import sys

from mpi4py import MPI

BLOCKS = 64


def hits_in_block(block: int, samples: int) -> int:
    """How many of `samples` points of the unit square lie within the quarter circle."""
    generator = random.Random(block)
    return sum(generator.random() ** 2 + generator.random() ** 2 <= 1.0 for _ in range(samples))


def main() -> None:
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()

    samples = None
    if rank == 0:  # the command line is read in one place and then told to the others
        samples = int(sys.argv[1]) if len(sys.argv) > 1 else 640_000
    samples_per_block = comm.bcast(samples, root=0) // BLOCKS

    own_blocks = range(rank, BLOCKS, size)
    own_hits = sum(hits_in_block(block, samples_per_block) for block in own_blocks)
    hits = comm.reduce(own_hits, op=MPI.SUM, root=0)
    blocks_by_rank = comm.gather(len(own_blocks), root=0)

    if rank == 0:
        thrown = samples_per_block * BLOCKS
        estimate = 4.0 * hits / thrown
        print(f"ranks:          {size}, blocks each: {blocks_by_rank}")
        print(f"samples:        {thrown}")
        print(f"hits:           {hits}")
        print(f"pi is about     {estimate:.6f}")
        print(f"error:          {abs(estimate - math.pi):.6f}")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: BSD-3-Clause
"""The heat equation on the unit square, in stripes of rows with halo exchange.

    mpiexec -np 4 pylaunch examples/heat2d.py [--cells N] [--steps N] [--timing]

u_t = u_xx + u_yy with u = 0 on the edge, by explicit Euler steps and the five-point stencil.
It starts from sin(pi x) sin(pi y), which decays by exp(-2 pi^2 t) and keeps its shape, so the
program can check itself; it exits with status 1 if the error is larger than the method's.
"""
from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy
from mpi4py import MPI

# The largest ratio dt / h^2 for which explicit Euler is stable in two dimensions.
STABLE_RATIO = 0.25


@dataclass
class Stripe:
    """This rank's rows of the grid, between two rows that belong to its neighbours."""

    comm: MPI.Comm
    field: numpy.ndarray  # shape (own rows + 2, cells + 1)
    first_row: int
    above: int  # the rank that has the rows before ours, or PROC_NULL at the edge
    below: int

    def exchange_halo(self) -> None:
        field = self.field
        self.comm.Sendrecv(field[1], dest=self.above, recvbuf=field[-1], source=self.below)
        self.comm.Sendrecv(field[-2], dest=self.below, recvbuf=field[0], source=self.above)

    def step(self, ratio: float) -> float:
        """Advance one step; returns the largest change of any of our points."""
        u = self.field
        inner = u[1:-1, 1:-1]
        change = ratio * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * inner)
        inner += change
        return float(numpy.abs(change).max(initial=0.0))


def exact(cells: int, first_row: int, rows: int, time: float) -> numpy.ndarray:
    """The solution at `time` on `rows` rows of the grid."""
    x = numpy.arange(first_row, first_row + rows)[:, None] / cells
    y = numpy.arange(cells + 1)[None, :] / cells
    return numpy.exp(-2.0 * numpy.pi**2 * time) * numpy.sin(numpy.pi * x) * numpy.sin(numpy.pi * y)


def make_stripe(comm: MPI.Comm, cells: int) -> Stripe:
    rank, size = comm.Get_rank(), comm.Get_size()
    inner_rows = cells - 1  # the rows on the edge never change and belong to nobody
    first = 1 + rank * inner_rows // size
    last = 1 + (rank + 1) * inner_rows // size
    field = exact(cells, first - 1, last - first + 2, time=0.0)
    return Stripe(
        comm,
        field,
        first,
        above=rank - 1 if rank > 0 else MPI.PROC_NULL,
        below=rank + 1 if rank < size - 1 else MPI.PROC_NULL,
    )


def largest_of_all(comm: MPI.Comm, value: float) -> float:
    local, result = numpy.array([value]), numpy.empty(1)
    comm.Allreduce(local, result, op=MPI.MAX)
    return float(result[0])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="2-D heat equation with halo exchange")
    parser.add_argument("--cells", type=int, default=128, help="cells along each side")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--timing", action="store_true", help="say on stderr how long it took")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    comm = MPI.COMM_WORLD
    cells, steps = arguments.cells, arguments.steps
    if cells - 1 < comm.Get_size():
        sys.exit("heat2d: there must be at least one inner row of cells per rank")
    stripe = make_stripe(comm, cells)
    time_step = STABLE_RATIO / cells**2

    comm.Barrier()
    started = MPI.Wtime()
    change = 0.0
    for _ in range(steps):
        stripe.exchange_halo()
        change = stripe.step(STABLE_RATIO)
    elapsed_seconds = largest_of_all(comm, MPI.Wtime() - started)

    time = steps * time_step
    own = stripe.field[1:-1]
    difference = numpy.abs(own - exact(cells, stripe.first_row, len(own), time))
    error = largest_of_all(comm, float(difference.max()))
    peak = largest_of_all(comm, float(own.max()))
    residual = largest_of_all(comm, change)
    # Both the time step and the grid contribute errors of order h^2.
    tolerance = 2.0 / cells**2
    passed = error <= tolerance

    if comm.Get_rank() == 0:
        size = comm.Get_size()
        print(f"grid:            {cells} x {cells} cells in {size} stripes, {steps} steps")
        print(f"simulated time:  {time:.6f}")
        print(f"peak:            {peak:.9f} (exact {numpy.exp(-2 * numpy.pi**2 * time):.9f})")
        print(f"residual:        {residual:.6e} in the last step")
        verdict = "ok" if passed else "TOO LARGE"
        print(f"error:           {error:.6e}, allowed {tolerance:.6e}: {verdict}")
        if arguments.timing:
            print(f"elapsed:         {elapsed_seconds:.3f} s", file=sys.stderr)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

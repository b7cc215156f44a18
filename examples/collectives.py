# SPDX-License-Identifier: BSD-3-Clause
"""A tour of MPI's collectives: Python objects in lower case, numpy arrays in upper case.

    mpiexec -np 4 pylaunch examples/collectives.py

Only rank 0 prints, so the output is in order; `show` first brings every rank's result there.
"""
from __future__ import annotations

from typing import Any

from mpi4py import MPI

try:
    import numpy
except ImportError:  # the second half of the tour is left out then
    numpy = None

comm = MPI.COMM_WORLD
rank = comm.Get_rank()
size = comm.Get_size()


def show(title: str, value: Any) -> None:
    """Print what each rank got."""
    values = comm.gather(value, root=0)
    if rank == 0:
        print(title)
        for number, text in enumerate(values):
            print(f"  rank {number}: {text}")


def tour_of_objects() -> None:
    parameters = {"steps": 100, "method": "leapfrog", "box": (1.0, 2.5)} if rank == 0 else None
    show("bcast: one dictionary for all", comm.bcast(parameters, root=0))

    # One piece per rank: a list of dictionaries, cut by the root.
    tasks = None
    if rank == 0:
        tasks = [{"id": i, "name": f"task-{i}", "rows": list(range(i, i + 3))} for i in range(size)]
    task = comm.scatter(tasks, root=0)
    show("scatter: a dictionary for each", task)

    # A dictionary is scattered through its items, one (key, value) pair per rank.
    cities = {f"city-{i:02}": 1000 * (i + 1) for i in range(size)} if rank == 0 else None
    name, people = comm.scatter(list(cities.items()) if cities else None, root=0)
    show("scatter: the items of a dictionary", f"{name} has {people}")

    counts = comm.gather(sum(task["rows"]), root=0)
    if rank == 0:
        print(f"gather: at the root {counts}")
    show("allgather: at every rank", comm.allgather(rank**2))
    show("alltoall: row becomes column", comm.alltoall([f"{rank}->{to}" for to in range(size)]))

    total = comm.reduce(rank + 1, op=MPI.SUM, root=size - 1)
    show("reduce: the sum, at the last rank only", total)
    show("allreduce: the largest", comm.allreduce((7 * rank) % 5, op=MPI.MAX))
    show("scan: the sum so far", comm.scan(rank + 1, op=MPI.SUM))


def tour_of_arrays() -> None:
    values = numpy.arange(4, dtype="d") if rank == 0 else numpy.empty(4, dtype="d")
    comm.Bcast(values, root=0)
    show("Bcast", values.tolist())

    whole = numpy.arange(2 * size, dtype="i").reshape(size, 2) if rank == 0 else None
    row = numpy.empty(2, dtype="i")
    comm.Scatter(whole, row, root=0)
    show("Scatter", row.tolist())

    rows = numpy.empty((size, 2), dtype="i") if rank == 0 else None
    comm.Gather(row * 10, rows, root=0)
    if rank == 0:
        print(f"Gather: {rows.tolist()}")

    everyone = numpy.empty(size, dtype="d")
    comm.Allgather(numpy.array([rank + 0.5]), everyone)
    show("Allgather", everyone.tolist())

    received = numpy.empty(size, dtype="i")
    comm.Alltoall(numpy.full(size, rank, dtype="i"), received)
    show("Alltoall", received.tolist())

    total = numpy.empty(3, dtype="d")
    comm.Reduce(numpy.full(3, rank + 1.0), total, op=MPI.SUM, root=0)
    if rank == 0:
        print(f"Reduce: {total.tolist()}")

    largest = numpy.array([rank, -rank], dtype="i")
    comm.Allreduce(MPI.IN_PLACE, largest, op=MPI.MAX)
    show("Allreduce, in place", largest.tolist())

    # Count and datatype can be spelled out.
    product = numpy.empty(1, dtype="d")
    comm.Scan([numpy.array([2.0]), 1, MPI.DOUBLE], [product, MPI.DOUBLE], op=MPI.PROD)
    show("Scan, a product", product.tolist())


def main() -> None:
    if rank == 0:
        print(f"{size} ranks")
    tour_of_objects()
    if numpy is not None:
        tour_of_arrays()
    comm.Barrier()
    if rank == 0:
        print("done")


if __name__ == "__main__":
    main()

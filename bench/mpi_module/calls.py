# SPDX-License-Identifier: BSD-3-Clause
"""What each rank runs: times calls of mpi4py.MPI, and rank 0 writes seconds per call as JSON.

    calls.py OUTPUT.json [NAME...]

With one rank: what the binding itself costs. With two: the wire as well; a ping-pong counts one way.
"""
import array
import json
import sys
import time

started = time.perf_counter()
from mpi4py import MPI  # noqa: E402  the import is one of the things to be measured

import_seconds = time.perf_counter() - started

import numpy as np  # noqa: E402

WORLD = MPI.COMM_WORLD
SELF = MPI.COMM_SELF
RANK = WORLD.Get_rank()
PEER = 1 - RANK
BLOCKS = 5
BLOCK_SECONDS = 0.004

small = np.zeros(1)
other = np.zeros(1)
eight = bytearray(8)
dictionary = {"step": 17, "energy": -1.5, "name": "rank"}
large = np.ones(1_000_000)


def time_block(call, number):
    begin = time.perf_counter()
    for _ in range(number):
        call()
    return (time.perf_counter() - begin) / number


def measure(call):
    """The best block's seconds per call; all ranks make the same number of calls."""
    number = 1
    while True:
        seconds = time_block(call, number) * number
        if WORLD.size > 1:
            seconds = WORLD.bcast(seconds)
        if seconds > BLOCK_SECONDS or number > 1_000_000:
            break
        number *= 2
    best = float("inf")
    for _ in range(BLOCKS):
        if WORLD.size > 1:
            WORLD.Barrier()
        best = min(best, time_block(call, number))
    return best


def alone():
    """Calls that leave this process not."""
    comm, null = WORLD, MPI.PROC_NULL
    yield "a function that does nothing", lambda: None  # what the interpreter takes for a call
    yield "Get_rank()", comm.Get_rank
    yield "rank", lambda: comm.rank
    yield "Wtime()", MPI.Wtime
    yield "Iprobe()", comm.Iprobe
    yield "Send(numpy) to PROC_NULL", lambda: comm.Send(small, null)
    yield "Send(numpy) to PROC_NULL, keywords", lambda: comm.Send(small, dest=null, tag=0)
    yield "Recv(numpy) from PROC_NULL", lambda: comm.Recv(small, null)
    yield "Isend(numpy) to PROC_NULL, Wait", lambda: comm.Isend(small, null).Wait()
    yield "send(None) to PROC_NULL", lambda: comm.send(None, null)
    yield "COMM_SELF.Barrier()", SELF.Barrier
    yield "COMM_SELF.Bcast(numpy, 8 B)", lambda: SELF.Bcast(small)
    yield "COMM_SELF.Bcast(bytearray, 8 B)", lambda: SELF.Bcast(eight)
    yield "COMM_SELF.Bcast([numpy, 1, DOUBLE])", lambda: SELF.Bcast([small, 1, MPI.DOUBLE])
    yield "COMM_SELF.Allreduce(numpy, numpy)", lambda: SELF.Allreduce(small, other)
    yield "COMM_SELF.bcast(dict)", lambda: SELF.bcast(dictionary)
    yield "Status()", MPI.Status


def ping_pong(out, into, send, receive):
    if RANK == 0:
        def there_and_back():
            send(out, PEER)
            receive(into, PEER)
    else:
        def there_and_back():
            receive(into, PEER)
            send(out, PEER)
    return there_and_back


def object_ping_pong(obj):
    if RANK == 0:
        def there_and_back():
            WORLD.send(obj, PEER)
            WORLD.recv(None, PEER)
    else:
        def there_and_back():
            WORLD.recv(None, PEER)
            WORLD.send(obj, PEER)
    return there_and_back


def both_ways():
    requests = [WORLD.Irecv(other, PEER), WORLD.Isend(small, PEER)]
    MPI.Request.Waitall(requests)


def together():
    """(name, call, messages one after the other in a call)."""
    for size, label in ((8, "8 B"), (1024, "1 KiB"), (65536, "64 KiB"), (4 << 20, "4 MiB")):
        for kind, make in (("numpy", lambda n: np.zeros(n // 8)), ("bytearray", bytearray),
                           ("array.array", lambda n: array.array("d", bytes(n)))):
            call = ping_pong(make(size), make(size), WORLD.Send, WORLD.Recv)
            yield f"Send/Recv({kind}, {label})", call, 2
    yield "send/recv(dict)", object_ping_pong(dictionary), 2
    yield "send/recv(1e6 doubles)", object_ping_pong(large), 2
    yield ("Send/Recv(1e6 doubles)",
           ping_pong(large, np.empty_like(large), WORLD.Send, WORLD.Recv), 2)
    yield "Isend, Irecv, Waitall(8 B)", both_ways, 1
    yield "Barrier()", WORLD.Barrier, 1
    yield "Allreduce(1 double)", lambda: WORLD.Allreduce(small, other), 1
    yield "allreduce(int)", lambda: WORLD.allreduce(RANK), 1
    yield "bcast(dict), Barrier()", lambda: (WORLD.bcast(dictionary), WORLD.Barrier()), 1


def main():
    output, *chosen = sys.argv[1:]
    seconds = {} if WORLD.size > 1 else {"import": import_seconds}
    entries = ((*entry, 1) for entry in alone()) if WORLD.size == 1 else together()
    for name, call, messages in entries:
        if not chosen or any(word in name for word in chosen):
            seconds[name] = measure(call) / messages
    if RANK == 0:
        with open(output, "w", encoding="utf-8") as file:
            json.dump(seconds, file)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: BSD-3-Clause
"""Each kind of call ten thousand times: what the process holds stays what it is.

Counted are Python's blocks, the bytes in use that malloc() says and the bytes of address space, in
five rounds after a first one that is not looked at. What is lost with each call is lost in each
round; caches, pools and heaps that still grow do so in some. So the least of the five is judged: of
one leaked object, one malloc() or one mapping for each call it is all of it, of noise it is nothing.
(Resident memory says little: MPI's pools and the heap's fragments move it by megabytes.)
"""
import ctypes
import functools
import gc
import os
import sys
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
SELF = MPI.COMM_SELF
NEXT = (WORLD.rank + 1) % WORLD.size
PREVIOUS = (WORLD.rank - 1) % WORLD.size
ROUNDS, CALLS = 5, 2000  # calls in a round
PAGE = os.sysconf("SC_PAGE_SIZE")
out, into = np.zeros(4), np.zeros(4)
tree = {"list": [1, 2.5, "three"], "tuple": (4,)}
array = np.zeros(64 * 1024)  # 512 KiB: goes out of band


def ring_of_buffers():
    request = WORLD.Isend(out, NEXT)
    WORLD.Recv(into, PREVIOUS)
    request.Wait()


def ring_of_objects():
    request = WORLD.isend(tree, NEXT)
    WORLD.recv(None, PREVIOUS)
    request.wait()


def ring_without_blocking():
    requests = [WORLD.irecv(None, PREVIOUS), WORLD.isend(tree, NEXT)]
    MPI.Request.waitall(requests)


def ring_of_arrays():
    WORLD.sendrecv(array, NEXT, 0, None, PREVIOUS, 0)


def ring_with_probe():
    request = WORLD.isend(tree, NEXT)
    WORLD.mprobe(PREVIOUS).recv()
    request.wait()


def persistent():
    send, receive = WORLD.Send_init(out, NEXT), WORLD.Recv_init(into, PREVIOUS)
    MPI.Prequest.Startall([send, receive])
    MPI.Request.Waitall([send, receive])
    send.Free()
    receive.Free()


def datatypes():
    vector = MPI.DOUBLE.Create_vector(2, 1, 2).Commit()
    SELF.Sendrecv([out, 1, vector], 0, 0, [into, 1, vector], 0, 0)
    vector.decode()
    vector.Free()


def failures():
    for call in (lambda: SELF.Send(1, 0), lambda: SELF.Send(out, 5), lambda: SELF.Send(out, 0, bad=1),
                 lambda: SELF.Recv(b"frozen", 0), lambda: SELF.bcast(lambda: 0),
                 lambda: SELF.Send([out, -1], 0)):
        try:
            call()
        except Exception:  # noqa: BLE001  any will do: what it leaves behind is the question
            pass


def infos():
    info = MPI.Info.Create({"key": "value"})
    dict(info.items())
    info.Free()


def groups():
    group = SELF.Get_group()
    group.Incl([0]).Free()
    group.Free()


def statuses():
    status = MPI.Status()
    status.tomemory()
    status.source = 1


def reductions():
    WORLD.allreduce(WORLD.rank)
    WORLD.allreduce([WORLD.rank])
    WORLD.reduce(1.5, op=MPI.MAX)
    WORLD.scan(1)


def collectives_of_objects():
    WORLD.bcast(tree)
    WORLD.gather(tree)
    WORLD.scatter([tree] * WORLD.size)
    WORLD.allgather(tree)
    WORLD.alltoall([tree] * WORLD.size)


def collectives_of_buffers():
    WORLD.Bcast(out)
    WORLD.Allreduce(out, into)
    WORLD.Iallreduce(out, into).Wait()
    WORLD.Allgatherv(out[:1], [np.zeros(WORLD.size), [1] * WORLD.size])


def communicators():
    comm = SELF.Dup()
    comm.Set_name("duplicate")
    comm.bcast(1)
    comm.Free()


def operations():
    op = MPI.Op.Create(lambda left, right, _: None)
    op.Free()


def attributes():
    key = MPI.Comm.Create_keyval(delete_fn=lambda *_: None)
    SELF.Set_attr(key, tree)
    SELF.Get_attr(key)
    SELF.Delete_attr(key)
    MPI.Comm.Free_keyval(key)


def memory():
    buffer = MPI.buffer.allocate(64)
    bytes(buffer[:8])
    MPI.Free_mem(MPI.Alloc_mem(64))


# ---- how it is measured ------------------------------------------------------------------------


class AllocatedMemory(ctypes.Structure):
    """struct mallinfo2 of the C library."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]


process = ctypes.CDLL(None)  # the C library, and MPI's
process.mallinfo2.restype = AllocatedMemory


def held():
    """Python's blocks, bytes of malloc(), bytes of address space."""
    gc.collect()
    memory = process.mallinfo2()
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[0])
    return sys.getallocatedblocks(), memory.uordblks + memory.hblkhd, pages * PAGE


def growth_per_call(call, calls=CALLS):
    """What each call leaves behind of the three."""
    rounds = []
    before = held()
    for _ in range(ROUNDS + 1):
        for _ in range(calls):
            call()
        after = held()
        rounds.append([new - old for new, old in zip(after, before)])
        before = after
    return [min(column) / calls for column in zip(*rounds[1:])]


def commit_a_type():
    """Without the module: what the MPI library itself does with a type that is not contiguous."""
    made = ctypes.c_void_p()
    old = ctypes.c_void_p(MPI.DOUBLE.handle)
    for error in (process.MPI_Type_vector(2, 1, 2, old, ctypes.byref(made)),
                  process.MPI_Type_commit(ctypes.byref(made)),
                  process.MPI_Type_free(ctypes.byref(made))):
        assert error == MPI.SUCCESS


@functools.lru_cache(maxsize=None)
def lost_with_a_type():
    """Bytes of malloc() that the MPI library loses with each type.

    MPICH 4.0 over UCX keeps the address of a structure of UCX's as an int when it asks whether there
    is one to free: where the heap lies so that this int is negative, in one process of two, there
    are 64 bytes that nobody frees.
    """
    return growth_per_call(commit_a_type)[1]


class Leaks(unittest.TestCase):
    def check(self, call, calls=CALLS, types=0):
        blocks, allocated, mapped = growth_per_call(call, calls)
        # With caches that grow in each round: far less than one of a kind for each call.
        self.assertLess(blocks, 0.25, f"{call.__name__} leaks blocks of Python")
        allowed = 8 + (types * lost_with_a_type() if types else 0)
        self.assertLess(allocated, allowed, f"{call.__name__} leaks bytes of malloc()")
        self.assertLess(mapped, max(PAGE / 2, 2 * allowed), f"{call.__name__} leaks address space")


for function in (ring_of_buffers, ring_of_objects, ring_without_blocking, ring_with_probe,
                 persistent, failures, infos, groups, statuses, reductions, collectives_of_objects,
                 collectives_of_buffers, communicators, operations, attributes, memory):
    def test(self, function=function):
        self.check(function)

    setattr(Leaks, f"test_{function.__name__}", test)


# With derived types; arrays are slow, since they move much memory.
Leaks.test_datatypes = lambda self: self.check(datatypes, types=1)
Leaks.test_ring_of_arrays = lambda self: self.check(ring_of_arrays, 200, types=1)


if __name__ == "__main__":
    unittest.main()

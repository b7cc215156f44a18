# SPDX-License-Identifier: BSD-3-Clause
"""Each kind of call ten thousand times: references, blocks and resident memory stay what they are."""
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
CALLS = 10_000
PAGE = os.sysconf("SC_PAGE_SIZE")
out, into = np.zeros(4), np.zeros(4)
tree = {"list": [1, 2.5, "three"], "tuple": (4,)}
array = np.zeros(64 * 1024)  # 512 KiB: goes out of band


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE


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


class Leaks(unittest.TestCase):
    def check(self, call, calls=CALLS):
        def repeat(number):
            for _ in range(number):
                call()
            gc.collect()

        repeat(calls // 10)
        blocks, pages = sys.getallocatedblocks(), resident_bytes()
        repeat(calls)
        grown = sys.getallocatedblocks() - blocks
        self.assertLess(grown, calls // 4, f"{call.__name__}: {grown} blocks after {calls} calls")
        # A leaked cell of 64 bytes would be 640 kB; MPI's own pools may grow by less.
        grown = resident_bytes() - pages
        self.assertLess(grown, max(64 * calls, 4 << 20), f"{call.__name__}: {grown} bytes")


for function in (ring_of_buffers, ring_of_objects, ring_without_blocking, ring_with_probe,
                 persistent, datatypes, failures, infos, groups, statuses, reductions,
                 collectives_of_objects, collectives_of_buffers, operations, attributes, memory):
    def test(self, function=function):
        self.check(function)

    setattr(Leaks, f"test_{function.__name__}", test)


# Slow ones, and what moves much memory.
Leaks.test_ring_of_arrays = lambda self: self.check(ring_of_arrays, 1000)
Leaks.test_communicators = lambda self: self.check(communicators, 2000)


if __name__ == "__main__":
    unittest.main()

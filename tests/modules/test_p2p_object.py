# SPDX-License-Identifier: BSD-3-Clause
"""Point-to-point communication of Python objects; runs under mpi4py and pylaunch alike."""
import pickle
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size
NEXT = (RANK + 1) % SIZE
PREVIOUS = (RANK - 1) % SIZE
OBJECTS = [None, 7, 2.5, "text", b"bytes", [1, (2, 3)], {"key": {"nested": None}}]


class Objects(unittest.TestCase):
    def test_sendrecv_delivers_an_equal_object(self):
        for item in OBJECTS:
            self.assertEqual(WORLD.sendrecv((RANK, item), NEXT, source=PREVIOUS), (PREVIOUS, item))

    def test_isend_then_recv_fills_the_status(self):
        request = WORLD.isend({"rank": RANK}, NEXT, tag=11)
        status = MPI.Status()
        self.assertEqual(WORLD.recv(source=MPI.ANY_SOURCE, tag=11, status=status),
                         {"rank": PREVIOUS})
        self.assertEqual((status.source, status.tag), (PREVIOUS, 11))
        self.assertGreater(status.count, 0)
        self.assertIsNone(request.wait())

    def test_irecv_delivers_through_wait_test_and_waitall(self):
        requests = [WORLD.irecv(source=PREVIOUS, tag=tag) for tag in range(3)]
        sends = [WORLD.isend(("item", tag), NEXT, tag) for tag in range(3)]
        self.assertEqual(requests[0].wait(), ("item", 0))
        done, item = False, None
        while not done:
            done, item = requests[1].test()
        self.assertEqual(item, ("item", 1))
        self.assertEqual(MPI.Request.waitall(requests[2:] + sends),
                         [("item", 2), None, None, None])

    def test_matched_probe_then_recv(self):
        request = WORLD.isend(list(range(100)), NEXT, 4)
        message = WORLD.mprobe(PREVIOUS, 4)
        self.assertEqual(message.recv(), list(range(100)))
        request.wait()

    def test_large_array_arrives(self):
        sent = np.arange(200000.0) + RANK
        received = WORLD.sendrecv(sent, NEXT, source=PREVIOUS)
        self.assertTrue((received == np.arange(200000.0) + PREVIOUS).all())

    def test_unpicklable_object_raises_before_anything_is_sent(self):
        with self.assertRaises(Exception):
            WORLD.send(lambda: None, RANK)
        self.assertFalse(WORLD.iprobe(source=RANK))

    def test_proc_null_pickles_nothing(self):
        WORLD.send(lambda: None, MPI.PROC_NULL)
        self.assertIsNone(WORLD.recv(source=MPI.PROC_NULL))


class PickleSettings(unittest.TestCase):
    def test_dumps_and_loads_are_inverse(self):
        for item in OBJECTS:
            self.assertEqual(MPI.pickle.loads(MPI.pickle.dumps(item)), item)

    def test_a_users_function_gets_a_buffer(self):
        given = []
        MPI.pickle.__init__(pickle.dumps, lambda data: (given.append(type(data)), pickle.loads(data))[1])
        try:
            objects = [WORLD.bcast(1), WORLD.allgather(1)[0], WORLD.alltoall([1] * WORLD.size)[0],
                       WORLD.sendrecv(1, WORLD.rank, source=WORLD.rank)]
            request = WORLD.irecv(source=WORLD.rank)
            WORLD.send(1, WORLD.rank)
            objects.append(request.wait())
        finally:
            MPI.pickle.__init__()
        self.assertEqual(set(objects), {1})
        self.assertEqual(set(given), {MPI.buffer})

    def test_out_of_band_buffers_hold_large_arrays(self):
        big = np.arange(100000.0)
        data, buffers = MPI.pickle.dumps_oob(big)
        self.assertEqual(len(buffers), 1)
        self.assertLess(len(data), 1000)
        self.assertTrue((MPI.pickle.loads_oob(data, buffers) == big).all())


if __name__ == "__main__":
    unittest.main()

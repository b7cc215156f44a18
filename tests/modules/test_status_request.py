# SPDX-License-Identifier: BSD-3-Clause
"""Statuses and requests; runs under mpi4py and pylaunch alike."""
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size
NEXT = (RANK + 1) % SIZE
PREVIOUS = (RANK - 1) % SIZE


class Unloadable:
    def __reduce__(self):
        return eval, ("1 / 0",)


class Statuses(unittest.TestCase):
    def test_new_status_is_empty(self):
        status = MPI.Status()
        self.assertEqual((status.source, status.tag, status.error),
                         (MPI.ANY_SOURCE, MPI.ANY_TAG, MPI.SUCCESS))
        self.assertEqual(status.Get_count(), 0)
        self.assertFalse(status.cancelled)

    def test_fields_can_be_set_and_compared(self):
        status = MPI.Status()
        status.source, status.tag, status.error = 3, 5, MPI.ERR_OTHER
        status.Set_elements(MPI.INT, 7)
        self.assertEqual((status.Get_source(), status.Get_tag()), (3, 5))
        self.assertEqual(status.Get_error(), MPI.ERR_OTHER)
        self.assertEqual(status.Get_count(MPI.INT), 7)
        copy = MPI.Status(status)
        self.assertEqual(copy, status)
        copy.tag = 6
        self.assertNotEqual(copy, status)

    def test_count_is_undefined_for_a_datatype_that_does_not_divide_the_message(self):
        request = WORLD.Isend(bytes(6), NEXT)
        status = MPI.Status()
        WORLD.Recv(bytearray(6), PREVIOUS, status=status)
        request.Wait()
        self.assertEqual(status.Get_count(MPI.INT), MPI.UNDEFINED)
        self.assertEqual(status.Get_count(MPI.SHORT), 3)

    def test_too_few_integers_are_no_status(self):
        self.assertRaises(IndexError, MPI.Status.f2py, [1])
        self.assertEqual(MPI.Status.f2py(MPI.Status().py2f()).Get_source(), MPI.ANY_SOURCE)

    def test_memory_of_a_status_can_be_copied(self):
        status, copy = MPI.Status(), MPI.Status()
        status.source = 4
        copy.tomemory()[:] = status.tomemory()
        self.assertEqual(copy, status)


class Requests(unittest.TestCase):
    def start(self, number):
        received = [np.zeros(1, "i") for _ in range(number)]
        receives = [WORLD.Irecv(received[tag], PREVIOUS, tag) for tag in range(number)]
        sends = [WORLD.Isend(np.array([tag], "i"), NEXT, tag) for tag in range(number)]
        return received, receives, sends

    def test_waitany_returns_each_index_once_then_undefined(self):
        received, receives, sends = self.start(3)
        status = MPI.Status()
        seen = []
        for _ in receives:
            seen.append(MPI.Request.Waitany(receives, status))
            self.assertEqual(status.tag, seen[-1])
        self.assertEqual(sorted(seen), [0, 1, 2])
        self.assertEqual(MPI.Request.Waitany(receives), MPI.UNDEFINED)
        MPI.Request.Waitall(sends)
        self.assertEqual([item[0] for item in received], [0, 1, 2])

    def test_waitsome_completes_everything_in_the_end(self):
        _, receives, sends = self.start(4)
        requests = receives + sends
        done = []
        while any(requests):
            statuses = []
            indices = MPI.Request.Waitsome(requests, statuses)
            self.assertGreaterEqual(len(statuses), len(indices))
            done += indices
        self.assertEqual(sorted(done), list(range(8)))
        self.assertIsNone(MPI.Request.Waitsome(requests))

    def test_testall_and_testany_poll(self):
        _, receives, sends = self.start(2)
        while not MPI.Request.Testall(receives):
            pass
        index, flag = 0, False
        while index != MPI.UNDEFINED:
            index, flag = MPI.Request.Testany(sends)
        self.assertTrue(flag)

    def test_get_status_leaves_the_request_alone(self):
        _, receives, sends = self.start(1)
        while not receives[0].Get_status():
            pass
        self.assertTrue(receives[0])
        self.assertTrue(receives[0].Test())
        self.assertFalse(receives[0])
        sends[0].Wait()

    def test_receive_can_be_cancelled(self):
        request = WORLD.Irecv(bytearray(1), PREVIOUS, 77)
        request.Cancel()
        status = MPI.Status()
        request.Wait(status)
        self.assertTrue(status.Is_cancelled())

    def test_an_object_that_cannot_be_unpickled_leaves_no_request_behind(self):
        for complete in (MPI.Request.waitall, MPI.Request.testall, MPI.Request.waitsome,
                         MPI.Request.testsome, MPI.Request.waitany, MPI.Request.testany):
            requests = [WORLD.irecv(source=PREVIOUS)]
            WORLD.send(Unloadable(), NEXT)
            with self.assertRaises(ZeroDivisionError):
                while complete(requests) is not None:  # polls until it is there
                    pass
            self.assertEqual(requests, [MPI.REQUEST_NULL])
            self.assertEqual(MPI.Request.waitall(requests), [None])
            WORLD.Barrier()

    def test_null_request_completes_at_once(self):
        self.assertTrue(MPI.REQUEST_NULL.Wait())
        self.assertTrue(MPI.Request().Test())
        self.assertFalse(MPI.REQUEST_NULL)
        self.assertEqual(MPI.Request(), MPI.REQUEST_NULL)

    def test_sequences_of_other_things_are_refused(self):
        with self.assertRaises(TypeError):
            MPI.Request.Waitall([None])
        with self.assertRaises(TypeError):
            MPI.Request.Waitall(3)


class GeneralizedRequests(unittest.TestCase):
    def test_callbacks_get_their_arguments(self):
        calls = []

        def query(status, *args, **kwargs):
            calls.append(("query", args, kwargs))
            status.source = 9

        def free(*args, **kwargs):
            calls.append(("free", args, kwargs))

        request = MPI.Grequest.Start(query, free, None, (1,), {"two": 2})
        self.assertFalse(request.Test())
        request.Complete()
        status = MPI.Status()
        request.Wait(status)
        self.assertEqual(status.source, 9)
        self.assertEqual(calls, [("query", (1,), {"two": 2}), ("free", (1,), {"two": 2})])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
"""Point-to-point communication of buffers; runs under mpi4py and pylaunch alike."""
import array
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.Get_rank()
SIZE = WORLD.Get_size()
NEXT = (RANK + 1) % SIZE
PREVIOUS = (RANK - 1) % SIZE


class RingOfBuffers(unittest.TestCase):
    def exchange(self, sent, received):
        WORLD.Sendrecv(sent, NEXT, 5, received, PREVIOUS, 5)

    def test_numpy_array_arrives_with_its_datatype(self):
        for dtype in "bhilqBHILQfdFD?":
            sent = np.array([RANK, 1, 0], dtype)
            received = np.zeros(3, dtype)
            self.exchange(sent, received)
            self.assertEqual(received.tolist(), np.array([PREVIOUS, 1, 0], dtype).tolist())

    def test_bytearray_array_and_memoryview_arrive(self):
        received = bytearray(4)
        self.exchange(bytes([RANK] * 4), received)
        self.assertEqual(received, bytes([PREVIOUS] * 4))
        received = array.array("d", [0.0, 0.0])
        self.exchange(memoryview(array.array("d", [RANK, 2.0])), received)
        self.assertEqual(received.tolist(), [PREVIOUS, 2.0])

    def test_explicit_count_displacement_and_datatype_select_elements(self):
        sent = np.arange(6.0) + 10 * RANK
        received = np.zeros(6)
        self.exchange([sent, (2, 3), MPI.DOUBLE], [received, 2, 1, "d"])
        base = 10 * PREVIOUS
        self.assertEqual(received.tolist(), [0, base + 3, base + 4, 0, 0, 0])

    def test_count_that_is_not_given_ends_with_the_buffer(self):
        sent = np.arange(4.0) + 10 * RANK
        received = np.full(6, -1.0)
        self.exchange([sent[:3], (None, 1), MPI.DOUBLE], received)
        base = 10 * PREVIOUS
        self.assertEqual(received.tolist(), [base + 1, base + 2, -1, -1, -1, -1])

    def test_nonblocking_transfer_keeps_its_buffers_alive(self):
        received = np.zeros(1000)
        requests = [WORLD.Irecv(received, PREVIOUS), WORLD.Isend(np.full(1000, RANK + 0.5), NEXT)]
        statuses = [MPI.Status(), MPI.Status()]
        self.assertTrue(MPI.Request.Waitall(requests, statuses))
        self.assertTrue((received == PREVIOUS + 0.5).all())
        self.assertEqual(statuses[0].Get_count(MPI.DOUBLE), 1000)
        self.assertEqual([bool(request) for request in requests], [False, False])

    def test_persistent_requests_run_twice(self):
        received = np.zeros(1, "i")
        sent = np.zeros(1, "i")
        requests = [WORLD.Recv_init(received, PREVIOUS, 3), WORLD.Send_init(sent, NEXT, 3)]
        for step in range(2):
            sent[0] = RANK + 100 * step
            MPI.Prequest.Startall(requests)
            MPI.Request.Waitall(requests)
            self.assertEqual(received[0], PREVIOUS + 100 * step)
        for request in requests:
            request.Free()

    def test_matched_probe_tells_the_size(self):
        request = WORLD.Isend(np.arange(7, dtype="i"), NEXT, 9)
        status = MPI.Status()
        message = WORLD.Mprobe(PREVIOUS, 9, status)
        received = np.zeros(status.Get_count(MPI.INT), "i")
        message.Recv(received)
        request.Wait()
        self.assertEqual(received.tolist(), list(range(7)))
        self.assertEqual(message, MPI.MESSAGE_NULL)


class WrongArguments(unittest.TestCase):
    def test_read_only_receive_buffer_is_refused(self):
        with self.assertRaises((BufferError, TypeError)):
            WORLD.Irecv(b"abcd", RANK)

    def test_count_that_does_not_fit_the_buffer_is_refused(self):
        with self.assertRaises(ValueError):
            WORLD.Send([bytearray(7), MPI.DOUBLE], RANK)
        with self.assertRaises(ValueError):
            WORLD.Send([np.zeros(3), -1, MPI.DOUBLE], RANK)

    def test_things_that_are_no_buffer_are_refused(self):
        with self.assertRaises(TypeError):
            WORLD.Send(object(), RANK)
        with self.assertRaises(TypeError):
            WORLD.Send(np.zeros(1))
        with self.assertRaises(TypeError):
            WORLD.Send(np.zeros(1), dest=0, colour=3)

    def test_rank_out_of_range_raises_mpi_exception(self):
        with self.assertRaises(MPI.Exception) as caught:
            WORLD.Send(np.zeros(1), SIZE)
        self.assertEqual(caught.exception.Get_error_class(), MPI.ERR_RANK)

    def test_message_longer_than_the_buffer_raises_truncate(self):
        request = MPI.COMM_SELF.Isend(np.zeros(4), 0)
        with self.assertRaises(MPI.Exception) as caught:
            MPI.COMM_SELF.Recv(np.zeros(1), 0)
        self.assertEqual(caught.exception.Get_error_class(), MPI.ERR_TRUNCATE)
        request.Wait()

    def test_proc_null_looks_at_no_buffer(self):
        WORLD.Send(None, MPI.PROC_NULL)
        status = MPI.Status()
        WORLD.Recv(None, MPI.PROC_NULL, status=status)
        self.assertEqual(status.source, MPI.PROC_NULL)


if __name__ == "__main__":
    unittest.main()

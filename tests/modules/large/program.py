# SPDX-License-Identifier: BSD-3-Clause
"""Messages of more than 2 GiB from rank 0 to rank 1: a buffer, an object's buffer, a long pickle."""
import unittest

import numpy as np
from mpi4py import MPI

COMM = MPI.COMM_WORLD
BYTES = 2**31 + 8
END = b"the end!"


@unittest.skipIf(MPI.Get_version() < (4, 0), "this MPI library has no large counts")
class MoreThanTwoGibibytes(unittest.TestCase):
    def test_buffer(self):
        data = bytearray(BYTES)
        if COMM.rank == 0:
            data[-8:] = END
            COMM.Send([data, BYTES, MPI.BYTE], 1)
        else:
            status = MPI.Status()
            COMM.Recv([data, BYTES, MPI.BYTE], 0, status=status)
            self.assertEqual(status.Get_count(MPI.BYTE), BYTES)
            self.assertEqual(data[-8:], END)

    def test_object_that_holds_a_large_array(self):
        if COMM.rank == 0:
            array = np.zeros(BYTES // 8)
            array[-1] = 7
            COMM.send({"array": array, "end": END}, 1)
        else:
            received = COMM.recv(source=0)
            self.assertEqual(received["array"].nbytes, BYTES)
            self.assertEqual((received["array"][-1], received["end"]), (7, END))

    def test_object_that_is_a_long_pickle(self):
        if COMM.rank == 0:
            COMM.send((bytes(BYTES), END), 1)
        else:
            received = COMM.recv(source=0)
            self.assertEqual((len(received[0]), received[1]), (BYTES, END))

    def test_broadcast_of_an_object(self):
        array = np.zeros(BYTES // 8)
        array[-1] = COMM.rank + 3
        received = COMM.bcast(array if COMM.rank == 0 else None)
        self.assertEqual((received.nbytes, received[-1]), (BYTES, 3))

    def test_nonblocking_object(self):
        if COMM.rank == 0:
            COMM.isend(np.ones(BYTES // 8), 1).wait()
        else:
            received = COMM.irecv(source=0).wait()
            self.assertEqual((received.nbytes, received[-1]), (BYTES, 1))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
"""Revoke does what the MPI library can do, or says that it can do nothing; what is asked of a
communicator without failures has the same answers either way. Open MPI 5 wants `mpiexec --with-ft
ulfm` for all of it: without that a revoked communicator cannot be shrunk, and agreeing on it hangs."""
import os
import unittest

import numpy as np
from mpi4py import MPI

VENDOR, VERSION = MPI.get_vendor()
HAS_REVOKE = VENDOR == "Open MPI" and VERSION >= (5,)
WORLD = MPI.COMM_WORLD


class WithoutFailures(unittest.TestCase):
    def setUp(self):
        self.comm = WORLD.Dup()

    def tearDown(self):
        self.comm.Free()

    def test_nobody_has_failed(self):
        failed = self.comm.Get_failed()
        self.assertEqual(failed.size, 0)
        failed.Free()
        for arguments in ((), (0,), (self.comm.size,), (None,)):
            self.assertEqual(self.comm.Ack_failed(*arguments), 0)
        self.assertIs(self.comm.Is_revoked(), False)

    def test_agreement_is_the_bitwise_and(self):
        last = self.comm.rank == self.comm.size - 1
        self.assertEqual(self.comm.Agree(0b0111 if last else 0b1111), 0b0111)
        flag = np.array([0b0111 if last else 0b1111], dtype="i")
        self.comm.Iagree(flag).Wait()
        self.assertEqual(flag[0], 0b0111)

    def test_shrinking_keeps_everybody(self):
        survivors = self.comm.Shrink()
        self.assertEqual(MPI.Comm.Compare(self.comm, survivors), MPI.CONGRUENT)
        self.assertIs(type(survivors), MPI.Intracomm)
        survivors.Free()
        survivors, request = self.comm.Ishrink()
        request.Wait()
        self.assertEqual(survivors.allreduce(1), self.comm.size)
        survivors.Free()

    def test_a_null_communicator_has_no_answers(self):
        null = MPI.COMM_NULL
        for call in (null.Get_failed, null.Ack_failed, null.Is_revoked, null.Shrink,
                     lambda: null.Agree(1)):
            self.assertRaises(MPI.Exception, call)


@unittest.skipIf(HAS_REVOKE, "this MPI library can revoke")
class WithoutRevoke(unittest.TestCase):
    def test_revoke_says_so_and_does_nothing(self):
        comm = WORLD.Dup()
        with self.assertRaisesRegex(NotImplementedError, r"Comm\.Revoke"):
            comm.Revoke()
        self.assertIs(comm.Is_revoked(), False)
        self.assertEqual(comm.allreduce(1), comm.size)
        comm.Free()


@unittest.skipUnless(HAS_REVOKE, "the MPI library cannot revoke a communicator")
class Revoked(unittest.TestCase):
    def setUp(self):
        self.comm = WORLD.Dup()
        self.comm.Set_errhandler(MPI.ERRORS_RETURN)

    def tearDown(self):
        self.comm.Free()

    def assert_revoked(self, call, *arguments):
        with self.assertRaises(MPI.Exception) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.Get_error_class(), MPI.ERR_REVOKED)

    def test_later_calls_fail(self):
        self.comm.Revoke()
        self.assertIs(self.comm.Is_revoked(), True)
        self.assert_revoked(self.comm.Barrier)
        self.assert_revoked(self.comm.send, None, MPI.PROC_NULL)
        self.assert_revoked(self.comm.Recv, bytearray(1), MPI.PROC_NULL)
        self.assert_revoked(self.comm.allreduce, 1)

    @unittest.skipIf(WORLD.size == 1, "one rank has nobody to wait for")
    def test_who_waits_is_told(self):
        WORLD.Barrier()
        if self.comm.rank == 0:
            self.comm.Revoke()
        else:
            self.assert_revoked(self.comm.Recv, bytearray(1), 0)
        self.assertIs(self.comm.Is_revoked(), True)

    @unittest.skipUnless(os.environ.get("OMPI_MCA_mpi_ft_enable") == "1",
                         "Open MPI was started without --with-ft ulfm")
    def test_survivors_go_on_after_shrinking(self):
        self.comm.Revoke()
        self.assertEqual(self.comm.Agree(5), 5)
        survivors = self.comm.Shrink()
        self.assertIs(survivors.Is_revoked(), False)
        self.assertEqual(survivors.allreduce(1), WORLD.size)
        survivors.Free()


if __name__ == "__main__":
    unittest.main()

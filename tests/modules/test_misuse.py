# SPDX-License-Identifier: BSD-3-Clause
"""Wrong arguments and failing callbacks are Python exceptions, never a crash or a hang."""
import ctypes
import pathlib
import sys
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
SELF = MPI.COMM_SELF
NEXT = (WORLD.rank + 1) % WORLD.size
PREVIOUS = (WORLD.rank - 1) % WORLD.size


class Buffers(unittest.TestCase):
    def assert_refused(self, errors, call, *arguments, **more):
        with self.assertRaises(errors):
            call(*arguments, **more)

    def test_what_is_no_buffer_is_a_type_error(self):
        for wrong in (1, 1.5, "text", object(), {}, {1}):
            self.assert_refused(TypeError, SELF.Send, wrong, 0)
            self.assert_refused(TypeError, SELF.Bcast, wrong)
            self.assert_refused(TypeError, SELF.Allreduce, wrong, np.zeros(1))

    def test_read_only_memory_cannot_receive(self):
        frozen = np.zeros(2)
        frozen.flags.writeable = False
        for wrong in (b"bytes", memoryview(b"bytes"), frozen):
            self.assert_refused((BufferError, ValueError), SELF.Recv, wrong, 0)
            self.assert_refused((BufferError, ValueError), SELF.Irecv, wrong, 0)

    def test_strided_memory_is_refused(self):
        self.assert_refused((BufferError, ValueError), SELF.Send, np.zeros((4, 4))[:, 1], 0)

    def test_counts_have_to_make_sense(self):
        data = np.zeros(4)
        self.assert_refused(ValueError, SELF.Send, [data, -1, MPI.DOUBLE], 0)
        self.assert_refused((ValueError, OverflowError), SELF.Send, [data, 1, -1, MPI.DOUBLE], 0)
        for number in ("one", 0.5, 1.0):
            self.assert_refused(TypeError, SELF.Send, [data, number, MPI.DOUBLE], 0)
            self.assert_refused(TypeError, SELF.Send, [data, 1, number, MPI.DOUBLE], 0)
            self.assert_refused(TypeError, SELF.Send, [data, (1, number), MPI.DOUBLE], 0)
        self.assert_refused(ValueError, SELF.Send, [data], 0)
        self.assert_refused(ValueError, SELF.Send, [None, 1, MPI.DOUBLE], 0)
        self.assert_refused(KeyError, SELF.Send, [data, 1, "no such type"], 0)
        self.assert_refused(ValueError, SELF.Send, [bytearray(7), MPI.DOUBLE], 0)
        self.assert_refused(ValueError, SELF.Scatterv, [data, [1, 1]], data)
        self.assert_refused(ValueError, SELF.Gatherv, data, [data, (1, 2), (0, 1), MPI.DOUBLE])

    def test_displacement_has_to_lie_in_the_buffer(self):
        data = np.zeros(4)
        self.assert_refused(ValueError, SELF.Send, [data, 0, 5, MPI.DOUBLE], 0)
        self.assert_refused(ValueError, SELF.Bcast, [data, (1, 9), MPI.DOUBLE])

    def test_count_is_not_inferred_where_the_buffer_does_not_tell(self):
        data = np.zeros(4)
        nothing = MPI.DOUBLE.Create_resized(0, 0).Commit()
        self.assert_refused(ValueError, SELF.Send, [data, nothing], 0)
        nothing.Free()
        if WORLD.size > 1:
            self.assert_refused(ValueError, WORLD.Alltoall, bytearray(WORLD.size + 1), bytearray(WORLD.size))

    def test_foreign_byte_order_is_refused(self):
        foreign = ctypes.c_int.__ctype_be__ if sys.byteorder == "little" else ctypes.c_int.__ctype_le__
        self.assert_refused(BufferError, SELF.Bcast, (foreign * 2)())

    def test_null_and_uncommitted_datatypes_are_refused(self):
        data = np.zeros(4)
        self.assert_refused((MPI.Exception, ValueError), SELF.Send, [data, 1, MPI.DATATYPE_NULL], 0)
        pair = MPI.DOUBLE.Create_contiguous(2)
        self.assert_refused(MPI.Exception, SELF.Send, [data, 1, pair], 0)
        pair.Free()

    def test_message_that_is_too_long_is_an_mpi_error(self):
        request = WORLD.Isend(np.zeros(8), NEXT)
        with self.assertRaises(MPI.Exception) as caught:
            WORLD.Recv(np.zeros(2), PREVIOUS)
        self.assertEqual(caught.exception.Get_error_class(), MPI.ERR_TRUNCATE)
        request.Wait()


class DeadHandles(unittest.TestCase):
    def test_null_and_freed_communicators(self):
        freed = SELF.Dup()
        freed.Free()
        for comm in (freed, MPI.COMM_NULL, MPI.Intracomm()):
            for call in (comm.Get_rank, comm.Get_size, comm.Barrier, lambda: comm.send(1, 0),
                         lambda: comm.recv(None, 0), lambda: comm.bcast(1),
                         lambda: comm.gather(1), lambda: comm.alltoall([1]),
                         lambda: comm.Bcast(np.zeros(1)), comm.Dup, comm.Get_group):
                with self.assertRaises(MPI.Exception):
                    call()

    def test_null_requests_complete_at_once(self):
        null = MPI.Request()
        self.assertTrue(null.Wait())
        self.assertIsNone(null.wait())
        self.assertEqual(null.test(), (True, None))
        self.assertTrue(MPI.Request.Waitall([null, MPI.Request()]))
        with self.assertRaises(MPI.Exception):
            null.Cancel()
        with self.assertRaises(MPI.Exception):
            null.Free()

    def test_other_null_handles(self):
        for call in (MPI.Win().Fence, MPI.Win().Free, MPI.File().Close, MPI.File().Get_size,
                     MPI.Datatype().Get_size, MPI.Group().Get_size, MPI.Info().Get_nkeys,
                     MPI.Op().Free, lambda: MPI.Message().Recv(bytearray(1)),
                     MPI.Errhandler().Free, MPI.Prequest().Start):
            with self.assertRaises(MPI.Exception):
                call()


class Unpicklable:
    def __reduce__(self):
        raise ValueError("cannot be pickled")


def refuse():
    raise ValueError("cannot be unpickled")


class Unloadable:
    def __reduce__(self):
        return refuse, ()


class Objects(unittest.TestCase):
    def test_object_that_cannot_be_pickled_is_not_sent(self):
        for call in (lambda: WORLD.send(Unpicklable(), NEXT), lambda: WORLD.isend(Unpicklable(), NEXT),
                     lambda: SELF.bcast(Unpicklable()), lambda: SELF.gather(Unpicklable()),
                     lambda: SELF.allreduce(Unpicklable()), lambda: SELF.alltoall([Unpicklable()])):
            with self.assertRaises(ValueError):
                call()
        self.assertFalse(WORLD.iprobe())
        WORLD.Barrier()

    def test_object_that_cannot_be_unpickled_fails_at_its_receiver(self):
        request = WORLD.isend(Unloadable(), NEXT)
        with self.assertRaisesRegex(ValueError, "unpickled"):
            WORLD.recv(None, PREVIOUS)
        request.wait()
        request = WORLD.isend(Unloadable(), NEXT)
        with self.assertRaisesRegex(ValueError, "unpickled"):
            WORLD.irecv(None, PREVIOUS).wait()
        request.wait()
        request = WORLD.isend("after that", NEXT)
        self.assertEqual(WORLD.recv(None, PREVIOUS), "after that")
        request.wait()

    def test_scatter_needs_one_object_for_each_rank(self):
        for wrong in ([], [1, 2]):
            with self.assertRaises(ValueError):
                SELF.scatter(wrong)
        with self.assertRaises(TypeError):
            SELF.scatter(1)


class Callbacks(unittest.TestCase):
    def test_exception_in_an_operation_on_objects(self):
        def fail(left, right, datatype):
            raise ZeroDivisionError

        op = MPI.Op.Create(fail)
        with self.assertRaises(ZeroDivisionError):
            op(1, 2)
        op.Free()

    def test_exception_in_a_keyval_callback_is_an_mpi_error(self):
        def fail(*_):
            raise ZeroDivisionError

        key = MPI.Comm.Create_keyval(copy_fn=fail)
        comm = SELF.Dup()
        comm.Set_attr(key, 1)
        with self.assertRaises((MPI.Exception, ZeroDivisionError)):
            comm.Dup()
        comm.Delete_attr(key)
        comm.Free()
        MPI.Comm.Free_keyval(key)

    def test_exception_in_a_generalized_request_is_an_mpi_error(self):
        def fail(*_):
            raise ZeroDivisionError

        request = MPI.Grequest.Start(query_fn=fail)
        request.Complete()
        with self.assertRaises((MPI.Exception, ZeroDivisionError)):
            request.Wait()

    def test_too_many_operations_are_refused(self):
        ops = []
        with self.assertRaises(RuntimeError):
            for _ in range(1000):
                ops.append(MPI.Op.Create(lambda left, right: left))
        self.assertGreaterEqual(len(ops), 16)
        for op in ops:
            op.Free()


class Spawning(unittest.TestCase):
    """What can be seen before MPI is asked: not every MPI library can spawn."""

    def test_commands_and_their_arguments_are_checked(self):
        for wrong in ("program", b"program", pathlib.Path("program")):
            self.assertRaises(ValueError, SELF.Spawn_multiple, wrong)
        self.assertRaises(ValueError, SELF.Spawn_multiple, ["one", "two"], [["-v"]])
        self.assertRaises(ValueError, SELF.Spawn_multiple, ["one", "two"], None, [1])
        for wrong in (1, ["one", 2]):
            self.assertRaises(TypeError, SELF.Spawn_multiple, wrong)
            self.assertRaises(TypeError, SELF.Spawn, "program", wrong)
        self.assertRaises(TypeError, SELF.Spawn, 1)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
"""What MPI 4.1 brought works where the MPI library has it, and says that it is missing elsewhere."""
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
NEXT = (WORLD.rank + 1) % WORLD.size
PREVIOUS = (WORLD.rank - 1) % WORLD.size
IS_THERE = MPI.Get_version() >= (4, 1)


class Missing(unittest.TestCase):
    def test_an_older_library_gives_not_implemented(self):
        if IS_THERE:
            self.assertGreater(MPI.Add_error_class(), MPI.ERR_LASTCODE)  # no stub in its place
            return
        for call in (MPI.Flush_buffer, MPI.Iflush_buffer, MPI.Get_hw_resource_info,
                     WORLD.Flush_buffer, WORLD.Iflush_buffer, WORLD.Detach_buffer):
            self.assertRaises(NotImplementedError, call)
        for call in (MPI.Remove_error_class, MPI.Remove_error_code, MPI.Remove_error_string,
                     MPI.Request.Get_status_any, MPI.Request.Get_status_all,
                     MPI.Request.Get_status_some, MPI.Request.get_status_any,
                     MPI.Request.get_status_all, MPI.Request.get_status_some,
                     WORLD.Attach_buffer, MPI.SESSION_NULL.Attach_buffer):
            self.assertRaises(NotImplementedError, call, 1)
        self.assertRaises(NotImplementedError, MPI.Attach_buffer, MPI.BUFFER_AUTOMATIC)


@unittest.skipUnless(IS_THERE, "the MPI library is older than MPI 4.1")
class Buffers(unittest.TestCase):
    def check_owner(self, owner, send):
        memory = bytearray(64 * 1024)
        owner.Attach_buffer(memory)
        received = np.zeros(100)
        request = WORLD.Irecv(received, PREVIOUS, 7)
        send(np.arange(100.0) + WORLD.rank)
        owner.Flush_buffer()
        owner.Iflush_buffer().Wait()
        request.Wait()
        self.assertEqual(received.tolist(), (np.arange(100.0) + PREVIOUS).tolist())
        self.assertIs(owner.Detach_buffer(), memory)

    def test_buffer_of_the_process(self):
        self.check_owner(MPI, lambda data: WORLD.Bsend(data, NEXT, 7))

    def test_buffer_of_a_communicator(self):
        self.check_owner(WORLD, lambda data: WORLD.Bsend(data, NEXT, 7))

    def test_owners_do_not_share_a_buffer(self):
        other, session = WORLD.Dup(), MPI.Session.Init()
        owners = [WORLD, other, session]
        memories = [bytearray(4096) for _ in owners]
        for owner, memory in zip(owners, memories):
            owner.Attach_buffer(memory)
        for owner, memory in zip(reversed(owners), reversed(memories)):
            self.assertIs(owner.Detach_buffer(), memory)
        other.Free()
        session.Finalize()

    def test_buffer_of_a_session(self):
        session = MPI.Session.Init()
        memory = bytearray(4096)
        session.Attach_buffer(memory)
        session.Flush_buffer()
        session.Iflush_buffer().Wait()
        self.assertIs(session.Detach_buffer(), memory)
        session.Finalize()

    def test_automatic_buffers(self):
        for owner in (MPI, WORLD):
            for automatic in (None, MPI.BUFFER_AUTOMATIC):
                owner.Attach_buffer(automatic)
                self.assertEqual(owner.Detach_buffer(), MPI.BUFFER_AUTOMATIC)

    def test_only_one_buffer_at_a_time(self):
        WORLD.Attach_buffer(bytearray(4096))
        self.assertRaises(MPI.Exception, WORLD.Attach_buffer, bytearray(4096))
        WORLD.Detach_buffer()

    def test_a_null_communicator_is_an_error(self):
        for call in (MPI.COMM_NULL.Flush_buffer, MPI.COMM_NULL.Iflush_buffer,
                     MPI.COMM_NULL.Detach_buffer):
            self.assertRaises(MPI.Exception, call)


@unittest.skipUnless(IS_THERE, "the MPI library is older than MPI 4.1")
class Statuses(unittest.TestCase):
    def test_statuses_leave_the_requests_as_they_are(self):
        data = np.zeros(1, "i")
        pending = WORLD.Irecv(np.zeros(1, "i"), PREVIOUS, 2)
        done = WORLD.Irecv(data, PREVIOUS, 1)
        requests = [pending, done]
        WORLD.Barrier()
        self.assertEqual(MPI.Request.Get_status_any(requests), (MPI.UNDEFINED, False))
        self.assertIs(MPI.Request.Get_status_all(requests), False)
        self.assertEqual(MPI.Request.Get_status_some(requests), [])
        WORLD.Barrier()
        WORLD.Send(np.array([WORLD.rank], "i"), NEXT, 1)
        status, statuses = MPI.Status(), []
        while MPI.Request.Get_status_any(requests, status) != (1, True):
            pass
        self.assertEqual((status.source, status.tag), (PREVIOUS, 1))
        self.assertEqual(MPI.Request.Get_status_some(requests, statuses), [1])
        self.assertEqual((statuses[0].source, statuses[0].tag), (PREVIOUS, 1))
        self.assertIs(MPI.Request.Get_status_all(requests), False)
        self.assertNotEqual(done, MPI.REQUEST_NULL)
        WORLD.Barrier()
        WORLD.Send(np.array([WORLD.rank], "i"), NEXT, 2)
        while not MPI.Request.get_status_all(requests, statuses):
            pass
        self.assertEqual([status.tag for status in statuses], [2, 1])
        MPI.Request.Waitall(requests)
        self.assertEqual(data[0], PREVIOUS)

    def test_no_active_request(self):
        null = [MPI.REQUEST_NULL]
        self.assertEqual(MPI.Request.get_status_any(null), (MPI.UNDEFINED, True))
        self.assertIs(MPI.Request.get_status_all(null), True)
        self.assertIsNone(MPI.Request.get_status_some(null))


@unittest.skipUnless(IS_THERE, "the MPI library is older than MPI 4.1")
class Environment(unittest.TestCase):
    def test_errors_are_removed(self):
        kind = MPI.Add_error_class()
        code = MPI.Add_error_code(kind)
        MPI.Add_error_string(code, "out of cheese")
        self.assertEqual(MPI.Get_error_string(code), "out of cheese")
        self.assertRaises(MPI.Exception, MPI.Remove_error_class, kind)  # a code is left
        MPI.Remove_error_string(code)
        MPI.Remove_error_code(code)
        MPI.Remove_error_class(kind)
        self.assertRaises(MPI.Exception, MPI.Remove_error_class, kind)

    def test_hardware_is_described_by_an_info(self):
        info = MPI.Get_hw_resource_info()
        self.assertIsInstance(info, MPI.Info)
        for value in dict(info).values():
            self.assertIn(value, ("true", "false"))
        info.Free()


if __name__ == "__main__":
    unittest.main()

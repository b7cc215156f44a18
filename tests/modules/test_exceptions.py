# SPDX-License-Identifier: BSD-3-Clause
"""MPI errors as Python exceptions; runs under mpi4py and pylaunch alike."""
import unittest

from mpi4py import MPI

WORLD = MPI.COMM_WORLD


class Raised(unittest.TestCase):
    def assert_raises(self, error_class, function, *args, **kwargs):
        with self.assertRaises(MPI.Exception) as caught:
            function(*args, **kwargs)
        self.assertEqual(caught.exception.Get_error_class(), error_class)

    def test_wrong_rank_tag_root_and_count(self):
        self.assert_raises(MPI.ERR_RANK, WORLD.Send, bytes(1), WORLD.size)
        self.assert_raises(MPI.ERR_RANK, WORLD.recv, source=-99)
        self.assert_raises(MPI.ERR_TAG, WORLD.send, None, 0, tag=-99)
        self.assert_raises(MPI.ERR_ROOT, WORLD.Bcast, bytearray(1), WORLD.size)

    def test_null_handles(self):
        self.assert_raises(MPI.ERR_COMM, MPI.COMM_NULL.Get_size)
        self.assert_raises(MPI.ERR_TYPE, MPI.DATATYPE_NULL.Get_size)
        self.assert_raises(MPI.ERR_GROUP, MPI.GROUP_NULL.Get_size)
        self.assert_raises(MPI.ERR_OP, MPI.COMM_SELF.Allreduce, bytes(1), bytearray(1),
                           MPI.OP_NULL)

    def test_predefined_handles_cannot_be_freed(self):
        self.assert_raises(MPI.ERR_TYPE, MPI.INT.Free)
        self.assertEqual(MPI.INT.Get_size(), 4)
        self.assert_raises(MPI.ERR_OP, MPI.SUM.Free)


class Objects(unittest.TestCase):
    def test_text_names_the_error(self):
        error = MPI.Exception(MPI.ERR_TRUNCATE)
        self.assertEqual(str(error), MPI.Get_error_string(MPI.ERR_TRUNCATE))
        self.assertEqual(error.Get_error_string(), error.error_string)
        self.assertEqual(int(error), MPI.ERR_TRUNCATE)
        self.assertEqual(error.error_code, MPI.ERR_TRUNCATE)

    def test_order_follows_the_code(self):
        low, high = sorted([MPI.ERR_COUNT, MPI.ERR_BUFFER])
        self.assertLess(MPI.Exception(low), MPI.Exception(high))
        self.assertGreaterEqual(MPI.Exception(high), low)
        self.assertNotEqual(MPI.Exception(low), MPI.Exception(high))

    def test_users_can_add_classes_codes_and_texts(self):
        error_class = MPI.Add_error_class()
        code = MPI.Add_error_code(error_class)
        MPI.Add_error_string(code, "out of cheese")
        error = MPI.Exception(code)
        self.assertEqual((error.error_class, error.error_string), (error_class, "out of cheese"))
        with self.assertRaises(MPI.Exception) as caught:
            MPI.COMM_SELF.Call_errhandler(code)
            raise error
        self.assertEqual(caught.exception, code)

    def test_wrong_types_raise_type_error(self):
        with self.assertRaises(TypeError):
            WORLD.Get_rank(1)
        with self.assertRaises(TypeError):
            WORLD.Send(bytes(1), "0")
        with self.assertRaises(TypeError):
            WORLD.Send(bytes(1), 0, wrong=1)
        with self.assertRaises(OverflowError):
            WORLD.Send(bytes(1), 2**40)


class Handlers(unittest.TestCase):
    def test_function_is_called_with_object_and_code(self):
        seen = []
        comm = MPI.COMM_SELF.Dup()
        handler = MPI.Comm.Create_errhandler(
            lambda where, code: seen.append((where == comm, code)))
        comm.Set_errhandler(handler)
        self.assertEqual(comm.Get_errhandler(), handler)
        comm.Call_errhandler(MPI.ERR_OTHER)
        self.assertEqual(seen, [(True, MPI.ERR_OTHER)])
        comm.Set_errhandler(MPI.ERRORS_RETURN)
        handler.Free()
        comm.Free()

    @unittest.skipIf(MPI.Get_version() < (4, 0), "sessions came with MPI 4.0")
    def test_errors_of_a_session_are_returned(self):
        for given in (None, MPI.ERRORS_RETURN):
            session = MPI.Session.Init(errhandler=given)
            self.assertEqual(session.Get_errhandler(), MPI.ERRORS_RETURN)
            session.Finalize()


if __name__ == "__main__":
    unittest.main()

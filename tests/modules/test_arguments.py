# SPDX-License-Identifier: BSD-3-Clause
"""Arguments of a wrong class, number or name are refused; what mpi4py takes as a number or text is taken."""
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
SELF = MPI.COMM_SELF


class Receivers(unittest.TestCase):
    def test_a_method_refuses_an_object_of_another_class(self):
        """Also where a class has a descriptor of its own for what it inherits."""
        for method, wrong in ((MPI.Comm.Get_rank, MPI.INT), (MPI.Intracomm.Get_rank, MPI.SUM),
                              (MPI.Cartcomm.Get_rank, SELF), (MPI.Intercomm.Merge, SELF),
                              (MPI.Prequest.Wait, MPI.REQUEST_NULL), (MPI.Intracomm.send, None)):
            with self.assertRaises(TypeError):
                method(wrong)
        self.assertIs(MPI.Intracomm.send.__objclass__, MPI.Intracomm)
        self.assertEqual(MPI.Comm.Get_rank(SELF), 0)


class Arguments(unittest.TestCase):
    def test_a_constructor_takes_one_argument_by_its_own_name_only(self):
        for cls in (MPI.Comm, MPI.Intracomm, MPI.Datatype, MPI.Request, MPI.Prequest, MPI.Grequest,
                    MPI.Status, MPI.Op, MPI.Group, MPI.Info, MPI.Message, MPI.Win, MPI.File,
                    MPI.Errhandler, MPI.Session, type("Own", (MPI.Intracomm,), {})):
            name = next(base for base in cls.__mro__ if base.__base__ is object).__name__.lower()
            self.assertFalse(isinstance(cls(**{name: None}), type(None)))
            for wrong in ("x", name.upper(), name + "s"):
                with self.assertRaises(TypeError):
                    cls(**{wrong: None})

    def test_a_null_character_does_not_end_a_text(self):
        info = MPI.Info.Create()
        for call in (lambda: info.Set("a\0b", "c"), lambda: info.Set("a", "b\0c"),
                     lambda: info.Set(b"a\0b", b"c"), lambda: SELF.Set_name("a\0b"),
                     lambda: MPI.Publish_name("a\0b", "c")):
            with self.assertRaises(ValueError):
                call()
        self.assertEqual(len(info), 0)
        info.Free()

    def test_an_array_of_one_number_is_a_number_where_one_is_expected(self):
        one = np.array([0])
        try:
            int(one)
        except TypeError:  # since numpy 2.5
            one = np.array(0)
        request = SELF.isend("object", one, one)
        self.assertEqual(SELF.recv(source=one, tag=one), "object")
        request.wait()
        for several in (np.array([0, 0]), np.array([]), np.array(["0"])[:0]):
            with self.assertRaises((TypeError, ValueError)):
                SELF.Iprobe(several)
        with self.assertRaises(TypeError):
            SELF.Create_cart([np.array([0])])

    def test_a_handle_is_a_number_that_is_not_cut(self):
        for cls in (MPI.Comm, MPI.Group, MPI.Datatype, MPI.Op, MPI.Request, MPI.Win, MPI.File, MPI.Session):
            for number in (-1, -2**31, 2**64, 2**64 + MPI.COMM_WORLD.handle, 2**70):
                with self.assertRaises(OverflowError):
                    cls.fromhandle(number)
        for handle in (WORLD, MPI.INT, MPI.SUM, MPI.INFO_ENV, WORLD.Get_group()):
            self.assertEqual(type(handle).fromhandle(handle.handle), handle)

    def test_an_operation_takes_its_operands_by_name(self):
        self.assertEqual(MPI.SUM(x=1, y=2), 3)
        for call in (lambda: MPI.SUM(1), lambda: MPI.SUM(1, 2, 3), lambda: MPI.SUM(1, z=2)):
            with self.assertRaises(TypeError):
                call()

    def test_wrong_classes_and_numbers_of_arguments(self):
        data = np.zeros(1)
        for call in (lambda: SELF.Send(), lambda: SELF.Send(data), lambda: SELF.Send(data, "0"),
                     lambda: SELF.Send(data, 0, 0, 0), lambda: SELF.Send(data, 0, label=1),
                     lambda: SELF.Send(data, 0, dest=0), lambda: SELF.Allreduce(data, data, op=1),
                     lambda: SELF.Recv(data, 0, status=1), lambda: MPI.Comm.Compare(SELF, 1),
                     lambda: MPI.Request.Waitall([1]), lambda: MPI.Request.Waitall(None),
                     lambda: MPI.Comm(1), lambda: SELF.Split("red"), lambda: MPI.Get_address(1)):
            with self.assertRaises(TypeError):
                call()

    def test_numbers_out_of_range(self):
        data = np.zeros(1)
        with self.assertRaises(OverflowError):
            SELF.Send(data, 2**40)
        for rank in (SELF.size, -7):
            with self.assertRaises(MPI.Exception) as caught:
                SELF.Send(data, rank)
            self.assertEqual(caught.exception.Get_error_class(), MPI.ERR_RANK)
        with self.assertRaises(MPI.Exception):
            SELF.Send(data, 0, -5)
        with self.assertRaises(MPI.Exception):
            SELF.bcast(1, root=9)
        with self.assertRaises(MPI.Exception):
            SELF.reduce(1, root=9)


if __name__ == "__main__":
    unittest.main()

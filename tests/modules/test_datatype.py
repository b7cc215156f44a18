# SPDX-License-Identifier: BSD-3-Clause
"""Derived datatypes; runs under mpi4py and pylaunch alike."""
import struct
import unittest

import numpy as np
from mpi4py import MPI

SELF = MPI.COMM_SELF


def copied(source, datatype, into):
    """Send one `datatype` of `source` to this process, and return `into` filled with it."""
    datatype.Commit()
    SELF.Sendrecv([source, 1, datatype], 0, 0, into, 0, 0)
    datatype.Free()
    return into.tolist()


class Constructors(unittest.TestCase):
    numbers = np.arange(12.0)

    def test_fortrans_sized_datatypes_have_their_size_or_are_null(self):
        found = set()
        for name, sizes in (("LOGICAL", (1, 2, 4, 8, 16)), ("INTEGER", (1, 2, 4, 8, 16)),
                            ("REAL", (2, 4, 8, 16)), ("COMPLEX", (4, 8, 16, 32))):
            for size in sizes:
                datatype = getattr(MPI, f"{name}{size}")
                if datatype == MPI.DATATYPE_NULL or datatype.Get_size() <= 0:
                    continue
                found.add(f"{name}{size}")
                self.assertEqual(datatype.Get_size(), size)
                kind = "b" if (name, size) == ("LOGICAL", 1) else {"REAL": "f", "COMPLEX": "c"}.get(name, "i")
                self.assertEqual(datatype.typestr, f"{kind}{size}")
                typeclass = getattr(MPI, f"TYPECLASS_{name}")
                self.assertEqual(MPI.Datatype.Match_size(typeclass, size).Get_size(), size)
        self.assertLessEqual({"INTEGER4", "REAL8", "COMPLEX16"}, found)

    def test_contiguous_and_duplicate(self):
        pair = MPI.DOUBLE.Create_contiguous(2)
        self.assertEqual(copied(self.numbers, pair.Dup(), np.zeros(2)), [0, 1])
        self.assertEqual((pair.size, pair.extent), (16, 16))
        pair.Free()

    def test_vectors_in_elements_and_in_bytes(self):
        for datatype in (MPI.DOUBLE.Create_vector(2, 1, 3), MPI.DOUBLE.Create_hvector(2, 1, 24)):
            self.assertEqual(copied(self.numbers, datatype, np.zeros(2)), [0, 3])

    def test_indexed_blocks(self):
        self.assertEqual(copied(self.numbers, MPI.DOUBLE.Create_indexed([1, 2], [5, 0]),
                                np.zeros(3)), [5, 0, 1])
        self.assertEqual(copied(self.numbers, MPI.DOUBLE.Create_hindexed([1, 1], [8, 0]),
                                np.zeros(2)), [1, 0])
        self.assertEqual(copied(self.numbers, MPI.DOUBLE.Create_indexed_block(2, [4, 8]),
                                np.zeros(4)), [4, 5, 8, 9])

    def test_structure_with_padding(self):
        record = np.zeros(2, np.dtype([("letter", "S1"), ("number", "f8")], align=True))
        record[0] = (b"x", 1.5)
        datatype = MPI.Datatype.Create_struct([1, 1], [0, 8], [MPI.CHAR, MPI.DOUBLE])
        datatype.Commit()
        packed = bytearray(9)
        SELF.Sendrecv([record, 1, datatype], 0, 0, packed, 0, 0)
        datatype.Free()
        self.assertEqual(struct.unpack("=cd", packed), (b"x", 1.5))

    def test_subarray_of_a_matrix(self):
        datatype = MPI.DOUBLE.Create_subarray([3, 4], [2, 2], [1, 2])
        self.assertEqual(copied(self.numbers, datatype, np.zeros(4)), [6, 7, 10, 11])

    def test_resized_type_repeats_at_its_extent(self):
        datatype = MPI.DOUBLE.Create_resized(0, 24).Commit()
        result = np.zeros(3)
        SELF.Sendrecv([self.numbers, 3, datatype], 0, 0, result, 0, 0)
        self.assertEqual(result.tolist(), [0, 3, 6])
        self.assertEqual(datatype.Get_extent(), (0, 24))
        self.assertEqual(datatype.Get_true_extent(), (0, 8))
        datatype.Free()

    def test_arrays_without_dimensions_are_refused(self):
        for call in (lambda: MPI.INT.Create_subarray([], [], []),
                     lambda: MPI.INT.Create_darray(1, 0, [], [], [], [])):
            with self.assertRaises(MPI.Exception):
                call()

    def test_lists_of_different_lengths_are_refused(self):
        with self.assertRaises(ValueError):
            MPI.INT.Create_indexed([1, 1], [0])
        with self.assertRaises(ValueError):
            MPI.Datatype.Create_struct([1], [0, 8], [MPI.INT, MPI.INT])


class Inquiry(unittest.TestCase):
    def test_envelope_and_contents_tell_the_constructor(self):
        vector = MPI.INT.Create_vector(3, 2, 5)
        *numbers, combiner = vector.Get_envelope()
        self.assertEqual((sum(numbers), combiner), (4, MPI.COMBINER_VECTOR))
        integers, addresses, counts, datatypes = vector.Get_contents()
        self.assertEqual((integers + counts, addresses), ([3, 2, 5], []))  # counts since MPI-4
        self.assertEqual(datatypes, [MPI.INT])
        self.assertFalse(vector.is_predefined)
        vector.Free()

    def test_predefined_types_are_named(self):
        self.assertTrue(MPI.DOUBLE.is_named)
        self.assertEqual(MPI.DOUBLE.name, "MPI_DOUBLE")
        self.assertEqual(MPI.DOUBLE.Get_envelope()[-1], MPI.COMBINER_NAMED)
        self.assertEqual(MPI.Datatype.Match_size(MPI.TYPECLASS_REAL, 8).size, 8)

    def test_name_can_be_set(self):
        datatype = MPI.INT.Dup()
        datatype.Set_name("mine")
        self.assertEqual(datatype.name, "mine")
        datatype.Free()
        self.assertEqual(datatype, MPI.DATATYPE_NULL)

    def test_every_letter_of_numpy_that_has_a_datatype_goes_there_and_back(self):
        for letter in "?bhilqBHILQfdgFDG":
            datatype = MPI.Datatype.fromcode(letter)
            self.assertEqual(datatype.size, np.dtype(letter).itemsize)
            self.assertEqual(np.dtype(datatype.typechar), np.dtype(letter))


class Packing(unittest.TestCase):
    def test_pack_and_unpack_are_inverse(self):
        numbers = np.arange(4, dtype="i")
        space = bytearray(MPI.INT.Pack_size(4, SELF))
        end = MPI.INT.Pack(numbers, space, 0, SELF)
        result = np.zeros(4, "i")
        self.assertEqual(MPI.INT.Unpack(space, 0, result, SELF), end)
        self.assertEqual(result.tolist(), [0, 1, 2, 3])

    def test_external_representation_is_big_endian(self):
        space = bytearray(MPI.INT.Pack_external_size("external32", 1))
        MPI.INT.Pack_external("external32", np.array([258], "i"), space, 0)
        self.assertEqual(bytes(space), struct.pack(">i", 258))


if __name__ == "__main__":
    unittest.main()

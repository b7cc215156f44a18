# SPDX-License-Identifier: BSD-3-Clause
"""Communicators, groups, datatypes, operations, errors; runs under mpi4py and pylaunch alike."""
import pickle
import unittest
import weakref

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size


class Communicators(unittest.TestCase):
    def test_split_by_parity(self):
        comm = WORLD.Split(RANK % 2, RANK)
        self.assertEqual(comm.size, len(range(RANK % 2, SIZE, 2)))
        self.assertIs(type(comm), MPI.Intracomm)
        comm.Free()
        self.assertEqual(comm, MPI.COMM_NULL)

    def test_duplicate_is_congruent_and_raises_exceptions(self):
        comm = WORLD.Dup()
        self.assertEqual(MPI.Comm.Compare(comm, WORLD), MPI.CONGRUENT)
        self.assertEqual(comm.Get_errhandler(), MPI.ERRORS_RETURN)
        comm.Set_name("duplicate")
        self.assertEqual(comm.name, "duplicate")
        comm.Free()

    def test_freed_communicator_raises_instead_of_crashing(self):
        comm = WORLD.Dup()
        comm.Free()
        with self.assertRaises(MPI.Exception):
            comm.Get_rank()
        with self.assertRaises(MPI.Exception):
            comm.Barrier()

    def test_subclass_keeps_its_class_when_duplicated(self):
        class MyComm(MPI.Intracomm):
            def twice(self):
                return 2 * self.rank

        comm = MyComm(WORLD).Dup()
        self.assertIs(type(comm), MyComm)
        self.assertEqual(comm.twice(), 2 * RANK)
        comm.Free()

    def test_methods_of_a_users_class_and_its_mixins_go_before_inherited_ones(self):
        class Logged:
            def Barrier(self):
                return "logged"

        class MyComm(Logged, MPI.Intracomm):
            def Get_rank(self):
                return -1 - super().Get_rank()

        comm = MyComm(WORLD)
        self.assertEqual((comm.Get_rank(), comm.Barrier(), comm.Get_size()), (-1 - RANK, "logged", SIZE))
        self.assertEqual(MPI.Comm.Get_rank(comm), RANK)

    def test_cartesian_shift_and_coordinates(self):
        cart = WORLD.Create_cart([SIZE], periods=True)
        self.assertEqual(cart.Get_topo(), ([SIZE], [1], [RANK]))
        self.assertEqual(cart.Shift(0, 1), ((RANK - 1) % SIZE, (RANK + 1) % SIZE))
        self.assertEqual(cart.Get_cart_rank(cart.Get_coords(RANK)), RANK)
        cart.Free()
        self.assertEqual(np.prod(MPI.Compute_dims(SIZE, 2)), SIZE)

    def test_predefined_handles_survive_pickling_and_have_weak_references(self):
        for handle in (WORLD, MPI.INT, MPI.SUM, MPI.GROUP_EMPTY, MPI.INFO_NULL):
            self.assertIs(pickle.loads(pickle.dumps(handle)), handle)
            self.assertIs(weakref.ref(handle)(), handle)
        with self.assertRaises(TypeError):
            hash(WORLD)

    def test_attributes_call_python_functions(self):
        calls = []
        key = MPI.Comm.Create_keyval(
            copy_fn=lambda comm, key, value: value + 1,
            delete_fn=lambda comm, key, value: calls.append(value))
        comm = MPI.COMM_SELF.Dup()
        comm.Set_attr(key, 41)
        copy = comm.Dup()
        self.assertEqual((comm.Get_attr(key), copy.Get_attr(key)), (41, 42))
        copy.Free()
        comm.Free()
        MPI.Comm.Free_keyval(key)
        self.assertEqual(calls, [42, 41])


class Groups(unittest.TestCase):
    def test_set_operations(self):
        group = WORLD.Get_group()
        first = group.Incl([0])
        rest = MPI.Group.Difference(group, first)
        self.assertEqual(rest.size, SIZE - 1)
        both = MPI.Group.Union(first, rest)
        self.assertEqual(MPI.Group.Compare(both, group), MPI.IDENT)
        self.assertEqual(group.Translate_ranks([0], first), [0])
        for item in (group, first, rest, both):
            item.Free()


class Datatypes(unittest.TestCase):
    def test_vector_type_moves_a_column(self):
        column = MPI.DOUBLE.Create_vector(3, 1, 4).Commit()
        matrix = np.arange(12.0).reshape(3, 4)
        result = np.zeros(3)
        MPI.COMM_SELF.Sendrecv([matrix, 1, column], 0, 0, result, 0, 0)
        column.Free()
        self.assertEqual(result.tolist(), [0.0, 4.0, 8.0])

    def test_decode_describes_the_constructor(self):
        subarray = MPI.INT.Create_subarray([4, 4], [2, 2], [1, 1])
        base, combiner, parameters = subarray.decode()
        self.assertEqual((base, combiner), (MPI.INT, "SUBARRAY"))
        self.assertEqual(parameters["subsizes"], [2, 2])
        subarray.Free()

    def test_codes_name_datatypes(self):
        self.assertEqual(MPI.Datatype.fromcode("f8"), MPI.DOUBLE)
        self.assertEqual(MPI.DOUBLE.tocode(), "d")
        self.assertEqual(MPI.INT.typestr, "i4")
        with self.assertRaises(ValueError):
            MPI.Datatype.fromcode("no such code")

    def test_derived_type_can_be_pickled(self):
        pair = MPI.Datatype.Create_struct([1, 2], [0, 8], [MPI.INT, MPI.DOUBLE])
        copy = pickle.loads(pickle.dumps(pair))
        self.assertEqual(copy.Get_extent(), pair.Get_extent())
        copy.Free()
        pair.Free()


class Operations(unittest.TestCase):
    def test_predefined_operations_work_on_objects(self):
        self.assertEqual(MPI.SUM([1], [2]), [1, 2])
        self.assertEqual(MPI.PROD(3, 4), 12)
        self.assertEqual(MPI.MIN(3, 2), 2)
        self.assertIs(MPI.LXOR(1, 2), False)
        self.assertTrue(MPI.SUM.Is_commutative())


class Errors(unittest.TestCase):
    def test_exception_compares_with_integers(self):
        error = MPI.Exception(MPI.ERR_RANK)
        self.assertEqual(error, MPI.ERR_RANK)
        self.assertLess(error, MPI.ERR_RANK + 1)
        self.assertEqual(hash(error), hash(MPI.ERR_RANK))
        self.assertIsInstance(error, RuntimeError)
        self.assertEqual(error.error_class, MPI.ERR_RANK)
        self.assertTrue(str(error))
        self.assertFalse(MPI.Exception(MPI.SUCCESS))

    def test_info_is_a_mapping(self):
        info = MPI.Info.Create({"one": "1"})
        info["two"] = "2"
        self.assertEqual(sorted(info.items()), [("one", "1"), ("two", "2")])
        del info["one"]
        self.assertNotIn("one", info)
        with self.assertRaises(KeyError):
            info["one"]
        info.Free()


class Windows(unittest.TestCase):
    @unittest.skipIf(SIZE == 1 and MPI.get_vendor()[0] == "Open MPI",
                     "Open MPI 4.1 gives a single process no window of memory that it has already")
    def test_put_and_fence_move_data_to_the_next_rank(self):
        memory = np.full(1, -1.0)
        window = MPI.Win.Create(memory, memory.itemsize, comm=WORLD)
        window.Fence()
        window.Put(np.array([float(RANK)]), (RANK + 1) % SIZE)
        window.Fence()
        window.Free()
        self.assertEqual(memory[0], (RANK - 1) % SIZE)


class Environment(unittest.TestCase):
    def test_clock_and_versions(self):
        start = MPI.Wtime()
        self.assertGreaterEqual(MPI.Wtime(), start)
        self.assertGreater(MPI.Wtick(), 0)
        self.assertGreaterEqual(MPI.Get_version(), (3, 0))
        name, version = MPI.get_vendor()
        self.assertEqual((type(name), len(version)), (str, 3))
        self.assertTrue(MPI.Is_initialized())
        self.assertFalse(MPI.Is_finalized())

    def test_buffer_gives_memory(self):
        memory = MPI.buffer.allocate(8, clear=True)
        memory[0] = 255
        self.assertEqual(memory.tobytes(), b"\xff" + bytes(7))
        self.assertTrue(memory.toreadonly().readonly)

    def test_buffer_is_a_sequence_of_bytes(self):
        memory = MPI.buffer(b"\x01\x02\x03")
        self.assertEqual(list(memory), [1, 2, 3])
        self.assertEqual(list(reversed(memory)), [3, 2, 1])
        self.assertEqual([1 in memory, 4 in memory], [True, False])
        self.assertEqual([a + b for a, b in zip(memory, memory)], [2, 4, 6])
        self.assertEqual(list(MPI.buffer()), [])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
"""Reductions with MPI's and with the user's operations; runs under mpi4py and pylaunch alike."""
import array
import unittest
import weakref

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size
PERSISTENT = MPI.Get_version() >= (4, 0)


def compose(left, right, _):
    """Multiply 2x2 matrices, which does not commute."""
    target = np.frombuffer(right, "d").reshape(2, 2)
    target[:] = np.frombuffer(left, "d").reshape(2, 2) @ target


def matrix(rank):
    return np.array([[1.0, rank + 1.0], [0.5, 1.0]])


class UserOperations(unittest.TestCase):
    def product(self, ranks):
        result = np.eye(2)
        for rank in ranks:
            result = result @ matrix(rank)
        return result

    def setUp(self):
        self.op = MPI.Op.Create(compose, commute=False)
        self.block = MPI.DOUBLE.Create_contiguous(4).Commit()

    def tearDown(self):
        self.block.Free()
        self.op.Free()

    def test_operation_that_does_not_commute_is_applied_in_rank_order(self):
        result = np.zeros((2, 2))
        WORLD.Allreduce([matrix(RANK), 1, self.block], [result, 1, self.block], self.op)
        np.testing.assert_allclose(result, self.product(range(SIZE)))
        self.assertFalse(self.op.Is_commutative())

    def test_scan_of_it(self):
        result = np.zeros((2, 2))
        WORLD.Scan([matrix(RANK), 1, self.block], [result, 1, self.block], self.op)
        np.testing.assert_allclose(result, self.product(range(RANK + 1)))

    def test_local_reduction_and_call(self):
        result = matrix(1)
        self.op.Reduce_local([matrix(0), 1, self.block], [result, 1, self.block])
        np.testing.assert_allclose(result, self.product([0, 1]))
        self.assertEqual(MPI.MAX(2, 3), 3)

    def test_operations_can_be_made_and_freed_many_times(self):
        for _ in range(100):
            op = MPI.Op.Create(compose)
            op.Free()
            self.assertEqual(op, MPI.OP_NULL)

    def test_an_operation_may_be_freed_before_the_reductions_that_use_it_end(self):
        def add(first, second, _):
            np.frombuffer(second, "i")[:] += np.frombuffer(first, "i")

        known = weakref.ref(add)
        result, again = np.zeros(1, "i"), np.zeros(1, "i")
        operation = MPI.Op.Create(add, True)
        del add
        request = WORLD.Iallreduce(np.ones(1, "i"), result, operation)
        if PERSISTENT:
            lasting = WORLD.Allreduce_init(np.ones(1, "i"), again, operation)
        operation.Free()
        others = [MPI.Op.Create(lambda *_: 1 / 0) for _ in range(20)]
        self.assertIsNotNone(known())
        request.Wait()
        self.assertEqual(result[0], WORLD.size)
        if PERSISTENT:
            lasting.Start()
            lasting.Wait()
            lasting.Free()
            del lasting
            self.assertEqual(again[0], WORLD.size)
        self.assertIsNone(known())
        for other in others:
            other.Free()

    def test_several_operations_live_at_once(self):
        def scaled(factor):
            def add(left, right, _):
                np.frombuffer(right, "d")[:] += factor * np.frombuffer(left, "d")
            return add

        ops = [MPI.Op.Create(scaled(factor)) for factor in range(8)]
        for factor, op in enumerate(ops):
            result = np.ones(1)
            op.Reduce_local(np.ones(1), result)
            self.assertEqual(result[0], 1 + factor)
            op.Free()


class PredefinedOperations(unittest.TestCase):
    def test_buffers(self):
        mine = np.array([RANK + 1], "i")
        result = np.zeros(1, "i")
        expected = [(MPI.SUM, SIZE * (SIZE + 1) // 2), (MPI.MAX, SIZE), (MPI.MIN, 1),
                    (MPI.PROD, int(np.prod(range(1, SIZE + 1))))]
        for op, value in expected:
            WORLD.Allreduce(mine, result, op)
            self.assertEqual(result[0], value)

    def test_every_kind_of_number_in_a_buffer(self):
        for code in "bBhHiIlLqQfd":
            mine, result = array.array(code, [RANK, 1]), array.array(code, [0, 0])
            WORLD.Allreduce(mine, result, MPI.SUM)
            self.assertEqual(result.tolist(), [SIZE * (SIZE - 1) // 2, SIZE], code)

    def test_raw_bytes_are_small_numbers(self):
        for make in (bytearray, MPI.memory.frombuffer):
            result = make(bytearray([0, 0, 0]))
            WORLD.Allreduce(bytes([RANK, 1, RANK == 0]), result, MPI.SUM)
            self.assertEqual(bytes(result), bytes([SIZE * (SIZE - 1) // 2, SIZE, 1]))
        result = bytearray([0])
        WORLD.Allreduce(bytearray([RANK + 1]), result, MPI.LAND)
        self.assertEqual(result, b"\1")

    def test_location_of_the_maximum(self):
        pair = np.zeros(1, np.dtype([("value", "d"), ("rank", "i")], align=True))
        pair[0] = (float(RANK % 2), RANK)
        result = np.zeros_like(pair)
        WORLD.Allreduce([pair, MPI.DOUBLE_INT], [result, MPI.DOUBLE_INT], MPI.MAXLOC)
        self.assertEqual(tuple(result[0]), (1.0, 1) if SIZE > 1 else (0.0, 0))

    def test_logical_and_bitwise_operations_on_objects(self):
        self.assertIs(WORLD.allreduce(RANK >= 0, MPI.LAND), True)
        self.assertEqual(WORLD.allreduce(1 << RANK, MPI.BOR), (1 << SIZE) - 1)

    def test_objects_with_a_function(self):
        text = WORLD.reduce(str(RANK), op=lambda left, right: left + right, root=SIZE - 1)
        expected = "".join(map(str, range(SIZE))) if RANK == SIZE - 1 else None
        self.assertEqual(text, expected)

    def test_integers_of_any_size_and_mixed_numbers(self):
        self.assertEqual(WORLD.allreduce(10**30), SIZE * 10**30)
        self.assertEqual(WORLD.allreduce(2**62), SIZE * 2**62)
        self.assertEqual(WORLD.allreduce(RANK + 0.5 if RANK % 2 else RANK),
                         sum(rank + 0.5 if rank % 2 else rank for rank in range(SIZE)))


if __name__ == "__main__":
    unittest.main()

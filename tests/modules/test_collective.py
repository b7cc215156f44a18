# SPDX-License-Identifier: BSD-3-Clause
"""Collectives on buffers and objects; runs under mpi4py and pylaunch alike."""
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size
RANKS = list(range(SIZE))
TOTAL = sum(RANKS)


class Buffers(unittest.TestCase):
    def test_bcast_from_every_root(self):
        for root in RANKS:
            data = np.full(3, RANK, "i")
            WORLD.Bcast(data, root)
            self.assertEqual(data.tolist(), [root] * 3)

    def test_allreduce_sums_and_in_place_too(self):
        result = np.zeros(2)
        WORLD.Allreduce(np.array([RANK, 1.0]), result)
        self.assertEqual(result.tolist(), [TOTAL, SIZE])
        data = np.array([RANK], "i")
        WORLD.Allreduce(MPI.IN_PLACE, data, op=MPI.MAX)
        self.assertEqual(data[0], SIZE - 1)

    def test_gather_scatter_and_allgather(self):
        gathered = np.zeros(SIZE, "i")
        WORLD.Allgather(np.array([RANK], "i"), gathered)
        self.assertEqual(gathered.tolist(), RANKS)
        parts = np.arange(SIZE, dtype="i") * 10 if RANK == 0 else None
        mine = np.zeros(1, "i")
        WORLD.Scatter(parts, mine)
        self.assertEqual(mine[0], RANK * 10)
        collected = np.zeros(SIZE, "i") if RANK == 0 else None
        WORLD.Gather(mine, collected)
        if RANK == 0:
            self.assertEqual(collected.tolist(), [rank * 10 for rank in RANKS])

    def test_gatherv_places_blocks_of_different_sizes(self):
        counts = [rank + 1 for rank in RANKS]
        result = np.zeros(sum(counts)) if RANK == 0 else None
        WORLD.Gatherv(np.full(RANK + 1, float(RANK)), [result, counts] if RANK == 0 else None)
        if RANK == 0:
            expected = [float(rank) for rank in RANKS for _ in range(rank + 1)]
            self.assertEqual(result.tolist(), expected)

    def test_alltoall_transposes(self):
        result = np.zeros(SIZE, "i")
        WORLD.Alltoall(np.array([RANK * 100 + rank for rank in RANKS], "i"), result)
        self.assertEqual(result.tolist(), [rank * 100 + RANK for rank in RANKS])

    def test_scan_and_exscan(self):
        result = np.zeros(1, "i")
        WORLD.Scan(np.array([RANK + 1], "i"), result)
        self.assertEqual(result[0], sum(range(RANK + 2)))
        WORLD.Exscan(np.array([RANK + 1], "i"), result)
        if RANK > 0:
            self.assertEqual(result[0], sum(range(RANK + 1)))

    def test_nonblocking_and_persistent_variants_agree_with_blocking(self):
        expected = np.zeros(1)
        WORLD.Allreduce(np.array([RANK + 0.5]), expected)
        result = np.zeros(1)
        WORLD.Iallreduce(np.array([RANK + 0.5]), result).Wait()
        self.assertEqual(result[0], expected[0])
        result[0] = 0
        if MPI.Get_version() < (4, 0):
            with self.assertRaisesRegex(NotImplementedError, "Allreduce_init is not provided"):
                WORLD.Allreduce_init(np.array([RANK + 0.5]), result)
            return
        request = WORLD.Allreduce_init(np.array([RANK + 0.5]), result)
        request.Start()
        request.Wait()
        request.Free()
        self.assertEqual(result[0], expected[0])

    def test_user_operation_reduces_buffers(self):
        def add(left, right, datatype):
            assert datatype == MPI.DOUBLE
            target = np.frombuffer(right, "d")
            target += np.frombuffer(left, "d")

        op = MPI.Op.Create(add, commute=True)
        result = np.zeros(3)
        WORLD.Allreduce(np.full(3, RANK + 1.0), result, op)
        op.Free()
        self.assertEqual(result.tolist(), [float(TOTAL + SIZE)] * 3)

    def test_mismatched_counts_are_refused_on_every_rank(self):
        with self.assertRaises(ValueError):
            WORLD.Allreduce(np.zeros(2), np.zeros(3))
        with self.assertRaises(ValueError):
            WORLD.Allreduce(np.zeros(2), np.zeros(2, "f"))


class Objects(unittest.TestCase):
    def test_bcast_of_small_and_large_objects(self):
        for item in (None, {"a": 1}, "x" * 10000):
            for root in RANKS:
                self.assertEqual(WORLD.bcast(item if RANK == root else "other", root), item)

    def test_large_arrays_from_every_root_are_everybodys_own(self):
        """MPI may write into the root's memory in a broadcast: not into the user's."""
        frozen = np.arange(100000.)
        frozen.flags.writeable = False
        for root in RANKS:
            for item in (frozen, np.arange(40000.)):
                sent = {"array": item, "twice": [item, "text"]}
                received = WORLD.bcast(sent if RANK == root else None, root)
                array = received["array"]
                np.testing.assert_array_equal(array, item)
                self.assertIs(received["twice"][0], array)
                self.assertIsNot(array, item)
                self.assertEqual(array.flags.writeable, item.flags.writeable)
                if array.flags.writeable:
                    array[:] = RANK
                    WORLD.Barrier()
                    self.assertEqual(array[-1], RANK)
                    self.assertEqual(item[-1], 39999)

    def test_gather_scatter_allgather_alltoall(self):
        self.assertEqual(WORLD.gather((RANK,), 0), [(rank,) for rank in RANKS] if RANK == 0 else None)
        self.assertEqual(WORLD.scatter([str(rank) for rank in RANKS] if RANK == 0 else None),
                         str(RANK))
        self.assertEqual(WORLD.allgather(RANK * "ab"), [rank * "ab" for rank in RANKS])
        self.assertEqual(WORLD.alltoall([(RANK, rank) for rank in RANKS]),
                         [(rank, RANK) for rank in RANKS])

    def test_allreduce_of_numbers_keeps_their_types(self):
        self.assertIs(type(WORLD.allreduce(RANK)), int)
        self.assertEqual(WORLD.allreduce(RANK), TOTAL)
        self.assertIs(type(WORLD.allreduce(0.5)), float)
        self.assertEqual(WORLD.allreduce(2**62), SIZE * 2**62)
        self.assertEqual(WORLD.allreduce(2**100 + RANK, op=MPI.MAX), 2**100 + SIZE - 1)
        self.assertEqual(WORLD.allreduce(RANK if RANK else 1.5), 1.5 + TOTAL)

    def test_reductions_of_sequences_keep_the_order_of_ranks(self):
        self.assertEqual(WORLD.allreduce([RANK]), RANKS)
        for root in RANKS:
            result = WORLD.reduce([RANK], op=lambda a, b: a + b, root=root)
            self.assertEqual(result, RANKS if RANK == root else None)
        self.assertEqual(WORLD.scan([RANK]), list(range(RANK + 1)))
        self.assertEqual(WORLD.exscan([RANK]), list(range(RANK)) if RANK else None)

    def test_maxloc_of_pairs_prefers_the_lower_location(self):
        self.assertEqual(WORLD.allreduce((1, RANK), MPI.MAXLOC), (1, 0))
        self.assertEqual(WORLD.allreduce((-RANK, RANK), MPI.MINLOC), (1 - SIZE, SIZE - 1))

    def test_wrong_number_of_items_to_scatter_is_refused(self):
        with self.assertRaises(ValueError):
            MPI.COMM_SELF.scatter([1, 2])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
"""One-sided communication; runs under mpi4py and pylaunch alike."""
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size
NEXT = (RANK + 1) % SIZE
PREVIOUS = (RANK - 1) % SIZE
ITEM = MPI.DOUBLE.size


# Open MPI 4.1 answers MPI_ERR_WIN to a program in C as well.
needs_windows = unittest.skipIf(
    SIZE == 1 and MPI.get_vendor()[0] == "Open MPI",
    "Open MPI 4.1 gives a single process no window of memory that it has already")


@needs_windows
class Windows(unittest.TestCase):
    def setUp(self):
        self.memory = np.full(4, float(RANK))
        self.window = MPI.Win.Create(self.memory, ITEM, comm=WORLD)

    def tearDown(self):
        self.window.Free()
        self.assertEqual(self.window, MPI.WIN_NULL)

    def test_put_between_fences_arrives_at_its_place(self):
        self.window.Fence()
        self.window.Put(np.array([RANK + 0.5, RANK + 0.25]), NEXT, target=2)
        self.window.Fence()
        self.assertEqual(self.memory.tolist(), [RANK, RANK, PREVIOUS + 0.5, PREVIOUS + 0.25])

    def test_a_place_in_a_window_is_whole_numbers(self):
        self.window.Fence()
        for wrong in ([1.5], [0, 1.0], (0, 1.5, MPI.DOUBLE)):
            with self.assertRaises(TypeError):
                self.window.Put(np.ones(1), NEXT, wrong)
        self.window.Fence()

    def test_get_reads_under_a_shared_lock(self):
        result = np.zeros(4)
        WORLD.Barrier()
        self.window.Lock(NEXT, MPI.LOCK_SHARED)
        self.window.Get(result, NEXT)
        self.window.Unlock(NEXT)
        self.assertEqual(result.tolist(), [NEXT] * 4)
        WORLD.Barrier()

    def test_requests_complete_inside_an_epoch_for_all(self):
        result = np.zeros(1)
        self.window.Lock_all()
        self.window.Rget(result, NEXT, target=1).Wait()
        self.window.Flush_all()
        self.window.Unlock_all()
        WORLD.Barrier()
        self.assertEqual(result[0], NEXT)

    def test_accumulate_adds_from_every_process(self):
        self.window.Fence()
        self.window.Accumulate(np.ones(1), 0, target=0, op=MPI.SUM)
        self.window.Fence()
        self.assertEqual(self.memory[0], SIZE if RANK == 0 else RANK)

    def test_epochs_of_neighbours(self):
        group = WORLD.Get_group()
        targets, origins = group.Incl([NEXT]), group.Incl([PREVIOUS])
        self.window.Post(origins)
        self.window.Start(targets)
        self.window.Put(np.array([10.0 + RANK]), NEXT)
        self.window.Complete()
        self.window.Wait()
        self.assertEqual(self.memory[0], 10.0 + PREVIOUS)
        for item in (targets, origins, group):
            item.Free()

    def test_attributes_describe_the_memory(self):
        self.assertEqual(self.window.attrs, (self.memory.ctypes.data, self.memory.nbytes, ITEM))
        self.assertEqual(self.window.flavor, MPI.WIN_FLAVOR_CREATE)
        self.assertEqual(self.window.group_size, SIZE)
        view = np.frombuffer(self.window.tomemory(), "d")
        view[0] = -1
        self.assertEqual(self.memory[0], -1)


class Allocated(unittest.TestCase):
    def test_window_brings_its_memory(self):
        window = MPI.Win.Allocate(2 * ITEM, ITEM, comm=WORLD)
        memory = np.frombuffer(window, "d")
        memory[:] = RANK
        window.Fence()
        window.Put(np.array([7.5]), NEXT, 1)
        window.Fence()
        self.assertEqual(memory.tolist(), [RANK, 7.5])
        window.Free()

    def test_shared_memory_is_seen_by_the_node(self):
        node = WORLD.Split_type(MPI.COMM_TYPE_SHARED)
        window = MPI.Win.Allocate_shared(ITEM if node.rank == 0 else 0, ITEM, comm=node)
        memory, unit = window.Shared_query(0)
        numbers = np.frombuffer(memory, "d")
        self.assertEqual((unit, numbers.size), (ITEM, 1))
        if node.rank == node.size - 1:
            numbers[0] = 42.0
        window.Fence()
        self.assertEqual(numbers[0], 42.0)
        window.Free()
        node.Free()

    @needs_windows
    def test_memory_can_be_attached_to_a_dynamic_window(self):
        window = MPI.Win.Create_dynamic(comm=WORLD)
        memory = np.zeros(1)
        window.Attach(memory)
        addresses = WORLD.allgather(MPI.Get_address(memory))
        window.Fence()
        window.Put(np.array([RANK + 1.0]), NEXT, addresses[NEXT])
        window.Fence()
        self.assertEqual(memory[0], PREVIOUS + 1.0)
        window.Detach(memory)
        for nothing in (None, MPI.BOTTOM, 3):
            with self.assertRaises(TypeError):
                window.Attach(nothing)
            with self.assertRaises(TypeError):
                window.Detach(nothing)
        window.Free()


if __name__ == "__main__":
    unittest.main()

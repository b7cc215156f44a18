# SPDX-License-Identifier: BSD-3-Clause
"""Parallel files; runs under mpi4py and pylaunch alike."""
import os
import pathlib
import tempfile
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size
COUNT = 5


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory() if RANK == 0 else None
        folder = WORLD.bcast(self.folder.name if RANK == 0 else None)
        self.path = pathlib.Path(folder) / "data"
        self.file = MPI.File.Open(WORLD, self.path, MPI.MODE_CREATE | MPI.MODE_RDWR)
        self.mine = np.arange(COUNT, dtype="i") + 100 * RANK

    def tearDown(self):
        self.file.Close()
        self.assertEqual(self.file, MPI.FILE_NULL)
        WORLD.Barrier()
        if RANK == 0:
            self.folder.cleanup()

    def write_blocks(self):
        self.file.Set_view(0, MPI.INT)
        self.file.Write_at_all(RANK * COUNT, self.mine)
        self.file.Sync()
        WORLD.Barrier()

    def expected(self, rank):
        return (np.arange(COUNT) + 100 * rank).tolist()

    def test_blocks_written_at_offsets_are_read_by_other_processes(self):
        self.write_blocks()
        other = (RANK + 1) % SIZE
        result = np.zeros(COUNT, "i")
        status = MPI.Status()
        self.file.Read_at(other * COUNT, result, status)
        self.assertEqual(result.tolist(), self.expected(other))
        self.assertEqual(status.Get_count(MPI.INT), COUNT)

    def test_collective_read_moves_the_own_pointer(self):
        self.write_blocks()
        result = np.zeros(COUNT, "i")
        self.file.Seek(RANK * COUNT)
        self.file.Read_all(result)
        self.assertEqual(result.tolist(), self.expected(RANK))
        self.assertEqual(self.file.Get_position(), (RANK + 1) * COUNT)
        self.assertEqual(self.file.Get_byte_offset(1), 4)

    def test_view_begins_at_its_displacement(self):
        self.file.Set_view(RANK * self.mine.nbytes, MPI.INT)
        self.file.Write_all(self.mine)
        self.file.Sync()
        WORLD.Barrier()
        self.assertEqual(self.file.Get_view()[0], RANK * self.mine.nbytes)
        numbers = np.fromfile(self.path, "i").reshape(SIZE, COUNT)
        for rank in range(SIZE):
            self.assertEqual(numbers[rank].tolist(), self.expected(rank))

    def test_nonblocking_access(self):
        self.file.Set_view(0, MPI.INT)
        self.file.Iwrite_at(RANK * COUNT, self.mine).Wait()
        result = np.zeros(COUNT, "i")
        self.file.Iread_at(RANK * COUNT, result).Wait()
        self.assertEqual(result.tolist(), self.expected(RANK))

    def test_ordered_writing_follows_the_ranks(self):
        self.file.Set_view(0, MPI.INT)
        self.file.Write_ordered(self.mine)
        self.file.Sync()
        WORLD.Barrier()
        numbers = np.fromfile(self.path, "i")
        self.assertEqual(numbers.tolist(), sum((self.expected(r) for r in range(SIZE)), []))

    def test_size_mode_and_group(self):
        self.file.Set_size(12)
        self.assertEqual(self.file.size, 12)
        self.assertEqual(os.path.getsize(self.path), 12)
        self.assertEqual(self.file.amode, MPI.MODE_CREATE | MPI.MODE_RDWR)
        self.assertEqual(self.file.group_size, SIZE)


class Errors(unittest.TestCase):
    def test_missing_file_raises_and_the_null_file_is_unharmed(self):
        with self.assertRaises(MPI.Exception) as caught:
            MPI.File.Open(MPI.COMM_SELF, "/nonexistent/file")
        self.assertEqual(caught.exception.Get_error_class(), MPI.ERR_NO_SUCH_FILE)
        with self.assertRaises(MPI.Exception):
            MPI.FILE_NULL.Get_size()


if __name__ == "__main__":
    unittest.main()

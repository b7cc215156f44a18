# SPDX-License-Identifier: BSD-3-Clause
"""Run on every rank: extensions that were compiled against mpi4py, with whatever mpi4py.MPI is."""
import os
import sys
import unittest

import c_client
import cython_client
from mpi4py import MPI

WORLD = MPI.COMM_WORLD


class Capsules(unittest.TestCase):
    def test_c_extension_takes_communicators(self):
        self.assertEqual(c_client.sum_of_ranks(WORLD), sum(range(WORLD.size)))
        with self.assertRaises(TypeError):
            c_client.sum_of_ranks("no communicator")

    def test_c_extension_makes_objects(self):
        made = c_client.round_trips(WORLD)
        self.assertIs(type(made["comm"]), MPI.Intracomm)
        self.assertEqual(made["comm"], WORLD)
        self.assertEqual(made["group"].size, WORLD.size)
        self.assertEqual((made["datatype"], made["op"]), (MPI.DOUBLE, MPI.MAX))
        self.assertEqual(made["status"].tag, 77)
        for name in ("request", "win", "file"):
            self.assertFalse(made[name])
        made["group"].Free()

    def test_all_capsules_are_there(self):
        families = ("Comm Datatype Status Request Message Op Group Info Errhandler Session Win "
                    "File").split()
        names = {f"PyMPI{name}_{what}" for name in families for what in ("New", "Get")}
        self.assertEqual(set(MPI.__pyx_capi__), names | {"PyMPIPrequest_New", "PyMPIGrequest_New"})


class Layouts(unittest.TestCase):
    def test_cython_extension_reads_and_writes_handles(self):
        self.assertEqual(cython_client.size_of(WORLD), WORLD.size)
        copy = cython_client.duplicate(WORLD)
        self.assertEqual(copy.allreduce(1), WORLD.size)
        copy.Free()
        status = MPI.Status()
        status.Set_source(5)
        self.assertEqual(cython_client.source_of(status), 5)
        self.assertTrue(cython_client.is_null(MPI.REQUEST_NULL))


class ParallelHdf5(unittest.TestCase):
    def test_all_ranks_write_and_read_one_file(self):
        import h5py
        import numpy as np

        self.assertTrue(h5py.get_config().mpi, "this h5py was built without MPI")
        path = os.path.join(os.environ["TEST_FOLDER"], "parallel.h5")
        with h5py.File(path, "w", driver="mpio", comm=WORLD) as file:
            data = file.create_dataset("x", (WORLD.size, 1000), dtype="f8")
            data[WORLD.rank] = np.full(1000, WORLD.rank)
        with h5py.File(path, "r", driver="mpio", comm=WORLD) as file:
            sums = file["x"][:].sum(axis=1)
        self.assertEqual(sums.tolist(), [1000.0 * rank for rank in range(WORLD.size)])


if __name__ == "__main__":
    expected = os.environ.get("TEST_MPI4PY")
    if expected and ("libpylaunch-python" in (MPI.__file__ or "")) != (expected == "native"):
        sys.exit(f"mpi4py.MPI is {MPI.__file__}, not the {expected} one")
    unittest.main()

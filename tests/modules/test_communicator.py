# SPDX-License-Identifier: BSD-3-Clause
"""Communicators, groups and topologies; runs under mpi4py and pylaunch alike."""
import unittest
import weakref

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size


class Communicators(unittest.TestCase):
    def test_split_with_undefined_colour_gives_null(self):
        comm = WORLD.Split(MPI.UNDEFINED if RANK else 0)
        self.assertEqual(comm == MPI.COMM_NULL, RANK != 0)
        comm.free()

    def test_key_orders_the_ranks(self):
        comm = WORLD.Split(0, -RANK)
        self.assertEqual(comm.rank, SIZE - 1 - RANK)
        comm.Free()

    def test_processes_of_a_node_share_memory(self):
        comm = WORLD.Split_type(MPI.COMM_TYPE_SHARED)
        self.assertLessEqual(comm.size, SIZE)
        self.assertEqual(comm.allreduce(1), comm.size)
        comm.Free()

    def test_messages_of_a_duplicate_stay_there(self):
        comm = WORLD.Dup()
        request = comm.isend("mine", RANK)
        self.assertFalse(WORLD.iprobe(source=RANK))
        self.assertEqual(comm.recv(source=RANK), "mine")
        request.wait()
        comm.Free()

    def test_nonblocking_duplicate(self):
        comm, request = WORLD.Idup()
        request.Wait()
        self.assertEqual(MPI.Comm.Compare(WORLD, comm), MPI.CONGRUENT)
        comm.Free()

    def test_a_duplicate_that_nobody_keeps_lives_until_its_request_completes(self):
        duplicate, request = WORLD.Idup()
        known = weakref.ref(duplicate)
        del duplicate
        self.assertIsNotNone(known())
        request.Wait()
        self.assertIsNone(known())

    def test_create_from_a_group_is_null_outside(self):
        group = WORLD.Get_group()
        last = group.Incl([SIZE - 1])
        comm = WORLD.Create(last)
        self.assertEqual(comm != MPI.COMM_NULL, RANK == SIZE - 1)
        for item in (comm, last, group):
            item.free()

    def test_intercommunicator_connects_two_halves(self):
        if SIZE == 1:
            self.skipTest("needs two processes")
        half = WORLD.Split(RANK % 2)
        bridge = half.Create_intercomm(0, WORLD, 1 - RANK % 2, tag=3)
        self.assertTrue(bridge.is_inter)
        self.assertIs(type(bridge), MPI.Intercomm)
        self.assertEqual(bridge.Get_remote_size(), len(range(1 - RANK % 2, SIZE, 2)))
        self.assertEqual(bridge.allgather(RANK), list(range(1 - RANK % 2, SIZE, 2)))
        merged = bridge.Merge(high=bool(RANK % 2))
        self.assertEqual(merged.size, SIZE)
        for comm in (merged, bridge, half):
            comm.Free()


class Groups(unittest.TestCase):
    def setUp(self):
        self.group = WORLD.Get_group()

    def tearDown(self):
        self.group.Free()

    def test_inclusion_and_exclusion_are_complements(self):
        first, rest = self.group.Incl([0]), self.group.Excl([0])
        self.assertEqual((first.size, rest.size), (1, SIZE - 1))
        self.assertEqual(MPI.Group.Intersection(first, rest).size, 0)
        self.assertEqual(first.rank, 0 if RANK == 0 else MPI.UNDEFINED)
        first.free()
        rest.free()

    def test_ranges(self):
        backwards = self.group.Range_incl([(SIZE - 1, 0, -1)])
        self.assertEqual(backwards.Get_rank(), SIZE - 1 - RANK)
        self.assertEqual(MPI.Group.Translate_ranks(backwards, [0], self.group), [SIZE - 1])
        same = MPI.SIMILAR if SIZE > 1 else MPI.IDENT
        self.assertEqual(MPI.Group.Compare(backwards, self.group), same)
        backwards.Free()


class Topologies(unittest.TestCase):
    def test_grid(self):
        dims = MPI.Compute_dims(SIZE, 2)
        grid = WORLD.Create_cart(dims, periods=[True, False])
        self.assertEqual((grid.dim, grid.dims, grid.periods), (2, dims, [1, 0]))
        self.assertEqual(grid.Get_coords(grid.rank), grid.coords)
        self.assertEqual(grid.Get_cart_rank(grid.coords), grid.rank)
        rows = grid.Sub([False, True])
        self.assertIs(type(rows), MPI.Cartcomm)
        self.assertEqual(rows.size, dims[1])
        self.assertEqual((grid.indegree, grid.outdegree), (4, 4))
        rows.Free()
        grid.Free()

    def test_a_grid_may_have_no_dimension(self):
        self.assertEqual(MPI.Compute_dims(1, []), [])
        self.assertEqual(MPI.Compute_dims(1, 0), [])

    def test_no_neighbour_beyond_an_edge_that_is_not_periodic(self):
        line = WORLD.Create_cart([SIZE])
        source, dest = line.Shift(0, 1)
        self.assertEqual(source, RANK - 1 if RANK > 0 else MPI.PROC_NULL)
        self.assertEqual(dest, RANK + 1 if RANK < SIZE - 1 else MPI.PROC_NULL)
        line.Free()

    def test_neighbours_of_a_ring_exchange(self):
        ring = WORLD.Create_cart([SIZE], periods=True)
        received = np.zeros(2, "i")
        ring.Neighbor_allgather(np.array([RANK], "i"), received)
        around = [(RANK - 1) % SIZE, (RANK + 1) % SIZE]
        self.assertEqual(received.tolist(), around)
        self.assertEqual(ring.neighbor_allgather(RANK), around)
        self.assertEqual(ring.inoutedges, (around, around))
        ring.Free()

    def test_graphs(self):
        index = list(range(1, SIZE + 1))
        edges = [(rank + 1) % SIZE for rank in range(SIZE)]
        graph = WORLD.Create_graph(index, edges)
        self.assertEqual(graph.Get_topo(), (index, edges))
        self.assertEqual(graph.neighbors, [edges[RANK]])
        graph.Free()

    def test_distributed_graph_with_weights(self):
        before, after = (RANK - 1) % SIZE, (RANK + 1) % SIZE
        graph = WORLD.Create_dist_graph_adjacent([before], [after], [2], [3])
        self.assertEqual(graph.Get_dist_neighbors_count(), (1, 1, True))
        self.assertEqual(graph.Get_dist_neighbors(), ([before], [after], ([2], [3])))
        self.assertEqual(graph.neighbor_alltoall([RANK]), [before])
        graph.Free()

    def test_processes_without_neighbours_exchange_nothing(self):
        graph = WORLD.Create_dist_graph_adjacent([], [])
        self.assertEqual(graph.neighbor_allgather({"rank": RANK}), [])
        self.assertEqual(graph.neighbor_alltoall([]), [])
        graph.Free()

    def test_graphs_without_edges(self):
        # A zero more in front, as in adjacency arrays.
        graph = WORLD.Create_graph([0] * (SIZE + 1), [])
        self.assertEqual(graph.Get_topo(), ([0] * SIZE, []))
        self.assertEqual((graph.neighbors, graph.inoutedges), ([], ([], [])))
        self.assertEqual(graph.neighbor_allgather(RANK), [])
        graph.Free()


if __name__ == "__main__":
    unittest.main()

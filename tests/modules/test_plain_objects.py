# SPDX-License-Identifier: BSD-3-Clause
"""Small objects of Python's own classes, which have a short way; runs under mpi4py and pylaunch alike."""
import collections
import pickle
import unittest

from mpi4py import MPI

WORLD = MPI.COMM_WORLD
NEXT = (WORLD.rank + 1) % WORLD.size
PREVIOUS = (WORLD.rank - 1) % WORLD.size


class Number(int):
    pass


class PlainObjects(unittest.TestCase):
    SCALARS = (None, True, False, 0, 1, -1, 255, 256, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**63 - 1,
               -2**63, 2**63, 10**40, 0.0, -0.0, 1.5, float("inf"), "", "a", "\xe9\u20ac\U0001f40d",
               "\ud800", "x" * 255, "x" * 256, "x" * 600, b"", b"\0\xff", b"y" * 255, b"y" * 256)

    def assert_same(self, sent):
        received = WORLD.sendrecv(sent, NEXT, source=PREVIOUS)
        for other in (received, WORLD.bcast(sent)):
            self.assertEqual(other, sent)
            self.assertEqual(repr(other), repr(sent))

    def test_scalars(self):
        for scalar in self.SCALARS:
            self.assert_same(scalar)
        self.assertNotEqual(*[WORLD.bcast(float("nan"))] * 2)

    def test_containers_of_scalars(self):
        for size in (0, 1, 2, 3, 4, 9, 63, 64, 65):
            items = [self.SCALARS[index % len(self.SCALARS)] for index in range(size)]
            for container in (items, tuple(items), dict(enumerate(items)),
                              {item: index for index, item in enumerate(items)}):
                self.assert_same(container)

    def test_containers_in_containers(self):
        inner = [1]
        for container in ([inner, inner], (inner, inner), {1: inner, 2: inner}):
            self.assert_same(container)
            received = WORLD.bcast(container)
            self.assertIs(*(received.values() if isinstance(received, dict) else received))
        endless = []
        endless.append(endless)
        received = WORLD.sendrecv(endless, NEXT, source=PREVIOUS)
        self.assertIs(received[0], received)

    def test_classes_derived_from_plain_ones(self):
        for sent in (Number(3), [Number(3)], {"n": Number(3)}, collections.OrderedDict(a=1)):
            received = WORLD.sendrecv(sent, NEXT, source=PREVIOUS)
            self.assertEqual(received, sent)
            self.assertIs(type(received), type(sent))
        self.assertIs(type(WORLD.bcast([Number(3)])[0]), Number)

    def test_every_protocol(self):
        before = MPI.pickle.PROTOCOL
        try:
            for protocol in range(6):
                MPI.pickle.PROTOCOL = protocol
                self.assert_same({"step": 17, "energy": -1.5, "name": "rank"})
        finally:
            MPI.pickle.PROTOCOL = before

    def test_a_protocol_that_pickle_does_not_know_is_refused(self):
        before = MPI.pickle.PROTOCOL
        try:
            MPI.pickle.PROTOCOL = pickle.HIGHEST_PROTOCOL + 1
            for call in (lambda: MPI.COMM_SELF.isend(1, 0), lambda: MPI.COMM_SELF.bcast("text")):
                self.assertRaises(ValueError, call)
        finally:
            MPI.pickle.PROTOCOL = before


if __name__ == "__main__":
    unittest.main()

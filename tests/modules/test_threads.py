# SPDX-License-Identifier: BSD-3-Clause
"""Python threads and MPI; runs under mpi4py and pylaunch alike."""
import threading
import time
import unittest

import numpy as np
from mpi4py import MPI

WORLD = MPI.COMM_WORLD
RANK = WORLD.rank
SIZE = WORLD.size
NEXT = (RANK + 1) % SIZE
PREVIOUS = (RANK - 1) % SIZE

if MPI.Query_thread() < MPI.THREAD_MULTIPLE:
    raise unittest.SkipTest("MPI was started without THREAD_MULTIPLE")


class Blocking(unittest.TestCase):
    """A thread that waits in MPI lets the main thread run, which sends what it waits for."""

    def receive_while(self, receive, send):
        results = []
        thread = threading.Thread(target=lambda: results.append(receive()), daemon=True)
        thread.start()
        time.sleep(0.05)
        alive = thread.is_alive()
        WORLD.Barrier()
        send()
        thread.join(30)
        self.assertEqual((alive, thread.is_alive()), (True, False))
        return results[0]

    def test_buffer_receive_releases_the_interpreter(self):
        memory = np.zeros(1)
        self.receive_while(lambda: WORLD.Recv(memory, PREVIOUS, 1),
                           lambda: WORLD.Send(np.array([RANK + 0.5]), NEXT, 1))
        self.assertEqual(memory[0], PREVIOUS + 0.5)

    def test_object_receive_and_probe_release_the_interpreter(self):
        def receive():
            WORLD.probe(PREVIOUS, 2)
            return WORLD.recv(source=PREVIOUS, tag=2)

        self.assertEqual(self.receive_while(receive, lambda: WORLD.send({RANK}, NEXT, 2)),
                         {PREVIOUS})

    def test_wait_releases_the_interpreter(self):
        request = WORLD.irecv(source=PREVIOUS, tag=3)
        self.assertEqual(self.receive_while(request.wait, lambda: WORLD.send(RANK, NEXT, 3)),
                         PREVIOUS)

    def test_waitall_releases_the_interpreter(self):
        memory = bytearray(1)
        requests = [WORLD.Irecv(memory, PREVIOUS, 4)]
        self.receive_while(lambda: MPI.Request.Waitall(requests),
                           lambda: WORLD.Send(bytes([RANK]), NEXT, 4))
        self.assertEqual(memory[0], PREVIOUS)


class Many(unittest.TestCase):
    def test_threads_exchange_with_tags_of_their_own(self):
        received = {}

        def exchange(tag):
            for step in range(20):
                received[tag, step] = WORLD.sendrecv((tag, step), NEXT, tag, None, PREVIOUS, tag)

        threads = [threading.Thread(target=exchange, args=(tag,)) for tag in range(10, 14)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(received), 80)
        self.assertTrue(all(key == value for key, value in received.items()))

    def test_only_the_main_thread_is_the_main_thread(self):
        answers = [MPI.Is_thread_main()]
        thread = threading.Thread(target=lambda: answers.append(MPI.Is_thread_main()))
        thread.start()
        thread.join()
        self.assertEqual(answers, [True, False])


if __name__ == "__main__":
    unittest.main()

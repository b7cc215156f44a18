# SPDX-License-Identifier: BSD-3-Clause
"""PyTorch, opt-in for its size: Debian's python3-torch, built for CPUs, and PyPI's wheel, with CUDA's libraries."""

import importlib.util
import os
import pathlib
import unittest

import harness
from environments import PROBE

PROGRAM = PROBE + """
import inspect, sys, warnings
warnings.simplefilter("ignore")
import torch
torch.set_num_threads(1)
torch.manual_seed(1)
x = torch.linspace(0, 1, 64, dtype=torch.float64).reshape(16, 4)
layer = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).double()
optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
for _ in range(20):
    optimiser.zero_grad()
    loss = ((layer(x) - x.sum(1, keepdim=True)) ** 2).mean()
    loss.backward()
    optimiser.step()
found = [round(loss.item(), 9), torch.linalg.det(x.T @ x + torch.eye(4).double()).item(), torch.__file__,
         torch.jit.script(torch.nn.Identity())(x).sum().item(), torch.cuda.is_available(),
         inspect.getmodule(sys._getframe()).__name__]
report([found, mapped_files(%r)])
"""


class TorchCase(harness.Case):
    timeout = 240

    def check(self, python, folder, ranks, nodes=1):
        """Two runs compared with python3; returns which shared objects of `folder` each rank has mapped."""
        self.write("program.py", PROGRAM % folder)
        oracle = self.python("program.py", python=python)
        self.assertIn(0, oracle.reports, repr(oracle))
        for _ in range(2):
            result = self.launch("program.py", ranks=ranks, nodes=nodes, env={"PYLAUNCH_PYTHON": python})
            self.assert_ended(result)
            self.assertEqual([result.reports[rank][0] for rank in range(ranks)], [oracle.reports[0][0]] * ranks)
        return [result.reports[rank][1] for rank in range(ranks)]


@unittest.skipUnless(importlib.util.find_spec("torch"), "python3-torch is not installed (PYLAUNCH_TEST_TORCH=1)")
class Debian(TorchCase):
    def test_training_on_two_ranks(self):
        self.assertEqual(self.check(harness.PYTHON, "/usr/lib/python3/dist-packages", 2), [[], []])

    def test_training_on_four_ranks_and_two_nodes(self):
        self.assertEqual(self.check(harness.PYTHON, "/usr/lib/python3/dist-packages", 4, nodes=2), [[]] * 4)


@unittest.skipUnless("PYLAUNCH_TEST_TORCH_PYTHON" in os.environ, "torch of PyPI was not asked for (PYLAUNCH_TEST_TORCH=1)")
class Wheel(TorchCase):
    def test_only_what_is_above_the_size_limit_comes_from_files(self):
        self.assertTrue(os.environ["PYLAUNCH_TEST_TORCH_PYTHON"], "torch could not be installed")
        python = pathlib.Path(os.environ["PYLAUNCH_TEST_TORCH_PYTHON"])
        for files in self.check(python, str(python.parent.parent), 4, nodes=2):
            self.assertTrue(files, "libtorch_cpu.so should be there")
            for path in files:
                self.assertGreater(os.path.getsize(path), 256 << 20, path)


if __name__ == "__main__":
    unittest.main()

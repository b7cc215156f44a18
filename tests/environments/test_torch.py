# SPDX-License-Identifier: BSD-3-Clause
"""PyTorch (Debian's python3-torch, CPU): opt-in, for its size. PyPI's wheel for Linux brings CUDA's libraries."""

import importlib.util
import unittest

import harness
from environments import PROBE

PROGRAM = PROBE + """
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
         torch.jit.script(torch.nn.Identity())(x).sum().item()]
report([found, mapped_files("/usr/lib/python3/dist-packages")])
"""


@unittest.skipUnless(importlib.util.find_spec("torch"), "python3-torch is not installed (PYLAUNCH_TEST_TORCH=1)")
class Torch(harness.Case):
    timeout = 120

    def check(self, ranks, nodes=1, options=()):
        self.write("program.py", PROGRAM)
        oracle = self.python("program.py")
        self.assertIn(0, oracle.reports, repr(oracle))
        for _ in range(2):
            result = self.launch("program.py", ranks=ranks, nodes=nodes, options=options)
            self.assert_ended(result)
            self.assertEqual([result.reports[rank][0] for rank in range(ranks)], [oracle.reports[0][0]] * ranks)
        return [result.reports[rank][1] for rank in range(ranks)]

    def test_training_on_two_ranks(self):
        self.assertEqual(self.check(2), [[], []])

    def test_training_on_four_ranks_and_two_nodes(self):
        self.assertEqual(self.check(4, nodes=2), [[]] * 4)


if __name__ == "__main__":
    unittest.main()

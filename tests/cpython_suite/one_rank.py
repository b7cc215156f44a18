# SPDX-License-Identifier: BSD-3-Clause
"""Run one module of CPython's own test suite on this rank: one_rank.py FOLDER MODULE, which leaves
FOLDER/RANK.xml. The ranks are kept apart where tests write files of fixed names."""

import os
import runpy
import sys

folder, module = sys.argv[1:]
rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
own = os.path.join(folder, rank)
os.makedirs(os.path.join(own, "tmp"))
os.environ["TMPDIR"] = os.path.join(own, "tmp")
os.chdir(own)
sys.argv = ["test", "--junit-xml", f"{own}.xml", module]
runpy.run_module("test", run_name="__main__", alter_sys=True)

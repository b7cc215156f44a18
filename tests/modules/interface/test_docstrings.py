# SPDX-License-Identifier: BSD-3-Clause
"""Every public method and function of the MPI module says where MPI defines it."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

# What only mpi4py defines, what MPI 5 does, and the calls of fault-tolerant MPI libraries.
NOT_IN_THE_STANDARD = {
    "Message": "free",
    "Datatype": "Get_value_index fromcode tocode",
    "Info": "clear copy items keys pop popitem update values",
    "Pickle": "dumps dumps_oob loads loads_oob",
    "Status": "tomemory",
    "Win": "tomemory",
    "buffer": "allocate cast fromaddress frombuffer release tobytes toreadonly",
    "module": "get_vendor Get_abi_fortran_info Get_abi_info Get_abi_version",
    "Comm": "Ack_failed Agree Get_failed Iagree Is_revoked Ishrink Revoke Shrink",
}

PROGRAM = """
import inspect, json, sys
from mpi4py import MPI
classes = {name: cls for name, cls in vars(MPI).items()
           if isinstance(cls, type) and cls.__name__ == name}
texts = {"module." + name: member.__doc__ for name, member in vars(MPI).items()
         if inspect.isroutine(member) and not name.startswith("_")}
for owner, cls in classes.items():
    for name in vars(cls):
        member = getattr(cls, name)
        if any(hasattr(base, name) and getattr(base, name).__doc__ == member.__doc__
               for base in cls.__bases__):
            continue  # a descriptor of its own for an inherited method
        if inspect.isroutine(member) and not name.startswith("_"):
            texts[owner + "." + name] = member.__doc__
with open(sys.argv[1], "w") as file:
    json.dump(texts, file)
"""


class Docstrings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="pylaunch-docstrings-") as folder:
            output = pathlib.Path(folder, "texts.json")
            subprocess.run([os.environ["MPIEXEC"], "-n", "1", os.environ["PYLAUNCH"], "-c", PROGRAM,
                            str(output)], env=dict(os.environ, PYLAUNCH_MPI4PY="native"), check=True,
                           timeout=50)
            texts = json.loads(output.read_text(encoding="utf-8"))
        cls.texts = {name: text for name, text in texts.items()
                     if "Not provided with this MPI library" not in text}

    def test_everything_that_mpi_defines_names_its_section(self):
        self.assertGreater(len(self.texts), 500)
        without = {name for name, text in self.texts.items()
                   if not re.search(r"\nMPI 4\.[01], \d", text)}
        allowed = {f"{owner}.{name}" for owner, names in NOT_IN_THE_STANDARD.items()
                   for name in names.split()}
        self.assertEqual({name for name in without - allowed if not name.endswith(".fromhandle")},
                         set())

    def test_what_is_only_mpi4pys_names_none(self):
        for owner, names in NOT_IN_THE_STANDARD.items():
            for name in names.split():
                self.assertNotRegex(self.texts.get(f"{owner}.{name}", ""), r"\nMPI \d")

    def test_buffers_counts_and_ranks_are_explained(self):
        for name, parameter in (("Comm.Send", "buf"), ("Comm.Recv", "source"), ("Comm.bcast", "obj"),
                                ("Win.Put", "target"), ("File.Read_at", "offset"),
                                ("Intracomm.Create_cart", "periods")):
            self.assertRegex(self.texts[name], rf"\n    {parameter}: \w+", name)

    def test_errors_are_named(self):
        self.assertIn("BufferError", self.texts["Comm.Allreduce"])
        self.assertIn("pickle", self.texts["Comm.allreduce"])
        self.assertIn("MPI.Exception", self.texts["Comm.Get_rank"])


if __name__ == "__main__":
    unittest.main()

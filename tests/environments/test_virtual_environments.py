# SPDX-License-Identifier: BSD-3-Clause
"""Environments made by venv, virtualenv and uv, with and without the system's packages."""

import unittest

import harness
from environments import WheelCase, environment_folder

PROGRAM = """
import sys, site, sysconfig, numpy, scipy.linalg
found = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable, sys.path, site.ENABLE_USER_SITE,
         site.getsitepackages(), sysconfig.get_path("purelib"), numpy.__file__, numpy.__version__,
         round(float(scipy.linalg.det(numpy.diag([2.0, 3.0, 4.0]))), 9),
         sorted(name for name in sys.modules if "virtualenv" in name or "distutils" in name)]
"""


class Virtual(WheelCase):
    def check(self, name, is_wheel=True, ranks=2, **options):
        found = self.compare(PROGRAM, name, ranks=ranks, **options)["found"]
        self.assertEqual(found[0], str(environment_folder(name)))
        self.assertEqual(found[8].startswith(found[0]), is_wheel, found[8])

    def test_venv(self):
        self.check("venv")

    def test_venv_on_two_nodes(self):
        self.check("venv", ranks=4, nodes=(2, 2))

    def test_venv_with_the_systems_numpy(self):
        self.check("venv-system", is_wheel=False)

    def test_virtualenv(self):
        self.check("virtualenv")

    def test_virtualenv_with_the_systems_packages(self):
        self.check("virtualenv-system")

    def test_uv(self):
        self.check("uv")

    def test_uv_with_the_systems_packages(self):
        self.check("uv-system")

    def test_activated(self):
        folder = environment_folder("virtualenv")
        path = f"{folder}/bin:{harness.clean_environment()['PATH']}"
        self.check("virtualenv", env={"VIRTUAL_ENV": folder, "PATH": path, "PYLAUNCH_PYTHON": None})

    def test_named_by_an_option(self):
        self.check("uv", env={"PYLAUNCH_PYTHON": None},
                   options=["--python", str(environment_folder("uv") / "bin/python")],
                   python=environment_folder("uv") / "bin/python")


if __name__ == "__main__":
    unittest.main()

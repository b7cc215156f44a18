# SPDX-License-Identifier: BSD-3-Clause
"""Programs that compute with wheels from PyPI: results as under python3, libraries from memory."""

import unittest

from environments import WheelCase, environment_folder

LINEAR_ALGEBRA = """
import numpy, scipy.linalg, scipy.sparse, scipy.sparse.linalg, scipy.optimize, scipy.fft
rng = numpy.random.default_rng(7)
a = rng.standard_normal((60, 60))
spd = a @ a.T + 60 * numpy.eye(60)
lu, pivots = scipy.linalg.lu_factor(a)
x = scipy.linalg.lu_solve((lu, pivots), numpy.arange(60.0))
grid = scipy.sparse.diags([-1, 2.1, -1], [-1, 0, 1], shape=(400, 400), format="csr")
y, status = scipy.sparse.linalg.cg(grid, numpy.ones(400), rtol=1e-10)
minimum = scipy.optimize.minimize(lambda v: (v[0] - 1) ** 2 + (v[1] + 2) ** 2, [0.0, 0.0])
found = [abs(a @ x - numpy.arange(60.0)).max() < 1e-8, numpy.linalg.eigvalsh(spd).round(6).tolist(),
         scipy.linalg.cholesky(spd)[3, 3:9].round(8).tolist(), status, y[:5].round(6).tolist(),
         minimum.x.round(4).tolist(), numpy.abs(scipy.fft.rfft(a[0])).round(8).tolist()]
"""

TABLES = """
import io, os, h5py, numpy, pandas
rng = numpy.random.default_rng(3)
frame = pandas.DataFrame({"group": rng.integers(0, 5, 1000), "value": rng.standard_normal(1000),
                          "when": pandas.date_range("2024-01-01", periods=1000, freq="h")})
sums = frame.groupby("group")["value"].agg(["sum", "mean", "count"])
days = frame.set_index("when")["value"].resample("D").sum()
text = io.StringIO()
sums.round(9).to_csv(text)
rank = os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
name = os.environ["TEST_REPORT"] + "." + rank + "-h5"
with h5py.File(name, "w") as file:
    file.create_dataset("x", data=frame["value"].to_numpy(), chunks=(100,), compression="gzip")
    file["x"].attrs["unit"] = "m"
with h5py.File(name) as file:
    back = file["x"][::50]
    unit = file["x"].attrs["unit"]
os.remove(name)
found = [text.getvalue(), days.round(9).tolist(), back.round(9).tolist(), unit, h5py.version.hdf5_version,
         frame.merge(sums, left_on="group", right_index=True)["mean"].sum().round(9)]
"""

FIGURE = """
import hashlib, io, matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt, numpy
from PIL import Image
figure, axes = plt.subplots(figsize=(3, 2), dpi=80)
x = numpy.linspace(0, 6, 100)
axes.plot(x, numpy.sin(x), label="sin")
axes.set_title("A figure $\\\\alpha$")
axes.legend()
target = io.BytesIO()
figure.savefig(target, format="png", metadata={"Software": None})
image = Image.open(io.BytesIO(target.getvalue()))
found = [hashlib.sha256(target.getvalue()).hexdigest(), image.size, image.getpixel((5, 5)),
         matplotlib.get_backend(), matplotlib.get_data_path()]
"""

FIT = """
import numpy
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.ensemble import HistGradientBoostingClassifier
x, y = make_classification(200, 6, random_state=5)
linear = LogisticRegression().fit(x, y)
trees = HistGradientBoostingClassifier(max_iter=5, random_state=1).fit(x, y)
centres = KMeans(3, n_init=2, random_state=2).fit(x).cluster_centers_
found = [linear.coef_.round(5).tolist(), linear.score(x, y), trees.score(x, y),
         numpy.sort(centres[:, 0]).round(6).tolist()]
"""

# What scikit-learn goes by when it limits the threads of BLAS below its own.
THREADS = """
import sklearn.cluster, threadpoolctl
import scipy.io._fast_matrix_market as with_a_controller, scipy.io._fast_matrix_market._fmm_core
def pools():
    return sorted([pool["filepath"], pool["internal_api"], version(pool), pool["num_threads"]]
                  for pool in threadpoolctl.threadpool_info())
def version(pool):  # scipy's is a function
    return str(pool["version"]).partition(" at 0x")[0]
found = [pools()]
with threadpoolctl.threadpool_limits(1):
    found.append(pools())
with threadpoolctl.threadpool_limits(3):
    found.append(with_a_controller.PARALLELISM)
"""


class Programs(WheelCase):
    def check(self, text):
        self.compare(text, nodes=(2, 1))

    def test_linear_algebra(self):
        self.check(LINEAR_ALGEBRA)

    def test_tables_and_hdf5(self):
        self.check(TABLES)

    def test_figure_as_png(self):
        self.check(FIGURE)

    def test_fit(self):
        self.check(FIT)

    def test_thread_pools_of_libraries_in_memory_are_found_and_limited(self):
        link = self.home / "link"
        link.symlink_to(environment_folder("venv"))
        for python in (None, link / "bin/python3"):
            pools, limited, parallelism = self.compare(THREADS, nodes=(1, 2), python=python, env={
                "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"})["found"]
            self.assertGreater(len(pools), 1)
            self.assertEqual({threads for *_, threads in limited}, {1})
            self.assertEqual(parallelism, 3)


if __name__ == "__main__":
    unittest.main()

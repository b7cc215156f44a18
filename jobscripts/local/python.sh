#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# On a workstation, from the project's folder: [RANKS=N] jobscripts/local/python.sh, or pylaunch.sh
set -euo pipefail

if [[ -f .venv/bin/activate ]]; then
  # shellcheck source=/dev/null
  source .venv/bin/activate
fi

export OMP_NUM_THREADS=1
mpiexec -np "${RANKS:-4}" python3 examples/heat2d.py

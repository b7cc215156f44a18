#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Submit from the project's folder: flux batch jobscripts/flux/python.flux, or pylaunch.flux
#flux: --job-name=heat2d
#flux: --nodes=2
#flux: --nslots=4
#flux: --time-limit=10m
#flux: --output=heat2d-{{id}}.out
set -euo pipefail

module load mpich
# shellcheck source=/dev/null
source "$HOME/venvs/simulation/bin/activate"

export OMP_NUM_THREADS=1
flux run --nodes=2 --ntasks=4 --cores-per-task=1 python3 examples/heat2d.py

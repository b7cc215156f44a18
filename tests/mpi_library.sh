#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The MPI library that PYLAUNCH_MPI names: its packages, compilers and launcher. Sourced by setup.sh.

mpi=${PYLAUNCH_MPI:-mpich}
# shellcheck disable=SC2034  # for setup.sh
case $mpi in
  mpich) mpi_run=(mpich) mpi_build=(libmpich-dev) mpi_test=(libhdf5-mpich-dev) ;;
  openmpi) mpi_run=(openmpi-bin) mpi_build=(libopenmpi-dev) mpi_test=(libhdf5-openmpi-dev) ;;
  wheel) mpi_run=(python3-venv) mpi_build=() mpi_test=() ;;  # see mpi_wheel
  *)
    echo "PYLAUNCH_MPI is mpich, openmpi or wheel, not $mpi" >&2
    exit 64
    ;;
esac

mpi_build_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build
mpi_wheel_folder=$mpi_build_folder/mpi-wheel  # an environment that has PyPI's MPICH; see mpi_wheel

# mpi_wheel ROOT: with PYLAUNCH_MPI=wheel install the wheel that the tests of environments have, too.
mpi_wheel() {
  local wheel
  [[ $mpi == wheel && ! -x $mpi_wheel_folder/bin/mpicxx ]] || return 0
  wheel=$(grep -E '^mpich==' "$1/tests/environments/wheels.txt")
  say "installing $wheel of PyPI"
  "$PYLAUNCH_PYTHON" -m venv "$mpi_wheel_folder"
  if ! "$mpi_wheel_folder/bin/pip" install -qq --disable-pip-version-check "$wheel" >&2; then
    say "it could not be installed (is there a network?)"
    # shellcheck disable=SC2154  # of setup.sh
    exit "$status_packages_missing"
  fi
}

# mpi_compiler NAME: print the MPI library's mpicc or mpicxx, also where another owns the plain names.
mpi_compiler() {
  if [[ $mpi == wheel ]]; then
    echo "$mpi_wheel_folder/bin/$1"
  else
    command -v "$1.$mpi" || command -v "$1"
  fi
}

# mpi_link_options: what finds the MPI library ahead of others.
mpi_link_options() {
  [[ $mpi != wheel ]] || echo "-L$mpi_wheel_folder/lib"
}

# find_mpiexec: print the MPI library's launcher, also where another one owns the name `mpiexec`.
find_mpiexec() {
  local name names=("mpiexec.$mpi" "mpiexec.${mpi/mpich/hydra}" mpiexec)
  case $mpi in
    openmpi) names=("$mpi_build_folder/tests/open-mpi" "${names[@]}") ;;  # tests/support/open-mpi.in
    wheel) names=("$mpi_wheel_folder/bin/mpiexec") ;;
  esac
  for name in "${MPIEXEC:-}" "${names[@]}"; do
    if [[ -n $name ]] && command -v "$name" >/dev/null; then
      command -v "$name"
      return 0
    fi
  done
  say "no mpiexec was found on PATH"
  return 1
}

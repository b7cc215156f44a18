#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What the entry points (examples/run, tests/run, bench/run, .ci/run) share: Debian packages, MPI
# launcher, build. To be sourced; sets PYLAUNCH_PYTHON and MPIEXEC unless the user did.
# PYLAUNCH_MPI=openmpi in the environment takes Debian's Open MPI instead of its MPICH,
# PYLAUNCH_MPI=wheel the MPICH of PyPI.

# shellcheck source-path=SCRIPTDIR source=mpi_library.sh
source "$(dirname "${BASH_SOURCE[0]}")/mpi_library.sh"
# shellcheck source-path=SCRIPTDIR source=environments.sh
source "$(dirname "${BASH_SOURCE[0]}")/environments.sh"

# Used by the scripts that source this file.
# shellcheck disable=SC2034
{
  run_packages=("${mpi_run[@]}" python3 python3-numpy python3-scipy)
  build_packages=(
    "${run_packages[@]}" cmake g++ libfmt-dev libgtest-dev "${mpi_build[@]}" libspdlog-dev
    libxxhash-dev ninja-build nlohmann-json3-dev pkg-config pybind11-dev python3-dev
  )
  test_packages=(
    "${build_packages[@]}" fuse3 iproute2 libfuse3-dev "${mpi_test[@]}" munge python3-venv
    shellcheck slurm-client slurmctld slurmd strace
  )
  # PyTorch is large: only for those who ask for its test.
  if [[ -n ${PYLAUNCH_TEST_TORCH:-} ]]; then
    test_packages+=(python3-torch)
  fi
  bench_packages=("${build_packages[@]}" fuse3 libfuse3-dev squashfs-tools squashfuse strace)
}

# A definite interpreter: `python3` on PATH may be one without numpy.
export PYLAUNCH_PYTHON=${PYLAUNCH_PYTHON:-/usr/bin/python3}

# Exit status of an entry point that cannot install what it needs.
readonly status_packages_missing=3

say() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

# ensure_packages NAME...: install those that are missing, or say how and exit.
ensure_packages() {
  local name log installed missing=()
  # It fails if a name is unknown, and still lists the others.
  installed=$(dpkg-query -W -f ' ${Package}=${db:Status-Status} ' "$@" 2>/dev/null) || true
  for name in "$@"; do
    [[ $installed == *" $name=installed "* ]] || missing+=("$name")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  if [[ $EUID -ne 0 ]]; then
    say "these packages are missing; install them and start again:"
    printf '    sudo apt-get install --yes %s\n' "${missing[*]}" >&2
    exit "$status_packages_missing"
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet=2 >&2
  log=$(mktemp -t apt-get.XXXXXX)
  if ! apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say "apt-get could not install them; its messages are above"
    exit "$status_packages_missing"
  fi
  rm -f "$log"
}

# ensure_python_tests: install the test suite of Debian's CPython, which its other packages leave out.
ensure_python_tests() {
  ensure_packages "lib$(/usr/bin/python3 -I -c 'import sys; print("python3.%d" % sys.version_info[1])')-testsuite"
}

# describe_python EXECUTABLE: print "MINOR PATH" if it is a CPython 3.MINOR that pylaunch can be built
# for: with a shared library, which is there, and headers. PATH has links and shims resolved.
describe_python() {
  "$1" -I -c '
import os, sys, sysconfig
value = sysconfig.get_config_var
library = os.path.join(value("LIBDIR") or "", value("INSTSONAME") or "")
header = os.path.join(sysconfig.get_path("include"), "Python.h")
plain = sys.implementation.name == "cpython" and not sys.abiflags and sys.version_info[0] == 3
if plain and value("Py_ENABLE_SHARED") and os.path.isfile(library) and os.path.isfile(header):
    print(sys.version_info[1], sys.executable)' 2>/dev/null
}

# The minor versions of CPython 3 that pylaunch is for.
readonly python_minors=(9 10 11 12 13 14)

# find_further_pythons: set further_pythons to interpreters of the other minor versions that PATH and
# pyenv have, one of each, and say which.
find_further_pythons() {
  local candidates=() candidate answer minor seen missing=()
  for minor in "${python_minors[@]}"; do
    if candidate=$(command -v "python3.$minor"); then
      candidates+=("$candidate")
    fi
  done
  while IFS= read -r candidate; do
    candidates+=("$candidate")
  done < <(printf '%s\n' "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3 | sort -rV)

  answer=$(describe_python "$PYLAUNCH_PYTHON") || true
  seen=" ${answer%% *} "
  further_pythons=()
  for candidate in "${candidates[@]}"; do
    [[ -x $candidate ]] || continue
    answer=$(describe_python "$candidate") || continue
    minor=${answer%% *}
    [[ " ${python_minors[*]} " == *" $minor "* && $seen != *" $minor "* ]] || continue
    seen+="$minor "
    further_pythons+=("${answer#* }")
  done
  for minor in "${python_minors[@]}"; do
    [[ $seen == *" $minor "* ]] || missing+=("3.$minor")
  done
  say "further interpreters to build for and to test with: ${further_pythons[*]:-none}"
  if [[ ${#missing[@]} -gt 0 ]]; then
    say "no CPython with a shared library and headers was found of ${missing[*]}: not tested with them"
  fi
}

# build_pylaunch ROOT [PYTHON...]: configure ROOT/build if that was not done yet, and build everything.
# The support libraries are those for each PYTHON; without any, those of the last time, which are
# PYLAUNCH_PYTHON's in the first.
build_pylaunch() {
  local root=$1 build=$1/build options=(-DCMAKE_BUILD_TYPE=Release) pythons
  shift
  pythons=$(IFS=';' && echo "${*:-$PYLAUNCH_PYTHON}")
  options+=("-DPYLAUNCH_PYTHONS=$pythons")
  # Where several MPI libraries are installed, one of them owns the plain names of the wrappers.
  options+=("-DMPI_C_COMPILER=$(mpi_compiler mpicc)" "-DMPI_CXX_COMPILER=$(mpi_compiler mpicxx)")
  if [[ -f $build/mpi && $(<"$build/mpi") != "$mpi" ]]; then
    say "$build is a build for $(<"$build/mpi"): remove it first"
    exit 64
  fi
  mkdir -p "$build"
  echo "$mpi" >"$build/mpi"
  mpi_wheel "$root"
  if [[ ! -f $build/build.ninja ]]; then
    say "configuring $build"
    cmake -S "$root" -B "$build" -G Ninja "${options[@]}" >&2
  elif grep -qxF "PYLAUNCH_BUILD_TESTS:BOOL=OFF" "$build/CMakeCache.txt"; then
    say "configuring $build, which was one without tests"
    cmake -S "$root" -B "$build" -DPYLAUNCH_BUILD_TESTS=ON "-DPYLAUNCH_PYTHONS=$pythons" >&2
  elif [[ $# -gt 0 ]] && ! grep -qxF "PYLAUNCH_PYTHONS:STRING=$pythons" "$build/CMakeCache.txt"; then
    say "configuring $build for $pythons"
    cmake -S "$root" -B "$build" "-DPYLAUNCH_PYTHONS=$pythons" >&2
  fi
  say "building $build"
  cmake --build "$build" >&2
}

# mpi4py_extensions ROOT: after mpi4py_oracle, an environment that has that mpi4py, Cython and an h5py
# for parallel files; exports its interpreter as PYLAUNCH_TEST_EXTENSIONS_PYTHON.
mpi4py_extensions() {
  local folder=$1/build/extensions python=$1/build/extensions/bin/python site
  [[ -z ${PYLAUNCH_TEST_EXTENSIONS_PYTHON:-} && -n ${PYLAUNCH_TEST_MPI4PY_PYTHON:-} ]] || return 0
  if [[ $mpi == wheel ]]; then
    say "Debian has no HDF5 for PyPI's MPICH: the tests of compiled extensions will be skipped"
    return 0
  fi
  if ! "$python" -c 'import Cython, h5py' 2>/dev/null; then
    say "building h5py for the tests of compiled extensions"
    "$PYLAUNCH_PYTHON" -m venv --system-site-packages "$folder"
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    "$PYLAUNCH_TEST_MPI4PY_PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
      >"$site/oracle.pth"
    # setuptools: later ones lack the modules that Debian 12's numpy.distutils asks for.
    if ! { "$folder/bin/pip" install -qq --disable-pip-version-check 'cython>=3' pkgconfig \
      'setuptools<70' wheel &&
      CC=$(mpi_compiler mpicc) CFLAGS='-O0 -g0' HDF5_MPI=ON HDF5_INCLUDEDIR=/usr/include/hdf5/$mpi \
        HDF5_LIBDIR=/usr/lib/$(gcc -print-multiarch)/hdf5/$mpi \
        "$folder/bin/pip" install -qq --disable-pip-version-check --no-build-isolation --no-deps \
        --no-binary h5py 'h5py>=3.10,<3.12'; } >&2; then
      say "no parallel h5py could be built (is there a network?): its tests will be skipped"
      return 0
    fi
  fi
  export PYLAUNCH_TEST_EXTENSIONS_PYTHON=$python
}

# optimised_mpi4py ROOT: make an environment with an mpi4py to measure against, once, and export its
# interpreter as PYLAUNCH_BENCH_MPI4PY_PYTHON. (The tests' one is compiled without optimisation.)
optimised_mpi4py() {
  local folder=$1/build/bench_mpi4py
  [[ -z ${PYLAUNCH_BENCH_MPI4PY_PYTHON:-} ]] || return 0
  export PYLAUNCH_BENCH_MPI4PY_PYTHON=$folder/bin/python
  if ! "$PYLAUNCH_BENCH_MPI4PY_PYTHON" -c 'import mpi4py' 2>/dev/null; then
    say "building mpi4py to compare with"
    "$PYLAUNCH_PYTHON" -m venv --system-site-packages "$folder"
    MPICC=$(mpi_compiler mpicc) "$folder/bin/pip" install -qq \
      --disable-pip-version-check --no-cache-dir --ignore-installed --no-binary mpi4py 'mpi4py>=4.1,<5' >&2
  fi
}

# mpi4py_oracle ROOT: make an environment with mpi4py for this MPI library, once, and export its
# interpreter as PYLAUNCH_TEST_MPI4PY_PYTHON. Tests that compare with it say so where it is missing.
mpi4py_oracle() {
  local folder=$1/build/oracle python=$1/build/oracle/bin/python compiler
  [[ -z ${PYLAUNCH_TEST_MPI4PY_PYTHON:-} ]] || return 0
  if ! "$python" -c 'import mpi4py' 2>/dev/null; then
    say "building mpi4py for the tests to compare with"
    compiler=$(mpi_compiler mpicc)
    "$PYLAUNCH_PYTHON" -m venv --system-site-packages "$folder"
    # Unoptimised, because that compiles in a fraction of the time; nothing here is timed with it.
    # LDFLAGS: the folder of Python's library, where Debian's MPI lies too, must not come first.
    if ! MPICC=$compiler CFLAGS='-O0 -g0' LDFLAGS=$(mpi_link_options) "$folder/bin/pip" install \
      -qq --disable-pip-version-check --no-cache-dir --ignore-installed --no-binary mpi4py 'mpi4py>=4.1,<5' >&2; then
      say "no mpi4py could be installed (is there a network?): comparisons with it will be skipped"
      return 0
    fi
  fi
  export PYLAUNCH_TEST_MPI4PY_PYTHON=$python
}

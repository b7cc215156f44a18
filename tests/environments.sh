#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Environments of Python that tests and benches need, each made once below build/. To be sourced by
# tests/setup.sh, whose PYLAUNCH_PYTHON and say() it uses.

# torch_environment ROOT: an environment with PyPI's torch below ROOT/build/torch, once. Prints its
# interpreter, or nothing where it cannot be installed.
torch_environment() {
  local folder=$1/build/torch
  if [[ ! -f $folder/complete ]]; then
    say "installing torch of PyPI, which brings some gigabytes of CUDA's libraries"
    rm -rf "$folder"
    "$PYLAUNCH_PYTHON" -m venv "$folder" &&
      "$folder/bin/pip" install -qq --disable-pip-version-check numpy torch >&2 &&
      touch "$folder/complete"
  fi
  if [[ -f $folder/complete ]]; then
    echo "$folder/bin/python"
  else
    say "it could not be installed (is there a network?)"
  fi
}

# wheel_environments ROOT: environments with wheels from PyPI below ROOT/build/wheels, once for each
# list of wheels. Tests that need them fail, and say so, where they are missing.
wheel_environments() {
  local list=$1/tests/environments/wheels.txt folder=$1/build/wheels
  if cmp --quiet "$list" "$folder/complete" 2>/dev/null; then
    return 0
  fi
  say "installing wheels for the tests of environments"
  rm -rf "$folder"
  mkdir -p "$folder"
  if ! fill_wheel_environments "$list" "$folder" >"$folder/log" 2>&1; then
    tail -n 5 "$folder/log" >&2
    say "the wheels could not be installed (is there a network?): tests of environments will fail"
    return 0
  fi
  cp "$list" "$folder/complete"
}

# One of each kind, with and without the system's packages. pip fills the first; uv links the same
# files into the others, which need numpy and scipy only.
fill_wheel_environments() {
  local list=$1 folder=$2 tools=$2/tools/bin name few
  export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_CACHE_DIR=$2/cache
  "$PYLAUNCH_PYTHON" -m venv "$folder/tools" &&
    "$folder/tools/bin/pip" install --quiet virtualenv==21.15.11 uv==0.13.9 &&
    "$PYLAUNCH_PYTHON" -m venv "$folder/venv" &&
    "$folder/venv/bin/pip" install --quiet --requirement "$list" &&
    "$PYLAUNCH_PYTHON" -m venv --system-site-packages "$folder/venv-system" &&
    "$tools/virtualenv" --quiet --no-download --python "$PYLAUNCH_PYTHON" "$folder/virtualenv" &&
    "$tools/virtualenv" --quiet --no-download --python "$PYLAUNCH_PYTHON" --system-site-packages \
      "$folder/virtualenv-system" &&
    "$tools/uv" venv --quiet --python "$PYLAUNCH_PYTHON" "$folder/uv" &&
    "$tools/uv" venv --quiet --python "$PYLAUNCH_PYTHON" --system-site-packages \
      "$folder/uv-system" || return 1
  few=$(grep -E '^(numpy|scipy)==' "$list")
  for name in virtualenv virtualenv-system uv uv-system; do
    # shellcheck disable=SC2086  # two words on purpose
    "$tools/uv" pip install --quiet --link-mode hardlink --python "$folder/$name/bin/python" $few ||
      return 1
  done
}

# further_environments ROOT: for each of further_pythons an environment with numpy, once, as
# ROOT/build/further/3.MINOR. Tests that need it fail, and say so, where it is missing.
further_environments() {
  local python minor folder
  # shellcheck disable=SC2154  # of find_further_pythons
  for python in "${further_pythons[@]}"; do
    minor=$("$python" -I -c 'import sys; print("3.%d" % sys.version_info[1])')
    folder=$1/build/further/$minor
    [[ ! -f $folder/complete ]] || continue
    say "installing numpy for the tests with CPython $minor"
    rm -rf "$folder"
    if ! { "$python" -m venv "$folder" &&
      "$folder/bin/pip" install -qq --disable-pip-version-check numpy; } >&2; then
      say "it could not be installed (is there a network?): tests that need it will fail"
      continue
    fi
    touch "$folder/complete"
  done
}

# developer_environment ROOT: make an environment with what users develop and test their own code
# with, once, and export its interpreter as PYLAUNCH_TEST_DEVELOPER_PYTHON.
developer_environment() {
  local folder=$1/build/developer
  local packages=(coverage importlib-metadata importlib-resources meson-python mypy ninja numba
    pytest setuptools six wheel)
  [[ -z ${PYLAUNCH_TEST_DEVELOPER_PYTHON:-} ]] || return 0
  if [[ ! -f $folder/complete || $(<"$folder/complete") != "${packages[*]}" ]]; then
    say "installing ${packages[*]} for the tests"
    "$PYLAUNCH_PYTHON" -m venv "$folder"
    if ! "$folder/bin/pip" install -qq --disable-pip-version-check "${packages[@]}" >&2; then
      say "they could not be installed (is there a network?): their tests will fail and say so"
      return 0
    fi
    echo "${packages[*]}" >"$folder/complete"
  fi
  export PYLAUNCH_TEST_DEVELOPER_PYTHON=$folder/bin/python
}

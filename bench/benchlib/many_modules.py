# SPDX-License-Identifier: BSD-3-Clause
"""A package of many modules, after Pynamic's idea: extension modules with many functions, as many
modules in Python, and data files that they read through importlib.resources.

Unlike Pynamic's, its modules lie in packages, and half of them are Python.
"""
from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

_EXTENSION = """#include <Python.h>
{functions}
static PyObject *visit(PyObject *self, PyObject *unused) {{
  long sum = 0;
  {calls}
  return PyLong_FromLong(sum);
}}
static PyMethodDef methods[] = {{{{"visit", visit, METH_NOARGS, "Calls all functions."}}, {{0}}}};
static struct PyModuleDef definition = {{
    PyModuleDef_HEAD_INIT, "{name}", "One of many.", -1, methods, 0, 0, 0, 0}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&definition); }}
"""

_PYTHON = '''"""One of many."""
from importlib import resources

DATA = resources.files(__package__).joinpath("{name}.txt").read_text()

{functions}

def visit():
    return len(DATA) + {calls}
'''


def _extension(name: str, functions: int) -> str:
    bodies = "\n".join(
        f"long {name}_f{i}(long x) {{ return x * {i + 1} + {len(name)}; }}" for i in range(functions))
    calls = "\n  ".join(f"sum += {name}_f{i}(sum);" for i in range(functions))
    return _EXTENSION.format(name=name, functions=bodies, calls=calls)


def _python(name: str, functions: int) -> str:
    bodies = "\n\n".join(f"def f{i}(x):\n    return x * {i + 1}\n" for i in range(functions))
    return _PYTHON.format(name=name, functions=bodies,
                          calls=" + ".join(f"f{i}(1)" for i in range(functions)))


def generate(target: Path, modules: int, functions: int) -> None:
    """Write the package `many` into `target`, with `modules` extension modules and as many modules
    in Python, of `functions` functions each."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    include = sysconfig.get_path("include")
    package = target / "many"
    package.mkdir(parents=True)
    names = []
    for i in range(modules):
        folder = package / f"part{i // 25}"
        if not folder.exists():
            folder.mkdir()
            (folder / "__init__.py").touch()
        native, plain = f"native_{i}", f"plain_{i}"
        source = folder / f"{native}.c"
        source.write_text(_extension(native, functions))
        subprocess.run(["cc", "-O1", "-fPIC", "-shared", f"-I{include}", str(source), "-o",
                        str(folder / (native + suffix))], check=True)
        source.unlink()
        (folder / f"{plain}.py").write_text(_python(plain, functions))
        (folder / f"{plain}.txt").write_text(f"data of {plain}\n" * 20)
        names += [f"many.{folder.name}.{native}", f"many.{folder.name}.{plain}"]
    lines = [f"import {name}" for name in names]
    lines += ["", "", "def visit():", "    return ("]
    lines += [f"        + {name}.visit()" for name in names] + ["    )", ""]
    (package / "__init__.py").write_text("\n".join(lines))

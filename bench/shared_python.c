/* SPDX-License-Identifier: BSD-3-Clause
 *
 * python3 out of the shared libpython, which an embedding program has to use, where python3 itself
 * may have the same code built in. */
#include <Python.h>

int main(int argc, char** argv) { return Py_BytesMain(argc, argv); }

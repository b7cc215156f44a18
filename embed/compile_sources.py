# SPDX-License-Identifier: BSD-3-Clause
"""Compiles Python files into a C++ table of marshalled code.

    compile_sources.py OUTPUT.cpp NAME=FILE [NAME=FILE ...]

A FILE called __init__.py makes NAME a package. The interpreter that runs this must be of the
version the table is for.
"""

import marshal
import os
import sys

HEAD = """// Written by embed/compile_sources.py; do not edit.
#include "embed/embedded_sources.hpp"

#include <cstring>

namespace pylaunch::embed {{

namespace {{
{arrays}
const EmbeddedSource sources[] = {{
{rows}
}};
}}  // namespace

const EmbeddedSource* find_embedded_source(const char* name) {{
  for (const EmbeddedSource& source : sources)
    if (std::strcmp(source.name, name) == 0) return &source;
  return nullptr;
}}

}}  // namespace pylaunch::embed
"""


def as_array(name, data):
    """A C array definition; a NUL is put behind the data."""
    values = [str(byte) for byte in data] + ["0"]
    lines = (",".join(values[i:i + 32]) for i in range(0, len(values), 32))
    return f"const unsigned char {name}[] = {{\n" + ",\n".join(lines) + "};"


def main(output, *pairs):
    arrays, rows = [], []
    for number, pair in enumerate(pairs):
        name, path = pair.split("=", 1)
        with open(path, "rb") as stream:
            text = stream.read()
        code = marshal.dumps(compile(text, f"<pylaunch {name}>", "exec", dont_inherit=True))
        arrays += [as_array(f"code{number}", code), as_array(f"text{number}", text)]
        package = "true" if os.path.basename(path) == "__init__.py" else "false"
        rows.append(f'    {{"{name}", code{number}, {len(code)}, '
                    f"reinterpret_cast<const char*>(text{number}), {len(text)}, {package}}},")
    with open(output, "w", encoding="utf-8") as stream:
        stream.write(HEAD.format(arrays="\n".join(arrays), rows="\n".join(rows)))


if __name__ == "__main__":
    main(*sys.argv[1:])

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# usage: built_in_symbols.sh NM LIBPYTHON EXECUTABLE OUTPUT
#
# The executable has CPython in it, but exports nothing of it: another CPython may be loaded instead. This
# writes assembler source that defines all that the shared library LIBPYTHON exports, as absolute symbols:
# the addresses in EXECUTABLE, which is not position-independent, so that they are known. A shared object
# made of it has no code and no data; it lends extension modules the names of what is in the executable.
set -eu
nm=$1 library=$2 executable=$3 output=$4

{
  "$nm" -D --defined-only "$library" | sed 's/^/exported /'
  "$nm" --defined-only "$executable" | sed 's/^/here /'
} | awk '
  $1 == "exported" { sub(/@.*/, "", $4); exported[$4] = 1; next }
  $3 ~ /^[A-TV-Z]$/ && ($4 in exported) {
    printf ".globl %s\n.type %s, %s\n%s = 0x%s\n", $4, $4, $3 ~ /[TW]/ ? "@function" : "@object", $4, $2
    delete exported[$4]
  }
  END {
    print ".section .note.GNU-stack, \"\", @progbits"
    for (name in exported) { print "the built-in Python has no " name | "cat >&2"; missing = 1 }
    exit missing
  }' >"$output.new"
mv "$output.new" "$output"

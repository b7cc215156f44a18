# SPDX-License-Identifier: BSD-3-Clause
"""Stubs of what this MPI library does not have: the lines that were written with one that has it."""
import ast


def kept_stubs(path):
    """The lines of each function and property of a stub file, by (class or "", name)."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    kept = {}
    for node in ast.parse(text).body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        for member in members:
            if isinstance(member, ast.FunctionDef):
                first = min([member.lineno, *(word.lineno for word in member.decorator_list)])
                kept.setdefault((owner, member.name), []).extend(lines[first - 1:member.end_lineno])
    return {key: "\n".join(parts) for key, parts in kept.items()}

# SPDX-License-Identifier: BSD-3-Clause
"""The folders are layers: who may include what, and the form that every file has."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = (".c", ".cpp", ".h", ".hpp")
FOLDERS = ("launcher", "embed", "bundle", "modules")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)

# folder: what its files must not include, as patterns of the name between the quotes.
FORBIDDEN = {
    "bundle": [r"launcher/", r"embed/", r"modules/", r"mpi\.h$", r"Python\.h$", r"pybind11/"],
    "launcher": [r"embed/", r"modules/", r"Python\.h$", r"pybind11/"],
    "embed": [r"launcher/", r"mpi\.h$", r"modules/"],
    "modules": [r"launcher/"],
}
# A name that is not part of CPython's public API.
PRIVATE_API = re.compile(r"\b(_Py[A-Z]\w*|_init_main|Py_BUILD_CORE\w*|internal/pycore_\w+)")


def sources(*folders, suffixes=CODE):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "__pycache__" not in path.parts:
                yield path


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", text)


class Layers(unittest.TestCase):
    def test_there_is_something_to_look_at(self):
        for folder in FOLDERS:
            self.assertGreater(len(list(sources(folder))), 2, folder)

    def test_includes_point_downwards_only(self):
        found = []
        for folder, patterns in FORBIDDEN.items():
            for path in sources(folder):
                for name in INCLUDE.findall(path.read_text()):
                    if any(re.match(pattern, name) for pattern in patterns):
                        found.append(f"{path.relative_to(ROOT)} includes {name}")
        self.assertEqual(found, [])

    def test_only_the_shared_folder_is_used_by_both_sides(self):
        for folder in ("launcher", "embed"):
            used = {name.split("/")[0] for path in sources(folder) for name in INCLUDE.findall(path.read_text())
                    if "/" in name and (ROOT / name).exists()}
            self.assertLessEqual(used, {folder, "bundle"})

    def test_own_headers_are_included_by_paths_that_exist(self):
        found = []
        for path in sources(*FOLDERS):
            for line in path.read_text().splitlines():
                match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
                if match and not (ROOT / match[1]).exists() and not (path.parent / match[1]).exists():
                    found.append(f"{path.relative_to(ROOT)}: {match[1]}")
        self.assertEqual(found, [])

    def test_public_python_api_only(self):
        found = []
        for path in sources("embed", "modules"):
            for name in PRIVATE_API.findall(without_comments(path.read_text())):
                found.append(f"{path.relative_to(ROOT)}: {name}")
        self.assertEqual(found, [])


class Form(unittest.TestCase):
    def all_files(self):
        folders = (*FOLDERS, "tests", "bench", "examples", "cmake", "jobscripts")
        yield from sources(*folders, suffixes=(*CODE, ".py", ".cmake", ".sh"))
        for path in [ROOT / "CMakeLists.txt", *ROOT.glob("*/CMakeLists.txt"), *ROOT.glob("*/*/CMakeLists.txt")]:
            if "build" not in path.relative_to(ROOT).parts:
                yield path

    def test_every_source_names_its_licence(self):
        found = [str(path.relative_to(ROOT)) for path in self.all_files()
                 if "SPDX-License-Identifier: BSD-3-Clause" not in "\n".join(path.read_text().splitlines()[:3])]
        self.assertEqual(found, [])

    def test_no_source_is_longer_than_300_lines(self):
        found = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in self.all_files()}
        self.assertEqual({name: lines for name, lines in found.items() if lines > 300}, {})

    def test_headers_are_guarded_once(self):
        for path in sources(*FOLDERS, suffixes=(".hpp",)):
            self.assertIn("#pragma once", path.read_text(), path)

    def test_no_unfinished_marks(self):
        mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
        found = [f"{path.relative_to(ROOT)}:{number}" for path in self.all_files()
                 for number, line in enumerate(path.read_text().splitlines(), 1) if mark.search(line)]
        self.assertEqual(found, [])

    def test_names_of_files_are_in_snake_case(self):
        found = [str(path.relative_to(ROOT)) for path in sources(*FOLDERS, "tests", suffixes=(*CODE, ".py"))
                 if not re.fullmatch(r"[a-z0-9_]+\.[a-z]+", path.name)]
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()

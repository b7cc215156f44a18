# SPDX-License-Identifier: BSD-3-Clause
"""The reference pages say what the code says: options, statuses, bundle layout, links, line lengths."""

import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PYLAUNCH = os.environ.get("PYLAUNCH", "pylaunch")


def rows_of(page, columns):
    """The cells of a page's table rows of that many columns."""
    for line in (DOCS / page).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns:
            yield cells


def anchors_of(page):
    """What links may name in a page: its headings, as GitHub and GitLab write them."""
    for heading in re.findall(r"(?m)^#+ +(.*)$", page.read_text()):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class Pages(unittest.TestCase):
    def test_options_are_those_of_help_word_for_word(self):
        text = subprocess.run([PYLAUNCH, "--help"], capture_output=True, text=True, check=True).stdout
        options = {}
        for block in re.findall(r"(?m)^  (--.*\n(?:   .*\n)*)", text):
            head, sentence = re.match(r"(\S+(?: [A-Z]+)?) +(.*)", block, re.S).groups()
            variable = re.search(r"\[(PYLAUNCH_\w+)\]", sentence)
            sentence = " ".join(re.sub(r"\[PYLAUNCH_\w+\]", "", sentence).split())
            name, value = re.match(r"(--[a-z0-9-]+)(.*)", head).groups()
            options[name] = (value.strip(), variable and variable.group(1), sentence)
        described = {cells[0].strip("`"): (cells[1].strip("`"), cells[2].strip("`") or None, cells[3])
                     for cells in rows_of("options.md", 4) if cells[0].startswith("`--")}
        self.assertEqual(described, options)

    def test_exit_statuses_of_the_launcher(self):
        header = (ROOT / "bundle/support_api.h").read_text()
        statuses = set(re.findall(r"PYLAUNCH_EXIT_\w+ = (\d+)", header))
        self.assertLessEqual(statuses, {cells[0] for cells in rows_of("options.md", 2)})

    def test_bundle_kinds(self):
        source = (ROOT / "bundle/format.hpp").read_text()
        kinds = set(re.findall(r"(?m)^  (\w+) = (\d),", source))
        described = {(cells[1].strip("`"), cells[0]) for cells in rows_of("bundle-format.md", 4)
                     if cells[0] in "1234567"}
        self.assertEqual({kind for kind in described if kind[0] in dict(kinds)}, kinds)

    def test_phases(self):
        source = (ROOT / "launcher/timeline.hpp").read_text()
        names = re.search(r"phase_names = \{(.*?)\}", source, re.S).group(1)
        page = (DOCS / "report.md").read_text()
        for name in re.findall(r'"([^"]+)"', names):
            self.assertIn(f"| `{name}`", page)

    def test_links_lead_somewhere(self):
        pages = [*DOCS.glob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("[bej]*/README.md")]
        self.assertGreater(len(pages), 12)
        for page in pages:
            for target, _, anchor in re.findall(r"\]\(([^)#:]*)(#([^)]+))?\)", page.read_text()):
                path = page.parent / target if target else page
                self.assertTrue(path.exists(), f"{page.name}: {target}")
                if anchor:
                    self.assertIn(anchor, anchors_of(path), f"{page.name}: {target}#{anchor}")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
"""Images of an environment, packed ahead: what sites do today against the storm."""
from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

_WITH_IMAGE = Path(__file__).resolve().parent.parent / "with-image"


class Image:
    """The library folders of an interpreter in one file; packing is not part of what is timed."""

    def __init__(self, kind: str, folders: Sequence[str], target: Path) -> None:
        self.kind = kind
        self.folders = tuple(folders)
        self.path = target
        relative = [folder.lstrip("/") for folder in folders]
        if kind == "tar":
            command = ["tar", "--create", "--file", str(target), "--directory", "/", *relative]
        else:
            # Folders keep their paths inside of the image, as in the tar file.
            command = ["mksquashfs", *folders, str(target), "-no-strip", "-noappend", "-quiet",
                       "-no-progress"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        # What each node needs to use it: a mounted image stays where it is.
        self.memory_bytes = target.stat().st_size if kind == "tar" else 0

    def wrap(self, command: Sequence[str]) -> list[str]:
        """The command, run with the folders out of the image."""
        words = [str(_WITH_IMAGE), self.kind, str(self.path)]
        for folder in self.folders:
            words += ["--folder", folder]
        return [*words, "--", *command]

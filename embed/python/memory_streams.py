# SPDX-License-Identifier: BSD-3-Clause
"""Broadcast files as file objects, of the types that open() gives."""

import io


class MemoryRaw(io.RawIOBase):
    """What io.FileIO is for a file. fileno() opens the true file, at the same position."""

    mode = "rb"

    def __init__(self, name, view):
        self.name = name
        self._view = view
        self._position = 0
        self._file = None
        self.has_descriptor = True

    def _check_open(self):
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def readable(self):
        self._check_open()
        return True

    def seekable(self):
        self._check_open()
        return True

    def readinto(self, buffer):
        self._check_open()
        target = memoryview(buffer).cast("B")
        piece = self._view[self._position:self._position + len(target)]
        target[:len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def readall(self):
        self._check_open()
        piece = bytes(self._view[self._position:])
        self._position += len(piece)
        return piece

    def tell(self):
        self._check_open()
        return self._position

    def seek(self, offset, whence=io.SEEK_SET):
        self._check_open()
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._view)}[whence]
        if start + offset < 0:
            raise OSError(22, "Invalid argument")
        self._position = start + offset
        return self._position

    def fileno(self):
        self._check_open()
        if not self.has_descriptor:
            raise io.UnsupportedOperation("fileno")
        if self._file is None:
            self._file = io.FileIO(self.name)
        self._file.seek(self._position)
        return self._file.fileno()

    def close(self):
        if self._file is not None:
            self._file.close()
        super().close()


def open_memory(name, view, mode="rb", buffering=-1, encoding=None, errors=None, newline=None):
    """open(name, ...) for reading, with the bytes of `view`."""
    raw = MemoryRaw(name, view)
    if buffering == 0:
        return raw
    buffered = io.BufferedReader(raw, buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE)
    if "b" in mode:
        return buffered
    # Up to CPython 3.10 the text layer asks whether the descriptor is a terminal.
    raw.has_descriptor = False
    text = io.TextIOWrapper(buffered, encoding, errors, newline, buffering == 1)
    raw.has_descriptor = True
    text.mode = mode
    return text

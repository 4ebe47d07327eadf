"""What was signed and handed to a server that others may follow, kept until it is known what became of it.

A primary writes a commit to its own disk before its standby has it. If it dies in between, the standby that is promoted
lacks a head which the old primary's disk holds, signed. To sign another head of that size would be to say two things; so
the writer keeps each batch in a file in the private folder before it hands it over, and writes the same bytes into the
promoted standby if it has to. The server's timeline tells a promoted standby from a server that merely started anew: on
one and the same timeline, what is not there after a crash was never on a disk, and no standby had it.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

SIGNED: Final = "signed"
"""The file's name in the private folder."""
_HEADER: Final = struct.Struct(">16sQQ32s")  # mark, size of the head, bytes that follow, digest
_MARK: Final = b"lastword-signed1"


@dataclass(frozen=True, slots=True)
class Signed:
    """A batch: the statements that write it into a database whose tree is that of ``base_size`` and ``base_root``.

    ``size`` and ``root``: of the head signed with it. ``timeline``: of the server it was handed to. ``writes``: SQL, and
    the rows it is run for; the last one is the head.
    """

    base_size: int
    base_root: bytes
    size: int
    root: bytes
    timeline: str
    writes: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]


class SignedFile:
    """The last batch that was handed over. It is written over by the next one, when its own fate is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def keep(self, batch: Signed) -> None:
        """Have ``batch`` on the disk. Broken off, it leaves nothing: then it was not handed over either. Raises OSError."""
        payload = msgspec.msgpack.encode(batch)
        raw = _HEADER.pack(_MARK, batch.size, len(payload), _digest(batch.size, payload)) + payload
        file = self._opened()
        if os.pwrite(file, raw, 0) != len(raw):
            raise OSError("what was signed could not be written whole")
        os.fdatasync(file)

    def pending(self, above: int) -> Signed | None:
        """Return the batch if its head is of more than ``above`` entries, None otherwise."""
        file = self._opened()
        header = os.pread(file, _HEADER.size, 0)
        if len(header) < _HEADER.size:
            return None
        mark, size, length, digest = _HEADER.unpack(header)
        if mark != _MARK or size <= above:
            return None
        payload = os.pread(file, length, _HEADER.size)
        if len(payload) != length or _digest(size, payload) != digest:
            return None
        return msgspec.msgpack.decode(payload, type=Signed)

    def clear(self) -> None:
        """Forget the batch: it is certain that no server has it. Raises OSError."""
        file = self._opened()
        os.pwrite(file, bytes(_HEADER.size), 0)
        os.fdatasync(file)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _opened(self) -> int:
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._file


def _digest(size: int, payload: bytes) -> bytes:
    return hashlib.sha256(size.to_bytes(8, "big") + payload).digest()

"""The anchor: the largest head ever acknowledged, in a place that no backup of the database reaches.

A database put back from a backup is consistent in itself. Only something outside can tell that it is an old one: here
a file of its own, moved by compare-and-swap after each commit and before anybody is told that the act is done.

The file has two slots of SLOT bytes, written in turn, each with its own checksum. A crash while one is written leaves
the other, which is one head behind; the start-up check then finds the database ahead and moves the anchor.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from lastword.record.tree import EMPTY_ROOT
from lastword.store.clock import Base
from lastword.store.refusal import DamagedError, ReadOnlyError

SLOT: Final = 1024
_MARK: Final = "lastword-anchor-1"


@dataclass(frozen=True, slots=True)
class Anchored:
    """A head, and the base of the clock as of it. ``turn``: how often the anchor was moved."""

    origin: str
    size: int
    root: bytes
    base: Base | None = None
    turn: int = 0


class Anchor(Protocol):
    """Where the largest acknowledged head is kept."""

    def read(self) -> Anchored:
        """Return it. Raises DamagedError if it cannot be told."""

    def move(self, old: Anchored, new: Anchored) -> Anchored:
        """Put ``new`` in the place of ``old``, durably, and return it. Raises ReadOnlyError if another one is there."""


class AnchorFile:
    """The anchor as a file on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as why:
            raise DamagedError(f"the anchor `{path}` cannot be opened: {why.strerror}") from None
        self._had: tuple[bytes, Anchored] | None = None  # what was last read, as bytes and as a head

    @classmethod
    def create(cls, path: Path, origin: str) -> AnchorFile:
        """Make the anchor of an empty record. Raises FileExistsError."""
        first = _written(Anchored(origin, 0, EMPTY_ROOT))
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(file, first + bytes(SLOT), 0)
            os.fsync(file)
        finally:
            os.close(file)
        return cls(path)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self) -> Anchored:
        """Return the newer of the two slots. Raises DamagedError if neither can be read."""
        raw = os.pread(self._file, 2 * SLOT, 0)
        had = self._had
        if had is not None and had[0] == raw:
            return had[1]
        slots = [slot for at in (0, SLOT) if (slot := _read(raw[at : at + SLOT])) is not None]
        if not slots:
            raise DamagedError(
                f"the anchor `{self._path}` is damaged; nothing is written until it is made anew"
            )
        found = max(slots, key=lambda slot: slot.turn)
        self._had = raw, found
        return found

    def move(self, old: Anchored, new: Anchored) -> Anchored:
        """Put ``new`` in the place of ``old`` and return it as it was written, once it is on the disk.

        Raises ReadOnlyError if the anchor is not ``old``, or if ``new`` is smaller, or another root of the same size.
        """
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            there = self.read()
            if there != old:
                raise ReadOnlyError(f"the anchor was moved to {there.size} entries by somebody else")
            same_size = new.size == old.size and new.root != old.root
            if new.origin != old.origin or new.size < old.size or same_size:
                raise ReadOnlyError(f"the anchor at {old.size} entries refuses a head of {new.size}")
            new = Anchored(new.origin, new.size, new.root, new.base, old.turn + 1)
            slot = _written(new)
            at = SLOT * (new.turn % 2)
            if os.pwrite(self._file, slot, at) != SLOT:
                raise OSError("the anchor could not be written whole")
            os.fdatasync(self._file)
            if self._had is not None:
                raw = self._had[0]
                self._had = raw[:at] + slot + raw[at + SLOT :], new
            return new
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


def _written(anchored: Anchored) -> bytes:
    root = base64.b64encode(anchored.root).decode()
    text = (
        f"{_MARK}\n{anchored.origin}\n{anchored.turn}\n{anchored.size}\n{root}\n{_written_base(anchored.base)}\n"
    ).encode()
    slot = text + hashlib.sha256(text).hexdigest().encode() + b"\n"
    if len(slot) > SLOT:
        raise ReadOnlyError("the origin is too long for the anchor")
    return slot.ljust(SLOT, b" ")


@lru_cache(maxsize=16)
def _written_base(base: Base | None) -> str:
    """Return the base of the clock in a line; it stays the same for as long as the machine runs."""
    if base is None:
        return ""
    return f"{base.run} {base.seconds!r} {base.wall.astimezone(UTC).isoformat()} {int(base.trusted)}"


def _read(slot: bytes) -> Anchored | None:
    """Return what a slot says, None if it was not written whole."""
    text, _, digest = slot.rstrip(b" \0").removesuffix(b"\n").rpartition(b"\n")
    text += b"\n"
    if hashlib.sha256(text).hexdigest().encode() != digest:
        return None
    try:
        mark, origin, turn, size, root, clock, end = text.decode().split("\n")
        if mark != _MARK or end:
            return None
        base = None
        if clock:
            run, seconds, wall, trusted = clock.split(" ")
            base = Base(run, float(seconds), datetime.fromisoformat(wall), trusted == "1")
        return Anchored(origin, int(size), base64.b64decode(root, validate=True), base, int(turn))
    except (ValueError, binascii.Error):
        return None

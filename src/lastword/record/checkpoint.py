"""The head of the record in three lines: whose it is, how many entries it has, and their root.

Source: github.com/C2SP/C2SP, tlog-checkpoint.md. It is signed as a note (``note``).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.record.tree import EMPTY_ROOT, HASH_BYTES, LARGEST

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_HERE: Final = Where("checkpoint")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a head says: the origin (name of the log), its size in entries, the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Raises InputError for what cannot be a head."""
        if why := _wrong(self.origin, self.size, self.root):
            raise _no_checkpoint(_HERE, why)

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str, at: Where = _HERE, *, extensions: bool = False) -> Checkpoint:
        """Return the head in ``text``. Raises InputError.

        Lines after the third are refused unless ``extensions``: we write none, other logs may.
        """
        lines = text.split("\n")
        if lines.pop() or len(lines) < 3 or "" in lines:
            raise _no_checkpoint(at, "it is not three lines, each with its end")
        if len(lines) > 3 and not extensions:
            raise _no_checkpoint(at, "it has more than three lines")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise _no_checkpoint(at, f"`{size}` is no size")
        try:
            raw = base64.b64decode(root, validate=True)
        except (binascii.Error, ValueError):
            raise _no_checkpoint(at, "the root is not base64") from None
        if base64.b64encode(raw).decode() != root:
            raise _no_checkpoint(at, "the root is written in an unusual way")
        if why := _wrong(origin, int(size), raw):
            raise _no_checkpoint(at, why)
        return cls(origin, int(size), raw)


def is_origin(text: str) -> bool:
    """Say whether a log can have this name: one line, not empty, without control characters."""
    return bool(text) and text.isprintable()


def _wrong(origin: str, size: int, root: bytes) -> str:
    if not is_origin(origin):
        return "the origin is empty or holds control characters"
    if not 0 <= size <= LARGEST:
        return f"`{size}` is no size"
    if len(root) != HASH_BYTES:
        return f"the root has {len(root)} bytes, not {HASH_BYTES}"
    if not size and root != EMPTY_ROOT:
        return "an empty log has another root"
    return ""


def _no_checkpoint(at: Where, why: str) -> InputError:
    return InputError(Problem(at, f"is no checkpoint: {why}", "get it again from the log"))

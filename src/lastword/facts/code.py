"""Codes of control lists and the one way to compare them (semantics R5).

A code is an entry and its paragraphs: ``3A001.b.2``, ``VIII(h)(1)``, ``ML3.a``. A pattern is a code in
which ``?`` stands for one character and ``*`` alone for any code of the list.
"""

from __future__ import annotations

import re
from functools import lru_cache

ANY = "any"
_PARAGRAPHS = re.compile(r"[.()\s]+")


@lru_cache(maxsize=65536)
def paragraphs(code: str) -> tuple[str, ...]:
    """Split a code into entry and paragraphs: ``VIII(h)(1)`` gives ``('viii', 'h', '1')``."""
    return tuple(piece for piece in _PARAGRAPHS.split(code.strip().lower()) if piece)


def _fits(piece: str, pattern: str) -> bool:
    return len(piece) == len(pattern) and all(p in ("?", c) for c, p in zip(piece, pattern, strict=True))


@lru_cache(maxsize=262144)
def on(code: str, pattern: str) -> bool | None:
    """Say whether ``code`` is at or below ``pattern``; None where the code is too short to tell (R5).

    >>> on("3A001.b.2", "3A001.b"), on("3A001", "3A001.b"), on("9A610.x", "??6??"), on("any", "*")
    (True, None, True, True)
    """
    if pattern == "*":
        return True
    if code == ANY:
        return None
    pieces, wanted = paragraphs(code), paragraphs(pattern)
    if not all(_fits(piece, want) for piece, want in zip(pieces, wanted, strict=False)):
        return False
    return True if len(pieces) >= len(wanted) else None

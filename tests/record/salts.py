"""Salts that are the same in each run of the tests."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from itertools import count


def salts(seed: str = "") -> Callable[[], str]:
    """Return a source of salts: 128 bits each, never the same twice, in a fixed order for each ``seed``."""
    numbers = count()

    def salt() -> str:
        digest = hashlib.sha256(f"{seed}/{next(numbers)}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    return salt

"""What tells one state of a pack's files from another."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

SIGNATURE: Final = "SIGNATURE"
"""The file beside ``pack.yaml`` that says who answers for a pack (``packsignature.py``)."""


def digest_of(folder: Path) -> str:
    """Return the SHA-256 over the names and contents of the files of a pack."""
    digest = hashlib.sha256()
    for path in pack_files(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def pack_files(folder: Path) -> list[Path]:
    """Return the files that make up a pack, its worked cases left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in (".yaml", ".csv") and "cases" not in path.relative_to(folder).parts
    )

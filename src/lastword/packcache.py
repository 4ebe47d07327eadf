"""Compiled packs kept between runs, by the digest of their files; deleting the cache loses nothing but half a
second.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import platformdirs

import lastword
from lastword.files.packdigest import digest_of
from lastword.rules.rule import Pack

MOST_KEPT: Final = 8


def load_packs(folders: Sequence[Path], *, cached: bool = True) -> tuple[Pack, ...]:
    """Return the packs in ``folders``. Raises InputError with every problem of their files."""
    if not cached:
        return _read(folders)
    place = _place(folders)
    found = _kept(place)
    if found is not None:
        return found
    packs = _read(folders)
    _keep(place, packs)
    return packs


def _read(folders: Sequence[Path]) -> tuple[Pack, ...]:
    # Read only where a pack must be compiled: a cached one needs none of it.
    from lastword.files.packs import read_packs

    return read_packs(folders)


def _place(folders: Sequence[Path]) -> Path:
    digest = hashlib.sha256(f"{lastword.__version__} {_code_stamp()}".encode())
    for folder in folders:
        digest.update(f"{folder.name}\0{digest_of(folder)}\0".encode())
    return Path(platformdirs.user_cache_dir("lastword")) / f"packs-{digest.hexdigest()}.pickle"


def _code_stamp() -> str:
    """Return what changes when the program's own files do, so that a developer never meets a stale cache."""
    here = Path(__file__).parent
    stamps = (p.stat().st_mtime_ns for d in ("rules", "facts", "files") for p in (here / d).glob("*.py"))
    return str(sorted(stamps))


def _kept(place: Path) -> tuple[Pack, ...] | None:
    try:
        content = place.read_bytes()
    except OSError:
        return None
    try:
        packs: tuple[Pack, ...] = pickle.loads(content)
    except Exception:  # a damaged cache is as good as none
        return None
    return packs


def _keep(place: Path, packs: tuple[Pack, ...]) -> None:
    """Write the cache under another name and rename it, so that a half-written one is never read."""
    content = pickle.dumps(packs, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.replace(name, place)
        for old in sorted(place.parent.glob("packs-*.pickle"), key=lambda p: -p.stat().st_mtime_ns)[
            MOST_KEPT:
        ]:
            old.unlink(missing_ok=True)
    except OSError:
        return  # no room or no permission: the next run compiles again

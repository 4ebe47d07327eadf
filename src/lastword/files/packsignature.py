"""The signature of a pack: which files it holds, with their digests, signed by somebody with a key.

``SIGNATURE`` beside ``pack.yaml`` is a signed note (``note.py``) over this text::

    lastword-pack/1
    id wiesengrund
    version 2026.11.1
    key wiesengrund.example+1c2d3e4f+AQ...
    tree <SHA-256, hex>
    file <SHA-256, hex> <bytes> <name>

one line ``file`` for each file of the folder and the folders in it, by name; left out are ``SIGNATURE`` itself and
names that begin with a dot. ``tree`` is the SHA-256 over, for each file, the length of its name (8 bytes, greatest
first), its name, the length of its content (likewise) and its content. ``key`` is who signed, so that a damaged
signature is noticed even where nobody said whom to trust; whom to trust is for the reader to say (``trust``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.files.packdigest import SIGNATURE
from lastword.files.suggestion import did_you_mean
from lastword.files.text import read_bytes
from lastword.record.note import Note, Signer, Verifier

NAME: Final = SIGNATURE
FORMAT: Final = "lastword-pack/1"
_AGAIN: Final = "get the pack again from who signed it, or remove SIGNATURE if the pack is now yours"


@dataclass(frozen=True, slots=True)
class Listed:
    """One file as the signed text lists it."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed text says."""

    id: str
    version: str
    key: Verifier
    tree: str
    files: tuple[Listed, ...]


def is_signed(folder: Path) -> bool:
    """Say whether there is a signature beside the pack, sound or not."""
    return os.path.lexists(folder / SIGNATURE)


def sign(folder: Path, ident: str, version: str, key: Signer) -> str:
    """Write ``SIGNATURE`` and return the signed text. Raises InputError for files that cannot be signed."""
    files = dict(_files(folder))
    listed = [f"file {hashlib.sha256(c).hexdigest()} {len(c)} {name}\n" for name, c in files.items()]
    text = (
        f"{FORMAT}\nid {ident}\nversion {version}\nkey {key.verifier}\ntree {_tree(files)}\n{''.join(listed)}"
    )
    place = folder / SIGNATURE
    new = folder / f".{SIGNATURE}.new"
    new.write_bytes(key.sign(text).encode())
    os.replace(new, place)
    return text


def verified(folder: Path, ident: str) -> Signed:
    """Return what the signature of a pack says, once everything in it fits the files.

    Raises InputError, which names each file that was changed, added or taken away.
    """
    file = f"{_called(folder)}/{SIGNATURE}"
    at = Where(file)
    note = Note.read(read_bytes(folder / SIGNATURE, file), at)
    signed = _read(note.text, at)
    if note.signed_by([signed.key]) is None:
        raise InputError(Problem(at, f"the signature of `{signed.key.name}` does not fit its text", _AGAIN))
    problems = []
    if signed.id != ident:
        problems.append(Problem(at, f"it signs the pack `{signed.id}`, not `{ident}`", _AGAIN))
    problems.extend(_differences(folder, signed))
    if problems:
        raise InputError(problems)
    return signed


def trusted(folder: Path, signed: Signed, keys: Iterable[Verifier]) -> None:
    """Raise InputError unless one of ``keys`` signed the pack, whose signature was found sound."""
    known = list(keys)
    file = f"{_called(folder)}/{SIGNATURE}"
    if Note.read(read_bytes(folder / SIGNATURE, file), Where(file)).signed_by(known) is None:
        mend = (
            did_you_mean(str(signed.key), map(str, known))
            or "add its key to `trust` in lastword.toml, if you trust it"
        )
        raise InputError(
            Problem(Where(file), f"it is signed by `{signed.key.name}`, whom `trust` does not name", mend)
        )


def _called(folder: Path) -> str:
    return Path(os.path.abspath(folder)).name


def _read(text: str, at: Where) -> Signed:
    lines = text.removesuffix("\n").split("\n")
    heads = ("id ", "version ", "key ", "tree ")
    if lines[0] != FORMAT or len(lines) <= len(heads) or not all(
        line.startswith(head) for line, head in zip(lines[1:5], heads, strict=False)
    ):  # fmt: skip
        raise InputError(Problem(at, f"it does not begin as `{FORMAT}` does", "a newer Lastword may read it"))
    ident, version, key, tree = (line[len(head) :] for line, head in zip(lines[1:5], heads, strict=True))
    return Signed(
        ident, version, Verifier.read(key, at), tree, tuple(_listed(line, at) for line in lines[5:])
    )


def _listed(line: str, at: Where) -> Listed:
    words = line.split(" ", 3)
    if len(words) != 4 or words[0] != "file" or not words[2].isdecimal():
        raise InputError(Problem(at, f"`{line}` lists no file", _AGAIN))
    return Listed(words[3], words[1], int(words[2]))


def _differences(folder: Path, signed: Signed) -> Iterator[Problem]:
    files = dict(_files(folder))
    listed = {one.name: one for one in signed.files}
    same = True
    for name in sorted(files.keys() | listed.keys()):
        where = Where(f"{_called(folder)}/{name}")
        if name not in files:
            yield Problem(where, "is signed but not there", _AGAIN)
        elif name not in listed:
            yield Problem(where, "is not among the files that were signed", _AGAIN)
        elif hashlib.sha256(files[name]).hexdigest() != listed[name].digest:
            yield Problem(where, f"was changed after `{signed.key.name}` signed it", _AGAIN)
        else:
            continue
        same = False
    if same and _tree(files) != signed.tree:
        yield Problem(
            Where(f"{_called(folder)}/{SIGNATURE}"), "the digest over all files does not fit", _AGAIN
        )


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Return name and content of every file that a signature speaks of, by name."""
    found = []
    for here, below, names in os.walk(folder):
        below[:] = [one for one in below if not one.startswith(".")]
        for name in (*names, *(one for one in below if (Path(here) / one).is_symlink())):
            path = Path(here) / name
            told = path.relative_to(folder).as_posix()
            if told == SIGNATURE or name.startswith("."):
                continue
            where = f"{_called(folder)}/{told}"
            if path.is_symlink():
                raise InputError(
                    Problem(
                        Where(where),
                        "is a link, and what it leads to cannot be signed",
                        "put the file itself there",
                    )
                )
            if any(ord(char) < ord(" ") for char in told):
                raise InputError(Problem(Where(where), "has control characters in its name", "rename it"))
            found.append((told, path, where))
    for told, path, where in sorted(found):
        yield told, read_bytes(path, where) if path.stat().st_size else b""


def _tree(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        told = name.encode()
        digest.update(len(told).to_bytes(8, "big") + told + len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()

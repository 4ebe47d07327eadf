"""Changing a private key: an entry signed by the old one names the new one, and from there on the new one signs.

The new key is on the disk, as ``entry.key.new``, before the entry is committed, and takes the place of the old one after it. A
crash in between is finished at the next start: the record itself says which of both is in force.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from lastword.cases.acts import Act
from lastword.cases.world import Written
from lastword.errors import InputError, Problem, Where
from lastword.record.entry import EntrySigner
from lastword.record.keyring import endorsement
from lastword.record.logevents import KEYS, KeyChanged, Keys
from lastword.record.note import Signer
from lastword.record.refusal import RecordError
from lastword.store import reading
from lastword.store.guarding import permitted

if TYPE_CHECKING:
    from lastword.store.database import Database
    from lastword.store.store import Store
    from lastword.store.writing import Writing

Which = Literal["entry", "log"]
FILES: Final[dict[Which, str]] = {"entry": "entry.key", "log": "log.key"}
_NEW: Final = ".new"
_ENTRY_KEY_MARK: Final = "LASTWORD+ENTRY+KEY+"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateKey(Act):
    """Take a new key for entries (``entry``) or heads (``log``). Guarded by ``keys``."""

    which: Which


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of it. ``proposal``: where it waits for another officer; else the new key holds from ``from_size`` on."""

    from_size: int = 0
    key: str = ""
    proposal: str = ""


def rotate(store: Store, act: RotateKey, private: Path) -> Rotation:
    """Change a key. Raises ActRefused, and StoreError if the record cannot be written."""
    old_log, _old_entry = read_keys(private)

    def work(writing: Writing) -> Rotation:
        leave = permitted(writing, "keys", act)
        if not leave.goes:
            return Rotation(proposal=leave.proposal)
        index = writing.index
        if act.which == "entry":
            signer = EntrySigner.of(os.urandom(32))
            _write(private / (FILES["entry"] + _NEW), written_entry_key(signer))
            public = base64.b64encode(signer.public).decode()
            event = KeyChanged("entry", index + 1, signer.kid, public, by=leave.by)
            key = f"{signer.kid} {public}"
        else:
            log = Signer.new(store.origin, os.urandom(32), Where("origin"))
            _write(private / (FILES["log"] + _NEW), log.private_line() + "\n")
            # The head over this entry is still the old key's: nobody could believe it otherwise.
            since = index + 2
            event = KeyChanged(
                "log",
                since,
                vkey=str(log.verifier),
                endorsement=endorsement(old_log, log.verifier, since),
                by=leave.by,
            )
            key = str(log.verifier)
        writing.append(Written(KEYS, event, audience="public"))
        return Rotation(event.from_size, key)

    done = store.submit(work, alone=True).result
    if not done.proposal:
        finish_rotation(private, store.database)
        from lastword.store.writer import HeadSigner, Keyholder

        log, entry = read_keys(private)
        store.rekey(Keyholder(HeadSigner(log), entry))
    return done


def finish_rotation(private: Path, database: Database, *, certain: bool = True) -> None:
    """Put a new key in its place if the record names it, and take it away if it does not. Nothing to do is nothing done.

    ``certain``: nothing that was signed is still to be written (standby.py), so that what the record says is all there is.
    """
    for which, name in FILES.items():
        new = private / (name + _NEW)
        if not new.exists():
            continue
        with database.reading() as session:
            keys = reading.state(session, KEYS)
        if isinstance(keys, Keys) and _public(new, which) == (
            keys.log_key if which == "log" else keys.entry_key.key
        ):
            os.replace(new, private / name)
        elif certain:
            new.unlink()
        _sync(private)


def read_keys(private: Path) -> tuple[Signer, EntrySigner]:
    """Return the private keys of heads and of entries. Raises InputError."""
    path = private / FILES["log"]
    log = Signer.read(_read(path), Where(str(path)))
    path = private / FILES["entry"]
    return log, read_entry_key(_read(path), Where(str(path)))


def written_entry_key(key: EntrySigner) -> str:
    """Return a private key of entries as its file holds it."""
    return f"{_ENTRY_KEY_MARK}{key.kid}+{base64.b64encode(key.seed).decode()}\n"


def read_entry_key(text: str, at: Where) -> EntrySigner:
    """Return the key of entries that ``written_entry_key`` wrote. Raises InputError."""
    kid, plus, coded = text.strip().removeprefix(_ENTRY_KEY_MARK).partition("+")
    try:
        key = EntrySigner.of(base64.b64decode(coded, validate=True)) if plus else None
    except (binascii.Error, ValueError, RecordError):
        key = None
    if key is None or key.kid != kid or not text.startswith(_ENTRY_KEY_MARK):
        raise InputError(
            Problem(at, "holds no key of entries, or a damaged one", "bring back the right file")
        )
    return key


def _public(path: Path, which: Which) -> str:
    """Return the public half of the private key in a file as the record names it, "" if there is none in it."""
    try:
        if which == "log":
            return str(Signer.read(_read(path), Where(str(path))).verifier)
        return base64.b64encode(read_entry_key(_read(path), Where(str(path))).public).decode()
    except InputError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise InputError(
            Problem(
                Where(str(path)),
                "cannot be read",
                "bring back the private folder, or correct `private` in store.toml",
            )
        ) from None


def _write(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)

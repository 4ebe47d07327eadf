"""Which key signs which entry and which head, as the record itself says.

Entry 0 (``log.genesis``) names the first keys: ``{"origin", "log_key": vkey, "entry_key": {"kid", "public"}, "constitution"}``.
An entry ``log.key_changed``, signed by the old key, names the next: ``{"which": "entry", "kid", "public", "from_size"}`` or
``{"which": "log", "vkey", "from_size", "endorsement"}``. A key holds for entries, or heads, from ``from_size`` up to where the
next begins. Keys are base64 of 32 bytes; a ``kid`` is the first 16 hex digits of their SHA-256.

A head proves its own contents only to who trusts its key. So a new log key needs a word of the old one: the note
``endorsement``, over the text ``lastword log key``, origin, new key and ``from_size``, in lines.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from lastword.errors import InputError, Where
from lastword.record.entry import key_id
from lastword.record.kept import GENESIS, KEY_CHANGED, Kept, is_count, unbase64
from lastword.record.note import Note, Signer, Verifier
from lastword.record.refusal import RecordError

_HERE: Final = Where("keys")
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class EntryKey:
    """A key of entries, 32 bytes of Ed25519, for the indices from ``start`` up to but not ``end`` (None: no end yet)."""

    start: int
    end: int | None
    kid: str
    public: bytes


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of heads, for the sizes from ``start`` up to but not ``end``; ``endorsed``: by the key before it."""

    start: int
    end: int | None
    key: Verifier
    endorsed: bool


_AnyKey = TypeVar("_AnyKey", bound=EntryKey | LogKey)


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys of a log, oldest first."""

    origin: str
    entry: tuple[EntryKey, ...]
    log: tuple[LogKey, ...]

    @classmethod
    def of(cls, genesis: Kept, changes: Sequence[tuple[int, Kept]]) -> Keyring:
        """Return the keys that entry 0 and the changes (index, kept part; in order of index) lead to.

        Raises RecordError if one of them cannot be used.
        """
        origin, first, log = (
            genesis.data.get("origin"),
            genesis.data.get("entry_key"),
            genesis.data.get("log_key"),
        )
        if genesis.kind != GENESIS or not isinstance(origin, str):
            raise RecordError("entry 0 does not say how this log began")
        kid, public = _entry_key(first)
        ring = cls(origin, (EntryKey(0, None, kid, public),), (LogKey(0, None, _log_key(log, origin), True),))
        for index, change in changes:
            ring = ring._changed(index, change)
        if {one.public for one in ring.entry} & {one.key.public for one in ring.log}:
            raise RecordError("one key is to sign both entries and heads")
        return ring

    def entry_key(self, index: int) -> EntryKey:
        """Return the key that must have signed the entry at ``index``."""
        return _in_force(self.entry, index)

    def log_key(self, size: int) -> LogKey:
        """Return the key that must have signed a head of ``size`` entries."""
        return _in_force(self.log, size)

    def to_json(self) -> dict[str, Any]:
        """Return what ``keys.json`` in a bundle says."""
        return {
            "entry": [
                {
                    "from": one.start,
                    "to": one.end,
                    "kid": one.kid,
                    "public": base64.b64encode(one.public).decode(),
                }
                for one in self.entry
            ],
            "log": [{"from": one.start, "to": one.end, "vkey": str(one.key)} for one in self.log],
        }

    def _changed(self, index: int, change: Kept) -> Keyring:
        data = change.data
        start, which = data.get("from_size"), data.get("which")
        if change.kind != KEY_CHANGED or which not in ("entry", "log"):
            raise RecordError(f"entry {index} does not say which key it changes")
        last = (self.entry if which == "entry" else self.log)[-1].start
        if not isinstance(start, int) or not is_count(start) or start <= max(index, last):
            raise RecordError(f"entry {index} changes a key for entries that were there before it")
        if which == "entry":
            kid, public = _entry_key(data)
            if any(one.public == public for one in self.entry):
                raise RecordError(f"entry {index} brings back a key of old")
            return replace(self, entry=(*_closed(self.entry, start), EntryKey(start, None, kid, public)))
        key = _log_key(data.get("vkey"), self.origin)
        if any(one.key == key for one in self.log):
            raise RecordError(f"entry {index} brings back a key of old")
        endorsed = _is_endorsed(data.get("endorsement"), self.log[-1].key, key, start)
        return replace(self, log=(*_closed(self.log, start), LogKey(start, None, key, endorsed)))


def endorsement(old: Signer, new: Verifier, from_size: int) -> str:
    """Return the note by which the old log key passes on to ``new``, for heads of ``from_size`` entries and more."""
    return old.sign(_endorsed_text(new, from_size))


def _endorsed_text(new: Verifier, from_size: int) -> str:
    # The first line is no origin, so that nobody can take this note for a head: a head says a number in line two.
    return f"lastword log key\n{new.name}\n{new}\n{from_size}\n"


def _is_endorsed(note: object, old: Verifier, new: Verifier, from_size: int) -> bool:
    if not isinstance(note, str):
        return False
    try:
        read = Note.read(note.encode(errors="replace"), _HERE)
    except InputError:
        return False
    return read.text == _endorsed_text(new, from_size) and read.signed_by([old]) == old


def _entry_key(told: object) -> tuple[str, bytes]:
    public = unbase64(told.get("public")) if isinstance(told, dict) else None
    if (
        not isinstance(told, dict)
        or public is None
        or len(public) != _KEY_BYTES
        or told.get("kid") != key_id(public)
    ):
        raise RecordError("a key of entries is damaged, or has another name than it must have")
    return key_id(public), public


def _log_key(vkey: object, origin: str) -> Verifier:
    try:
        key = Verifier.read(vkey if isinstance(vkey, str) else "", _HERE)
    except InputError:
        raise RecordError("a key of heads is damaged") from None
    if key.name != origin:
        raise RecordError(f"a key of heads has the name `{key.name}`, not that of the log")
    return key


def _closed(keys: tuple[_AnyKey, ...], end: int) -> tuple[_AnyKey, ...]:
    return (*keys[:-1], replace(keys[-1], end=end))


def _in_force(keys: tuple[_AnyKey, ...], place: int) -> _AnyKey:
    return next(key for key in reversed(keys) if key.start <= place)

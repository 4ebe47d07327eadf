"""The stored entries one after another, with all that is kept beside them: for whoever goes through the whole record."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from lastword.record.disclosure import KEPT, Disclosure
from lastword.record.kept import Kept
from lastword.record.refusal import RecordError
from lastword.store import schema as t
from lastword.store.database import Session

STEP: Final = 2048  # entries that are read at once
_ENTRIES: Final = (
    sa.select(t.entry.c.idx, t.entry.c.body, t.entry.c.stream, t.entry.c.no, t.entry.c.kind)
    .where(t.entry.c.idx >= bindparam("first"), t.entry.c.idx < bindparam("end"))
    .order_by(t.entry.c.idx)
)
_DISCLOSED: Final = (
    sa.select(
        t.disclosure.c.idx,
        t.disclosure.c.name,
        t.disclosure.c.digest,
        t.disclosure.c.audience,
        t.disclosure.c.text,
        t.disclosure.c.sealed,
        t.disclosure.c.erased_by,
    )
    .where(t.disclosure.c.idx >= bindparam("first"), t.disclosure.c.idx < bindparam("end"))
    .order_by(t.disclosure.c.idx, t.disclosure.c.name)
)
_KEPT: Final = _DISCLOSED.where(t.disclosure.c.text.is_not(None))
SIZE: Final = sa.select(sa.func.max(t.entry.c.idx))


@dataclass(frozen=True, slots=True)
class Beside:
    """A disclosure as it is stored: ``text`` if it is kept, ``sealed`` or ``erased_by`` if it can be erased."""

    name: str
    digest: str
    audience: str
    text: str | None
    sealed: bytes | None
    erased_by: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is stored, with its columns, which are copies of what its kept part says."""

    index: int
    body: bytes
    stream: str
    no: int
    kind: str
    beside: tuple[Beside, ...]

    def signs(self, digest: str) -> bool:
        """Say whether a digest stands in the entry. Whether the entry is the one that was signed is for the check."""
        payload = self.body.split(b".", 2)[1:2]
        try:
            raw = base64.urlsafe_b64decode(payload[0] + b"==") if payload else b""
        except binascii.Error:
            return False
        return f'"{digest}"'.encode() in raw

    def kept(self) -> Kept:
        """Return the kept part. Raises RecordError if it is missing, damaged, no part of the entry, or not as the columns say."""
        parts = []
        for one in self.beside:
            if one.text is None:
                continue
            found = Disclosure.read(one.text)
            if found.digest != one.digest or found.name != one.name or not one.name.startswith(KEPT):
                raise RecordError(f"`{one.name}` is another text than its row says")
            if not self.signs(one.digest):
                raise RecordError(f"`{one.name}` is no part of what was signed")
            parts.append(found.value)
        kept = Kept.of(parts)
        if (kept.stream, kept.number, kept.kind) != (self.stream, self.no, self.kind):
            raise RecordError("its row names another stream, number or kind than its kept part")
        return kept


def size(session: Session) -> int:
    """Return one more than the last index stored."""
    row = session.row(SIZE)
    return 0 if row is None or row[0] is None else int(row[0]) + 1


def batches(
    session: Session, first: int = 0, end: int | None = None, *, kept_only: bool = False
) -> Iterator[list[Stored]]:
    """Yield the entries from ``first`` up to but not ``end``, in order, STEP at a time; what is missing is left out.

    ``kept_only``: without the disclosures that can be erased.
    """
    last = size(session) if end is None else end
    for start in range(first, last, STEP):
        until = min(start + STEP, last)
        beside: dict[int, list[Beside]] = {}
        for index, name, digest, audience, text, sealed, erased_by in session.rows(
            _KEPT if kept_only else _DISCLOSED, first=start, end=until
        ):
            beside.setdefault(index, []).append(
                Beside(name, digest, audience, text, None if sealed is None else bytes(sealed), erased_by)
            )
        yield [
            Stored(index, bytes(body), stream, no, kind, tuple(beside.get(index, ())))
            for index, body, stream, no, kind in session.rows(_ENTRIES, first=start, end=until)
        ]

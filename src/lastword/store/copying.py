"""Copies of a record: another database that holds it, or a file with one line for each entry.

A file begins with ``{"format": "lastword-copy/1", "origin": ..., "size": ...}``. Then come the entries, each with what stands
beside it (texts that can be erased only as ciphertext, which the vault opens), the heads, and what witnesses signed. Nothing in
a copy is believed before the anchored root is made again from it.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy import bindparam

from lastword.errors import InputError, Problem, Where
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.database import Database
from lastword.store.reading import Head
from lastword.store.stored import STEP, Beside, Stored, batches, size

FORMAT: Final = "lastword-copy/1"
_LONGEST: Final = 500_000_000  # bytes of a line: an entry with its texts
_HEADS: Final = sa.select(t.head.c.size, t.head.c.root, t.head.c.note, t.head.c.at).where(
    t.head.c.size > bindparam("first"), t.head.c.size <= bindparam("end")
)
_COSIGNED: Final = sa.select(t.cosignature.c.size, t.cosignature.c.name, t.cosignature.c.line).where(
    t.cosignature.c.size > bindparam("first"), t.cosignature.c.size <= bindparam("end")
)
_REQUESTS: Final = sa.select(t.request.c.key, t.request.c.digest, t.request.c.result, t.request.c.idx)
_OUTBOX: Final = sa.select(t.outbox.c.idx, t.outbox.c.what, t.outbox.c.done).order_by(t.outbox.c.id)
_BLOBS: Final = sa.select(t.blob.c.digest, t.blob.c.data, t.blob.c.sealed, t.blob.c.erased_by)


class Copy(Protocol):
    """A copy of a record, or of a part of it."""

    @property
    def name(self) -> str:
        """Return where it is, for messages."""

    def entries(self, first: int, end: int) -> Mapping[int, Stored]:
        """Return those of the entries ``first`` up to but not ``end`` that it has."""

    def heads(self) -> Iterator[Head]:
        """Yield its heads."""

    def rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        """Yield its rows of ``cosignature``, ``request``, ``outbox`` or ``blob``, as the table has them."""


class DatabaseCopy:
    """Another database that holds the record: a standby, or a backup."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self.name = database, name
        database.check_schema()

    def entries(self, first: int, end: int) -> Mapping[int, Stored]:
        """Return those of the entries that it has."""
        with self._database.reading() as session:
            return {one.index: one for batch in batches(session, first, end) for one in batch}

    def heads(self) -> Iterator[Head]:
        """Yield its heads."""
        with self._database.reading() as session:
            last = size(session)
            for start in range(0, last, STEP):
                for row in session.rows(_HEADS, first=start, end=start + STEP):
                    yield Head(row[0], bytes(row[1]), bytes(row[2]), reading.instant(row[3]))

    def rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        """Yield its rows of a table."""
        statement, names = {
            "cosignature": (sa.select(t.cosignature), ("size", "name", "line")),
            "request": (_REQUESTS, ("key", "digest", "result", "idx")),
            "outbox": (_OUTBOX, ("idx", "what", "done")),
            "blob": (_BLOBS, ("digest", "data", "sealed", "erased_by")),
        }[table]
        with self._database.reading() as session:
            for row in session.rows(statement):
                yield dict(
                    zip(
                        names,
                        (bytes(one) if isinstance(one, memoryview) else one for one in row),
                        strict=True,
                    )
                )


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A copy in a file. It may begin anywhere and end anywhere; what is damaged in it is left out."""

    path: Path
    origin: str
    lines: Mapping[int, tuple[int, int]]  # index -> place and length in the file
    others: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """Return the file."""
        return str(self.path)

    @classmethod
    def read(cls, path: Path) -> FileCopy:
        """Return the copy in ``path``. Raises InputError if it is none."""
        lines: dict[int, tuple[int, int]] = {}
        others: list[Mapping[str, Any]] = []
        origin, at = "", 0
        try:
            with path.open("rb") as file:
                for raw in iter(lambda: file.readline(_LONGEST), b""):
                    found = _object(raw)
                    if at == 0 and found.get("format") == FORMAT:
                        origin = str(found.get("origin", ""))
                    elif "body" in found and type(found.get("idx")) is int:
                        lines[found["idx"]] = at, len(raw)
                    elif found:
                        others.append(found)
                    at += len(raw)
        except OSError as why:
            raise InputError(Problem(Where(str(path)), f"cannot be read: {why.strerror}")) from None
        if not origin:
            raise InputError(
                Problem(
                    Where(str(path)),
                    "is no copy of a record",
                    "give a file that `lastword record copy` wrote",
                )
            )
        return cls(path, origin, lines, tuple(others))

    def entries(self, first: int, end: int) -> Mapping[int, Stored]:
        """Return those of the entries that it has."""
        found = {}
        with self.path.open("rb") as file:
            for index in range(first, end):
                place = self.lines.get(index)
                if place is None:
                    continue
                file.seek(place[0])
                one = _stored(_object(file.read(place[1])))
                if one is not None:
                    found[index] = one
        return found

    def heads(self) -> Iterator[Head]:
        """Yield its heads."""
        for one in self.others:
            if one.keys() == {"size", "root", "note", "at"}:
                raw = _unbase64(one["root"]), _unbase64(one["note"])
                if (
                    type(one["size"]) is int
                    and type(one["at"]) is int
                    and raw[0] is not None
                    and raw[1] is not None
                ):
                    yield Head(one["size"], raw[0], raw[1], reading.instant(one["at"]))

    def rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        """Yield its rows of a table."""
        for one in self.others:
            if one.get("table") == table:
                yield {
                    name: _unbase64(value["base64"])
                    if isinstance(value, dict) and "base64" in value
                    else value
                    for name, value in one.items()
                    if name != "table"
                }


def write_copy(database: Database, origin: str, path: Path) -> int:
    """Write the whole record into a new file, and return the number of entries. Raises InputError for one that is there."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as why:
        raise InputError(
            Problem(Where(str(path)), f"cannot be made: {why.strerror}", "name another file")
        ) from None
    copy = DatabaseCopy(database, "")
    with os.fdopen(file, "w", encoding="ascii") as out, database.reading() as session:
        last = size(session)
        _put(out, {"format": FORMAT, "origin": origin, "size": last})
        for batch in batches(session, 0, last):
            for stored in batch:
                _put(out, _line(stored))
        for head in copy.heads():
            if head.size <= last:
                told = {"size": head.size, "root": _base64(head.root), "note": _base64(head.note)}
                _put(out, {**told, "at": reading.micros(head.at)})
        for table in ("cosignature", "request", "outbox", "blob"):
            for row in copy.rows(table):
                told = {
                    name: {"base64": _base64(v)} if isinstance(v, bytes) else v for name, v in row.items()
                }
                _put(out, {"table": table, **told})
        out.flush()
        os.fsync(out.fileno())
    return last


def _line(stored: Stored) -> dict[str, Any]:
    beside = [
        [
            one.name,
            one.digest,
            one.audience,
            one.text,
            None if one.sealed is None else _base64(one.sealed),
            one.erased_by,
        ]
        for one in stored.beside
    ]
    return {
        "idx": stored.index,
        "body": stored.body.decode("latin-1"),
        "stream": stored.stream,
        "no": stored.no,
        "kind": stored.kind,
        "beside": beside,
    }


def _stored(line: Mapping[str, Any]) -> Stored | None:
    try:
        beside = tuple(
            Beside(
                name, digest, audience, text, None if sealed is None else base64.b64decode(sealed), erased_by
            )
            for name, digest, audience, text, sealed, erased_by in line["beside"]
        )
        return Stored(
            line["idx"], line["body"].encode("latin-1"), line["stream"], line["no"], line["kind"], beside
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _put(out: IO[str], value: Mapping[str, Any]) -> None:
    out.write(json.dumps(value, separators=(",", ":")) + "\n")


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unbase64(text: Any) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        return None

"""The stream index: an entry that says how far every stream went, written each night and before each bundle.

The secret behind its tags is a file in the private folder. Without it no row of an older index can be shown any more; a new one
can always be written.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lastword.cases.world import Written
from lastword.errors import InputError, Problem, Where
from lastword.record.bundle import IndexRow, StreamIndex
from lastword.record.logevents import LOG, StreamIndexed
from lastword.record.streamindex import StreamRow, index_root, padded, row_proof, stream_salt, stream_tag
from lastword.store.writing import Held, Writing

SECRET: Final = "streams.key"
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Indexed:
    """The index in entry ``index``, with all of its rows, and the rows of streams by name."""

    index: int
    rows: tuple[StreamRow, ...]
    own: Mapping[str, StreamRow]


def stream_secret(private: Path) -> bytes:
    """Return the secret of the tags, made when it is first asked for. Raises InputError if its file is damaged."""
    path = private / SECRET
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(_BYTES) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return _read(path)


def write_index(writing: Writing, secret: bytes) -> Indexed:
    """Write an index over all streams as they stand, and return it."""
    rows = rows_of(writing.ends(), secret)
    whole = padded(rows.values(), secret)
    root = base64.b64encode(index_root(whole)).decode()
    event = StreamIndexed(root, len(whole), writing.index)
    return Indexed(writing.append(Written(LOG, event, audience="public")), whole, rows)


def rows_of(ends: Mapping[str, Held], secret: bytes) -> dict[str, StreamRow]:
    """Return the row of each stream."""
    return {
        stream: StreamRow(stream_tag(stream_salt(secret, stream), stream), held.no, held.last, held.leaf)
        for stream, held in ends.items()
    }


def shown(indexed: Indexed, streams: Iterable[str], secret: bytes) -> StreamIndex:
    """Return the rows of ``streams``, those that there are, with their proofs."""
    found = []
    for stream in streams:
        row = indexed.own.get(stream)
        if row is not None:
            proof = row_proof(indexed.rows, row.tag)
            found.append(IndexRow(stream, stream_salt(secret, stream), row, proof))
    return StreamIndex(indexed.index, tuple(found))


def _read(path: Path) -> bytes:
    try:
        raw = binascii.unhexlify(path.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError, binascii.Error):
        raw = b""
    if len(raw) != _BYTES:
        raise InputError(
            Problem(
                Where(str(path)),
                "is no secret of the stream index",
                "bring it back, or take the file away: then a new one is made",
            )
        )
    return raw

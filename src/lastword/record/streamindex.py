"""The stream index: how far each stream went, so that a tail cannot be hidden from who sees one stream alone.

An entry of this kind holds the root over one row for each stream: a tag, the number of its entries, the index of the
last one and that one's leaf hash. Rows are sorted by tag and filled up to a power of two with rows that stand for
nothing. Who is shown a row with its proof learns of the other streams neither names nor, but roughly, how many there
are.

A stream's tag is the HMAC-SHA256 of its name under the stream's own salt, which is the HMAC of the name under the
secret of the record. Who is shown a stream may be given its salt, and can then make the tag himself: without that
another stream's row could be shown to him.

A row proves that it is in the index; that no second row of the same tag is there is seen only by who sees all rows
(``index_root`` refuses it).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from lastword.record.refusal import ProofError, RecordError
from lastword.record.tree import (
    HASH_BYTES,
    LARGEST,
    Leaves,
    check_inclusion,
    inclusion_proof,
    leaf_hash,
    root,
)

_TAG: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LEAST_SECRET: Final = 16  # bytes
_LEAST_ROWS: Final = 8  # so that even a record of one stream does not say that it is the only one


@dataclass(frozen=True, slots=True)
class StreamRow:
    """How far one stream went: 64 hex digits of its tag, entries so far, index of the last and its leaf hash."""

    tag: str
    count: int
    last: int
    leaf: bytes

    def __post_init__(self) -> None:
        """Raises RecordError for what cannot be a row."""
        sound = _TAG.fullmatch(self.tag) and len(self.leaf) == HASH_BYTES
        if not sound or not 0 < self.count <= self.last + 1 <= LARGEST:
            raise RecordError(f"{self.count} entries up to {self.last} are no row of a stream index")

    @property
    def content(self) -> bytes:
        """Return the bytes that the row's leaf is the hash of: canonical JSON (RFC 8785).

        Counts are texts, since numbers in JSON end at 2**53 - 1.
        """
        # Put together by hand, since no value needs escapes and there may be 100,000 rows a night.
        row = f'{{"count":"{self.count}","last":"{self.last}","leaf":"{self.leaf.hex()}","tag":"{self.tag}"}}'
        return row.encode()


@dataclass(frozen=True, slots=True)
class RowProof:
    """Where a row stands among how many, and the hashes from its sibling up."""

    index: int
    size: int
    hashes: tuple[bytes, ...]


def stream_salt(secret: bytes, stream: str) -> bytes:
    """Return the salt of one stream, 32 bytes; it may be given to who sees the stream, and says nothing of others.

    Raises RecordError for a ``secret`` of less than 16 bytes.
    """
    return _derived(secret, b"stream\0" + stream.encode())


def stream_tag(salt: bytes, stream: str) -> str:
    """Return the tag of a stream under its salt: 64 hex digits."""
    return hmac.digest(salt, stream.encode(), "sha256").hex()


def padded(rows: Iterable[StreamRow], secret: bytes) -> tuple[StreamRow, ...]:
    """Return ``rows`` sorted by tag, among rows that stand for nothing: a power of two in all, at least 8.

    The same rows and secret give the same; without the secret nobody can tell which stand for nothing.
    Raises RecordError for two rows of one tag.
    """
    real = list(rows)
    size = max(_LEAST_ROWS, 1 << max(len(real) - 1, 0).bit_length())
    top = max((row.last for row in real), default=size)
    filling = (_filler(secret, n, top) for n in range(size - len(real)))
    return _sorted([*real, *filling])


def index_root(rows: Iterable[StreamRow]) -> bytes:
    """Return the root over all rows of an index, as ``padded`` returns them, in whatever order.

    Raises RecordError for two rows of one tag, and for a number that is no power of two.
    """
    return root(_leaves(_full(rows)))


def row_proof(rows: Iterable[StreamRow], tag: str) -> RowProof:
    """Return the proof that the row of ``tag`` is in the index of ``rows``. Raises RecordError as ``index_root``.

    Raises ProofError if no row has the tag.
    """
    whole = _full(rows)
    index = next((place for place, row in enumerate(whole) if row.tag == tag), None)
    if index is None:
        raise ProofError(f"no row of the stream index has the tag `{tag}`")
    return RowProof(index, len(whole), inclusion_proof(Leaves(tuple(_leaves(whole))), index, len(whole)))


def check_row(row: StreamRow, proof: RowProof, root: bytes) -> None:
    """Raise ProofError unless ``row`` is in the index with this root."""
    if not _is_power_of_two(proof.size):
        raise ProofError(f"a stream index has a power of two of rows, not {proof.size}")
    check_inclusion(leaf_hash(row.content), proof.index, proof.size, proof.hashes, root)


def _full(rows: Iterable[StreamRow]) -> tuple[StreamRow, ...]:
    whole = _sorted(rows)
    if not _is_power_of_two(len(whole)):
        raise RecordError(f"a stream index has a power of two of rows, not {len(whole)}: fill it up first")
    return whole


def _sorted(rows: Iterable[StreamRow]) -> tuple[StreamRow, ...]:
    whole = sorted(rows, key=lambda row: row.tag)
    for left, right in pairwise(whole):
        if left.tag == right.tag:
            raise RecordError(f"the stream index has two rows of the tag `{left.tag}`")
    return tuple(whole)


def _leaves(rows: Sequence[StreamRow]) -> list[bytes]:
    return [leaf_hash(row.content) for row in rows]


def _is_power_of_two(size: int) -> bool:
    return size > 0 and not size & (size - 1)


def _filler(secret: bytes, n: int, top: int) -> StreamRow:
    """Return a row that stands for nothing, and looks like any whose last entry is not above ``top``."""
    tag, leaf, numbers = (
        _derived(secret, b"filler\0%d\0%b" % (n, part)) for part in (b"tag", b"leaf", b"numbers")
    )
    last = int.from_bytes(numbers[:16], "big") % (top + 1)
    count = 1 + int.from_bytes(numbers[16:], "big") % (last + 1)
    return StreamRow(tag.hex(), count, last, leaf)


def _derived(secret: bytes, what: bytes) -> bytes:
    if len(secret) < _LEAST_SECRET:
        raise RecordError(
            f"the secret of the stream tags has {len(secret)} bytes, and {_LEAST_SECRET} are the least"
        )
    return hmac.digest(secret, what, hashlib.sha256)

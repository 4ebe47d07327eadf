"""The kept part of an entry: what stays for ever, one JSON object per audience.

``{"v": 1, "kind": "case.vote_cast", "stream": "case/17", "no": 3, "prev": [41, "<base64 leaf hash>"], "data": {...}}``: a stream
is a numbered chain within the log; ``no`` counts from 1, ``prev`` names index and leaf hash of the entry before, null
at the first. The parts of one entry for several audiences agree in all but ``data``, of which each tells some: put
together, object by object and list by list, they are the whole.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lastword.record.refusal import RecordError

VERSION: Final = 1
PREFIX: Final = "kept:"
_NAMES: Final = {"v", "kind", "stream", "no", "prev", "data"}

GENESIS: Final = "log.genesis"
KEY_CHANGED: Final = "log.key_changed"
STREAM_INDEX: Final = "log.stream_index"
REDACTED: Final = "log.redacted"
ENROLLED: Final = "person.enrolled"
REVOKED: Final = "person.revoked"
KEYS: Final = "keys"
PERSONS: Final = "persons"
DECIDED: Final = "case.decided"
PENDING: Final = "case.decision_pending"
GLASS_BROKEN: Final = "case.glass_broken"


@dataclass(frozen=True, slots=True)
class Link:
    """The entry before in the same stream: its index in the log, and its leaf hash."""

    index: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept parts of one entry, put together. ``data``: name -> value over all audiences shown."""

    kind: str
    stream: str
    number: int
    previous: Link | None
    data: Mapping[str, Any]

    @classmethod
    def of(cls, parts: Sequence[object]) -> Kept:
        """Return what ``parts``, one JSON object per audience, say together.

        Raises RecordError if one is no kept part, or if two contradict each other.
        """
        read = [_part(part) for part in parts]
        if not read:
            raise RecordError("there is no kept part")
        data: dict[str, Any] = {}
        for one in read:
            if (one.kind, one.stream, one.number, one.previous) != (
                read[0].kind,
                read[0].stream,
                read[0].number,
                read[0].previous,
            ):
                raise RecordError("its kept parts name different places in the record")
            for name, value in one.data.items():
                try:
                    data[name] = _together(data[name], value) if name in data else value
                except ValueError:
                    raise RecordError(f"its kept parts say different things of `{name}`") from None
        return cls(read[0].kind, read[0].stream, read[0].number, read[0].previous, data)


def link(value: object) -> Link | None:
    """Return ``[index, base64 leaf hash]`` as a link, None if it is none."""
    if not isinstance(value, list) or len(value) != 2 or not is_count(value[0]):
        return None
    leaf = unbase64(value[1])
    return Link(value[0], leaf) if leaf is not None and len(leaf) == 32 else None


def is_count(value: object) -> bool:
    """Say whether ``value`` is a whole number from 0 to 2^53 - 1; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def unbase64(text: object) -> bytes | None:
    """Return the bytes in standard base64, None if ``text`` is not the one way to write them."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def same(one: object, other: object) -> bool:
    """Say whether two JSON values are the same; unlike in Python, ``true`` is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def _together(one: Any, other: Any) -> Any:
    """Return what two parts say of one thing: of an object each may tell other names. Raises ValueError if they differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {name: _together(one[name], value) for name, value in other.items() if name in one}
        return {**one, **other, **both}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_together(left, right) for left, right in zip(one, other, strict=True)]
    if not same(one, other):
        raise ValueError
    return one


def _part(value: object) -> Kept:
    if not isinstance(value, dict) or set(value) != _NAMES:
        raise RecordError("its kept part has other names than v, kind, stream, no, prev, data")
    if value["v"] != VERSION or isinstance(value["v"], bool):
        raise RecordError("its kept part is of a version that is not known here")
    kind, stream, number, data = value["kind"], value["stream"], value["no"], value["data"]
    if not isinstance(kind, str) or not isinstance(stream, str) or not kind or not stream:
        raise RecordError("its kept part names no kind or no stream")
    if not is_count(number) or number == 0 or not isinstance(data, dict):
        raise RecordError("its kept part has no number or no data")
    previous = link(value["prev"])
    if (previous is None) != (number == 1) or (value["prev"] is None) != (number == 1):
        raise RecordError("its kept part does not name the entry before it as its number demands")
    return Kept(kind, stream, number, previous, data)

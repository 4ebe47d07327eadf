"""JSON as the record takes it: what two readers could take for different things is refused.

No fractions (quantities and money are texts), no whole numbers beyond 2**53 - 1, no name twice in an object, no
halves of surrogate pairs, nothing deeper than 64, and one way of writing each value: names sorted, no spaces, UTF-8.

Source: RFC 7493 (I-JSON), sections 2.1 to 2.3, but for fractions.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from lastword.record.refusal import RecordError

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

MOST: Final = 2**53 - 1
DEEPEST: Final = 64
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_PLAIN: Final = frozenset((str, bool, type(None)))
_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")


def written(value: Json) -> bytes:
    """Return ``value`` in the one way it is written. Raises RecordError for what the record does not take."""
    checked(value)
    return encoded(value)


def encoded(value: Json) -> bytes:
    """Return as ``written`` does a value that is known to be sound but for its texts."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        raise RecordError("a text holds half of a surrogate pair") from None


def read(text: bytes) -> Json:
    """Return the value in ``text``, which may be written in any way. Raises RecordError."""
    try:
        value = json.loads(
            text.decode(),
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_constant=_fraction,
        )
    except UnicodeDecodeError:
        raise RecordError("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise RecordError("it is no JSON") from None
    return checked(value)


def read_written(text: bytes) -> Json:
    """Return the value in ``text``. Raises RecordError also if it is not written in the one way of ``written``."""
    value = read(text)
    if encoded(value) != text:
        raise RecordError("it is written in an unusual way")
    return value


def checked(value: Any, depth: int = 0) -> Json:
    """Return ``value``. Raises RecordError for what the record does not take; surrogates are found when written."""
    kind = type(value)
    if kind in _PLAIN:
        return value  # type: ignore[no-any-return]  # it is one of the three
    if kind is int:
        if not -MOST <= value <= MOST:
            raise RecordError(f"the number `{value}` is beyond 2**53 - 1; write it as a text")
        return value  # type: ignore[no-any-return]
    if depth == DEEPEST:
        raise RecordError(f"it is deeper than {DEEPEST}")
    if kind is dict:
        for name, one in value.items():
            if type(name) is not str:
                raise RecordError(f"the name `{name}` is no text")
            if type(one) not in _PLAIN:
                checked(one, depth + 1)
        return value  # type: ignore[no-any-return]
    if kind is list or kind is tuple:
        for one in value:
            if type(one) not in _PLAIN:
                checked(one, depth + 1)
        return value  # type: ignore[no-any-return]
    raise RecordError(f"a `{kind.__name__}` has no place in it; write quantities, days and instants as texts")


def to_base64url(raw: bytes) -> str:
    """Return base64url without padding (RFC 4648, section 5)."""
    return binascii.b2a_base64(raw, newline=False).translate(_URLSAFE, b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes that ``text`` stands for. Raises RecordError unless it is written in the one right way."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise RecordError("it is not base64url") from None
    if to_base64url(raw) != text:
        raise RecordError("its base64url is written in an unusual way")
    return raw


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise RecordError("an object has one name twice")
    return value


def _fraction(text: str) -> Any:
    raise RecordError(f"the number `{text}` is no whole one; write it as a text")

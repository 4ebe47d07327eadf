"""A part of an entry that can be shown, kept back or erased, while the entry stays signed.

Signed is only the digest: SHA-256 over the disclosure's text, which is base64url of the JSON array [salt, name,
value]. Without the salt, 128 random bits, nobody can find the value by trying.

Source: RFC 9901 (SD-JWT), section 4.2.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

from lastword.record.json import Json, from_base64url, read_written, to_base64url, written
from lastword.record.refusal import RecordError

KEPT: Final = "kept:"
DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # 32 bytes
_SALT: Final = re.compile(r"[A-Za-z0-9_-]{22,86}", re.ASCII)  # 128 to 512 bits
_TAKEN: Final = frozenset(
    {"", KEPT, "iss", "iat", "_sd", "_sd_alg", "cnf", "..."}
)  # and names that SD-JWT uses itself

_MARKS: Final = frozenset({"_sd", "..."})


def digest_of(text: str) -> str:
    """Return what stands in the entry for a disclosure's text: base64url of its SHA-256, 43 characters."""
    return to_base64url(hashlib.sha256(text.encode("ascii")).digest())


@dataclass(frozen=True, slots=True)
class Salted:
    """A value whose salt is fixed, because its digest is known beforehand."""

    value: Json
    salt: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A name, its value, and the salt: 22 to 86 characters of base64url."""

    name: str
    value: Json
    salt: str
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises RecordError for what the record does not take."""
        if self.name in _TAKEN:
            raise RecordError(f"`{self.name}` can be no name of a disclosure")
        if not _SALT.fullmatch(self.salt):
            raise RecordError(f"the salt of `{self.name}` has not 22 to 86 characters of base64url")
        try:
            array = written([self.salt, self.name, self.value])
            if (b'"_sd"' in array or b'"..."' in array) and _marked(self.value):
                raise RecordError(
                    "it holds the name `_sd` or `...`, by which SD-JWT marks digests; give it as a text"
                )
        except RecordError as why:
            raise RecordError(f"the disclosure `{self.name!r}` cannot be written: {why}") from None
        object.__setattr__(self, "text", to_base64url(array))

    @property
    def digest(self) -> str:
        """Return the digest of ``text``."""
        return digest_of(self.text)

    @property
    def audience(self) -> str | None:
        """Return for whom it is kept; None if it may be erased."""
        return self.name.removeprefix(KEPT) if self.name.startswith(KEPT) else None

    @classmethod
    def read(cls, text: str) -> Disclosure:
        """Return the disclosure in ``text``. Raises RecordError unless it is one that ``text`` would give again."""
        try:
            found = read_written(from_base64url(text))
        except RecordError as why:
            raise RecordError(f"a disclosure is damaged: {why}") from None
        if not isinstance(found, list) or len(found) != 3:
            raise RecordError("a disclosure is damaged: it is not salt, name and value")
        salt, name, value = found
        if not isinstance(salt, str) or not isinstance(name, str):
            raise RecordError("a disclosure is damaged: salt and name are no texts")
        return cls(name, value, salt)


def _marked(value: Json) -> bool:
    """Say whether a reader of SD-JWT would look for digests in ``value``."""
    if isinstance(value, dict):
        return not _MARKS.isdisjoint(value) or any(map(_marked, value.values()))
    return isinstance(value, list | tuple) and any(map(_marked, value))

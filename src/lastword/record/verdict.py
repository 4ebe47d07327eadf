"""What came of checking a bundle: the checks one by one, what the record shows, and what was not looked at.

Texts are English here and carry their parameters beside them, so that an edge can say them in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lastword.record.refusal import RecordError


class Outcome(StrEnum):
    """What one check, or all together, came to. Not being able to tell is never taken for a yes."""

    OK = "ok"
    FAILED = "failed"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence in English with placeholders ``%(name)s``, and what stands for them."""

    says: str
    about: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.says % self.about


class RefutedError(RecordError):
    """Something that a bundle is to show is not so; ``told`` says what."""

    def __init__(self, says: str, **about: object) -> None:
        self.told = Told(says, about)
        super().__init__(str(self.told))


class UnsettledError(RecordError):
    """It cannot be told from a bundle whether something is so; ``told`` says what is missing."""

    def __init__(self, says: str, **about: object) -> None:
        self.told = Told(says, about)
        super().__init__(str(self.told))


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name (a code, e.g. ``inclusion``), what it came to, and why, in words for a reader."""

    name: str
    outcome: Outcome
    told: Told

    @property
    def detail(self) -> str:
        """Return why, in English."""
        return str(self.told)


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry as far as the bundle shows it.

    ``fields``: name -> value of what was handed out, without the kept parts; ``data``: what the kept parts hold.
    ``closed``: digests that nothing in the bundle opens: withheld, filler, or erased; ``erased``: those of them, with the
    index of the entry that says so. ``signed_by``: the person whose own key signed, if one did.
    """

    index: int
    at: datetime
    kind: str | None
    stream: str | None
    number: int | None
    data: Mapping[str, Any]
    fields: Mapping[str, Any]
    closed: int
    erased: Mapping[str, int]
    signed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What a bundle that was verified shows: which log, how large, the entries, and how far each stream is whole.

    ``whole``: stream -> number of its entries, for those of which no entry is missing under this checkpoint.
    """

    origin: str
    size: int
    root: bytes
    case: str | None
    streams: tuple[str, ...]
    entries: tuple[Shown, ...]
    whole: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The checks in the order in which they were made, what the bundle shows, and what was not checked."""

    checks: tuple[Check, ...]
    claims: Claims | None
    not_checked: tuple[Told, ...]

    @property
    def outcome(self) -> Outcome:
        """Return FAILED if anything failed, else CANNOT_TELL if anything stayed open, else OK."""
        found = {check.outcome for check in self.checks}
        for worst in (Outcome.FAILED, Outcome.CANNOT_TELL):
            if worst in found:
                return worst
        return Outcome.OK if Outcome.OK in found else Outcome.CANNOT_TELL

    def failed(self) -> tuple[Check, ...]:
        """Return the checks that failed."""
        return tuple(check for check in self.checks if check.outcome is Outcome.FAILED)

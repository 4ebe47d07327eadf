"""A fact: one thing said by a source, with its standing, its validity and the days on which it was known.

Nothing is overwritten: a later fact may correct an earlier one, which is then no longer known from that
day on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Any, Literal

from lastword.errors import Where
from lastword.facts.day import ALWAYS, Period


class Standing(IntEnum):
    """How firm a fact is; a larger one wins over a smaller one (D2)."""

    WITHDRAWN = 0
    DISPUTED = 1
    PRESUMED = 2
    REPORTED = 3
    ASSERTED = 4
    CONFIRMED = 5

    @property
    def word(self) -> str:
        """Return the word used in files and answers."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Source:
    """Who says a fact: id, name, what kind of source, the day it spoke, and an address or reference if there
    is one.
    """

    id: str
    name: str
    kind: str = ""
    day: date | None = None
    reference: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency (ISO 4217 code)."""

    amount: Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a list. ``key`` tells it from the others; a field that is absent is unknown.

    Fields by list: contains and bundled_with {thing, quantity, unit_price (Money), share (Fraction of the
    parent's value)}; made_with {thing, relation}; needs_data, needs_support, needs_service {thing};
    custody {from, to, channel, undertaking, day, order}; owners {party, share}; licences {holder, state,
    kind, number, things, to, valid_from, valid_to, terms}.
    """

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, slots=True)
class Complete:
    """Somebody with a name declares a list complete (D3).

    ``deep``: for everything below as well. ``remainder``: but for at most this share of the thing's value.
    ``term``: only so far as nothing more matches this term, e.g. ``usml`` ("nothing on the munitions list").
    """

    by: str
    deep: bool = True
    remainder: Fraction = Fraction(0)
    term: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing said.

    ``kind``: ``cell`` (value of an attribute; NONE = there is none), ``element`` (value is an Entry of the
    list ``attribute``), ``complete`` (value is a Complete for the list ``attribute``). ``scope`` limits a
    cell to questions with these values, e.g. {"to": "CN"}. ``corrects`` names the fact that this one
    replaces from its own known day on.
    """

    about: str
    attribute: str
    value: Any
    kind: Literal["cell", "element", "complete"] = "cell"
    id: str = ""
    source: str = ""
    standing: Standing = Standing.ASSERTED
    valid: Period = ALWAYS
    known: Period = ALWAYS
    scope: tuple[tuple[str, str], ...] = ()
    corrects: str = ""
    audience: str = "public"
    said_by: str = ""
    note: str = ""
    where: Where = Where("")


@dataclass(frozen=True, slots=True)
class ReportedCounts:
    """What was reported of how ``authority`` decided in ``period``.

    ``counts``: ``requests``, ``granted``, ``refused``, ``returned`` or ``pending`` -> the number, and whether it is only the
    least there were. What is not in it was not reported.
    """

    authority: str
    counts: Mapping[str, tuple[int, bool]]
    period: Period = ALWAYS


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said in public that is recorded beside the facts and changes no rule.

    ``register``: the numbers in it, where it speaks of how requests were decided.
    """

    id: str
    text: str
    source: str
    day: date | None = None
    about: str = ""
    standing: Standing = Standing.CONFIRMED
    known: Period = ALWAYS
    register: ReportedCounts | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a workspace (or a file read on top) says.

    ``kinds``: subject id -> ``thing`` or ``party``. ``names``: subject id -> language -> name.
    ``suppliers``: supplier id -> its thing ids. ``rates``: (currency, day) -> value of one unit in
    ``base``.
    """

    facts: tuple[Fact, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    rates: Mapping[str, Fraction] = field(default_factory=dict)
    base: str = "EUR"

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the facts, whatever the order of files and whatever lines they stand on."""
        lines = sorted(repr(replace(fact, where=Where(""))) for fact in self.facts)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

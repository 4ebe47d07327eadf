"""What a pack holds: terms, rules, ladders, coverage, as data with citations (semantics R1 to R17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lastword.errors import Where
from lastword.facts.day import ALWAYS, Period
from lastword.facts.fact import Standing
from lastword.facts.schema import Field
from lastword.rules.condition import Condition
from lastword.rules.table import Citation, Lines, Table

Texts = Mapping[str, str]
KINDS = ("regime", "consent", "prohibition", "permission", "exception")
REACHES = ("any_part", "content", "made_with", "needs_in_use", "undertaking", "party", "origin", "place")


@dataclass(frozen=True, slots=True)
class Dated:
    """A value of a term for a period."""

    condition: Condition
    period: Period = ALWAYS


@dataclass(frozen=True, slots=True)
class Term:
    """A definition that rules and terms call (R1). ``values`` is empty for a term that is only stated."""

    id: str
    pack: str
    args: tuple[tuple[str, str], ...]
    type: str
    title: Texts
    citation: Citation
    family: str
    values: tuple[Dated, ...] = ()
    statable: bool = False
    scope: tuple[str, ...] = ()
    where: Where = Where("")


@dataclass(frozen=True, slots=True)
class Reach:
    """One way in which a rule attaches to a thing (R7).

    ``test``: over the bound element. ``stop``, ``whole``: over a part. ``limit``: a number, for content.
    ``equal_free``: a share equal to the limit is not caught. ``at_most``: a statable number term that
    bounds what is inside a part. ``presumed``: over step and thing.
    """

    kind: str
    test: Condition
    stop: Condition | None = None
    whole: Condition | None = None
    limit: Condition | None = None
    equal_free: bool = True
    at_most: str = ""
    base: Texts = field(default_factory=dict)
    itself: bool = True
    through: bool = False
    kinds: tuple[str, ...] = ()
    presumed: Condition | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Who must say yes in one alternative: an authority id, or an expression that gives it, and the
    procedure.
    """

    authority: str
    procedure: str = ""
    expression: Condition | None = None


@dataclass(frozen=True, slots=True)
class UsualTime:
    """How long an office usually takes, or has by law. ``working``: working days, else calendar days;
    ``days`` is None where only words are known.
    """

    days: int | None
    working: bool
    text: Texts
    citation: Citation


@dataclass(frozen=True, slots=True)
class Consent:
    """The yes that a consent rule asks for (R12)."""

    alternatives: tuple[tuple[Seat, ...], ...]
    last_word: str = ""
    vetoes: tuple[str, ...] = ()
    asked_by: tuple[str, ...] = ()
    claim: str = ""
    papers: tuple[Texts, ...] = ()
    outlook: str = ""
    outlook_expression: Condition | None = None
    usual_time: UsualTime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person must judge before an exception or permission may be used (R9).

    ``circumstance``: words joined by ``|``; where the question gives its circumstance, that decides.
    ``said``: an occasion that a worked example must name before the finding is taken as made.
    """

    id: str
    text: Texts
    circumstance: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """What the user of a permission must do (R10). ``when``: before or after; ``days`` is None where none is
    set.
    """

    id: str
    what: Texts
    to: str = ""
    to_expression: Condition | None = None
    who: str = ""
    when: str = "after"
    days: int | None = None
    silence: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """The part of a rule that nobody read: where ``when`` holds, it may ``add`` to the rule's reach or
    ``drop`` from it.
    """

    what: Texts
    may: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of law or policy as data. ``family``: the closest name that it shares with others;
    ``also``: wider ones. ``audience``: who may see it, as of a fact.
    """

    id: str
    pack: str
    state: str
    kind: str
    family: str
    title: Texts
    citation: Citation
    standing: Standing
    period: Period = ALWAYS
    known: Period = ALWAYS
    in_force_unknown: bool = False
    seen_from: str = ""
    union: str = ""
    acts: frozenset[str] | None = None
    leg: str = ""
    domain: Condition | None = None
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()
    when: Condition | None = None
    reach: tuple[Reach, ...] = ()
    unread: Unread | None = None
    gives: str = ""
    consent: Consent | None = None
    per: Condition | None = None
    lifts: tuple[str, ...] = ()
    satisfies: tuple[str, ...] = ()
    name: str = ""
    claimant: bool = False
    checklist: tuple[Finding, ...] = ()
    duties: tuple[Duty, ...] = ()
    shows: Mapping[str, Condition] = field(default_factory=dict)
    lifted_by_office: str = ""
    where: Where = Where("")
    also: tuple[str, ...] = ()
    audience: str = "public"

    @property
    def families(self) -> tuple[str, ...]:
        """Return the names under which it is known together with others, the closest first."""
        return (self.family, *self.also)

    @property
    def label(self) -> str:
        """Return the short name by which people know it."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Ladder:
    """What one stated value tells about another field (R3). ``presumed``: only a presumption, off under
    --strict (R8).
    """

    id: str
    pack: str
    gives: tuple[tuple[str, Any], ...]
    when: Condition
    citation: Citation
    presumed: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """For which departures a pack holds the law (R15)."""

    states: tuple[str, ...] | None
    table: str
    acts: frozenset[str]
    kinds: frozenset[str]
    when: Condition | None
    period: Period


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one regime. ``place``: the folder it was taken from where that is outside the program, with
    ``signed``, the name of the key that signed it, and ``replaces``, whether it stands in for the one that comes
    with the program.
    """

    id: str
    title: Texts
    state: str
    union: str = ""
    authorities: Mapping[str, Texts] = field(default_factory=dict)
    covers: tuple[Coverage, ...] = ()
    not_looked_at: tuple[Texts, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    rules: tuple[Rule, ...] = ()
    tables: tuple[Table, ...] = ()
    lines: tuple[Lines, ...] = ()
    digest: str = ""
    version: str = ""
    place: str = ""
    signed: str = ""
    replaces: bool = False

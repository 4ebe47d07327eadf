"""What would change an answer: a part or supply from elsewhere, a share below its limit, an exception that is
shown.

Each is a reading of the file (D13) with one thing otherwise; it suggests where to look and settles
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lastword.answers.explain import Link
from lastword.answers.judgement import SEVERITY, Clause, Judgement
from lastword.facts.fact import Facts
from lastword.facts.schema import DEPENDENCIES
from lastword.facts.snapshot import Snapshot
from lastword.facts.unknown import Unknown
from lastword.reach.reading import Reading

if TYPE_CHECKING:
    from lastword.answers.answer import Answer, ConsentNeed

MOST_TRIED = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One thing otherwise, and what then.

    ``kind``: ``elsewhere`` (``subject`` from another source; ``outcome`` is then on record), ``below``
    (these parts from elsewhere; the counted ``share`` is then within ``limit``) or ``shown`` (the
    exception or permission ``subject`` is shown). ``clause``: the need that would fall.
    """

    kind: str
    subject: tuple[str, ...]
    clause: Clause
    outcome: str = ""
    share: Fraction | None = None
    limit: Fraction | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        from lastword.answers.answer import decimal

        return {
            "kind": self.kind,
            "subject": list(self.subject),
            "rule": str(self.clause),
            "outcome": self.outcome or None,
            "share": None if self.share is None else decimal(self.share),
            "limit": None if self.limit is None else decimal(self.limit),
        }


def changes(answer: Answer) -> tuple[Change, ...]:
    """Return what would let a need of the answer fall, the cheapest first."""
    found: dict[tuple[str, tuple[str, ...]], Change] = {}
    tried = 0
    for need in answer.consents:
        if not need.stands:
            continue
        for change in _below(need):
            found.setdefault((change.kind, change.subject), change)
        for exception in need.exceptions:
            if exception.open and not exception.holds and exception.rule.claimant:
                change = Change("shown", (exception.rule.id,), need.clause)
                found.setdefault((change.kind, change.subject), change)
        for target in _single_supplies(need):
            if tried < MOST_TRIED and ("elsewhere", (target,)) not in found:
                tried += 1
                found["elsewhere", (target,)] = _elsewhere(answer, need, target)
    return tuple(change for change in found.values() if change.kind != "elsewhere" or change.outcome)


def _below(need: ConsentNeed) -> Iterator[Change]:
    """Return the fewest parts without which a counted share is within its limit, even at its greatest."""
    for link in need.because:
        limit = link.limit
        if link.truth is not True or link.counted is None or not isinstance(limit, Fraction) or not limit:
            continue
        share = link.counted[0] if link.counted[1] is None else link.counted[1]
        parts = sorted(
            ((s, thing) for thing, s, truth in link.counted_parts if truth is True and s),
            key=lambda p: (-p[0], p[1]),
        )
        without: list[str] = []
        for part, thing in parts:
            without.append(thing)
            share -= part
            if share < limit or (share == limit and link.limit_kind == "at_most"):
                yield Change("below", tuple(without), need.clause, share=max(share, Fraction(0)), limit=limit)
                break


def _single_supplies(need: ConsentNeed) -> Iterator[str]:
    """Return the things on which alone a reason of the need rests, so that another source of them would
    matter.
    """
    for link in need.because:
        if link.truth is True and not link.limit and 1 <= len(ends := _ends(link)) <= 2:
            yield from ends


def _ends(link: Link) -> list[str]:
    ends = [path[-1].to for path in link.paths if path and path[-1].how in DEPENDENCIES]
    return list(dict.fromkeys(ends))


def _elsewhere(answer: Answer, need: ConsentNeed, target: str) -> Change:
    """Judge the file as if nothing depended on ``target``."""
    facts = answer.snapshot.facts
    kept = tuple(
        fact
        for fact in facts.facts
        if not (
            fact.kind == "element"
            and fact.attribute in DEPENDENCIES
            and fact.value.fields.get("thing") == target
        )
    )
    changed: Facts = replace(facts, facts=kept)
    old = answer.snapshot
    snapshot = Snapshot(changed, old.as_of, old.known, old.bar, old.strict)
    reading = Reading(answer.book, snapshot, answer.question, on_record=True)
    judgement = Judgement(reading, frozenset(answer.verdict.not_shown))
    rule = answer.book.rules[need.clause.rule]
    if judgement.clause(rule, need.clause.per).open is not False:
        return Change("elsewhere", (target,), need.clause)
    result = judgement.result()
    outcome = SEVERITY[0] if isinstance(result, Unknown) else result.outcome
    return Change("elsewhere", (target,), need.clause, outcome)

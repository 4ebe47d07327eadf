"""The one question: may this thing be done, from here to there, by and for these, for that, on this day?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from lastword.facts.fact import Money, Standing
from lastword.facts.unknown import Nothing

MOVEMENTS = frozenset({"export", "reexport", "retransfer", "transit", "return"})


@dataclass(frozen=True, slots=True)
class Party:
    """A party named in the question. ``facts``: what the asker says of it, e.g. {"listed": "entity_list"}.

    ``owners``: (owner, share of 1).
    """

    id: str
    role: str = "other"
    facts: Mapping[str, Any] = field(default_factory=dict)
    owners: tuple[tuple[Party, Fraction | None], ...] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Places are ISO 3166 alpha-2; days are dates.

    ``end_use``: a word of facts.schema.END_USES; ``end_use_text`` and ``end_user``: free text for the reader.
    ``value``: of the whole order; None = nobody said, NONE = it has none.
    ``circumstance``: why it moves: ``sale`` unless said otherwise (an assumption), None = nobody said.
    """

    thing: str
    act: str
    from_: str
    to: str
    as_of: date
    known: date
    end_use: str = "unknown"
    end_use_text: str = ""
    end_user: str = ""
    value: Money | Nothing | None = None
    quantity: Fraction | None = None
    route: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    circumstance: str | None = "sale"
    bar: Standing = Standing.REPORTED
    strict: bool = False

    @property
    def scope(self) -> dict[str, str]:
        """Return the values by which a scoped fact may be limited."""
        return {"to": self.to, "from": self.from_, "act": self.act, "end_use": self.end_use}


def acts_seen_from(state: str, members: frozenset[str], question: Question) -> frozenset[str]:
    """Return what the movement is for the law of ``state`` (R6).

    ``members``: the states of a union that ``state`` is or belongs to, empty otherwise. An act that is no
    movement (use, release, disposal) is the same for everybody.
    """
    if question.act not in MOVEMENTS:
        return frozenset((question.act,))
    here, there = question.from_, question.to
    seen = set()
    is_union = bool(members) and state == "EU"
    leaves = here in members if is_union else here == state
    arrives = there in members if is_union else there == state
    if leaves and arrives:
        seen.add("transfer" if here != there else "domestic")
    elif leaves:
        seen.add("transfer" if there in members else "export")
    elif arrives:
        seen.add("return")
    else:
        seen.add("reexport" if here != there else "retransfer")
    inside = members if is_union else frozenset((state,))
    if any(place in inside for place in question.route) or (question.act == "transit" and leaves):
        seen.add("transit")
    return frozenset(seen)


def all_parties(question: Question) -> Iterator[Party]:
    """Return every party of a question and every owner named of one."""
    waiting = list(question.parties)
    while waiting:
        party = waiting.pop(0)
        yield party
        waiting.extend(owner for owner, _ in party.owners or ())

"""What the answer says about a request on one day: computed outside, on the full facts, and handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lastword.cases.procedure import Procedure


@dataclass(frozen=True, slots=True)
class Assessed:
    """One consent that is needed for sure: from whom, for which items, by which rules, and its basis.

    ``key``: authority and procedure, e.g. ``DE/BAFA:single-licence``; it names the clearance. ``basis``: SHA-256 in hex over
    the salted part of the answer that speaks of it. ``procedure``: how it is decided, None if no pack has it.
    ``lifts``: it lifts a prohibition.
    """

    key: str
    authority: str
    items: tuple[str, ...]
    rules: tuple[str, ...]
    basis: str
    procedure: Procedure | None
    lifts: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer for each item, with the state of facts and rules it was computed on.

    ``facts``, ``rules``: numbers of the last entries of these streams. ``outcomes``: item -> outcome of its answer.
    ``needs``: for each need the alternatives, each a group of keys of ``consents``; a need is met if one whole group grants.
    ``settled``: no missing fact can change it. ``prohibitions``: rules that forbid and that nobody here can lift.
    ``facts_digest``, ``rules_digest``: of the facts and of all packs used, SHA-256 in hex.
    """

    day: date
    facts: int
    rules: int
    outcomes: Mapping[str, str]
    consents: tuple[Assessed, ...]
    needs: tuple[tuple[tuple[str, ...], ...], ...]
    settled: bool
    prohibitions: tuple[str, ...] = ()
    facts_digest: str = ""
    rules_digest: str = ""

    @property
    def outcome(self) -> str:
        """Return the gravest outcome of the items."""
        order = ("free", "pending", "consent", "unknown", "prohibited")
        return max(self.outcomes.values(), key=order.index, default="unknown")

    def consent(self, key: str) -> Assessed | None:
        """Return one of its consents."""
        return next((one for one in self.consents if one.key == key), None)

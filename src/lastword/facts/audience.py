"""Who may see a fact: the public, the parties to a deal, the authorities, or named persons only (design, section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from lastword.facts.fact import Fact, Facts

AUDIENCES: Final = ("public", "party", "authority", "named")
SEES: Final[Mapping[str, frozenset[str]]] = {
    "public": frozenset({"public"}),
    "party": frozenset({"public", "party"}),
    "authority": frozenset({"public", "party", "authority"}),
}
"""Kind of reader -> the audiences whose facts it sees. What named persons may see is seen by no kind of reader."""
_TARGETS: Final = ("thing", "party")


def seen_by(facts: Facts, reader: str) -> Facts:
    """Return the facts that a kind of reader of SEES may see. What is hidden is missing, so it is unknown, never "no".

    A thing or party of which facts are told, and none of them to this reader, is not there either.
    """
    sees = SEES[reader]
    shown = tuple(fact for fact in facts.facts if fact.audience in sees)
    if len(shown) == len(facts.facts):
        return facts
    hidden = _subjects(facts.facts) - _subjects(shown)
    return replace(
        facts,
        facts=shown,
        kinds={subject: kind for subject, kind in facts.kinds.items() if subject not in hidden},
        names={subject: names for subject, names in facts.names.items() if subject not in hidden},
        remarks=tuple(remark for remark in facts.remarks if remark.about not in hidden),
    )


def _subjects(facts: Iterable[Fact]) -> frozenset[str]:
    """Return every thing and party that facts are about or lead to."""
    found: set[str] = set()
    for fact in facts:
        found.add(fact.about)
        if fact.kind == "element":
            found.update(str(fact.value.fields[key]) for key in _TARGETS if key in fact.value.fields)
    return frozenset(found)

"""An answer as a reader may see it: the outcome is that of all facts, and only reasons are hidden (design, section 8).

Where what the reader may see comes to the same, the reader gets the answer with the reasons that it may see. Where it does
not, the reader is told to ask, always in the same words and at the same length, whatever is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from lastword.answers.answer import VERSION, Answer, question_json
from lastword.facts.question import Question

_NOTHING: Final = ("consents", "prohibitions", "permissions", "openings", "closed", "open_questions", "would_change",
                   "conflicts", "assumptions", "old_tables", "remarks", "nobody_else", "not_looked_at", "packs")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Withheld:
    """Stands in the place of an answer: the reader does not see enough, and may ask ``office``."""

    question: Question
    office: str

    @property
    def outcome(self) -> str:
        """Return ``unknown``: never more is told."""
        return "unknown"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, in the form of an answer."""
        return {
            "version": VERSION,
            "question": question_json(self.question),
            "outcome": self.outcome,
            "settled": None,
            "exact": False,
            "on_record": self.outcome,
            "could_become": [],
            "strict_outcome": self.outcome,
            "confirmed_outcome": None,
            "regimes": {},
            **{name: [] for name in _NOTHING},
            "quickest": None,
            "digests": {},
            "ask": self.office,
        }


def as_seen(seen: Answer, full: Answer, office: str) -> Answer | Withheld:
    """Return what a reader gets. ``seen``: the answer on what it may see; ``full``: on everything; ``office``: whom to ask."""
    return seen if _agree(seen, full) else Withheld(seen.question, office)


def _agree(seen: Answer, full: Answer) -> bool:
    """Say whether both come to the same: outcome, what may become of it, and the needs and prohibitions with their states."""
    one, other = seen.verdict, full.verdict
    return (
        (one.outcome, one.settled, one.could_become) == (other.outcome, other.settled, other.could_become)
        and one.states == other.states
        and one.prohibitions == other.prohibitions
        and seen.strict_outcome == full.strict_outcome
        and [need.alternatives for need in seen.consents] == [need.alternatives for need in full.consents]
    )

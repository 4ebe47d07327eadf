"""What is wrong in a pack, or should be known of it: where it stands, and what it is, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from lastword.errors import Where

KINDS: Final = {
    "citation": "a rule, term or table without a text that somebody read or reported",
    "days": "days that contradict each other, or none on file",
    "cases": "worked cases that fail, or that do not show both sides of a rule",
    "gap": "days between two values of one thing on which neither holds",
    "overlap": "days on which two values of one thing hold, or two rules say the same",
    "unreachable": "a rule that can never apply, or that acts on nothing",
    "out-of-days": "a rule in force on days on which its table says nothing",
    "procedure": "a consent of which no pack says how it is decided, or a procedure that cannot be used",
    "old": "a table that nobody read for longer than its age allows",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing found. ``wrong``: must be mended; else it is only to note. ``about``: id of the rule, term or table."""

    pack: str
    where: Where
    wrong: bool
    kind: str
    about: str
    what: str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "pack": self.pack,
            "level": "wrong" if self.wrong else "note",
            "kind": self.kind,
            "about": self.about,
            "file": self.where.file,
            "line": self.where.line or None,
            "what": self.what,
        }

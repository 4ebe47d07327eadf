"""Errors that a user can cause, with one base.

LastwordError
├── InputError               something a person wrote is wrong: file and line or field, what, and how to mend it
│   ├── ConditionError       the same for a condition, with the column
│   ├── UnreadableError      a file that cannot be read at all
│   ├── ActRefused           an act in a case that may not be done (cases.refusal)
│   ├── CalendarEndsError    a day beyond the last that a calendar knows (cases.calendar)
│   ├── ErasedError          what was asked for was erased from the record (clearance.loaded)
│   └── NotKeptError         what was asked for is not in the store (clearance.library)
├── RecordError              the record does not hold what it should (record.refusal)
│   ├── ProofError           a proof that does not prove
│   ├── RefutedError         something claimed is refuted (record.verdict)
│   └── UnsettledError       something claimed cannot be told
├── StoreError               the store cannot write, or cannot be read (its own tree: store.refusal)
└── WitnessError             a witness did not sign (witness.client)
    └── WitnessBehindError   because it saw another size
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in something a person wrote: a file (or field) name and a line counted from 1, 0 for the whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where, what (lower case, user's words in backticks), and how to mend it."""

    where: Where
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.mend}" if self.mend else "")


class LastwordError(Exception):
    """Base of every error that Lastword raises on purpose."""


class InputError(LastwordError):
    """What a person wrote cannot be used. ``problems`` lists everything wrong, in file and line order."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConditionError(InputError):
    """A condition that cannot be read or does not fit the fact schema."""


class UnreadableError(InputError):
    """A file that cannot be opened, decoded or parsed."""

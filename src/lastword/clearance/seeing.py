"""Who reads: what a person may see by the roster of the day. A hidden case is told in the same words as one that is not there."""

from __future__ import annotations

from datetime import datetime

from lastword.cases.case import Case
from lastword.cases.licence import Licence
from lastword.cases.reading import Reader, may_read
from lastword.cases.reading import reader_of as reader_on
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Roster
from lastword.cases.world import World

NOBODY = Reader("")


def reader_of(person: str, roster: Roster, now: datetime) -> Reader:
    """Return who reads as ``person``; whom the roster does not know only what it was named as a reader of."""
    return reader_on(person, roster, now.date())


def may_read_licence(licence: Licence, case: Case | None, reader: Reader) -> bool:
    """Say whether a licence may be read: by the holder's people, its offices, and whoever may read its case."""
    if reader.is_of(licence.applicant) or set(licence.offices) & set(reader.offices):
        return True
    return case is not None and may_read(case, reader)


def seen_licence(ident: str, world: World, reader: Reader) -> Licence:
    """Return a licence. Raises ActRefused ``no_such_licence`` if it is not there, or is none of the reader's."""
    found = world.licences.get(ident)
    if found is None or not may_read_licence(found, world.case, reader):
        raise ActRefused(
            "no_such_licence",
            f"there is no licence `{ident}`",
            "`lastword licence list` shows those you may see",
        )
    return found


def holds_office(person: str, roster: Roster, now: datetime) -> bool:
    """Say whether a person holds an office today, or deputises in one: others are shown offices, not the persons in them."""
    return bool(reader_of(person, roster, now).offices)

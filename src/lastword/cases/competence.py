"""Competence: who may act in an office, and who may act for an applicant. One rule for votes, licences and reviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lastword.cases.acts import Act
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Roster


def office_held(
    act: Act,
    offices: Iterable[str],
    roster: Roster,
    day: date,
    *,
    applicant: str,
    acted: Iterable[str],
    internal: bool,
) -> str:
    """Return the first of ``offices`` in which ``act.person`` may act on ``day``, in person or as deputy of ``act.principal``.

    Nobody acts for the authority who belongs to the applicant, is it, or acted for it: neither the person nor the principal,
    under any id. ``internal``: in a firm's own procedure only those who ``acted`` are excluded.

    Raises ActRefused: ``unknown_person``, ``robot``, ``not_seated``, ``applicant_excluded``.
    """
    offices = tuple(offices)
    for one in (act.person, *((act.principal,) if act.principal else ())):
        if one not in roster.persons:
            raise ActRefused(
                "unknown_person", f"`{one}` is not in the roster", "enter the person in the roster first"
            )
        if not roster.is_human(one):
            raise ActRefused("robot", f"`{one}` is no human being", "a person who holds the office must act")
        if excluded(one, roster, applicant=applicant, acted=acted, internal=internal):
            raise ActRefused(
                "applicant_excluded",
                f"`{one}` acted for the applicant or belongs to it",
                "somebody else who holds " + named(offices) + " must act",
            )
    for office in offices:
        if roster.capacity(act.person, office, act.principal, day):
            return office
    how = f" as deputy of `{act.principal}`" if act.principal else ""
    raise ActRefused(
        "not_seated",
        f"`{act.person}` does not hold {named(offices)} on {day}{how}",
        "an officer must act, or a deputy who names the officer as principal",
    )


def excluded(person: str, roster: Roster, *, applicant: str, acted: Iterable[str], internal: bool) -> bool:
    """Say whether ``person`` is too near to the applicant to act for the authority.

    Of an authority that applies for itself, whoever holds or held one of its offices is its staff.
    """
    human = roster.human(person)
    if human in {roster.human(one) for one in acted}:
        return True
    if internal or not applicant:
        return False
    own = {office.id for office in roster.offices.values() if office.authority == applicant}
    return (
        human == roster.human(applicant)
        or roster.staff_of(person, applicant)
        or any(one.office in own and roster.human(one.person) == human for one in roster.officers)
    )


def acts_for(person: str, roster: Roster, applicant: str) -> bool:
    """Say whether ``person`` may act for ``applicant``: it is its own, its staff, or one who acts for it.

    A robot of the applicant's may: it fills no seat by that.
    """
    if person not in roster.persons or not applicant:
        return False
    return roster.human(person) == roster.human(applicant) or roster.staff_of(person, applicant)


def named(offices: Iterable[str]) -> str:
    """Return offices as words: `` `a` or `b` ``."""
    found = [f"`{office}`" for office in offices]
    return " or ".join(found) if found else "an office that decides here"

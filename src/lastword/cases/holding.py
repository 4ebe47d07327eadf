"""Which moratorium holds which decision or use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lastword.cases.case import Case, Clearance
from lastword.cases.licence import Licence
from lastword.cases.moratorium import Class, Moratoria, Moratorium


def matches(
    cls: Class,
    *,
    authority: str,
    procedures: Iterable[str],
    act: str,
    to: str,
    from_: str,
    thing: str,
    case: str,
) -> bool:
    """Say whether a decision on one thing falls into a class: each list of it is empty or has the word.

    ``procedures``: the word under which the consent is asked for and the id of its procedure; either may be listed.
    """
    listed = (
        (cls.authorities, (authority,)),
        (cls.procedures, tuple(procedures)),
        (cls.acts, (act,)),
        (cls.to, (to,)),
        (cls.from_, (from_,)),
        (cls.things, (thing,)),
        (cls.cases, (case,)),
    )
    return all(not wanted or any(one in wanted for one in have) for wanted, have in listed)


def word(key: str, authority: str) -> str:
    """Return the word under which a consent is asked for, from its key ``<authority>:<word>``."""
    return key.removeprefix(f"{authority}:")


def covers(moratorium: Moratorium, case: Case, clearance: Clearance) -> bool:
    """Say whether a hold speaks of a clearance: of any of its things that is not carved out.

    What a grant would let go is all of it, so one thing that is held holds the whole clearance.
    """
    request = case.request
    # a clearance whose items were all taken out of the request is still held by its other words
    things = {item.thing for item in request.items if item.id in clearance.items} or {""}
    return any(
        _on(
            moratorium,
            authority=clearance.authority,
            procedures=(word(clearance.key, clearance.authority), clearance.procedure.id),
            act=request.act,
            to=request.to,
            from_=request.from_,
            thing=thing,
            case=case.id,
        )
        for thing in things
    )


def held_by(case: Case, clearance: Clearance, moratoria: Moratoria, now: datetime) -> Moratorium | None:
    """Return a hold that stops every way to a grant of the clearance at ``now``: the one declared first, None if none does."""
    return _first(one for one in moratoria.all.values() if one.runs(now) and covers(one, case, clearance))


def holds(
    case: Case, clearance: Clearance, moratoria: Moratoria
) -> tuple[tuple[Moratorium, datetime, datetime | None], ...]:
    """Return every hold there ever was on the clearance: (moratorium, since, until), until None while no end is known."""
    found = [one for one in moratoria.all.values() if covers(one, case, clearance)]
    return tuple((one, one.since, one.end) for one in sorted(found, key=lambda one: (one.since, one.id)))


def covers_licence(moratorium: Moratorium, licence: Licence, items: Iterable[str]) -> bool:
    """Say whether a hold speaks of ``items`` of a licence, carve-outs left out."""
    return any(
        _on(
            moratorium,
            authority=licence.authority,
            procedures=(word(licence.clearance, licence.authority), licence.procedure),
            act=licence.act,
            to=licence.to,
            from_=licence.from_,
            thing=licence.lines[item].thing,
            case=licence.case,
        )
        for item in items
        if item in licence.lines
    )


def uses_held_by(
    licence: Licence, items: Iterable[str], moratoria: Moratoria, now: datetime
) -> Moratorium | None:
    """Return a hold that says it stops uses too and speaks of one of ``items`` at ``now``, None if none does."""
    items = tuple(items)
    return _first(
        one
        for one in moratoria.all.values()
        if one.uses and one.runs(now) and covers_licence(one, licence, items)
    )


def grants_held_by(licence: Licence, moratoria: Moratoria, now: datetime) -> Moratorium | None:
    """Return a hold on the class of an issued licence at ``now``: it may not be reinstated then, which is a way to a grant."""
    return _first(
        one for one in moratoria.all.values() if one.runs(now) and covers_licence(one, licence, licence.lines)
    )


def moratoria_dues(moratoria: Moratoria) -> tuple[tuple[str, datetime], ...]:
    """Return (id, instant) of every hold that will end by itself."""
    return tuple(
        (one.id, one.until) for one in moratoria.all.values() if one.until is not None and not one.ended
    )


def _on(
    moratorium: Moratorium,
    *,
    authority: str,
    procedures: Iterable[str],
    act: str,
    to: str,
    from_: str,
    thing: str,
    case: str,
) -> bool:
    procedures = tuple(procedures)
    hit = [
        matches(
            cls,
            authority=authority,
            procedures=procedures,
            act=act,
            to=to,
            from_=from_,
            thing=thing,
            case=case,
        )
        for cls in (moratorium.on, *moratorium.carve_outs)
    ]
    return hit[0] and not any(hit[1:])


def _first(found: Iterable[Moratorium]) -> Moratorium | None:
    return min(found, key=lambda one: (one.since, one.id), default=None)

"""Guarded acts: what only so many distinct officers of an office may do together, as the constitution says.

One officer puts the act forward, others confirm it, and the last confirmation that is needed carries it out on the state of that
moment. A human being counts once, and so does an officer who has a deputy: not once in person and once through the deputy.
Nobody may be for an act that touches the own rights.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import rfc8785

from lastword.cases.acts import (
    Act,
    ChangeRoster,
    Confirm,
    Declare,
    Lift,
    RosterChange,
    SetCalendars,
)
from lastword.cases.appointing import (
    constitution_problems,
    gains,
    judged,
    touched_holders,
    touched_offices,
)
from lastword.cases.calendar import Calendar, calendar_problems
from lastword.cases.case import TextAt
from lastword.cases.constitution import GUARDED, Constitution, Guard, Proposal
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import NameAt, Roster
from lastword.cases.rosterevents import (
    CalendarsSet,
    ProposalCarriedOut,
    ProposalConfirmed,
    ProposalMade,
    ProposalRefused,
    apply_roster,
)
from lastword.cases.world import World, Written
from lastword.errors import InputError, Problem, Where

WAITS: Final = timedelta(days=30)
"""How long a guarded act waits for those who are still needed; then it lapses."""
_CORE: Final[Mapping[str, type[Act]]] = {
    one.__name__: one for one in (ChangeRoster, SetCalendars, Declare, Lift)
}
_WORDS: Final = frozenset({"text", "name", "for_applicant", "for_file"})
"""Fields of an act that hold words which may have to be erased; they stand beside the entry, never in it."""
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_WHO: Final = ("person", "principal", "signed", "proposal")


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether a guarded act may go ahead now. ``by``: the persons who are for it, in order.

    ``written``: what has to be written for it: if it ``goes``, before what the act itself writes; if not, instead of that.
    ``proposal``: the id under which it waits or waited, "" if one officer was enough. ``principals``: for each of ``by`` the
    officer for whom that person acted as deputy, "" for nobody.
    """

    goes: bool
    by: tuple[str, ...]
    written: tuple[Written, ...] = ()
    proposal: str = ""
    principals: tuple[str, ...] = ()


def guarded(
    guard: str, act: Act, world: World, now: datetime, *, proposal: str = "", needs: int = 0
) -> Leave:
    """Say whether ``act``, of the kind that ``guard`` guards (one of constitution.GUARDED), may go ahead.

    It goes at once where one officer is enough. Otherwise it is put forward, under ``proposal`` or an id made of its contents;
    the same act done again by another officer confirms it, like Confirm. Different contents are never added up.
    ``needs``: at least so many, should the constitution ask for fewer.

    Raises ActRefused: nobody guards it, the person holds no such office, or is for it already.
    """
    seat = _guard(guard, world)
    needed = max(seat.needs, needs)
    data, words = plain(act)
    waiting = _same(guard, data, world, now)
    if waiting is None or waiting.state != "confirmed" or act.person not in waiting.by:
        check_seated(act, seat.office, world.roster, now)
    if waiting is not None and waiting.state == "confirmed":
        # ``confirm`` itself writes that a core act was carried out; of others, only who carries it out can know.
        done = () if waiting.act["act"] in _CORE else (_carried_out(waiting.id, now),)
        return Leave(True, waiting.by, done, waiting.id, waiting.principals)
    if waiting is not None:
        return _joined(waiting, act, world, now, needed)
    if needed == 1:
        return Leave(True, (act.person,), principals=(act.principal,))
    ident = proposal or _content_id(guard, data)
    if not _ID.fullmatch(ident):
        mend = "write up to 64 letters, digits and . _ - or leave it out"
        raise ActRefused("bad_id", f"`{ident[:64]}` is no id of a proposal", mend)
    known = world.proposals.get(ident)
    if known is not None and (proposal or known.waits(now)):
        what = f"there is a proposal `{ident}` already"
        raise ActRefused("exists", what, "confirm it, or put yours forward under another id")
    until = now.astimezone(UTC) + WAITS
    places = tuple(words)
    made = ProposalMade(
        ident, guard, seat.office, needed, data, places, act.person, act.principal, now, until
    )
    waits = (Written("proposals", made, words, "file"),)
    return Leave(False, (act.person,), waits, ident, (act.principal,))


def change_roster(act: ChangeRoster, world: World, now: datetime) -> tuple[Written, ...]:
    """Change the roster. An officer names and ends the own deputies alone; all else needs the guard ``roster``.

    Who appoints, or changes a person, in an office that guards something, needs as many as that guard does. Raises ActRefused.
    """
    if not act.changes:
        raise ActRefused("no_change", "no change is given", "name at least one")
    if all(_own(change, act) for change in act.changes):
        if not world.roster.is_human(act.person):
            raise ActRefused("robot", f"`{act.person}` is no human being the roster knows", "act in person")
        event = judged(act.changes, world.roster, world.constitution, now, by=(act.person,))
        return (Written("roster", event, {}, "file"),)
    _check_not_for_self(act, world.roster, (act.person, act.principal))
    leave = guarded("roster", act, world, now, proposal=act.proposal, needs=_needs_of_offices(act, world))
    _check_not_for_self(act, world.roster, (*leave.by, *leave.principals))
    names, texts = _names(act, world, leave)
    event = judged(
        act.changes,
        world.roster,
        world.constitution,
        now,
        by=leave.by,
        principals=leave.principals,
        proposal=leave.proposal,
        names=names,
    )
    if not leave.goes:
        return leave.written
    return (*leave.written, Written("roster", event, texts, "file"))


def set_calendars(act: SetCalendars, world: World, now: datetime) -> tuple[Written, ...]:
    """Put calendars in force. Needs the guard ``calendar``. Raises ActRefused, also for a calendar that makes no sense."""
    if not act.calendars:
        raise ActRefused("no_change", "no calendar is given", "name at least one")
    _check_calendars(act.calendars)
    if all(world.calendars.get(calendar.id) == calendar for calendar in act.calendars):
        raise ActRefused("no_change", "these calendars are in force already")
    leave = guarded("calendar", act, world, now, proposal=act.proposal)
    if not leave.goes:
        return leave.written
    event = CalendarsSet(act.calendars, leave.by, now, leave.proposal, leave.principals)
    return (*leave.written, Written("calendar", event, {}, "public"))


def confirm(act: Confirm, world: World, now: datetime) -> tuple[Written, ...]:
    """Confirm a guarded act that somebody else put forward; the last one needed carries it out on the world as it is now.

    If it can no longer be carried out, that is written and the proposal is over. An act that only an edge can carry out, e.g. a
    load of facts, is then ``confirmed``: whoever does it next is let through by ``guarded``. Raises ActRefused.
    """
    known = world.proposals.get(act.proposal)
    if known is None:
        raise ActRefused("no_such_proposal", f"there is no proposal `{act.proposal}`", "see what waits")
    if known.state != "open" or not known.waits(now):
        state = "lapsed" if known.state == "open" else known.state.replace("_", " ")
        raise ActRefused("final", f"the proposal `{known.id}` is {state}", "put it forward anew")
    check_seated(act, known.office, world.roster, now)
    proposed = revived(known)
    if isinstance(proposed, ChangeRoster):
        _check_not_for_self(proposed, world.roster, (act.person, act.principal))
    _check_new(known, act, world.roster)
    # What the constitution or the offices ask for by now counts if it is more: a threshold never falls while something waits.
    needed = max(known.needs, _guard(known.guard, world).needs)
    if isinstance(proposed, ChangeRoster):
        needed = max(needed, _needs_of_offices(proposed, world))
    enough = len(known.by) + 1 >= needed
    said = ProposalConfirmed(known.id, act.person, act.principal, enough, now)
    written = Written("proposals", said, {}, "file")
    if not enough or proposed is None:
        return (written,)
    ready = replace(
        known, state="confirmed", by=(*known.by, act.person), principals=(*known.principals, act.principal)
    )
    try:
        done = _carry_out(proposed, replace(world, proposals={**world.proposals, known.id: ready}), now)
    except ActRefused as refused:
        return (written, Written("proposals", ProposalRefused(known.id, refused.code, now), {}, "file"))
    return (written, _carried_out(known.id, now), *done)


def found(
    constitution: Constitution,
    changes: tuple[RosterChange, ...],
    calendars: tuple[Calendar, ...],
    now: datetime,
) -> tuple[Written, ...]:
    """Return the first roster and calendars of a record, which nobody guards yet: terms may have begun long ago.

    Raises InputError with everything that would make the constitution one under which something can never be done, and
    ActRefused for a roster or a calendar that cannot be.
    """
    event = judged(changes, Roster(), constitution, now, by=(), founding=True)
    names = {f"name.{one.person.id}": one.name for one in changes if one.person is not None and one.name}
    event = replace(
        event, names={name.removeprefix("name."): NameAt("roster", TextAt(1, name)) for name in names}
    )
    wrong = constitution_problems(constitution, apply_roster(None, event), now.astimezone(UTC).date())
    problems = [Problem(Where("constitution"), one) for one in wrong]
    if problems:
        raise InputError(problems)
    written = [Written("roster", event, names, "file")]
    if calendars:
        _check_calendars(calendars)
        written.append(Written("calendar", CalendarsSet(calendars, (), now), {}, "public"))
    return tuple(written)


def check_seated(act: Act, office: str, roster: Roster, now: datetime) -> None:
    """Raise ActRefused unless who acts is a human being and holds ``office`` now, in person or as somebody's deputy.

    Guards have no place of their own: a term counts on the day that it is in UTC.
    """
    day = now.astimezone(UTC).date()
    if roster.capacity(act.person, office, act.principal, day):
        return
    who = f"`{act.person}`" + (f" for `{act.principal}`" if act.principal else "")
    what = f"{who} does not hold the office `{office}` on {day}"
    raise ActRefused("not_seated", what, f"ask an officer of `{office}`")


def plain(act: Act) -> tuple[Any, Mapping[str, str]]:
    """Return an act as plain data, as JSON has it, with its name under ``act``, and apart from it its erasable words by place,
    e.g. ``changes.0.name``.
    """
    words: dict[str, str] = {}
    data = _without_words(msgspec.json.decode(msgspec.json.encode(act)), "", words)
    return {"act": type(act).__name__, **data}, words


def revived(proposal: Proposal) -> Act | None:
    """Return the act that waits, without its erasable words; None if it is one that only an edge can carry out."""
    kind = _CORE.get(proposal.act["act"])
    if kind is None:
        return None
    act: Act = msgspec.convert({key: one for key, one in proposal.act.items() if key != "act"}, kind)
    return act


def _check_calendars(calendars: tuple[Calendar, ...]) -> None:
    ids = [calendar.id for calendar in calendars]
    for calendar in calendars:
        wrong = next(calendar_problems(calendar), "")
        if wrong:
            raise ActRefused("bad_calendar", f"the calendar `{calendar.id}` cannot be used: {wrong}")
        if ids.count(calendar.id) > 1:
            raise ActRefused("bad_calendar", f"the calendar `{calendar.id}` is given twice", "give it once")


def _carry_out(act: Act, world: World, now: datetime) -> tuple[Written, ...]:
    if isinstance(act, ChangeRoster):
        return change_roster(act, world, now)
    if isinstance(act, SetCalendars):
        return set_calendars(act, world, now)
    from lastword.cases.perform import perform  # it hands confirmations to this module

    return perform(act, world, now)


def _carried_out(proposal: str, now: datetime) -> Written:
    return Written("proposals", ProposalCarriedOut(proposal, now), {}, "file")


def _guard(guard: str, world: World) -> Guard:
    found = world.constitution.guards.get(guard)
    if guard not in GUARDED or found is None or found.needs < 1:
        what = f"the constitution lets nobody change `{guard}`"
        raise ActRefused("not_guarded", what, "change the constitution first")
    return found


def _same(guard: str, data: Any, world: World, now: datetime) -> Proposal | None:
    """Return the proposal of the same contents that still waits or is being carried out."""
    content = _content(data)
    for one in world.proposals.values():
        if one.guard == guard and one.waits(now) and _content(one.act) == content:
            return one
    return None


def _joined(waiting: Proposal, act: Act, world: World, now: datetime, needed: int) -> Leave:
    _check_new(waiting, act, world.roster)
    enough = len(waiting.by) + 1 >= max(waiting.needs, needed)
    written = [
        Written(
            "proposals", ProposalConfirmed(waiting.id, act.person, act.principal, enough, now), {}, "file"
        )
    ]
    if enough:
        written.append(_carried_out(waiting.id, now))
    by, principals = (*waiting.by, act.person), (*waiting.principals, act.principal)
    return Leave(enough, by, tuple(written), waiting.id, principals)


def _check_new(proposal: Proposal, act: Act, roster: Roster) -> None:
    """Raise ActRefused if who acts, or for whom, is for the proposal already: under this or another id, or through a deputy."""
    humans = {roster.human(one) for one in proposal.by}
    officers = {
        roster.human(principal or person)
        for person, principal in zip(proposal.by, proposal.principals, strict=True)
    }
    mend = "somebody else has to confirm it"
    if roster.human(act.person) in humans:
        raise ActRefused("already", f"`{act.person}` is for the proposal `{proposal.id}` already", mend)
    if roster.human(act.principal or act.person) in officers:
        officer = act.principal or act.person
        what = f"`{officer}` is for the proposal `{proposal.id}` already, in person or through a deputy"
        raise ActRefused("already", what, mend)


def _check_not_for_self(act: ChangeRoster, roster: Roster, for_it: tuple[str, ...]) -> None:
    gaining = gains(act.changes, roster)
    for person in for_it:
        if person and roster.human(person) in gaining:
            what = f"the change touches the rights or the identity of `{person}`, who is for it"
            raise ActRefused("own_rights", what, "let other officers put it forward and confirm it")


def _needs_of_offices(act: ChangeRoster, world: World) -> int:
    """Return how many must be for a change because it touches who guards something."""
    offices = touched_offices(act.changes) | touched_holders(act.changes, world.roster)
    return max((one.needs for one in world.constitution.guards.values() if one.office in offices), default=1)


def _own(change: RosterChange, act: ChangeRoster) -> bool:
    """Say whether a change names or ends a deputy of who acts, in person, or ends the acting as one."""
    if act.principal:
        return False
    if change.deputy is not None:
        return change.deputy.principal == act.person
    if change.end_deputy is not None:
        return act.person in change.end_deputy[1:3]
    return False


def _names(act: ChangeRoster, world: World, leave: Leave) -> tuple[Mapping[str, NameAt], Mapping[str, str]]:
    """Return where the names of persons will stand, and the texts to be written with the roster's entry."""
    names: dict[str, NameAt] = {}
    texts: dict[str, str] = {}
    known = world.proposals.get(leave.proposal)
    for number, change in enumerate(act.changes):
        if change.person is None:
            continue
        if change.name:
            name = f"name.{change.person.id}"
            names[change.person.id] = NameAt("roster", TextAt(world.roster.no + 1, name))
            texts[name] = change.name
        elif known is not None and f"changes.{number}.name" in known.words:
            names[change.person.id] = NameAt("proposals", TextAt(known.no, f"changes.{number}.name"))
    return names, texts


def _content(data: Any) -> Any:
    return {key: one for key, one in data.items() if key not in _WHO}


def _content_id(guard: str, data: Any) -> str:
    return f"{guard}-{hashlib.sha256(rfc8785.dumps(_content(data))).hexdigest()[:12]}"


def _without_words(value: Any, place: str, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        found = {}
        for key, one in value.items():
            inner = f"{place}.{key}" if place else key
            if key in _WORDS and isinstance(one, str):
                if one:
                    words[inner] = one
                found[key] = ""
            else:
                found[key] = _without_words(one, inner, words)
        return found
    if isinstance(value, list):
        return [_without_words(one, f"{place}.{number}", words) for number, one in enumerate(value)]
    return value

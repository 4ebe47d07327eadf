"""Licences come and go: issue, suspend, reinstate, revoke, surrender, and the dropping of provisos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from lastword.cases import calendar as time_limits
from lastword.cases.acts import Act, ChangeLicence, DropProviso
from lastword.cases.calendar import Calendar
from lastword.cases.case import Case, Clearance, Decision, Proviso, TextAt
from lastword.cases.competence import acts_for, office_held
from lastword.cases.holding import grants_held_by
from lastword.cases.licence import EXACT, Licence, Line, Use, is_quantity
from lastword.cases.licenceevents import (
    LicenceEvent,
    LicenceExhausted,
    LicenceExpired,
    LicenceIssued,
    LicenceReinstated,
    LicenceReleased,
    LicenceRevoked,
    LicenceSurrendered,
    LicenceSuspended,
    ProvisoDropped,
    apply_licence,
)
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Item
from lastword.cases.world import World, Written

GRANTS = ("grant", "grant_with_provisos")


@dataclass(slots=True)
class Book:
    """The stream of one licence while an act is carried out: what is written is applied at once."""

    licence: Licence
    written: list[Written] = field(default_factory=list)

    def write(
        self, event: LicenceEvent, texts: Mapping[str, str] | None = None, private: Iterable[str] = ()
    ) -> None:
        """Write an event with its words; ``private`` ones are for the file only. Empty words are left out."""
        self.licence = apply_licence(self.licence, event)
        kept = {name: words for name, words in (texts or {}).items() if words}
        audiences = {name: "file" for name in private if name in kept}
        self.written.append(Written(f"licence/{self.licence.id}", event, kept, "applicant", audiences))

    def text(self, words: str, name: str = "text") -> TextAt | None:
        """Return where ``words`` will stand if they go with the next event, None for no words."""
        return TextAt(self.licence.no + 1, name) if words else None


def issue(
    case: Case,
    clearance: Clearance,
    decision: Decision,
    licence_id: str,
    world: World,
    now: datetime,
    *,
    on_appeal: bool = False,
    break_glass: bool = False,
    review_due: datetime | None = None,
    opened_by: tuple[str, ...] = (),
) -> Written:
    """Return the event by which ``decision`` leaves a licence: the granted items in the decided quantities, nothing else.

    ``clearance`` holds the decision's provisos already. The licence runs until its procedure's validity is over, by
    break-glass until ``review_due``. What already went under an earlier licence of the same clearance, by break-glass or
    before an appeal, is booked as used on the new one, so that no quantity goes out twice.

    Raises ActRefused: ``exists``, ``preliminary``, ``nothing_granted``, ``widened``, ``bad_quantity``, ``unknown_item``,
    ``unknown_proviso``, ``no_calendar``; and CalendarEndsError.
    """
    procedure = clearance.procedure
    if not licence_id or licence_id in world.licences:
        raise ActRefused("exists", f"there is a licence `{licence_id}` already", "give it an id of its own")
    if procedure.preliminary or case.request.preliminary:
        raise ActRefused(
            "preliminary", "a decision on a planned deal leaves no licence", "file the deal itself"
        )
    lines = _lines(case, clearance, decision)
    earlier = [
        one for one in world.licences.values() if (one.case, one.clearance) == (case.id, clearance.key)
    ]
    for item, line in lines.items():
        went = Decimal(0)
        for one in earlier:
            if item in one.lines and one.lines[item].unit == line.unit:
                went = EXACT.add(went, EXACT.subtract(one.lines[item].used, one.lines[item].carried))
        # goods that came back beyond what was carried give nothing more than was granted
        carried = max(Decimal(0), min(went, line.granted))
        lines[item] = replace(line, used=carried, carried=carried)
    calendar = calendar_of(world, procedure.calendar)
    valid_until = review_due
    if not break_glass and procedure.validity is not None:
        valid_until = time_limits.due(calendar, now, procedure.validity)
    if break_glass and review_due is None:
        raise ActRefused("no_review", "a licence by break-glass needs the instant of its review", "name it")
    judged = world.assessment or case.assessment
    request = case.request
    glass = procedure.break_glass
    before = [one.id for one in earlier if not one.break_glass]
    licence = Licence(
        id=licence_id,
        no=1,
        case=case.id,
        clearance=clearance.key,
        authority=clearance.authority,
        status="issued",
        issued=now,
        valid_until=valid_until,
        lines=lines,
        act=request.act,
        from_=request.from_,
        to=request.to,
        end_use=request.end_use,
        request=request.digest,
        facts=judged.facts,
        rules=judged.rules,
        provisos=_provisos(clearance, decision),
        on_appeal=on_appeal,
        break_glass=break_glass,
        review_due=review_due if break_glass else None,
        applicant=case.applicant,
        offices=_offices(clearance, decision),
        procedure=procedure.id,
        calendar=procedure.calendar,
        internal=procedure.internal,
        acted=case.acted,
        parties={party.field: request.fields.get(party.field, "") for party in request.parties},
        grounds=tuple(ground.code for ground in procedure.grounds),
        appeal=procedure.appeal.limit if procedure.appeal and "revoke" in procedure.appeal.against else None,
        reviewers=glass.reviewers if break_glass and glass is not None else (),
        opened_by=opened_by if break_glass else (),
        replaces=before[-1] if before else "",
    )
    return Written(f"licence/{licence_id}", LicenceIssued(licence))


def replaced(clearance: Clearance, licence_id: str, world: World, now: datetime) -> tuple[Written, ...]:
    """Return the events that end earlier licences of a clearance of ``world.case`` because ``licence_id`` takes their place.

    Open reservations are released. A licence by break-glass that was drawn on stays, since its review is still due.
    """
    case = world.case.id if world.case is not None else ""
    written: list[Written] = []
    for one in world.licences.values():
        if (one.case, one.clearance) != (case, clearance.key) or one.id == licence_id:
            continue
        book = Book(one)
        pass_book(book, now)
        if book.licence.final or book.licence.ended is not None:
            written += book.written
            continue
        one = book.licence
        release_all(book, now, "replaced")
        if one.break_glass and any(use.booked for use in one.uses.values()):
            if one.status == "issued":
                book.write(LicenceExhausted(at=now, status="exhausted"))
        else:
            book.write(LicenceSurrendered(at=now, status="surrendered", ended=now, replaced_by=licence_id))
        written += book.written
    return tuple(written)


def change_licence(act: ChangeLicence, world: World, now: datetime) -> tuple[Written, ...]:
    """Suspend, reinstate or revoke a licence, by an officer of an office that decided; or surrender it, by its holder.

    Revocation and surrender release open reservations. A suspended licence is reinstated only while its time runs, while no
    moratorium holds its class, and not when it was suspended because nobody reviewed a broken glass. Raises ActRefused.
    """
    licence = known_licence(act.licence, act.person, world)
    book = Book(licence)
    pass_book(book, now)
    due = tuple(book.written)
    try:
        _change(act, book, world, now)
    except ActRefused as refused:
        raise with_due(refused, due) from None
    return tuple(book.written)


def drop_proviso(act: DropProviso, world: World, now: datetime) -> tuple[Written, ...]:
    """Drop a proviso of an issued licence, by an officer of the office that owns it and by nobody else. Raises ActRefused."""
    licence = known_licence(act.licence, act.person, world)
    if (act.case, act.clearance) != (licence.case, licence.clearance):
        raise ActRefused(
            "no_such_licence",
            f"licence {licence.id} does not belong to clearance `{act.clearance}` of case `{act.case}`",
            f"name case {licence.case} and `{licence.clearance}`",
        )
    book = Book(licence)
    pass_book(book, now)
    due = tuple(book.written)
    try:
        proviso = next((one for one in licence.provisos if one.id == act.proviso), None)
        if proviso is None:
            raise ActRefused(
                "unknown_proviso",
                f"licence {licence.id} has no proviso `{act.proviso}`",
                "its provisos are " + (", ".join(one.id for one in licence.provisos) or "none"),
            )
        office = officer_for(act, (proviso.owner,), book.licence, world, now)
        if proviso.dropped:
            raise ActRefused(
                "already", f"the proviso `{proviso.id}` is dropped already", "nothing is left to do"
            )
        if book.licence.final:
            raise _final(book.licence)
        event = ProvisoDropped(now, proviso.id, act.person, act.principal, office, book.text(act.text))
        book.write(event, {"text": act.text})
    except ActRefused as refused:
        raise with_due(refused, due) from None
    return tuple(book.written)


def pass_book(book: Book, now: datetime) -> None:
    """Write what fell due by ``now``, in the order of its instants: reservations, then the licence's own end.

    A licence by break-glass that nobody reviewed by then is suspended instead, and ended all the same.
    """
    while True:
        found = [(at, name) for name, at in licence_dues(book.licence) if at <= now]
        if not found:
            return
        # at one instant reservations go first: a licence ends with none open
        at, name = min(found, key=lambda one: (one[0], not one[1].startswith("reservation:"), one[1]))
        if name.startswith("reservation:"):
            release(book, book.licence.uses[name.removeprefix("reservation:")], at, "expired")
        elif name == "review":
            release_all(book, at, "suspended")
            book.write(LicenceSuspended(at=at, status="suspended", ended=at, ground="review_silence"))
        else:
            release_all(book, at, "expired")
            book.write(LicenceExpired(at=at, status="expired", ended=at))


def licence_dues(licence: Licence) -> tuple[tuple[str, datetime], ...]:
    """Return (name, instant) of everything that will happen to a licence by itself.

    Names: ``reservation:<key>``, ``review`` (of a broken glass), ``expiry``.
    """
    found = [(f"reservation:{use.key}", use.expires) for use in licence.reserved if use.expires is not None]
    if not licence.final and licence.ended is None:
        if licence.review_due is not None and not licence.reviewed:
            found.append(("review", licence.review_due))
        elif licence.valid_until is not None:
            found.append(("expiry", licence.valid_until))
    return tuple(found)


def release(book: Book, use: Use, at: datetime, why: str) -> None:
    """Write that a reservation ended and its quantities are available again."""
    lines = {
        item: replace(line, reserved=EXACT.subtract(line.reserved, use.quantities[item]))
        for item, line in book.licence.lines.items()
        if item in use.quantities
    }
    book.write(LicenceReleased(at=at, use=replace(use, state="released", expires=None), lines=lines, why=why))


def release_all(book: Book, at: datetime, why: str) -> None:
    """Write that every open reservation ended."""
    for use in book.licence.reserved:
        release(book, use, at, why)


def known_licence(ident: str, person: str, world: World) -> Licence:
    """Return a licence to somebody who may know of it: the holder's people and officers of the offices around it.

    To everybody else it does not exist, in the same words. Raises ActRefused ``no_such_licence``.
    """
    licence = world.licences.get(ident)
    if licence is not None:
        if acts_for(person, world.roster, licence.applicant):
            return licence
        around = {*licence.offices, *licence.reviewers, *(one.owner for one in licence.provisos)}
        human = world.roster.human(person)
        posts = [(one.office, one.person) for one in world.roster.officers]
        posts += [(one.office, one.person) for one in world.roster.deputies]
        if any(office in around and world.roster.human(one) == human for office, one in posts):
            return licence
    raise ActRefused("no_such_licence", f"there is no licence `{ident}`", "look up its id")


def officer_for(act: Act, offices: Iterable[str], licence: Licence, world: World, now: datetime) -> str:
    """Return the office in which somebody acts on a licence today, on the clocks of its calendar. Raises ActRefused."""
    return office_held(
        act,
        offices,
        world.roster,
        today(world, licence.calendar, now),
        applicant=licence.applicant,
        acted=licence.acted,
        internal=licence.internal,
    )


def revoke(
    book: Book,
    act: Act,
    office: str,
    world: World,
    now: datetime,
    *,
    ground: str,
    for_applicant: str = "",
    for_file: str = "",
) -> None:
    """Write a revocation; the window for an appeal, where there is one, starts with it."""
    release_all(book, now, "revoked")
    licence = book.licence
    until = None
    if licence.appeal is not None:
        until = time_limits.due(calendar_of(world, licence.calendar), now, licence.appeal)
    book.write(
        LicenceRevoked(
            at=now,
            status="revoked",
            by=act.person,
            principal=act.principal,
            office=office,
            ended=now,
            ground=ground,
            appeal_until=until,
            for_applicant=book.text(for_applicant, "for_applicant"),
            for_file=book.text(for_file, "for_file"),
        ),
        {"for_applicant": for_applicant, "for_file": for_file},
        ("for_file",),
    )


def with_due(refused: ActRefused, due: tuple[Written, ...]) -> ActRefused:
    """Return a refusal that carries what had fallen due before the act and stands all the same."""
    refused.due = (*due, *refused.due)
    return refused


def calendar_of(world: World, ident: str) -> Calendar:
    """Return a calendar of the record. Raises ActRefused ``no_calendar``."""
    found = world.calendars.get(ident)
    if found is None:
        raise ActRefused(
            "no_calendar",
            f"the record has no calendar `{ident}`",
            "put it in force with `lastword calendar set`",
        )
    return found


def today(world: World, calendar: str, now: datetime) -> date:
    """Return the day that it is on the clocks of a calendar. Raises ActRefused ``no_calendar``."""
    return calendar_of(world, calendar).day(now)


def resting(licence: Licence) -> Literal["issued", "exhausted"]:
    """Return the status of a licence that nothing stops: exhausted if nothing is left, or its one act is done."""
    done = licence.break_glass and any(use.booked for use in licence.uses.values())
    return "exhausted" if licence.spent or done else "issued"


def _change(act: ChangeLicence, book: Book, world: World, now: datetime) -> None:
    licence = book.licence
    if act.to == "surrender":
        if not acts_for(act.person, world.roster, licence.applicant):
            raise ActRefused(
                "not_holder", "only the holder may surrender a licence", "an office may suspend or revoke it"
            )
        if licence.final:
            raise _final(licence)
        release_all(book, now, "surrendered")
        words = act.for_file or act.for_applicant
        book.write(
            LicenceSurrendered(at=now, status="surrendered", by=act.person, ended=now, text=book.text(words)),
            {"text": words},
        )
        return
    office = officer_for(act, licence.offices, licence, world, now)
    if licence.final:
        raise _final(licence)
    if act.to == "reinstate":
        _reinstate(act, office, book, world, now)
        return
    if act.to not in ("suspend", "revoke"):
        raise ActRefused(
            "unknown_change",
            f"`{act.to}` is no change of a licence",
            "write suspend, reinstate, revoke or surrender",
        )
    _check_ground(act, licence)
    if act.to == "revoke":
        revoke(
            book,
            act,
            office,
            world,
            now,
            ground=act.ground,
            for_applicant=act.for_applicant,
            for_file=act.for_file,
        )
        return
    if licence.status == "suspended":
        raise ActRefused("already", f"licence {licence.id} is suspended already", "nothing is left to do")
    book.write(
        LicenceSuspended(
            at=now,
            status="suspended",
            by=act.person,
            principal=act.principal,
            office=office,
            ground=act.ground,
            for_applicant=book.text(act.for_applicant, "for_applicant"),
            for_file=book.text(act.for_file, "for_file"),
        ),
        {"for_applicant": act.for_applicant, "for_file": act.for_file},
        ("for_file",),
    )


def _reinstate(act: ChangeLicence, office: str, book: Book, world: World, now: datetime) -> None:
    licence = book.licence
    if licence.status != "suspended":
        raise ActRefused(
            "not_suspended",
            f"licence {licence.id} is {licence.status}, not suspended",
            "nothing is left to do",
        )
    if licence.ended is not None or (licence.valid_until is not None and licence.valid_until <= now):
        raise ActRefused(
            "too_late", f"the time of licence {licence.id} is over", "a new licence has to be asked for"
        )
    hold = grants_held_by(licence, world.moratoria, now)
    if hold is not None:
        raise ActRefused(
            "held",
            f"the moratorium `{hold.id}` holds licences such as {licence.id}",
            "wait until it is lifted",
        )
    book.write(
        LicenceReinstated(
            at=now,
            status=resting(licence),
            by=act.person,
            principal=act.principal,
            office=office,
            for_applicant=book.text(act.for_applicant, "for_applicant"),
            for_file=book.text(act.for_file, "for_file"),
        ),
        {"for_applicant": act.for_applicant, "for_file": act.for_file},
        ("for_file",),
    )


def _check_ground(act: ChangeLicence, licence: Licence) -> None:
    """A licence is not taken away without a reason: a ground of its procedure, or words for the holder."""
    if not act.ground and not act.for_applicant:
        raise ActRefused(
            "no_ground",
            f"no reason is given to {act.to} the licence",
            "name a ground, or write for the applicant",
        )
    if act.ground and act.ground not in licence.grounds:
        known = ", ".join(f"`{code}`" for code in licence.grounds) or "none"
        raise ActRefused(
            "unknown_ground", f"`{act.ground}` is no ground of its procedure", f"its grounds are: {known}"
        )


def _lines(case: Case, clearance: Clearance, decision: Decision) -> dict[str, Line]:
    items: dict[str, Item] = {item.id: item for item in case.request.items}
    lines: dict[str, Line] = {}
    for one in decision.items:
        if one.outcome not in GRANTS:
            continue
        item = items.get(one.item)
        if item is None or one.item not in clearance.items:
            raise ActRefused(
                "unknown_item", f"`{one.item}` is no item of this clearance", "name one of its items"
            )
        quantity = item.quantity if one.quantity is None else one.quantity
        if not is_quantity(quantity):
            raise bad_quantity(one.item, quantity)
        if quantity > item.quantity:
            raise ActRefused(
                "widened",
                f"{quantity} {item.unit} of item `{one.item}` is more than was asked for, {item.quantity}",
                "a grant may narrow a request, not widen it",
            )
        lines[one.item] = Line(one.item, item.thing, item.unit, quantity)
    if not lines:
        raise ActRefused("nothing_granted", "no item is granted", "a licence needs at least one")
    return lines


def bad_quantity(item: str, quantity: Any) -> ActRefused:
    """Return the refusal of a quantity that cannot be booked."""
    return ActRefused(
        "bad_quantity",
        f"{quantity} is no quantity for item `{item}`",
        "write a number above 0 and below 10^15 with at most 12 decimals",
    )


def _provisos(clearance: Clearance, decision: Decision) -> tuple[Proviso, ...]:
    known = {one.id: one for one in clearance.provisos}
    missing = [ident for ident in decision.provisos if ident not in known]
    if missing:
        raise ActRefused(
            "unknown_proviso",
            f"the decision names a proviso `{missing[0]}` that nobody asked for",
            "ask for it",
        )
    return tuple(known[ident] for ident in decision.provisos)


def _offices(clearance: Clearance, decision: Decision) -> tuple[str, ...]:
    """Return the offices that voted for the decision and those with the last word, each once."""
    voted = [
        vote.office
        for vote in clearance.votes
        if vote.counts and vote.decision is not None and vote.decision.digest == decision.digest
    ]
    return tuple(dict.fromkeys([*voted, *clearance.procedure.last_word]))


def _final(licence: Licence) -> ActRefused:
    return ActRefused(
        "final",
        f"licence {licence.id} is {licence.status}, and that does not move any more",
        "a new licence has to be asked for",
    )

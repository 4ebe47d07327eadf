"""Using licences: quantities are reserved, confirmed, used, released, returned and reported, on several licences at once.

One use takes all the licences it needs or none. The ledger of each line is exact: available = granted - reserved - used,
never below zero. Before anything is set aside or used the answer of today is judged again (invariant 25): it must ask for no
consent that the licences of the use do not give, and nothing may forbid it. Missing facts stop a use only where no certain
consent covers the item: what was granted on the same missing facts stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from lastword.cases.acts import PassTime, UseLicences
from lastword.cases.assessment import Assessment
from lastword.cases.breakglass import stopped
from lastword.cases.case import Case
from lastword.cases.competence import acts_for
from lastword.cases.declaring import pass_moratoria
from lastword.cases.holding import uses_held_by
from lastword.cases.licence import EXACT, Licence, Line, Use, is_quantity
from lastword.cases.licenceevents import (
    LicenceBreached,
    LicenceConfirmed,
    LicenceExhausted,
    LicenceRejudged,
    LicenceReopened,
    LicenceReported,
    LicenceReserved,
    LicenceReturned,
    LicenceUsed,
)
from lastword.cases.licensing import (
    Book,
    bad_quantity,
    known_licence,
    pass_book,
    release,
    resting,
    today,
    with_due,
)
from lastword.cases.refusal import ActRefused
from lastword.cases.world import World, Written

KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
"""A key of a use. It is kept for ever, so that it must hold no words about persons."""
NONE: Final = Decimal(0)

Part = Mapping[str, Decimal]
"""Item -> quantity: what of an act falls on one licence."""


def use_licences(act: UseLicences, world: World, now: datetime) -> tuple[Written, ...]:
    """Draw on all licences of the act at once or on none, by the holder's people.

    - ``reserve``, ``use``: each licence must be live at ``now``, not held, and have the quantities available.
    - ``confirm``: the open reservation of this key becomes a use; with ``quantities`` only so much, and the rest is released.
    - ``release``: the open reservation of this key is given back.
    - ``return``: under the key of a use, what came back of it, once; without quantities all of it. Under a new key, what came
      back of anything used. It is available again, also on a licence that is over, where that opens nothing. Of a use
      that was a breach the excess comes back first.
    - ``report``: what happened, whatever the state of the licence; under the key of a reservation it takes its place.
      What was not available is booked as a breach.

    The same key with the same content is the same use: nothing is written a second time, and the state shows what became of
    it; ``expires`` is no content, the first one stands. Raises ActRefused: ``bad_key``, ``key_used``, ``no_such_licence``,
    ``not_holder``, ``other_case``, ``not_on_licence``, ``other_unit``, ``bad_quantity``, ``not_enough``, ``no_such_use``,
    ``not_reserved``, ``not_used``, ``whole_only``, ``bad_expiry``, ``other_scope``, ``one_act``, ``held``, ``final``,
    ``stale_answer``, ``answer_changed``, ``licence_missing``, ``not_granted``, ``not_settled``, ``no_calendar``,
    ``unknown_mode``, or the status of a licence that is not live.
    """
    if not KEY.fullmatch(act.key):
        raise ActRefused(
            "bad_key",
            f"`{act.key}` is no key of a use",
            "write 1 to 128 of letters, digits and . _ : / - beginning with a letter or digit",
        )
    if not act.licences or len(set(act.licences)) != len(act.licences):
        raise ActRefused("not_on_licence", "no licence is named, or one twice", "name each licence once")
    books = {ident: Book(_own(ident, act, world)) for ident in sorted(act.licences)}
    for book in books.values():
        pass_book(book, now)
    due = tuple(written for book in books.values() for written in book.written)
    try:
        _carry_out(act, books, world, now)
    except ActRefused as refused:
        raise with_due(refused, due) from None
    return tuple(written for book in books.values() for written in book.written)


def pass_licence(licence: Licence, now: datetime) -> tuple[Written, ...]:
    """Return what fell due on a licence by ``now``, in order."""
    book = Book(licence)
    pass_book(book, now)
    return tuple(book.written)


def pass_time(act: PassTime, world: World, now: datetime) -> tuple[Written, ...]:
    """Let what is due on ``act.licence`` happen; if it names neither licence nor case, on the moratoria.

    Raises ActRefused ``no_such_licence``.
    """
    if not act.licence and not act.case:
        return pass_moratoria(world.moratoria, now)
    licence = world.licences.get(act.licence)
    if licence is None:
        raise ActRefused("no_such_licence", f"there is no licence `{act.licence}`", "look up its id")
    return pass_licence(licence, now)


def licences_for(
    items: Iterable[str], case: Case, assessment: Assessment, licences: Mapping[str, Licence], now: datetime
) -> tuple[str, ...]:
    """Return the live licences of ``case`` that a use of ``items`` has to name, as far as there are any.

    Where a need has alternatives it is the first that is granted as a whole.
    """
    live = [one for one in licences.values() if one.case == case.id and one.live(now)]
    found: dict[str, None] = {}
    for item in items:
        for need in needs_of(assessment, item):
            groups = [_given(group, item, live, case) for group in need]
            for ident in next((group for group in groups if group is not None), ()):
                found[ident] = None
    return tuple(found)


def needs_of(assessment: Assessment, item: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Return the needs that speak of ``item``, each with its alternatives, reduced to the consents that speak of it.

    A consent that no need names is a need of its own; a key that is no consent of the answer is kept, so that it can never
    be met.
    """
    consents = {one.key: one for one in assessment.consents}
    found = []
    for need in assessment.needs:
        groups = [
            tuple(key for key in group if key not in consents or item in consents[key].items)
            for group in need
        ]
        # an alternative without a consent for this item speaks of other items only
        groups = [group for group in groups if any(key in consents for key in group)]
        if groups:
            found.append(tuple(groups))
    named = {key for need in assessment.needs for group in need for key in group}
    found += [((one.key,),) for one in assessment.consents if one.key not in named and item in one.items]
    return tuple(found)


def _own(ident: str, act: UseLicences, world: World) -> Licence:
    licence = known_licence(ident, act.person, world)
    if not acts_for(act.person, world.roster, licence.applicant):
        raise ActRefused(
            "not_holder",
            f"`{act.person}` does not act for the holder of {ident}",
            "only its holder may use it",
        )
    if act.principal:
        raise ActRefused("not_holder", "a licence is used in one's own name", "leave the principal out")
    return licence


def _carry_out(act: UseLicences, books: Mapping[str, Book], world: World, now: datetime) -> None:
    states = [book.licence for book in books.values()]
    if len({(one.case, one.applicant) for one in states}) > 1:
        raise ActRefused(
            "other_case", "the licences belong to different cases", "use the licences of one case at a time"
        )
    parts = _parts(act, states)
    match act.mode:
        case "reserve" | "use":
            if not _repeated(act, books, parts):
                _draw(act, books, parts, world, now)
        case "confirm":
            _confirm(act, books, parts, world, now)
        case "release":
            if act.quantities and any(
                use.quantities != parts[book.licence.id] for book, use in _known(act, books)
            ):
                raise ActRefused(
                    "whole_only",
                    "a reservation is released as a whole",
                    "leave the quantities out, or confirm a part",
                )
            for book, use in _known(act, books):
                if use.state == "released" and not use.booked:
                    continue
                if use.state != "reserved":
                    raise ActRefused(
                        "not_reserved",
                        f"`{act.key}` is no open reservation any more",
                        "book what came back as a return",
                    )
                release(book, use, now, "released")
        case "return":
            _return(act, books, parts, now)
        case "report":
            _report(act, books, parts, now)
        case _:
            raise ActRefused(
                "unknown_mode",
                f"`{act.mode}` is no way to use a licence",
                "write reserve, confirm, use, release, return or report",
            )


def _parts(act: UseLicences, licences: Iterable[Licence]) -> dict[str, Part]:
    """Return what of the act falls on each licence, checked: known items, the unit of each line, quantities that can be."""
    licences = tuple(licences)
    for item, (quantity, unit) in act.quantities.items():
        lines = [one.lines[item] for one in licences if item in one.lines]
        if not lines:
            raise ActRefused(
                "not_on_licence",
                f"item `{item}` stands on none of the licences named",
                "they have " + ", ".join(sorted({f"`{known}`" for one in licences for known in one.lines})),
            )
        for line in lines:
            if unit != line.unit:
                raise ActRefused(
                    "other_unit",
                    f"item `{item}` is licensed in `{line.unit}`, not in `{unit}`",
                    f"write it in `{line.unit}`; nothing is converted",
                )
        if not is_quantity(quantity):
            raise bad_quantity(item, quantity)
    return {
        one.id: {item: quantity for item, (quantity, _) in act.quantities.items() if item in one.lines}
        for one in licences
    }


def _check_shares(parts: Mapping[str, Part]) -> None:
    """Raise ActRefused if an act names a licence of which it says nothing."""
    empty = next((ident for ident, part in parts.items() if not part), None)
    if empty is not None:
        raise ActRefused(
            "not_on_licence",
            f"nothing of what is stated falls on licence {empty}",
            "name its items with their quantities",
        )


def _key_used(act: UseLicences) -> ActRefused:
    return ActRefused(
        "key_used",
        f"the key `{act.key}` stands for something else already",
        "give each use a key of its own; to repeat one, repeat all of it",
    )


def _uses(act: UseLicences, books: Mapping[str, Book]) -> list[tuple[Book, Use]] | None:
    """Return the use of this key on each licence, None if it is new. Raises ActRefused if it was made on other licences."""
    known = [(book, book.licence.uses.get(act.key)) for book in books.values()]
    found = [(book, use) for book, use in known if use is not None]
    if not found:
        return None
    if len(found) != len(known) or any(use.licences != tuple(books) for _, use in found):
        raise _key_used(act)
    return found


def _known(act: UseLicences, books: Mapping[str, Book]) -> list[tuple[Book, Use]]:
    found = _uses(act, books)
    if found is None:
        raise ActRefused(
            "no_such_use", f"there is no use `{act.key}` on these licences", "reserve or use first"
        )
    return found


def _repeated(act: UseLicences, books: Mapping[str, Book], parts: Mapping[str, Part]) -> bool:
    """Say whether this was done before. Raises ActRefused if the key was used for something else."""
    found = _uses(act, books)
    if found is None:
        return False
    if any(use.mode != act.mode or use.quantities != parts[book.licence.id] for book, use in found):
        raise _key_used(act)
    return True


def _draw(
    act: UseLicences, books: Mapping[str, Book], parts: Mapping[str, Part], world: World, now: datetime
) -> None:
    _check_shares(parts)
    if act.mode == "reserve" and (act.expires is None or act.expires.tzinfo is None or act.expires <= now):
        raise ActRefused(
            "bad_expiry", "a reservation needs an instant, later than now, at which it expires", "name one"
        )
    for book in books.values():
        _check_live(book.licence, parts[book.licence.id], act, world, now)
    _judge(act, books, parts, world, now)
    for book in books.values():
        licence, part = book.licence, parts[book.licence.id]
        for item, quantity in part.items():
            line = licence.lines[item]
            if quantity > line.available:
                raise ActRefused(
                    "not_enough",
                    f"{quantity} {line.unit} of item `{item}` is more than licence {licence.id} has left, {line.available}",
                    "use no more than is available",
                )
        use = Use(
            act.key,
            dict(part),
            "reserved",
            now,
            act.person,
            mode=act.mode,
            licences=tuple(books),
            status=licence.status,
            text=book.text(act.text),
        )
        words = {"text": act.text}
        if act.mode == "reserve":
            ends = [at for at in (act.expires, licence.valid_until) if at is not None]
            lines = {item: _add(licence.lines[item], reserved=quantity) for item, quantity in part.items()}
            book.write(
                LicenceReserved(at=now, use=replace(use, expires=min(ends).astimezone(UTC)), lines=lines),
                words,
            )
        else:
            lines = {item: _add(licence.lines[item], used=quantity) for item, quantity in part.items()}
            book.write(
                LicenceUsed(at=now, use=replace(use, state="confirmed", booked=dict(part)), lines=lines),
                words,
            )
            _settle_status(book, now)


def _confirm(
    act: UseLicences, books: Mapping[str, Book], parts: Mapping[str, Part], world: World, now: datetime
) -> None:
    found = _known(act, books)
    wanted = {
        book.licence.id: parts[book.licence.id] if act.quantities else use.quantities for book, use in found
    }
    if any(use.booked for _, use in found):
        if any(
            use.mode != "reserve" or use.over or use.booked != wanted[book.licence.id] for book, use in found
        ):
            raise _key_used(act)
        return
    for book, _ in found:
        _check_live(book.licence, wanted[book.licence.id], act, world, now)
    if any(use.state != "reserved" for _, use in found):
        raise ActRefused(
            "not_reserved", f"the reservation `{act.key}` is over", "reserve again under a key of its own"
        )
    for book, use in found:
        for item, quantity in wanted[book.licence.id].items():
            held = use.quantities.get(item, NONE)
            if quantity > held:
                raise ActRefused(
                    "not_enough",
                    f"{quantity} of item `{item}` is more than was reserved under `{act.key}`, {held}",
                    "confirm no more than was reserved",
                )
    _judge(act, books, wanted, world, now)
    for book, use in found:
        part = wanted[book.licence.id]
        if not part:
            release(book, use, now, "released")
            continue
        lines = {
            item: _add(book.licence.lines[item], reserved=-quantity, used=part.get(item, NONE))
            for item, quantity in use.quantities.items()
        }
        after = replace(
            use,
            state="confirmed",
            at=now,
            person=act.person,
            expires=None,
            booked=dict(part),
            status=book.licence.status,
            text=book.text(act.text) or use.text,
        )
        book.write(LicenceConfirmed(at=now, use=after, lines=lines), {"text": act.text})
        _settle_status(book, now)


def _return(act: UseLicences, books: Mapping[str, Book], parts: Mapping[str, Part], now: datetime) -> None:
    found = _uses(act, books)
    if found is None:
        _return_anything(act, books, parts, now)
        return
    if any(use.mode == "return" for _, use in found):
        _repeated(act, books, parts)
        return
    if not any(use.booked or use.over for _, use in found):
        raise ActRefused("not_used", f"nothing was used under `{act.key}`", "release a reservation instead")
    wanted = {
        book.licence.id: parts[book.licence.id] if act.quantities else _went(use) for book, use in found
    }
    if any(use.returned for _, use in found):
        if any(use.returned != wanted[book.licence.id] for book, use in found):
            raise _key_used(act)
        return
    for book, use in found:
        back, went = wanted[book.licence.id], _went(use)
        for item, quantity in back.items():
            if quantity > went.get(item, NONE):
                raise _too_much_back(act, item, quantity, went.get(item, NONE))
        lines, healed = _back(act, book.licence, back)
        if lines:
            after = replace(
                use,
                state="returned",
                returned=dict(back),
                healed=healed,
                text=book.text(act.text) or use.text,
            )
            book.write(LicenceReturned(at=now, use=after, lines=lines), {"text": act.text})
            _settle_status(book, now)


def _back(
    act: UseLicences, licence: Licence, back: Mapping[str, Decimal]
) -> tuple[dict[str, Line], dict[str, Decimal]]:
    """Return the lines after quantities came back, and what of these heals a breach.

    Whatever went beyond the licence comes back first, under whichever key: as long as some of it is out, nothing that comes back
    gives anything to use again.
    """
    lines, healed = {}, {}
    for item, quantity in back.items():
        line = licence.lines[item]
        heals = min(quantity, licence.outside(item))
        credit = EXACT.subtract(quantity, heals)
        if credit > line.used:
            raise _too_much_back(act, item, quantity, EXACT.add(line.used, heals))
        if heals:
            healed[item] = heals
        lines[item] = _add(line, used=-credit)
    return lines, healed


def _return_anything(
    act: UseLicences, books: Mapping[str, Book], parts: Mapping[str, Part], now: datetime
) -> None:
    _check_shares(parts)
    for book in books.values():
        licence, part = book.licence, parts[book.licence.id]
        lines, healed = _back(act, licence, part)
        use = Use(
            act.key,
            dict(part),
            "returned",
            now,
            act.person,
            returned=dict(part),
            mode="return",
            licences=tuple(books),
            status=licence.status,
            text=book.text(act.text),
            healed=healed,
        )
        book.write(LicenceReturned(at=now, use=use, lines=lines), {"text": act.text})
        _settle_status(book, now)


def _report(act: UseLicences, books: Mapping[str, Book], parts: Mapping[str, Part], now: datetime) -> None:
    _check_shares(parts)
    found = _uses(act, books)
    if found is not None and any(use.booked or use.over or use.state == "returned" for _, use in found):
        if any(_went(use) != parts[book.licence.id] for book, use in found):
            raise _key_used(act)
        return
    for book in books.values():
        licence, part = book.licence, parts[book.licence.id]
        before = licence.uses.get(act.key)
        lines: dict[str, Line] = {}
        if before is not None and before.state == "reserved":
            # what was reserved is what happened, so that its quantities are free for the report first
            for item, quantity in before.quantities.items():
                lines[item] = _add(licence.lines[item], reserved=-quantity)
        booked, over = {}, {}
        for item, quantity in part.items():
            line = lines.get(item, licence.lines[item])
            within = min(quantity, line.available)
            if within:
                booked[item] = within
            if quantity > within:
                over[item] = EXACT.subtract(quantity, within)
            lines[item] = _add(line, used=within, over=over.get(item, NONE))
        use = before or Use(
            act.key, dict(part), "reserved", now, act.person, mode="report", licences=tuple(books)
        )
        use = replace(
            use,
            state="breach" if over else "confirmed",
            at=now,
            person=act.person,
            expires=None,
            booked=booked,
            over=over,
            status=licence.status,
            text=book.text(act.text) or use.text,
        )
        event = LicenceBreached if over else LicenceReported
        book.write(event(at=now, use=use, lines=lines), {"text": act.text})
        _settle_status(book, now)


def _check_live(licence: Licence, part: Part, act: UseLicences, world: World, now: datetime) -> None:
    """Raise ActRefused unless the licence may be drawn on at ``now`` for what is about to happen."""
    if licence.status != "issued":
        raise ActRefused(
            licence.status,
            f"licence {licence.id} is {licence.status}",
            "what happened all the same can be reported",
        )
    if not licence.live(now):
        raise ActRefused("expired", f"the time of licence {licence.id} is over", "ask for a new licence")
    # an approval is no bearer ticket: what is said of the use must be what was granted (invariant 26)
    granted = {
        "act": licence.act,
        "from": licence.from_,
        "to": licence.to,
        "end_use": licence.end_use,
        "request": licence.request,
        **licence.parties,
    }
    for name, said in act.scope.items():
        if name not in granted:
            raise ActRefused(
                "other_scope",
                f"`{name}` is no part of a licence's scope",
                "its parts are " + ", ".join(granted),
            )
        if said != granted[name]:
            raise ActRefused(
                "other_scope",
                f"licence {licence.id} is for another `{name}` than `{said}`",
                "use it for what was granted, or ask for a new licence",
            )
    if licence.break_glass:
        why = stopped(licence, world.case)
        if why:
            raise ActRefused(
                "final", f"licence {licence.id} by break-glass is over: {why}", "ask for a decision"
            )
        others = [use for key, use in licence.uses.items() if key != act.key and use.mode != "return"]
        if any(use.state == "reserved" or use.booked for use in others):
            raise ActRefused(
                "one_act",
                f"licence {licence.id} by break-glass is for one act, and that was done or is reserved",
                "wait for the decision",
            )
    hold = uses_held_by(licence, part, world.moratoria, now)
    if hold is not None:
        raise ActRefused(
            "held",
            f"the moratorium `{hold.id}` holds uses of licence {licence.id}",
            "wait until it is lifted",
        )


def _judge(
    act: UseLicences, books: Mapping[str, Book], parts: Mapping[str, Part], world: World, now: datetime
) -> None:
    """Judge the use on the answer of today; write that a stale licence was judged again. Raises ActRefused."""
    licences = [book.licence for book in books.values()]
    answer = world.assessment
    case = world.case if world.case is not None and world.case.id == licences[0].case else None
    days = {today(world, one.calendar, now) for one in licences}
    if case is not None:
        # one answer serves the authorities of a case in several zones
        places = {one.procedure.calendar for one in case.clearances.values()}
        days |= {world.calendars[place].day(now) for place in places if place in world.calendars}
    if world.unanswerable:
        raise ActRefused(
            "erased",
            "fields of the request were erased, so that the use cannot be judged",
            "what happened all the same can be reported",
        )
    if answer is None or (answer.facts, answer.rules) != (world.facts, world.rules) or answer.day not in days:
        raise ActRefused(
            "stale_answer", "the answer is not of today's facts and rules", "ask again, then repeat the use"
        )
    items = dict.fromkeys(item for part in parts.values() for item in part)
    outcomes = {item: answer.outcomes.get(item, "") for item in items}
    # a prohibition stops the items whose outcome it is, and every item where no outcome shows whose it is
    if answer.prohibitions and (
        "prohibited" in outcomes.values() or "prohibited" not in answer.outcomes.values()
    ):
        raise ActRefused(
            "answer_changed",
            "it is forbidden now, and nobody here can lift that",  # by a rule that the holder may not see, perhaps
            "what was granted before cannot be used while it does",
        )
    for item, outcome in outcomes.items():
        needs = needs_of(answer, item)
        for need in needs:
            if not any(_given(group, item, licences, case) is not None for group in need):
                raise _missing(item, need, licences, case, world, now)
        lifted = any(
            one.lifts and item in one.items and _given((one.key,), item, licences, None) is not None
            for one in answer.consents
        )
        if outcome in ("free", "pending") or (outcome in ("consent", "unknown") and needs):
            continue
        if outcome == "prohibited" and lifted:
            continue
        code, what = {
            "unknown": (
                "not_settled",
                f"what item `{item}` needs is unknown, and no certain consent covers it",
            ),
            "prohibited": ("answer_changed", f"item `{item}` is prohibited now"),
        }.get(outcome, ("answer_changed", f"the answer of today does not say what item `{item}` needs"))
        raise ActRefused(code, what, "settle the open questions, or amend by a new case")
    for book in books.values():
        if book.licence.stale(answer.facts, answer.rules):
            book.write(LicenceRejudged(now, answer.facts, answer.rules))


def _given(
    group: Iterable[str], item: str, licences: Iterable[Licence], case: Case | None
) -> tuple[str, ...] | None:
    """Return the licences that give a whole group of consents for ``item``, None if one of them is missing.

    A consent that an officer found not required for the item needs no licence.
    """
    found: list[str] = []
    licences = tuple(licences)
    for key in group:
        if _not_required(key, item, case):
            continue
        ident = next((one.id for one in licences if one.clearance == key and item in one.lines), None)
        if ident is None:
            return None
        found.append(ident)
    return tuple(found)


def _not_required(key: str, item: str, case: Case | None) -> bool:
    clearance = case.clearances.get(key) if case is not None else None
    outcome = clearance.outcome if clearance is not None else None
    return outcome is not None and any(
        one.item == item and one.outcome == "not_required" for one in outcome.decision.items
    )


def _missing(
    item: str,
    need: tuple[tuple[str, ...], ...],
    licences: Iterable[Licence],
    case: Case | None,
    world: World,
    now: datetime,
) -> ActRefused:
    """Return the refusal of a use that lacks a consent: there is a licence, it is not live, not granted yet, or it is new."""
    licences = tuple(licences)
    lacking = min(
        ([key for key in group if _given((key,), item, licences, case) is None] for group in need), key=len
    )
    key = lacking[0]
    others = [
        one
        for one in world.licences.values()
        if one.case == licences[0].case and one.clearance == key and item in one.lines
    ]
    for one in others:
        if one.live(now):
            return ActRefused(
                "licence_missing",
                f"item `{item}` needs the licence {one.id} for `{key}` as well",
                "name all licences that the use needs: it takes all or none",
            )
    if others:
        return ActRefused(
            "licence_missing",
            f"item `{item}` needs `{key}` as well, and its licence {others[-1].id} is {others[-1].status}",
            "a licence that is not live gives nothing",
        )
    if case is not None and key in case.clearances:
        return ActRefused(
            "not_granted", f"item `{item}` needs `{key}`, which is not granted", "wait for the decision"
        )
    return ActRefused(
        "answer_changed",
        f"item `{item}` now needs the consent `{key}`, for which there is no licence",
        "the case has to be asked again",
    )


def _settle_status(book: Book, now: datetime) -> None:
    """Write that a licence is exhausted now, or no longer."""
    licence = book.licence
    status = resting(licence)
    if licence.status == "issued" and status == "exhausted":
        book.write(LicenceExhausted(at=now, status="exhausted"))
    elif licence.status == "exhausted" and status == "issued":
        book.write(LicenceReopened(at=now, status="issued"))


def _went(use: Use) -> dict[str, Decimal]:
    """Return what went out under a use, whether it was available or a breach."""
    items = {**use.booked, **use.over}
    return {item: EXACT.add(use.booked.get(item, NONE), use.over.get(item, NONE)) for item in items}


def _too_much_back(act: UseLicences, item: str, quantity: Decimal, went: Decimal) -> ActRefused:
    return ActRefused(
        "not_used",
        f"{quantity} of item `{item}` cannot come back under `{act.key}`: {went} went out",
        "return no more than was used; report first what was not booked yet",
    )


def _add(line: Line, *, reserved: Decimal = NONE, used: Decimal = NONE, over: Decimal = NONE) -> Line:
    return replace(
        line,
        reserved=EXACT.add(line.reserved, reserved),
        used=EXACT.add(line.used, used),
        over=EXACT.add(line.over, over),
    )

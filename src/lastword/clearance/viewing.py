"""What a reader sees of cases and licences: the same object for the command line, JSON and pages. Looking changes nothing.

A case is shown as it stands at the instant of looking: what has fallen due by then counts, though nobody has written it yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lastword.cases.blocks import NextUp, Requirement, blocks, next_up
from lastword.cases.case import Case, Clearance, Due, TextAt
from lastword.cases.licence import Licence
from lastword.cases.needs import verdict
from lastword.cases.reading import Reader, is_officer, may_read, texts_seen, visible
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Request
from lastword.cases.roster import Roster
from lastword.cases.timing import pass_time
from lastword.cases.using import pass_licence
from lastword.cases.world import World
from lastword.clearance.listing import listed_under
from lastword.clearance.seeing import may_read_licence, reader_of, seen_licence
from lastword.clearance.timeline import sentence
from lastword.record.disclosure import KEPT
from lastword.store.parting import widest
from lastword.store.reading import Erased
from lastword.store.streams import stream_kind

if TYPE_CHECKING:
    from lastword.clearance.desk import Desk
    from lastword.store.reading import ReadEntry

MOST: Final = 100
_PAGE: Final = 256
_TURNS: Final = ("waiting", "overdue", "objected", "split", "pending_countersign", "cannot_be_filled")
_DECIDING: Final = ("decide", "countersign")
Roles = Mapping[tuple[str, str, str], str]
"""(clearance, stage, seat) -> procedure.Role."""
_MOST_COMPARED: Final = 1000
_CONTENT: Final = ("act", "from_", "to", "end_use", "items", "preliminary")
"""What makes two requests ask for the same."""
_OPEN_TO: Final = ("applicant", "public")


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the timeline. ``index``: in the log; ``at``: when it happened, which may be before it was written.

    ``texts``: name -> words, or None for words that were erased.
    """

    no: int
    index: int
    at: datetime
    kind: str
    said: str
    texts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case as ``reader`` may see it at ``now``.

    ``officer``: the reader sits on the side of the offices. ``verdict``: as needs.verdict. ``fields``: of the request in force,
    with their values, None for one that was erased. ``words``: (entry, name) -> words, of those the reader may see.
    ``titles``: of offices; ``roles``: of seats. ``names``: of persons, for officers alone.
    ``due``: something fell due that nobody wrote down yet.
    """

    case: Case
    reader: Reader
    officer: bool
    now: datetime
    verdict: str
    requirements: tuple[Requirement, ...]
    next: tuple[NextUp, ...]
    fields: Mapping[str, Any]
    words: Mapping[tuple[int, str], str | None]
    timeline: tuple[Happened, ...]
    licences: tuple[Licence, ...]
    zones: Mapping[str, str]
    titles: Mapping[str, Mapping[str, str]]
    roles: Roles
    names: Mapping[str, str]
    due: bool = False

    def text(self, at: TextAt | None) -> str | None:
        """Return words that stand in an entry of the case; "" if there are none or they are not for the reader."""
        return self.words.get((at.no, at.name), "") if at is not None else ""

    def zone(self, clearance: str) -> str:
        """Return the time zone in which a clearance is worked on."""
        one = self.case.clearances.get(clearance)
        return self.zones.get(one.procedure.calendar, "UTC") if one is not None else "UTC"

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        case = self.case
        return {
            "case": case.id,
            "status": case.status,
            "verdict": self.verdict,
            "filed": instant_text(case.filed),
            "applicant": case.applicant,
            "round": case.round,
            "at": instant_text(self.now),
            "settled": case.assessment.settled,
            "outcomes": dict(case.assessment.outcomes),
            "blocks": [_plain(one) for one in self.requirements if one.blocks],
            "requirements": [_plain(one) for one in self.requirements],
            "next": [_plain(one) for one in self.next],
            "request": dict(self.fields),
            "request_digest": case.request.digest,
            "clearances": [self._clearance(one) for one in case.clearances.values()],
            "queries": [
                {
                    "id": one.id,
                    "clearance": one.clearance,
                    "office": one.office,
                    "at": instant_text(one.at),
                    "text": self.text(one.text),
                    "replied": instant_text(one.replied),
                    "reply": self.text(one.reply),
                    "overdue": one.overdue,
                }
                for one in case.queries
            ],
            "stops": [_plain(one) for one in case.stops],
            "licences": [one.id for one in self.licences],
            "timeline": [
                {
                    "no": one.no,
                    "entry": one.index,
                    "at": instant_text(one.at),
                    "kind": one.kind,
                    "said": one.said,
                    "texts": dict(one.texts),
                }
                for one in self.timeline
            ],
        }

    def _clearance(self, one: Clearance) -> dict[str, Any]:
        pending = one.pending
        return {
            "key": one.key,
            "authority": one.authority,
            "status": one.status,
            "stage": one.stage,
            "items": list(one.items),
            "rules": list(one.rules),
            "procedure": one.procedure.id,
            "reported": one.procedure.reported,
            "last_word": list(one.procedure.last_word),
            "opened": instant_text(one.opened),
            "provisos": [
                {"id": each.id, "owner": each.owner, "text": self.text(each.text), "dropped": each.dropped}
                for each in one.provisos
            ],
            "votes": [
                {
                    "no": each.no,
                    "seat": each.seat,
                    "office": each.office,
                    "person": each.person,
                    "principal": each.principal,
                    "round": each.round,
                    "verdict": each.decision.outcome if each.decision is not None else each.verdict,
                    "decision": each.decision.digest if each.decision is not None else None,
                    "at": instant_text(each.at),
                    "counts": each.counts,
                    "why_not": each.why_not,
                    "carried": each.carried,
                    "text": self.text(each.text),
                }
                for each in one.votes
            ],
            "pending": self._decision(pending) if pending is not None else None,
            "outcomes": [
                {
                    **self._decision(each.decision),
                    "at": instant_text(each.at),
                    "by": each.by,
                    "on_appeal": each.on_appeal,
                    "superseded": each.superseded,
                    "licence": each.licence,
                }
                for each in one.outcomes
            ],
            "appeals": [
                {
                    "id": each.id,
                    "against": each.against,
                    "at": instant_text(each.at),
                    "state": each.state,
                    "text": self.text(each.text),
                }
                for each in one.appeals
            ],
            "dues": [
                {
                    "kind": each.kind,
                    "about": each.about,
                    "at": instant_text(each.at),
                    "started": instant_text(each.started),
                    "held": each.held,
                }
                for each in one.dues
            ],
        }

    def _decision(self, decision: Any) -> dict[str, Any]:
        return {
            "outcome": decision.outcome,
            "items": [
                {
                    "item": each.item,
                    "outcome": each.outcome,
                    "quantity": str(each.quantity) if each.quantity is not None else None,
                }
                for each in decision.items
            ],
            "grounds": list(decision.grounds),
            "provisos": list(decision.provisos),
            "digest": decision.digest,
            "for_applicant": self.text(decision.for_applicant),
            "for_file": self.text(decision.for_file),
        }


@dataclass(frozen=True, slots=True)
class LicencePage:
    """A licence as a reader may see it. ``stale``: rules or facts are newer than it was last judged on; a use judges it first."""

    licence: Licence
    now: datetime
    zone: str
    stale: bool
    provisos: Mapping[str, str | None]
    timeline: tuple[Happened, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data; quantities as text, exactly."""
        one = self.licence
        return {
            "licence": one.id,
            "case": one.case,
            "clearance": one.clearance,
            "authority": one.authority,
            "status": one.status,
            "holder": one.applicant,
            "issued": instant_text(one.issued),
            "valid_until": instant_text(one.valid_until),
            "on_appeal": one.on_appeal,
            "break_glass": one.break_glass,
            "review_due": instant_text(one.review_due),
            "reviewed": one.reviewed,
            "suspended_for": one.suspended_for,
            "stale": self.stale,
            "act": one.act,
            "from": one.from_,
            "to": one.to,
            "end_use": one.end_use,
            "lines": [
                {
                    "item": line.item,
                    "thing": line.thing,
                    "unit": line.unit,
                    "granted": f"{line.granted:f}",
                    "reserved": f"{line.reserved:f}",
                    "used": f"{line.used:f}",
                    "available": f"{line.available:f}",
                    "over": f"{line.over:f}",
                }
                for line in one.lines.values()
            ],
            "provisos": [
                {
                    "id": each.id,
                    "owner": each.owner,
                    "text": self.provisos.get(each.id, ""),
                    "dropped": each.dropped,
                }
                for each in one.provisos
            ],
            "uses": [
                {
                    "key": use.key,
                    "state": use.state,
                    "mode": use.mode,
                    "at": instant_text(use.at),
                    "expires": instant_text(use.expires),
                    "quantities": {item: f"{quantity:f}" for item, quantity in use.quantities.items()},
                    "over": {item: f"{quantity:f}" for item, quantity in use.over.items()},
                }
                for use in one.uses.values()
            ],
            "timeline": [
                {"entry": each.index, "at": instant_text(each.at), "kind": each.kind, "said": each.said}
                for each in self.timeline
            ],
        }


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of cases. ``waits``: what it waits for, soonest first; ``mine``: those that the reader can do.

    ``zones``: of its clearances; ``roles``: of its seats.
    """

    id: str
    status: str
    verdict: str
    applicant: str
    filed: datetime
    to: str
    things: tuple[str, ...]
    waits: tuple[Requirement, ...]
    mine: tuple[Requirement, ...]
    roles: Roles
    zones: Mapping[str, str]

    def zone(self, clearance: str) -> str:
        """Return the time zone in which a clearance is worked on."""
        return self.zones.get(clearance, "UTC")

    @property
    def by(self) -> datetime | None:
        """Return when the first of what is waited for is due: of the reader's own, if there is any."""
        return next((one.by for one in self.mine or self.waits if one.by is not None), None)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "case": self.id,
            "status": self.status,
            "verdict": self.verdict,
            "applicant": self.applicant,
            "filed": instant_text(self.filed),
            "to": self.to,
            "things": list(self.things),
            "by": instant_text(self.by),
            "mine": [_plain(one) for one in self.mine],
            "waits": [_plain(one) for one in self.waits],
        }


def case_page(desk: Desk, ident: str, person: str, *, timeline: bool = True) -> CasePage:
    """Return a case as ``person`` may see it. Raises ActRefused ``no_such_case``, alike for a hidden one and for none."""
    now = desk.now()
    world = desk.world(case=ident)
    reader = reader_of(person, world.roster, now)
    visible(world.case, ident, reader)
    assert world.case is not None
    case, passed = as_of(world.case, world, now)
    seen = visible(case, ident, reader)
    officer = is_officer(case, reader)
    entries = desk.store.entries(f"case/{ident}", most=100_000)
    words = _words(entries, seen, officer=officer)
    licences = tuple(
        _licence_as_of(one, now) for one in world.licences.values() if may_read_licence(one, case, reader)
    )
    return CasePage(
        case=seen,
        reader=reader,
        officer=officer,
        now=now,
        verdict=verdict(case),
        requirements=blocks(world.case, world, now, licences=world.licences, reader=reader),
        next=next_up(case, now),
        fields=_fields(entries),
        words=words,
        timeline=_timeline(entries, words, officer=officer) if timeline else (),
        licences=licences,
        zones={name: calendar.zone for name, calendar in world.calendars.items()},
        titles={ident: office.title for ident, office in world.roster.offices.items()},
        roles=roles_of(case),
        names=_names(desk, world.roster, case) if officer else {},
        due=passed,
    )


def licence_page(desk: Desk, ident: str, person: str) -> LicencePage:
    """Return a licence as ``person`` may see it. Raises ActRefused ``no_such_licence``, alike for a hidden one and for none."""
    now = desk.now()
    found = desk.store.state(f"licence/{ident}")
    world = desk.world(case=found.case if isinstance(found, Licence) else "", licences=(ident,))
    reader = reader_of(person, world.roster, now)
    licence = _licence_as_of(seen_licence(ident, world, reader), now)
    officer = world.case is not None and is_officer(world.case, reader)
    provisos: dict[str, str | None] = {}
    for one in licence.provisos:
        told = desk.store.text(f"case/{licence.case}", one.text.no, one.text.name)
        provisos[one.id] = None if isinstance(told, Erased) else str(told or "")
    calendar = world.calendars.get(licence.calendar)
    entries = desk.store.entries(f"licence/{ident}", most=100_000)
    return LicencePage(
        licence=licence,
        now=now,
        zone=calendar.zone if calendar is not None else "UTC",
        stale=not licence.final and (licence.facts, licence.rules) != (world.facts, world.rules),
        provisos=provisos,
        timeline=_timeline(entries, {}, officer=officer),
    )


def case_list(
    desk: Desk,
    person: str,
    *,
    status: str = "",
    office: str = "",
    applicant: str = "",
    after: str = "",
    most: int = MOST,
) -> tuple[Listed, ...]:
    """Return up to ``most`` cases that ``person`` may see, by number, those after the number ``after``."""
    found: list[Listed] = []
    world, now = desk.world(), desk.now()
    reader = reader_of(person, world.roster, now)
    wanted = [
        f"{kind}:{name}"
        for kind, name in (("status", status), ("office", office), ("applicant", applicant))
        if name
    ]
    for case in _cases(desk, reader, after, wanted):
        found.append(_listed(case, world, now, reader))
        if len(found) == most:
            break
    return tuple(found)


def inbox(desk: Desk, person: str, *, most: int = MOST) -> tuple[Listed, ...]:
    """Return up to ``most`` cases that wait for ``person``, as officer or for an answer: what is due first first."""
    world, now = desk.world(), desk.now()
    reader = reader_of(person, world.roster, now)
    streams: dict[str, None] = {}
    for name in (*reader.offices, *reader.organisations):
        after = ""
        while True:
            batch = desk.store.listed(f"turn:{name}", after=after, most=_PAGE)
            streams |= dict.fromkeys(batch)
            if len(batch) < _PAGE:
                break
            after = batch[-1]
    found = []
    for stream in streams:
        case = desk.store.state(stream)
        if isinstance(case, Case) and may_read(case, reader):
            one = _listed(case, world, now, reader)
            if one.mine:
                found.append(one)
    return tuple(sorted(found, key=lambda one: (one.by is None, one.by or now, one.filed, one.id))[:most])


def _listed(case: Case, world: World, now: datetime, reader: Reader) -> Listed:
    requirements = blocks(case, replace(world, case=case), now, reader=reader)
    waits = waited_for(requirements)
    applies = reader.is_of(case.applicant)
    sits = is_officer(case, reader)
    mine = tuple(
        one
        for one in waits
        if (applies if one.state == "open_query" else sits and set(one.offices) & set(reader.offices))
    )
    standing, _passed = as_of(case, world, now)
    return Listed(
        case.id,
        standing.status,
        verdict(standing),
        case.applicant,
        case.filed,
        case.request.to,
        tuple(item.thing for item in case.request.items),
        waits,
        mine,
        roles_of(case),
        {
            key: calendar.zone
            for key, one in case.clearances.items()
            if (calendar := world.calendars.get(one.procedure.calendar)) is not None
        },
    )


def roles_of(case: Case) -> dict[tuple[str, str, str], str]:
    """Return what each seat of a case does."""
    return {
        (key, stage.id, seat.id): seat.role
        for key, one in case.clearances.items()
        for stage in one.procedure.stages
        for seat in stage.seats
    }


def waited_for(requirements: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """Return what is waited for, soonest first: answers of the applicant, then seats. While an answer is due nobody decides."""
    asked = {one.clearance for one in requirements if one.state == "open_query"}
    found = [
        one
        for one in requirements
        if one.state == "open_query"
        or (
            one.seat
            and one.state in _TURNS
            and not (one.clearance in asked and one.acts and one.acts[0].act in _DECIDING)
        )
    ]
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.state != "open_query",
                one.by is None,
                one.by.timestamp() if one.by else 0.0,
            ),
        )
    )


def readable_cases(desk: Desk, person: str) -> Iterator[Case]:
    """Yield every case that ``person`` may see, by number."""
    reader = reader_of(person, desk.roster(), desk.now())
    yield from _cases(desk, reader)


def alike(desk: Desk, request: Request, person: str) -> tuple[str, ...]:
    """Return the open cases of the applicant, as far as ``person`` may see them, that ask for the same once more."""
    reader = reader_of(person, desk.roster(), desk.now())
    found = []
    wanted = [f"applicant:{request.applicant}", "status:open"]
    for case in islice(_cases(desk, reader, "", wanted), _MOST_COMPARED):
        other = case.request
        if all(getattr(other, name) == getattr(request, name) for name in _CONTENT):
            found.append(case.id)
    return tuple(found)


def licence_list(desk: Desk, person: str, *, status: str = "", case: str = "") -> tuple[Licence, ...]:
    """Return the licences that ``person`` may see, by number."""
    now = desk.now()
    reader = reader_of(person, desk.roster(), now)
    found = []
    for stream in _streams(desk, reader, "licence/"):
        licence = desk.store.state(stream)
        if not isinstance(licence, Licence):
            continue
        held = desk.store.state(f"case/{licence.case}")
        if may_read_licence(licence, held if isinstance(held, Case) else None, reader):
            one = _licence_as_of(licence, now)
            if status in ("", one.status) and case in ("", one.case):
                found.append(one)
    return tuple(found)


def as_of(case: Case, world: World, now: datetime) -> tuple[Case, bool]:
    """Return a case with what fell due by ``now``, and whether there was any. Where that needs an answer of today: as it is."""
    try:
        written = pass_time(case, world, now)
    except ActRefused:
        return case, True
    for one in written:
        if one.stream == f"case/{case.id}":
            case = stream_kind(one.stream).apply(case, one.event)
    return case, bool(written)


def _licence_as_of(licence: Licence, now: datetime) -> Licence:
    for one in pass_licence(licence, now):
        if one.stream == f"licence/{licence.id}":
            licence = stream_kind(one.stream).apply(licence, one.event)
    return licence


def _cases(desk: Desk, reader: Reader, after: str = "", wanted: Sequence[str] = ()) -> Iterator[Case]:
    for stream in _streams(desk, reader, "case/", after, wanted):
        case = desk.store.state(stream)
        if isinstance(case, Case) and may_read(case, reader):
            yield case


def _streams(
    desk: Desk, reader: Reader, prefix: str, after: str = "", wanted: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the streams that may be the reader's, by name, of those listed under all of ``wanted``."""
    own = [f"office:{office}" for office in reader.offices]
    own += [f"reader:{one}" for one in (reader.person, *reader.organisations) if one]
    groups = [own, *([word] for word in wanted)]
    yield from listed_under(desk.store, groups, prefix, f"{prefix}{after}")


def _names(desk: Desk, roster: Roster, case: Case) -> dict[str, str]:
    """Return the names of those who acted at the seats of a case, where they were given and not erased."""
    acted = {
        who for one in case.clearances.values() for vote in one.votes for who in (vote.person, vote.principal)
    }
    found = {}
    for who in sorted(acted & set(roster.names)):
        at = roster.names[who]
        name = desk.store.text(at.stream, at.at.no, at.at.name)
        if isinstance(name, str):
            found[who] = name
    return found


def _fields(entries: Sequence[ReadEntry]) -> dict[str, Any]:
    """Return the fields of the request in force; None for one that was erased."""
    last = next(one for one in reversed(entries) if one.kind in ("case.filed", "case.amended"))
    names = last.event.request.fields
    return {
        name: None if isinstance(value := last.texts.get(name), Erased) else value for name in sorted(names)
    }


def audience(entry: ReadEntry) -> str:
    """Return who may read an entry as such: ``file``, ``applicant`` or ``public``."""
    return widest(one for name, one in entry.audiences.items() if name.startswith(KEPT))


def _words(entries: Sequence[ReadEntry], seen: Case, *, officer: bool) -> dict[tuple[int, str], str | None]:
    """Return the words that a reader may see: those the seen case refers to, if they are meant for the reader."""
    found: dict[tuple[int, str], str | None] = {}
    wanted = texts_seen(seen)
    for entry in entries:
        for name, value in entry.texts.items():
            meant = officer or entry.audiences.get(name) in _OPEN_TO
            if (entry.no, name) in wanted and meant:
                found[entry.no, name] = None if isinstance(value, Erased) else str(value)
    return found


def _timeline(
    entries: Sequence[ReadEntry], words: Mapping[tuple[int, str], str | None], *, officer: bool
) -> tuple[Happened, ...]:
    return tuple(
        Happened(
            entry.no,
            entry.index,
            getattr(entry.event, "at", entry.at),
            entry.kind,
            sentence(entry.event, persons=officer),
            {name: words[entry.no, name] for name in entry.texts if (entry.no, name) in words},
        )
        for entry in entries
        if officer or audience(entry) in _OPEN_TO
    )


def written_by(desk: Desk, stream: str, last: int, count: int, person: str) -> tuple[Happened, ...]:
    """Return the last ``count`` entries of a stream as ``person`` may see them."""
    case = desk.store.state(stream)
    if not isinstance(case, Case):
        return ()
    reader = reader_of(person, desk.roster(), desk.now())
    entries = desk.store.entries(stream, after=max(0, case.no - count))
    return _timeline([one for one in entries if one.index <= last], {}, officer=is_officer(case, reader))


def dues_of(page: CasePage, clearance: str) -> tuple[Due, ...]:
    """Return the dues of a clearance by instant; those that stand still last."""
    one = page.case.clearances[clearance]
    return tuple(sorted(one.dues, key=lambda due: (due.held, due.at)))


def instant_text(at: datetime | None) -> str | None:
    """Return an instant as JSON has it everywhere here: RFC 3339 in UTC, with Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at is not None else None


def _plain(one: Any) -> Any:
    return msgspec.to_builtins(one, str_keys=True)

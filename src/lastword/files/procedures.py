"""Reading how authorities decide: ``procedures.yaml`` of a pack (``docs/procedures.md`` describes the format).

Everything wrong in it is reported at once, with file and line. A procedure with a fault (``lastword.cases.procedure.problems``)
is never read: a pack with one is no pack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lastword.cases.calendar import TimeLimit
from lastword.cases.procedure import (
    AGAINST,
    ANY_AUTHORITY,
    ENTRIES,
    ROLES,
    SILENCES,
    Appeal,
    BreakGlass,
    Escalation,
    Ground,
    Procedure,
    Query,
    Seat,
    Stage,
    problems,
    procedure_for,
)
from lastword.cases.roster import Office
from lastword.errors import InputError, Problem, Where
from lastword.files.calendars import CalendarSource, calendar_sources
from lastword.files.fields import Fields
from lastword.files.suggestion import did_you_mean
from lastword.files.yaml import Map, Seq, read_yaml
from lastword.rules.rule import Pack

FILE: Final = "procedures.yaml"
_FILE_KEYS = ("calendars", "offices", "procedures")
_OFFICE_KEYS = ("authority", "title")
_PROCEDURE_KEYS = (
    "id", "title", "authorities", "procedures", "calendar", "citation", "reported", "internal", "preliminary",
    "immaterial", "grounds", "lifts", "targets", "query", "validity", "stages", "appeal", "break_glass",
)  # fmt: skip
_STAGE_KEYS = ("id", "title", "entry", "limit", "seats", "escalation")
_SEAT_KEYS = ("id", "role", "offices", "needs", "veto", "per_office", "silence", "limit", "signature")
_QUERY_KEYS = ("stops", "limit", "silence")
_ESCALATION_KEYS = ("to", "by", "limit")
_APPEAL_KEYS = ("limit", "stage", "against")
_GLASS_KEYS = ("offices", "review", "reviewers")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_GROUND_KEYS = ("code", "title", "citation")


@dataclass(frozen=True, slots=True)
class PackProcedures:
    """What ``procedures.yaml`` of one pack holds. Offices may be written for whoever the authority is, as ``*-licensing``."""

    procedures: tuple[Procedure, ...] = ()
    offices: Mapping[str, Office] = field(default_factory=dict)
    calendars: tuple[CalendarSource, ...] = ()

    def offices_at(self, authority: str) -> tuple[Office, ...]:
        """Return the offices of the procedures that ``authority`` decides by, under the names they have there."""
        found: dict[str, Office] = {}
        for procedure in self.procedures:
            if authority not in procedure.authorities and ANY_AUTHORITY not in procedure.authorities:
                continue
            for written, named in zip(procedure.offices, procedure.at(authority).offices, strict=True):
                office = self.offices[written]
                whose = office.authority.replace(ANY_AUTHORITY, authority)
                found[named] = Office(named, whose, office.title)
        return tuple(found.values())


def read_procedures(folder: Path) -> tuple[Procedure, ...]:
    """Return the procedures of the pack in ``folder``, none if it has no such file. Raises InputError."""
    return read_pack_procedures(folder).procedures


def read_pack_procedures(folder: Path) -> PackProcedures:
    """Return procedures, offices and calendars of the pack in ``folder``. Raises InputError with everything wrong in them."""
    path = folder / FILE
    if not path.is_file():
        return PackProcedures()
    content = read_yaml(path, f"{folder.resolve().name}/{FILE}")
    if not isinstance(content, Map):
        raise InputError(Problem(content.at, "is a list", "write sections such as `procedures:`"))
    return _Reading(folder.resolve().name).of(content)


def procedures_of(folders: Iterable[Path]) -> tuple[Procedure, ...]:
    """Return the procedures of all packs in ``folders``. Raises InputError, also for two that claim the same consents alike."""
    found = [one for folder in folders for one in read_procedures(folder)]
    wrong: list[Problem] = []
    seen: dict[str, str] = {}
    for one in found:
        if one.id in seen:
            what = f"the procedure `{one.id}` is in the packs `{seen[one.id]}` and `{one.pack}`"
            wrong.append(Problem(Where(f"{one.pack}/{FILE}"), what, "give each its own id"))
        seen[one.id] = one.pack
    for one in found:
        for authority in one.authorities:
            for word in one.procedures or ("",):
                try:
                    procedure_for(found, authority, word)
                except InputError as error:
                    wrong.extend(error.problems)
    if wrong:
        raise InputError(wrong)
    return tuple(found)


def without_procedure(pack: Pack, procedures: Iterable[Procedure]) -> Iterator[Problem]:
    """Yield the consents that rules of ``pack`` ask of a named authority and that none of ``procedures`` decides.

    A question about them is answered all the same, but no case can be filed.
    """
    procedures = tuple(procedures)
    told: set[tuple[str, str]] = set()
    for rule in pack.rules:
        for seats in rule.consent.alternatives if rule.consent is not None else ():
            for seat in seats:
                asked = seat.authority, seat.procedure
                if not seat.authority or asked in told or procedure_for(procedures, *asked) is not None:
                    continue
                told.add(asked)
                what = f"nothing says how `{seat.authority}` decides on `{seat.procedure}`"
                yield Problem(rule.where, what, f"write a procedure for it in {FILE}")


class _Reading:
    """One file being read."""

    def __init__(self, pack: str) -> None:
        self.pack = pack
        self.take = Fields()
        self.places: dict[tuple[str, str], Where] = {}
        self.offices: dict[str, Office] = {}

    def of(self, content: Map) -> PackProcedures:
        take = self.take
        take.only(content, _FILE_KEYS, "a file of procedures")
        calendars = calendar_sources(content, take)
        for ident, spec in take.named(content, "offices"):
            take.only(spec, _OFFICE_KEYS, "an office")
            authority = take.text(spec, "authority", example="GB/ECJU")
            self.offices[ident] = Office(ident, authority, take.texts(spec, "title"))
            if authority and (ANY_AUTHORITY in ident) != (ANY_AUTHORITY in authority):
                what = f"`*` must stand both in the id and in the authority of the office `{ident}`, or in neither"
                take.refuse(spec.at, what, 'write "*-licensing": {authority: "*", ...}')
        found: dict[str, Procedure] = {}
        for spec in take.maps(content, "procedures"):
            procedure = self.procedure(spec)
            if procedure.id in found:
                take.refuse(spec.at, f"the procedure `{procedure.id}` is there twice", "give each its own id")
            found[procedure.id] = procedure
            self.check(procedure, spec, {one.id for one in calendars})
        take.raise_problems()
        return PackProcedures(tuple(found.values()), self.offices, calendars)

    def ident(self, spec: Map, example: str) -> str:
        """Return an id, which people type in commands and read in the record."""
        found = self.take.text(spec, "id", example=example)
        if found and not _ID.fullmatch(found):
            mend = f"write small letters, digits and -, e.g. {example}"
            self.take.refuse(spec.where("id"), f"`{found}` is no id", mend)
        return found

    def procedure(self, spec: Map) -> Procedure:
        take = self.take
        take.only(spec, _PROCEDURE_KEYS, "a procedure")
        self.places = {}
        return Procedure(
            id=self.ident(spec, "uk-siel"),
            pack=self.pack,
            title=take.texts(spec, "title"),
            authorities=take.words(spec, "authorities"),
            calendar=take.text(spec, "calendar", example="gb"),
            stages=tuple(self.stage(one) for one in take.maps(spec, "stages")),
            procedures=take.words(spec, "procedures"),
            internal=take.truth(spec, "internal"),
            preliminary=take.truth(spec, "preliminary"),
            immaterial=take.words(spec, "immaterial"),
            grounds=tuple(self.ground(one) for one in take.maps(spec, "grounds")),
            lifts=take.words(spec, "lifts"),
            targets=self.targets(spec),
            query=self.query(spec),
            validity=take.limit(spec, "validity"),
            appeal=self.appeal(spec),
            break_glass=self.break_glass(spec),
            citation=take.text(spec, "citation"),
            reported=take.truth(spec, "reported"),
        )

    def stage(self, spec: Map) -> Stage:
        take = self.take
        take.only(spec, _STAGE_KEYS, "a stage")
        ident = self.ident(spec, "advice")
        self.places[ident, ""] = spec.at
        entry: Any = take.word(spec, "entry", ENTRIES, "next")
        return Stage(
            ident,
            take.texts(spec, "title"),
            tuple(self.seat(one, ident) for one in take.maps(spec, "seats")),
            entry,
            take.limit(spec, "limit"),
            self.escalation(spec),
        )

    def seat(self, spec: Map, stage: str) -> Seat:
        take = self.take
        take.only(spec, _SEAT_KEYS, "a seat")
        ident = self.ident(spec, "licensing")
        self.places[stage, ident] = spec.at
        take.needed(spec, "role", "decide")
        role: Any = take.word(spec, "role", ROLES, "decide")
        silence: Any = take.word(spec, "silence", SILENCES, "blocks")
        offices = take.words(spec, "offices")
        for office in offices:
            if office not in self.offices:
                mend = did_you_mean(office, self.offices) or "write it under `offices:` of this file"
                take.refuse(spec.where("offices"), f"there is no office `{office}` here", mend)
        return Seat(
            ident,
            role,
            offices,
            take.count(spec, "needs", 1),
            take.truth(spec, "veto"),
            take.truth(spec, "per_office"),
            silence,
            take.limit(spec, "limit"),
            take.truth(spec, "signature"),
        )

    def escalation(self, stage: Map) -> Escalation | None:
        take, spec = self.take, self.take.map(stage, "escalation")
        if spec is None:
            return None
        take.only(spec, _ESCALATION_KEYS, "`escalation`")
        to = take.text(spec, "to", example="committee")
        limit = take.limit(spec, "limit", example="5 days")
        return None if limit is None else Escalation(to, take.words(spec, "by"), limit)

    def ground(self, spec: Map) -> Ground:
        take = self.take
        take.only(spec, _GROUND_KEYS, "a ground")
        return Ground(
            take.text(spec, "code", example='"2c"'), take.texts(spec, "title"), take.text(spec, "citation")
        )

    def targets(self, spec: Map) -> tuple[TimeLimit, ...]:
        values = spec.get("targets")
        if values is not None and not isinstance(values, Seq):
            what = "`targets` is no list"
            self.take.refuse(spec.where("targets"), what, "write targets: [20 working days]")
            return ()
        found = [self.take.limit_of(one, spec.where("targets"), "targets") for one in values or ()]
        return tuple(one for one in found if one is not None)

    def query(self, procedure: Map) -> Query:
        take, spec = self.take, self.take.map(procedure, "query")
        if spec is None:
            return Query()
        take.only(spec, _QUERY_KEYS, "`query`")
        silence: Any = take.word(spec, "silence", ("may_close", "close"), "may_close")
        return Query(take.truth(spec, "stops", default=True), take.limit(spec, "limit"), silence)

    def appeal(self, procedure: Map) -> Appeal | None:
        take, spec = self.take, self.take.map(procedure, "appeal")
        if spec is None:
            return None
        take.only(spec, _APPEAL_KEYS, "`appeal`")
        against = take.words(spec, "against") if "against" in spec else ("refuse",)
        for one in against:
            if one not in AGAINST:
                mend = did_you_mean(one, AGAINST) or "one of " + ", ".join(AGAINST)
                take.refuse(spec.where("against"), f"an appeal cannot lie against `{one}`", mend)
        limit = take.limit(spec, "limit", example="28 days")
        stage = take.text(spec, "stage", example="appeal")
        return None if limit is None else Appeal(limit, stage, against)

    def break_glass(self, procedure: Map) -> BreakGlass | None:
        take, spec = self.take, self.take.map(procedure, "break_glass")
        if spec is None:
            return None
        take.only(spec, _GLASS_KEYS, "`break_glass`")
        offices, reviewers = take.words(spec, "offices"), take.words(spec, "reviewers")
        for office in (*offices, *reviewers):
            if office not in self.offices:
                mend = did_you_mean(office, self.offices) or "write it under `offices:` of this file"
                take.refuse(spec.at, f"there is no office `{office}` here", mend)
        review = take.limit(spec, "review", example="5 working days")
        return None if review is None else BreakGlass(offices, review, reviewers)

    def check(self, procedure: Procedure, spec: Map, calendars: set[str]) -> None:
        """Refuse what makes no sense as a whole."""
        for fault in problems(procedure):
            where = self.places.get((fault.stage, fault.seat), spec.at)
            named = " of ".join(
                f"{kind} `{name}`" for kind, name in (("seat", fault.seat), ("stage", fault.stage)) if name
            )
            whose = f"{named or 'procedure'} of `{procedure.id}`" if named else f"procedure `{procedure.id}`"
            self.take.refuse(where, f"{whose}: {fault.what}", fault.mend)
        if not procedure.citation:
            what = f"procedure `{procedure.id}` says not where it is written"
            self.take.refuse(
                spec.at, what, "write citation: ..., and `reported: true` if it rests on reports"
            )
        for authority in procedure.authorities:
            if authority == ANY_AUTHORITY and ANY_AUTHORITY in procedure.calendar:
                what = (
                    f"procedure `{procedure.id}`: nobody can tell the calendar of any authority there may be"
                )
                self.take.refuse(spec.where("calendar"), what, "name one calendar")
                continue
            calendar = procedure.at(authority).calendar
            if calendar and calendar not in calendars:
                mend = did_you_mean(calendar, calendars) or "write it under `calendars:` of this file"
                self.take.refuse(spec.where("calendar"), f"there is no calendar `{calendar}` here", mend)

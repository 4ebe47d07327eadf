"""Who may read a case, and what of it. The outcome is never computed on a view: a view only leaves out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from lastword.cases.assessment import Assessment
from lastword.cases.case import Case, Clearance
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Roster
from lastword.cases.world import World


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks. ``organisations``: whose staff the person is, or in whose name it may act; ``offices``: held, or deputised in.

    ``all``: reads everything, as an auditor with the whole log does. ``ids``: all ids of the same human being.
    """

    person: str
    organisations: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    all: bool = False
    ids: tuple[str, ...] = ()

    @property
    def persons(self) -> frozenset[str]:
        """Return every id under which the reader is known."""
        return frozenset(one for one in (self.person, *self.ids) if one)

    def is_of(self, applicant: str) -> bool:
        """Say whether the reader is this applicant, or belongs to it: as a person of the roster, since an id proves nothing."""
        return bool(applicant) and applicant in (*self.ids, *self.organisations)


def reader_of(person: str, roster: Roster, day: date) -> Reader:
    """Return who a person is as a reader on ``day``, under all ids of the same human being.

    Whom the roster does not know has no ids, and reads only where it was named as a reader.
    """
    if person not in roster.persons:
        return Reader(person)
    ids = roster.ids_of(person)
    organisations = {name for one in ids for name in (one.organisation, *one.acts_for) if name}
    offices = {office for one in ids for office in roster.offices_of(one.id, day)}
    offices |= {office for one in ids for office, _ in roster.deputises(one.id, day)}
    return Reader(
        person, tuple(sorted(organisations)), tuple(sorted(offices)), ids=tuple(one.id for one in ids)
    )


def may_read(case: Case, reader: Reader) -> bool:
    """Say whether a case exists for a reader: the applicant's people, officers of its procedures, and named readers."""
    return reader.all or is_officer(case, reader) or is_applicant(case, reader)


def is_officer(case: Case, reader: Reader) -> bool:
    """Say whether a reader sits on the side of the offices: whoever acted for the applicant, or belongs to it, does not.

    In the release of a firm for itself its own staff holds the offices, so that only who acted for it is left out.
    """
    if reader.all:
        return True
    if reader.persons & set(case.acted):
        return False
    own = case.applicant in reader.organisations
    return bool(set(reader.offices) & offices_of(case, internal_only=own))


def is_applicant(case: Case, reader: Reader) -> bool:
    """Say whether a reader may see what the applicant may: the applicant's people and those whom it named."""
    return (
        bool(reader.persons & {*case.acted, *case.readers})
        or reader.is_of(case.applicant)
        or bool(set(reader.organisations) & set(case.readers))
    )


def offices_of(case: Case, *, internal_only: bool = False) -> frozenset[str]:
    """Return the offices of all seats of a case, and those that may break the glass or review that.

    ``internal_only``: of releases of a firm for itself alone.
    """
    found: set[str] = set()
    for one in case.clearances.values():
        if one.procedure.internal or not internal_only:
            found.update(one.procedure.offices)
    return frozenset(found)


def not_there(case: str) -> ActRefused:
    """Return the refusal for a case that does not exist, or that somebody may not know of: the same for both."""
    return ActRefused("no_such_case", f"there is no case `{case}`", "look up its id")


def visible(case: Case | None, ident: str, reader: Reader, *, rules: Collection[str] = ()) -> Case:
    """Return what a reader may see of a case. Raises ActRefused ``no_such_case`` if that is nothing."""
    if case is None or case.id != ident or not may_read(case, reader):
        raise not_there(ident)
    return view(case, reader, rules=rules)


def view(case: Case, reader: Reader, *, rules: Collection[str] = ()) -> Case:
    """Return a case as a reader may see it.

    For the applicant's side the seats, their offices, stages, clocks, questions, appeals and decisions stay, and of a decision
    its provisos and the reasons for the applicant. What leaves are votes, views, pending decisions, persons of the offices, the
    provisos that no decision made binding, and the reasons for the file. Of the rules behind it those stay that are among
    ``rules``, the ones whose audience the caller knows to include the reader; a prohibition by another stays without its name.
    """
    if is_officer(case, reader):
        return case
    return replace(
        case,
        assessment=_with_rules(case.assessment, rules),
        clearances={key: _for_applicant(one, rules) for key, one in case.clearances.items()},
        queries=tuple(replace(one, asked_by="", principal="") for one in case.queries),
        glass=tuple(replace(one, by="") for one in case.glass),
        readers=case.readers if reader.is_of(case.applicant) else (),
    )


def _with_rules(answer: Assessment, rules: Collection[str]) -> Assessment:
    return replace(
        answer,
        consents=tuple(
            replace(one, rules=tuple(rule for rule in one.rules if rule in rules)) for one in answer.consents
        ),
        prohibitions=tuple(rule if rule in rules else "" for rule in answer.prohibitions),
    )


def _for_applicant(one: Clearance, rules: Collection[str]) -> Clearance:
    bound = {ident for outcome in one.outcomes for ident in outcome.decision.provisos}
    return replace(
        one,
        rules=tuple(rule for rule in one.rules if rule in rules),
        votes=(),
        silent={},
        pending=None,
        pending_licence="",
        waits_for="",
        provisos=tuple(proviso for proviso in one.provisos if proviso.id in bound),
        outcomes=tuple(
            replace(outcome, decision=replace(outcome.decision, for_file=None)) for outcome in one.outcomes
        ),
    )


def knows_of(case: Case, act_person: str, world: World, now: datetime) -> bool:
    """Say whether the person of an act may know of a case: in any of its places it may be today already, or still."""
    days = {
        calendar.day(now)
        for one in case.clearances.values()
        for calendar in [world.calendars.get(one.procedure.calendar)]
        if calendar is not None
    } or {now.date()}
    return any(may_read(case, reader_of(act_person, world.roster, day)) for day in days)


def texts_seen(case: Case) -> Mapping[tuple[int, str], str]:
    """Return which erasable texts a (viewed) case refers to: (entry, name) -> what it is. Others are not to be shown."""
    found: dict[tuple[int, str], str] = {}
    for query in case.queries:
        found[query.text.no, query.text.name] = "query"
        if query.reply is not None:
            found[query.reply.no, query.reply.name] = "reply"
    for one in case.clearances.values():
        for proviso in one.provisos:
            found[proviso.text.no, proviso.text.name] = "proviso"
        for vote in one.votes:
            if vote.text is not None:
                found[vote.text.no, vote.text.name] = "vote"
        decisions = [outcome.decision for outcome in one.outcomes]
        decisions += [one.pending] if one.pending is not None else []
        decisions += [vote.decision for vote in one.votes if vote.decision is not None]
        for decision in decisions:
            for name, at in (("for_applicant", decision.for_applicant), ("for_file", decision.for_file)):
                if at is not None:
                    found[at.no, at.name] = name
        for each in one.appeals:
            if each.text is not None:
                found[each.text.no, each.text.name] = "appeal"
    return found

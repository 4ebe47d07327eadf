"""The desk: the one way in. Whatever somebody wants to do to a case, a licence or the roster goes through ``Desk.do``.

What takes long, the answer on the full facts, is computed before the store is locked; inside, under the writer's time, it is
checked that it was computed on the facts, rules, request and day that are in force, and else it is computed again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

import msgspec
import rfc8785

from lastword.cases.acts import (
    Act,
    Advise,
    Agree,
    Amend,
    BreakTheGlass,
    ChangeLicence,
    Countersign,
    Decide,
    DropProviso,
    File,
    Object,
    Reassess,
    Review,
    UseLicences,
)
from lastword.cases.assessment import Assessment
from lastword.cases.calendar import Calendar
from lastword.cases.case import Case
from lastword.cases.constitution import Constitution, Proposal, Proposals
from lastword.cases.licence import Licence
from lastword.cases.moratorium import Moratoria
from lastword.cases.perform import perform
from lastword.cases.reading import is_applicant, may_read, not_there
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Request, Salted, request_of
from lastword.cases.roster import Roster
from lastword.cases.world import World, Written
from lastword.clearance.assess import assess, salt_of
from lastword.clearance.completing import completed
from lastword.clearance.filing import Fields
from lastword.clearance.forbidden import with_reasons
from lastword.clearance.loaded import Loaded, Loads
from lastword.clearance.seeing import reader_of
from lastword.clearance.signing import claim_in, signed_by, to_sign
from lastword.errors import InputError, Problem, Where
from lastword.store import reading
from lastword.store.clock import FixedClock
from lastword.store.enrolment import Claim, Signed
from lastword.store.installation import Installation
from lastword.store.reading import Erased
from lastword.store.store import Store
from lastword.store.streams import stream_kind
from lastword.store.writer import FIRST, USUAL
from lastword.workspace import Workspace

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that are not taken for each other, by Crockford."""
MOST_TRIES: Final = 5
_PAGE: Final = 256
_ROUNDS: Final = ("case.filed", "case.amended")
"""Entries that hold a request."""
_JUDGED: Final = (Advise, Agree, Countersign, Decide, BreakTheGlass, Reassess)
"""Acts that are judged on the answer of the day."""
_VOTES: Final = (Advise, Agree, Countersign, Decide, Object)
"""Acts at a seat, each on the request of one round."""
_BEFORE_USE: Final = ("reserve", "confirm", "use")
_CHANCE: Final = frozenset({"nonce", "signed", "assessment", "request"})
"""Fields of an act that are drawn or computed anew each time it is tried: no part of what it is."""


class States(Protocol):
    """Whoever tells the state of a stream: the store, or the writer while it writes."""

    def state(self, stream: str) -> Any:
        """Return the state of ``stream``, None if it has no entry."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an act. ``case``: its id, "" if it has none; ``licences``: ids; ``written``: (stream, kind) in order.

    ``index``: of its last entry; ``repeated``: it was done before under the same key, and is not done again.
    """

    case: str
    licences: tuple[str, ...]
    written: tuple[tuple[str, str], ...]
    index: int
    repeated: bool = False
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act would do now: the case as it would stand, and the world it would meet."""

    case: Case
    world: World
    now: datetime


@dataclass(frozen=True, slots=True)
class _Basis:
    """What an answer was computed on. ``round``: of the case's request; ``answer``: None if none was needed.

    ``erased``: none can be had any more.
    """

    facts: int
    rules: int
    round: int
    answer: Assessment | None
    erased: bool = False


class _Moved(Exception):
    """Something moved between computing and writing. ``due``: what was to be written all the same."""


class Desk:
    """The desk of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.loads = Loads(store)

    @classmethod
    def open(cls, folder: Path, *, at: datetime | None = None) -> Self:
        """Open the desk of the store in ``folder``. ``at``: what time it is, in a practice store; else that of its last entry.

        Raises InputError if the store is not for practice and a time is given.
        """
        installation = Installation.read(folder)
        if at is None and installation.practice:
            at = _last(installation)
        return cls(installation.store(clock=FixedClock(at) if at is not None else None))

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- what is there ---------------------------------------------------------------------------------------

    @property
    def practice(self) -> bool:
        """Say whether the store is to practise with."""
        return self.store.practice

    def now(self) -> datetime:
        """Return what time it is for the store, in UTC: never before its last entry."""
        head = self.store.head()
        wall = self.store.clock.now()
        return max(wall, head.at) if head is not None else wall

    def roster(self) -> Roster:
        """Return the roster."""
        return self.store.state("roster") or Roster()

    def calendars(self) -> Mapping[str, Calendar]:
        """Return the calendars in force, by id."""
        return calendars(self.store)

    def moratoria(self) -> Moratoria:
        """Return the moratoria."""
        return self.store.state("moratoria") or Moratoria()

    def proposals(self) -> Mapping[str, Proposal]:
        """Return the guarded acts that waited or wait, by id."""
        found: Proposals | None = self.store.state("proposals")
        return found.all if found is not None else {}

    def has_facts(self) -> bool:
        """Say whether facts and rules are loaded."""
        return self.store.state("facts") is not None and self.store.state("rules") is not None

    def workspace(self) -> Workspace:
        """Return the facts and rules in force. Raises ActRefused if none are loaded."""
        return self.loads.now().workspace

    def organisation(self, person: str) -> str:
        """Return whose staff a person is, "" if the roster does not tell."""
        known = self.roster().persons.get(person)
        return known.organisation if known is not None else ""

    def licences_named(self, typed: Sequence[str], person: str) -> tuple[str, ...]:
        """Return the licences that are meant: of a case's number, its only licence that is not over, else its only one.

        What ``person`` may not see stays as it was typed, so that there is no such licence. Raises InputError where a case
        leaves a choice.
        """
        found: list[str] = []
        for one in typed:
            case = self.store.state(f"case/{one}") if _nameable(one) else None
            if not isinstance(case, Case):
                found.append(one)
                continue
            if not may_read(case, reader_of(person, self.roster(), self.now())):
                found.append(one)  # it is no licence either; whoever may not know of the case is told no more
                continue
            held = [self.store.state(f"licence/{ident}") for ident in licences_of(case)]
            there = [licence for licence in held if isinstance(licence, Licence)]
            live = [licence for licence in there if not licence.final] or there
            if len(live) != 1:
                names = ", ".join(f"`{licence.id}`" for licence in live) or "none yet"
                raise InputError(
                    Problem(
                        Where("LICENCE"), f"case `{one}` has not one licence", f"name the licence: {names}"
                    )
                )
            found.append(live[0].id)
        return tuple(dict.fromkeys(found))

    def fields(self, case: str, person: str) -> dict[str, Salted]:
        """Return the fields of a case's request in force, for one who acts for the applicant.

        Raises ActRefused: there is no such case for ``person``, or a field was erased.
        """
        found = self.store.state(f"case/{case}") if _nameable(case) else None
        reader = reader_of(person, self.roster(), self.now())
        if not isinstance(found, Case) or not may_read(found, reader):
            raise not_there(case)
        if not is_applicant(found, reader):
            raise ActRefused(
                "not_applicant", f"`{person}` may not act for `{found.applicant}`", "it is for its people"
            )
        return fields_of(self.store, found)

    def world(self, states: States | None = None, *, case: str = "", licences: Sequence[str] = ()) -> World:
        """Return the world that an act on a case, or on licences, meets; with all licences of the case."""
        return world_of(states or self.store, True, case=case, licences=licences)

    @staticmethod
    def token() -> str:
        """Draw 128 bits by lot, as 22 letters."""
        return secrets.token_urlsafe(16)

    # -- what is done ----------------------------------------------------------------------------------------

    def filing(
        self,
        *,
        fields: Fields,
        person: str,
        principal: str = "",
        case: str = "",
        choose: tuple[str, ...] = (),
        readers: tuple[str, ...] = (),
    ) -> File:
        """Return the act of filing these fields, with the answer of the day."""
        request = request_of(fields)
        return File(
            person=person,
            principal=principal,
            case=case,
            request=request,
            fields=fields,
            assessment=self._answer(request, fields, None, self.now()),
            choose=choose,
            readers=readers,
        )

    def amending(self, *, case: str, fields: Fields, person: str, principal: str = "") -> Amend:
        """Return the act of changing a case's request to these fields, with the answer of the day."""
        found = self.store.state(f"case/{case}") if _nameable(case) else None
        if not isinstance(found, Case):
            raise not_there(case)
        request = request_of(fields)
        return Amend(
            person=person,
            principal=principal,
            case=case,
            request=request,
            fields=fields,
            assessment=self._answer(request, fields, found, self.now()),
            round=found.round,
        )

    def preview(self, act: File | Amend) -> Plan:
        """Return what would become of an act, and change nothing. Raises as ``do``."""
        now = self.now()
        world = self.world(case=act.case)
        taken = completed(act, world, now, drawn=drawn, token=self.token)
        case = world.case
        world = replace(world, assessment=act.assessment)
        try:
            events = perform(taken, world, now)
        except ActRefused as refused:
            raise self._hinted(refused, act) from None
        for written in events:
            if written.stream.startswith("case/"):
                case = stream_kind(written.stream).apply(case, written.event)
        if case is None:
            raise ValueError("nothing would become of the act")
        return Plan(case, replace(world, case=case), now)

    def do(self, act: Act, *, key: str = "", signed: Signed | None = None) -> Done:
        """Do an act: all of it in one transaction, or nothing. ``key``: the same act of the same person with it is done once.

        ``signed``: the person's own signature on it.

        Raises ActRefused if it is not allowed, InputError if it cannot be used, StoreError if the record cannot be written.
        """
        digest = act_digest(act)
        if isinstance(act, File) and act.case and not self.practice:
            # Whoever chose a number could find out which ones are taken.
            raise ActRefused("bad_request", "the number of a case is drawn by lot", "leave it out")
        if signed is not None:
            act = to_sign(act, signed.nonce)
        elif getattr(act, "signed", False):
            raise ActRefused(
                "needs_signature", "the act says that it is signed, and no signature came with it", "sign it"
            )
        act = self._as_seen(act)
        wants_answer = isinstance(act, _JUDGED) or (isinstance(act, UseLicences) and act.mode in _BEFORE_USE)
        for turn in range(MOST_TRIES):
            last = turn == MOST_TRIES - 1
            try:
                return self._once(act, key, digest, wants_answer=wants_answer, signed=signed)
            except _Moved:
                if last:
                    break
            except ActRefused as refused:
                # What time has to do may need the answer of the day too.
                if refused.code == "key_used" and _own(act, key) in refused.problems[0].what:
                    raise ActRefused(
                        "key_used",
                        f"you used the key `{key}` for another act",
                        "give a new key to each new act",
                    ) from None
                if refused.code != "stale_answer" or last:
                    raise self._hinted(refused, act) from None
                wants_answer = True
            act = self._again(act)
        raise ActRefused(
            "busy",
            "facts, rules or the case changed again and again while the answer was computed",
            "try again",
        )

    def statement(self, act: Act) -> Claim:
        """Return what the person of an act at a seat is to sign of it, and do nothing. Raises as ``do``."""
        act = self._as_seen(to_sign(act, self.token()))
        case_id, licence_ids = self._about(act)
        basis = self._basis(act, case_id, wants_answer=True)
        now = self.now()
        world = replace(self.world(case=case_id, licences=licence_ids), assessment=basis.answer)
        taken = completed(act, world, now, drawn=drawn, token=self.token)
        return claim_in(perform(taken, world, now), taken, self.store.origin, self.token())[1]

    def _once(
        self, act: Act, key: str, digest: str, *, wants_answer: bool, signed: Signed | None = None
    ) -> Done:
        case_id, licence_ids = self._about(act)
        basis = self._basis(act, case_id, wants_answer=wants_answer)

        def work(writing: Any) -> dict[str, Any]:
            world = world_of(writing, writing.trusted_clock, case=case_id, licences=licence_ids)
            if basis.answer is not None:
                moved = (world.facts, world.rules) != (basis.facts, basis.rules)
                if moved or (world.case.round if world.case is not None else 0) != basis.round:
                    raise _Moved
            world = replace(world, assessment=basis.answer, unanswerable=basis.erased)
            taken = completed(act, world, writing.now, drawn=drawn, token=self.token)
            written = perform(taken, world, writing.now)
            if signed is not None:
                written = signed_by(written, taken, signed, self.store.origin, writing)
            return _record(writing, written, taken)

        # A key is its person's own: nobody learns of, or takes, the keys of others.
        own = _own(act, key) if key else ""
        done = self.store.submit(work, key=own, digest=digest, priority=FIRST if _stops(act) else USUAL)
        told = done.result
        return Done(
            case=told["case"],
            licences=tuple(told["licences"]),
            written=tuple((stream, kind) for stream, kind in told["written"]),
            index=done.index,
            repeated=done.repeated,
            proposal=told["proposal"],
        )

    def _hinted(self, refused: ActRefused, act: Act) -> ActRefused:
        """Return a refusal with what helps: whom the person deputises for, where that was only forgotten; the rules that forbid
        what was asked for, as far as an applicant may see them.
        """
        if refused.code == "prohibited" and isinstance(act, File | Amend):
            day = act.assessment.day
            return with_reasons(refused, self.loads.now(), act.request, act.fields, day)
        if refused.code != "not_seated" or act.principal:
            return refused
        principals = {name for _office, name in self.roster().deputises(act.person, self.now().date())}
        if not principals:
            return refused
        problem = refused.problems[0]
        named = " or ".join(f"--for {name}" for name in sorted(principals))
        return ActRefused(
            refused.code, problem.what, f"{problem.mend}; to act as deputy add {named}", due=refused.due
        )

    def _as_seen(self, act: Act) -> Act:
        """Bind a vote to the round, and a confirmation to the decision, that were there when it was handed in.

        Else one that names neither, and waits its turn behind an amendment, would fall on what nobody at its seat has read.
        """
        if not isinstance(act, (*_VOTES, *_JUDGED)) or not _nameable(act.case):
            return act
        case = self.store.state(f"case/{act.case}")
        if not isinstance(case, Case):
            return act
        if isinstance(act, _VOTES) and not act.round:
            act = replace(act, round=case.round)
        if isinstance(act, Reassess):
            return act
        try:
            seen: Any = completed(act, self.world(case=case.id), self.now(), drawn=drawn, token=self.token)
        except InputError:
            return act  # which clearance is meant is open, and is asked for in its turn
        # The answer is of the day that it is where this clearance is worked on, so which it is must be known beforehand.
        act = replace(act, clearance=seen.clearance)
        if isinstance(act, Countersign) and not act.decision:
            act = replace(act, decision=seen.decision)
        return act

    def _again(self, act: Act) -> Act:
        """Return the act to be tried again, with the answer of now where it carries one."""
        if isinstance(act, File | Amend):
            case = self.store.state(f"case/{act.case}") if isinstance(act, Amend) else None
            return replace(act, assessment=self._answer(act.request, act.fields, case, self.now()))
        return act

    def _about(self, act: Act) -> tuple[str, tuple[str, ...]]:
        """Return the case and the licences that an act is about; of a licence, its case."""
        given: Any = act
        licences: tuple[str, ...] = ()
        if isinstance(act, UseLicences):
            licences = act.licences
        elif isinstance(act, ChangeLicence | Review) or (isinstance(act, DropProviso) and act.licence):
            licences = (act.licence,)
        elif type(act).__name__ == "PassTime":
            licences = (given.licence,) if given.licence else ()
        case = getattr(given, "case", "")
        if not case:
            for ident in licences:
                found = self.store.state(f"licence/{ident}") if _nameable(ident) else None
                if isinstance(found, Licence):
                    case = found.case
                    break
        return case if _nameable(case) else "", tuple(one for one in licences if _nameable(one))

    def _basis(self, act: Act, case_id: str, *, wants_answer: bool) -> _Basis:
        if isinstance(act, File | Amend):
            answer = act.assessment
            found = self.store.state(f"case/{case_id}") if case_id and isinstance(act, Amend) else None
            return _Basis(answer.facts, answer.rules, found.round if isinstance(found, Case) else 0, answer)
        nothing = _Basis(0, 0, 0, None)
        if not wants_answer or not case_id:
            return nothing
        case = self.store.state(f"case/{case_id}")
        if not isinstance(case, Case) or not self.has_facts():
            return nothing
        now = self.now()
        try:
            salted = fields_of(self.store, case)
        except ActRefused:
            return replace(nothing, erased=True)  # perform refuses what needs an answer
        answer = self._answer(case.request, salted, case, now, self._clearance_of(act))
        return _Basis(answer.facts, answer.rules, case.round, answer)

    def _clearance_of(self, act: Act) -> str:
        """Return the clearance in play, of a use that of its first licence: it says which day it is."""
        if isinstance(act, UseLicences):
            licence = self.store.state(f"licence/{act.licences[0]}") if _nameable(act.licences[0]) else None
            return licence.clearance if isinstance(licence, Licence) else ""
        return str(getattr(act, "clearance", ""))

    def _answer(
        self,
        request: Request,
        salted: Fields,
        case: Case | None,
        now: datetime,
        clearance: str = "",
    ) -> Assessment:
        loaded = self.loads.now()
        return answered(loaded, request, salted, case, now, calendars(self.store), clearance)


def _last(installation: Installation) -> datetime | None:
    """Return the time of a record's last entry."""
    database = installation.open_database()
    try:
        with database.reading() as session:
            head = reading.last_head(session)
    finally:
        database.close()
    return head.at if head is not None else None


def answered(
    loaded: Loaded,
    request: Request,
    salted: Fields,
    case: Case | None,
    now: datetime,
    known: Mapping[str, Calendar],
    clearance: str = "",
) -> Assessment:
    """Return the answer to a request on what is loaded, as of the day that it is where the case is worked on.

    ``clearance``: the one in play, if the case has several in different zones. Before filing, the day is the one in UTC; if
    it is another where the consents are decided, the answer is computed again as of that.
    """

    def on(day: date) -> Assessment:
        return assess(
            loaded.workspace,
            request,
            salted,
            loaded.procedures,
            day=day,
            known=day,
            facts=loaded.facts,
            rules=loaded.rules,
            salt=salt_of(case, request),
        )

    if case is not None and case.clearances:
        one = case.clearances.get(clearance) or next(iter(case.clearances.values()))
        calendar = known.get(one.procedure.calendar)
        return on(calendar.day(now) if calendar is not None else now.date())
    answer = on(now.date())
    for consent in answer.consents:
        calendar = known.get(consent.procedure.calendar) if consent.procedure is not None else None
        if calendar is not None:
            local = calendar.day(now)
            return answer if local == answer.day else on(local)
    return answer


def calendars(states: States) -> Mapping[str, Calendar]:
    """Return the calendars in force, by id."""
    found = states.state("calendar")
    return found.all if found is not None else {}


def world_of(states: States, trusted: bool, *, case: str = "", licences: Sequence[str] = ()) -> World:
    """Return the world as it stands: with the case and all of its licences, and the licences named."""
    keys = states.state("keys")
    proposals: Proposals | None = states.state("proposals")
    facts, rules = states.state("facts"), states.state("rules")
    found = states.state(f"case/{case}") if case else None
    named = dict.fromkeys(licences)
    if isinstance(found, Case):
        named |= dict.fromkeys(licences_of(found))
    held = {ident: state for ident in named if (state := states.state(f"licence/{ident}")) is not None}
    return World(
        roster=states.state("roster") or Roster(),
        calendars=calendars(states),
        moratoria=states.state("moratoria") or Moratoria(),
        constitution=keys.constitution if keys is not None else Constitution(),
        proposals=proposals.all if proposals is not None else {},
        facts=facts.no if facts is not None else 0,
        rules=rules.no if rules is not None else 0,
        trusted_clock=trusted,
        case=found,
        licences=held,
    )


def licences_of(case: Case) -> tuple[str, ...]:
    """Return the ids of all licences that a case left behind, in order."""
    found = [
        outcome.licence for one in case.clearances.values() for outcome in one.outcomes if outcome.licence
    ]
    return tuple(dict.fromkeys([*found, *(glass.licence for glass in case.glass)]))


def fields_of(store: Store, case: Case) -> dict[str, Salted]:
    """Return the fields of the request in force, with their salts. Raises ActRefused ``erased``."""
    entry, after = None, 0
    while page := store.entries(f"case/{case.id}", after=after, most=_PAGE):
        after = page[-1].no
        rounds = [
            one for one in page if one.kind in _ROUNDS and one.event.request.digest == case.request.digest
        ]
        entry = rounds[-1] if rounds else entry
    if entry is None:
        raise not_there(case.id)
    found: dict[str, Salted] = {}
    for name in case.request.fields:
        value = entry.texts.get(name)
        if isinstance(value, Erased) or value is None:
            by = f" by entry {value.by}" if isinstance(value, Erased) else ""
            raise ActRefused(
                "erased",
                f"the field `{name}` of the request was erased{by}, so that it cannot be judged again",
                "file a new request",
            )
        found[name] = Salted(value, entry.disclosures[name].salt)
    return found


def drawn() -> str:
    """Draw a number of a case or licence by lot: forty bits, so that a hidden one leaves no gap."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def act_digest(act: Act) -> str:
    """Return SHA-256 in hex over what an act says, without what is drawn or computed each time it is tried."""
    said: dict[str, Any] = {"act": type(act).__name__}
    for one in fields(act):
        if one.name in _CHANCE or (one.name == "round" and isinstance(act, Amend)):
            continue  # a change that is sent again after it was made is written on its own round by then
        value = getattr(act, one.name)
        if one.name == "fields":
            value = {name: salted.value for name, salted in value.items()}
        said[one.name] = value
    return hashlib.sha256(rfc8785.dumps(msgspec.to_builtins(said, str_keys=True))).hexdigest()


def _record(writing: Any, events: Iterable[Written], act: Act) -> dict[str, Any]:
    """Write the events, and return what is told of them."""
    told: dict[str, Any] = {"case": getattr(act, "case", ""), "licences": [], "written": [], "proposal": ""}
    licences: dict[str, None] = dict.fromkeys(getattr(act, "licences", ()))
    for written in events:
        writing.append(written)
        told["written"].append([written.stream, written.event.kind])
        if written.stream.startswith("licence/"):
            licences[written.stream.partition("/")[2]] = None
        if written.event.kind == "proposal.made":
            told["proposal"] = written.event.id
    told["licences"] = list(licences)
    return told


def _own(act: Act, key: str) -> str:
    """Return a person's key as the store knows it."""
    return f"{act.person}\n{key}"


def _stops(act: Act) -> bool:
    """Say whether an act goes before others of its batch: what stops something wins a tie."""
    given: Any = act
    name = type(act).__name__
    return (
        (name == "Object" and not given.release)
        or (name == "Agree" and not given.yes)
        or (name == "Countersign" and not given.yes)
        or name in ("Declare", "Withdraw")
        or (name == "ChangeLicence" and given.to in ("suspend", "revoke"))
    )


def _nameable(ident: str) -> bool:
    """Say whether there can be such a case or licence at all."""
    return bool(ident) and len(ident) <= 64 and ident.isprintable() and "/" not in ident

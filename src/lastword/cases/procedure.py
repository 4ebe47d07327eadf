"""A procedure: how an authority comes to its decision, as data in a pack (``procedures.yaml``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from lastword.cases.calendar import TimeLimit, limit_problem
from lastword.errors import InputError, Problem, Where

Role = Literal["advise", "agree", "object", "countersign", "decide"]
"""What a seat does: give a view; say yes (needed); stop by a no; confirm the decision; decide."""
Silence = Literal["blocks", "no_view", "consent", "refuse", "escalate"]
"""What it means that a seat was silent at its due instant. ``no_view``: the work goes on without it.

``consent``: the silence counts as yes; ``refuse``: as no; ``escalate``: the next stage that is reached by escalation takes over.
"""
Entry = Literal["next", "agreement", "disagreement", "escalation", "appeal"]
"""When a stage is entered: in its turn; in its turn if all views so far agree, or if they do not; by escalation; by appeal."""
ROLES: Final = ("advise", "agree", "object", "countersign", "decide")
SILENCES: Final = ("blocks", "no_view", "consent", "refuse", "escalate")
ENTRIES: Final = ("next", "agreement", "disagreement", "escalation", "appeal")
AGAINST: Final = ("refuse", "proviso", "revoke")
IN_TURN: Final = ("next", "agreement", "disagreement")
ANY_AUTHORITY: Final = "*"
"""As the authority of a procedure: whoever it is. In the name of an office it stands for the authority, in the id of a calendar
for its state, e.g. ``*-licensing`` and ``*`` for ``FR/SBDU-licensing`` and ``fr``."""
IMMATERIAL: Final = ("document", "end_use_text", "planned", "route", "undertaking")
"""Fields of a request that a procedure may call immaterial. What is to be done with what, by and for whom, where and for what end
is never among them."""
VIEWS: Final = ("approve", "approve_with_proviso", "refuse", "not_required", "no_view")
OUTCOMES: Final = ("grant", "grant_with_provisos", "refuse", "return", "not_required")


@dataclass(frozen=True, slots=True)
class Seat:
    """A place at which ``needs`` distinct persons, who hold one of ``offices``, act.

    ``veto``: a no stops every grant while it stands. ``per_office``: at most one of them for each office.
    ``limit``: its own time limit, else the one of the stage. ``signature``: each act needs a personal signature.
    """

    id: str
    role: Role
    offices: tuple[str, ...]
    needs: int = 1
    veto: bool = False
    per_office: bool = False
    silence: Silence = "blocks"
    limit: TimeLimit | None = None
    signature: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who may take a decision of a stage to another stage, and until when; silence lets the decision stand."""

    to: str
    by: tuple[str, ...]
    limit: TimeLimit


@dataclass(frozen=True, slots=True)
class Stage:
    """Seats that work at the same time. A stage is complete when each seat is filled, or silent with leave to be."""

    id: str
    title: Mapping[str, str]
    seats: tuple[Seat, ...]
    entry: Entry = "next"
    limit: TimeLimit | None = None
    escalation: Escalation | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Questions to the applicant: whether they stop the clock, the time to reply, and what follows if there is no reply.

    ``silence``: ``may_close``: an officer may close the case then; ``close``: it closes itself.
    """

    stops: bool = True
    limit: TimeLimit | None = None
    silence: Literal["may_close", "close"] = "may_close"


@dataclass(frozen=True, slots=True)
class Appeal:
    """The window for an appeal, against what (``refuse``, ``proviso``, ``revoke``), and the stage that hears it."""

    limit: TimeLimit
    stage: str
    against: tuple[str, ...] = ("refuse",)


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Who may let one act go ahead before the decision, and how soon it must be reviewed, by whom."""

    offices: tuple[str, ...]
    review: TimeLimit
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """A coded ground of refusal, with its citation."""

    code: str
    title: Mapping[str, str]
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """How consents of ``authorities`` (asked for under the names ``procedures``; empty: any) are decided.

    ``calendar``: an id of the record's calendars. ``internal``: the release of a firm for itself, so that only the persons who
    apply are excluded, not their whole firm. ``preliminary``: a grant binds for the planned deal but leaves no licence.
    ``immaterial``: fields of the request whose change leaves the yes votes standing. ``lifts``: prohibitions (rule ids) that
    its authority can lift. ``targets``: what the authority aims at, e.g. 20 and 60 working days; passing one means nothing.
    ``validity``: of the licence, from the decision on. ``reported``: it rests on reports, not on a text that was read.
    """

    id: str
    pack: str
    title: Mapping[str, str]
    authorities: tuple[str, ...]
    calendar: str
    stages: tuple[Stage, ...]
    procedures: tuple[str, ...] = ()
    internal: bool = False
    preliminary: bool = False
    immaterial: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()
    lifts: tuple[str, ...] = ()
    targets: tuple[TimeLimit, ...] = ()
    query: Query = field(default_factory=Query)
    validity: TimeLimit | None = None
    appeal: Appeal | None = None
    break_glass: BreakGlass | None = None
    citation: str = ""
    reported: bool = False

    def stage(self, ident: str) -> Stage:
        """Return a stage by its id; procedures were checked when they were read, so it is there."""
        return next(stage for stage in self.stages if stage.id == ident)

    @property
    def last_word(self) -> tuple[str, ...]:
        """Return the offices that decide in the last stage in turn."""
        for stage in reversed([stage for stage in self.stages if stage.entry in IN_TURN]):
            for seat in stage.seats:
                if seat.role == "decide":
                    return seat.offices
        return ()

    @property
    def offices(self) -> tuple[str, ...]:
        """Return every office that has a seat or may break the glass or review it, in order, each once."""
        found = [office for stage in self.stages for seat in stage.seats for office in seat.offices]
        if self.break_glass is not None:
            found += [*self.break_glass.offices, *self.break_glass.reviewers]
        return tuple(dict.fromkeys(found))

    @property
    def legal_silence(self) -> bool:
        """Say whether some silence means consent."""
        return any(seat.silence == "consent" for stage in self.stages for seat in stage.seats)

    def is_immaterial(self, name: str) -> bool:
        """Say whether a change of the request's field ``name`` leaves the yes votes standing: ``document`` covers
        ``document.1`` too.
        """
        return name in self.immaterial or name.partition(".")[0] in self.immaterial

    def handles(self, authority: str, word: str) -> bool:
        """Say whether a consent of ``authority``, asked for under the name ``word``, is decided in this way."""
        known = authority in self.authorities or ANY_AUTHORITY in self.authorities
        return known and (not self.procedures or word in self.procedures)

    def at(self, authority: str) -> Procedure:
        """Return the procedure as it runs at ``authority``: whoever was left open in offices and calendar is named."""

        def named(offices: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(office.replace(ANY_AUTHORITY, authority) for office in offices)

        glass = self.break_glass
        return replace(
            self,
            authorities=(authority,),
            calendar=self.calendar.replace(ANY_AUTHORITY, authority.partition("/")[0].lower()),
            stages=tuple(
                replace(
                    stage, seats=tuple(replace(seat, offices=named(seat.offices)) for seat in stage.seats)
                )
                for stage in self.stages
            ),
            break_glass=replace(glass, offices=named(glass.offices), reviewers=named(glass.reviewers))
            if glass
            else None,
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a procedure, in which stage and seat ("" for none), and how to mend it."""

    stage: str
    seat: str
    what: str
    mend: str = ""


def procedure_for(procedures: Iterable[Procedure], authority: str, word: str) -> Procedure | None:
    """Return how a consent of ``authority``, asked for under ``word``, is decided; None if nobody says so.

    Who names the word goes before who takes any, and then who names the authority before who takes any. Raises InputError if
    two procedures claim it alike: which one is meant is never guessed.
    """
    found = [one for one in procedures if not one.preliminary and one.handles(authority, word)]
    return _nearest(found, authority, word)


def preliminary_for(procedures: Iterable[Procedure], authority: str, word: str) -> Procedure | None:
    """Return how a preliminary question about the same consent is decided; None if there is no such way. Raises as above."""
    found = [one for one in procedures if one.preliminary and one.handles(authority, word)]
    return _nearest(found, authority, word)


def _nearest(found: Sequence[Procedure], authority: str, word: str) -> Procedure | None:
    if not found:
        return None

    def nearness(one: Procedure) -> tuple[bool, bool]:
        return word in one.procedures, authority in one.authorities

    best = max(nearness(one) for one in found)
    nearest = [one for one in found if nearness(one) == best]
    if len(nearest) > 1:
        names = " and ".join(f"`{one.id}` of the pack `{one.pack}`" for one in nearest)
        what = f"{names} both claim the consent of `{authority}` asked for as `{word}`"
        raise InputError(Problem(Where("procedures"), what, "let one of them name the word or the authority"))
    return nearest[0].at(authority)


def problems(procedure: Procedure) -> Iterator[Fault]:
    """Yield everything that is wrong with a procedure. One with a fault is never put in force: a threshold that is missing, zero
    or out of reach must not pass as met, and no way through the stages may end without somebody who decides.
    """
    yield from _head_faults(procedure)
    yield from _limit_faults(procedure)
    for stage in procedure.stages:
        for seat in stage.seats:
            for what, mend in _seat_faults(procedure, stage, seat):
                yield Fault(stage.id, seat.id, what, mend)
    yield from _way_faults(procedure)
    yield from _escalation_faults(procedure)
    yield from _appeal_faults(procedure)


def _head_faults(procedure: Procedure) -> Iterator[Fault]:
    if not procedure.authorities:
        yield Fault("", "", "no authority decides by it", "name `authorities`, e.g. [GB/ECJU]")
    if not procedure.stages:
        yield Fault("", "", "it has no stages", "write at least one stage with a seat that decides")
    seats = [seat.id for stage in procedure.stages for seat in stage.seats]
    for what, names in (
        ("stage", [stage.id for stage in procedure.stages]),
        ("seat", seats),
        ("ground", [ground.code for ground in procedure.grounds]),
        ("authority", list(procedure.authorities)),
        ("word", list(procedure.procedures)),
    ):
        for name, count in Counter(names).items():
            if count > 1:
                yield Fault("", "", f"the {what} `{name}` is there {count} times", "give each its own name")
            if not name:
                yield Fault("", "", f"a {what} has no name", "give it one")
    for name in procedure.immaterial:
        if name not in IMMATERIAL:
            what = f"`{name}` cannot be immaterial: whoever said yes said yes to it"
            yield Fault("", "", what, "one of " + ", ".join(IMMATERIAL))
    glass = procedure.break_glass
    if glass is not None and not glass.offices:
        yield Fault("", "", "nobody may break the glass", "name `offices`, or leave `break_glass` out")
    if glass is not None and not glass.reviewers:
        yield Fault("", "", "nobody reviews whoever broke the glass", "name `reviewers`")
    for stage in procedure.stages:
        if not stage.seats:
            yield Fault(stage.id, "", "the stage has no seats", "write at least one, or take the stage out")
        if stage.entry not in ENTRIES:
            yield Fault(stage.id, "", f"`{stage.entry}` is no entry", "one of " + ", ".join(ENTRIES))
    if procedure.query.silence == "close" and procedure.query.limit is None:
        yield Fault("", "", "a query closes the case after no time at all", "give `query` a `limit`")


def _limit_faults(procedure: Procedure) -> Iterator[Fault]:
    glass, appeal = procedure.break_glass, procedure.appeal
    found: list[tuple[str, str, TimeLimit | None]] = [("", "", procedure.validity)]
    found += [
        ("", "", procedure.query.limit),
        ("", "", glass.review if glass else None),
        ("", "", appeal.limit if appeal else None),
    ]
    found += [("", "", target) for target in procedure.targets]
    for stage in procedure.stages:
        found += [
            (stage.id, "", stage.limit),
            (stage.id, "", stage.escalation.limit if stage.escalation else None),
        ]
        found += [(stage.id, seat.id, seat.limit) for seat in stage.seats]
    for where, seat_id, limit in found:
        wrong = limit_problem(limit) if limit is not None else ""
        if wrong:
            what, _, mend = wrong.partition("; ")
            yield Fault(where, seat_id, what, mend)


def _seat_faults(procedure: Procedure, stage: Stage, seat: Seat) -> Iterator[tuple[str, str]]:
    if seat.role not in ROLES:
        yield f"`{seat.role}` is no role", "one of " + ", ".join(ROLES)
    if seat.silence not in SILENCES:
        yield f"`{seat.silence}` is no meaning of silence", "one of " + ", ".join(SILENCES)
    if not seat.offices or not all(seat.offices):
        yield "no office sits here, so that nobody can ever fill it", "name `offices`"
    if len(set(seat.offices)) != len(seat.offices):
        yield "an office is named twice", "name each once"
    if seat.needs < 1:
        yield f"`needs` is {seat.needs}, so that it would be filled by nobody", "write at least 1"
    elif seat.per_office and seat.needs > len(set(seat.offices)):
        what = f"it needs {seat.needs} persons of different offices, and has {len(set(seat.offices))} offices"
        yield what, "lower `needs` or name more offices"
    if seat.veto and seat.role not in ("agree", "object"):
        yield f"a seat that is to {seat.role} cannot veto", "make it `agree` or `object`, or take `veto` out"
    if seat.silence != "blocks" and seat.limit is None and stage.limit is None:
        yield f"its silence means `{seat.silence}`, but at no time", "give the seat or its stage a `limit`"
    if seat.silence == "no_view" and seat.role in ("agree", "countersign", "decide"):
        yield f"a seat that is to {seat.role} cannot be passed over", "let its silence mean something else"
    if seat.silence == "consent" and seat.role == "countersign":
        yield "silence is no second signature", "let it mean `blocks`, `refuse` or `escalate`"
    if seat.silence == "consent" and not procedure.citation:
        yield "silence means consent only where a law says so", "cite it under `citation`"
    if seat.silence == "escalate" and not any(
        later.entry == "escalation" for later in procedure.stages[procedure.stages.index(stage) + 1 :]
    ):
        yield "its silence escalates, but no later stage is entered by escalation", "write one"


def _way_faults(procedure: Procedure) -> Iterator[Fault]:
    """Yield what is wrong with the ways through the stages in turn: by agreement, by disagreement."""
    in_turn = [stage for stage in procedure.stages if stage.entry in IN_TURN]
    if procedure.stages and not any(_decides(stage) for stage in in_turn):
        yield Fault(
            "", "", "nobody decides in the stages in turn", "give one stage a seat with `role: decide`"
        )
        return
    if procedure.stages and procedure.stages[0].entry != "next":
        yield Fault(
            procedure.stages[0].id, "", "the first stage has to be entered in its turn", "entry: next"
        )
    told: set[Fault] = set()
    for turn in ("agreement", "disagreement"):
        told.update(_faults_of_way([stage for stage in in_turn if stage.entry in ("next", turn)], turn))
    for stage in procedure.stages:
        if stage.entry in ("escalation", "appeal") and not _decides(stage):
            told.add(Fault(stage.id, "", "nobody decides in it", "give it a seat with `role: decide`"))
        if sum(seat.role == "decide" for seat in stage.seats) > 1:
            told.add(Fault(stage.id, "", "two seats decide in it", "let one decide and the others agree"))
    order = {stage.id: number for number, stage in enumerate(procedure.stages)}
    yield from sorted(told, key=lambda fault: (order.get(fault.stage, -1), fault.seat, fault.what))


def _faults_of_way(way: Sequence[Stage], turn: str) -> Iterator[Fault]:
    decided = viewed = False
    for stage in way:
        if stage.entry == turn and not viewed:
            what = f"it is entered by {turn}, but nobody gave a view before it"
            yield Fault(stage.id, "", what, "put a stage with seats that advise or agree before it")
        if decided and any(seat.role != "countersign" for seat in stage.seats):
            what = "it comes after the stage that decides, so that it is never reached"
            yield Fault(stage.id, "", what, "let its seats `countersign`, or put it before")
        decided = decided or _decides(stage)
        if not decided:
            for seat in stage.seats:
                if seat.role == "countersign":
                    what = "it countersigns before anybody decides"
                    yield Fault(stage.id, seat.id, what, "put it in the stage that decides, or after it")
        viewed = viewed or any(seat.role in ("advise", "agree") for seat in stage.seats)
    if not decided:
        yield Fault("", "", f"nobody decides if the views are in {turn}", "write a stage for it")


def _escalation_faults(procedure: Procedure) -> Iterator[Fault]:
    order = {stage.id: number for number, stage in enumerate(procedure.stages)}
    seats = {seat.id for stage in procedure.stages for seat in stage.seats}
    reached: set[str] = set()
    for number, stage in enumerate(procedure.stages):
        if any(seat.silence == "escalate" for seat in stage.seats):
            following = (later.id for later in procedure.stages[number + 1 :] if later.entry == "escalation")
            reached.update(list(following)[:1])
        ladder = stage.escalation
        if ladder is None:
            continue
        reached.add(ladder.to)
        if ladder.to not in order:
            yield Fault(stage.id, "", f"there is no stage `{ladder.to}` to escalate to", "name a stage")
        elif procedure.stages[order[ladder.to]].entry != "escalation":
            what = f"it escalates to `{ladder.to}`, which is not entered by escalation"
            yield Fault(stage.id, "", what, "write entry: escalation there")
        elif order[ladder.to] <= number:
            what = f"it escalates to `{ladder.to}`, which comes before it"
            yield Fault(stage.id, "", what, "escalate to a later stage, so that it comes to an end")
        if not _decides(stage):
            what = "it escalates, but nothing is decided in it that could be taken further"
            yield Fault(stage.id, "", what, "give it a seat with `role: decide`")
        if not ladder.by:
            yield Fault(stage.id, "", "nobody may escalate", "name the seats that may under `by`")
        for seat in ladder.by:
            if seat not in seats:
                yield Fault(stage.id, "", f"there is no seat `{seat}` that could escalate", "name a seat")
    for stage in procedure.stages:
        if stage.entry == "escalation" and stage.id not in reached:
            yield Fault(stage.id, "", "nothing escalates to it", "name it in an `escalation`, or take it out")


def _appeal_faults(procedure: Procedure) -> Iterator[Fault]:
    appeal = procedure.appeal
    hears = [stage.id for stage in procedure.stages if stage.entry == "appeal"]
    for stage in hears:
        if appeal is None or appeal.stage != stage:
            yield Fault(stage, "", "no appeal leads to it", "name it in `appeal`, or take it out")
    if appeal is None:
        return
    if appeal.stage not in hears:
        what = f"appeals go to `{appeal.stage}`, which is no stage entered by appeal"
        yield Fault("", "", what, "write such a stage with entry: appeal")
    if not appeal.against:
        yield Fault("", "", "an appeal lies against nothing", "name what under `against`")
    for one in appeal.against:
        if one not in AGAINST:
            yield Fault("", "", f"an appeal cannot lie against `{one}`", "one of " + ", ".join(AGAINST))


def _decides(stage: Stage) -> bool:
    return any(seat.role == "decide" for seat in stage.seats)

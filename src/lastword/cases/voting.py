"""Acts at seats before the decision: views, consents, objections and their release."""

from __future__ import annotations

from collections.abc import Mapping

from lastword.cases import clocks
from lastword.cases.acts import Act, Advise, Agree, Countersign, Decide, DropProviso, Object, ProvisoAsked
from lastword.cases.case import Clearance, Decision, Due, Proviso, TextAt, Vote, place
from lastword.cases.caseevents import CaseProvisoDropped, ObjectionReleased, VoteCast
from lastword.cases.draft import Draft
from lastword.cases.procedure import VIEWS, Procedure, Seat
from lastword.cases.progress import advance, seat_state, vetoes
from lastword.cases.refusal import ActRefused
from lastword.cases.seats import Sitting, officer_of, repeated, sit

SeatAct = Advise | Agree | Object | Decide | Countersign


def advise(draft: Draft, act: Advise) -> None:
    """Give a view at an advising seat.

    Raises ActRefused: as ``seats.sit`` and ``check_vote``, ``unknown_view``, ``unknown_code``, ``no_proviso``,
    ``provisos_without_approval``, ``unknown_owner``, ``no_text``.
    """
    clearance = draft.clearance(act.clearance)
    if act.view not in VIEWS:
        raise ActRefused("unknown_view", f"`{act.view}` is no view", "give one of " + ", ".join(VIEWS))
    sitting = sit(act, act.seat, ("advise",), draft.case, clearance, draft.world, draft.now)
    check_vote(draft, act, clearance, sitting)
    view = "approve_with_proviso" if act.view == "approve" and act.provisos else act.view
    if view == "approve_with_proviso" and not act.provisos:
        raise ActRefused("no_proviso", "an approval with proviso names none", "name it, or approve without")
    if view != "approve_with_proviso" and act.provisos:
        raise ActRefused(
            "provisos_without_approval", f"a proviso binds a grant, and the view is `{view}`", "leave it out"
        )
    check_grounds(act.grounds, clearance.procedure, refuses=view == "refuse", needed=False)
    cast_vote(draft, act, clearance, sitting, view, provisos=act.provisos, grounds=act.grounds)
    advance(draft, clearance.key, draft.now)


def agree(draft: Draft, act: Agree) -> None:
    """Say yes or no at an agreeing seat; at an objecting seat, yes means that there is no objection. Raises ActRefused."""
    clearance = draft.clearance(act.clearance)
    sitting = sit(
        act, act.seat, ("agree", "object"), draft.case, clearance, draft.world, draft.now, earlier=True
    )
    if not act.yes and act.provisos:
        raise ActRefused(
            "provisos_without_approval", "a proviso binds a grant, and the answer is no", "leave it out"
        )
    _say(draft, act, clearance, sitting, "yes" if act.yes else "no", act.provisos)


def object_to(draft: Draft, act: Object) -> None:
    """Stop every grant at an objecting seat, say no at an agreeing one, or take either back.

    It is taken back by who said it or by another officer of the same office. Raises ActRefused, ``no_objection`` among others.
    """
    clearance = draft.clearance(act.clearance)
    roles = ("object", "agree")
    sitting = sit(act, act.seat, roles, draft.case, clearance, draft.world, draft.now, earlier=True)
    if not act.release:
        _say(draft, act, clearance, sitting, "no", ())
        return
    check_current(draft, act.round, act.request)
    check_signature(act, sitting)
    check_nonce(draft, act.nonce)
    seat = place(sitting.stage.id, sitting.seat.id)
    standing = tuple(
        vote.no
        for vote in clearance.counted(sitting.stage.id, sitting.seat.id)
        if vote.verdict == "no" and vote.office == sitting.office
    )
    silent = {name: one for name, one in clearance.silent.items() if (name, one) != (seat, "refuse")}
    if not standing and len(silent) == len(clearance.silent):
        raise ActRefused(
            "no_objection",
            f"no objection of `{sitting.office}` stands at the seat `{sitting.seat.id}`",
            "only the office that objected takes it back",
        )
    vote = _vote(
        draft, act, clearance, sitting, "release", counts=False, why_not="it takes a no back, and is no vote"
    )
    draft.write(
        ObjectionReleased(
            at=draft.now,
            clearance=clearance.key,
            votes=standing,
            vote=vote,
            dues=_asked_again(draft, clearance, sitting),
            silent=silent,
        ),
        {"text": act.text},
        audience="file",
    )
    advance(draft, clearance.key, draft.now)


def drop_proviso(draft: Draft, act: DropProviso) -> None:
    """Agree, as an officer of the office that owns a proviso, that it is left out. Raises ActRefused."""
    clearance = draft.clearance(act.clearance)
    if clearance.status != "open":
        raise ActRefused(
            "final",
            f"the clearance `{clearance.key}` is over",
            "name the licence whose proviso is to be dropped",
        )
    proviso = next((one for one in clearance.provisos if one.id == act.proviso), None)
    if proviso is None:
        raise ActRefused(
            "unknown_proviso",
            f"`{clearance.key}` has no proviso `{act.proviso}`",
            "its provisos are " + (", ".join(f"`{one.id}`" for one in clearance.standing()) or "none"),
        )
    office = officer_of(
        act,
        (proviso.owner,),
        draft.case,
        clearance,
        draft.world,
        draft.now,
        f"drop the proviso `{proviso.id}`",
    )
    if proviso.dropped:
        raise ActRefused("already", f"the proviso `{proviso.id}` stands no more", "nothing is left to do")
    if clearance.pending is not None and proviso.id in clearance.pending.provisos:
        raise ActRefused(
            "pending",
            f"a decision with the proviso `{proviso.id}` waits to stand",
            "it is dropped before or after that",
        )
    write_drop(draft, act, clearance, proviso, office, act.text)


def write_drop(
    draft: Draft, act: Act, clearance: Clearance, proviso: Proviso, office: str, text: str = ""
) -> None:
    """Write that the owner of a proviso agreed that it is left out."""
    draft.write(
        CaseProvisoDropped(
            at=draft.now,
            clearance=clearance.key,
            proviso=proviso.id,
            person=act.person,
            principal=act.principal,
            office=office,
            text=TextAt(draft.next_no, "text") if text else None,
        ),
        {"text": text},
        audience="file",
    )


def check_vote(draft: Draft, act: SeatAct, clearance: Clearance, sitting: Sitting) -> None:
    """Refuse a vote that would not count, at once and with the reason.

    Raises ActRefused: ``stale_request``, ``needs_signature``, ``no_nonce``, ``nonce_used``, ``voted_already``,
    ``office_spoke``, ``too_late``, ``seat_filled``.
    """
    check_current(draft, act.round, getattr(act, "request", ""))
    check_signature(act, sitting)
    check_nonce(draft, act.nonce)
    stage, seat = sitting.stage, sitting.seat
    if repeated(act, sitting, clearance, draft.world.roster):
        raise ActRefused(
            "voted_already",
            f"`{act.principal or act.person}` has a vote at the seat `{seat.id}`, and a person and the deputy have one",
            "a no is taken back with a release; a view stands",
        )
    votes = clearance.counted(stage.id, seat.id)
    is_no = isinstance(act, Object) or (isinstance(act, Agree) and not act.yes)
    stops = is_no and vetoes(seat)  # a veto is in time, whoever of the seat said yes before
    if seat.per_office and not stops and any(vote.office == sitting.office for vote in votes):
        raise ActRefused(
            "office_spoke",
            f"`{sitting.office}` has its vote at the seat `{seat.id}`",
            "each office has one vote there",
        )
    silence = clearance.silent.get(place(stage.id, seat.id), "blocks")
    if silence != "blocks":
        raise ActRefused(
            "too_late",
            f"the time of the seat `{seat.id}` is over, and its silence means `{silence}`",
            "only a new round asks it again",
        )
    if seat_state(clearance, stage, seat) == "filled" and not stops:
        raise ActRefused(
            "seat_filled", f"the seat `{seat.id}` has all the votes it needs", "nothing is left to do"
        )


def check_current(draft: Draft, round_: int, request: str) -> None:
    """Refuse a vote on another round or another request than the one in force. Raises ActRefused ``stale_request``."""
    case = draft.case
    if (round_ and round_ != case.round) or (request and request != case.request.digest):
        raise ActRefused(
            "stale_request",
            f"the vote is on another request than the one in force, of round {case.round}",
            "read the request again, and vote on what it says now",
        )


def check_signature(act: Act, sitting: Sitting) -> None:
    """Refuse an unsigned act at a seat that needs a personal signature. Raises ActRefused ``needs_signature``."""
    if sitting.seat.signature and not act.signed:
        raise ActRefused(
            "needs_signature",
            f"the seat `{sitting.seat.id}` needs a personal signature",
            "sign it with your key",
        )


def check_nonce(draft: Draft, nonce: str) -> None:
    """Refuse a vote that was cast before. Raises ActRefused ``nonce_used``."""
    if not nonce:
        raise ActRefused("no_nonce", "the vote has no nonce", "give it a random one")
    if any(vote.nonce == nonce for one in draft.case.clearances.values() for vote in one.votes):
        raise ActRefused(
            "nonce_used", "a vote with this nonce was cast in this case before", "give each vote its own"
        )


def check_grounds(grounds: tuple[str, ...], procedure: Procedure, *, refuses: bool, needed: bool) -> None:
    """Check coded grounds. Raises ActRefused ``unknown_code``, ``no_ground`` or ``grounds_without_refusal``."""
    known = [ground.code for ground in procedure.grounds]
    for code in grounds:
        if code not in known:
            raise ActRefused(
                "unknown_code",
                f"`{code}` is no ground of refusal of the procedure `{procedure.id}`",
                "its grounds are " + (", ".join(f"`{one}`" for one in known) or "none"),
            )
    if grounds and not refuses:
        raise ActRefused(
            "grounds_without_refusal", "grounds are for a refusal, and nothing is refused", "leave them out"
        )
    if refuses and needed and known and not grounds:
        raise ActRefused(
            "no_ground",
            "a refusal needs a ground",
            "name one or more of " + ", ".join(f"`{one}`" for one in known),
        )


def cast_vote(
    draft: Draft,
    act: SeatAct,
    clearance: Clearance,
    sitting: Sitting,
    verdict: str,
    *,
    provisos: tuple[ProvisoAsked, ...] = (),
    grounds: tuple[str, ...] = (),
    decision: Decision | None = None,
    replaced: tuple[int, ...] = (),
    texts: Mapping[str, str] | None = None,
    text_audience: Mapping[str, str] | None = None,
) -> None:
    """Write a vote, with the provisos that it asks for; they take the place of those that the seat's office asked for before."""
    asked = provisos_of(draft, clearance, sitting, provisos)
    vote = _vote(
        draft,
        act,
        clearance,
        sitting,
        verdict,
        provisos=tuple(one.id for one in asked),
        grounds=grounds,
        decision=decision,
    )
    superseded = _superseded(clearance, sitting, replaced)
    seat = place(sitting.stage.id, sitting.seat.id)
    words = {"text": getattr(act, "text", ""), **(texts or {})}
    words |= {f"proviso.{number}": one.text for number, one in enumerate(provisos, 1)}
    audiences = {f"proviso.{number}": "applicant" for number in range(1, len(provisos) + 1)}
    draft.write(
        VoteCast(
            at=draft.now,
            clearance=clearance.key,
            vote=vote,
            dues=_dues_after(clearance, sitting, vote),
            provisos=asked,
            replaced=replaced,
            superseded=superseded,
            silent={name: one for name, one in clearance.silent.items() if name != seat},
        ),
        words,
        audience="file",
        text_audience=audiences | dict(text_audience or {}),
    )


def provisos_of(
    draft: Draft, clearance: Clearance, sitting: Sitting, asked: tuple[ProvisoAsked, ...]
) -> tuple[Proviso, ...]:
    """Return the provisos that the next entry asks for, with their owners. Raises ActRefused ``unknown_owner``, ``no_text``."""
    offices = {
        office for stage in clearance.procedure.stages for seat in stage.seats for office in seat.offices
    }
    no = draft.next_no
    found = []
    for number, one in enumerate(asked, 1):
        owner = one.owner or sitting.office
        if owner not in offices:
            raise ActRefused(
                "unknown_owner",
                f"`{owner}` is no office of the procedure `{clearance.procedure.id}`, and cannot own a proviso of it",
                "leave the owner out, or name one of "
                + ", ".join(f"`{office}`" for office in sorted(offices)),
            )
        if not one.text.strip():
            raise ActRefused("no_text", "a proviso has no words", "say what it asks for")
        found.append(Proviso(f"p{no}.{number}", owner, TextAt(no, f"proviso.{number}"), one.code))
    return tuple(found)


def _say(
    draft: Draft,
    act: Agree | Object,
    clearance: Clearance,
    sitting: Sitting,
    verdict: str,
    provisos: tuple[ProvisoAsked, ...],
) -> None:
    check_vote(draft, act, clearance, sitting)
    if verdict == "yes" and clearance.pending is not None and provisos:
        raise ActRefused("pending", "a decision waits to stand, and takes no more provisos", "agree without")
    cast_vote(draft, act, clearance, sitting, verdict, provisos=provisos)
    advance(draft, clearance.key, draft.now)


def _vote(
    draft: Draft,
    act: SeatAct,
    clearance: Clearance,
    sitting: Sitting,
    verdict: str,
    *,
    provisos: tuple[str, ...] = (),
    grounds: tuple[str, ...] = (),
    decision: Decision | None = None,
    counts: bool = True,
    why_not: str = "",
) -> Vote:
    no = draft.next_no
    return Vote(
        no=no,
        stage=sitting.stage.id,
        seat=sitting.seat.id,
        office=sitting.office,
        person=act.person,
        principal=act.principal,
        round=draft.case.round,
        request=draft.case.request.digest,
        basis=clearance.basis,
        verdict=verdict,
        nonce=act.nonce,
        at=draft.now,
        provisos=provisos,
        decision=decision,
        signed=act.signed,
        counts=counts,
        why_not=why_not,
        text=TextAt(no, "text") if getattr(act, "text", "") else None,
        grounds=grounds,
    )


def _superseded(clearance: Clearance, sitting: Sitting, replaced: tuple[int, ...]) -> tuple[str, ...]:
    """Return the provisos of votes at this seat that count no more, of the office that acts now."""
    old = {
        ident
        for vote in clearance.votes
        if (vote.stage, vote.seat, vote.office) == (sitting.stage.id, sitting.seat.id, sitting.office)
        and (not vote.counts or vote.no in replaced)
        for ident in vote.provisos
    }
    return tuple(proviso.id for proviso in clearance.standing() if proviso.id in old)


def _asked_again(draft: Draft, clearance: Clearance, sitting: Sitting) -> tuple[Due, ...]:
    """Return the clocks after a release: the seat has its time again if it is at work and its clock was over."""
    limit = clocks.limit_of(sitting.stage, sitting.seat)
    runs = any((due.kind, due.about) == ("seat", sitting.seat.id) for due in clearance.dues)
    if limit is None or runs or sitting.stage.id != clearance.stage:
        return clearance.dues
    stops = clocks.open_stops(draft.case, clearance.key)
    due = clocks.start("seat", sitting.seat.id, limit, clearance.procedure, draft.world, draft.now, stops)
    return (*clearance.dues, due)


def _dues_after(clearance: Clearance, sitting: Sitting, vote: Vote) -> tuple[Due, ...]:
    """Return the clocks after a vote: the one of a seat that has all its votes is over."""
    seat: Seat = sitting.seat
    votes = [*clearance.counted(sitting.stage.id, seat.id), vote]
    same = [one for one in votes if one.verdict == vote.verdict]
    full = len(votes if seat.role == "advise" else same) >= seat.needs
    if not full or sitting.stage.id != clearance.stage:
        return clearance.dues
    return clocks.without(clearance.dues, lambda due: (due.kind, due.about) == ("seat", seat.id))

"""Changes: a new round, a new answer, questions and replies, withdrawal, closing, appeal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from lastword.cases import clocks
from lastword.cases.acts import Amend, AppealAgainst, Ask, Close, Reassess, Reply, Withdraw
from lastword.cases.assessment import Assessed, Assessment
from lastword.cases.case import AppealState, Clearance, QueryState, Stop, TextAt
from lastword.cases.caseevents import (
    BasisChanged,
    CaseAmended,
    CaseAppealed,
    CaseClosed,
    CaseReassessed,
    CaseWithdrawn,
    ClearanceOpened,
    QueryAsked,
    QueryReplied,
    VotesCarried,
    VotesVoided,
)
from lastword.cases.draft import Draft
from lastword.cases.filing import check_applicant
from lastword.cases.needs import (
    check_allowed,
    check_answer,
    chosen_keys,
    first_stage,
    is_current,
    kept_keys,
    opened,
    procedure_of,
    recorded,
    same_answer,
)
from lastword.cases.progress import advance, enter, undo, vetoes
from lastword.cases.refusal import ActRefused
from lastword.cases.request import changed_fields, check_request, is_named
from lastword.cases.seats import lacking, officer_of
from lastword.cases.timing import begin_holds, end, hold, release


def amend(draft: Draft, act: Amend) -> None:
    """Change the request: a new round, in which no yes stands but where nothing changed that matters to it.

    Raises ActRefused: ``not_applicant``, ``seated``, ``final``, ``stale_request``, ``bad_request``, ``other_applicant``,
    ``nothing_changed``, and as filing does but for ``nothing_to_ask``: what no longer needs a consent ends as not needed.
    """
    case, world = draft.case, draft.world
    _applicant_acts(draft, act)
    if any(one.outcomes for one in case.clearances.values()) or case.status not in ("open", "settle"):
        raise ActRefused(
            "final", f"the case `{case.id}` was decided on, at least in part", "file a new request"
        )
    if act.round and act.round != case.round:
        raise ActRefused(
            "stale_request",
            f"the request was changed meanwhile, and this change was made on round {act.round} of it, not {case.round}",
            "read the request again, and change what it says now",
        )
    check_request(act.request, act.fields)
    if act.request.applicant != case.applicant:
        raise ActRefused(
            "other_applicant",
            f"the applicant is `{case.applicant}`, and a change of the request cannot change that",
            "withdraw, and file for the other applicant",
        )
    changed = changed_fields(case.request, act.request)
    if not changed:
        raise ActRefused("nothing_changed", "the request is the one in force", "nothing is left to do")
    check_answer(act.assessment, act.request, world, draft.now)
    check_allowed(act.assessment)
    choose = act.choose or tuple(key for key in case.chosen if act.assessment.consent(key) is not None)
    keys = chosen_keys(act.assessment, choose)
    draft.write(
        CaseAmended(at=draft.now, person=act.person, request=act.request, changed=changed, chosen=choose),
        act.fields,
    )
    draft.write(CaseReassessed(at=draft.now, person=act.person, assessment=recorded(act.assessment)))
    _settle_clearances(draft, act.assessment, keys, changed=changed)
    short = lacking(
        {key: one.procedure for key, one in draft.case.clearances.items() if one.status == "open"},
        applicant=case.applicant,
        acted=draft.case.acted,
        world=world,
        now=draft.now,
    )
    if short:
        raise ActRefused(
            "cannot_be_filled",
            "the roster cannot fill the seats " + "; ".join(short),
            "appoint officers who are neither the applicant's nor needed at another seat of the case",
        )


def reassess(draft: Draft, act: Reassess) -> None:
    """Judge a case again on today's answer; writes nothing where that says the same. Raises ActRefused ``stale_answer``."""
    answer = draft.world.assessment
    if answer is None or not is_current(answer, draft.world):
        raise ActRefused(
            "stale_answer",
            "the answer is not of today's facts and rules",
            "compute it again, then repeat the act",
        )
    adopt(draft, act.person)


def adopt(draft: Draft, person: str) -> None:
    """Rest the case on ``world.assessment`` if that is current and says something else than what it rests on."""
    case, answer = draft.case, draft.world.assessment
    if answer is None or case.status not in ("open", "settle") or same_answer(answer, case.assessment):
        return
    if not is_current(answer, draft.world) or answer.day < case.assessment.day:
        return
    first, last = (draft.now - timedelta(hours=12)).date(), (draft.now + timedelta(hours=14)).date()
    if not first <= answer.day <= last:
        return
    check_answer(answer, case.request, draft.world, draft.now)
    keys = kept_keys(answer, case)
    draft.write(CaseReassessed(at=draft.now, person=person, assessment=recorded(answer)))
    _settle_clearances(draft, answer, keys, changed=())


def _settle_clearances(
    draft: Draft, answer: Assessment, keys: tuple[str, ...], *, changed: tuple[str, ...]
) -> None:
    """Bring the clearances to what an answer asks for. ``changed``: fields of the request, in a new round.

    What is decided stays decided. A procedure stays the one that was recorded when the clearance was opened.
    """
    at = draft.now
    for key, clearance in list(draft.case.clearances.items()):
        if clearance.status != "open" or clearance.outcomes:
            continue
        consent = answer.consent(key) if key in keys else None
        if consent is None:
            _no_longer_named(draft, clearance, answer, keys)
        else:
            _still_named(draft, clearance, consent, changed)
    for key in keys:
        consent = answer.consent(key)
        before = draft.case.clearances.get(key)
        if consent is None or (before is not None and before.status in ("open", "decided")):
            continue
        if any(one.clearance == key and one.overdue and one.replied is None for one in draft.case.queries):
            continue  # it was closed for want of a reply, and stays so
        if consent.procedure is None and not changed:
            continue  # the case shows that this consent has no procedure, and comes to no verdict without it
        new = opened(consent, procedure_of(consent), draft.world, at)
        if before is not None:
            new = replace(new, votes=before.votes, provisos=before.provisos, appeals=before.appeals)
        draft.write(ClearanceOpened(at=at, clearance=new, why="the answer asks for it"))
    begin_holds(draft)
    for key in draft.case.clearances:
        advance(draft, key, at)


def _still_named(draft: Draft, clearance: Clearance, consent: Assessed, changed: tuple[str, ...]) -> None:
    other = (consent.basis, consent.items) != (clearance.basis, clearance.items)
    if other:
        draft.write(
            BasisChanged(
                at=draft.now,
                clearance=clearance.key,
                basis=consent.basis,
                items=consent.items,
                rules=consent.rules,
            )
        )
    material = [name for name in changed if not is_named(name, clearance.procedure.immaterial)]
    if material:
        names = ", ".join(f"`{name}`" for name in material)
        _restart(draft, clearance.key, f"the request changed in {names}", new_round=True)
    elif other:
        _restart(draft, clearance.key, "the answer on which it rested changed", new_round=False)
    elif changed:
        _carry(draft, clearance, changed)


def _carry(draft: Draft, clearance: Clearance, changed: tuple[str, ...]) -> None:
    """Let votes stand in the new round, but for decisions that wait for others: a later one would be on another content."""
    loose = [
        vote.no
        for vote in clearance.votes
        if vote.counts and vote.decision is not None and clearance.pending is None
    ]
    if loose:
        own = [
            proviso.id
            for proviso in clearance.standing()
            for vote in clearance.votes
            if vote.no in loose and proviso.id in vote.provisos
        ]
        draft.write(
            VotesVoided(
                at=draft.now,
                clearance=clearance.key,
                votes=tuple(loose),
                why="the request changed before all had decided",
                provisos=tuple(own),
            ),
            audience="file",
        )
    votes = tuple(vote.no for vote in draft.clearance(clearance.key).votes if vote.counts)
    if votes:
        names = ", ".join(f"`{name}`" for name in changed)
        draft.write(
            VotesCarried(
                at=draft.now,
                clearance=clearance.key,
                votes=votes,
                why=f"only {names} changed, which the procedure `{clearance.procedure.id}` calls immaterial",
                round=draft.case.round,
                request=draft.case.request.digest,
            ),
            audience="file",
        )


def _restart(draft: Draft, key: str, why: str, *, new_round: bool) -> None:
    """Begin again at the first stage. In the same round a veto stands on, as only its seat or a new round releases it.

    So do provisos, until their office is heard again: what it asked for is not lost by a change that it has no part in.
    """
    clearance = draft.clearance(key)
    seats = {(stage.id, seat.id): seat for stage in clearance.procedure.stages for seat in stage.seats}
    kept = {
        vote.no
        for vote in clearance.votes
        if not new_round and vote.verdict == "no" and vetoes(seats[vote.stage, vote.seat])
    }
    voided = [vote for vote in clearance.votes if vote.counts and vote.no not in kept]
    provisos = {
        proviso.id
        for proviso in clearance.standing()
        if new_round or any(vote.decision is not None and proviso.id in vote.provisos for vote in voided)
    }
    if voided or provisos or clearance.pending is not None:
        draft.write(
            VotesVoided(
                at=draft.now,
                clearance=key,
                votes=tuple(vote.no for vote in voided),
                why=why,
                provisos=tuple(sorted(provisos)),
                pending=clearance.pending is not None,
            ),
            audience="file",
        )
    stage = clearance.procedure.stage(first_stage(clearance.procedure))
    enter(draft, key, stage, draft.now, why, restart=True)


def _no_longer_named(draft: Draft, clearance: Clearance, answer: Assessment, keys: tuple[str, ...]) -> None:
    """End a clearance whose consent the answer no longer asks for: not while it may still have to be asked for."""
    named = {one.authority for one in answer.consents}
    taken_over = any(
        one.key not in draft.case.clearances and set(one.items) & set(clearance.items)
        for one in answer.consents
        if one.key in keys
    )
    if clearance.authority not in named and taken_over:
        end(draft, clearance.key, "closed", "another authority is competent now", draft.now)
    elif answer.settled or answer.consent(clearance.key) is not None:
        end(draft, clearance.key, "not_needed", "the answer no longer asks for it", draft.now)


def ask(draft: Draft, act: Ask) -> None:
    """Put a question to the applicant; the clock of the clearance stands still where the procedure says so. Raises ActRefused."""
    clearance = draft.clearance(act.clearance)
    if clearance.status != "open":
        raise ActRefused(
            "final", f"the clearance `{clearance.key}` is over", "there is nothing to ask for any more"
        )
    procedure = clearance.procedure
    offices = [office for stage in procedure.stages for seat in stage.seats for office in seat.offices]
    office = officer_of(
        act, offices, draft.case, clearance, draft.world, draft.now, f"ask about `{clearance.key}`"
    )
    if not act.query or any(one.id == act.query for one in draft.case.queries):
        raise ActRefused("exists", f"there is a question `{act.query}` already", "give it an id of its own")
    if not act.text.strip():
        raise ActRefused("no_text", "the question has no words", "say what is asked")
    query = QueryState(
        act.query,
        clearance.key,
        office,
        act.person,
        draft.now,
        TextAt(draft.next_no, "text"),
        principal=act.principal,
    )
    dues = clearance.dues
    if procedure.query.limit is not None:
        stops = clocks.open_stops(draft.case, clearance.key)
        due = clocks.start(
            "query", act.query, procedure.query.limit, procedure, draft.world, draft.now, stops
        )
        dues = (*dues, due)
    draft.write(QueryAsked(at=draft.now, query=query, dues=dues), {"text": act.text})
    if procedure.query.stops:
        hold(draft, Stop(clearance.key, f"query:{act.query}", draft.now))


def reply(draft: Draft, act: Reply) -> None:
    """Answer a question, also after its time, as long as the case goes on. Raises ActRefused."""
    _applicant_acts(draft, act)
    query = next((one for one in draft.case.queries if one.id == act.query), None)
    if query is None:
        raise ActRefused("no_such_query", f"there is no question `{act.query}`", "look up its id")
    if query.replied is not None:
        raise ActRefused(
            "already", f"the question `{query.id}` is answered already", "amend the request to change it"
        )
    clearance = draft.clearance(query.clearance)
    if clearance.status != "open":
        raise ActRefused("final", f"the clearance `{clearance.key}` is over", "no reply is needed any more")
    if not act.text.strip():
        raise ActRefused("no_text", "the reply has no words", "say what the answer is")
    dues = clocks.without(clearance.dues, lambda due: (due.kind, due.about) == ("query", query.id))
    draft.write(
        QueryReplied(
            at=draft.now,
            clearance=clearance.key,
            query=query.id,
            person=act.person,
            reply=TextAt(draft.next_no, "text"),
            dues=dues,
        ),
        {"text": act.text},
    )
    reason = f"query:{query.id}"
    stop = next((one for one in clocks.open_stops(draft.case, clearance.key) if one.reason == reason), None)
    if stop is not None:
        release(draft, stop, draft.now)
    advance(draft, clearance.key, draft.now)


def withdraw(draft: Draft, act: Withdraw) -> None:
    """Take the request back: everything that is open ends, and nothing runs any more. Raises ActRefused."""
    _applicant_acts(draft, act)
    if draft.case.status not in ("open", "settle"):
        raise ActRefused(
            "final", f"the case `{draft.case.id}` is over", "a licence is surrendered, not withdrawn"
        )
    event = CaseWithdrawn(
        at=draft.now, person=act.person, text=TextAt(draft.next_no, "text") if act.text else None
    )
    draft.write(event, {"text": act.text})
    for key, one in draft.case.clearances.items():
        if one.status == "open" or one.dues:
            end(draft, key, "closed", "the request was withdrawn", draft.now)


def close(draft: Draft, act: Close) -> None:
    """Close what a question left unanswered concerns, by an officer of its procedure. Other authorities' work goes on."""
    case = draft.case
    overdue = [
        one
        for one in case.queries
        if one.overdue and one.replied is None and case.clearances[one.clearance].status == "open"
    ]
    if not overdue:
        raise ActRefused(
            "not_overdue", f"no question in the case `{case.id}` is overdue", "decide, or wait for the reply"
        )
    ours: list[tuple[QueryState, str]] = []
    refusals: list[ActRefused] = []
    for query in overdue:
        clearance = case.clearances[query.clearance]
        offices = [
            office for stage in clearance.procedure.stages for seat in stage.seats for office in seat.offices
        ]
        try:
            doing = f"close `{clearance.key}`"
            office = officer_of(act, offices, case, clearance, draft.world, draft.now, doing)
        except ActRefused as refused:
            refusals.append(refused)
            continue
        if query.clearance not in {one.clearance for one, _ in ours}:
            ours.append((query, office))
    if not ours:
        raise refusals[0]
    for query, office in ours:
        draft.write(
            CaseClosed(
                at=draft.now,
                query=query.id,
                person=act.person,
                principal=act.principal,
                office=office,
                text=TextAt(draft.next_no, "text") if act.text else None,
            ),
            {"text": act.text},
        )
        end(draft, query.clearance, "closed", f"the question `{query.id}` stayed unanswered", draft.now)


def appeal(draft: Draft, act: AppealAgainst) -> None:
    """Appeal against a refusal, a proviso, or the revocation of a licence; one that is late is recorded and rejected.

    Raises ActRefused: ``not_applicant``, ``seated``, ``no_appeal``, ``nothing_to_appeal``, ``appealed_before``, ``exists``.
    """
    _applicant_acts(draft, act)
    case, clearance = draft.case, draft.clearance(act.clearance)
    procedure = clearance.procedure
    remedy = procedure.appeal
    if remedy is None or act.against not in remedy.against:
        raise ActRefused(
            "no_appeal",
            f"the procedure `{procedure.id}` has no appeal against `{act.against}`",
            "none is left here",
        )
    if not act.appeal or any(
        one.id == act.appeal for each in case.clearances.values() for one in each.appeals
    ):
        raise ActRefused("exists", f"there is an appeal `{act.appeal}` already", "give it an id of its own")
    until = _window(draft, clearance, act.against)
    in_time = until is not None and draft.now < until
    text = TextAt(draft.next_no, "text") if act.text else None
    state = AppealState(act.appeal, act.against, draft.now, "open" if in_time else "late", text)
    dues = clearance.dues
    if in_time:
        dues = clocks.without(dues, lambda due: (due.kind, due.about) == ("appeal", act.against))
    draft.write(
        CaseAppealed(at=draft.now, clearance=clearance.key, person=act.person, appeal=state, dues=dues),
        {"text": act.text},
    )
    if in_time and clearance.status != "open":  # else it is heard with the one that is open
        undo(
            draft,
            clearance.key,
            draft.now,
            "it was given on an earlier appeal",
            stages=(remedy.stage,),
            to=remedy.stage,
            entered_for=f"an appeal against `{act.against}`",
            restart=True,
        )
        begin_holds(draft)
        advance(draft, clearance.key, draft.now)


def _window(draft: Draft, clearance: Clearance, against: str) -> datetime | None:
    """Return until when one may appeal, None if that is over. Raises ActRefused ``nothing_to_appeal``, ``appealed_before``.

    There is one appeal of each kind against an outcome; while one is heard, another of a different kind in its window joins it.
    """
    outcome = clearance.outcome
    nothing = ActRefused(
        "nothing_to_appeal",
        f"on `{clearance.key}` nothing stands against which an appeal `{against}` goes",
        "an appeal goes against a decision once it stands",
    )
    if outcome is None or clearance.status not in ("open", "decided"):
        raise nothing
    # one that was heard went against an earlier outcome than the one that stands, which was made on it
    if any((one.against, one.state) in ((against, "open"), (against, "ended")) for one in clearance.appeals):
        raise ActRefused(
            "appealed_before", f"there is an appeal against `{against}`", "there is one of each kind"
        )
    if against == "revoke":
        revoked = draft.world.licences.get(outcome.licence)
        if revoked is None or revoked.status != "revoked":
            raise nothing
        return revoked.appeal_until
    outcomes = {item.outcome for item in outcome.decision.items}
    if {"refuse": "refuse", "proviso": "grant_with_provisos"}.get(against) not in outcomes:
        raise nothing
    if outcome.on_appeal:
        raise ActRefused(
            "appealed_before",
            f"the decision on `{clearance.key}` was made on appeal",
            "no further appeal goes against it here",
        )
    return next((due.at for due in clearance.dues if (due.kind, due.about) == ("appeal", against)), None)


def _applicant_acts(draft: Draft, act: Amend | Reply | Withdraw | AppealAgainst) -> None:
    """Refuse who may not act for the applicant, and who sits in the case: nobody is on both sides."""
    check_applicant(act, draft.case.applicant, draft.world.roster)
    human = draft.world.roster.human(act.person)
    for one in draft.case.clearances.values():
        for vote in one.votes:
            if human in {draft.world.roster.human(who) for who in (vote.person, vote.principal) if who}:
                raise ActRefused(
                    "seated",
                    f"`{act.person}` acted at the seat `{vote.seat}` of this case, and cannot act for the applicant",
                    "somebody else of the applicant has to act",
                )

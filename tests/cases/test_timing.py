"""Time: silence, questions, stops, moratoria, and what happens at one instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from desk import DAY, DE, MONDAY, REVIEW, TACIT, UK, US, Desk, answer, assessed, code_of, key
from hypothesis import given
from hypothesis import strategies as st

from lastword.cases.acts import Advise, AppealAgainst, Ask, Close, Decide, PassTime, Reply, Withdraw
from lastword.cases.calendar import TimeLimit
from lastword.cases.case import Due
from lastword.cases.caseevents import (
    CaseDecided,
    ClocksHeld,
    ClocksReleased,
    DuePassed,
    DuesMoved,
    SeatSilent,
)
from lastword.cases.moratorium import Class
from lastword.cases.procedure import Query, Seat, Stage
from lastword.cases.refusal import ActRefused
from lastword.cases.timing import case_dues, pass_time

TACIT_DUE = datetime(2026, 5, 2, 22, 0, tzinfo=UTC)
"""Two months after 2 March, in Berlin: the end of 2 May, summer time."""
ADVICE_DUE = datetime(2026, 3, 30, 23, 0, tzinfo=UTC)


def due_of(desk: Desk, about: str, procedure: Any = UK) -> Due:
    """One clock of a clearance."""
    return next(one for one in desk.clearance(procedure).dues if one.about == about)


def ask(desk: Desk, query: str = "q1", procedure: Any = UK, person: str = "unit.1") -> None:
    """Put a question."""
    desk.do(Ask(person=person, case=desk.case.id, clearance=key(procedure), text="which?", query=query))


def answered(desk: Desk, query: str = "q1") -> None:
    """Answer it."""
    desk.do(Reply(person="amy", case=desk.case.id, query=query, text="that one"))


def filed(procedure: Any) -> Desk:
    """A case for one consent."""
    desk = Desk()
    desk.file(procedure)
    return desk


# silence


def test_an_adviser_who_is_silent_gives_no_view_and_the_work_goes_on() -> None:
    """A body that never answered is passed over by the written rule, and is never read as a yes."""
    desk = filed(UK)
    desk.advise("fcdo.1")
    desk.pass_to(ADVICE_DUE)
    one = desk.clearance(UK)
    assert (one.stage, dict(one.silent)) == ("combine", {"advice/defence": "no_view"})
    assert len(one.votes) == 1


def test_in_time_is_before_the_due_instant_and_at_it_the_timer_wins() -> None:
    """A view at the last microsecond counts; one at the due instant itself is too late."""
    desk = filed(UK)
    desk.at = ADVICE_DUE - timedelta(microseconds=1)
    desk.advise("fcdo.1")
    desk.at = ADVICE_DUE
    assert code_of(lambda: desk.advise("mod.1")) == "not_now"
    assert desk.clearance(UK).stage == "combine"


def test_what_was_due_stands_even_if_the_act_after_it_is_refused() -> None:
    """A refused act carries what had fallen due before it, and nothing of its own."""
    desk = filed(UK)
    act = desk.act(Advise, "mod.1", UK, view="approve")
    with pytest.raises(ActRefused) as refused:
        desk.do(act, at=ADVICE_DUE)
    kinds = [one.event.kind for one in refused.value.due]
    assert kinds == ["case.seat_silent", "case.seat_silent", "case.stage_entered", "case.due_passed"]


def test_silence_of_a_seat_that_blocks_leaves_it_overdue_and_open() -> None:
    """The chair lets his days pass: he is overdue, and may still decide."""
    desk = filed(US)
    desk.advise("us-state.1", US)
    desk.advise("us-defense.1", US, "refuse")
    desk.pass_to(MONDAY + 20 * DAY)
    assert dict(desk.clearance(US).silent) == {"oc/chair": "blocks"}
    desk.decide("us-oc.1", US)
    assert desk.clearance(US).pending is not None
    assert dict(desk.clearance(US).silent) == {}


def test_silence_that_means_consent_grants_at_its_due_instant() -> None:
    """The two months pass: the consent is as of that instant, by silence, with its licence, however late the timer runs."""
    desk = filed(TACIT)
    desk.pass_to(TACIT_DUE + 3 * DAY)
    outcome = desk.clearance(TACIT).outcome
    assert outcome is not None
    assert (outcome.at, outcome.by, outcome.decision.outcome) == (TACIT_DUE, "silence", "grant")
    assert len(desk.world.licences) == 1


def test_without_a_trusted_clock_no_silence_means_consent() -> None:
    """The seat is overdue instead, and somebody has to decide."""
    desk = filed(TACIT)
    desk.world = replace(desk.world, trusted_clock=False)
    desk.pass_to(TACIT_DUE)
    assert desk.clearance(TACIT).outcome is None
    assert dict(desk.clearance(TACIT).silent) == {"silence/desk": "blocks"}
    (silent,) = [one.event for one in desk.log if isinstance(one.event, SeatSilent)]
    assert silent.why == "clock_not_trusted"
    desk.today(day=TACIT_DUE.date() + DAY)
    desk.decide("fr-desk.1", TACIT)
    assert desk.case.status == "decided"


def test_silence_does_not_pass_a_veto() -> None:
    """While the partner's objection stands the months may pass: nothing is granted."""
    desk = filed(TACIT)
    desk.object("partner.1", TACIT)
    desk.pass_to(TACIT_DUE)
    assert desk.clearance(TACIT).outcome is None
    assert dict(desk.clearance(TACIT).silent) == {"silence/desk": "blocks"}


def test_silence_does_not_pass_an_open_question_that_stops_no_clock() -> None:
    """A question may run beside the clock; the silence of the seat still grants nothing over it."""
    beside = replace(TACIT, query=Query(stops=False))
    desk = filed(beside)
    ask(desk, procedure=beside, person="fr-desk.1")
    desk.pass_to(TACIT_DUE)
    assert desk.clearance(beside).outcome is None


def test_silence_does_not_grant_what_became_forbidden() -> None:
    """A prohibition that the case rests on bars the silent way as every other."""
    desk = filed(TACIT)
    desk.at = TACIT_DUE
    desk.today(prohibitions=("embargo",))
    desk.do(PassTime(person="worker", case=desk.case.id))
    assert desk.clearance(TACIT).outcome is None


def test_silence_grants_only_on_the_answer_in_force() -> None:
    """The facts changed since the answer: time does not pass until it is computed again, and then it does."""
    desk = filed(TACIT)
    desk.world = replace(desk.world, facts=1, assessment=None)
    act = PassTime(person="worker", case=desk.case.id)
    assert desk.code(act, at=TACIT_DUE) == "stale_answer"
    assert desk.clearance(TACIT).outcome is None
    desk.today(asked=answer(assessed(TACIT)), facts=1)
    desk.do(act)
    assert desk.clearance(TACIT).outcome is not None


def test_silence_of_a_deciding_seat_that_means_no_refuses() -> None:
    """Where the law reads silence as a refusal it is one, with its window for an appeal."""
    seat = replace(DE.stages[0].seats[0], silence="refuse", limit=TimeLimit(10, "days"))
    refusing = replace(DE, stages=(replace(DE.stages[0], seats=(seat,)), DE.stages[1]))
    desk = filed(refusing)
    desk.pass_to(MONDAY + 11 * DAY)
    outcome = desk.clearance(refusing).outcome
    assert outcome is not None
    assert (outcome.decision.outcome, outcome.by) == ("refuse", "silence")
    assert [one.kind for one in desk.clearance(refusing).dues] == ["appeal"]


def test_silence_of_an_agreeing_seat_is_a_no_where_it_says_so() -> None:
    """A seat whose silence refuses is not passed over: nothing is granted, and its officers may still turn it."""
    stage = Stage(
        "s",
        {},
        (
            Seat("ask", "agree", ("unit",), silence="refuse", veto=True, limit=TimeLimit(5, "days")),
            Seat("amt", "decide", ("bafa",)),
        ),
    )
    one = replace(DE, stages=(stage,), appeal=None)
    desk = filed(one)
    desk.pass_to(MONDAY + 7 * DAY)
    assert code_of(lambda: desk.decide("bafa.1", one)) == "veto_stands"
    assert code_of(lambda: desk.agree("unit.1", one)) == "too_late"
    desk.object("unit.1", one, release=True)
    desk.agree("unit.1", one)
    desk.decide("bafa.1", one)
    assert desk.case.status == "decided"


def test_silence_of_a_countersigner_that_means_no_rejects_the_decision() -> None:
    """The officer has to decide again."""
    confirm = replace(UK.stages[2].seats[0], silence="refuse", limit=TimeLimit(5, "days"))
    one = replace(
        UK, stages=(UK.stages[0], UK.stages[1], replace(UK.stages[2], seats=(confirm,))), appeal=None
    )
    desk = filed(one)
    desk.advise("fcdo.1", one)
    desk.advise("mod.1", one)
    desk.decide("unit.1", one)
    desk.pass_to(MONDAY + 7 * DAY)
    assert (desk.clearance(one).stage, desk.clearance(one).pending) == ("combine", None)


def test_a_target_that_is_missed_means_nothing() -> None:
    """Twenty working days are what the authority aims at; passing them is written down and changes nothing."""
    desk = filed(UK)
    desk.advise("fcdo.1")
    desk.advise("mod.1")
    desk.pass_to(ADVICE_DUE)
    assert [one.event.due.about for one in desk.log if isinstance(one.event, DuePassed)] == ["1"]
    assert desk.clearance(UK).stage == "combine"


# questions


def test_a_question_stops_the_clock_and_a_reply_lets_it_run_on() -> None:
    """Seven days of waiting for the applicant move the due instant by five working days; the stop is on record."""
    desk = filed(UK)
    desk.at = MONDAY + DAY
    ask(desk)
    assert due_of(desk, "foreign").held
    assert [one.reason for one in desk.case.stops] == ["query:q1"]
    desk.at = MONDAY + 8 * DAY
    answered(desk)
    assert due_of(desk, "foreign").at == ADVICE_DUE + 7 * DAY
    assert desk.case.stops[0].until == desk.at


def test_a_clock_that_stands_still_does_not_fall_due() -> None:
    """The due instant passes while the question is open, and nothing happens."""
    desk = filed(UK)
    ask(desk)
    desk.pass_to(ADVICE_DUE - 3 * DAY)
    assert not [name for name, _ in case_dues(desk.case) if ":seat:" in name]
    desk.pass_to(ADVICE_DUE + 3 * DAY)
    assert dict(desk.clearance(UK).silent) == {}


def test_two_questions_at_once_stop_the_clock_once() -> None:
    """Overlapping stops are one stop, from the first question to the last reply."""
    desk = filed(UK)
    desk.at = MONDAY + DAY
    ask(desk, "q1")
    desk.at = MONDAY + 2 * DAY
    ask(desk, "q2", person="mod.1")
    desk.at = MONDAY + 3 * DAY
    answered(desk, "q1")
    assert due_of(desk, "foreign").held
    desk.at = MONDAY + 8 * DAY
    answered(desk, "q2")
    assert due_of(desk, "foreign").at == ADVICE_DUE + 7 * DAY


def test_a_question_stops_no_clock_where_the_procedure_says_so() -> None:
    """A German question leaves the clocks alone."""
    limited = replace(
        DE,
        stages=(replace(DE.stages[0], limit=TimeLimit(10, "days")), *DE.stages[1:]),
        query=Query(stops=False),
    )
    desk = filed(limited)
    ask(desk, procedure=limited, person="bafa.1")
    assert not due_of(desk, "amt", limited).held


def test_a_clock_that_starts_during_a_stop_is_held_from_the_first() -> None:
    """The next stage begins while a question is open: its time runs from the reply on."""
    stages = (
        Stage("first", {}, (Seat("a", "agree", ("mod",)),)),
        replace(DE.stages[0], limit=TimeLimit(10, "days")),
    )
    one = replace(DE, stages=stages, appeal=None, query=Query(stops=True))
    desk = filed(one)
    ask(desk, procedure=one, person="bafa.1")
    desk.agree("mod.1", one)
    assert due_of(desk, "amt", one).held
    started = due_of(desk, "amt", one).at
    desk.at = MONDAY + 4 * DAY
    answered(desk)
    assert due_of(desk, "amt", one).at == started + 4 * DAY


def test_an_application_whose_question_stays_unanswered_may_be_closed() -> None:
    """After twenty working days, not before, and by an officer, not by the applicant's people."""
    desk = filed(UK)
    ask(desk)
    close = Close(person="unit.1", case=desk.case.id, text="no reply")
    assert desk.code(close) == "not_overdue"
    desk.pass_to(ADVICE_DUE)
    assert desk.case.queries[0].overdue
    assert desk.code(replace(close, person="amy")) == "not_seated"
    desk.do(close)
    assert (desk.case.status, desk.clearance(UK).status) == ("closed", "closed")
    assert case_dues(desk.case) == ()


def test_a_reply_after_its_time_is_taken_as_long_as_nobody_closed_the_case() -> None:
    """Late is better than closed."""
    desk = filed(UK)
    ask(desk)
    desk.pass_to(ADVICE_DUE + DAY)
    answered(desk)
    assert desk.case.queries[0].replied == ADVICE_DUE + DAY
    assert code_of(lambda: answered(desk)) == "already"


def test_a_question_left_unanswered_closes_the_case_by_itself_where_it_says_so() -> None:
    """The other authority's clearance goes on."""
    desk = Desk()
    desk.file(US, DE)
    ask(desk, procedure=US, person="us-state.1")
    desk.pass_to(MONDAY + 22 * DAY)
    assert (desk.clearance(US).status, desk.clearance(DE).status, desk.case.status) == (
        "closed",
        "open",
        "open",
    )


def test_an_officer_closes_only_what_the_own_authority_asked() -> None:
    """An unanswered question of one authority does not end the work of another."""
    desk = Desk()
    desk.file(UK, DE)
    ask(desk)
    desk.pass_to(ADVICE_DUE)
    assert desk.code(Close(person="bafa.1", case=desk.case.id)) == "not_seated"
    desk.do(Close(person="unit.1", case=desk.case.id))
    assert (desk.clearance(UK).status, desk.clearance(DE).status) == ("closed", "open")


@pytest.mark.parametrize(
    ("person", "query", "text", "code"),
    [
        ("unit.1", "q1", "?", "exists"),
        ("unit.1", "q2", " ", "no_text"),
        ("bob", "q2", "?", "not_seated"),
        ("bafa.1", "q2", "?", "no_such_case"),
    ],
)
def test_questions_that_are_refused(person: str, query: str, text: str, code: str) -> None:
    """Twice the same id, no words, the applicant to itself, a stranger."""
    desk = filed(UK)
    ask(desk)
    act = Ask(person=person, case=desk.case.id, clearance=key(UK), text=text, query=query)
    assert desk.code(act) == code


@pytest.mark.parametrize(
    ("person", "query", "text", "code"),
    [
        ("unit.1", "q1", "yes", "not_applicant"),
        ("amy", "q2", "yes", "no_such_query"),
        ("amy", "q1", "", "no_text"),
    ],
)
def test_replies_that_are_refused(person: str, query: str, text: str, code: str) -> None:
    """An officer for the applicant, an answer to nothing, no words."""
    desk = filed(UK)
    ask(desk)
    assert desk.code(Reply(person=person, case=desk.case.id, query=query, text=text)) == code


# moratoria


def test_a_moratorium_stops_clocks_and_every_way_to_a_decision() -> None:
    """From its instant on nothing is decided in its class, by an officer or by silence."""
    desk = filed(TACIT)
    desk.at = TACIT_DUE - DAY
    desk.freeze()
    desk.today(day=TACIT_DUE.date())
    assert code_of(lambda: desk.decide("fr-desk.1", TACIT)) == "held"
    desk.pass_to(TACIT_DUE + 10 * DAY)
    assert desk.clearance(TACIT).outcome is None
    assert due_of(desk, "desk", TACIT).held


def test_a_silence_before_the_moratorium_stands_though_the_timer_ran_late() -> None:
    """The consent fell due the day before: it is written first, as of its instant, and then nothing is left to hold."""
    desk = filed(TACIT)
    desk.at = TACIT_DUE + DAY
    desk.freeze()
    desk.pass_to(TACIT_DUE + 2 * DAY)
    outcome = desk.clearance(TACIT).outcome
    assert outcome is not None
    assert outcome.at == TACIT_DUE


def test_a_moratorium_at_the_due_instant_wins() -> None:
    """At one instant the hold goes first."""
    desk = filed(TACIT)
    desk.at = TACIT_DUE
    desk.freeze()
    desk.pass_to(TACIT_DUE + DAY)
    assert desk.clearance(TACIT).outcome is None


def test_a_lifted_moratorium_lets_the_clock_run_on_with_what_was_left() -> None:
    """Ten days of hold move the due instant by ten days; both instants are the true ones, though nobody looked in between."""
    desk = filed(TACIT)
    desk.at = MONDAY + 5 * DAY
    desk.freeze()
    desk.at = MONDAY + 15 * DAY
    desk.thaw()
    desk.pass_to(MONDAY + 30 * DAY)
    (stop,) = desk.case.stops
    assert (stop.since, stop.until) == (MONDAY + 5 * DAY, MONDAY + 15 * DAY)
    assert due_of(desk, "desk", TACIT).at == TACIT_DUE + 10 * DAY


def test_a_moratorium_that_ends_by_itself_is_among_the_timers() -> None:
    """The case wakes up when the hold ends."""
    desk = filed(TACIT)
    ends = MONDAY + 9 * DAY
    desk.freeze(until=ends)
    desk.pass_to(MONDAY + DAY)
    assert (f"{key(TACIT)}:moratorium:m1:ends", ends) in case_dues(desk.case)
    desk.pass_to(ends)
    assert [one.until for one in desk.case.stops] == [ends]


def test_a_moratorium_during_an_open_question_and_a_reply_during_the_moratorium() -> None:
    """The clock stands still from the question to the end of the hold, which is one stop for it."""
    desk = filed(UK)
    desk.at = MONDAY + DAY
    ask(desk)
    desk.at = MONDAY + 3 * DAY
    desk.freeze()
    desk.at = MONDAY + 5 * DAY
    answered(desk)
    assert due_of(desk, "foreign").held
    desk.at = MONDAY + 8 * DAY
    desk.thaw()
    desk.pass_to(MONDAY + 9 * DAY)
    assert due_of(desk, "foreign").at == ADVICE_DUE + 7 * DAY


def test_a_moratorium_holds_only_its_class() -> None:
    """Of two clearances in one case one is held, and the other is decided."""
    desk = Desk()
    desk.file(UK, DE)
    desk.freeze(on=Class(authorities=("GB/ECJU",)))
    desk.decide("bafa.1", DE)
    assert desk.clearance(DE).status == "decided"
    assert [one.clearance for one in desk.case.stops] == [key(UK)]


def test_a_carve_out_is_not_held() -> None:
    """What is named as an exception goes on."""
    desk = filed(DE)
    desk.freeze(carve_outs=(Class(things=("pump",)), Class(things=("valve",))))
    desk.decide("bafa.1", DE)
    assert desk.case.status == "decided"


def test_a_case_filed_during_a_moratorium_is_held_from_its_filing() -> None:
    """Filing is possible; deciding is not; its clocks have not started."""
    desk = Desk()
    desk.freeze()
    desk.at = MONDAY + 3 * DAY
    desk.file(TACIT)
    (stop,) = desk.case.stops
    assert stop.since == MONDAY + 3 * DAY
    assert due_of(desk, "desk", TACIT).held


def test_a_hold_between_decision_and_countersignature_bars_the_countersignature() -> None:
    """No licence slips out between two signatures."""
    desk = filed(UK)
    desk.advise("fcdo.1")
    desk.advise("mod.1")
    desk.decide("unit.1")
    desk.freeze()
    assert code_of(lambda: desk.confirm("managers.1")) == "held"
    assert dict(desk.world.licences) == {}


def test_a_hold_stops_the_window_of_an_escalation() -> None:
    """The decision does not stand by the passing of a window that stood still."""
    desk = filed(US)
    desk.advise("us-state.1", US)
    desk.advise("us-defense.1", US, "refuse")
    desk.decide("us-oc.1", US)
    desk.at = MONDAY + DAY
    desk.freeze()
    desk.pass_to(MONDAY + 20 * DAY)
    assert desk.clearance(US).outcome is None
    desk.thaw()
    desk.pass_to(MONDAY + 21 * DAY)
    assert desk.clearance(US).outcome is None
    desk.pass_to(MONDAY + 25 * DAY)
    assert desk.clearance(US).outcome is not None


# calendars


def test_a_later_calendar_moves_open_clocks_by_an_entry() -> None:
    """A new holiday moves the advice to the next day, and the entry says so."""
    desk = filed(UK)
    holiday = (MONDAY + 7 * DAY).date()
    calendar = replace(desk.world.calendars["gb"], holidays=(holiday,))
    desk.world = replace(desk.world, calendars={**desk.world.calendars, "gb": calendar})
    desk.pass_to(MONDAY + DAY)
    assert due_of(desk, "foreign").at == ADVICE_DUE + DAY
    assert [one.event.kind for one in desk.log if isinstance(one.event, DuesMoved)] == ["case.dues_moved"]
    count = len(desk.log)
    desk.pass_to(MONDAY + 2 * DAY)
    assert len(desk.log) == count


def test_a_calendar_moves_a_silence_that_means_consent_only_later() -> None:
    """A shorter calendar moves what blocks to an earlier day, but no consent by silence."""
    seat = replace(TACIT.stages[0].seats[1], limit=TimeLimit(20, "working_days"))
    tacit = replace(TACIT, stages=(replace(TACIT.stages[0], seats=(seat,)),), appeal=None)
    blocking = replace(
        tacit, id="b", stages=(replace(TACIT.stages[0], seats=(replace(seat, silence="blocks"),)),)
    )
    holiday = (MONDAY + 7 * DAY).date()
    for one, moves in ((tacit, False), (blocking, True)):
        desk = Desk()
        calendar = replace(desk.world.calendars["de"], holidays=(holiday,))
        desk.world = replace(desk.world, calendars={**desk.world.calendars, "de": calendar})
        desk.file(one)
        before = due_of(desk, "desk", one).at
        bare = replace(calendar, holidays=())
        desk.world = replace(desk.world, calendars={**desk.world.calendars, "de": bare})
        desk.pass_to(MONDAY + DAY)
        assert (due_of(desk, "desk", one).at < before) is moves


def test_a_calendar_that_knows_too_little_leaves_a_clock_as_it_was_written() -> None:
    """A due instant once written down does not depend on a calendar's being there for ever."""
    desk = filed(UK)
    short = replace(desk.world.calendars["gb"], last=MONDAY.date() + DAY)
    desk.world = replace(desk.world, calendars={**desk.world.calendars, "gb": short})
    desk.pass_to(MONDAY + DAY)
    assert due_of(desk, "foreign").at == ADVICE_DUE


# ends


def test_a_case_that_is_withdrawn_has_no_timers_left() -> None:
    """Everything that ran is over with it."""
    desk = Desk()
    desk.file(UK, US, TACIT)
    ask(desk)
    desk.do(Withdraw(person="bob", case=desk.case.id, text="no buyer"))
    assert (desk.case.status, case_dues(desk.case)) == ("withdrawn", ())
    desk.pass_to(MONDAY + 400 * DAY)
    assert not [one for one in desk.log if isinstance(one.event, CaseDecided)]


def test_a_decision_stops_the_timers_of_its_clearance() -> None:
    """Only the windows for an appeal run on."""
    desk = filed(TACIT)
    desk.decide("fr-desk.1", TACIT)
    assert case_dues(desk.case) == ()


def test_time_that_finds_nothing_due_writes_nothing() -> None:
    """Passing time twice is the same as once."""
    desk = filed(UK)
    desk.pass_to(ADVICE_DUE)
    assert desk.pass_to(ADVICE_DUE) == ()
    assert pass_time(desk.case, desk.world, ADVICE_DUE) == ()


def test_every_stop_that_began_and_is_over_is_on_record_twice() -> None:
    """A beginning and an end, with their instants."""
    desk = filed(UK)
    ask(desk)
    answered(desk)
    kinds = [type(one.event) for one in desk.log if isinstance(one.event, ClocksHeld | ClocksReleased)]
    assert kinds == [ClocksHeld, ClocksReleased]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_time_in_many_steps_comes_to_the_same_as_in_one(steps: list[int]) -> None:
    """However often the worker looked in between, the case stands the same, at the same instants."""
    often, once = filed(US), filed(US)
    days = 0
    for step in steps:
        days += step
        often.pass_to(MONDAY + days * DAY)
    once.pass_to(MONDAY + days * DAY)
    assert often.case == once.case


def test_a_review_without_limits_waits_for_ever() -> None:
    """No silence is read into a procedure that has no time limit."""
    desk = filed(REVIEW)
    desk.pass_to(MONDAY + 1000 * DAY)
    assert (desk.clearance(REVIEW).stage, case_dues(desk.case)) == ("review", ())


def test_a_decision_just_before_the_silence_is_the_only_one() -> None:
    """The officer decides in the last second: at the due instant nothing more happens."""
    desk = filed(TACIT)
    desk.at = TACIT_DUE - timedelta(seconds=1)
    desk.today(day=TACIT_DUE.date())
    desk.do(desk.act(Decide, "fr-desk.1", TACIT, outcome="refuse", grounds=("s",)))
    desk.pass_to(TACIT_DUE + DAY)
    assert sum(isinstance(one.event, CaseDecided) for one in desk.log) == 1


def test_a_decision_that_cannot_stand_is_decided_again() -> None:
    """An objection came in the window of an escalation: at its end the grant does not stand, and may be turned into a refusal."""
    objecting = replace(
        US,
        stages=(
            replace(US.stages[0], seats=(*US.stages[0].seats, Seat("p", "object", ("partner",)))),
            *US.stages[1:],
        ),
    )
    # a seat that may object has a time limit here by its stage, and says at once that it does not
    desk = filed(objecting)
    desk.advise("us-state.1", objecting)
    desk.advise("us-defense.1", objecting, "refuse")
    desk.agree("partner.1", objecting)
    desk.decide("us-oc.1", objecting)
    desk.object("partner.2", objecting)
    desk.pass_to(MONDAY + 7 * DAY)
    one = desk.clearance(objecting)
    assert (one.outcome, one.waits_for) == (None, "release")
    assert code_of(lambda: desk.decide("us-oc.1", objecting)) == "veto_stands"
    desk.decide("us-oc.1", objecting, "refuse")
    assert desk.clearance(objecting).waits_for == "escalation"
    desk.pass_to(MONDAY + 14 * DAY)
    outcome = desk.clearance(objecting).outcome
    assert outcome is not None
    assert outcome.decision.outcome == "refuse"


def test_a_decision_that_could_not_stand_stands_once_the_objection_is_released() -> None:
    """Nobody has to decide again if what barred it is gone."""
    objecting = replace(
        US,
        stages=(
            replace(US.stages[0], seats=(*US.stages[0].seats, Seat("p", "object", ("partner",)))),
            *US.stages[1:],
        ),
    )
    desk = filed(objecting)
    desk.advise("us-state.1", objecting)
    desk.advise("us-defense.1", objecting, "refuse")
    desk.agree("partner.1", objecting)
    desk.decide("us-oc.1", objecting)
    desk.object("partner.2", objecting)
    desk.pass_to(MONDAY + 7 * DAY)
    desk.object("partner.2", objecting, release=True)
    assert desk.clearance(objecting).outcome is not None


def test_silence_does_not_grant_before_its_stage_is_complete() -> None:
    """Advice that is waited for bars the silent way too."""
    advice = Seat("advice", "advise", ("mod",))
    one = replace(
        TACIT, stages=(replace(TACIT.stages[0], seats=(advice, *TACIT.stages[0].seats)),), appeal=None
    )
    desk = filed(one)
    desk.pass_to(TACIT_DUE)
    assert desk.clearance(one).outcome is None
    (silent,) = [each.event for each in desk.log if isinstance(each.event, SeatSilent)]
    assert silent.why == "stage_incomplete"


def test_a_licence_id_that_was_taken_meanwhile_does_not_hold_a_decision_up() -> None:
    """A pending decision whose licence id another case took stands under an id of its own."""
    desk = filed(US)
    desk.advise("us-state.1", US)
    desk.advise("us-defense.1", US, "refuse")
    desk.decide("us-oc.1", US, licence="L-ONE")
    other = filed(DE)
    other.decide("bafa.1", DE, licence="L-ONE")
    desk.world = replace(desk.world, licences=other.world.licences)
    desk.pass_to(MONDAY + 6 * DAY)
    outcome = desk.clearance(US).outcome
    assert outcome is not None
    assert outcome.licence not in ("", "L-ONE")


def test_an_appeal_heard_after_a_moratorium_has_its_own_clock() -> None:
    """A hold that was over before the appeal moves nothing in it; one that runs holds it from its beginning."""
    limited = replace(
        DE,
        stages=(DE.stages[0], replace(DE.stages[1], limit=TimeLimit(10, "days"))),
        query=Query(stops=False),
    )
    desk = filed(limited)
    desk.decide("bafa.1", limited, "refuse")
    desk.at = MONDAY + DAY
    desk.freeze("m1")
    desk.at = MONDAY + 2 * DAY
    desk.thaw("m1")
    desk.freeze("m2")
    act = AppealAgainst(person="amy", case=desk.case.id, clearance=key(limited), appeal="a")
    desk.do(act, at=MONDAY + 4 * DAY)
    (stop,) = desk.case.stops
    assert (stop.reason, stop.since) == ("moratorium:m2", MONDAY + 4 * DAY)
    before = due_of(desk, "widerspruch", limited).at
    desk.at = MONDAY + 6 * DAY
    desk.thaw("m2")
    desk.pass_to(MONDAY + 6 * DAY)
    assert due_of(desk, "widerspruch", limited).at == before + 2 * DAY

"""Procedures: what makes one that is never put in force, and which one decides a consent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lastword.cases.calendar import TimeLimit
from lastword.cases.procedure import (
    Appeal,
    BreakGlass,
    Escalation,
    Ground,
    Procedure,
    Query,
    Seat,
    Stage,
    preliminary_for,
    problems,
    procedure_for,
)
from lastword.errors import InputError

DAYS = TimeLimit(5, "days")
ADVICE = Stage("advice", {}, (Seat("mod", "advise", ("GB/MOD",)),))
DECISION = Stage("decision", {}, (Seat("unit", "decide", ("GB/ECJU-licensing",)),))
PLAIN = Procedure("p", "uk", {}, ("GB/ECJU",), "gb", (ADVICE, DECISION), citation="an act")


def stages(*found: Stage, **more: Any) -> Procedure:
    """Return the plain procedure with other stages."""
    return replace(PLAIN, stages=found, **more)


def seat(**changes: Any) -> Procedure:
    """Return the plain procedure with an adviser of other properties."""
    first: dict[str, Any] = {"id": "mod", "role": "advise", "offices": ("GB/MOD",), **changes}
    return stages(replace(ADVICE, seats=(Seat(**first),)), DECISION)


def odd(word: str) -> Any:
    """Return a word that is none of those that are known."""
    return word


def said(procedure: Procedure) -> str:
    """Return everything that is wrong with a procedure."""
    return "\n".join(f"{one.stage}/{one.seat}: {one.what}" for one in problems(procedure))


def decide(ident: str, **more: Any) -> Stage:
    """Return a stage with one seat that decides."""
    return Stage(ident, {}, (Seat(f"{ident}-seat", "decide", ("GB/X",)),), **more)


def test_a_plain_procedure_is_sound() -> None:
    """Advice, then a decision."""
    assert said(PLAIN) == ""


@pytest.mark.parametrize("needs", [0, -1])
def test_a_threshold_of_nothing_is_refused(needs: int) -> None:
    """It would be met by nobody (invariant 1)."""
    assert f"advice/mod: `needs` is {needs}" in said(seat(needs=needs))


def test_a_threshold_out_of_reach_is_refused() -> None:
    """Three persons of different offices cannot come from two offices."""
    assert "has 2 offices" in said(seat(needs=3, offices=("A", "B"), per_office=True))
    assert said(seat(needs=2, offices=("A", "B"), per_office=True)) == ""


@pytest.mark.parametrize(
    ("procedure", "what"),
    [
        (replace(PLAIN, authorities=()), "no authority decides by it"),
        (replace(PLAIN, authorities=("A", "A")), "the authority `A` is there 2 times"),
        (stages(), "it has no stages"),
        (stages(ADVICE), "nobody decides in the stages in turn"),
        (stages(ADVICE, replace(DECISION, seats=())), "the stage has no seats"),
        (stages(ADVICE, ADVICE, DECISION), "the stage `advice` is there 2 times"),
        (stages(ADVICE, replace(ADVICE, id="more"), DECISION), "the seat `mod` is there 2 times"),
        (seat(offices=()), "no office sits here"),
        (seat(offices=("A", "A")), "an office is named twice"),
        (seat(role="watch"), "`watch` is no role"),
        (seat(silence="maybe"), "`maybe` is no meaning of silence"),
        (seat(veto=True), "cannot veto"),
        (seat(silence="no_view"), "but at no time"),
        (seat(role="agree", silence="no_view", limit=DAYS), "cannot be passed over"),
        (seat(limit=TimeLimit(0, "days")), "is always over"),
        (seat(limit=TimeLimit(-3, "days")), "is always over"),
        (seat(silence="escalate", limit=DAYS), "no later stage is entered by escalation"),
        (stages(replace(ADVICE, entry="agreement"), DECISION), "has to be entered in its turn"),
        (stages(Stage("advice", {}, ADVICE.seats, odd("whenever")), DECISION), "`whenever` is no entry"),
        (stages(DECISION, ADVICE), "never reached"),
        (
            stages(replace(DECISION, seats=(*DECISION.seats, Seat("b", "decide", ("B",))))),
            "two seats decide in it",
        ),
        (
            stages(Stage("c", {}, (Seat("c", "countersign", ("C",)),)), DECISION),
            "countersigns before anybody decides",
        ),
        (stages(ADVICE, replace(DECISION, entry="agreement")), "nobody decides if the views are in dis"),
        (
            stages(DECISION, decide("x", entry="disagreement")),
            "it is entered by disagreement, but nobody gave a view",
        ),
        (stages(ADVICE, DECISION, decide("x", entry="escalation")), "nothing escalates to it"),
        (stages(ADVICE, DECISION, decide("x", entry="appeal")), "no appeal leads to it"),
        (
            stages(ADVICE, replace(DECISION, escalation=Escalation("x", ("mod",), DAYS))),
            "there is no stage `x` to escalate to",
        ),
        (
            stages(ADVICE, replace(DECISION, escalation=Escalation("advice", ("mod",), DAYS))),
            "which is not entered by escalation",
        ),
        (
            stages(
                ADVICE,
                replace(DECISION, escalation=Escalation("x", ("nobody",), DAYS)),
                decide("x", entry="escalation"),
            ),
            "there is no seat `nobody`",
        ),
        (
            stages(
                ADVICE,
                replace(DECISION, escalation=Escalation("x", (), DAYS)),
                decide("x", entry="escalation"),
            ),
            "nobody may escalate",
        ),
        (
            stages(
                replace(ADVICE, escalation=Escalation("x", ("mod",), DAYS)),
                DECISION,
                decide("x", entry="escalation"),
            ),
            "nothing is decided in it",
        ),
        (
            stages(
                ADVICE,
                DECISION,
                decide("x", entry="escalation", escalation=Escalation("x", ("mod",), DAYS)),
            ),
            "which comes before it",
        ),
        (replace(PLAIN, appeal=Appeal(DAYS, "advice")), "no stage entered by appeal"),
        (
            stages(
                ADVICE,
                DECISION,
                decide("x", entry="appeal"),
                appeal=Appeal(DAYS, "x", ("refuse", "delay")),
            ),
            "cannot lie against `delay`",
        ),
        (
            stages(ADVICE, DECISION, decide("x", entry="appeal"), appeal=Appeal(DAYS, "x", ())),
            "lies against nothing",
        ),
        (replace(PLAIN, break_glass=BreakGlass(("A",), DAYS, ())), "nobody reviews"),
        (replace(PLAIN, break_glass=BreakGlass((), DAYS, ("A",))), "nobody may break the glass"),
        (replace(PLAIN, query=Query(silence="close")), "after no time at all"),
        (replace(PLAIN, validity=TimeLimit(0, "years")), "is always over"),
        (replace(PLAIN, targets=(TimeLimit(0, "days"),)), "is always over"),
        (replace(PLAIN, immaterial=("to",)), "`to` cannot be immaterial"),
        (replace(PLAIN, immaterial=("item",)), "`item` cannot be immaterial"),
        (replace(PLAIN, grounds=(Ground("1", {}), Ground("1", {}))), "the ground `1` is there 2 times"),
    ],
)
def test_a_procedure_that_could_not_be_carried_out_is_told(procedure: Procedure, what: str) -> None:
    """Each fault by itself."""
    assert what in said(procedure)


def test_silence_that_means_consent_needs_a_law_and_never_countersigns() -> None:
    """Nobody is read as a yes by a slip of the pen (invariant 41)."""
    silent = Seat("unit", "decide", ("GB/ECJU-licensing",), silence="consent", limit=DAYS)
    deciding = stages(ADVICE, replace(DECISION, seats=(silent,)))
    assert said(deciding) == ""
    assert "only where a law says so" in said(replace(deciding, citation=""))
    signing = Stage("c", {}, (Seat("c", "countersign", ("C",), silence="consent", limit=DAYS),))
    assert "silence is no second signature" in said(stages(ADVICE, DECISION, signing))


def test_a_ladder_of_escalations_that_ends_is_sound() -> None:
    """Agencies disagree, a chair decides, a committee, a board."""
    ladder = stages(
        ADVICE,
        replace(DECISION, entry="agreement"),
        decide("chair", entry="disagreement", escalation=Escalation("committee", ("mod",), DAYS)),
        decide("committee", entry="escalation", escalation=Escalation("board", ("committee-seat",), DAYS)),
        decide("board", entry="escalation"),
    )
    assert said(ladder) == ""


def test_the_office_of_whoever_the_authority_is_gets_its_name() -> None:
    """`*` stands for the authority in offices, and for its state in the calendar."""
    glass = BreakGlass(("*-head",), DAYS, ("*-review",))
    written = replace(
        PLAIN,
        authorities=("FR/SBDU", "NL/CDIU"),
        calendar="*",
        break_glass=glass,
        stages=(Stage("d", {}, (Seat("d", "decide", ("*-licensing",)),)),),
    )
    there = written.at("FR/SBDU")
    assert there.offices == ("FR/SBDU-licensing", "FR/SBDU-head", "FR/SBDU-review")
    assert (there.calendar, there.last_word) == ("fr", ("FR/SBDU-licensing",))


def test_who_names_the_word_goes_before_who_takes_any_and_then_who_names_the_authority() -> None:
    """The nearest procedure decides; nobody at all is said, not guessed."""
    anybody = replace(PLAIN, id="anybody", authorities=("*",), procedures=("release",))
    named = replace(PLAIN, id="named", authorities=("GB/ECJU",), procedures=("release",))
    found = [PLAIN, anybody, named]
    assert [
        one and one.id
        for one in (
            procedure_for(found, "GB/ECJU", "release"),
            procedure_for([PLAIN, anybody], "GB/ECJU", "release"),
            procedure_for(found, "GB/ECJU", "export-licence"),
            procedure_for(found, "FI/government", "release"),
            procedure_for(found, "FI/government", "export-licence"),
        )
    ] == ["named", "anybody", "p", "anybody", None]


def test_two_procedures_that_claim_a_consent_alike_are_refused() -> None:
    """Which one was meant is never guessed."""
    with pytest.raises(InputError, match="`p` of the pack `uk` and `q` of the pack `own` both claim"):
        procedure_for([PLAIN, replace(PLAIN, id="q", pack="own")], "GB/ECJU", "export-licence")


def test_a_preliminary_question_has_a_procedure_of_its_own() -> None:
    """It never stands in for the application, nor the other way round."""
    early = replace(PLAIN, id="early", preliminary=True)
    assert procedure_for([PLAIN, early], "GB/ECJU", "x") == PLAIN
    assert preliminary_for([PLAIN, early], "GB/ECJU", "x") == early
    assert preliminary_for([PLAIN], "GB/ECJU", "x") is None


def test_an_immaterial_field_covers_its_numbered_ones() -> None:
    """`document` speaks of `document.1`, never of what only begins alike."""
    lax = replace(PLAIN, immaterial=("document",))
    assert [
        lax.is_immaterial(name) for name in ("document.1", "document", "documents", "item.1", "party.1")
    ] == [
        True,
        True,
        False,
        False,
        False,
    ]

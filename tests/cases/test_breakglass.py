"""Break-glass: one act before the decision, for a while, reviewed by somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from licencedesk import (
    DAY,
    NOW,
    PROCEDURES,
    REQUEST,
    ROSTER,
    XA,
    YB,
    Desk,
    assessment,
    clearance,
    decided,
    decision,
    holding,
    open_case,
    use,
    world,
)

from lastword.cases.acts import BreakTheGlass, ChangeLicence, ItemVerdict, PassTime, Review
from lastword.cases.case import Case, Clearance, Glass, Vote
from lastword.cases.licensing import licence_dues
from lastword.cases.moratorium import Class
from lastword.cases.progress import objections
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Officer

DUE = datetime(2026, 3, 9, 23, 0, tzinfo=UTC)
"""Five working days after Monday 2 March: the end of Monday 9 March in Berlin."""


def glass(person: str = "olga", **more: Any) -> BreakTheGlass:
    """Return the act of breaking the glass for the first consent."""
    given: dict[str, Any] = {
        "case": "CASE-1",
        "clearance": XA,
        "licence": "G-1",
        "text": "a hospital is without light",
    }
    return BreakTheGlass(person=person, **{**given, **more})


ANSWER = assessment(consents={XA: ("1", "2")})
"""The first consent alone is needed."""


def alone(**more: Any) -> Case:
    """Return a case that needs the first consent alone."""
    given: dict[str, Any] = {"assessment": ANSWER, "clearances": {XA: clearance(XA, ("1", "2"))}}
    return open_case(**{**given, **more})


def desk_of(case: Case | None = None, **more: Any) -> Desk:
    """Return a desk with such a case."""
    return Desk(world(alone() if case is None else case, **{"assessment": ANSWER, **more}))


def refused(desk: Desk, act: Any, code: str, at: datetime = NOW) -> ActRefused:
    """Hand in an act that must be refused with ``code``."""
    before = dict(desk.world.licences)
    with pytest.raises(ActRefused) as caught:
        desk.do(act, at)
    assert caught.value.code == code, caught.value
    if not caught.value.due:
        assert desk.world.licences == before
    return caught.value


def draw(mode: str, key: str, quantities: dict[str, str] | None = None, **more: Any) -> Any:
    """Return a use of the licence by break-glass."""
    return use(mode, key, quantities, licences=("G-1",), **more)


def no(seat: str = "veto", stage: str = "desk", verdict: str = "no", **more: Any) -> Vote:
    """Return a vote against at a seat."""
    given: dict[str, Any] = {"round": 1, "counts": True}
    return Vote(
        no=4,
        stage=stage,
        seat=seat,
        office="YB/desk",
        person="uma",
        principal="",
        request="request-digest",
        basis="basis",
        verdict=verdict,
        nonce="n",
        at=NOW,
        **{**given, **more},
    )


def voted(*votes: Vote) -> Clearance:
    """Return the first clearance with votes."""
    return clearance(XA, ("1", "2"), votes=votes)


def test_breaking_the_glass_leaves_a_licence_until_its_review_is_due() -> None:
    """The case says who, in which office and until when; why stands beside it, for the file."""
    desk = desk_of()
    broken, issued = desk.do(glass())
    assert broken.stream == "case/CASE-1"
    assert (broken.event.by, broken.event.office, broken.event.review_due) == ("olga", "XA/desk", DUE)
    assert broken.text_audience == {"text": "file"}
    assert "hospital" not in repr(broken.event)
    licence = issued.event.licence
    assert (licence.break_glass, licence.valid_until, licence.review_due) == (True, DUE, DUE)
    assert {item: line.granted for item, line in licence.lines.items()} == {
        "1": Decimal(100),
        "2": Decimal("50.5"),
    }


def test_it_may_be_broken_for_less_than_was_asked_but_not_for_more() -> None:
    """Ten lamps; not 101, not an item twice, not something else than letting it go."""
    desk = desk_of()
    for items, code in (
        ((ItemVerdict("1", "grant", Decimal(101)),), "widened"),
        ((ItemVerdict("9", "grant"),), "unknown_item"),
        ((ItemVerdict("1", "grant"), ItemVerdict("1", "grant")), "unknown_item"),
        ((ItemVerdict("1", "refuse"),), "unknown_outcome"),
        ((ItemVerdict("1", "not_required"),), "unknown_outcome"),
    ):
        refused(desk, glass(items=items), code)
    desk.do(glass(items=(ItemVerdict("1", "grant", Decimal(10)),)))
    assert list(desk.licence("G-1").lines) == ["1"]


def test_only_where_the_procedure_has_it_and_only_by_those_it_names() -> None:
    """Not elsewhere; not the applicant, its staff in the office, another office, a robot, or a deputy without principal."""
    bare = replace(PROCEDURES[XA], break_glass=None)
    plain = desk_of(alone(clearances={XA: replace(clearance(XA, ("1",)), procedure=bare)}))
    refused(plain, glass(), "no_break_glass")
    desk = desk_of()
    for person, code in (
        ("ann", "applicant_excluded"),
        ("mole", "applicant_excluded"),
        ("uma", "not_seated"),
        ("robot", "robot"),
        ("dora", "not_seated"),
        ("nobody", "no_such_case"),
        ("eve", "no_such_case"),
    ):
        refused(desk, glass(person), code)
    desk.do(glass("dora", principal="otto"))


def test_a_reason_is_given() -> None:
    """Blank words are none."""
    refused(desk_of(), glass(text=" "), "no_reason")


def test_unknown_cases_and_clearances_and_decided_ones_are_refused() -> None:
    """Break-glass goes before a decision."""
    desk = desk_of()
    refused(desk, glass(case="CASE-9"), "no_such_case")
    refused(desk, glass(clearance="ZZ:no"), "no_such_clearance")
    over = desk_of(decided(XA, alone(), decision(("1", "refuse", None))))
    refused(over, glass(), "final")


def test_the_glass_is_broken_once_in_a_case() -> None:
    """Also for another clearance of it, and also when the licence is not at hand but the case remembers."""
    desk = Desk(world(open_case()))
    desk.do(glass())
    refused(desk, glass(licence="G-2"), "broken_before")
    refused(desk, glass(licence="G-2", clearance=YB), "broken_before")
    desk.world = replace(desk.world, licences={})
    refused(desk, glass(licence="G-2"), "broken_before")
    kept = (Glass(XA, "G-0", "olga", "XA/desk", NOW, DUE),)
    refused(desk_of(alone(glass=kept)), glass(), "broken_before")


def test_no_moratorium_and_no_veto_is_passed_by_breaking_the_glass() -> None:
    """Nor a prohibition, nor an answer that is not of today."""
    desk = desk_of()
    holding(desk, "m1", Class(to=("ZC",)))
    refused(desk, glass(), "held")
    refused(desk_of(alone(clearances={XA: voted(no())})), glass(), "veto_stands")
    banned = replace(assessment(), prohibitions=("a-ban",))
    refused(desk_of(assessment=banned), glass(), "prohibited")
    refused(desk_of(assessment=None), glass(), "stale_answer")


@pytest.mark.parametrize(
    "vote",
    [
        no(counts=False, why_not="withdrawn"),
        no(verdict="yes"),
        no(seat="decide"),
    ],
)
def test_a_no_that_was_released_or_stands_at_another_seat_is_no_veto(
    vote: Vote,
) -> None:
    """It neither vanishes while it stands nor lives for ever (invariant 46)."""
    case = alone(clearances={XA: voted(vote)})
    assert objections(case.clearances[XA]) == ()
    desk_of(case).do(glass())


def test_it_is_for_one_act_only() -> None:
    """Ten lamps of a hundred go: that was it, though ninety are left."""
    desk = desk_of()
    desk.do(glass())
    desk.do(draw("use", "k1", {"1": "10"}))
    assert desk.licence("G-1").status == "exhausted"
    refused(desk, draw("use", "k2", {"1": "10"}), "exhausted")
    desk.do(draw("return", "k1"))
    assert desk.licence("G-1").status == "exhausted"


def test_a_second_reservation_beside_an_open_one_is_refused() -> None:
    """One that was released was no act."""
    desk = desk_of()
    desk.do(glass())
    desk.do(draw("reserve", "r1", {"1": "10"}))
    refused(desk, draw("reserve", "r2", {"1": "10"}), "one_act")
    refused(desk, draw("use", "k1", {"1": "10"}), "one_act")
    desk.do(draw("release", "r1"))
    desk.do(draw("reserve", "r2", {"1": "10"}))
    desk.do(draw("confirm", "r2"))
    refused(desk, draw("reserve", "r3", {"1": "10"}), "exhausted")


def test_a_decision_a_veto_or_a_new_round_stops_what_the_broken_glass_allowed() -> None:
    """The licence by break-glass cannot be used once its clearance is refused, an objection stands, or the request is another."""
    desk = desk_of()
    desk.do(glass())
    case = desk.world.case
    assert case is not None
    desk.world = replace(desk.world, case=decided(XA, case, decision(("1", "refuse", None))))
    refused(desk, draw("use", "k1", {"1": "10"}), "final")
    desk.world = replace(desk.world, case=replace(case, clearances={XA: voted(no())}))
    refused(desk, draw("use", "k1", {"1": "10"}), "final")
    amended = replace(REQUEST, digest="another")
    desk.world = replace(desk.world, case=replace(case, requests=(REQUEST, amended)))
    refused(desk, draw("use", "k1", {"1": "10"}), "final")
    desk.world = replace(desk.world, case=None)
    refused(desk, draw("use", "k1", {"1": "10"}), "final")
    desk.world = replace(desk.world, case=case)
    holding(desk, "m1", Class(), uses=True)
    refused(desk, draw("use", "k1", {"1": "10"}), "held")


def test_what_went_by_breaking_the_glass_counts_on_the_licence_that_follows() -> None:
    """Ten went; the grant of a hundred leaves ninety. An unused licence by break-glass ends with the grant."""
    for used, left, status in ((True, 90, "exhausted"), (False, 100, "surrendered")):
        desk = desk_of()
        desk.do(glass())
        if used:
            desk.do(draw("use", "k1", {"1": "10"}))
        licence = desk.issue("L-1", XA, decision(("1", "grant", None)))
        assert licence.lines["1"].available == left
        assert licence.replaces == ""
        assert desk.licence("G-1").status == status


def test_a_review_that_finds_it_right_lets_it_end_as_planned() -> None:
    """It runs until its due instant and expires then."""
    desk = desk_of()
    desk.do(glass())
    (written,) = desk.do(Review(person="rita", licence="G-1", right=True, text="it was so"), NOW + DAY)
    assert written.text_audience == {"text": "file"}
    assert licence_dues(desk.licence("G-1")) == (("expiry", DUE),)
    desk.do(draw("use", "k1", {"1": "10"}), DUE - timedelta(seconds=1))
    desk.do(PassTime(person="worker", licence="G-1"), DUE)
    assert desk.licence("G-1").status == "expired"
    refused(desk, Review(person="rita", licence="G-1", right=False), "final", DUE)


def test_a_review_that_finds_it_wrong_revokes_it_at_once() -> None:
    """What was reserved is released."""
    desk = desk_of()
    desk.do(glass())
    desk.do(draw("reserve", "r1", {"1": "10"}))
    written = desk.do(Review(person="rita", licence="G-1", right=False))
    assert [one.event.kind for one in written] == [
        "licence.reviewed",
        "licence.released",
        "licence.revoked",
    ]
    refused(desk, draw("confirm", "r1"), "revoked")


def test_the_silence_of_the_review_suspends_and_ends_it() -> None:
    """At the due instant, with what was reserved released; a late review still says whether it was right."""
    for right, status in ((True, "expired"), (False, "revoked")):
        desk = desk_of()
        desk.do(glass())
        desk.do(draw("reserve", "r1", {"1": "10"}, expires=DUE + DAY))
        assert ("review", DUE) in licence_dues(desk.licence("G-1"))
        error = refused(desk, draw("confirm", "r1"), "suspended", DUE)
        assert [one.event.kind for one in error.due] == ["licence.released", "licence.suspended"]
        licence = desk.licence("G-1")
        assert (licence.status, licence.suspended_for, licence.ended) == (
            "suspended",
            "review_silence",
            DUE,
        )
        assert licence_dues(licence) == ()
        refused(desk, ChangeLicence(person="olga", licence="G-1", to="reinstate"), "too_late", DUE)
        desk.do(Review(person="rita", licence="G-1", right=right), DUE + DAY)
        assert desk.licence("G-1").status == status


def test_an_act_that_was_done_is_reviewed_as_well() -> None:
    """The licence is exhausted; when the review stays away it is suspended all the same."""
    desk = desk_of()
    desk.do(glass())
    desk.do(draw("use", "k1", {"1": "10"}))
    desk.do(PassTime(person="worker", licence="G-1"), DUE)
    assert desk.licence("G-1").suspended_for == "review_silence"


def test_the_review_is_by_another_human_of_a_reviewing_office() -> None:
    """Not who broke it under another name, not the principal it was broken for, not the deciding office, not the holder."""
    desk = desk_of()
    desk.do(glass())
    for person, code in (
        ("olga-too", "own_act"),
        ("otto", "not_seated"),
        ("ann", "applicant_excluded"),
        ("eve", "no_such_licence"),
    ):
        refused(desk, Review(person=person, licence="G-1", right=True), code)
    desk.do(Review(person="rita", licence="G-1", right=True))
    refused(desk, Review(person="rita", licence="G-1", right=False), "final")


def test_the_officer_for_whom_a_deputy_broke_the_glass_does_not_review_it() -> None:
    """Both had a part in it."""
    since = date(2020, 1, 1)
    posts = (Officer("XA/review", "otto", since), Officer("XA/review", "dora", since))
    desk = desk_of(roster=replace(ROSTER, officers=(*ROSTER.officers, *posts)))
    desk.do(glass("dora", principal="otto"))
    for person in ("otto", "dora"):
        refused(desk, Review(person=person, licence="G-1", right=True), "own_act")


def test_an_ordinary_licence_has_no_review() -> None:
    """It was decided."""
    desk = desk_of()
    desk.issue("L-1", XA, decision(("1", "grant", None)))
    refused(desk, Review(person="olga", licence="L-1", right=True), "no_break_glass")

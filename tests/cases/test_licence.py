"""Licences come and go: what a decision leaves behind, who may stop it, and what does not move any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
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
    clearance,
    decision,
    granted_desk,
    holding,
    open_case,
    use,
    world,
)

from lastword.cases.acts import ChangeLicence, DropProviso
from lastword.cases.case import Case, Decision, Proviso, TextAt
from lastword.cases.licence import MOVES, Line
from lastword.cases.licenceevents import apply_licence
from lastword.cases.licensing import issue
from lastword.cases.moratorium import Class
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Officer


def change(to: str, person: str = "olga", licence: str = "L-1", **more: Any) -> ChangeLicence:
    """Return a change of a licence, with a ground where one is due."""
    given: dict[str, Any] = {"ground": "1"} if to in ("suspend", "revoke") else {}
    return ChangeLicence(person=person, licence=licence, to=to, **{**given, **more})  # type: ignore[arg-type]


def refused(desk: Desk, act: Any, code: str, at: datetime = NOW) -> ActRefused:
    """Hand in an act that must be refused with ``code`` and change no status."""
    with pytest.raises(ActRefused) as caught:
        desk.do(act, at)
    assert caught.value.code == code, caught.value
    return caught.value


def issuing(case: Case, what: Decision, licence: str = "L-1", **more: Any) -> ActRefused:
    """Issue what must not be issued; return the refusal."""
    with pytest.raises(ActRefused) as caught:
        issue(case, case.clearances[XA], what, licence, world(case, **more), NOW)
    return caught.value


def test_a_licence_lists_what_was_granted_and_nothing_else() -> None:
    """Item 1 in part, item 2 refused: one line, with the decided quantity and the unit asked for."""
    desk = Desk(world(open_case()))
    licence = desk.issue("L-1", XA, decision(("1", "grant_with_provisos", "40"), ("2", "refuse", None)))
    assert licence.lines == {"1": Line("1", "lamp", "piece", Decimal(40))}
    assert (licence.act, licence.from_, licence.to, licence.end_use) == ("export", "XA", "ZC", "civil")
    assert (licence.request, licence.parties) == (
        "request-digest",
        {"party.1": "digest-of-the-end-user"},
    )
    assert (licence.facts, licence.rules, licence.no) == (1, 1, 1)


def test_a_licence_shows_each_proviso_with_its_owner() -> None:
    """Two provisos of two offices; the decision took both (scenario 1)."""
    provisos = (
        Proviso("p1", "XA/desk", TextAt(2, "proviso.p1")),
        Proviso("p2", "YB/desk", TextAt(3, "proviso.p2")),
    )
    case = open_case(clearances={XA: clearance(XA, ("1", "2"), provisos=provisos)})
    desk = Desk(world(case))
    licence = desk.issue("L-1", XA, decision(("1", "grant_with_provisos", None), provisos=("p1", "p2")))
    assert [(one.id, one.owner) for one in licence.provisos] == [("p1", "XA/desk"), ("p2", "YB/desk")]


def test_a_licence_runs_until_the_end_of_the_last_day_of_its_validity_where_it_was_issued() -> None:
    """One year from 2 March 10:00 in Berlin: until midnight at the end of 2 March of the next year, there."""
    licence = granted_desk().licence("L-1")
    assert licence.valid_until == datetime(2027, 3, 2, 23, 0, tzinfo=UTC)


def test_nothing_is_granted_beyond_what_was_asked_for() -> None:
    """More than asked for, an item of another clearance, an item that nobody asked for, or no item at all."""
    case = open_case(clearances={XA: clearance(XA, ("1",))})
    assert issuing(case, decision(("1", "grant", "101"))).code == "widened"
    assert issuing(case, decision(("2", "grant", None))).code == "unknown_item"
    assert issuing(case, decision(("9", "grant", None))).code == "unknown_item"
    assert issuing(case, decision(("1", "refuse", None))).code == "nothing_granted"
    assert issuing(case, decision(("1", "grant", "0"))).code == "bad_quantity"
    assert issuing(case, decision(("1", "no such outcome", None))).code == "nothing_granted"


def test_a_proviso_of_the_decision_never_gets_lost_on_the_way() -> None:
    """If the clearance does not know it, there is no licence."""
    error = issuing(open_case(), decision(("1", "grant", None), provisos=("p1", "p9")))
    assert error.code == "unknown_proviso"


def test_a_decision_on_a_planned_deal_leaves_no_licence() -> None:
    """Neither by the procedure nor by the request."""
    planned = replace(clearance(XA, ("1",)), procedure=replace(PROCEDURES[XA], preliminary=True))
    assert issuing(open_case(clearances={XA: planned}), decision(("1", "grant", None))).code == "preliminary"
    asked = open_case(requests=(replace(REQUEST, preliminary=True),))
    assert issuing(asked, decision(("1", "grant", None))).code == "preliminary"


def test_an_id_names_one_licence() -> None:
    """It is not given twice, and never empty."""
    desk = granted_desk()
    licences = dict(desk.world.licences)
    assert issuing(open_case(), decision(("1", "grant", None)), licences=licences).code == "exists"
    assert issuing(open_case(), decision(("1", "grant", None)), licence="").code == "exists"


def test_a_calendar_that_the_record_lacks_is_named() -> None:
    """Nothing is counted by another one."""
    error = issuing(open_case(), decision(("1", "grant", None)), calendars={})
    assert error.code == "no_calendar"
    assert "`xa`" in str(error)


@pytest.mark.parametrize("to", ["suspend", "revoke"])
def test_only_an_officer_who_decided_takes_a_licence_away(to: str) -> None:
    """Not the other authority, not the holder, not its staff in the office, not a rival; a deputy may, naming the officer."""
    desk = granted_desk()
    refused(desk, change(to, "rita"), "no_such_licence")
    refused(desk, change(to, "uma"), "no_such_licence")
    refused(desk, change(to, "ann"), "applicant_excluded")
    refused(desk, change(to, "mole"), "applicant_excluded")
    refused(desk, change(to, "robot"), "robot")
    refused(desk, change(to, "eve"), "no_such_licence")
    refused(desk, change(to, "dora"), "not_seated")
    refused(desk, change(to, "dora", principal="olga"), "not_seated")
    refused(desk, change(to, "dora", principal="mole"), "applicant_excluded")
    desk.do(change(to, "dora", principal="otto"))
    assert desk.licence("L-1").status == {"suspend": "suspended", "revoke": "revoked"}[to]


def test_in_a_firms_own_procedure_only_those_who_acted_in_the_case_are_excluded() -> None:
    """The firm's officer suspends what the firm asked of itself; the colleague who filed it does not, in the same office."""
    posts = (*ROSTER.officers, Officer("XA/desk", "ann", date(2020, 1, 1)))
    own = replace(clearance(XA, ("1",)), procedure=replace(PROCEDURES[XA], internal=True))
    desk = Desk(world(open_case(clearances={XA: own}), roster=replace(ROSTER, officers=posts)))
    desk.issue("L-1", XA, decision(("1", "grant", None)))
    refused(desk, change("suspend", "ann"), "applicant_excluded")
    desk.do(change("suspend", "mole"))


def test_an_authority_that_applies_for_itself_does_not_judge_itself() -> None:
    """Whoever holds or held one of its offices is too near, also in an office of another authority."""
    posts = (*ROSTER.officers, Officer("YB/desk", "olga-too", date(2020, 1, 1), date(2021, 1, 1)))
    case = open_case(applicant="YB/LIC", clearances={XA: clearance(XA, ("1",))})
    desk = Desk(world(case, roster=replace(ROSTER, officers=posts)))
    desk.issue("L-1", XA, decision(("1", "grant", None)))
    refused(desk, change("suspend", "olga"), "applicant_excluded")
    desk.do(change("suspend", "otto"))


def test_a_licence_that_does_not_exist_and_one_of_others_are_refused_in_the_same_words() -> None:
    """Knowing a number gives nothing."""
    desk = granted_desk()
    there = refused(desk, change("suspend", "eve"), "no_such_licence")
    nowhere = refused(desk, change("suspend", "eve", licence="L-9"), "no_such_licence")
    assert str(there).replace("L-1", "L-9") == str(nowhere)


def test_a_licence_is_taken_away_with_a_reason() -> None:
    """A ground of the procedure, or words for the holder; a code that the procedure does not know is refused."""
    desk = granted_desk()
    refused(desk, change("suspend", ground=""), "no_ground")
    refused(desk, change("revoke", ground="77"), "unknown_ground")
    desk.do(change("suspend", ground="", for_applicant="the end user is in doubt"))


def test_one_text_is_for_the_holder_and_one_for_the_file() -> None:
    """Both are written beside the entry; the second is for the file alone."""
    desk = granted_desk()
    (written,) = desk.do(change("revoke", for_applicant="facts changed", for_file="a source says so"))
    assert written.texts == {"for_applicant": "facts changed", "for_file": "a source says so"}
    assert written.text_audience == {"for_file": "file"}
    assert "source" not in repr(written.event)
    assert written.event.for_file == TextAt(2, "for_file")


def test_a_suspended_licence_is_reinstated_and_can_be_used_again() -> None:
    """With what it had."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "10"}))
    desk.do(change("suspend"))
    refused(desk, change("suspend"), "already")
    desk.do(change("reinstate"))
    assert desk.licence("L-1").suspended_for == ""
    desk.do(use("use", "k2", {"1": "90"}))


def test_reinstatement_is_for_suspended_licences_within_their_time() -> None:
    """Not for an issued one; not once its time is over, when it has expired; not while a moratorium holds its class."""
    desk = granted_desk()
    refused(desk, change("reinstate"), "not_suspended")
    desk.do(change("suspend"))
    holding(desk, "m1", Class(to=("ZC",)))
    refused(desk, change("reinstate"), "held")
    error = refused(desk, change("reinstate"), "final", NOW + 800 * DAY)
    assert [one.event.kind for one in error.due] == ["licence.expired"]


def test_an_exhausted_licence_that_is_suspended_comes_back_exhausted() -> None:
    """Reinstatement gives no goods back."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "100"}))
    desk.do(change("suspend", "uma", "L-2"))
    desk.do(change("reinstate", "uma", "L-2"))
    assert desk.licence("L-2").status == "exhausted"


def test_only_the_holder_surrenders_and_its_reservations_are_released() -> None:
    """An officer may not; the agent of the holder may."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}))
    refused(desk, change("surrender", "olga"), "not_holder")
    kinds = [one.event.kind for one in desk.do(change("surrender", "agent", for_file="not needed"))]
    assert kinds == ["licence.released", "licence.surrendered"]
    assert desk.licence("L-1").ended == NOW


def test_invariant_35_final_states_do_not_move() -> None:
    """Revoked, surrendered and expired: nothing moves them, not even the same change again."""
    for end, person in (("revoke", "olga"), ("surrender", "ann"), ("expire", "")):
        desk, at = granted_desk(), NOW
        if person:
            desk.do(change(end, person))
        else:
            at = NOW + 800 * DAY
        for to in ("suspend", "reinstate", "revoke"):
            refused(desk, change(to), "final", at)
        refused(desk, change("surrender", "ann"), "final", at)
        assert MOVES[desk.licence("L-1").status] == ()


def test_a_revocation_opens_the_window_for_an_appeal() -> None:
    """28 days: until the end of 30 March in Berlin, where summer time began the night before; suspension opens none."""
    desk = granted_desk()
    desk.do(change("suspend"))
    assert desk.licence("L-1").appeal_until is None
    desk.do(change("revoke"))
    assert desk.licence("L-1").appeal_until == datetime(2026, 3, 30, 22, 0, tzinfo=UTC)


def test_a_revocation_releases_what_is_reserved_at_once() -> None:
    """Nothing of it can be confirmed later; the other licence of the reservation keeps its own until it is released."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}))
    kinds = [one.event.kind for one in desk.do(change("revoke"))]
    assert kinds == ["licence.released", "licence.revoked"]
    assert desk.licence("L-1").lines["1"].reserved == 0
    refused(desk, use("confirm", "r1"), "revoked")
    assert desk.licence("L-2").lines["1"].reserved == 10
    desk.do(use("release", "r1"))
    assert desk.licence("L-2").lines["1"].reserved == 0


def test_only_its_owner_drops_a_proviso() -> None:
    """The office that owns it, once; not the holder, not another office; the licence must be the one of the clearance."""
    desk = granted_desk()
    drop = DropProviso(person="olga", case="CASE-1", clearance=XA, proviso="p1", licence="L-1", text="met")
    refused(desk, replace(drop, person="ann"), "applicant_excluded")
    refused(desk, replace(drop, person="uma"), "no_such_licence")
    refused(desk, replace(drop, clearance=YB), "no_such_licence")
    refused(desk, replace(drop, case="CASE-2"), "no_such_licence")
    refused(desk, replace(drop, proviso="p9"), "unknown_proviso")
    desk.do(drop)
    assert [one.dropped for one in desk.licence("L-1").provisos] == [True]
    refused(desk, drop, "already")


def test_the_deciding_office_drops_no_proviso_of_another() -> None:
    """The second authority's condition stands on the first one's licence: the first one cannot take it off."""
    provisos = (Proviso("p2", "YB/desk", TextAt(3, "proviso.p2")),)
    desk = Desk(world(open_case(clearances={XA: clearance(XA, ("1",), provisos=provisos)})))
    desk.issue("L-1", XA, decision(("1", "grant_with_provisos", None), provisos=("p2",)))
    drop = DropProviso(person="olga", case="CASE-1", clearance=XA, proviso="p2", licence="L-1")
    assert "`YB/desk`" in str(refused(desk, drop, "not_seated"))
    desk.do(replace(drop, person="uma"))


def test_a_licence_on_appeal_takes_the_place_of_the_earlier_one_and_no_quantity_goes_twice() -> None:
    """60 of 100 went and 10 are reserved; on appeal 100 are granted: 40 are left, and the earlier licence is over."""
    desk = granted_desk()
    desk.do(use("use", "k1", {"1": "60"}))
    desk.do(use("reserve", "r1", {"1": "10"}))
    licence = desk.issue("L-3", XA, decision(("1", "grant", None), ("2", "grant", None)), on_appeal=True)
    assert licence.on_appeal
    assert licence.replaces == "L-1"
    assert licence.lines["1"].available == 40
    assert desk.licence("L-1").status == "surrendered"
    assert desk.licence("L-1").reserved == ()
    last = desk.issue("L-4", XA, decision(("1", "grant", "50")), on_appeal=True)
    assert last.lines["1"].available == 0


def test_a_licence_is_what_its_events_make_it() -> None:
    """Applied again from the first they give the same licence; an event never comes before it was issued, or twice."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}, text="first"))
    desk.do(use("confirm", "r1", {"1": "8"}))
    desk.do(change("suspend", for_file="why"))
    desk.do(change("reinstate"))
    desk.do(use("return", "r1", {"1": "1"}))
    desk.do(change("revoke"))
    own = [event for stream, event in desk.events if stream == "licence/L-1"]
    licence = None
    for event in own:
        licence = apply_licence(licence, event)
    assert licence == desk.licence("L-1")
    assert licence.no == len(own)
    with pytest.raises(ValueError, match="issued before"):
        apply_licence(licence, own[0])
    with pytest.raises(ValueError, match="before the licence was issued"):
        apply_licence(None, own[1])

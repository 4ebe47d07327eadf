"""Moratoria: what a hold matches, from when to when, and who declares and lifts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from licencedesk import (
    DAY,
    NOW,
    REQUEST,
    XA,
    YB,
    Desk,
    clearance,
    declared,
    granted_desk,
    holding,
    open_case,
    use,
    world,
)

from lastword.cases.acts import Confirm, Lift, PassTime
from lastword.cases.case import TextAt
from lastword.cases.constitution import Constitution, Guard
from lastword.cases.holding import held_by, holds, matches, moratoria_dues
from lastword.cases.moratorium import Class, Moratoria, Moratorium
from lastword.cases.refusal import ActRefused

DECISION: dict[str, Any] = {
    "authority": "XA/LIC",
    "procedures": ("export", "xa-export"),
    "act": "export",
    "to": "ZC",
    "from_": "XA",
    "thing": "lamp",
    "case": "CASE-1",
}
WORDS = st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple)
CLASSES = st.builds(Class, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)


def refused(desk: Desk, act: Any, code: str, at: datetime = NOW) -> ActRefused:
    """Hand in an act that must be refused with ``code``."""
    with pytest.raises(ActRefused) as caught:
        desk.do(act, at)
    assert caught.value.code == code, caught.value
    return caught.value


def one(on: Class, **more: Any) -> Moratoria:
    """Return a single hold, since NOW."""
    return Moratoria({"m1": Moratorium("m1", on, NOW, **more)}, 1)


@pytest.mark.parametrize(
    ("hit", "miss"),
    [
        (Class(authorities=("XA/LIC",)), Class(authorities=("XA",))),
        (Class(procedures=("export",)), Class(procedures=("transit",))),
        (Class(procedures=("xa-export",)), Class(procedures=("yb-reexport",))),
        (Class(acts=("transit", "export")), Class(acts=("transit",))),
        (Class(to=("ZC",)), Class(to=("ZD",))),
        (Class(from_=("XA",)), Class(from_=("YB",))),
        (Class(things=("lamp",)), Class(things=("lens",))),
        (Class(cases=("CASE-1",)), Class(cases=("CASE-2",))),
        (Class(to=("ZC",), acts=("export",)), Class(to=("ZC",), acts=("transit",))),
    ],
)
def test_a_class_matches_what_it_lists_and_an_empty_list_matches_everything(hit: Class, miss: Class) -> None:
    """All its lists must agree."""
    assert matches(hit, **DECISION)
    assert not matches(miss, **DECISION)
    assert matches(Class(), **DECISION)


@given(CLASSES, CLASSES, st.tuples(*[st.sampled_from(["a", "b", "c"])] * 7))
def test_naming_more_words_in_a_list_that_is_not_empty_never_holds_less(
    first: Class, second: Class, words: tuple[str, ...]
) -> None:
    """And a class that names nothing holds whatever another one holds."""
    names = ("authorities", "procedures", "acts", "to", "from_", "things", "cases")
    wider = Class(
        **{
            name: (*getattr(first, name), *getattr(second, name)) if getattr(first, name) else ()
            for name in names
        }
    )
    made = dict(zip(("authority", "act", "to", "from_", "thing", "case"), words[1:], strict=True))
    decision: dict[str, Any] = {**made, "procedures": (words[0],)}
    assert wider.includes(first)
    if matches(first, **decision):
        assert matches(wider, **decision)
        assert matches(Class(), **decision)
    if second.includes(first) and matches(first, **decision):
        assert matches(second, **decision)


def test_a_hold_begins_with_the_instant_of_its_entry_and_is_over_at_its_end() -> None:
    """At that very instant it holds; at its end, by itself or by lifting, it does not; the earlier of both counts."""
    tick = timedelta(microseconds=1)
    hold = Moratorium("m1", Class(), NOW, until=NOW + 2 * DAY)
    assert [hold.runs(at) for at in (NOW - tick, NOW, NOW + 2 * DAY - tick, NOW + 2 * DAY)] == [
        False,
        True,
        True,
        False,
    ]
    lifted = replace(hold, lifted=NOW + DAY)
    assert lifted.end == NOW + DAY
    assert not lifted.runs(NOW + DAY)


def test_one_thing_that_is_held_holds_the_whole_clearance_unless_it_is_carved_out() -> None:
    """The lens is held, so the grant of lamp and lens is; carved out for the lens, nothing is left to hold."""
    case = open_case()
    both, lamp = case.clearances[XA], case.clearances[YB]
    hold = one(Class(things=("lens",)))
    assert held_by(case, both, hold, NOW) is not None
    assert held_by(case, lamp, hold, NOW) is None
    carved = one(Class(to=("ZC",)), carve_outs=(Class(things=("lens",)),))
    assert held_by(case, both, carved, NOW) is not None
    carved = one(Class(to=("ZC",)), carve_outs=(Class(things=("lens",)), Class(things=("lamp",))))
    assert held_by(case, both, carved, NOW) is None


def test_a_carve_out_by_authority_leaves_the_other_authority_held() -> None:
    """A freeze of all exports to a place, but for one body's."""
    case = open_case()
    hold = one(Class(to=("ZC",)), carve_outs=(Class(authorities=("YB/LIC",)),))
    assert held_by(case, case.clearances[XA], hold, NOW) is not None
    assert held_by(case, case.clearances[YB], hold, NOW) is None


def test_a_clearance_whose_items_are_gone_from_the_request_is_still_held() -> None:
    """What cannot be told apart is held."""
    case = open_case(clearances={XA: clearance(XA, ("9",))})
    assert held_by(case, case.clearances[XA], one(Class(to=("ZC",))), NOW) is not None


def test_the_request_in_force_says_whether_a_clearance_is_held() -> None:
    """After an amendment to another destination the hold no longer speaks of it."""
    case = open_case()
    hold = one(Class(to=("ZC",)))
    moved = replace(case, requests=(REQUEST, replace(REQUEST, to="ZD")))
    assert held_by(case, case.clearances[XA], hold, NOW) is not None
    assert held_by(moved, moved.clearances[XA], hold, NOW) is None


def test_every_hold_there_ever_was_is_told_in_order_with_its_end() -> None:
    """What stopped a clock, also when it is over."""
    case = open_case()
    first = Moratorium("z", Class(), NOW, lifted=NOW + DAY)
    second = Moratorium("a", Class(), NOW + 2 * DAY, until=NOW + 9 * DAY)
    third = Moratorium("b", Class(), NOW + 3 * DAY)
    other = Moratorium("c", Class(to=("ZD",)), NOW)
    found = holds(
        case, case.clearances[XA], Moratoria({one.id: one for one in (third, second, other, first)})
    )
    assert found == (
        (first, NOW, NOW + DAY),
        (second, NOW + 2 * DAY, NOW + 9 * DAY),
        (third, NOW + 3 * DAY, None),
    )


def test_a_moratorium_holds_uses_only_if_it_says_so() -> None:
    """Without the word the licences work on; with it reserve, use and confirm are held, and release and report are not."""
    desk = granted_desk()
    desk.do(use("reserve", "r1", {"1": "10"}))
    desk.do(use("reserve", "r2", {"1": "10"}))
    holding(desk, "m1", Class(to=("ZC",)))
    desk.do(use("use", "k1", {"1": "1"}))
    holding(desk, "m2", Class(to=("ZC",)), uses=True)
    for act in (use("use", "k2", {"1": "1"}), use("reserve", "k3", {"1": "1"}), use("confirm", "r1")):
        assert "`m2`" in str(refused(desk, act, "held"))
    desk.do(use("release", "r2"))
    desk.do(use("report", "m1", {"1": "1"}))
    desk.do(use("return", "k1"))


def test_a_hold_on_one_thing_lets_uses_of_the_others_go() -> None:
    """The lamp is held, the lens on the same licence is not."""
    desk = granted_desk()
    holding(desk, "m1", Class(things=("lamp",)), uses=True)
    refused(desk, use("use", "k1", {"1": "1", "2": "1"}), "held")
    desk.do(use("use", "k1", {"2": "1"}, licences=("L-1",)))


def test_a_moratorium_is_declared_by_as_many_officers_as_the_constitution_asks_for() -> None:
    """The first only puts it forward: nothing is held yet. The second, doing the same, makes it hold from then on."""
    desk = granted_desk()
    desk.do(declared("m1", Class(), uses=True))
    assert desk.world.moratoria.all == {}
    desk.do(use("use", "k1", {"1": "1"}))
    refused(desk, declared("m1", Class(), uses=True), "already")
    desk.do(declared("m1", Class(), uses=True, person="chief"), NOW + DAY)
    assert desk.world.moratoria.all["m1"].since == NOW + DAY
    assert desk.world.moratoria.all["m1"].ordered_by == "head"
    refused(desk, use("use", "k2", {"1": "1"}), "held", NOW + DAY)


def test_a_second_officer_may_simply_confirm_and_the_words_stay_where_they_were_put_forward() -> None:
    """The reasons stand with the proposal; the hold says so."""
    desk = granted_desk()
    desk.do(declared("m1", Class(to=("ZC",)), text="the situation there"))
    (proposal,) = desk.world.proposals
    desk.do(Confirm(person="chief", proposal=proposal), NOW + DAY)
    hold = desk.world.moratoria.all["m1"]
    assert (hold.since, hold.text, hold.text_in) == (NOW + DAY, TextAt(1, "text"), "proposals")
    assert "situation" not in repr(desk.events)


@pytest.mark.parametrize("person", ["olga", "ann", "robot", "eve", "nobody"])
def test_nobody_else_declares_or_lifts_a_moratorium(person: str) -> None:
    """Neither another office, nor the applicant, nor a robot."""
    desk = granted_desk()
    refused(desk, declared("m1", Class(), person=person), "not_seated")
    holding(desk, "m2", Class())
    refused(desk, Lift(person=person, moratorium="m2"), "not_seated")


def test_without_a_guard_in_the_constitution_nobody_declares_one() -> None:
    """No rule is never leave."""
    desk = Desk(world(open_case(), constitution=Constitution({})))
    refused(desk, declared("m1", Class()), "not_guarded")


def test_one_officer_is_enough_where_the_constitution_says_so() -> None:
    """It holds at once."""
    desk = Desk(world(open_case(), constitution=Constitution({"moratorium": Guard("council")})))
    (written,) = desk.do(declared("m1", Class(to=("ZC",)), text="the situation there"))
    assert written.audience == "public"
    assert written.texts == {"text": "the situation there"}
    assert "situation" not in repr(written.event)


def test_a_hold_that_names_cases_or_things_is_not_told_to_everybody() -> None:
    """It would tell that they exist."""
    desk = Desk(world(open_case(), constitution=Constitution({"moratorium": Guard("council")})))
    for ident, on in (("m1", Class(cases=("CASE-1",))), ("m2", Class(things=("lamp",)))):
        (written,) = desk.do(declared(ident, on))
        assert written.audience == "file"
    (written,) = desk.do(declared("m3", Class(), carve_outs=(Class(cases=("CASE-1",)),)))
    assert written.audience == "file"


@pytest.mark.parametrize(
    ("ident", "more", "code"),
    [
        ("", {}, "bad_id"),
        ("m 1", {}, "bad_id"),
        ("m1", {"until": NOW}, "bad_end"),
        ("m1", {"until": NOW - DAY}, "bad_end"),
        ("m1", {"until": (NOW + DAY).replace(tzinfo=None)}, "bad_end"),
        ("m1", {"carve_outs": (Class(),)}, "nothing_held"),
        ("m1", {"carve_outs": (Class(to=("ZC",)),)}, "nothing_held"),
        ("m1", {"carve_outs": (Class(to=("ZD", "ZC")),)}, "nothing_held"),
    ],
)
def test_a_moratorium_that_could_hold_nothing_is_refused(ident: str, more: dict[str, Any], code: str) -> None:
    """No id, an end that is over or has no zone, or a carve-out of everything."""
    refused(granted_desk(), declared(ident, Class(to=("ZC",)), **more), code)


def test_an_id_of_a_moratorium_is_used_once_also_when_it_is_over() -> None:
    """Entries would become ambiguous."""
    desk = granted_desk()
    holding(desk, "m1", Class())
    refused(desk, declared("m1", Class(to=("ZD",))), "exists")
    for person in ("head", "chief"):
        desk.do(Lift(person=person, moratorium="m1"))
    refused(desk, declared("m1", Class(to=("ZD",))), "exists")


def test_lifting_needs_as_many_officers_and_ends_the_hold_at_once() -> None:
    """One officer's word changes nothing; after the second one's uses go again."""
    desk = granted_desk()
    holding(desk, "m1", Class(), uses=True)
    desk.do(Lift(person="head", moratorium="m1", text="it is calm"))
    refused(desk, use("use", "k1", {"1": "1"}), "held")
    desk.do(Lift(person="chief", moratorium="m1"))
    desk.do(use("use", "k1", {"1": "1"}))
    refused(desk, Lift(person="head", moratorium="m1"), "final")
    refused(desk, Lift(person="head", moratorium="m9"), "no_such_moratorium")
    lifted = desk.world.moratoria.all["m1"]
    assert (lifted.lifted, lifted.lift_text_in) == (NOW, "proposals")


def test_a_moratorium_with_an_end_ends_by_itself_once() -> None:
    """At its instant, whenever the worker comes; then it has no timer."""
    desk = granted_desk()
    end = NOW + 3 * DAY
    holding(desk, "m1", Class(), until=end)
    assert moratoria_dues(desk.world.moratoria) == (("m1", end),)
    assert desk.do(PassTime(person="worker"), end - timedelta(seconds=1)) == ()
    (written,) = desk.do(PassTime(person="worker"), end + 5 * DAY)
    assert (written.event.kind, written.event.at) == ("moratorium.ended", end)
    assert moratoria_dues(desk.world.moratoria) == ()
    assert desk.do(PassTime(person="worker"), end + 6 * DAY) == ()
    error = refused(desk, Lift(person="head", moratorium="m1"), "final", end + 6 * DAY)
    assert error.due == ()

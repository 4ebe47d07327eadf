"""Races between real processes, in both databases: exactly one legal outcome, whoever is first.

``bench/races.py`` runs a thousand rounds; here a few of each kind, and a check of the whole record after them.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import pytest
from arena import Arena, whole
from duels import DUELS, run

from lastword.cases.acts import Decide
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Salted

pytest_plugins = ("rings",)

ROUNDS = 2


@pytest.mark.parametrize("name", DUELS)
def test_of_two_acts_at_once_exactly_one_legal_outcome_comes(ring: Arena, name: str) -> None:
    """Two processes act at the same moment; what became of it is one of the outcomes that the duel names, and both know it."""
    for _ in range(ROUNDS):
        assert run(ring, name)


def test_after_all_races_the_record_is_whole(ring: Arena) -> None:
    """No entry is lost or there twice, no size has two heads, the anchor is at the last, and applying it gives the states."""
    before = whole(ring.desk)
    for name in ("last_unit", "decision_and_change", "same_decision"):
        run(ring, name)
    assert whole(ring.desk) > before


def _held_up(ring: Arena, act: Decide, meanwhile: Callable[[], object]) -> str:
    """Hand in an act, and do something else before its turn; return the code of its refusal, "" if it was done."""
    answered, may_go = Event(), Event()
    computed = ring.desk._basis
    came: list[str] = []

    def slowly(*given: object, **named: object) -> object:
        found = computed(*given, **named)  # type: ignore[arg-type]
        answered.set()
        assert may_go.wait(30)
        return found

    def decide() -> None:
        try:
            ring.desk.do(act)
            came.append("")
        except ActRefused as refused:
            came.append(refused.code)

    ring.desk._basis = slowly  # type: ignore[method-assign,assignment]
    thread = Thread(target=decide)
    try:
        thread.start()
        assert answered.wait(30)
    finally:
        ring.desk._basis = computed  # type: ignore[method-assign]
    meanwhile()
    may_go.set()
    thread.join(30)
    (code,) = came
    return code


def test_a_decision_that_names_no_round_falls_on_the_request_that_was_there_when_it_was_handed_in(
    ring: Arena,
) -> None:
    """A request that is changed while the answer for a decision is computed is not decided by it: nobody has read the new one."""
    case = ring.file("IN")
    fields = ring.desk.fields(case, "eve")
    fields["item.1"] = Salted({**fields["item.1"].value, "quantity": "900"}, ring.desk.token())
    change = ring.desk.amending(case=case, fields=fields, person="eve")
    decision = Decide(person="lou", case=case, clearance="", nonce="")
    assert _held_up(ring, decision, lambda: ring.desk.do(change)) == "stale_request"
    assert ring.desk.store.state(f"case/{case}").round == 2


def test_a_change_sent_again_under_its_key_is_the_same_change(ring: Arena) -> None:
    """Who does not know whether a change arrived sends it again, written on the round that there is by then."""
    case = ring.file("IN")
    fields = ring.desk.fields(case, "eve")
    fields["item.1"] = Salted({**fields["item.1"].value, "quantity": "1"}, ring.desk.token())
    first = ring.desk.do(ring.desk.amending(case=case, fields=fields, person="eve"), key=f"amend-{case}")
    again = ring.desk.do(ring.desk.amending(case=case, fields=fields, person="eve"), key=f"amend-{case}")
    assert (first.index, first.repeated, again.repeated) == (again.index, False, True)
    assert ring.desk.store.state(f"case/{case}").round == 2

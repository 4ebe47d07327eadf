"""The races: two acts at once of which exactly one legal outcome may come, whoever is first.

Each duel prepares a fresh case, names both moves, and judges what became of them: it returns a word for the outcome, and
fails if it is none that the procedure knows. What both sides were told must be what the record holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from arena import Arena, Came, Move, filing

from lastword.cases.acts import (
    Act,
    Advise,
    Agree,
    Ask,
    ChangeLicence,
    Countersign,
    Decide,
    Declare,
    Lift,
    Object,
    Reply,
    UseLicences,
    Withdraw,
)
from lastword.cases.case import Case, Clearance
from lastword.cases.licence import Licence
from lastword.cases.moratorium import Class
from lastword.cases.request import Salted

ONE: Final = {"1": (Decimal(1), "pieces")}
SPENT: Final = (Decimal(1), Decimal(0), Decimal(0))
"""Of a line of one unit: used, available, reported beyond that."""
JUST_BEFORE: Final = timedelta(milliseconds=1)

Judge = Callable[[Came, Came], str]


@dataclass(frozen=True)
class Prepared:
    """A duel that can begin: both moves, and who judges."""

    left: Move
    right: Move
    judge: Judge


Duel = Callable[[Arena], Prepared]


def run(arena: Arena, name: str) -> str:
    """Run one round of a duel, and return its outcome. Raises AssertionError for one that may not be."""
    arena.go()
    prepared = DUELS[name](arena)
    came = arena.race(name, prepared.left, prepared.right)
    outcome = prepared.judge(*came)
    _told_the_truth(arena, *came)
    return outcome


# -- at the seats ----------------------------------------------------------------------------------------------------


def two_approvals(arena: Arena) -> Prepared:
    """Two officers say yes at a seat that needs one: one counts, the other is told that the seat is filled."""
    case = arena.file("BR")

    def judge(left: Came, right: Came) -> str:
        winner = _one_of(left, right, "seat_filled")
        clearance = _clearance(arena, case)
        assert [vote.person for vote in clearance.votes] == [("bea", "bob")[winner]]
        assert clearance.stage == "decision"
        return _first(winner)

    yes = [Agree(person=one, case=case, clearance="", nonce="") for one in ("bea", "bob")]
    return Prepared(_at(arena, yes[0]), _at(arena, yes[1]), judge)


def two_last_approvals(arena: Arena) -> Prepared:
    """Two give the last vote of two: one decides, with one licence; the other is told that it is over."""
    case = _half_decided(arena)

    def judge(left: Came, right: Came) -> str:
        winner = _one_of(left, right, "final")
        clearance = _clearance(arena, case)
        assert {vote.person for vote in clearance.votes} == {"lou", ("lea", "lia")[winner]}
        assert len(clearance.outcomes) == 1
        assert _live(arena, case) == (left, right)[winner].licences
        return _first(winner)

    return Prepared(_at(arena, _grant("lea", case)), _at(arena, _grant("lia", case)), judge)


def approval_and_veto(arena: Arena) -> Prepared:
    """The last yes and a veto: either it is granted and the veto comes too late, or it is not granted; never both."""
    case = _half_decided(arena)

    def judge(left: Came, right: Came) -> str:
        clearance = _clearance(arena, case)
        if left.done:
            assert right.code == "final", right
            assert clearance.status == "decided"
            assert all(vote.verdict != "no" for vote in clearance.votes)
            assert len(_live(arena, case)) == 1
            return "granted, the veto too late"
        assert (left.code, right.code) == ("veto_stands", ""), (left, right)
        assert clearance.status == "open"
        assert not clearance.outcomes
        assert not _live(arena, case)
        return "vetoed"

    veto = Object(person="gus", case=case, clearance="", nonce="")
    return Prepared(_at(arena, _grant("lea", case)), _at(arena, veto), judge)


def decision_and_change(arena: Arena) -> Prepared:
    """A decision and a change of the request: it binds the request that the decider saw, or nothing is decided."""
    case = arena.file("IN")
    seen = _case(arena, case).request.digest

    def judge(left: Came, right: Came) -> str:
        found = _case(arena, case)
        if left.done:
            assert right.code == "final", right
            assert found.round == 1
            assert [vote.request for vote in _clearance(arena, case).votes] == [seen]
            return "decided as it was"
        assert (left.code, right.code) == ("stale_request", ""), (left, right)
        assert found.round == 2
        assert not _clearance(arena, case).outcomes
        assert not _live(arena, case)
        return "changed"

    # The decider names neither round nor request: what counts is what was so when the decision was handed in.
    return Prepared(_at(arena, _grant("lou", case)), _at(arena, _changed(arena, case)), judge)


def decision_and_withdrawal(arena: Arena) -> Prepared:
    """A decision and a withdrawal: a licence, or nothing at all."""
    case = arena.file("IN")

    def judge(left: Came, right: Came) -> str:
        winner = _one_of(left, right, "final")
        assert _case(arena, case).status == ("decided", "withdrawn")[winner]
        assert len(_live(arena, case)) == (1, 0)[winner]
        return ("decided", "withdrawn")[winner]

    return Prepared(_at(arena, _grant("lou", case)), _at(arena, Withdraw(person="eve", case=case)), judge)


def confirmation_and_rejection(arena: Arena) -> Prepared:
    """One confirms a decision and another rejects it: it stands, or it is decided again; the second word comes too late."""
    case = arena.file("JP")
    arena.desk.do(_grant("lou", case))

    def judge(left: Came, right: Came) -> str:
        clearance = _clearance(arena, case)
        assert clearance.pending is None
        if left.done:
            assert right.code == "final", right
            assert len(_live(arena, case)) == 1
            return "confirmed"
        assert right.done, right
        assert left.code in ("stale_decision", "not_now"), left
        assert (clearance.status, clearance.stage) == ("open", "decision")
        assert not any(vote.counts for vote in clearance.votes if vote.decision is not None)
        assert not _live(arena, case)
        return "rejected"

    words = [
        Countersign(person=one, case=case, clearance="", nonce="", yes=one == "bea") for one in ("bea", "bob")
    ]
    return Prepared(_at(arena, words[0]), _at(arena, words[1]), judge)


def two_changes(arena: Arena) -> Prepared:
    """Two people of the applicant change the same round: one change stands, the other does not undo it unseen."""
    case = arena.file("IN")

    def judge(left: Came, right: Came) -> str:
        winner = _one_of(left, right, "stale_request")
        found = _case(arena, case)
        assert found.round == 2
        assert found.request.items[0].quantity == (3, 4)[winner]
        return _first(winner)

    return Prepared(
        _at(arena, _changed(arena, case, 3)), _at(arena, _changed(arena, case, 4, person="eli")), judge
    )


def one_person_two_seats(arena: Arena) -> Prepared:
    """One person who holds two offices acts at both seats at once: one person has one seat in a case."""
    case = arena.file("US")

    def judge(left: Came, right: Came) -> str:
        winner = _one_of(left, right, "one_seat")
        assert [vote.seat for vote in _clearance(arena, case).votes] == [("decides", "guards")[winner]]
        return ("decides", "guards")[winner]

    veto = Object(person="pat", case=case, clearance="", nonce="")
    return Prepared(_at(arena, _grant("pat", case)), _at(arena, veto), judge)


def decision_and_moratorium(arena: Arena) -> Prepared:
    """A decision and a moratorium on its class: granted before it, or held by it."""
    case, name = arena.file("IN"), f"m{arena.number()}"

    def judge(left: Came, right: Came) -> str:
        assert right.done, right
        arena.desk.do(Lift(person="ada", moratorium=name))
        if left.done:
            assert left.index < right.index
            assert len(_live(arena, case)) == 1
            return "granted before it"
        assert left.code == "held", left
        assert not _live(arena, case)
        return "held"

    stop = Declare(person="ada", moratorium=name, on=Class(cases=(case,)))
    return Prepared(_at(arena, _grant("lou", case)), _at(arena, stop), judge)


def decision_and_load(arena: Arena) -> Prepared:
    """A decision and a load of new facts: what is decided rests on the facts in force at that entry, never on older ones."""
    case = arena.file("IN")
    before = arena.desk.store.state("facts").no

    def judge(left: Came, right: Came) -> str:
        assert left.done, left
        assert right.done, right
        (loaded,) = [one for one in _entries(arena, "facts") if one.no == before + 1]
        (decided,) = _entries(arena, f"case/{case}", "case.decided")
        assert decided.event.facts == before + (loaded.index < decided.index)
        return "decided on the old facts" if decided.event.facts == before else "on the new ones"

    return Prepared(_at(arena, _grant("lou", case)), Move(arena.changed_facts(), arena.clock.wall), judge)


# -- at the clock ----------------------------------------------------------------------------------------------------


def advice_and_deadline(arena: Arena) -> Prepared:
    """A view in the last millisecond, and the worker at the due instant: the view counts, or the seat was silent."""
    case = arena.file("FR")
    due = _due(arena, case)

    def judge(left: Came, right: Came) -> str:
        clearance = _clearance(arena, case)
        assert clearance.stage == "decision"
        if left.done:
            assert [vote.person for vote in clearance.votes] == ["bea"]
            assert not clearance.silent
            return "advised in time"
        assert left.code in ("too_late", "not_now"), left
        assert right.due == 1
        assert not clearance.votes
        assert dict(clearance.silent) == {"advice/advises": "no_view"}
        (silent,) = _entries(arena, f"case/{case}", "case.seat_silent")
        assert silent.event.at == due
        return "silent"

    view = Advise(person="bea", case=case, clearance="", view="approve", nonce="")
    return Prepared(Move(view, due - JUST_BEFORE), Move(None, due), judge)


def reply_and_deadline(arena: Arena) -> Prepared:
    """A reply in the last millisecond, and the worker at the due instant: the case goes on, or it was closed before."""
    case = arena.file("IN")
    arena.desk.do(Ask(person="lou", case=case, clearance="", query="", text="For whom?"))
    due = _due(arena, case)

    def judge(left: Came, right: Came) -> str:
        found = _case(arena, case)
        if left.done:
            assert found.status == "open"
            assert found.queries[0].replied is not None
            assert not _entries(arena, f"case/{case}", "case.closed")
            return "replied in time"
        assert left.code == "final", left
        assert right.due == 1
        assert found.status == "closed"
        assert found.queries[0].replied is None
        assert len(_entries(arena, f"case/{case}", "case.closed")) == 1
        return "closed"

    answer = Reply(person="eve", case=case, query="q1", text="For Acme.")
    return Prepared(Move(answer, due - JUST_BEFORE), Move(None, due), judge)


def confirmed_use_and_expiry(arena: Arena) -> Prepared:
    """A reservation is confirmed in its last millisecond, and the worker comes at its end: it is used, or given back."""
    case, (licence,) = _licensed(arena, 1)
    due = arena.clock.wall + timedelta(minutes=30)
    held = UseLicences(
        person="eve", licences=(licence,), key=case, mode="reserve", quantities=ONE, expires=due
    )
    arena.desk.do(held)

    def judge(left: Came, right: Came) -> str:
        line = _licence(arena, licence).lines["1"]
        assert line.reserved == 0
        if left.done:
            assert (line.used, line.available, line.over) == SPENT
            return "used in time"
        assert left.code == "not_reserved", left
        assert right.due == 1
        assert line.used == 0
        assert line.available == 1
        assert len(_entries(arena, f"licence/{licence}", "licence.released")) == 1
        return "given back"

    use = UseLicences(person="eve", licences=(licence,), key=case, mode="confirm")
    return Prepared(Move(use, due - JUST_BEFORE), Move(None, due), judge)


# -- at the ledger ---------------------------------------------------------------------------------------------------


def last_unit(arena: Arena) -> Prepared:
    """Two uses of the last unit: one takes it, the other is refused, and nothing is below zero."""
    case, (licence,) = _licensed(arena, 1)

    def judge(left: Came, right: Came) -> str:
        winner = _one_of(left, right, "exhausted", "not_enough")
        found = _licence(arena, licence)
        line = found.lines["1"]
        assert (line.used, line.available, line.over) == SPENT
        assert [use.person for use in found.uses.values()] == [("eve", "eli")[winner]]
        return _first(winner)

    return Prepared(
        _at(arena, _use("eve", (licence,), f"{case}-l")),
        _at(arena, _use("eli", (licence,), f"{case}-r")),
        judge,
    )


def last_unit_of_two_licences(arena: Arena) -> Prepared:
    """Two uses that each need both licences of a case, named in opposite order: one has both, the other none."""
    case, licences = _licensed(arena, 1, to="CH")

    def judge(left: Came, right: Came) -> str:
        winner = _one_of(left, right, "exhausted", "not_enough")
        for one in licences:
            found = _licence(arena, one)
            line = found.lines["1"]
            assert (line.used, line.available, line.over) == SPENT
            assert [use.person for use in found.uses.values()] == [("eve", "eli")[winner]]
        return _first(winner)

    return Prepared(
        _at(arena, _use("eve", licences, f"{case}-l")),
        _at(arena, _use("eli", licences[::-1], f"{case}-r")),
        judge,
    )


def use_and_suspension(arena: Arena) -> Prepared:
    """A use and a suspension: the use came before it, or it is refused. The suspension stands either way."""
    case, (licence,) = _licensed(arena, 2)

    def judge(left: Came, right: Came) -> str:
        assert right.done, right
        found = _licence(arena, licence)
        assert found.status == "suspended"
        if left.done:
            assert left.index < right.index
            assert found.lines["1"].used == found.lines["1"].available == 1
            return "used, then suspended"
        assert left.code == "suspended", left
        assert not found.uses
        assert found.lines["1"].used == 0
        return "suspended"

    stop = ChangeLicence(person="lou", licence=licence, to="suspend", ground="misuse")
    return Prepared(_at(arena, _use("eve", (licence,), case)), _at(arena, stop), judge)


# -- the same act, sent twice ----------------------------------------------------------------------------------------


def same_decision(arena: Arena) -> Prepared:
    """The same decision is sent to two processes under one key: it is made once, and both hear the same."""
    case = arena.file("IN")

    def judge(left: Came, right: Came) -> str:
        winner = _same(left, right)
        assert len(_clearance(arena, case).votes) == 1
        assert _live(arena, case) == left.licences
        return _first(winner)

    act, key = _grant("lou", case), f"decide-{case}"
    return Prepared(_at(arena, act, key), _at(arena, act, key), judge)


def same_filing(arena: Arena) -> Prepared:
    """The same request is filed twice under one key: there is one case."""
    act, key = filing(arena.desk, "IN"), f"file-{arena.number()}"
    before = len(_cases(arena))

    def judge(left: Came, right: Came) -> str:
        winner = _same(left, right)
        assert len(_cases(arena)) == before + 1
        assert _case(arena, left.case).no == len(_entries(arena, f"case/{left.case}"))
        return _first(winner)

    return Prepared(_at(arena, act, key), _at(arena, act, key), judge)


def same_use(arena: Arena) -> Prepared:
    """The same use is sent twice, under its own key alone: it is booked once, and neither is refused."""
    case, (licence,) = _licensed(arena, 2)

    def judge(left: Came, right: Came) -> str:
        assert (left.code, right.code) == ("", "")
        assert _licence(arena, licence).lines["1"].used == 1
        assert len(_entries(arena, f"licence/{licence}", "licence.used")) == 1
        return _first(left.index < right.index)

    act = _use("eve", (licence,), case)
    return Prepared(_at(arena, act), _at(arena, act), judge)


DUELS: Final[dict[str, Duel]] = {
    one.__name__: one
    for one in (
        two_approvals,
        two_last_approvals,
        approval_and_veto,
        confirmation_and_rejection,
        two_changes,
        one_person_two_seats,
        decision_and_moratorium,
        decision_and_load,
        decision_and_change,
        decision_and_withdrawal,
        advice_and_deadline,
        reply_and_deadline,
        confirmed_use_and_expiry,
        last_unit,
        last_unit_of_two_licences,
        use_and_suspension,
        same_decision,
        same_filing,
        same_use,
    )
}


# -- what is prepared ------------------------------------------------------------------------------------------------


def _at(arena: Arena, act: Act, key: str = "") -> Move:
    return Move(act, arena.clock.wall, key)


def _grant(person: str, case: str, clearance: str = "") -> Decide:
    return Decide(person=person, case=case, clearance=clearance, nonce="")


def _use(person: str, licences: tuple[str, ...], key: str) -> UseLicences:
    return UseLicences(person=person, licences=licences, key=key, mode="use", quantities=ONE)


def _half_decided(arena: Arena) -> str:
    case = arena.file("US")
    arena.desk.do(_grant("lou", case))
    return case


def _licensed(arena: Arena, quantity: int, *, to: str = "IN") -> tuple[str, tuple[str, ...]]:
    """Return a case that was granted, and its licences."""
    case = arena.file(to, quantity)
    for officer, clearance in zip(("lou", "lea"), _case(arena, case).clearances, strict=False):
        arena.desk.do(_grant(officer, case, clearance))
    return case, _live(arena, case)


def _changed(arena: Arena, case: str, quantity: int = 3, *, person: str = "eve") -> Act:
    fields = arena.desk.fields(case, person)
    item = fields["item.1"]
    fields["item.1"] = Salted({**item.value, "quantity": str(quantity)}, arena.desk.token())
    return arena.desk.amending(case=case, fields=fields, person=person)


def _due(arena: Arena, case: str) -> datetime:
    """Return when the only clock of a case is over."""
    (due,) = [one for one in _clearance(arena, case).dues if not one.held]
    return due.at


# -- what is judged --------------------------------------------------------------------------------------------------


def _case(arena: Arena, case: str) -> Case:
    found = arena.desk.store.state(f"case/{case}")
    assert isinstance(found, Case)
    return found


def _clearance(arena: Arena, case: str) -> Clearance:
    (found,) = _case(arena, case).clearances.values()
    return found


def _licence(arena: Arena, licence: str) -> Licence:
    found = arena.desk.store.state(f"licence/{licence}")
    assert isinstance(found, Licence)
    return found


def _live(arena: Arena, case: str) -> tuple[str, ...]:
    """Return the licences that a case left behind, all that there are."""
    named = [
        one.licence for each in _case(arena, case).clearances.values() for one in each.outcomes if one.licence
    ]
    listed = [stream.removeprefix("licence/") for stream in arena.desk.store.listed(f"case:{case}")]
    assert sorted(named) == sorted(listed)
    return tuple(named)


def _cases(arena: Arena) -> tuple[str, ...]:
    return arena.desk.store.listed("applicant:maker", after="case/", most=100_000)


def _entries(arena: Arena, stream: str, kind: str = "") -> list[Any]:
    return [one for one in arena.desk.store.entries(stream) if kind in ("", one.kind)]


def _one_of(left: Came, right: Came, *codes: str) -> int:
    """Return the number of the side that won; the other was refused with one of ``codes``."""
    won = [number for number, one in enumerate((left, right)) if one.done]
    assert len(won) == 1, (left, right)
    assert (right, left)[won[0]].code in codes, (left, right)
    return won[0]


def _same(left: Came, right: Came) -> int:
    """Return the number of the side that did it; the other was told the same."""
    assert left.done, left
    assert right.done, right
    assert (left.case, left.licences, left.index) == (right.case, right.licences, right.index)
    assert [left.repeated, right.repeated].count(True) == 1
    return int(left.repeated)


def _first(number: int) -> str:
    return ("left first", "right first")[number]


def _told_the_truth(arena: Arena, left: Came, right: Came) -> None:
    """Whoever was told that it is done finds the entry there; each entry is told to one, unless it was the same act twice."""
    told = Counter(one.index for one in (left, right) if one.index >= 0 and not one.repeated)
    for index, times in told.items():
        assert times == 1
        assert arena.desk.store.entry_at(index) is not None

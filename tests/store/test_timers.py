"""Timers and words: rows that follow from the states, and change with them in the same commit."""

from __future__ import annotations

from datetime import timedelta

from stores import NOON, check_all, declare, lift

from lastword.cases.licence import Licence, Line
from lastword.cases.licenceevents import LicenceIssued
from lastword.cases.world import Written
from lastword.store.store import Store
from lastword.store.writing import Writing

pytest_plugins = ("places",)


def licence(ident: str, applicant: str) -> Licence:
    """Return a licence as it is when it is issued."""
    from decimal import Decimal

    return Licence(
        id=ident,
        no=1,
        case="K7M4-QX2P",
        clearance="DE/BAFA:single-licence",
        authority="DE/BAFA",
        status="issued",
        issued=NOON,
        valid_until=NOON + timedelta(days=365),
        lines={"1": Line("1", "lamp", "pieces", Decimal("2.50"))},
        act="export",
        from_="DE",
        to="IN",
        end_use="civil",
        request="0" * 64,
        facts=1,
        rules=1,
        applicant=applicant,
        offices=("DE/bafa-licensing",),
    )


def issue(ident: str, applicant: str = "maker") -> Written:
    """Return what is written when a licence is issued."""
    return Written(f"licence/{ident}", LicenceIssued(licence(ident, applicant)))


def test_a_timer_is_set_with_what_falls_due_and_goes_with_it(store: Store) -> None:
    """A moratorium that ends by itself has a timer; lifted before, it has none."""
    until = NOON + timedelta(days=3)
    store.submit(declare("m1", until=until))
    store.submit(declare("m2", until=until + timedelta(days=1)))
    assert store.next_due() == until
    assert [(stream, at) for stream, _name, at in store.due(until)] == [("moratoria", until)]
    assert len(store.due(until + timedelta(days=1))) == 2
    assert store.due(until - timedelta(microseconds=1)) == ()
    store.submit(lift("m1"))
    assert store.next_due() == until + timedelta(days=1)
    assert check_all(store) == 5


def test_an_act_that_fails_moves_no_timer(store: Store) -> None:
    """A timer commits or rolls back with what it is about."""

    def work(writing: Writing) -> None:
        declare("m1", until=NOON)(writing)
        raise ZeroDivisionError

    try:
        store.submit(work)
    except ZeroDivisionError:
        assert store.next_due() is None


def test_quantities_and_instants_come_back_exactly(store: Store) -> None:
    """A state read back from the database is the state that was written: no digit and no microsecond is lost."""
    store.submit(lambda writing: writing.append(issue("L-AAAA")))
    assert store.state("licence/L-AAAA") == licence("L-AAAA", "maker")
    assert str(store.state("licence/L-AAAA").lines["1"].granted) == "2.50"


def test_streams_are_found_by_words_in_pages(store: Store) -> None:
    """Streams are listed under the words of their state, by name, page after page."""

    def work(writing: Writing) -> None:
        for ident in ("L-D", "L-B", "L-C", "L-A"):
            writing.append(issue(ident, "maker" if ident != "L-C" else "other"))

    store.submit(work)
    first = store.listed("applicant:maker", most=2)
    assert first == ("licence/L-A", "licence/L-B")
    assert store.listed("applicant:maker", after=first[-1]) == ("licence/L-D",)
    assert store.listed("reader:other") == ("licence/L-C",)
    assert store.listed("reader:nobody") == ()
    assert check_all(store) == 6

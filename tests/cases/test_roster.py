"""The roster: who a human being is, who holds an office on which day, who stands in, and whose staff somebody is."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from lastword.cases.roster import Deputy, Office, Officer, Person, Roster

START, END = date(2026, 1, 1), date(2026, 7, 1)
BEFORE, IN, LAST = date(2025, 12, 31), date(2026, 3, 2), date(2026, 6, 30)
ROSTER = Roster(
    persons={
        one.id: one
        for one in (
            Person("ann", "authority"),
            Person("ben", "authority"),
            Person("cleo", "acme"),
            Person("cleo2", "authority", same_as="cleo"),
            Person("agent", "forwarder", acts_for=("acme", "acme-holding")),
            Person("bot", "authority", robot=True, same_as="ann"),
        )
    },
    offices={
        one.id: one for one in (Office("desk", "A"), Office("old", "A", closed=IN), Office("other", "A"))
    },
    officers=(
        Officer("desk", "ann", START, END),
        Officer("old", "ann", START),
        Officer("desk", "bot", START),
        Officer("desk", "ghost", START),
        Officer("other", "ben", START),
    ),
    deputies=(
        Deputy("desk", "ann", "ben", START, END),
        Deputy("desk", "ben", "cleo", START, END),
        Deputy("desk", "ann", "bot", START, END),
        Deputy("desk", "bot", "ben", START, END),
    ),
)


def test_an_officer_holds_an_office_from_the_first_day_up_to_the_day_before_the_end() -> None:
    """Not a day earlier, not a day longer."""
    days = (BEFORE, START, LAST, END)
    assert [ROSTER.holds("ann", "desk", day) for day in days] == [False, True, True, False]


def test_an_office_that_is_closed_is_held_by_nobody() -> None:
    """From the day on which it closes."""
    assert ROSTER.holds("ann", "old", date(2026, 3, 1))
    assert not ROSTER.holds("ann", "old", IN)
    assert ROSTER.offices_of("ann", IN) == ("desk",)


def test_robots_and_unknown_ids_hold_nothing_whatever_the_roster_says() -> None:
    """They are in its list of officers and still fill no seat (invariant 12)."""
    assert ROSTER.holders("desk", IN) == ("ann",)
    assert not ROSTER.capacity("bot", "desk", "", IN)
    assert not ROSTER.capacity("ghost", "desk", "", IN)
    assert not ROSTER.capacity("bot", "desk", "ann", IN)


def test_a_deputy_stands_in_only_for_who_holds_the_office_in_person() -> None:
    """A deputy of a deputy does not exist, and neither does one of a robot."""
    assert ROSTER.capacity("ben", "desk", "ann", IN)
    assert not ROSTER.capacity("ben", "desk", "", IN)
    assert not ROSTER.capacity("cleo", "desk", "ben", IN)
    assert not ROSTER.capacity("ben", "desk", "bot", IN)
    assert ROSTER.stand_ins("desk", IN) == (("ben", "ann"),)
    assert ROSTER.deputises("ben", IN) == (("desk", "ann"),)


def test_a_deputy_ends_with_the_term_of_the_officer() -> None:
    """Even if the deputy's own term went on."""
    longer = Roster(
        ROSTER.persons,
        ROSTER.offices,
        ROSTER.officers,
        (Deputy("desk", "ann", "ben", START, date(2027, 1, 1)),),
    )
    assert longer.capacity("ben", "desk", "ann", LAST)
    assert not longer.capacity("ben", "desk", "ann", END)


def test_all_ids_of_a_human_count_as_one_and_carry_each_others_firms() -> None:
    """Whoever works for the applicant does so under any id (invariant 6)."""
    assert ROSTER.human("cleo2") == ROSTER.human("cleo") == "cleo"
    assert ROSTER.staff_of("cleo2", "acme")
    assert ROSTER.staff_of("cleo", "authority")
    assert not ROSTER.staff_of("ann", "acme")


def test_who_may_act_for_a_firm_counts_as_its_staff() -> None:
    """Through a forwarder or a group."""
    assert ROSTER.staff_of("agent", "acme-holding")
    assert ROSTER.staff_of("agent", "forwarder")


def test_nobody_is_staff_of_no_firm() -> None:
    """A missing organisation is no organisation."""
    bare = Roster(persons={"x": Person("x")})
    assert not bare.staff_of("x", "")
    assert not bare.staff_of("nobody", "acme")


def test_who_runs_a_robot_is_known_by_it() -> None:
    """The robot's human is its `same_as`, so that an act through it is an act of that human."""
    assert ROSTER.human("bot") == "ann"


IDS = ("a", "b", "c", "d")


@given(st.fixed_dictionaries({ident: st.sampled_from(["", *IDS, "unknown"]) for ident in IDS}))
def test_being_the_same_human_is_an_equivalence_even_with_rings(same: dict[str, str]) -> None:
    """Whatever points where, each id has one human, and ids that are linked have the same."""
    roster = Roster(persons={ident: Person(ident, same_as=other) for ident, other in same.items()})
    for one, other in product(IDS, IDS):
        linked = same[one] == other
        assert not linked or roster.human(one) == roster.human(other)
    for ident in IDS:
        assert roster.human(roster.human(ident)) == roster.human(ident)
        assert ident in {one.id for one in roster.ids_of(ident)}

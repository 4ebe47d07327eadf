"""The lengths in the register: times in which clocks stood still are left out once, however they overlap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from lastword.cases.case import Case, Clearance, Stop
from lastword.clearance.register import middle, union

START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = st.integers(0, 200)


class Holder:
    """What ``union`` reads of a case and of a clearance."""

    def __init__(self, stops: tuple[Stop, ...] = ()) -> None:
        self.stops = stops
        self.key = "A:b"
        self.opened = START


def spans(stops: list[tuple[int, int | None]], end: int) -> list[tuple[datetime, datetime]]:
    """Return the union of stops, given in hours from the start."""
    made = tuple(
        Stop(
            "A:b",
            f"query:q{number}",
            START + timedelta(hours=since),
            START + timedelta(hours=until) if until is not None else None,
        )
        for number, (since, until) in enumerate(stops)
    )
    holder = Holder(made)
    return union(cast(Case, holder), cast(Clearance, holder), START + timedelta(hours=end))


@given(
    stops=st.lists(st.tuples(HOURS, st.one_of(st.none(), HOURS)), max_size=6),
    end=st.integers(1, 200),
)
def test_an_hour_is_left_out_if_any_stop_covers_it_and_only_once(
    stops: list[tuple[int, int | None]], end: int
) -> None:
    """Counted hour by hour, which is slow and plain."""
    found = spans(stops, end)
    slow = sum(
        any(since <= hour and (until is None or hour < until) for since, until in stops)
        for hour in range(end)
    )
    assert sum(((until - since) for since, until in found), timedelta()) == timedelta(hours=slow)
    assert all(one[1] < other[0] for one, other in pairwise(found))


def test_median_and_mean_of_nothing_are_not_zero() -> None:
    """They are not there."""
    assert middle([]) is None
    assert middle([Decimal("1.00"), Decimal("2.00"), Decimal("6.00")]) == (Decimal("2.00"), Decimal("3.00"))

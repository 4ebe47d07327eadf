"""The writer's clock: never backwards, no jump believed, and no silence a consent by a clock that nobody vouches for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import NOON, HandClock, Place, check_all, declare

from lastword.cases.world import Written
from lastword.errors import InputError
from lastword.record.logevents import ClockConfirmed
from lastword.store.clock import BACKWARDS, JUMP, Base, FixedClock, SystemClock, read
from lastword.store.refusal import ClockError
from lastword.store.writing import Writing

pytest_plugins = ("places",)


def confirm(writing: Writing) -> datetime:
    """Confirm the clock, as an officer does who looked at it."""
    event = ClockConfirmed(writing.now, writing.now, ("anna",))
    writing.append(Written("log", event))
    return writing.now


def test_time_stands_still_while_the_clock_is_a_little_behind(place: Place) -> None:
    """A clock that was put back by seconds makes no earlier entry: time stands still until it has caught up."""
    store = place.open()
    store.submit(declare("m1"))
    place.clock.go(-timedelta(seconds=4))
    assert store.submit(lambda writing: (declare("m2")(writing), writing.now)[1]).result == NOON
    assert check_all(store) == 4


def test_a_clock_that_runs_backwards_writes_nothing(place: Place) -> None:
    """A clock behind the last entry is refused, and both times are named."""
    store = place.open()
    store.submit(declare("m1"))
    place.clock.go(-timedelta(minutes=2))
    with pytest.raises(ClockError, match=r"11:58:00 UTC.*12:00:00 UTC"):
        store.submit(declare("m2"))
    place.clock.go(timedelta(minutes=2))
    store.submit(declare("m2"))
    assert check_all(store) == 4


def test_a_clock_behind_the_last_entry_at_the_start_writes_nothing(place: Place) -> None:
    """A machine that starts with a clock of long ago can read, but not write."""
    place.open().submit(declare("m1"))
    place.close()
    place.clock.restart(off=-timedelta(days=400))
    store = place.open()
    assert store.state("moratoria") is not None
    with pytest.raises(ClockError):
        store.submit(declare("m2"))


def test_a_clock_that_jumps_ahead_writes_nothing_until_confirmed(place: Place) -> None:
    """A wall clock more than an hour ahead of the time that passed is refused; an officer's confirmation settles it."""
    store = place.open()
    store.submit(declare("m1"))
    place.clock.wall += JUMP + timedelta(seconds=1)
    with pytest.raises(ClockError, match=r"13:00:01 UTC.*12:00:00 UTC"):
        store.submit(declare("m2"))
    assert store.submit(confirm, confirms_clock=True).result == NOON
    done = store.submit(lambda writing: (declare("m2")(writing), writing.now, writing.trusted_clock)[1:])
    assert done.result == (NOON + JUMP + timedelta(seconds=1), True)
    assert check_all(store) == 5


def test_a_jump_is_seen_by_the_next_process_too(place: Place) -> None:
    """What was known of the clock does not end with a process: a command started after the jump refuses as well."""
    place.open().submit(declare("m1"))
    place.close()
    place.clock.wall += 2 * JUMP
    with pytest.raises(ClockError):
        place.open().submit(declare("m2"))


def test_many_small_jumps_do_not_add_up(place: Place) -> None:
    """Jumps that are each below the limit are measured together, against what the machine itself counted."""
    store = place.open()
    store.submit(declare("m0"))
    place.clock.wall += timedelta(minutes=40)
    store.submit(declare("m1"))
    place.clock.wall += timedelta(minutes=40)
    with pytest.raises(ClockError):
        store.submit(declare("m2"))


def test_a_record_that_was_idle_for_days_goes_on(place: Place) -> None:
    """Days without an entry are nothing unusual while the machine counted them."""
    store = place.open()
    store.submit(declare("m1"))
    place.clock.go(timedelta(days=5))
    assert store.submit(lambda writing: (declare("m2")(writing), writing.trusted_clock)[1]).result is True


def test_after_a_restart_a_long_gap_is_accepted_but_not_trusted(place: Place) -> None:
    """Nothing tells how long a machine was off: it goes on, but no silence means consent until the clock is confirmed."""
    place.open().submit(declare("m1"))
    place.close()
    place.clock.restart(off=timedelta(days=2))
    store = place.open()
    trusts = lambda writing: (declare(f"m{writing.index}")(writing), writing.trusted_clock)[1]  # noqa: E731
    assert store.submit(trusts).result is False
    assert store.submit(trusts).result is False
    store.submit(confirm, confirms_clock=True)
    assert store.submit(trusts).result is True


def test_after_a_short_restart_the_clock_is_trusted(place: Place) -> None:
    """A restart within the hour leaves the last entry's time as a witness."""
    place.open().submit(declare("m1"))
    place.close()
    place.clock.restart(off=timedelta(minutes=10))
    assert place.open().submit(lambda writing: writing.trusted_clock).result is True


def test_only_a_practice_record_has_its_time_set_by_hand(place: Place) -> None:
    """A clock that stands where somebody put it is refused for a real record."""
    with pytest.raises(InputError, match="practice"):
        place.installation.store(clock=FixedClock(NOON))


def test_the_machines_own_clocks_agree_with_themselves() -> None:
    """The system's clock is in UTC, and the run of the machine has one name and goes on."""
    clock = SystemClock()
    (run, first), (again, second) = clock.run(), clock.run()
    assert run == again
    assert second >= first
    assert clock.now().tzinfo is UTC


instants = st.timedeltas(-timedelta(days=3), timedelta(days=3)).map(lambda by: NOON + by)


@given(
    wall=instants,
    last=instants,
    based=instants,
    passed=st.integers(0, 200_000),
    boots=st.booleans(),
    trusted=st.booleans(),
)
def test_no_clock_makes_time_run_backwards_or_jump(
    wall: datetime, last: datetime, based: datetime, passed: int, boots: bool, trusted: bool
) -> None:
    """Whatever the clocks show: the writer's time is never before the last entry, and within a run never far ahead."""
    clock = HandClock(wall, 50.0 + passed, "boot-2" if boots else "boot-1")
    base = Base("boot-1", 50.0, based, trusted)
    try:
        found = read(clock, last=last, base=base)
    except ClockError:
        expected = based + timedelta(seconds=passed)
        assert wall < last - BACKWARDS or (not boots and wall > expected + JUMP)
        return
    assert found.now >= last
    assert found.now <= max(last, wall)
    if boots:
        assert found.base.trusted is (wall - last <= JUMP)
    else:
        assert found.base == base

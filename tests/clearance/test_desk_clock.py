"""A clock that jumped stops writing until officers confirm it by another clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lastword.cases.acts import ChangeRoster, RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Office, Officer, Person
from lastword.clearance.clock import confirm_clock
from lastword.clearance.desk import Desk
from lastword.store.installation import Installation
from lastword.store.refusal import ClockError

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Watch:
    """A clock whose wall time is set by hand while the machine's seconds stand still."""

    at: datetime = field(default=START)

    def now(self) -> datetime:
        """Return the wall time."""
        return self.at

    def run(self) -> tuple[str, float]:
        """Return a run of the machine in which no time passes."""
        return "one run", 0.0


@pytest.fixture
def watch() -> Watch:
    """A clock at nine."""
    return Watch()


@pytest.fixture
def desk(tmp_path: Path, watch: Watch) -> Desk:
    """A desk whose two keepers act together."""
    made = Installation.create(
        tmp_path / "store",
        origin="clock.example.org/2026",
        constitution=Constitution({guard: Guard("record/keepers", 2) for guard in GUARDED}),
        roster_changes=(
            RosterChange(office=Office("record/keepers", "record")),
            *(RosterChange(person=Person(one)) for one in ("p-kay", "p-kit", "p-kip")),
            *(
                RosterChange(officer=Officer("record/keepers", one, START.date()))
                for one in ("p-kay", "p-kit", "p-kip")
            ),
        ),
        now=START,
        private=tmp_path / "private",
    )
    return Desk(made.store(clock=watch))


def change(person: str) -> ChangeRoster:
    """Return some act."""
    return ChangeRoster(person="p-kay", proposal="", changes=(RosterChange(person=Person(person)),))


def test_after_a_jump_nothing_is_written_until_two_officers_confirm_the_clock(
    desk: Desk, watch: Watch
) -> None:
    """One is not enough, and both must have looked at a clock that shows the same."""
    desk.do(change("p-one"))
    watch.at = START + timedelta(days=400)
    with pytest.raises(ClockError):
        desk.do(change("p-two"))
    with pytest.raises(ActRefused) as refused:
        confirm_clock(desk, START, person="p-kay")
    assert refused.value.code == "other_time"
    assert confirm_clock(desk, watch.at, person="p-kay") != ""
    with pytest.raises(ClockError):
        desk.do(change("p-two"))
    assert confirm_clock(desk, watch.at, person="p-kit") == ""
    desk.do(change("p-two"))
    assert desk.now() == watch.at


def test_whoever_is_no_keeper_confirms_no_clock(desk: Desk, watch: Watch) -> None:
    """The constitution says who may."""
    watch.at = START + timedelta(days=1)
    with pytest.raises(ActRefused):
        confirm_clock(desk, watch.at, person="p-eve")

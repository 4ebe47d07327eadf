"""How quickly a case is shown where there are very many: ``python bench/cases.py [--cases 100000] [--postgresql]``.

The record is filled by its own writer, many cases in one act: the entries, texts, states and lists of cases that were really
filed, asked about and decided once, each time with another number and applicant. One in fifty is open, one in five was asked
about. Then what ``lastword case show``, ``case list`` and ``case list --mine`` compute is timed in process, for an officer of
the office that has all of them, and for an applicant who has a few.

Promised: ``case show`` within 50 ms at 100,000 cases.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

sys.path.append(str(Path(__file__).parent.parent / "tests"))
sys.path.append(str(Path(__file__).parent.parent / "tests" / "races"))

from arena import FOUNDED, RaceClock, filing, founded
from postgres import server

from lastword.cases.acts import Ask, ChangeRoster, Decide, Reply, RosterChange
from lastword.cases.roster import Person
from lastword.cases.world import Written
from lastword.clearance.desk import Desk, drawn
from lastword.clearance.viewing import audience, case_list, case_page, inbox
from lastword.store.writing import Writing

OPEN = 50  # one in so many
ASKED = 5
APPLICANTS = 1000
GROUP = 250  # cases in one act


@dataclass(frozen=True)
class Template:
    """The entries of a case that went its way, with its number and applicant to be replaced."""

    case: str
    entries: tuple[tuple[type[Any], bytes, dict[str, Any], str, dict[str, str]], ...]

    @classmethod
    def of(cls, desk: Desk, case: str) -> Template:
        """Return the template of a case in the record."""
        found = []
        for entry in desk.store.entries(f"case/{case}"):
            told = {name: entry.audiences[name] for name in entry.texts}
            found.append(
                (
                    type(entry.event),
                    msgspec.json.encode(entry.event),
                    dict(entry.texts),
                    audience(entry),
                    told,
                )
            )
        return cls(case, tuple(found))

    def write(self, writing: Writing, case: str, applicant: str) -> None:
        """Write it as another case."""
        for kind, event, texts, heard, told in self.entries:
            mine = event.replace(self.case.encode(), case.encode()).replace(
                b'"maker"', f'"{applicant}"'.encode()
            )
            writing.append(Written(f"case/{case}", msgspec.json.decode(mine, type=kind), texts, heard, told))


def templates(desk: Desk, clock: RaceClock) -> tuple[Template, ...]:
    """Let three cases go their way, and return them: one waits, one was granted, one was asked about and then granted."""
    waiting, granted, asked = (desk.do(filing(desk, "IN")).case for _ in range(3))
    desk.do(Ask(person="lou", case=asked, clearance="", query="", text="For whom is it, and what for?"))
    clock.wall += timedelta(minutes=30)
    desk.do(Reply(person="eve", case=asked, query="q1", text="For Acme, to light its offices."))
    for case in (granted, asked):
        desk.do(
            Decide(
                person="lou",
                case=case,
                clearance="",
                nonce="",
                for_applicant="It may go.",
                for_file="No objection.",
            )
        )
    return tuple(Template.of(desk, case) for case in (waiting, granted, asked))


def fill(desk: Desk, cases: int, ways: tuple[Template, ...]) -> list[str]:
    """Write so many cases, and return their numbers."""
    found: list[str] = []
    while len(found) < cases:
        group = [drawn() for _ in range(min(GROUP, cases - len(found)))]

        def write(writing: Writing, group: Sequence[str] = group, first: int = len(found)) -> None:
            for number, case in enumerate(group, first):
                way = 0 if number % OPEN == 0 else 2 if number % ASKED == 1 else 1
                ways[way].write(writing, case, f"org-{number % APPLICANTS}")

        desk.store.submit(write)
        found += group
    return found


def timed(what: str, each: Sequence[Callable[[], object]]) -> None:
    """Say how long each of some calls takes, on the wall and of this process's time: a busy machine shows in the first alone."""
    wall, own = [], []
    for one in each:
        begun, used = time.perf_counter(), time.process_time()
        one()
        wall.append((time.perf_counter() - begun) * 1000)
        own.append((time.process_time() - used) * 1000)
    if len(each) == 1:
        print(f"  {what}: {wall[0]:.1f} ms ({own[0]:.1f} ms of processor)")
        return
    (half, most), (own_half, own_most) = (_percentiles(wall), _percentiles(own))
    print(
        f"  {what}: p50 {half:.1f} ms, p95 {most:.1f} ms (of processor p50 {own_half:.1f} ms, p95 {own_most:.1f} ms)",
        flush=True,
    )


def _percentiles(values: list[float]) -> tuple[float, float]:
    parts = statistics.quantiles(values, n=100, method="inclusive")
    return parts[49], parts[94]


def bench(folder: Path, address: str, cases: int, looks: int) -> None:
    """Fill a record and time it."""
    clock = RaceClock(FOUNDED)
    made = founded(folder, clock, address)
    with Desk(made.store(clock=clock)) as desk:
        person = Person("org", organisation="org-7")
        desk.do(ChangeRoster(person="ada", proposal="", changes=(RosterChange(person=person, name="Org"),)))
        ways = templates(desk, clock)
        begun = time.perf_counter()
        known = fill(desk, cases, ways)
        gone = time.perf_counter() - begun
        head = desk.store.head()
        entries = head.size if head is not None else 0
        print(
            f"  {cases} cases, {entries} entries, written in {gone:.0f} s, {entries / gone:.0f} entries/s",
            flush=True,
        )
        print(f"  load of the machine now: {os.getloadavg()[0]:.1f}")
    with Desk(made.store(clock=clock)) as desk:
        chance = random.Random(1)
        some = [chance.choice(known) for _ in range(looks)]
        own = [known[number] for number in range(7, len(known), APPLICANTS)]
        timed("case show, the first of a process", [partial(show, desk, known[0], "lou")])
        timed("case show, an officer", [partial(show, desk, case, "lou") for case in some])
        timed("case show, the applicant", [partial(show, desk, case, "org") for case in own])
        listed = partial(case_list, desk, "lou", most=50)
        timed("case list, 50 of all, an officer", [listed] * 20)
        timed(
            "case list, 50 after any number, an officer", [partial(listed, after=case) for case in some[:20]]
        )
        timed("case list, 50 open ones, an officer", [partial(listed, status="open")] * 20)
        timed("case list, the applicant's own", [partial(case_list, desk, "org")] * 20)
        timed(f"case list --mine, {cases // OPEN} wait", [partial(inbox, desk, "lou")] * 3)


def show(desk: Desk, case: str, person: str) -> dict[str, Any]:
    """Return all that ``case show`` shows."""
    return case_page(desk, case, person).to_json()


def main() -> None:
    """Run, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=500)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    given = parser.parse_args()
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lastword-cases-")))
        address = "record.db"
        if given.postgresql:
            address = stack.enter_context(server(durable=True)).database()
        print("PostgreSQL" if given.postgresql else "SQLite")
        bench(folder, address, given.cases, given.looks)


if __name__ == "__main__":
    main()

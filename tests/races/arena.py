"""Where races are run: a record of its own in SQLite or PostgreSQL, and two processes that stay alive and act in it at once.

The clock is set by hand and the same for all, so that a deadline can be met to the millisecond. A third process, the one
that runs the race, prepares each case and judges what became of it.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any, Final

sys.path += [str(Path(__file__).parents[1] / "store"), str(Path(__file__).parents[1])]

from stores import check_all

from lastword.cases.acts import Act, RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Office, Officer, Person
from lastword.clearance.desk import Desk
from lastword.clearance.filing import Lot, Wanted, drafted
from lastword.clearance.found import find
from lastword.clearance.load import load
from lastword.clearance.worker import Worker
from lastword.store.clock import Clock
from lastword.store.installation import Installation
from lastword.store.rebuild import rebuild

ORIGIN: Final = "races.example/2026"
FOUNDED: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LONGEST: Final = 60  # seconds that nobody in a race may take; then it hangs

LATEST: Final = 0.1  # seconds by which a side may start after the other

PACK: Final = """\
id: own
title: {en: "Own", de: "Eigen"}
state: "DE"
authorities:
  DE/OFFICE: {en: "Lamp Office", de: "Lampenamt"}
  DE/SECOND: {en: "Second Office", de: "Zweites Amt"}
covers: [{states: ["DE"], acts: [export]}]
"""
_RULE: Final = """\
- id: {id}
  kind: consent
  title: {{en: "Lamps need a yes", de: "Lampen brauchen eine Zustimmung"}}
  citation: {{text: "Own Act s. 1", read: 2026-01-01}}
  acts: [export]
  when: "to == '{to}'"
  consent: {{alternatives: [[{{authority: {authority}, procedure: {procedure}}}]], asked_by: [exporter], claim: statute}}
"""
RULES: Final = "rules:\n" + "".join(
    _RULE.format(id=f"OWN-{number}", to=to, authority=authority, procedure=procedure)
    for number, (to, authority, procedure) in enumerate(
        (
            ("IN", "DE/OFFICE", "plain"),
            ("BR", "DE/OFFICE", "agreed"),
            ("US", "DE/OFFICE", "guarded"),
            ("FR", "DE/OFFICE", "advised"),
            ("JP", "DE/OFFICE", "confirmed"),
            ("CH", "DE/OFFICE", "plain"),
            ("CH", "DE/SECOND", "plain"),
        ),
        1,
    )
)
PROCEDURES: Final = """\
offices:
  lamp-office: {authority: DE/OFFICE, title: {en: "Lamp Office", de: "Lampenamt"}}
  lamp-board: {authority: DE/OFFICE, title: {en: "Lamp Board", de: "Lampenbeirat"}}
  lamp-guard: {authority: DE/OFFICE, title: {en: "Lamp Guard", de: "Lampenwacht"}}
calendars:
  - {id: de, country: DE, zone: Europe/Berlin}
procedures:
  - id: plain
    title: {en: "One decides", de: "Einer entscheidet"}
    citation: "Own Act s. 7"
    authorities: [DE/OFFICE, DE/SECOND]
    procedures: [plain]
    calendar: de
    query: {stops: true, limit: 2 hours, silence: close}
    grounds: [{code: misuse, title: {en: "Misuse", de: "Missbrauch"}}]
    stages:
      - id: decision
        title: {en: "Decision", de: "Entscheidung"}
        seats: [{id: decides, role: decide, offices: [lamp-office]}]
  - id: agreed
    title: {en: "One agrees, one decides", de: "Einer stimmt zu, einer entscheidet"}
    citation: "Own Act s. 8"
    authorities: [DE/OFFICE]
    procedures: [agreed]
    calendar: de
    stages:
      - id: agreement
        title: {en: "Agreement", de: "Zustimmung"}
        seats: [{id: agrees, role: agree, offices: [lamp-board]}]
      - id: decision
        title: {en: "Decision", de: "Entscheidung"}
        seats: [{id: decides, role: decide, offices: [lamp-office]}]
  - id: guarded
    title: {en: "Two decide, one may object", de: "Zwei entscheiden, einer kann widersprechen"}
    citation: "Own Act s. 9"
    authorities: [DE/OFFICE]
    procedures: [guarded]
    calendar: de
    stages:
      - id: decision
        title: {en: "Decision", de: "Entscheidung"}
        seats:
          - {id: guards, role: object, veto: true, offices: [lamp-guard]}
          - {id: decides, role: decide, offices: [lamp-office], needs: 2}
  - id: confirmed
    title: {en: "One decides, one confirms", de: "Einer entscheidet, einer zeichnet gegen"}
    citation: "Own Act s. 11"
    authorities: [DE/OFFICE]
    procedures: [confirmed]
    calendar: de
    stages:
      - id: decision
        title: {en: "Decision", de: "Entscheidung"}
        seats: [{id: decides, role: decide, offices: [lamp-office]}]
      - id: confirmation
        title: {en: "Confirmation", de: "Gegenzeichnung"}
        seats: [{id: confirms, role: countersign, offices: [lamp-board]}]
  - id: advised
    title: {en: "Advice within two hours", de: "Stellungnahme binnen zwei Stunden"}
    citation: "Own Act s. 10"
    authorities: [DE/OFFICE]
    procedures: [advised]
    calendar: de
    stages:
      - id: advice
        title: {en: "Advice", de: "Stellungnahme"}
        seats: [{id: advises, role: advise, offices: [lamp-board], limit: 2 hours, silence: no_view}]
      - id: decision
        title: {en: "Decision", de: "Entscheidung"}
        seats: [{id: decides, role: decide, offices: [lamp-office]}]
"""
FACTS: Final = """\
source: maker
sources: {maker: {name: "our own records"}}
standing: asserted
things:
  lamp: {name: {en: Lamp, de: Lampe}, kind: commodity, origin: "DE"}
parties:
  acme: {name: "Acme Ltd", kind: company, country: "IN"}
"""
OFFICERS: Final = {
    "lamp-office": ("lou", "lea", "lia", "pat"),
    "lamp-board": ("bea", "bob"),
    "lamp-guard": ("gus", "pat"),
}
APPLICANTS: Final = ("eve", "eli")


@dataclass
class RaceClock:
    """A clock that all processes of a race set alike: wall clock and the seconds of the machine's run go together."""

    wall: datetime

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.wall

    def run(self) -> tuple[str, float]:
        """Return the run of a machine that started when the record was founded."""
        return "races", (self.wall - FOUNDED).total_seconds()


@dataclass(frozen=True)
class Move:
    """What one side of a race does. ``act``: None for a round of the worker, a folder for a load of its facts.

    ``delay``: seconds that it waits first.
    """

    act: Act | Path | None
    at: datetime
    key: str = ""
    delay: float = 0.0


@dataclass(frozen=True)
class Came:
    """What came of a move: ``code`` of the refusal, "" if it was done. ``took``: seconds from the start of the race."""

    code: str = ""
    case: str = ""
    licences: tuple[str, ...] = ()
    index: int = -1
    repeated: bool = False
    due: int = 0
    took: float = 0.0
    error: str = ""

    @property
    def done(self) -> bool:
        """Say whether it was done."""
        return not self.code and not self.error


def write_workspace(root: Path) -> Path:
    """Write a workspace with one lamp and one pack: which procedure decides on it depends on the country it goes to."""
    pack = root / "packs" / "own"
    (root / "facts").mkdir(parents=True)
    (pack / "rules").mkdir(parents=True)
    (root / "lastword.toml").write_text('name = "lamps"\npacks = ["own"]\n')
    (root / "facts" / "lamps.yaml").write_text(FACTS, encoding="utf-8")
    (pack / "pack.yaml").write_text(PACK, encoding="utf-8")
    (pack / "rules" / "own.yaml").write_text(RULES, encoding="utf-8")
    (pack / "procedures.yaml").write_text(PROCEDURES, encoding="utf-8")
    return root


def roster() -> tuple[RosterChange, ...]:
    """Return the offices with their officers, a keeper, and two who act for the applicant."""
    since = date(2020, 1, 1)
    officers = [("keepers", "ada"), *((office, one) for office, held in OFFICERS.items() for one in held)]
    return (
        *(RosterChange(office=Office(one, "DE/OFFICE")) for one in ("keepers", *OFFICERS)),
        *(
            RosterChange(person=Person(one), name=one.title())
            for one in dict.fromkeys(one for _office, one in officers)
        ),
        *(RosterChange(person=Person(one, organisation="maker"), name=one.title()) for one in APPLICANTS),
        *(RosterChange(officer=Officer(office, one, since)) for office, one in officers),
    )


def founded(folder: Path, clock: Clock, address: str = "record.db") -> Installation:
    """Found a record with the workspace loaded. ``address``: of an empty database."""
    made = Installation.create(
        folder / "store",
        origin=ORIGIN,
        constitution=Constitution({name: Guard("keepers", 1) for name in GUARDED}),
        roster_changes=roster(),
        now=clock.now(),
        database=address,
        private=folder / "private",
    )
    with made.store(clock=clock) as store:
        found = find(write_workspace(folder / "workspace"), year=clock.now().year)
        load(store, found, person="ada", salt=Desk.token)
    return made


def filing(desk: Desk, to: str, quantity: int = 2, *, person: str = "eve") -> Act:
    """Return the act of filing a case for so many lamps to a country."""
    wanted = Wanted(
        act="export",
        from_="DE",
        to=to,
        end_use="civil",
        lots=(Lot("lamp", Decimal(quantity), "pieces", "1200 EUR"),),
        parties=(("end_user", "acme", {}),),
        known_parties=frozenset({"acme"}),
    )
    fields = drafted(wanted, applicant="maker", token=Desk.token)
    return desk.filing(fields=fields, person=person)


def whole(desk: Desk) -> int:
    """Check the whole record, and return the number of its entries: every byte, every head, every state, and the anchor."""
    size: int = check_all(desk.store)
    differences = [str(one) for one in rebuild(desk.store.database)]
    assert not differences
    head, anchored = desk.store.head(), desk.store.anchor.read()
    assert head is not None
    assert (anchored.size, anchored.root) == (head.size, head.root) == (size, head.root)
    return size


@dataclass
class Arena:
    """A record, who prepares and judges in it, and the two who race."""

    made: Installation
    clock: RaceClock
    desk: Desk
    pipes: tuple[Connection, Connection]
    leads: dict[str, float] = field(default_factory=dict)
    """Name of a race -> by how many seconds the right side starts later, so that either side comes first in turn."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def go(self, by: timedelta = timedelta(seconds=1)) -> datetime:
        """Let time pass, and return what time it is then."""
        self.clock.wall += by
        return self.clock.wall

    def file(self, to: str, quantity: int = 2, *, person: str = "eve") -> str:
        """File a case for so many lamps to a country, and return its number."""
        return self.desk.do(filing(self.desk, to, quantity, person=person)).case

    def number(self) -> int:
        """Return a number that was not returned before."""
        return next(self._numbers)

    def changed_facts(self) -> Path:
        """Change the facts of the workspace, and return its folder."""
        folder = self.made.folder.parent / "workspace"
        thing = f"lamp-{self.number()}"
        facts = FACTS.replace(
            "parties:",
            f'  {thing}: {{name: {{en: Lamp, de: Lampe}}, kind: commodity, origin: "DE"}}\nparties:',
        )
        (folder / "facts" / "lamps.yaml").write_text(facts, encoding="utf-8")
        return folder

    def race(self, name: str, left: Move, right: Move) -> tuple[Came, Came]:
        """Let both sides move at once, and return what came of it."""
        lead = self.leads.get(name, 0.0)
        for pipe, move, delay in zip(
            self.pipes, (left, right), (max(-lead, 0.0), max(lead, 0.0)), strict=True
        ):
            pipe.send(Move(move.act, move.at, move.key, delay))
        self.clock.wall = max(self.clock.wall, left.at, right.at)
        came = []
        for pipe in self.pipes:
            if not pipe.poll(LONGEST):
                raise AssertionError(f"a side of the race `{name}` hangs")
            came.append(pipe.recv())
        for one in came:
            assert not one.error, one.error
        # Whoever came first starts a little later next time, so that both orders come.
        step = max(abs(came[0].took - came[1].took) / 2, 0.001)
        self.leads[name] = min(max(lead - step if _first(*came) else lead + step, -LATEST), LATEST)
        return came[0], came[1]


@contextmanager
def arena(folder: Path, address: str = "record.db") -> Iterator[Arena]:
    """Found a record and yield it with both racing processes alive."""
    clock = RaceClock(FOUNDED)
    made = founded(folder, clock, address)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    ours, processes = [], []
    for _side in range(2):
        here, there = context.Pipe()
        process = context.Process(target=_side_of_race, args=(str(made.folder), there, barrier), daemon=True)
        process.start()
        there.close()
        ours.append(here)
        processes.append(process)
    desk = Desk(made.store(clock=clock))
    try:
        yield Arena(made, clock, desk, (ours[0], ours[1]))
    finally:
        desk.close()
        for pipe in ours:
            pipe.close()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()


def _first(left: Came, right: Came) -> bool:
    """Say whether the left side was first: it wrote something, and the other nothing or later."""
    wrote = [
        one.index if one.done and not one.repeated and one.index >= 0 else sys.maxsize
        for one in (left, right)
    ]
    return wrote[0] < wrote[1] or (left.done and wrote[1] == sys.maxsize and not right.due)


def _side_of_race(folder: str, pipe: Connection, barrier: Any) -> None:
    """Be one of the two processes: move when told to, and tell what came of it, until the pipe is closed."""
    clock = RaceClock(FOUNDED)
    with Desk(Installation.read(Path(folder)).store(clock=clock)) as desk:
        worker = Worker(desk)
        while True:
            try:
                move: Move = pipe.recv()
            except EOFError:
                return
            clock.wall = max(clock.wall, move.at)
            desk.now()
            try:
                barrier.wait(LONGEST)
            except BrokenBarrierError:
                return
            begun = time.perf_counter()
            while time.perf_counter() < begun + move.delay:
                pass
            pipe.send(_moved(desk, worker, move, begun))


def _moved(desk: Desk, worker: Worker, move: Move, begun: float) -> Came:
    try:
        if move.act is None:
            done = worker.fall_due()
            return Came(
                due=done.due, took=time.perf_counter() - begun, error=str(done.failed) if done.failed else ""
            )
        if isinstance(move.act, Path):
            load(desk.store, find(move.act, year=FOUNDED.year), person="ada", salt=Desk.token)
            took = time.perf_counter() - begun
            entry = desk.store.entry("facts", desk.store.state("facts").no)
            return Came(index=entry.index if entry is not None else -1, took=took)
        came = desk.do(move.act, key=move.key)
        return Came(
            case=came.case,
            licences=came.licences,
            index=came.index,
            repeated=came.repeated,
            took=time.perf_counter() - begun,
        )
    except ActRefused as refused:
        return Came(code=refused.code, took=time.perf_counter() - begun)
    except Exception:
        return Came(error=traceback.format_exc())

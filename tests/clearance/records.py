"""Practice records to load workspaces into, and small workspaces of an invented country."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from lastword.cases.acts import RosterChange
from lastword.cases.constitution import GUARDED, Constitution, Guard
from lastword.cases.roster import Office, Officer, Person
from lastword.store.clock import FixedClock
from lastword.store.installation import Installation
from lastword.store.store import Store

ORIGIN = "practice.example/lamps"
FOUNDED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

PACK = """\
id: own
title: {en: "Own", de: "Eigen"}
state: "DE"
authorities: {DE/OFFICE: {en: "Lamp Office (LO), Germany", de: "Lampenamt (LA)"}}
covers: [{states: ["DE"], acts: [export]}]
"""
RULES = """\
rules:
- id: OWN-CONSENT
  kind: consent
  title: {en: "Lamps need a yes to leave the country", de: "Lampen brauchen zur Ausfuhr eine Zustimmung"}
  citation: {text: "Own Act s. 1", read: 2026-01-01}
  acts: [export]
  consent: {alternatives: [[{authority: DE/OFFICE, procedure: licence}]], asked_by: [exporter], claim: statute}
"""
PROCEDURES = """\
offices:
  lamp-office: {authority: DE/OFFICE, title: {en: "Lamp Office", de: "Lampenamt"}}
calendars:
  - {id: de, country: DE, zone: Europe/Berlin}
procedures:
  - id: lamps
    title: {en: "Licence for lamps", de: "Genehmigung für Lampen"}
    citation: "Own Act s. 7"
    authorities: [DE/OFFICE]
    procedures: [licence]
    calendar: de
    stages:
      - id: decision
        title: {en: "Decision", de: "Entscheidung"}
        seats: [{id: decides, role: decide, offices: [lamp-office]}]
"""
FACTS = """\
source: maker
sources: {maker: {name: "our own records"}}
standing: asserted
things:
  lamp: {name: {en: Lamp, de: Lampe}, kind: commodity, origin: "DE"}
  torch: {name: {en: Torch, de: Fackel}, kind: commodity, origin: "DE"}
parties:
  acme: {name: "Acme Ltd", kind: company, country: "IN"}
"""


def lamps(root: Path, *, facts: str = FACTS, rules: str = RULES, procedures: str = PROCEDURES) -> Path:
    """Write a workspace with a lamp, a torch and a pack of its own, in which lamps need a licence."""
    pack = root / "packs" / "own"
    (root / "facts").mkdir(parents=True, exist_ok=True)
    (pack / "rules").mkdir(parents=True, exist_ok=True)
    (root / "lastword.toml").write_text('name = "lamps"\npacks = ["own"]\n')
    (root / "facts" / "lamps.yaml").write_text(facts, encoding="utf-8")
    (pack / "pack.yaml").write_text(PACK, encoding="utf-8")
    (pack / "rules" / "own.yaml").write_text(rules, encoding="utf-8")
    (pack / "procedures.yaml").write_text(procedures, encoding="utf-8")
    return root


def roster() -> tuple[RosterChange, ...]:
    """Return a roster: two officers ``ada`` and ``ben`` of the office that keeps the record, ``cem`` of none, a lamp officer."""
    since = date(2026, 1, 1)
    return (
        RosterChange(office=Office("keepers", "DE/OFFICE")),
        RosterChange(office=Office("lamp-office", "DE/OFFICE")),
        *(RosterChange(person=Person(one), name=one.title()) for one in ("ada", "ben", "cem", "lou")),
        RosterChange(person=Person("eve", organisation="wiesengrund"), name="Eve"),
        RosterChange(officer=Officer("keepers", "ada", since)),
        RosterChange(officer=Officer("keepers", "ben", since)),
        RosterChange(officer=Officer("lamp-office", "lou", since)),
    )


def founded(folder: Path, *, needs: int = 1) -> Installation:
    """Found a practice record in which ``needs`` officers load facts and rules together."""
    guards = {name: Guard("keepers", 1) for name in GUARDED}
    guards |= {"facts": Guard("keepers", needs), "rules": Guard("keepers", needs)}
    return Installation.create(
        folder / "store",
        origin=ORIGIN,
        constitution=Constitution(guards),
        roster_changes=roster(),
        now=FOUNDED,
        private=folder / "private",
        practice=True,
    )


@contextmanager
def at(made: Installation, moment: datetime) -> Iterator[Store]:
    """Open a practice record at a time."""
    store = made.store(clock=FixedClock(moment))
    try:
        yield store
    finally:
        store.close()


def erase(made: Installation, stream: str, no: int, *names: str, by: int) -> None:
    """Leave texts of an entry as their redaction by entry ``by`` leaves them: without content."""
    with sqlite3.connect(made.folder / "record.db") as database:
        for name in names:
            changed = database.execute(
                "UPDATE disclosure SET sealed = NULL, erased_by = ? "
                "WHERE name = ? AND idx = (SELECT idx FROM entry WHERE stream = ? AND no = ?)",
                (by, name, stream, no),
            )
            assert changed.rowcount == 1, name
    database.close()


_DRAWN = count()


def salt() -> str:
    """Return a salt that was not used before."""
    return f"salt-{next(_DRAWN):022d}"

"""A practice record with a case in it from filing to use, for the tests of keeping the record."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "clearance"))

from records import FOUNDED, PROCEDURES, at, founded, lamps, salt

from lastword.cases.acts import Decide, UseLicences
from lastword.clearance.desk import Desk
from lastword.clearance.filing import Lot, Wanted, drafted
from lastword.clearance.found import find
from lastword.clearance.load import load
from lastword.store.installation import Installation
from lastword.store.store import Store

DAY = timedelta(days=1)
LOADED = FOUNDED + DAY
FILED = FOUNDED + 2 * DAY
DECIDED = FOUNDED + 3 * DAY
USED = FOUNDED + 4 * DAY
LATER = FOUNDED + 10 * DAY
CANARY = "Kanarienvogel-4711"
"""A text of the case's file that must never stand in a file in clear."""
FOR_APPLICANT = "Lampenbescheid-4712"


@dataclass(frozen=True)
class LampCase:
    """The record, the case, and the licence that came of it."""

    made: Installation
    case: str
    licence: str

    def open(self, moment: datetime = LATER) -> Store:
        """Open the record at a time."""
        from lastword.store.clock import FixedClock

        return self.made.store(clock=FixedClock(moment))


def lamp_case(folder: Path, *, decide: bool = True, use: bool = True, signature: bool = False) -> LampCase:
    """Make a record; load and file in it, and, unless told otherwise, decide and use.

    ``signature``: whoever decides must sign in person.
    """
    made = founded(folder, needs=1)
    with at(made, LOADED) as store:
        seat = "offices: [lamp-office]"
        procedures = PROCEDURES.replace(seat, f"{seat}, signature: true") if signature else PROCEDURES
        load(store, find(lamps(folder / "ws", procedures=procedures), year=2026), person="ada", salt=salt)
    wanted = Wanted(
        act="export",
        from_="DE",
        to="IN",
        end_use="civil",
        end_use_text=CANARY,
        lots=(Lot("lamp", Decimal(3), "pieces", "1200 EUR"),),
        parties=(("end_user", "acme", {}),),
        known_parties=frozenset({"acme"}),
    )
    with Desk.open(made.folder, at=FILED) as desk:
        fields = drafted(wanted, applicant="wiesengrund", token=Desk.token)
        case = desk.do(desk.filing(fields=fields, person="eve")).case
    if not decide:
        return LampCase(made, case, "")
    with Desk.open(made.folder, at=DECIDED) as desk:
        (key,) = desk.store.state(f"case/{case}").clearances
        done = desk.do(
            Decide(
                person="lou",
                case=case,
                clearance=key,
                nonce="",
                outcome="grant",
                for_applicant=FOR_APPLICANT,
                for_file=CANARY,
            )
        )
        (licence,) = done.licences
    if use:
        with Desk.open(made.folder, at=USED) as desk:
            desk.do(
                UseLicences(
                    person="eve",
                    licences=(licence,),
                    key="first",
                    mode="use",
                    quantities={"1": (Decimal(1), "pieces")},
                )
            )
    return LampCase(made, case, licence)

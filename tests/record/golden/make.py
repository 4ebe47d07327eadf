"""Make the golden log of this release: a record with an entry of every kind, as JSON lines, and the states it comes to.

    PYTHONPATH=src python tests/record/golden/make.py

writes ``tests/record/golden/<version>.jsonl`` beside this file: the kept part of each entry, then ``{"states": {...}}``. It is
made once for each release and then stays: ``tests/record/test_golden.py`` applies every one of them, so that what a release
wrote can be read for ever. A case goes through the program itself; of the kinds that it does not come by, one event each
follows.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2] / "store"))

import sqlalchemy as sa
from lampcase import LATER, LampCase, lamp_case

from lastword import __version__
from lastword.cases import caseevents as c
from lastword.cases import licenceevents as li
from lastword.cases import rosterevents as ro
from lastword.cases.calendar import Calendar
from lastword.cases.case import (
    AppealState,
    Case,
    Decision,
    Due,
    ItemDecision,
    Outcome,
    Pause,
    Proviso,
    QueryState,
    Stop,
    TextAt,
)
from lastword.cases.constitution import Constitution, Guard
from lastword.cases.licence import Licence, Use
from lastword.cases.moratorium import Class, Moratorium
from lastword.cases.roster import Deputy, Office, Officer, Person
from lastword.cases.world import Written
from lastword.record import logevents as lo
from lastword.store.export import export
from lastword.store.redaction import RedactText, redact
from lastword.store.rotation import RotateKey, rotate
from lastword.store.store import Store
from lastword.store.stored import batches
from lastword.store.streamindexing import stream_secret
from lastword.store.streams import KINDS
from lastword.store.writing import Writing

HERE = Path(__file__).parent
AT = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)
TEXT = TextAt(1, "text")


def events(store: Store, lamp: LampCase) -> Iterator[tuple[str, Any]]:
    """Yield (stream, event) of the kinds that the case did not come by."""
    yield from _of_case(store.state(f"case/{lamp.case}"))
    yield from _of_licence(store.state(f"licence/{lamp.licence}"))
    yield (
        "moratoria",
        li.MoratoriumDeclared(
            Moratorium("m1", Class(), AT, until=AT + timedelta(days=9), ordered_by="keepers", text=TEXT)
        ),
    )
    yield "moratoria", li.MoratoriumLifted(AT, "m1", ("ada", "ben"), TEXT)
    yield (
        "moratoria",
        li.MoratoriumDeclared(Moratorium("m2", Class(), AT, until=AT + timedelta(days=1), ordered_by="x")),
    )
    yield "moratoria", li.MoratoriumEnded(AT + timedelta(days=1), "m2")
    yield "roster", ro.RosterChanged(
        by=("ada",), at=AT, proposal="p1", principals=("",),
        offices=(Office("board", "DE/OFFICE", {"en": "Board", "de": "Rat"}),),
        persons=(Person("zoe"), Person("bot", robot=True), Person("zoe-2", same_as="zoe")),
        officers_came=(Officer("board", "zoe", date(2026, 2, 1), None),),
        deputies_came=(Deputy("board", "zoe", "ada", date(2026, 2, 1), date(2026, 3, 1)),),
    )  # fmt: skip
    yield (
        "calendar",
        ro.CalendarsSet(
            (
                Calendar(
                    "de", "Europe/Berlin", (5, 6), (date(2026, 4, 3),), date(2026, 1, 1), date(2027, 12, 31)
                ),
            ),
            ("ada",),
            AT,
        ),
    )
    yield (
        "proposals",
        ro.ProposalMade(
            "p1",
            "roster",
            "keepers",
            2,
            {"act": "ChangeRoster", "changes": []},
            (),
            "ada",
            "",
            AT,
            AT + timedelta(days=30),
        ),
    )
    yield "proposals", ro.ProposalConfirmed("p1", "ben", "", True, AT)
    yield "proposals", ro.ProposalCarriedOut("p1", AT)
    yield "proposals", ro.ProposalMade("p2", "roster", "keepers", 2, {"act": "Lift"}, (), "ada", "", AT, AT)
    yield "proposals", ro.ProposalRefused("p2", "past", AT)
    yield (
        "persons",
        lo.Enrolled(
            "ada", "Y3JlZA", "a2V5", -7, True, False, "rp.example", ("https://rp.example",), "none", ("ben",)
        ),
    )
    yield "persons", lo.Revoked("ada", "Y3JlZA", ("ada",))
    yield "log", lo.ClockConfirmed(AT, AT, ("ada",))
    yield "keys", lo.ConstitutionChanged(Constitution({"roster": Guard("keepers", 2)}), ("ada", "ben"))


def _of_case(case: Case) -> Iterator[tuple[str, Any]]:
    key, one = next(iter(case.clearances.items()))
    stream = f"case/{case.id}"
    dues = (
        Due(
            "seat",
            "decides",
            AT,
            AT,
            "de",
            "working_days",
            20,
            True,
            pauses=(Pause(AT, AT + timedelta(days=1)),),
        ),
        Due("appeal", "refuse", AT, AT, "de", "days", 28, held=True, held_since=AT),
    )
    vote = replace(
        one.votes[0], no=case.no + 1, nonce="n" * 22, decision=None, verdict="no", text=TEXT, principal="ada"
    )
    proviso = Proviso("p1", "lamp-office", TEXT, "report")
    decision = Decision(
        (ItemDecision("1", "grant_with_provisos", Decimal("2.5")),), ("g1",), ("p1",), "d" * 64, TEXT, TEXT
    )
    query = QueryState("q1", key, "lamp-office", "lou", AT, TEXT)
    yield stream, c.CaseAmended(at=AT, person="eve", request=case.request, changed=("to",))
    yield stream, c.CaseReassessed(at=AT, person="worker", assessment=case.assessment)
    yield stream, c.ClearanceOpened(at=AT, clearance=replace(one, key="second"), why="the answer asks for it")
    yield stream, c.BasisChanged(at=AT, clearance=key, basis="b" * 64, items=("1",), rules=("OWN-CONSENT",))
    yield stream, c.StageEntered(at=AT, clearance=key, stage="decision", why="round", dues=dues, trail=("decision",),
                                 silent={"decision/decides": "consent"})  # fmt: skip
    yield stream, c.VoteCast(at=AT, clearance=key, vote=vote, dues=dues, provisos=(proviso,), replaced=(1,))
    yield (
        stream,
        c.VotesCarried(at=AT, clearance=key, votes=(vote.no,), why="immaterial", round=2, request="r" * 64),
    )
    yield (
        stream,
        c.ObjectionReleased(
            at=AT, clearance=key, votes=(vote.no,), vote=replace(vote, verdict="release"), dues=dues
        ),
    )
    yield (
        stream,
        c.VotesVoided(at=AT, clearance=key, votes=(vote.no,), why="basis changed", provisos=(), pending=True),
    )
    yield (
        stream,
        c.CaseProvisoDropped(
            at=AT, clearance=key, proviso="p1", person="lou", principal="", office="lamp-office"
        ),
    )
    yield stream, c.DecisionPending(at=AT, clearance=key, decision=decision, stage="decision", waits_for="countersign",
                                    licence="L-AAAA-BBBB", dues=dues)  # fmt: skip
    yield (
        stream,
        c.SeatSilent(
            at=AT, clearance=key, stage="decision", seat="decides", meaning="blocks", why="held", dues=dues
        ),
    )
    yield stream, c.QueryAsked(at=AT, query=query, dues=dues)
    yield stream, c.QueryOverdue(at=AT, clearance=key, query="q1", dues=dues)
    yield stream, c.QueryReplied(at=AT, clearance=key, query="q1", person="eve", reply=TEXT, dues=dues)
    yield stream, c.ClocksHeld(at=AT, stop=Stop(key, "query:q1", AT, ends=AT), dues=dues)
    yield stream, c.ClocksReleased(at=AT, clearance=key, reason="query:q1", until=AT, dues=dues)
    yield stream, c.DuesMoved(at=AT, clearance=key, dues=dues, why="calendar")
    yield stream, c.DuePassed(at=AT, clearance=key, due=dues[0], dues=dues[1:])
    yield (
        stream,
        c.CaseEscalated(
            at=AT, clearance=key, stage="decision", to="decision", person="lou", office="lamp-office"
        ),
    )
    yield stream, c.CaseDecided(at=AT, clearance=key, outcome=Outcome(decision, AT, "lamp-office", "decision"), dues=dues,
                                day=AT.date(), facts=1, rules=1)  # fmt: skip
    yield (
        stream,
        c.CaseAppealed(
            at=AT, clearance=key, person="eve", appeal=AppealState("a1", "refuse", AT, "open", TEXT), dues=()
        ),
    )
    yield stream, c.GlassBroken(clearance="second", licence="L-CCCC-DDDD", by="lou", principal="", office="lamp-office", at=AT,
                                review_due=AT + timedelta(days=1), text=TEXT)  # fmt: skip
    yield stream, c.ClearanceEnded(at=AT, clearance="second", status="closed", why="withdrawn", votes=(1,))
    yield stream, c.CaseClosed(at=AT, query="q1", person="lou", office="lamp-office", text=TEXT)
    yield stream, c.CaseWithdrawn(at=AT, person="eve", text=TEXT)
    yield stream, c.CaseStatusChanged(at=AT, status="withdrawn")


def _of_licence(licence: Licence) -> Iterator[tuple[str, Any]]:
    stream = f"licence/{licence.id}"
    name, line = next(iter(licence.lines.items()))
    use = Use("u1", {name: Decimal("0.25")}, "reserved", AT, "eve", expires=AT + timedelta(days=3), text=TEXT)
    lines = {name: replace(line, reserved=Decimal("0.25"))}
    booked: tuple[tuple[type[Any], str], ...] = (
        (li.LicenceReserved, "reserved"), (li.LicenceConfirmed, "confirmed"), (li.LicenceReturned, "returned"),
        (li.LicenceReported, "confirmed"), (li.LicenceBreached, "breach"),
    )  # fmt: skip
    for kind, state in booked:
        yield stream, kind(at=AT, use=replace(use, state=state, over={name: Decimal(1)}), lines=lines)
    yield stream, li.LicenceReleased(at=AT, use=replace(use, state="released"), lines=lines, why="expired")
    moved: dict[str, Any] = {"by": "lou", "office": "lamp-office"}
    yield (
        stream,
        li.LicenceSuspended(
            at=AT, status="suspended", ground="g1", for_applicant=TEXT, for_file=TEXT, **moved
        ),
    )
    yield stream, li.LicenceReinstated(at=AT, status="issued", for_applicant=TEXT, **moved)
    yield stream, li.LicenceExhausted(at=AT, status="exhausted")
    yield stream, li.LicenceReopened(at=AT, status="issued")
    yield stream, li.LicenceRejudged(AT, 1, 1)
    yield stream, li.LicenceReviewed(AT, "right", "lou", "", "lamp-office", TEXT)
    yield stream, li.ProvisoDropped(AT, "p1", "lou", "", "lamp-office", TEXT)
    yield (
        stream,
        li.LicenceSurrendered(at=AT, status="surrendered", replaced_by="L-EEEE-FFFF", text=TEXT, ended=AT),
    )
    yield stream, li.LicenceExpired(at=AT, status="expired", ended=AT)
    yield (
        stream,
        li.LicenceRevoked(
            at=AT, status="revoked", ground="g1", appeal_until=AT, for_applicant=TEXT, ended=AT
        ),
    )


def append(written: Written, writing: Writing) -> int:
    """Write one event."""
    return writing.append(written)


def make(folder: Path) -> list[str]:
    """Return the lines of a golden log, made of a record in ``folder``."""
    lamp = lamp_case(folder)
    with lamp.open(LATER) as store:
        rotate(store, RotateKey(person="ada", which="entry"), lamp.made.private)
        rotate(store, RotateKey(person="ada", which="log"), lamp.made.private)
        export(store, lamp.case, by="lou", to="auditor", secret=stream_secret(lamp.made.private))
        entry = next(one for one in store.entries(f"case/{lamp.case}") if "for_file" in one.texts)
        redact(store, RedactText(person="ada", index=entry.index, field="for_file", ground="gdpr-17"), ())
        for stream, event in events(store, lamp):
            store.submit(partial(append, Written(stream, event)))
        lines, kinds = [], set()
        with store.database.reading() as session:
            for batch in batches(session, kept_only=True):
                for stored in batch:
                    kept = stored.kept()
                    kinds.add(kept.kind)
                    link = kept.previous
                    part = {
                        "v": 1,
                        "kind": kept.kind,
                        "stream": kept.stream,
                        "no": kept.number,
                        "prev": None if link is None else [link.index, link.leaf.hex()],
                        "data": kept.data,
                    }
                    lines.append(json.dumps(part, sort_keys=True, ensure_ascii=False))
            states = {
                row[0]: json.loads(bytes(row[1]))
                for row in session.rows(sa.text("SELECT stream, data FROM state"))
            }
        missing = KINDS.keys() - kinds
        if missing:
            raise SystemExit(f"no entry of the kinds {', '.join(sorted(missing))}")
        return [*lines, json.dumps({"states": states}, sort_keys=True, ensure_ascii=False)]


def main() -> None:
    """Write the golden log of this release; one that is there stays."""
    target = HERE / f"{__version__}.jsonl"
    if target.exists():
        raise SystemExit(
            f"{target.name} is there: a golden log is made once for each release, and then stays"
        )
    with tempfile.TemporaryDirectory() as folder:
        lines = make(Path(folder))
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{target.name}: {len(lines) - 1} entries")


if __name__ == "__main__":
    main()

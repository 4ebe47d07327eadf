"""The audit judges again what was recorded: it agrees with the program itself, and names what was written past it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lampcase import LATER, LampCase, lamp_case

from lastword.cases.case import Case
from lastword.cases.caseevents import CaseDecided, VoteCast
from lastword.cases.licence import Licence
from lastword.cases.licenceevents import LicenceReinstated, LicenceUsed
from lastword.cases.roster import Person
from lastword.cases.rosterevents import RosterChanged
from lastword.cases.world import Written
from lastword.record.logevents import Redacted
from lastword.store.audit import Audited, audit
from lastword.store.store import Store


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> LampCase:
    """Return a record with a whole case."""
    return lamp_case(tmp_path_factory.mktemp("lamp"))


@pytest.fixture
def fresh(tmp_path: Path) -> LampCase:
    """Return a record of one's own, to write wrong things into."""
    return lamp_case(tmp_path)


def audited(store: Store) -> Audited:
    """Audit a record."""
    with store.database.reading() as session:
        return audit(session)


def written(store: Store, stream: str, event: Any) -> list[str]:
    """Write an event past all judging, as a broken program would, and return what the audit says of it."""
    index = store.submit(lambda writing: writing.append(Written(stream, event))).result
    return [one.what for one in audited(store).findings if one.index == index]


def test_what_the_program_wrote_comes_out_the_same(lamp: LampCase) -> None:
    """Founding, loads, a filing, a vote, a decision, a licence and a use: nothing comes out otherwise."""
    with lamp.open() as store:
        found = audited(store)
        assert found.findings == ()
        assert (found.entries, found.judged) == (11, 10)


def test_a_vote_of_somebody_who_could_not_sit_there_is_named(fresh: LampCase) -> None:
    """No such office, the applicant's own staff, another round, the same person at a second seat: each is told."""
    with fresh.open() as store:
        case: Case = store.state(f"case/{fresh.case}")
        (key, one) = next(iter(case.clearances.items()))
        vote = one.votes[0]
        wrong = replace(vote, no=case.no + 1, person="eve", nonce="x" * 22, round=7, at=LATER)
        said = written(store, f"case/{fresh.case}", VoteCast(at=LATER, clearance=key, vote=wrong, dues=()))
        assert any("`eve` did not hold `lamp-office`" in one_ for one_ in said)
        assert "`eve` belongs to the applicant, or acted for it" in said
        assert "it is on another round of the request than the one in force" in said
        nowhere = replace(wrong, no=case.no + 2, seat="nobody")
        assert written(
            store, f"case/{fresh.case}", VoteCast(at=LATER, clearance=key, vote=nowhere, dues=())
        ) == [f"there is no seat `nobody` at the stage `{vote.stage}`"]


def test_a_decision_without_its_votes_or_beyond_what_was_asked_is_named(fresh: LampCase) -> None:
    """A decision that nobody voted for, and one over more than was asked for."""
    with fresh.open() as store:
        case: Case = store.state(f"case/{fresh.case}")
        (key, one) = next(iter(case.clearances.items()))
        outcome = one.outcomes[0]
        item = outcome.decision.items[0]
        more = replace(outcome.decision, items=(replace(item, quantity=Decimal(99)),), digest="0" * 64)
        event = CaseDecided(
            at=LATER,
            clearance=key,
            outcome=replace(outcome, decision=more),
            dues=(),
            day=LATER.date(),
            facts=1,
            rules=1,
        )
        said = written(store, f"case/{fresh.case}", event)
        assert "0 of the 1 votes that are needed at `decides` are for it" in said
        assert f"it grants 99 of item `{item.item}`, and 3 were asked for" in said


def test_a_ledger_that_does_not_add_up_is_named(fresh: LampCase) -> None:
    """More out than there was, or lines that are not the sum of the uses; and a status that cannot follow."""
    with fresh.open() as store:
        licence: Licence = store.state(f"licence/{fresh.licence}")
        (name, line), use = next(iter(licence.lines.items())), next(iter(licence.uses.values()))
        event = LicenceUsed(
            at=LATER, use=replace(use, key="again"), lines={name: replace(line, used=Decimal(9))}
        )
        said = written(store, f"licence/{fresh.licence}", event)
        assert f"item `{name}` has -6 left" in said
        assert f"of item `{name}` 9 are booked as used, and its uses come to 2" in said
        ended = LicenceReinstated(at=LATER, status="expired")
        assert written(store, f"licence/{fresh.licence}", ended) == [
            f"item `{name}` has -6 left", f"of item `{name}` 9 are booked as used, and its uses come to 2",
        ]  # fmt: skip
        back = LicenceReinstated(at=LATER, status="issued")
        assert "a licence that is expired does not become issued" in written(
            store, f"licence/{fresh.licence}", back
        )


def test_a_guarded_act_without_its_officers_is_named(fresh: LampCase) -> None:
    """Somebody who holds no such office changed the roster, or nobody said that a text be erased."""
    with fresh.open() as store:
        event = RosterChanged(by=("eve",), at=LATER, persons=(Person("zoe"),))
        assert written(store, "roster", event) == [
            "`eve` did not hold `keepers` on 2026-01-15",
            "0 of the 1 officers of `keepers` that are needed stand behind it",
        ]
        assert written(store, "log", Redacted(6, {"for_file": "d" * 43}, "x")) == [
            "0 of the 1 officers of `keepers` that are needed stand behind it"
        ]


def test_what_is_dated_after_its_own_entry_is_named(fresh: LampCase) -> None:
    """An event cannot be about a time that had not come when it was written."""
    with fresh.open() as store:
        event = RosterChanged(by=("ada",), at=LATER + timedelta(days=9), persons=(Person("zoe"),))
        said = written(store, "roster", event)
        assert len(said) == 1
        assert said[0].startswith("it is about 2026-01-24")

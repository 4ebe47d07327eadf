"""Replaying a case: the same question, of the facts, rules and days of then, comes out as recorded or says why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from records import FACTS, FOUNDED, RULES, at, erase, founded, lamps, salt

from lastword.cases.acts import Decide
from lastword.cases.request import Salted
from lastword.clearance import assess as assessing
from lastword.clearance.desk import Desk
from lastword.clearance.filing import Lot, Wanted, amended, drafted
from lastword.clearance.found import find
from lastword.clearance.library import Shelf
from lastword.clearance.load import load
from lastword.clearance.loaded import Loads
from lastword.clearance.replay import Replayed, replay
from lastword.errors import InputError
from lastword.store.installation import Installation

DAY = timedelta(days=1)
FILED = FOUNDED + 2 * DAY


@pytest.fixture
def record(tmp_path: Path) -> Installation:
    """Return a practice record with the lamps loaded."""
    made = founded(tmp_path)
    with at(made, FOUNDED + DAY) as store:
        load(store, find(lamps(tmp_path / "ws"), year=2026), person="ada", salt=salt)
    return made


def desk_at(made: Installation, moment: datetime) -> Any:
    """Open the desk of a record at a time."""
    return Desk.open(made.folder, at=moment)


@pytest.fixture
def filed(record: Installation) -> str:
    """Return a case that Eve filed for one lamp to India."""
    wanted = Wanted(
        act="export",
        from_="DE",
        to="IN",
        end_use="civil",
        lots=(Lot("lamp", Decimal(1), "pieces", "1200 EUR"),),
        parties=(("end_user", "acme", {}),),
        known_parties=frozenset({"acme"}),
    )
    with desk_at(record, FILED) as desk:
        fields = drafted(wanted, applicant="wiesengrund", token=Desk.token)
        return str(desk.do(desk.filing(fields=fields, person="eve")).case)


def decided(record: Installation, case: str, moment: datetime) -> None:
    """Let the lamp office grant it."""
    with desk_at(record, moment) as desk:
        (key,) = desk.store.state(f"case/{case}").clearances
        desk.do(Decide(person="lou", case=case, clearance=key, nonce="", outcome="grant", licence=""))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return an empty shelf for packs."""
    return Shelf(tmp_path / "shelf")


def replayed(record: Installation, case: str, shelf: Shelf) -> Replayed:
    """Replay a case long after."""
    with at(record, FILED + 300 * DAY) as store:
        found = replay(store, case, loads=Loads(store, shelf))
        assert found is not None
        return found


def test_a_case_comes_out_as_it_was_judged(record: Installation, filed: str, shelf: Shelf) -> None:
    """The filing and the decision rest on answers that come out the same when they are asked again."""
    decided(record, filed, FILED + DAY)
    found = replayed(record, filed, shelf)
    assert [step.kind for step in found.steps] == ["case.filed", "case.decided"]
    assert found.status == "same"


def test_later_loads_change_nothing_about_an_earlier_answer(
    record: Installation, filed: str, shelf: Shelf, tmp_path: Path
) -> None:
    """What is loaded since does not count: the question is asked of the facts and rules of then."""
    decided(record, filed, FILED + DAY)
    with at(record, FILED + 2 * DAY) as store:
        ws = lamps(
            tmp_path / "ws",
            facts=FACTS.replace(
                'lamp: {name: {en: Lamp, de: Lampe}, kind: commodity, origin: "DE"}', "lamp: {name: Lamp}"
            ),
            rules=RULES.replace("acts: [export]", "acts: [transit]"),
        )
        load(store, find(ws, year=2026), person="ada", salt=salt)
    assert replayed(record, filed, shelf).status == "same"


def test_an_answer_that_comes_out_otherwise_is_told(
    record: Installation, filed: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If today's code gives other reasons, the replay says at which entry and of which consent; the record stays."""
    monkeypatch.setattr(
        assessing,
        "consent_reasons",
        lambda answer, need: {"clause": str(need.clause), "another": "reason"},
    )
    found = replayed(record, filed, shelf)
    assert found.status == "differs"
    assert found.steps[0].differences == ("consent DE/OFFICE:licence: the reasons came out otherwise",)


def test_a_case_that_is_not_there_has_no_replay(record: Installation, shelf: Shelf) -> None:
    """Nothing comes out of nothing."""
    with at(record, FILED) as store:
        assert replay(store, "0000-0000", loads=Loads(store, shelf)) is None


@pytest.mark.parametrize(("stream", "name"), [("case", "party.1"), ("facts", "file.1"), ("facts", "file.2")])
def test_what_was_erased_is_not_computed_again(
    record: Installation, filed: str, shelf: Shelf, stream: str, name: str
) -> None:
    """Without the words it rests on, a step stands as recorded, and says which entry erased them: neither same nor other."""
    erase(record, f"case/{filed}" if stream == "case" else stream, 1, name, by=99)
    found = replayed(record, filed, shelf)
    assert found.status == "not_recomputable"
    assert [(step.status, step.erased_by) for step in found.steps] == [("not_recomputable", 99)]


def test_erased_facts_answer_nothing_and_say_what_to_do(record: Installation, shelf: Shelf) -> None:
    """Facts in force that were erased are no facts: whoever asks is told by which entry, and to load again."""
    erase(record, "facts", 1, "file.1", by=99)
    with at(record, FOUNDED + 2 * DAY) as store, pytest.raises(InputError) as refused:
        Loads(store, shelf).now()
    assert "was erased by entry 99; load the workspace again" in str(refused.value)


def test_erased_facts_stop_no_later_load(record: Installation, tmp_path: Path, shelf: Shelf) -> None:
    """Facts can be loaded again after those before were erased; how many came and went can then not be told."""
    erase(record, "facts", 1, "file.1", by=99)
    with at(record, FOUNDED + 2 * DAY) as store:
        done = load(store, find(lamps(tmp_path / "ws"), year=2026), person="ada", salt=salt)
        assert (done.facts.state, done.added, done.withdrawn) == ("loaded", None, None)
        assert Loads(store, shelf).now().facts == 2


def test_words_of_an_earlier_round_do_not_stop_a_later_one(
    record: Installation, filed: str, shelf: Shelf
) -> None:
    """The value of an earlier round may be erased, and the later round still comes out as it was judged."""
    with desk_at(record, FILED + DAY) as desk:
        fields: dict[str, Salted] = desk.fields(filed, "eve")
        more = Lot("", Decimal(2), None, "2400 EUR")
        later = amended(fields, Wanted(), first=more, token=Desk.token)
        desk.do(desk.amending(case=filed, fields=later, person="eve"))
    erase(record, f"case/{filed}", 1, "item.1", by=99)
    found = replayed(record, filed, shelf)
    assert found.steps[0].status == "not_recomputable"
    assert len(found.steps) > 1
    assert {step.status for step in found.steps[1:]} == {"same"}

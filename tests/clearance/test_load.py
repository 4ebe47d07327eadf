"""Loading a workspace into a record: all or nothing, guarded, and asked again as on the day it was loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import FACTS, FOUNDED, PACK, PROCEDURES, RULES, at, founded, lamps, salt

from lastword.cases.acts import Confirm
from lastword.cases.loadevents import FactsLoaded, FactsState, RulesState
from lastword.cases.refusal import ActRefused
from lastword.clearance.desk import Desk
from lastword.clearance.digests import fact_lines, facts_root
from lastword.clearance.found import find
from lastword.clearance.library import (
    NotKeptError,
    Shelf,
    archive,
    digest,
    files_of,
    rule_files,
    rules_digest_of,
)
from lastword.clearance.load import Loading, load
from lastword.clearance.loaded import Loads
from lastword.errors import InputError
from lastword.facts.question import Question
from lastword.files.packdigest import digest_of
from lastword.store.installation import Installation
from lastword.store.store import Store
from lastword.workspace import Workspace, shipped

DAY = timedelta(days=1)
MORE = FACTS + "  spare: {name: Spare}\n"
LESS = FACTS.replace('  torch: {name: {en: Torch, de: Fackel}, kind: commodity, origin: "DE"}\n', "")


@pytest.fixture(autouse=True)
def nothing_opened_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a new process does: no pack is open."""
    monkeypatch.setattr("lastword.clearance.loaded._BOOKS", {})


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return an empty shelf for packs."""
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def record(tmp_path: Path) -> Installation:
    """Return a practice record in which one officer may load."""
    return founded(tmp_path)


@pytest.fixture
def store(record: Installation) -> Iterator[Store]:
    """Return its store, a day after the foundation."""
    with at(record, FOUNDED + DAY) as store:
        yield store


def loaded(store: Store, root: Path, person: str = "ada", **more: Any) -> Loading:
    """Load a workspace."""
    return load(store, find(root, year=2026), person=person, salt=salt, **more)


def question(thing: str, day: date = date(2026, 1, 20)) -> Question:
    """Ask whether a thing may go to India."""
    return Question(thing=thing, act="export", from_="DE", to="IN", as_of=day, known=day, end_use="civil")


def states(done: Loading) -> list[str]:
    """Return what became of facts, rules, calendars and roster."""
    return [part.state for part in done.parts.values()]


def test_a_load_writes_facts_rules_and_calendars_in_one_step(store: Store, tmp_path: Path) -> None:
    """One load is one entry for the facts, one for the packs and one for the calendars that procedures count by."""
    before = store.settle()
    done = loaded(store, lamps(tmp_path / "ws"))
    assert states(done) == ["loaded", "loaded", "loaded", "same"]
    assert (done.count, done.added, done.withdrawn, done.packs) == (6, 6, 0, 1)
    assert store.settle() == before + 3
    assert store.state("calendar").all["de"].zone == "Europe/Berlin"


def test_what_is_loaded_answers_as_the_files_do(store: Store, tmp_path: Path, shelf: Shelf) -> None:
    """The same question to the record and to the folder gives the same answer, to the last letter."""
    root = lamps(tmp_path / "ws")
    loaded(store, root)
    now = Loads(store, shelf).now()
    files = Workspace.open(root)
    for thing in ("lamp", "torch"):
        assert now.workspace.ask(question(thing)).to_json() == files.ask(question(thing)).to_json()
    assert [one.id for one in now.procedures] == ["lamps"]


def test_the_files_are_gone_and_the_record_answers(store: Store, tmp_path: Path, shelf: Shelf) -> None:
    """What was loaded does not depend on the folder it came from."""
    root = lamps(tmp_path / "ws")
    loaded(store, root)
    expected = Workspace.open(root).ask(question("lamp")).outcome
    for path in sorted(root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert Loads(store, shelf).now().workspace.ask(question("lamp")).outcome == expected == "consent"


def test_the_same_again_writes_nothing(store: Store, tmp_path: Path) -> None:
    """A load of what is loaded is no entry."""
    root = lamps(tmp_path / "ws")
    loaded(store, root)
    before = store.settle()
    assert states(loaded(store, root)) == ["same"] * 4
    assert store.settle() == before


def test_a_load_says_how_many_facts_came_and_went(store: Store, tmp_path: Path, shelf: Shelf) -> None:
    """A fact that is no longer in the workspace is withdrawn from now on."""
    loaded(store, lamps(tmp_path / "ws"))
    done = loaded(store, lamps(tmp_path / "ws", facts=LESS))
    assert (done.added, done.withdrawn, done.rules.state) == (0, 2, "same")
    with pytest.raises(InputError, match="there is no thing `torch`"):
        Loads(store, shelf).now().workspace.ask(question("torch"))


def test_a_comment_is_another_load_with_the_same_facts(store: Store, tmp_path: Path) -> None:
    """The files are kept as they are; what is counted is what they say."""
    loaded(store, lamps(tmp_path / "ws"))
    done = loaded(store, lamps(tmp_path / "ws", facts=FACTS + "# a remark\n"))
    assert (done.facts.state, done.added, done.withdrawn) == ("loaded", 0, 0)


def test_nothing_is_written_if_anything_is_wrong(store: Store, tmp_path: Path) -> None:
    """Faults in facts, packs, procedures and roster are all told at once, each with its line, and nothing is loaded."""
    root = lamps(
        tmp_path / "ws",
        facts=FACTS.replace("commodity", "commodty", 1),
        procedures=PROCEDURES.replace("role: decide", "role: decides"),
    )
    (root / "roster.yaml").write_text("persons: {ada: {nam: Ada}}\n")
    before = store.settle()
    with pytest.raises(InputError) as refused:
        loaded(store, root)
    told = str(refused.value)
    assert "facts/lamps.yaml:5" in told
    assert "roster.yaml:1" in told
    assert store.settle() == before


def test_faults_in_procedures_are_told(tmp_path: Path) -> None:
    """A procedure that cannot be carried out is not loaded."""
    root = lamps(tmp_path / "ws", procedures=PROCEDURES.replace("role: decide", "role: decides"))
    with pytest.raises(InputError, match=r"own/procedures\.yaml:\d+"):
        find(root, year=2026)


def test_a_table_that_would_not_be_kept_is_refused(tmp_path: Path) -> None:
    """Facts may not rest on files of another kind than those that are kept."""
    root = lamps(tmp_path / "ws", facts=FACTS + "lists: [{file: parts.txt, product: lamp}]\n")
    (root / "facts" / "parts.txt").write_text("id,name,parent,quantity\nbulb,Bulb,lamp,1\n")
    with pytest.raises(InputError, match=r"parts\.txt"):
        find(root, year=2026)


# -- who may -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["cem", "eve", "lou", "nobody"])
def test_only_officers_whom_the_constitution_names_may_load(
    store: Store, tmp_path: Path, person: str
) -> None:
    """Who does not hold the office that guards facts and rules loads neither, and nothing is written."""
    before = store.settle()
    with pytest.raises(ActRefused) as refused:
        loaded(store, lamps(tmp_path / "ws"), person)
    assert refused.value.code == "not_seated"
    assert store.settle() == before


@pytest.fixture
def guarded_store(tmp_path: Path) -> Iterator[Store]:
    """Return the store of a record in which two officers load together."""
    with at(founded(tmp_path, needs=2), FOUNDED + DAY) as store:
        yield store


def test_where_two_are_needed_the_second_loads_the_same(
    guarded_store: Store, tmp_path: Path, shelf: Shelf
) -> None:
    """The first load waits; the second one, by another officer and of the same files, carries it out."""
    root = lamps(tmp_path / "ws")
    first = loaded(guarded_store, root, "ada")
    assert states(first)[:2] == ["waits", "waits"]
    with pytest.raises(ActRefused) as nothing:
        Loads(guarded_store, shelf).now()
    assert nothing.value.code == "nothing_loaded"
    second = loaded(guarded_store, root, "ben")
    assert states(second)[:2] == ["loaded", "loaded"]
    state: FactsState = guarded_store.state("facts")
    assert state.last.by == ("ada", "ben")
    assert Loads(guarded_store, shelf).now().facts == 1


def test_nobody_confirms_the_own_load(guarded_store: Store, tmp_path: Path) -> None:
    """One officer who loads twice is still one."""
    root = lamps(tmp_path / "ws")
    loaded(guarded_store, root, "ada")
    with pytest.raises(ActRefused) as refused:
        loaded(guarded_store, root, "ada")
    assert refused.value.code == "already"


def test_different_files_are_never_added_up(guarded_store: Store, tmp_path: Path) -> None:
    """Two officers who load different facts have each put forward their own."""
    loaded(guarded_store, lamps(tmp_path / "ws"), "ada", only=frozenset({"facts"}))
    other = loaded(guarded_store, lamps(tmp_path / "ws", facts=MORE), "ben", only=frozenset({"facts"}))
    assert other.facts.state == "waits"
    assert guarded_store.state("facts") is None


def test_a_load_that_was_carried_out_lets_nobody_through_again(guarded_store: Store, tmp_path: Path) -> None:
    """To go back to facts that were loaded earlier needs two officers again."""
    ws = tmp_path / "ws"
    for person in ("ada", "ben"):
        loaded(guarded_store, lamps(ws), person)
    for person in ("ada", "ben"):
        loaded(guarded_store, lamps(ws, facts=MORE), person)
    back = loaded(guarded_store, lamps(ws), "ada")
    assert back.facts.state == "waits"
    assert guarded_store.state("facts").no == 2


def test_a_load_that_was_confirmed_is_done_once(tmp_path: Path) -> None:
    """Confirmed instead of loaded by the second officer, it waits to be done, is done once, and then needs two again."""
    made = founded(tmp_path, needs=2)
    ws = tmp_path / "ws"
    only = frozenset({"facts"})
    with at(made, FOUNDED + DAY) as store:
        waiting = loaded(store, lamps(ws), "ada", only=only)
    with Desk.open(made.folder, at=FOUNDED + DAY) as desk:
        desk.do(Confirm(person="ben", proposal=waiting.facts.proposal))
    with at(made, FOUNDED + DAY) as store:
        assert store.state("facts") is None
        assert loaded(store, lamps(ws), "ada", only=only).facts.state == "loaded"
        for person in ("ada", "ben"):
            loaded(store, lamps(ws, facts=MORE), person, only=only)
        assert loaded(store, lamps(ws), "ada", only=only).facts.state == "waits"


def test_a_part_can_be_loaded_alone(store: Store, tmp_path: Path) -> None:
    """Who keeps the rules need not be who keeps the facts."""
    root = lamps(tmp_path / "ws")
    done = loaded(store, root, only=frozenset({"rules"}))
    assert states(done) == ["same", "loaded", "same", "same"]
    assert store.state("facts") is None


def test_facts_that_do_not_go_with_the_rules_in_force_are_refused(store: Store, tmp_path: Path) -> None:
    """Facts that use a word of a pack that is not in use cannot be put in force without it."""
    ws = tmp_path / "ws"
    loaded(store, lamps(ws))
    lamps(ws, facts=FACTS.replace('origin: "DE"}', 'origin: "DE", bright: true}', 1))
    pack = ws / "packs" / "own" / "pack.yaml"
    pack.write_text(PACK + "fields: {bright: {kind: yes-no, en: bright, de: hell}}\n", encoding="utf-8")
    before = store.settle()
    with pytest.raises(InputError, match="bright"):
        loaded(store, ws, only=frozenset({"facts"}))
    assert store.settle() == before
    assert states(loaded(store, ws))[:2] == ["loaded", "loaded"]


def test_rules_that_do_not_go_with_the_facts_in_force_are_refused(store: Store, tmp_path: Path) -> None:
    """Rules without a word that the facts use cannot be put in force without other facts."""
    ws = tmp_path / "ws"
    lamps(ws, facts=FACTS.replace('origin: "DE"}', 'origin: "DE", bright: true}', 1))
    pack = ws / "packs" / "own" / "pack.yaml"
    pack.write_text(PACK + "fields: {bright: {kind: yes-no, en: bright, de: hell}}\n", encoding="utf-8")
    loaded(store, ws)
    before = store.settle()
    with pytest.raises(InputError, match="bright"):
        loaded(store, lamps(ws), only=frozenset({"rules"}))
    assert store.settle() == before


# -- two times -----------------------------------------------------------------------------------------------


def test_what_was_known_on_a_day_is_what_was_loaded_at_its_end(
    record: Installation, tmp_path: Path, shelf: Shelf
) -> None:
    """A question about an earlier day gets what was in force at the end of it, not what was loaded since."""
    ws = tmp_path / "ws"
    with at(record, FOUNDED + DAY) as store:
        loaded(store, lamps(ws))
    with at(record, FOUNDED + 3 * DAY) as store:
        loaded(store, lamps(ws, facts=MORE, rules=RULES.replace("acts: [export]", "acts: [transit]")))
        loads = Loads(store, shelf)
        first = FOUNDED.date() + DAY
        known = [(one.facts, one.rules) for n in range(4) if (one := loads.known(first + n * DAY))]
        assert known == [(1, 1), (1, 1), (2, 2), (2, 2)]
        assert loads.known(first).workspace.ask(question("lamp")).outcome == "consent"
        assert loads.now().workspace.ask(question("lamp")).outcome == "free"
        with pytest.raises(InputError, match="nothing was loaded by the end of 2026-01-05"):
            loads.known(FOUNDED.date())


# -- what is kept --------------------------------------------------------------------------------------------


def test_the_entry_tells_no_fact(store: Store, tmp_path: Path) -> None:
    """What cannot be erased holds digests and numbers: no name of a file, a party or a thing."""
    loaded(store, lamps(tmp_path / "ws"))
    entry = store.entry("facts", 1)
    assert entry is not None
    kept = next(one for name, one in entry.disclosures.items() if name.startswith("kept:"))
    for word in ("lamp", "Acme", "toml", "torch"):
        assert word not in str(kept.value)
    event: FactsLoaded = entry.event
    assert set(entry.texts) == {"salt", *(f"file.{n}" for n in range(1, event.files + 1))}


def test_the_same_facts_have_another_root_in_another_load(store: Store, tmp_path: Path) -> None:
    """Roots are salted: nobody finds out by trying which facts are behind one."""
    loaded(store, lamps(tmp_path / "ws"))
    loaded(store, lamps(tmp_path / "ws", facts=FACTS + "# a remark\n"))
    first, second = (store.entry("facts", no) for no in (1, 2))
    assert first is not None
    assert second is not None
    assert first.event.root != second.event.root
    lines = fact_lines(Workspace.open(tmp_path / "ws").facts)
    assert second.event.root == facts_root(lines, second.texts["salt"])


def test_a_pack_is_kept_once(store: Store, tmp_path: Path) -> None:
    """An archive is named by its SHA-256, so that a pack that did not change is not kept again."""
    loaded(store, lamps(tmp_path / "ws"))
    state: RulesState = store.state("rules")
    (row,) = state.last.packs
    content = store.blob(row.archive)
    assert isinstance(content, bytes)
    assert digest(content) == row.archive
    assert "procedures.yaml" in files_of(content)


def test_a_pack_that_was_altered_on_the_shelf_is_laid_out_again(
    store: Store, tmp_path: Path, shelf: Shelf
) -> None:
    """Whoever writes into the cache changes no answer."""
    loaded(store, lamps(tmp_path / "ws"))
    Loads(store, shelf).now()
    (rules,) = shelf.folder.rglob("own.yaml")
    rules.write_text(rules.read_text(encoding="utf-8").replace("acts: [export]", "acts: [transit]"))
    assert Loads(store, shelf).now().workspace.ask(question("lamp")).outcome == "consent"


def test_a_pack_whose_archive_is_another_is_not_used(store: Store, tmp_path: Path, shelf: Shelf) -> None:
    """What is in the store under a pack's digest must have that digest."""
    loaded(store, lamps(tmp_path / "ws"))
    (row,) = store.state("rules").last.packs
    with pytest.raises(NotKeptError, match="is damaged"):
        shelf.pack(row, lambda: archive({"pack.yaml": b"id: own\n"}))
    assert not list(shelf.folder.rglob("pack.yaml"))


def test_the_digest_of_a_pack_is_that_of_its_files_as_they_are_kept() -> None:
    """What is kept of each pack that comes with Lastword has the digest that answers name."""
    for folder in shipped().values():
        assert rules_digest_of(rule_files(folder)) == digest_of(folder)


@pytest.mark.parametrize("path", ["../out", "/etc/out", "a/../../out", "", "a\\b", "a\0b"])
def test_no_file_of_an_archive_leaves_its_folder(path: str) -> None:
    """A path that leads elsewhere is refused, however it is written."""
    with pytest.raises(NotKeptError):
        files_of(archive({path: b""}))


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-zäöü]{1,8}){0,2}\.ya?ml", fullmatch=True), st.binary(max_size=64)
    )
)
def test_an_archive_gives_back_every_file(files: dict[str, bytes]) -> None:
    """Texts and other bytes alike come back as they were, and in one way only."""
    content = archive(files)
    assert files_of(content) == files
    assert archive(dict(reversed(files.items()))) == content


# -- the roster ----------------------------------------------------------------------------------------------


def test_the_roster_of_the_workspace_is_changed_with_it(store: Store, tmp_path: Path) -> None:
    """Persons and offices that are new in roster.yaml come into the roster; those already there are left alone."""
    root = lamps(tmp_path / "ws")
    (root / "roster.yaml").write_text(
        "offices: {keepers: {authority: DE/OFFICE}, readers: {authority: DE/OFFICE}}\n"
        "persons: {ben: {name: Ben}, dan: {name: Dan}}\n"
        "officers: [{office: keepers, person: ben, since: 2026-01-01}, {office: readers, person: dan, since: 2026-02-01}]\n"
    )
    done = loaded(store, root)
    assert done.roster.state == "loaded"
    roster = store.state("roster")
    assert "dan" in roster.persons
    assert [one.person for one in roster.officers if one.office == "readers"] == ["dan"]
    assert states(loaded(store, root)) == ["same"] * 4

"""Erasing a text: it is gone wherever it lay, an entry says so, and no backup brings it back."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from lampcase import CANARY, DECIDED, FOR_APPLICANT, LampCase, lamp_case
from standbys import Pair
from stores import Place, declare, grep

from lastword.cases.acts import Amend
from lastword.cases.constitution import Constitution, Guard
from lastword.cases.refusal import ActRefused
from lastword.cases.world import Written
from lastword.clearance.desk import Desk
from lastword.clearance.filing import Lot, Wanted, amended
from lastword.errors import Where
from lastword.record.logevents import ConstitutionChanged, Keys
from lastword.record.note import Note
from lastword.record.policy import Policy
from lastword.record.verify import verify
from lastword.store.export import export
from lastword.store.moving import use
from lastword.store.reading import Erased
from lastword.store.redaction import Redaction, RedactText, apply_again, lists_of, note, noted, redact
from lastword.store.refusal import DamagedError, RecordBehindAnchorError
from lastword.store.scrub import check
from lastword.store.store import Store
from lastword.store.streamindexing import stream_secret

pytest_plugins = ("places", "pair")


@pytest.fixture
def lamp(tmp_path: Path) -> LampCase:
    """Return a record with a case whose file holds the canary."""
    return lamp_case(tmp_path)


def erase(
    store: Store, lamp: LampCase, index: int, field: str = "for_file", person: str = "ada"
) -> Redaction:
    """Erase a text of the case."""
    act = RedactText(person=person, index=index, field=field, ground="gdpr-17")
    return redact(store, act, lists_of(lamp.made.folder, lamp.made.private))


def decision(store: Store, lamp: LampCase) -> int:
    """Return the entry of the decision, whose reasons for the file are the canary."""
    return next(one.index for one in store.entries(f"case/{lamp.case}") if "for_file" in one.texts)


def test_an_erased_text_is_gone_and_the_entry_stays_valid(lamp: LampCase) -> None:
    """The text is replaced by the number of the entry that says so; the signed entry, its proofs and all states stay."""
    with lamp.open() as store:
        index = decision(store, lamp)
        before = store.entry_at(index)
        case = store.state(f"case/{lamp.case}")
        done = erase(store, lamp, index)
        after = store.entry_at(index)
        assert before is not None
        assert after is not None
        assert before.texts["for_file"] == CANARY
        assert after.texts == {"for_file": Erased(done.entries[0]), "for_applicant": FOR_APPLICANT}
        assert after.body == before.body
        assert store.state(f"case/{lamp.case}") == case
        said = store.entry_at(done.entries[0])
        assert said is not None
        assert (said.event.index, said.event.ground, said.event.by) == (index, "gdpr-17", ("ada",))
        assert CANARY not in repr(said)
        assert check(store.database, store.vault, store.anchor).faults == ()


def test_the_text_stands_in_no_file_and_its_key_neither(lamp: LampCase) -> None:
    """In clear it never stood in any file, not even before; of its key no byte is left in the vault's files."""
    assert grep(lamp.made.folder, CANARY.encode()) == []
    assert grep(lamp.made.private, CANARY.encode()) == []
    with lamp.open() as store:
        index = decision(store, lamp)
        entry = store.entry_at(index)
        assert entry is not None
        digest = entry.disclosures["for_file"].digest
        key = store.vault.key(digest)
        assert key is not None
        assert grep(lamp.made.private, key) != []
        erase(store, lamp, index)
        assert store.vault.key(digest) is None
        assert grep(lamp.made.private, key) == []
        assert grep(lamp.made.folder, key) == []
    assert grep(lamp.made.private, key) == []


def test_old_backups_of_database_and_vault_do_not_bring_it_back(lamp: LampCase, tmp_path: Path) -> None:
    """Both are put back as they were before: at the next start the text is erased again, and its key destroyed again."""
    backup = tmp_path / "backup"
    shutil.copytree(lamp.made.folder, backup)
    with lamp.open() as store:
        index = decision(store, lamp)
        entry = store.entry_at(index)
        assert entry is not None
        digest = entry.disclosures["for_file"].digest
        key = store.vault.key(digest)
        assert key is not None
        erase(store, lamp, index)
    shutil.rmtree(lamp.made.folder)
    shutil.copytree(backup, lamp.made.folder)
    with sqlite3.connect(lamp.made.private / "vault.db") as database:
        database.execute("INSERT INTO vault_key VALUES (?, ?)", (digest, key))
    database.close()
    with lamp.open() as store:
        assert isinstance(store.read_only, RecordBehindAnchorError)
        assert isinstance(store.text(f"case/{lamp.case}", entry.no, "for_file"), Erased)
        assert store.vault.key(digest) is None
    assert grep(lamp.made.private, key) == []


def test_the_record_alone_is_enough_to_erase_again(lamp: LampCase) -> None:
    """If the lists are lost too, the entries that say what was erased do it; and the lists are written anew."""
    import sqlite3

    with lamp.open() as store:
        index = decision(store, lamp)
        entry = store.entry_at(index)
        assert entry is not None
        digest = entry.disclosures["for_file"].digest
        key = store.vault.key(digest)
        erase(store, lamp, index)
    for path in lists_of(lamp.made.folder, lamp.made.private):
        assert digest in noted(path)
        path.unlink()
    with sqlite3.connect(lamp.made.private / "vault.db") as database:
        database.execute("INSERT INTO vault_key VALUES (?, ?)", (digest, key))
    database.close()
    with lamp.open() as store:
        assert store.vault.key(digest) is None
        assert all(digest in noted(path) for path in lists_of(lamp.made.folder, lamp.made.private))
        assert apply_again(store.database, store.vault, lists_of(lamp.made.folder, lamp.made.private)) == 0


def test_a_field_is_erased_in_every_round_at_once(tmp_path: Path) -> None:
    """A field that stands unchanged in several rounds of a request is one text: erasing it in one place erases it in all."""
    lamp = lamp_case(tmp_path, use=False, decide=False)
    with Desk.open(lamp.made.folder, at=DECIDED) as desk:
        fields = amended(
            desk.fields(lamp.case, "eve"), Wanted(to="JP"), first=Lot("lamp", None, None), token=Desk.token
        )
        act = desk.amending(case=lamp.case, fields=fields, person="eve")
        assert isinstance(act, Amend)
        desk.do(act)
    with lamp.open() as store:
        rounds = [one for one in store.entries(f"case/{lamp.case}") if "end_use_text" in one.texts]
        assert len(rounds) == 2
        done = erase(store, lamp, rounds[1].index, "end_use_text")
        assert done.places == (rounds[0].index, rounds[1].index)
        for one, by in zip(rounds, done.entries, strict=True):
            assert store.text(f"case/{lamp.case}", one.no, "end_use_text") == Erased(by)
        assert check(store.database, store.vault, store.anchor).faults == ()


def test_what_cannot_be_erased_is_refused(lamp: LampCase) -> None:
    """A kept part, no such text, a text erased already, a ground in free words, or a person of another office."""
    with lamp.open() as store:
        index = decision(store, lamp)
        kept = next(name for name in store.entry_at(index).audiences if name.startswith("kept:"))  # type: ignore[union-attr]
        for field, person, code in (
            (kept, "ada", "kept"),
            ("nothing", "ada", "no_such_text"),
            ("for_file", "lou", "not_seated"),
            ("for_file", "nobody", "not_seated"),
        ):
            with pytest.raises(ActRefused) as refused:
                erase(store, lamp, index, field, person)
            assert refused.value.code == code
        with pytest.raises(ActRefused, match="is no code of a ground"):
            redact(
                store,
                RedactText(person="ada", index=index, field="for_file", ground="because of Eve Müller"),
                (),
            )
        erase(store, lamp, index)
        with pytest.raises(ActRefused, match=r"was erased by entry \d+"):
            erase(store, lamp, index)


def test_two_officers_where_the_constitution_asks_for_two(lamp: LampCase) -> None:
    """The first puts it forward and nothing is erased; the second, asking for the same, does it."""
    with lamp.open() as store:
        keys: Keys = store.state("keys")
        guards = {**keys.constitution.guards, "redact": Guard("keepers", 2)}
        store.submit(
            lambda writing: writing.append(
                Written("keys", ConstitutionChanged(Constitution(guards)), audience="public")
            )
        )
        index = decision(store, lamp)
        first = erase(store, lamp, index)
        assert first.proposal
        assert store.entry_at(index).texts["for_file"] == CANARY  # type: ignore[union-attr]
        with pytest.raises(ActRefused, match="already"):
            erase(store, lamp, index)
        second = erase(store, lamp, index, person="ben")
        assert second.entries
        assert store.entry_at(second.entries[0]).event.by == ("ada", "ben")  # type: ignore[union-attr]


def test_bundles_that_hold_the_text_are_named(lamp: LampCase) -> None:
    """What was handed out cannot be recalled: the erasure says to whom. Bundles of later say that it was erased."""
    secret = stream_secret(lamp.made.private)
    with lamp.open() as store:
        export(store, lamp.case, by="lou", to="auditor", secret=secret)
        export(store, lamp.case, by="lou", to="applicant", secret=secret)
        done = erase(store, lamp, decision(store, lamp))
        assert [(one.reader, one.by) for one in done.handed_out] == [("auditor", "lou")]
        later = export(store, lamp.case, by="lou", to="auditor", secret=secret)
        assert later.erased == 1
        policy = Policy.read(f"log {store.state('keys').log_key}\nquorum none\n".encode(), Where("policy"))
        verdict = verify(later.content, policy)
        assert verdict.claims is not None
        (shown,) = [one for one in verdict.claims.entries if one.erased]
        assert list(shown.erased.values()) == [done.entries[0]]
        assert CANARY.encode() not in later.content
        assert Note.read(store.head().note, Where("head")).text  # type: ignore[union-attr]


def test_a_crash_after_the_entry_is_mended_at_the_next_start(
    lamp: LampCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is committed, but the key could not be destroyed: the next start does it."""
    with lamp.open() as store:
        index = decision(store, lamp)
        entry = store.entry_at(index)
        assert entry is not None
        digest = entry.disclosures["for_file"].digest

        def broken(_digests: object) -> None:
            raise OSError(28, "no space left on device")

        monkeypatch.setattr(store.vault, "forget", broken)
        with pytest.raises(OSError, match="no space"):
            erase(store, lamp, index)
        assert store.vault.key(digest) is not None
    with lamp.open() as store:
        assert store.vault.key(digest) is None
        assert isinstance(store.text(f"case/{lamp.case}", entry.no, "for_file"), Erased)


def test_a_list_that_is_damaged_stops_the_start(tmp_path: Path) -> None:
    """A list of erasures that cannot be believed is told; only a last line that was not written whole is passed over."""
    path = tmp_path / "redacted"
    note(path, {"d" * 43: 7})
    note(path, {"d" * 43: 7, "e" * 43: 8})
    with path.open("a") as file:
        file.write('["half')
    assert noted(path) == {"d" * 43: 7, "e" * 43: 8}
    path.write_text("nonsense\n")
    with pytest.raises(DamagedError, match="is damaged"):
        noted(path)


def test_a_text_is_never_in_clear_in_a_database_of_either_kind(
    place: Place, request: pytest.FixtureRequest
) -> None:
    """Not in the tables, not in a write-ahead log: neither SQLite's files nor PostgreSQL's data folder hold it."""
    store = place.open()
    store.submit(declare("m1", text=CANARY))
    assert store.text("moratoria", 1, "text") == CANARY
    folders = [place.folder, place.private]
    if place.backend == "postgresql":
        server = request.getfixturevalue("postgresql")
        import psycopg

        with psycopg.connect(server.address("postgres"), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        folders.append(server.folder / "data")
    for folder in folders:
        assert grep(folder, CANARY.encode()) == []
    act = RedactText(person="anna", index=2, field="text", ground="gdpr-17")
    done = redact(store, act, lists_of(place.folder, place.private))
    assert store.text("moratoria", 1, "text") == Erased(done.entries[0])
    assert check(store.database, store.vault, store.anchor).faults == ()
    assert store.state("moratoria").all["m1"]


def test_a_text_is_gone_on_primary_and_standby(pair: Pair) -> None:
    """Both servers, their tables and logs, hold ciphertext alone; when the vault forgot the key, nothing anywhere opens it."""
    store = pair.place.open()
    store.submit(declare("m1", text=CANARY))
    entry = store.entry("moratoria", 1)
    assert entry is not None
    key = store.vault.key(entry.disclosures["text"].digest)
    assert key is not None
    act = RedactText(person="anna", index=entry.index, field="text", ground="gdpr-17")
    redact(store, act, lists_of(pair.place.folder, pair.place.private))
    for server in (pair.primary, pair.standby):
        for needle in (CANARY.encode(), key):
            assert grep(server.data, needle) == []
    for folder in (pair.place.folder, pair.place.private):
        assert grep(folder, key) == []
    place = pair.place
    place.close()
    pair.fail_over()
    use(place.installation, pair.standby.address(pair.name))
    after = place.open()
    assert isinstance(after.text("moratoria", 1, "text"), Erased)

"""The vault: what may be erased lies sealed in the record, its key elsewhere."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from stores import Place, breaking, check_all, declare, grep

from lastword.store import schema as t
from lastword.store.reading import Erased
from lastword.store.refusal import DamagedError, NotWrittenError
from lastword.store.store import Store
from lastword.store.vault import seal, unseal
from lastword.store.writing import Writing

pytest_plugins = ("places",)
WORDS = "Frau Beispiel aus Musterstadt"


def erase(store: Store, index: int, name: str) -> None:
    """Do what an erasure does to the tables and the vault, apart from its own entry."""
    entry = store.entry_at(index)
    assert entry is not None
    disclosure = t.disclosure
    statement = (
        sa.update(disclosure)
        .where(disclosure.c.idx == sa.bindparam("of"), disclosure.c.name == sa.bindparam("named"))
        .values(sealed=sa.null(), erased_by=sa.bindparam("by"))
    )

    def work(writing: Writing) -> None:
        by = declare("instead")(writing)
        writing.run(statement, [{"of": index, "named": name, "by": by}])

    digest = entry.disclosures[name].digest
    store.submit(work)
    store.vault.forget([digest])
    store.database.scrub("disclosure")


def test_no_text_that_may_be_erased_stands_in_the_records_files(sqlite_place: Place) -> None:
    """Of an erasable text the record's files hold only ciphertext, neither the words nor their base64."""
    store = sqlite_place.open()
    store.submit(declare("m1", text=WORDS))
    entry = store.entry_at(2)
    assert entry is not None
    coded = entry.disclosures["text"].text.encode()
    sqlite_place.close()
    for needle in (WORDS.encode(), coded, coded[60:]):
        assert grep(sqlite_place.folder, needle) == []
        assert grep(sqlite_place.private, needle) == []


def test_a_text_whose_key_was_destroyed_is_gone(place: Place) -> None:
    """Once erased, a text cannot be read, the entry that says so is named, and all proofs hold as before."""
    store = place.open()
    store.submit(declare("m1", text=WORDS))
    erase(store, 2, "text")
    assert store.text("moratoria", 1, "text") == Erased(3)
    entry = store.entry_at(2)
    assert entry is not None
    assert entry.texts == {"text": Erased(3)}
    assert check_all(store) == 4


def test_a_destroyed_key_is_on_no_disk(sqlite_place: Place) -> None:
    """Of a key that was destroyed no byte is left in the vault's files."""
    store = sqlite_place.open()
    store.submit(declare("m1", text=WORDS))
    entry = store.entry_at(2)
    assert entry is not None
    key = store.vault.key(entry.disclosures["text"].digest)
    assert key is not None
    assert grep(sqlite_place.private, key) != []
    erase(store, 2, "text")
    assert grep(sqlite_place.private, key) == []
    sqlite_place.close()
    assert grep(sqlite_place.private, key) == []


def test_a_text_without_its_key_is_an_error_not_an_erasure(place: Place) -> None:
    """A lost vault is no erasure: nobody may take a text for erased that no entry says is."""
    store = place.open()
    store.submit(declare("m1", text=WORDS))
    store.vault.forget(store.vault.digests())
    with pytest.raises(DamagedError, match="bring back the vault"):
        store.text("moratoria", 1, "text")


def test_the_same_text_with_the_same_salt_has_one_key(place: Place) -> None:
    """What has a key keeps it, so that one erasure erases every copy."""
    store = place.open()
    first = store.vault.new_keys(["d"])
    assert store.vault.new_keys(["d", "e"])["d"] == first["d"]
    assert store.vault.key("e") != first["d"]


def test_orphaned_keys_are_swept_and_no_others(place: Place) -> None:
    """Keys of entries that never came are destroyed; those of entries and blobs stay."""
    store = place.open()
    store.submit(declare("m1", text=WORDS))
    store.submit(lambda writing: writing.keep("blob", b"secret", sealed=True))
    breaking(store.database, "commit", after=False)
    with pytest.raises(NotWrittenError):
        store.submit(declare("m2", text="never"))
    assert store.sweep() == 1
    assert store.sweep() == 0
    assert store.text("moratoria", 1, "text") == WORDS
    assert store.blob("blob") == b"secret"


def test_a_sealed_text_is_bound_to_its_place() -> None:
    """Ciphertext moved under another digest, or changed in one bit, opens to nothing."""
    key = bytes(32)
    sealed = seal(key, b"words", "d1")
    assert unseal(key, sealed, "d1") == b"words"
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:5], b""):
        with pytest.raises(DamagedError):
            unseal(key, wrong, "d1")
    with pytest.raises(DamagedError):
        unseal(key, sealed, "d2")

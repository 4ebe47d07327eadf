"""New keys: an entry of the old key names the new one, which alone counts from then on."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from lampcase import LampCase, lamp_case
from stores import Place, breaking, declare

from lastword.cases.refusal import ActRefused
from lastword.errors import Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.entry import Entry
from lastword.record.policy import Policy
from lastword.record.verdict import Outcome
from lastword.record.verify import verify
from lastword.store.export import export
from lastword.store.reading import Head
from lastword.store.refusal import (
    DamagedError,
    NotAcknowledgedError,
    NotWrittenError,
    ReadOnlyError,
    StoreError,
)
from lastword.store.rotation import FILES, RotateKey, Which, read_keys, rotate
from lastword.store.scrub import check
from lastword.store.streamindexing import stream_secret
from lastword.store.writer import HeadSigner, check_head

pytest_plugins = ("places",)
BOTH: tuple[Which, ...] = ("entry", "log")


@pytest.mark.parametrize("which", BOTH)
def test_writing_goes_on_under_the_new_key(place: Place, which: Which) -> None:
    """The store that rotated, and every start after it, sign with the new key; the whole record stays sound."""
    store = place.open()
    store.submit(declare("m1"))
    done = rotate(store, RotateKey(person="anna", which=which), place.private)
    store.submit(declare("m2"))
    place.close()
    store = place.open()
    assert store.read_only is None
    store.submit(declare("m3"))
    keys = store.state("keys")
    assert len(keys.entry_keys if which == "entry" else keys.log_keys) == 2
    assert done.from_size == (4 if which == "entry" else 5)
    assert check(store.database, store.vault, store.anchor).faults == ()
    entry = store.entry_at(4)
    assert entry is not None
    Entry.read(entry.body).check(base64.b64decode(keys.entry_key.key))


@pytest.mark.parametrize("which", BOTH)
def test_a_writer_with_the_old_key_can_write_no_more(place: Place, tmp_path: Path, which: Which) -> None:
    """Another process that was open, or somebody with a copy of the private folder, is refused: the record names other keys."""
    shutil.copytree(place.private, tmp_path / "stolen")
    other = place.open()
    other.submit(declare("m1"))
    store = place.open()
    rotate(store, RotateKey(person="anna", which=which), place.private)
    with pytest.raises(ReadOnlyError, match="not those that the record names"):
        other.submit(declare("m2"))
    name = FILES[which]
    shutil.copy(tmp_path / "stolen" / name, place.private / name)
    assert isinstance(place.open().read_only, ReadOnlyError)


def test_a_late_head_of_the_old_key_is_refused(place: Place) -> None:
    """DigiCert CT2 2020: after the change of keys nothing that the old one signs counts any more."""
    store = place.open()
    old, _entry = read_keys(place.private)
    rotate(store, RotateKey(person="anna", which="log"), place.private)
    store.submit(declare("m1"))
    head = store.head()
    assert head is not None
    note = HeadSigner(old).sign(Checkpoint(store.origin, head.size, head.root).text)
    with pytest.raises(DamagedError, match="not what the log's key signed"):
        check_head(Head(head.size, head.root, note, head.at), store.state("keys"))
    check_head(head, store.state("keys"))


def test_an_auditor_who_pinned_the_old_key_can_follow(tmp_path: Path) -> None:
    """The old key passed on to the new one: a bundle under the new key verifies with the old one in the policy."""
    lamp: LampCase = lamp_case(tmp_path)
    with lamp.open() as store:
        policy = Policy.read(f"log {store.state('keys').log_key}\nquorum none\n".encode(), Where("policy"))
        for which in BOTH:
            rotate(store, RotateKey(person="ada", which=which), lamp.made.private)
        content = export(
            store, lamp.case, by="lou", to="auditor", secret=stream_secret(lamp.made.private)
        ).content
        verdict = verify(content, policy)
        assert [one.name for one in verdict.checks if one.outcome is not Outcome.OK] == ["witnesses"]


@pytest.mark.parametrize("which", BOTH)
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_in_the_middle_is_finished_at_the_next_start(
    place: Place, which: Which, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the commit, the old key stays and the new one goes; after it, the new one takes its place."""
    store = place.open()
    if after:
        monkeypatch.setattr("lastword.store.rotation.finish_rotation", _crash)
    else:
        monkeypatch.setattr(store.database, "finish", _crash)
    with pytest.raises((OSError, NotWrittenError, NotAcknowledgedError)):
        rotate(store, RotateKey(person="anna", which=which), place.private)
    monkeypatch.undo()
    assert (place.private / f"{FILES[which]}.new").exists()
    place.close()
    store = place.open()
    assert store.read_only is None
    assert not (place.private / f"{FILES[which]}.new").exists()
    store.submit(declare("m1"))
    keys = store.state("keys")
    assert len(keys.log_keys) + len(keys.entry_keys) == (3 if after else 2)
    assert check(store.database, store.vault, store.anchor).faults == ()


def _crash(*_given: object) -> None:
    raise OSError(5, "broken")


def test_only_who_keeps_the_keys_may_change_them(place: Place) -> None:
    """Nobody else, and the refusal leaves no key behind."""
    store = place.open()
    with pytest.raises(ActRefused) as refused:
        rotate(store, RotateKey(person="bert", which="entry"), place.private)
    assert refused.value.code == "not_seated"
    assert sorted(one.name for one in place.private.iterdir() if one.name.endswith(".new")) == []


@pytest.mark.parametrize("which", BOTH)
def test_a_change_of_which_nobody_knows_keeps_the_new_key(
    place: Place, which: Which, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is committed, but the answer and the anchor's move are lost; asking again must not lose the key now in force."""
    store = place.open()
    breaking(store.anchor, "move", after=False, times=2)
    with pytest.raises(NotAcknowledgedError):
        rotate(store, RotateKey(person="anna", which=which), place.private)
    new = (place.private / f"{FILES[which]}.new").read_bytes()
    with pytest.raises(StoreError):
        rotate(store, RotateKey(person="anna", which=which), place.private)
    assert (place.private / f"{FILES[which]}.new").read_bytes() == new
    monkeypatch.undo()
    place.close()
    store = place.open()
    assert store.read_only is None
    assert (place.private / FILES[which]).read_bytes() == new
    store.submit(declare("m1"))
    assert check(store.database, store.vault, store.anchor).faults == ()

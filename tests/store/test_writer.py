"""The writer: acts in turns, each on the newest state, all of it or nothing."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from stores import NOON, Place, check_all, declare, lift, lifted_event, names

from lastword.cases.acts import RosterChange
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Salted
from lastword.cases.roster import Roster
from lastword.cases.rosterevents import RosterChanged
from lastword.cases.world import Written
from lastword.errors import InputError
from lastword.record.refusal import RecordError
from lastword.record.tree import check_consistency, check_inclusion, leaf_hash
from lastword.store.reading import Erased
from lastword.store.store import Store
from lastword.store.writing import Writing

pytest_plugins = ("places",)


def test_an_act_is_an_entry_a_state_and_a_signed_head(store: Store) -> None:
    """What an act writes can be read at once: the entry, the state it makes, and a head of one entry more."""
    before = store.head()
    assert before is not None
    done = store.submit(declare("m1"))
    head = store.head()
    assert head is not None
    assert (done.result, done.index, done.size, done.repeated) == (2, 2, 3, False)
    assert (before.size, head.size) == (2, 3)
    assert names(store) == {"m1"}
    entry = store.entry("moratoria", 1)
    assert entry is not None
    assert (entry.index, entry.kind, entry.at) == (2, "moratorium.declared", NOON)
    assert store.entry_at(2) == entry
    assert check_all(store) == 3


def test_entries_of_a_stream_link_back(store: Store) -> None:
    """Each entry of a stream names its number, and index and leaf hash of the entry before."""
    store.submit(declare("m1"))
    store.submit(lambda writing: writing.append(Written("roster", _renamed(writing.state("roster")))))
    store.submit(declare("m2"))
    first, second = store.entries("moratoria")
    part = second.disclosures["kept:applicant"].value
    assert isinstance(part, dict)
    assert part["no"] == 2
    assert part["prev"] == [first.index, base64.b64encode(leaf_hash(first.body)).decode()]


def test_an_act_that_fails_leaves_nothing(store: Store) -> None:
    """An act that wrote two entries and then failed wrote none, and its error is that of who asked."""

    def work(writing: Writing) -> None:
        declare("m1")(writing)
        declare("m2")(writing)
        writing.tell({"mail": "somebody"})
        raise ZeroDivisionError("a fault of the act")

    with pytest.raises(ZeroDivisionError, match="a fault of the act"):
        store.submit(work)
    assert names(store) == set()
    assert store.told() == ()
    assert check_all(store) == 2


def test_what_was_due_before_a_refused_act_stands(store: Store) -> None:
    """Time that had passed before a refused act is written, the act is not."""
    store.submit(declare("m1"))

    def work(writing: Writing) -> None:
        moratorium = writing.state("moratoria").all["m1"]
        due = Written("moratoria", lifted_event(moratorium, writing.now))
        raise ActRefused("too_late", "it is over", due=(due,))

    with pytest.raises(ActRefused, match="it is over"):
        store.submit(work)
    assert store.state("moratoria").all["m1"].lifted is not None
    assert check_all(store) == 4


def test_a_refusal_whose_due_cannot_be_written_is_an_error(store: Store) -> None:
    """If even what was due cannot be written, nobody is told that it stands."""

    def work(_writing: Writing) -> None:
        raise ActRefused("too_late", "it is over", due=(Written("moratoria", Roster()),))

    with pytest.raises(RecordError, match="no event of the stream"):
        store.submit(work)
    assert check_all(store) == 2


def test_acts_in_one_turn_see_each_other(store: Store) -> None:
    """Within an act, what it wrote is there; after it, for the next one too."""

    def work(writing: Writing) -> tuple[int, int, int]:
        assert writing.state("moratoria") is None
        declare("m1")(writing)
        assert writing.number("moratoria") == 1
        lift("m1")(writing)
        assert [name for name, _state in writing.states("mor")] == ["moratoria"]
        return writing.number("moratoria"), writing.index, len(writing.state("moratoria").all)

    assert store.submit(work).result == (2, 4, 1)
    assert check_all(store) == 4


def test_the_same_key_does_once(store: Store) -> None:
    """An act asked for twice under one key is done once, and the second asking has the first one's result."""
    first = store.submit(declare("m1"), key="k1", digest="d")
    second = store.submit(declare("m1"), key="k1", digest="d")
    assert (second.result, second.index, second.repeated) == (first.result, first.index, True)
    assert check_all(store) == 3


def test_the_same_key_for_another_act_is_refused(store: Store) -> None:
    """A key that was used says nothing about another act; it does not run, and nothing is repeated."""
    store.submit(declare("m1"), key="k1", digest="d")
    with pytest.raises(ActRefused) as refused:
        store.submit(declare("m2"), key="k1", digest="e")
    assert refused.value.code == "key_used"
    assert names(store) == {"m1"}


def test_a_refused_act_may_be_tried_again_with_its_key(store: Store) -> None:
    """A key is used up by an act that is done, not by one that was refused."""

    def refuse(_writing: Writing) -> None:
        raise ActRefused("held", "not now")

    with pytest.raises(ActRefused):
        store.submit(refuse, key="k1", digest="d")
    assert store.submit(declare("m1"), key="k1", digest="d").repeated is False


def test_a_result_can_be_had_again_as_what_it_was(store: Store) -> None:
    """With its type given, the result of a repeated act is the same value, not only the same data."""
    changed = RosterChange(end_officer=("board", "anna", NOON.date()))
    for repeated in (False, True):
        done = store.submit(lambda _writing: changed, key="k1", returns=RosterChange)
        assert (done.result, done.repeated) == (changed, repeated)


def test_a_result_that_cannot_be_kept_leaves_nothing(store: Store) -> None:
    """An act with a key whose result is no data fails whole: else its repetition could not answer."""

    def work(writing: Writing) -> Any:
        declare("m1")(writing)
        return object()

    with pytest.raises(TypeError):
        store.submit(work, key="k1")
    assert check_all(store) == 2


def test_an_act_that_only_looks_writes_nothing(store: Store) -> None:
    """An act without an event adds no entry and no head."""
    done = store.submit(lambda writing: sorted(writing.state("roster").persons))
    assert (done.result, done.index, done.size) == (["anna"], -1, 2)
    assert check_all(store) == 2


@pytest.mark.parametrize(
    "stream", ["nowhere", "case", "case/", "moratoria/x", "roster/y", "case/a\nb", "case/" + "x" * 300]
)
def test_a_stream_has_a_name_of_its_kind(store: Store, stream: str) -> None:
    """Only known kinds of streams are written to, each named as its kind is."""
    with pytest.raises((RecordError, InputError)):
        store.submit(lambda writing: writing.number(stream))


def test_an_event_belongs_to_its_stream(store: Store) -> None:
    """An event of the roster cannot stand in another stream."""
    with pytest.raises(RecordError, match="no event of the stream"):
        store.submit(lambda writing: writing.append(Written("moratoria", _renamed(Roster()))))
    assert check_all(store) == 2


def test_what_no_entry_can_hold_is_refused(store: Store) -> None:
    """Half of a surrogate pair is no text; nothing of the act is written."""
    with pytest.raises(InputError):
        store.submit(declare("m1", text="half \ud800"))
    assert check_all(store) == 2


def test_texts_are_read_back_by_stream_number_and_name(store: Store) -> None:
    """An erasable text is found where the state says it stands; where none stands, there is none."""
    store.submit(declare("m1", text="Wegen der Lage im Süden \N{PILE OF POO}"))
    assert store.text("moratoria", 1, "text") == "Wegen der Lage im Süden \N{PILE OF POO}"
    assert store.text("moratoria", 1, "other") is None
    assert store.text("moratoria", 2, "text") is None
    assert store.submit(lambda writing: writing.text("moratoria", 1, "text")).result.startswith("Wegen")


def test_a_text_of_several_megabytes_is_kept(store: Store) -> None:
    """A file of facts is a text like any other: the entry holds only its digest."""
    long = "ä" * 3_000_000
    store.submit(declare("m1", text=long))
    assert store.text("moratoria", 1, "text") == long
    assert check_all(store) == 3


def test_a_salted_text_has_the_digest_that_was_foretold(store: Store) -> None:
    """A field of a request keeps the salt it came with, also when the next round carries it again."""

    def work(writing: Writing) -> None:
        for ident in ("m1", "m2"):
            moratorium = declare(ident)
            moratorium(writing)
        event = _renamed(writing.state("roster"))
        texts = {"name.anna": Salted("Anna Muster", "c2FsdHNhbHRzYWx0c2FsdA")}
        writing.append(Written("roster", event, texts))
        writing.append(Written("roster", event, texts))

    store.submit(work)
    second, third = store.entry("roster", 2), store.entry("roster", 3)
    assert second is not None
    assert third is not None
    assert second.disclosures["name.anna"] == third.disclosures["name.anna"]
    assert second.disclosures["name.anna"].salt == "c2FsdHNhbHRzYWx0c2FsdA"


def test_each_text_has_its_own_audience(store: Store) -> None:
    """The reasons for the file are not shown to the applicant, though the decision is."""

    def work(writing: Writing) -> None:
        event = _renamed(writing.state("roster"))
        texts = {"for_applicant": "a", "for_file": "f"}
        writing.append(Written("roster", event, texts, "applicant", {"for_file": "file"}))

    store.submit(work)
    entry = store.entry("roster", 2)
    assert entry is not None
    assert entry.audiences == {
        "kept:applicant": "applicant",
        "kept:file": "file",  # it says, signed, for whom each text is
        "for_applicant": "applicant",
        "for_file": "file",
    }


def test_the_outbox_holds_what_must_still_be_done(store: Store) -> None:
    """What follows outside from an act is written with it, and struck off when it is done."""

    def work(writing: Writing) -> None:
        declare("m1")(writing)
        writing.tell({"mail": "board"})

    store.submit(work)
    (told,) = store.told()
    assert (told.index, told.what) == (2, {"mail": "board"})
    store.did([told])
    assert store.told() == ()


def test_blobs_are_kept_in_clear_or_sealed(store: Store) -> None:
    """An archive is kept under its digest, once; sealed, it can be erased later."""

    def work(writing: Writing) -> bytes | Erased | None:
        writing.keep("d1", b"clear")
        writing.keep("d2", b"secret", sealed=True)
        return writing.blob("d2")

    assert store.submit(work).result == b"secret"
    store.submit(lambda writing: writing.keep("d1", b"clear"))
    assert (store.blob("d1"), store.blob("d2"), store.blob("d3")) == (b"clear", b"secret", None)


def test_states_are_read_in_pages_by_name(store: Store) -> None:
    """A list goes on after the last name that was seen, whatever is added before it meanwhile."""
    store.submit(declare("m1"))
    first = store.states("", most=2)
    assert [name for name, _state in first] == ["keys", "moratoria"]
    assert [name for name, _state in store.states("", after="moratoria")] == ["roster"]
    assert store.states("rost", after="roster") == ()


def test_proofs_hold_under_the_signed_head(store: Store) -> None:
    """Every entry is proved to be in the newest tree, and every older head to be its beginning."""
    for number in range(20):
        store.submit(declare(f"m{number}"))
    head = store.head()
    assert head is not None
    for index in range(head.size):
        entry = store.entry_at(index)
        assert entry is not None
        check_inclusion(leaf_hash(entry.body), index, head.size, store.inclusion(index, head.size), head.root)
    for size in range(2, head.size + 1):
        old = store.head(size)
        assert old is not None
        check_consistency(size, head.size, store.consistency(size, head.size), old.root, head.root)


def test_a_tree_of_many_tiles_is_proved_too(store: Store) -> None:
    """Beyond 256 and 65,536 hashes a tile has tiles above it; the proofs hold there as well."""

    def work(writing: Writing) -> None:
        for number in range(300):
            declare(f"m{number}")(writing)

    store.submit(work)
    head = store.head()
    assert head is not None
    assert head.size == 302
    for index in (0, 1, 254, 255, 256, 257, 300, 301):
        entry = store.entry_at(index)
        assert entry is not None
        check_inclusion(leaf_hash(entry.body), index, head.size, store.inclusion(index, head.size), head.root)
    assert check_all(store) == 302


def test_another_process_sees_and_continues(place: Place) -> None:
    """Two stores open on one record take turns; each sees what the other wrote."""
    one, other = place.open(), place.open()
    one.submit(declare("m1"))
    assert names(other) == {"m1"}
    other.submit(lift("m1"))
    one.submit(declare("m2"))
    assert one.state("moratoria").all["m1"].lifted == NOON
    assert other.submit(lambda writing: writing.number("moratoria")).result == 3
    assert check_all(one) == 5


def test_times_of_one_turn_are_the_same_and_never_earlier(place: Place) -> None:
    """The writer's time is one for all that happens in a turn, and goes on with the clock."""
    store = place.open()
    first = store.submit(lambda writing: (declare("m1")(writing), writing.now)[1]).result
    place.clock.go(timedelta(seconds=1))
    second = store.submit(lambda writing: (declare("m2")(writing), writing.now)[1]).result
    assert (first, second) == (NOON, NOON + timedelta(seconds=1))


def _renamed(_roster: Roster) -> RosterChanged:
    return RosterChanged(("anna",), NOON)

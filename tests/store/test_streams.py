"""Events and states as JSON: what is written comes back equal, and what nobody knows is refused."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import CONSTITUTION, NOON

from lastword.cases.licence import Line, Use
from lastword.cases.licenceevents import LicenceReserved, MoratoriumDeclared
from lastword.cases.moratorium import Class, Moratoria, Moratorium
from lastword.record import logevents
from lastword.record.json import written
from lastword.record.logevents import (
    ClockConfirmed,
    ConstitutionChanged,
    Enrolled,
    EntryKey,
    Genesis,
    KeyChanged,
    Redacted,
    Revoked,
    StreamIndexed,
    apply_keys,
    apply_log,
    apply_persons,
)
from lastword.record.refusal import RecordError
from lastword.store import streams
from lastword.store.streams import (
    KINDS,
    STREAMS,
    read_event,
    read_state,
    stream_kind,
    written_event,
    written_state,
)

GENESIS = Genesis("a.example", "a.example+00000000+AAAA", EntryKey("0" * 16, "A" * 44), CONSTITUTION)
PASSKEY = Enrolled("anna", "cred", "key", -7, True, False, "rp.example", ("https://rp.example",), "none")


def test_every_kind_of_event_has_one_name_of_its_own() -> None:
    """Kinds are `area.word_word`, no two events share one, and each is a frozen dataclass."""
    events = [event for kind in STREAMS.values() for event in kind.events]
    assert len(KINDS) == len(events) == len(set(events))
    for name, event in KINDS.items():
        area, dot, word = name.partition(".")
        assert dot
        assert area.isidentifier()
        assert word.isidentifier()
        assert word == word.lower()
        assert dataclasses.is_dataclass(event)
        assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_every_state_and_event_can_be_read_again() -> None:
    """A decoder can be made for each type: it holds nothing that JSON could give back as something else."""
    for kind in STREAMS.values():
        for one in (kind.state, *kind.events):
            msgspec.json.Decoder(one)


@given(
    quantity=st.decimals(allow_nan=False, allow_infinity=False),
    at=st.datetimes(timezones=st.just(UTC)),
    key=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_quantities_instants_and_texts_come_back_equal(quantity: Decimal, at: datetime, key: str) -> None:
    """No digit, microsecond or character changes on the way into an entry and out of it."""
    event = LicenceReserved(
        at=at,
        use=Use(key, {key: quantity}, "reserved", at, "anna"),
        lines={key: Line("1", key, "pieces", quantity, used=quantity)},
    )
    data = written_event("licence/L-A", event)
    again = read_event("licence.reserved", 1, msgspec.json.decode(written(data)))
    assert again == event
    assert str(again.use.quantities[key]) == str(quantity)


def test_a_state_comes_back_equal() -> None:
    """A state read from the database is the one that was written."""
    state = Moratoria({"m": Moratorium("m", Class(to=("IN", "PK")), NOON, until=NOON + timedelta(days=1))})
    assert read_state("moratoria", written_state(state)) == state


@pytest.mark.parametrize(
    ("kind", "version", "data"),
    [
        ("nothing.known", 1, {}),
        ("moratorium.declared", 2, {"moratorium": {"id": "m", "on": {}, "since": "2026-03-02T12:00:00Z"}}),
        ("moratorium.declared", 1, {}),
        ("moratorium.declared", 1, {"moratorium": {"id": 7, "on": {}, "since": "2026-03-02T12:00:00Z"}}),
    ],
)
def test_what_nobody_knows_is_no_event(kind: str, version: int, data: dict[str, Any]) -> None:
    """An unknown kind, a later version, and data that does not fit are errors, never skipped."""
    with pytest.raises(RecordError, match=kind):
        read_event(kind, version, data)


def test_an_old_kind_is_lifted_to_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data of an older version is read as the present one, step by step."""
    monkeypatch.setattr(streams, "VERSION", 3)
    lifts = {
        ("moratorium.declared", 1): lambda data: {"hold": data["stop"]},
        ("moratorium.declared", 2): lambda data: {"moratorium": data["hold"]},
    }
    monkeypatch.setattr(streams, "UPCASTERS", lifts)
    old = {"stop": {"id": "m", "on": {}, "since": "2026-03-02T12:00:00Z"}}
    assert read_event("moratorium.declared", 1, old) == MoratoriumDeclared(Moratorium("m", Class(), NOON))


def test_a_damaged_state_is_an_error() -> None:
    """A state that cannot be read is not taken for an empty one."""
    with pytest.raises(RecordError, match="rebuild"):
        read_state("moratoria", b'{"all": 3}')
    with pytest.raises(RecordError, match="no streams like"):
        stream_kind("nowhere/x")


def test_keys_and_constitution_are_those_of_the_last_change() -> None:
    """The keys begin with genesis; each change adds one, and those of old stay known."""
    keys = apply_keys(None, GENESIS)
    keys = apply_keys(keys, KeyChanged("log", 9, vkey="new"))
    keys = apply_keys(keys, KeyChanged("entry", 12, kid="1" * 16, public="B"))
    keys = apply_keys(keys, ConstitutionChanged(dataclasses.replace(CONSTITUTION, guards={})))
    assert (keys.log_key, keys.entry_key.key, keys.entry_key.since) == ("new", "B", 12)
    assert [key.since for key in keys.log_keys] == [0, 9]
    assert keys.constitution.guards == {}


@pytest.mark.parametrize("event", [KeyChanged("log", 9), KeyChanged("entry", 9, kid="1"), GENESIS])
def test_no_record_begins_twice_or_changes_to_no_key(event: Any) -> None:
    """A second genesis, and a change that names no key, cannot be applied."""
    with pytest.raises(RecordError):
        apply_keys(apply_keys(None, GENESIS), event)
    if event is not GENESIS:
        with pytest.raises(RecordError, match="does not begin"):
            apply_keys(None, event)


def test_a_passkey_is_enrolled_once_and_revoked_once() -> None:
    """A person has the passkeys that were enrolled and not revoked; numbers say by which entries."""
    persons = apply_persons(None, PASSKEY)
    other = dataclasses.replace(PASSKEY, credential_id="cred2")
    persons = apply_persons(persons, other)
    with pytest.raises(RecordError, match="twice"):
        apply_persons(persons, PASSKEY)
    with pytest.raises(RecordError, match="could be revoked"):
        apply_persons(persons, Revoked("otto", "cred"))
    persons = apply_persons(persons, Revoked("anna", "cred"))
    assert [one.enrolled.credential_id for one in persons.of("anna")] == ["cred2"]
    assert (persons.passkeys["cred"].no, persons.passkeys["cred"].revoked, persons.no) == (1, 3, 3)
    with pytest.raises(RecordError):
        apply_persons(persons, Revoked("anna", "cred"))
    with pytest.raises(RecordError, match="twice"):
        apply_persons(persons, PASSKEY)


def test_the_log_remembers_its_last_index_and_counts_erasures() -> None:
    """The newest stream index is known by its entry's number in the stream."""
    log = apply_log(None, Redacted(3, {"text": "d"}, "gdpr-17"))
    log = apply_log(log, StreamIndexed("root", 4, 9))
    log = apply_log(log, ClockConfirmed(NOON, NOON, ("anna",)))
    assert (log.no, log.indexed_no, log.redactions, log.clock) == (
        3,
        2,
        1,
        ClockConfirmed(NOON, NOON, ("anna",)),
    )
    assert logevents.LOG == "log"

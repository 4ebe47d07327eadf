"""Checking a bundle: an honest one holds, and each way of lying in one is found, or said not to be known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passkeys import eddsa
from salts import salts
from smalllog import (
    BEGIN,
    CASE,
    KEY,
    LOG,
    NEXT_KEY,
    NEXT_LOG,
    ORIGIN,
    PERSON,
    RULES_DIGEST,
    STREAM,
    WITNESSES,
    SmallLog,
    World,
    b64,
    enrol,
    genesis,
    load,
    other_history,
    policy,
    redact,
    revoke,
    rotated,
    vote,
    world,
)

from lastword.cases.request import request_digest
from lastword.errors import Where
from lastword.record.bundle import Consistency, Parts, StreamIndex, write_bundle
from lastword.record.checkpoint import Checkpoint
from lastword.record.cosignature import WitnessSigner
from lastword.record.disclosure import Disclosure, Salted
from lastword.record.entry import EntrySigner, compose
from lastword.record.kept import KEY_CHANGED
from lastword.record.keyring import endorsement
from lastword.record.note import Signer
from lastword.record.policy import Policy
from lastword.record.statement import Assertion, statement
from lastword.record.streamindex import StreamRow, index_root
from lastword.record.tree import leaf_hash
from lastword.record.verdict import Outcome, Verdict
from lastword.record.verify import verify

HOUR = timedelta(hours=1)


@cache
def small() -> World:
    """Return the record of these tests. Nothing is ever written into it."""
    return world()


def judged(parts: Parts, trust: Policy | None = None, since: bytes | None = None) -> Verdict:
    """Return what checking these parts came to."""
    return verify(write_bundle(parts), trust or policy(), since)


def found(verdict: Verdict, outcome: Outcome) -> dict[str, str]:
    """Return name -> reason of the checks that came to ``outcome``."""
    return {check.name: check.detail for check in verdict.checks if check.outcome is outcome}


def refused(verdict: Verdict, name: str, why: str = "") -> None:
    """Demand that the check ``name`` failed for the reason ``why``, and that nothing is claimed any more."""
    assert verdict.outcome is Outcome.FAILED
    assert why in found(verdict, Outcome.FAILED)[name], found(verdict, Outcome.FAILED)
    assert verdict.claims is None


def unsettled(verdict: Verdict, name: str, why: str = "") -> None:
    """Demand that the check ``name`` could not be made for the reason ``why``, that nothing failed, and that it is said."""
    assert verdict.outcome is Outcome.CANNOT_TELL, found(verdict, Outcome.FAILED)
    told = found(verdict, Outcome.CANNOT_TELL)
    assert why in told[name], told
    assert told[name] in [str(one) for one in verdict.not_checked]


def without(parts: Parts, *indices: int) -> Parts:
    """Return the bundle without these entries."""
    return replace(
        parts,
        entries={index: one for index, one in parts.entries.items() if index not in indices},
        proofs={index: one for index, one in parts.proofs.items() if index not in indices},
        disclosures={index: one for index, one in parts.disclosures.items() if index not in indices},
    )


def hidden(parts: Parts, *indices: int) -> Parts:
    """Return the bundle with these entries closed: they are there, but nothing of them is shown."""
    return replace(
        parts, disclosures={index: one for index, one in parts.disclosures.items() if index not in indices}
    )


# -- an honest bundle ----------------------------------------------------------------------------------------------


def test_an_honest_bundle_of_a_whole_case_is_verified() -> None:
    """Every check holds, and it says which log, which case, how many entries, and who signed."""
    verdict = judged(small().parts())
    assert {check.outcome for check in verdict.checks} == {Outcome.OK}
    assert verdict.outcome is Outcome.OK
    claims = verdict.claims
    assert claims is not None
    assert (claims.origin, claims.case, claims.whole) == (ORIGIN, CASE, {STREAM: 3})
    assert (claims.size, claims.root) == (small().log.head().size, small().log.head().root)
    by_index = {one.index: one for one in claims.entries}
    assert by_index[small().filed].fields == {"end_use": "street lamps"}
    assert (by_index[small().voted].signed_by, by_index[small().filed].signed_by) == (PERSON, None)
    assert [by_index[index].number for index in small().case] == [1, 2, 3]


def test_it_always_says_what_it_did_not_check() -> None:
    """A record shows what was recorded, not that all was; closed fields, acts without a signature, no older head."""
    said = "\n".join(map(str, judged(small().parts()).not_checked))
    for words in ("whether everything was recorded", "parts that are closed", "without a personal signature",
                  "no checkpoint of yours", "whether a decision was right"):  # fmt: skip
        assert words in said


def test_the_policy_in_the_bundle_is_never_trusted() -> None:
    """A bundle that brings a policy which trusts it is judged by the auditor's own."""
    forged = replace(small().parts(), policy=str(policy()).encode())
    refused(judged(forged, policy(logs=[NEXT_LOG])), "head")


def test_other_words_in_the_page_for_people_are_told() -> None:
    """VERIFY.md is not signed; one that is not ours may lead astray."""
    verdict = judged(replace(small().parts(), instructions="Just believe it.\n"))
    assert any("VERIFY.md" in str(told) for told in verdict.not_checked)


def test_a_bundle_that_claims_nothing_is_not_verified() -> None:
    """No stream named: whatever is shown, nothing says that it is whole."""
    unsettled(
        judged(replace(small().parts(), streams=(), case=None)), "streams", "does not say of any stream"
    )


def test_the_case_named_is_the_one_shown() -> None:
    """The name of the case is not signed, the stream is."""
    refused(judged(replace(small().parts(), case="AAAA-BBBB")), "streams", "not about its stream")
    refused(judged(replace(small().parts(), case=None, streams=("case/X",))), "streams", "no entry")


def test_a_practice_record_proves_nothing_about_time() -> None:
    """Its clock is set by hand, which entry 0 says, and so does the verdict."""
    log = SmallLog()
    genesis_of(log, practice=True)
    log.write(STREAM, "case.filed", {})
    old = log.note(seen=BEGIN + 99 * HOUR)
    log.write(STREAM, "case.withdrawn", {})
    early = log.note(seen=BEGIN - 99 * HOUR)
    verdict = judged(log.parts(range(3), note=early, since=2), since=old)
    assert verdict.outcome is Outcome.OK
    assert any("practise" in str(told) for told in verdict.not_checked)


def genesis_of(log: SmallLog, **other: Any) -> None:
    """Write entry 0 with ``other`` values."""
    given = {
        "origin": ORIGIN,
        "log_key": str(log.log.verifier),
        "entry_key": {"kid": log.signer.kid, "public": b64(log.signer.public)},
        "constitution": {},
        "practice": False,
    }
    log.write("keys", "log.genesis", {**given, **other})


# -- the head: key, witnesses, time --------------------------------------------------------------------------------


def test_a_head_by_a_key_that_the_policy_does_not_have_is_refused() -> None:
    """Another key of the same name; another name; a broken signature in the right name."""
    parts, log = small().parts(), small().log
    refused(judged(parts, policy(logs=[NEXT_LOG])), "head")
    other = Signer("other.example", bytes([1]) * 32)
    refused(judged(parts, policy(logs=[other])), "head", "trusts no log of the name")
    note = log.note(by=[NEXT_LOG])
    refused(judged(small().log.parts(small().shown, note=note), policy()), "head")
    spoilt = log.note().replace(b"\n\n", b"\n\n" + LOG.line("something else\n").encode())
    refused(judged(replace(parts, checkpoint=spoilt)), "head", "does not fit")


def test_size_and_root_are_bound_to_the_signature() -> None:
    """A head that says another size or root than the log signed is refused, whatever the proofs say."""
    log, parts = small().log, small().parts()
    head = log.head()
    for other in (Checkpoint(ORIGIN, head.size + 1, head.root), Checkpoint(ORIGIN, head.size, bytes(32))):
        note = log.note().replace(head.text.encode(), other.text.encode())
        refused(judged(replace(parts, checkpoint=note)), "head")


@pytest.mark.parametrize("quorum", [1, 2])
def test_enough_witnesses_are_enough(quorum: int) -> None:
    """Two of three signed: a quorum of one or two is met."""
    assert judged(small().parts(), policy(quorum=quorum)).outcome is Outcome.OK


def test_too_few_witnesses_are_refused() -> None:
    """Two of three signed, and three are asked for; nobody signed."""
    refused(judged(small().parts(), policy(quorum=3)), "witnesses", "too few")
    alone = small().parts(checkpoint=small().log.note(witnesses=()))
    refused(judged(alone, policy(quorum=1)), "witnesses", "too few")


def test_one_witness_that_signs_twice_counts_once() -> None:
    """Also at two times."""
    note = small().log.note(witnesses=[WITNESSES[0], WITNESSES[0]])
    refused(judged(small().parts(checkpoint=note)), "witnesses", "too few")


def test_a_forged_cosignature_is_refused() -> None:
    """One over another head, or in the name of a witness by somebody else's key: the note is spoilt."""
    log = small().log
    text, other = log.head().text, log.head(3).text
    moment = int(log.at.timestamp())
    stolen_name = WitnessSigner(WITNESSES[1].name, bytes([99]) * 32)
    copied = f"{text}\n{LOG.line(text)}{WITNESSES[0].sign(text, moment)}{WITNESSES[1].sign(other, moment)}".encode()
    refused(judged(small().parts(checkpoint=copied)), "witnesses", "does not fit")
    forged = log.note(witnesses=[WITNESSES[0], stolen_name])
    refused(judged(small().parts(checkpoint=forged)), "witnesses", "too few")


def test_a_policy_without_witnesses_leaves_open_whether_all_see_the_same_record() -> None:
    """The log alone could show another record to another auditor."""
    unsettled(judged(small().parts(), policy(quorum=0)), "witnesses", "nobody but the log")


def test_times_never_run_backwards() -> None:
    """An entry that is dated before the one before it is refused."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    log.at = BEGIN
    log.write(STREAM, "case.withdrawn", {})
    assert judged(log.parts(range(3), note=log.note(seen=BEGIN + HOUR))).outcome is Outcome.FAILED
    refused(
        judged(log.parts(range(3), note=log.note(seen=BEGIN + HOUR))), "times", "before the one before it"
    )


def test_no_entry_is_dated_later_than_a_witness_saw_it() -> None:
    """By more than an hour, for clocks differ."""
    log, parts = small().log, small().parts()
    last = log.at - timedelta(minutes=1)
    assert judged(replace(parts, checkpoint=log.note(seen=last - HOUR))).outcome is Outcome.OK
    late = replace(parts, checkpoint=log.note(seen=last - HOUR - timedelta(seconds=1)))
    refused(judged(late), "times", "after a witness had seen it")


# -- one entry -----------------------------------------------------------------------------------------------------


def test_proofs_that_were_swapped_are_refused() -> None:
    """Each belongs to one entry."""
    parts = small().parts()
    first, second = small().filed, small().voted
    swapped = {**parts.proofs, first: parts.proofs[second], second: parts.proofs[first]}
    refused(judged(replace(parts, proofs=swapped)), "inclusion", f"entry {second}")


def test_entries_that_were_swapped_are_refused() -> None:
    """The place is a part of the proof."""
    parts = small().parts()
    first, second = small().filed, small().voted
    swapped = {**parts.entries, first: parts.entries[second], second: parts.entries[first]}
    refused(judged(replace(parts, entries=swapped)), "inclusion")


def test_a_proof_for_another_size_is_refused() -> None:
    """It was right for an older head."""
    parts = small().parts()
    older = small().log.parts(small().case, size=small().index)
    refused(judged(replace(parts, proofs={**parts.proofs, **older.proofs})), "inclusion")


def test_an_entry_that_is_not_in_the_tree_is_refused() -> None:
    """However well it is signed."""
    parts, other = small().parts(), SmallLog()
    genesis(other)
    other.write(STREAM, "case.filed", {"status": "forged"})
    forged = replace(
        parts,
        entries={**parts.entries, small().filed: other.entries[1].body},
        disclosures={**parts.disclosures, small().filed: other.texts(1)},
    )
    refused(judged(forged), "inclusion")


def test_a_field_that_was_changed_or_comes_from_elsewhere_is_refused() -> None:
    """Its digest is not in the entry."""
    parts = small().parts()
    filed = small().filed
    for texts in (
        (*parts.disclosures[filed][:-1], small().log.texts(small().voted)[-1]),
        (*parts.disclosures[filed], "WyJhIiwiYiIsMV0"),
    ):
        refused(judged(replace(parts, disclosures={**parts.disclosures, filed: texts})), "disclosures")


def test_an_entry_of_another_log_is_refused() -> None:
    """An entry says whose it is."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    foreign = Signer("other.example", bytes([1]) * 32)
    head = Checkpoint("other.example", 2, log.head().root)
    parts = log.parts(range(2), note=foreign.sign(head.text).encode())
    trust = Policy.read(f"log {foreign.verifier}\nquorum none\n".encode(), Where("policy"))
    refused(judged(parts, trust), "entry", "another log")


# -- keys ----------------------------------------------------------------------------------------------------------


def test_after_a_change_of_keys_the_new_one_signs() -> None:
    """The change itself is signed by the old one; keys.json has both, with their ranges."""
    parts = rotated()
    assert [(one["from"], one["to"]) for one in parts.keys["entry"]] == [(0, 3), (3, None)]
    assert judged(parts).outcome is Outcome.OK


def test_a_late_signature_by_the_old_key_is_refused() -> None:
    """From the named entry on only the new key counts: who stole the old one can add nothing."""
    refused(judged(rotated(late=True)), "signature", "entry 3")


def test_a_change_of_keys_that_is_left_out_is_noticed() -> None:
    """Its stream has a gap, or nothing says that it has none; keys.json alone says nothing."""
    parts = without(rotated(late=True), 2)
    keys = {"entry": parts.keys["entry"][:1], "log": parts.keys["log"]}
    keys["entry"][0] = {**keys["entry"][0], "to": None}
    unsettled(judged(replace(parts, keys=keys)), "keys", "keys")


def test_a_change_of_keys_that_is_closed_is_noticed() -> None:
    """It is there, and the stream index counts it, but what it says is not shown: it may take away the key."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    change = {
        "which": "entry",
        "from_size": 3,
        "kid": NEXT_KEY.kid,
        "public": b64(NEXT_KEY.public),
    }
    keys = log.keyring().to_json()
    log.write("keys", KEY_CHANGED, change)
    log.write(STREAM, "case.withdrawn", {})  # by the old key
    index = log.index_streams()
    parts = log.parts(range(5), index=log.index_rows(index, ["keys", STREAM]))
    refused(judged(parts), "signature")
    unsettled(judged(hidden(replace(parts, keys=keys), 2)), "keys", "not shown")


def test_keys_that_are_said_are_those_that_are_proved() -> None:
    """A keys.json that says otherwise than the entries is refused."""
    parts = small().parts()
    other = {**parts.keys["entry"][0], "kid": NEXT_KEY.kid, "public": b64(NEXT_KEY.public)}
    refused(judged(replace(parts, keys={**parts.keys, "entry": [other]})), "keys", "keys.json")


def test_without_entry_0_the_keys_are_not_known() -> None:
    """Left out or closed: the signatures of entries cannot be checked, and it is said."""
    for parts in (without(small().parts(), 0), hidden(small().parts(), 0)):
        unsettled(judged(parts), "keys", "entry 0")


@pytest.mark.parametrize(
    "change",
    [
        {"which": "entry", "from_size": 1},  # for entries that were there before it
        {"which": "entry", "from_size": 2**60},
        {"which": "entry", "from_size": True},
        {"which": "both"},
        {"which": "log", "vkey": "x"},
        {"which": "log", "vkey": str(Signer("other.example", bytes([9]) * 32).verifier)},
        {"kid": KEY.kid, "public": b64(NEXT_KEY.public)},
        {"kid": KEY.kid, "public": b64(KEY.public)},
        {"kid": None, "public": None},
    ],
)
def test_a_change_of_keys_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    """One that reaches back, has no end of digits, names no key, a key of another log, or a key of old."""
    log = SmallLog()
    genesis(log)
    given = {"which": "entry", "from_size": 5, "vkey": "", "by": [],
             "kid": NEXT_KEY.kid, "public": b64(NEXT_KEY.public)}  # fmt: skip
    log.write(STREAM, "case.filed", {})
    keys = log.keyring().to_json()
    if isinstance(change.get("from_size"), int) and change["from_size"] > 2**53:
        given["from_size"] = "many"
        change = {"which": "entry"}
    log.write("keys", KEY_CHANGED, {**given, **change})
    log.kept[-1] = log.kept[0]  # the log's own view of its keys stays what it was
    parts = replace(log.parts(range(3), note=log.note()), keys=keys)
    refused(judged(parts), "keys")


def test_one_key_is_for_one_purpose() -> None:
    """A log that signs entries and heads with the same key is refused."""
    log = SmallLog(signer=EntrySigner.of(LOG.seed))
    genesis_of(log)
    log.write(STREAM, "case.filed", {})
    keys = {"entry": [{"from": 0, "to": None, "kid": log.signer.kid, "public": b64(log.signer.public)}],
            "log": [{"from": 0, "to": None, "vkey": str(LOG.verifier)}]}  # fmt: skip
    log.keyring_told = keys
    refused(judged(log.parts(range(2))), "keys", "both entries and heads")


def log_rotated(*, endorsed: bool = True, by: tuple[Signer, ...] = (NEXT_LOG,), old: Signer = LOG) -> Parts:
    """Return a bundle of a log whose key of heads changes from size 3 on."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    data = {"which": "log", "from_size": 3, "vkey": str(NEXT_LOG.verifier), "kid": "", "public": "", "by": []}
    if endorsed:
        data["endorsement"] = endorsement(old, NEXT_LOG.verifier, 3)
    log.write("keys", KEY_CHANGED, data)
    return log.parts(range(3), note=log.note(by=by))


def test_who_trusts_the_old_key_of_heads_is_led_to_the_new_one() -> None:
    """By a note of the old key in the entry of the change, or by both signing the head; who pins the new needs neither."""
    assert judged(log_rotated()).outcome is Outcome.OK
    assert judged(log_rotated(endorsed=False, by=(LOG, NEXT_LOG))).outcome is Outcome.OK
    assert judged(log_rotated(endorsed=False), policy(logs=[NEXT_LOG])).outcome is Outcome.OK
    assert judged(log_rotated(endorsed=False), policy(logs=[LOG, NEXT_LOG])).outcome is Outcome.OK


def test_no_trust_leads_to_a_key_that_the_old_one_does_not_name() -> None:
    """Without its word, or with the word of somebody else, a log that calls itself the successor is refused."""
    thief = Signer(ORIGIN, bytes([66]) * 32)
    for parts in (log_rotated(endorsed=False), log_rotated(old=thief), log_rotated(old=NEXT_LOG)):
        refused(judged(parts), "head")


def test_a_late_head_by_the_old_key_is_refused() -> None:
    """Who stole it can sign no new head."""
    refused(judged(log_rotated(by=(LOG,))), "head", "in force")
    refused(judged(log_rotated(by=(LOG,)), policy(logs=[LOG, NEXT_LOG])), "head", "in force")


# -- what goes on from an older head -------------------------------------------------------------------------------


def test_the_record_goes_on_from_a_head_that_the_auditor_kept() -> None:
    """With the proof in the bundle; from the very same head none is needed."""
    w = small()
    for size in range(1, w.index + 2):
        proof = w.log.parts(w.shown, size=w.index + 1, since=size).consistency
        verdict = judged(w.parts(consistency=proof), since=w.log.note(size))
        assert verdict.outcome is Outcome.OK, size
        assert not any("no checkpoint of yours" in str(told) for told in verdict.not_checked)


def test_two_histories_are_found() -> None:
    """A head of the same size or a smaller one, signed by the same log, that is no beginning of this record."""
    w = small()
    same_size = other_history(w.index + 1)
    refused(judged(w.parts(), since=same_size.note()), "since", "different roots")
    other = other_history(4)
    for proof in (w.log.parts(w.shown, since=4).consistency, Consistency(4, ())):
        refused(judged(w.parts(consistency=proof), since=other.note()), "since", "Keep both")


def test_without_a_proof_from_the_older_head_it_cannot_be_told() -> None:
    """None in the bundle, or one from another size."""
    w = small()
    unsettled(judged(w.parts(), since=w.log.note(4)), "since", "no proof from your 4")
    wrong = w.log.parts(w.shown, since=5).consistency
    unsettled(judged(w.parts(consistency=wrong), since=w.log.note(4)), "since", "no proof from your 4")


def test_a_bundle_older_than_what_the_auditor_holds_cannot_be_told() -> None:
    """The record may have been cut back: ask for a newer bundle."""
    w = small()
    grown = world()
    grown.log.write("case/LATER", "case.filed", {})
    unsettled(judged(w.parts(), since=grown.log.note()), "since", "newer bundle")


def test_an_older_head_must_be_of_this_log() -> None:
    """Of another log, or signed by another key: refused. What is no head at all: cannot be told."""
    w = small()
    stranger = Signer("other.example", bytes([7]) * 32)
    head = Checkpoint("other.example", 4, w.log.head(4).root)
    refused(judged(w.parts(), since=stranger.sign(head.text).encode()), "since", "another log")
    refused(judged(w.parts(), since=w.log.note(4, by=[NEXT_LOG])), "since")
    unsettled(judged(w.parts(), since=b"hello"), "since", "cannot be read")


def test_an_older_head_may_bear_a_key_that_was_replaced_since() -> None:
    """The new head, which the policy trusts, proves that it was the key at that size."""
    parts = log_rotated()
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    kept = log.note()
    proof = Consistency(2, (small_leaf(parts, 2),))
    verdict = judged(replace(parts, consistency=proof), policy(logs=[NEXT_LOG]), since=kept)
    assert verdict.outcome is Outcome.OK


def small_leaf(parts: Parts, index: int) -> bytes:
    """Return the leaf hash of an entry in a bundle."""
    return leaf_hash(parts.entries[index])


def test_an_entry_dated_back_before_a_witnessed_head_is_refused() -> None:
    """It came after a head that a witness saw at a time, and claims to be older than that by more than an hour."""
    w = small()
    proof = w.log.parts(w.shown, since=3).consistency
    fine = w.log.note(3, seen=BEGIN + HOUR + timedelta(minutes=3))
    assert judged(w.parts(consistency=proof), since=fine).outcome is Outcome.OK
    late = w.log.note(3, seen=BEGIN + HOUR + timedelta(minutes=3, seconds=1))
    refused(judged(w.parts(consistency=proof), since=late), "since", "dated before")


# -- streams -------------------------------------------------------------------------------------------------------


def test_an_entry_left_out_in_the_middle_is_found() -> None:
    """The link of the next one leads to it."""
    refused(judged(without(small().parts(), small().voted)), "streams", "number 2")


def test_an_entry_left_out_at_the_beginning_is_found() -> None:
    """Numbers begin with 1."""
    refused(judged(without(small().parts(), small().filed)), "streams", "number 1")


def test_an_entry_left_out_at_the_end_is_found() -> None:
    """The stream index counted it."""
    refused(judged(without(small().parts(), small().decided)), "streams", "3 entries by the stream index")


def test_without_a_row_of_the_stream_index_the_end_may_be_cut_off() -> None:
    """It cannot be told, with the last entry or without it: inclusion alone never shows that nothing is missing."""
    for parts in (small().parts(index=None), without(small().parts(index=None), small().decided)):
        unsettled(judged(parts), "streams", "its end may be cut off")
    others = small().log.index_rows(small().index, ["keys", "rules", "facts", "persons"])
    unsettled(judged(small().parts(index=others)), "streams", "its end may be cut off")


def test_what_came_after_the_stream_index_is_not_covered_by_it() -> None:
    """A head beyond the index: the entries in between might be of the stream, unless they are shown."""
    w = world()
    later = w.log.write("case/LATER", "case.filed", {})
    rows = w.log.index_rows(w.index, [STREAM, "keys", "rules", "facts", "persons"])
    parts = w.log.parts(w.shown, index=rows)
    unsettled(judged(parts), "streams", f"from entry {w.index} on")
    assert judged(w.log.parts((*w.shown, later), index=rows)).outcome is Outcome.OK
    more = w.log.write(STREAM, "case.appealed", {})
    verdict = judged(w.log.parts((*w.shown, later, more), index=rows))
    assert verdict.claims is not None
    assert verdict.claims.whole == {STREAM: 4}


def test_a_whole_record_needs_no_stream_index() -> None:
    """Every entry is there and shown, so none is missing."""
    log = small().log
    parts = log.parts(range(small().index + 1))
    assert judged(parts).outcome is Outcome.OK
    unsettled(judged(hidden(parts, 5)), "streams", "its end may be cut off")


@pytest.mark.parametrize(
    "wrong",
    [
        {"prev": [0, b64(bytes(32))]},
        {"prev": [1, b64(bytes(32))]},
        {"no": 3},
        {"no": 1, "prev": None},
    ],
)
def test_a_broken_chain_is_refused(wrong: dict[str, Any]) -> None:
    """A link to another entry, a number that is skipped, a number that comes twice: its writer made it so."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    log.write(STREAM, "case.withdrawn", {}, **wrong)
    refused(judged(log.parts(range(3))), "streams")


def test_a_single_entry_that_is_not_shown_is_held_in_its_place() -> None:
    """It is in the bundle, closed; the next one links to it. The verdict says that it is not shown."""
    for index in (small().filed, small().decided):
        verdict = judged(hidden(small().parts(), index))
        assert found(verdict, Outcome.FAILED) == {}
        assert verdict.claims is not None
        assert verdict.claims.whole == {STREAM: 3}
        assert f"entry {index}: what it is about is not shown" in [str(told) for told in verdict.not_checked]


def test_of_several_entries_that_are_not_shown_it_cannot_be_told_whether_they_are_all() -> None:
    """Their own links are closed too."""
    unsettled(judged(hidden(small().parts(), small().filed, small().voted)), "streams", "numbers 1 to 2")
    unsettled(judged(hidden(small().parts(), small().voted, small().decided)), "streams", "numbers 2 to 3")


def lying_rows(change: Callable[[StreamRow], StreamRow]) -> Parts:
    """Return a bundle in which the row of the case was changed after the index was made."""
    parts = small().parts()
    assert parts.index is not None
    rows = tuple(
        replace(one, row=change(one.row)) if one.stream == STREAM else one for one in parts.index.rows
    )
    return replace(parts, index=replace(parts.index, rows=rows))


@pytest.mark.parametrize(
    "change",
    [
        lambda row: replace(row, count=row.count - 1),
        lambda row: replace(row, last=row.last - 1),
        lambda row: replace(row, leaf=bytes(32)),
        lambda row: replace(row, tag="0" * 64),
    ],
)
def test_a_row_that_was_changed_is_refused(change: Callable[[StreamRow], StreamRow]) -> None:
    """Count, last entry, its hash and the tag are all under the root in the entry."""
    refused(judged(lying_rows(change)), "stream-index")


def test_the_row_of_another_stream_is_refused() -> None:
    """A tag is made of the stream's name: a shorter stream's row cannot stand for it."""
    parts = small().parts()
    other = small().log.index_rows(small().index, ["case/AAAA-BBBB"]).rows[0]
    assert parts.index is not None
    rows = (replace(other, stream=STREAM), *parts.index.rows[1:])
    refused(judged(replace(parts, index=replace(parts.index, rows=rows))), "stream-index", "that of another")


def test_a_stream_index_is_an_entry_of_its_kind() -> None:
    """One that is closed, is not there, or is another entry proves nothing."""
    parts = small().parts()
    assert parts.index is not None
    refused(judged(hidden(parts, small().index)), "stream-index", "not shown")
    refused(judged(without(parts, small().index)), "stream-index", "not shown")
    moved = replace(parts, index=replace(parts.index, index=small().filed))
    refused(judged(moved), "stream-index", "holds no stream index")


def test_an_index_that_says_less_than_the_entries_is_refused() -> None:
    """A log whose index leaves out an entry that the bundle shows lies in one of the two."""
    w = world()
    rows = w.log.rows(w.decided)  # as the record was before the decision
    index = w.log.write(
        "log", "log.stream_index", {"root": b64(index_root(rows)), "rows": len(rows), "size": w.index + 1}
    )
    lie = replace(w.log.index_rows(w.decided, [STREAM]), index=index)
    refused(
        judged(w.log.parts((*w.shown, index), index=lie)), "streams", "more entries than the stream index"
    )


# -- rules and facts in force --------------------------------------------------------------------------------------


def decided_under(rules: int, *, loads: int = 1, after: int = 0, pending: int | None = None) -> World:
    """Return a record in which a decision names load ``rules``, of ``loads`` before it and ``after`` it.

    ``pending``: the decision was made after that many loads, and waited.
    """
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    load(log, "facts")
    for number in range(loads):
        if pending == number:
            log.write(STREAM, "case.decision_pending", {"clearance": "X"})
        load(log, "rules", version=str(number))
    decided = log.write(STREAM, "case.decided", {"clearance": "X", "facts": 1, "rules": rules})
    for number in range(after):
        load(log, "rules", version=f"later {number}")
    index = log.index_streams()
    return World(log, eddsa(), (1, decided), index, 1, 1, decided)


def of_decision(w: World, *loads: int, rows: bool = True) -> Parts:
    """Return a bundle with the loads of rules of these numbers."""
    named = [i for i, one in enumerate(w.log.kept) if one.stream == "rules" and one.number in loads]
    others = [i for i, one in enumerate(w.log.kept) if one.stream not in ("rules",)]
    streams = [STREAM, "keys", "facts", *(["rules"] if rows else [])]
    return w.log.parts([*others, *named], index=w.log.index_rows(w.index, streams))


def test_a_decision_under_the_last_rules_is_fine() -> None:
    """Proved by the stream index, or by the next load after it, which links to it."""
    assert judged(of_decision(decided_under(1), 1)).outcome is Outcome.OK
    assert judged(of_decision(decided_under(2, loads=2), 2)).outcome is Outcome.OK
    assert judged(of_decision(decided_under(2, loads=2, after=2), 2, 3, rows=False)).outcome is Outcome.OK


def test_a_decision_under_rules_that_had_been_replaced_is_refused() -> None:
    """The newer load is in the bundle; if it is left out, it cannot be told, and is not taken for fine."""
    refused(judged(of_decision(decided_under(1, loads=2), 1, 2)), "in-force", "others had replaced them")
    unsettled(judged(of_decision(decided_under(1, loads=2), 1)), "in-force", "last before entry")


def test_a_decision_under_rules_of_later_is_refused() -> None:
    """Rules that came after it."""
    refused(judged(of_decision(decided_under(2, after=1), 1, 2)), "in-force", "came after it")


def test_rules_that_are_not_shown_cannot_be_told() -> None:
    """Neither left out nor closed."""
    unsettled(judged(of_decision(decided_under(1))), "in-force", "not shown")
    w = decided_under(1)
    unsettled(judged(hidden(of_decision(w, 1), 3)), "in-force", "not shown")


def test_a_decision_that_waited_counts_from_when_it_was_made() -> None:
    """Rules that came while it waited for a countersignature do not spoil it."""
    assert judged(of_decision(decided_under(1, loads=2, pending=1), 1, 2)).outcome is Outcome.OK
    refused(judged(of_decision(decided_under(1, loads=3, pending=2), 1, 2, 3)), "in-force", "replaced")


def test_a_set_of_rules_in_the_bundle_is_one_that_the_record_names() -> None:
    """Its digest stands in an entry about rules; else it claims what nobody recorded."""
    parts = small().parts()
    assert parts.rules.keys() == {RULES_DIGEST}
    other = {hashlib.sha256(b"my own rules").hexdigest(): b"my own rules"}
    refused(judged(replace(parts, rules=other)), "rules", "no entry of the record names it")


# -- personal signatures -------------------------------------------------------------------------------------------


def signed(**how: Any) -> Parts:
    """Return a bundle of a whole record with one vote; ``how``: see ``vote``; ``stream``: of the enrolment."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    if how.pop("enrolled", True):
        enrol(log, passkey, how.pop("enrolled_person", PERSON))
    if how.pop("revoked", False):
        revoke(log, passkey)
    how.setdefault("signed", {"verdict": "yes"})
    vote(log, passkey, **how)
    return log.parts(range(len(log.entries)))


def test_a_personal_signature_holds() -> None:
    """The key was enrolled before, and signed the fields of this entry."""
    verdict = judged(signed())
    assert verdict.outcome is Outcome.OK
    assert verdict.claims is not None
    assert verdict.claims.entries[-1].signed_by == PERSON


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"revoked": True}, "revoked in entry 3"),
        ({"flags": 0b001}, "does not hold"),
        ({"rp_id": "evil.example"}, "does not hold"),
        ({"client": {"origin": "https://evil.example"}}, "does not allow"),
        ({"client": {"type": "webauthn.create"}}, "did not sign an act"),
        ({"client": {"challenge": "AAAA"}}, "another statement"),
        ({"signed_kind": "case.decided"}, "over another act"),
        ({"enrolled_person": "p-18"}, "another person signed"),
        ({"data": {"verdict": "no"}}, "says otherwise of `verdict`"),
    ],
)
def test_a_personal_signature_that_does_not_hold_is_refused(how: dict[str, Any], why: str) -> None:
    """Revoked before, nobody verified, another place, another statement, act, person, or content."""
    refused(judged(signed(**how)), "persons", why)


def test_a_personal_signature_over_fields_of_another_entry_is_refused() -> None:
    """A signature from another vote, put beside this entry."""
    w = small()
    parts = w.parts()
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    enrol(log, passkey)
    vote(log, passkey, signed={"verdict": "yes"})
    data = log.kept[-1].data["signature"]
    beside = {w.filed: Assertion.from_json(data)}
    refused(judged(replace(parts, statements=beside)), "persons")
    refused(
        judged(replace(parts, statements={w.voted: Assertion.from_json(data)})),
        "persons",
        "another signature",
    )


def test_one_personal_signature_counts_once() -> None:
    """The same signed fields, written into the record a second time, are refused."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    vote(log, passkey, signed={"verdict": "yes"})
    again = log.disclosure(2, "verdict")
    log.write(STREAM, "case.vote_cast", log.kept[2].data, {"verdict": Salted(again.value, again.salt)})
    refused(judged(log.parts(range(4))), "persons", "an earlier entry")


def test_a_key_that_is_not_shown_cannot_be_told() -> None:
    """Nobody enrolled it in what the bundle shows."""
    unsettled(judged(signed(enrolled=False)), "persons", "is not shown")


def test_whether_a_key_was_revoked_before_must_be_shown() -> None:
    """A bundle that leaves out the revocation cannot pass: the stream of keys is not whole in it."""
    parts = without(signed(revoked=True), 3)
    unsettled(judged(parts), "persons", "had been revoked before")


def test_a_revocation_that_is_closed_is_noticed() -> None:
    """It is in the bundle and counted, but what it says is not shown."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    revoke(log, passkey)
    log.write("persons", "person.noted", {})
    vote(log, passkey, signed={"verdict": "yes"})
    index = log.index_streams()
    rows = log.index_rows(index, ["keys", STREAM, "persons"])
    parts = log.parts(range(index + 1), index=rows)
    refused(judged(parts), "persons", "revoked in entry 2")
    unsettled(judged(hidden(parts, 2)), "persons", "had been revoked before")


def test_a_revocation_after_the_act_leaves_it_standing() -> None:
    """What was signed before stays signed."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    vote(log, passkey, signed={"verdict": "yes"})
    revoke(log, passkey)
    assert judged(log.parts(range(4))).outcome is Outcome.OK


def test_what_a_personal_signature_does_not_cover_is_told() -> None:
    """A field that was added by the log beside those which the person signed."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    mine = {"case": Salted(CASE, "A" * 22), "verdict": Salted("yes", "B" * 22)}
    digests = [Disclosure(name, one.value, one.salt).digest for name, one in mine.items()]
    answer = passkey.answer(statement("case.vote_cast", ORIGIN, digests))
    data = {"vote": {"person": PERSON}, "signature": answer.as_json()}
    log.write(STREAM, "case.vote_cast", data, {**mine, "remark": "added"})
    verdict = judged(log.parts(range(3)))
    assert verdict.outcome is Outcome.OK
    assert any("does not cover remark" in str(told) for told in verdict.not_checked)


def over(signed_fields: dict[str, Any], data: dict[str, Any]) -> Verdict:
    """Return what comes of a vote whose person signed ``signed_fields`` and of which ``data`` is kept."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    vote(log, passkey, signed=signed_fields, data=data)
    return judged(log.parts(range(3)))


def test_what_is_kept_of_a_vote_is_what_the_person_signed() -> None:
    """Field by field, also within the vote; what was not signed may stand beside it."""
    kept = {"person": PERSON, "seat": "agree", "verdict": "yes", "round": 1}
    right: list[dict[str, Any]] = [
        {"verdict": "yes"}, {"vote": {"verdict": "yes", "seat": "agree"}}, {"vote": kept},
    ]  # fmt: skip
    wrong: list[dict[str, Any]] = [
        {"verdict": "no"}, {"vote": {"verdict": "no"}}, {"vote": {**kept, "round": 2}}, {"round": True},
    ]  # fmt: skip
    for fields in right:
        assert over(fields, {"vote": kept}).outcome is Outcome.OK
    for fields in wrong:
        refused(over(fields, {"vote": kept}), "persons", "says otherwise")


def filed_as(
    change: Callable[[dict[str, Any]], None] = lambda _request: None, shown: str = "street lamps"
) -> Verdict:
    """Return what comes of a request of two fields, whose kept part was changed."""
    log = SmallLog()
    genesis(log)
    salted = {"end_use": Salted("street lamps", "A" * 22), "act": Salted("export", "B" * 22)}
    digests = {name: Disclosure(name, one.value, one.salt).digest for name, one in salted.items()}
    request: dict[str, Any] = {"fields": digests, "digest": request_digest(digests)}
    change(request)
    log.write(STREAM, "case.filed", {"request": request}, {**salted, "end_use": Salted(shown, "A" * 22)})
    return judged(log.parts(range(2)))


def test_the_fields_of_a_request_are_those_its_digest_is_made_of() -> None:
    """Votes name the digest; so a field that is shown cannot be another than the one they were about."""
    assert filed_as().outcome is Outcome.OK
    refused(filed_as(shown="tank lamps"), "request", "not in the entry")
    refused(filed_as(lambda request: request.update(digest="0" * 64)), "request", "not made of the fields")
    refused(filed_as(lambda request: request.update(fields=[])), "request", "no digests")

    def forget(request: dict[str, Any]) -> None:
        other = Disclosure("end_use", "other", "C" * 22).digest
        request["fields"] = {**request["fields"], "end_use": request["fields"]["act"], "act": other}
        request["digest"] = request_digest(request["fields"])

    refused(filed_as(forget), "request")


# -- erased and withheld -------------------------------------------------------------------------------------------


def test_an_erased_field_is_told_from_one_that_is_withheld() -> None:
    """The entry that says so is in the bundle; of others it can only be said that they are closed."""
    log = SmallLog()
    genesis(log)
    filed = log.write(STREAM, "case.filed", {}, {"end_use": "a name", "contact": "another name"})
    by = redact(log, filed, "end_use")
    parts = log.parts(range(3))
    kept_only = {
        **parts.disclosures,
        filed: tuple(t for t in parts.disclosures[filed] if t == log.texts(filed)[0]),
    }
    verdict = judged(replace(parts, disclosures=kept_only))
    assert verdict.outcome is Outcome.OK
    assert verdict.claims is not None
    shown = verdict.claims.entries[filed]
    assert shown.erased == {log.disclosure(filed, "end_use").digest: by}
    assert (shown.fields, shown.closed) == ({}, 7)


def test_a_field_that_is_still_shown_is_not_told_as_erased() -> None:
    """A bundle from before the erasure cannot be called back; what it shows still holds."""
    log = SmallLog()
    genesis(log)
    filed = log.write(STREAM, "case.filed", {}, {"end_use": "a name"})
    redact(log, filed, "end_use")
    claims = judged(log.parts(range(3))).claims
    assert claims is not None
    assert claims.entries[filed].erased == {}


# -- anything at all -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [
        {"v": 2}, {"v": True}, {"kind": ""}, {"kind": 1}, {"stream": ""}, {"no": 0}, {"no": "1"}, {"no": True},
        {"data": []}, {"prev": [0]}, {"more": 1},
    ],
)  # fmt: skip
def test_a_kept_part_of_another_form_is_refused(part: dict[str, Any]) -> None:
    """Another version, no kind, no stream, no number, no data, more than it should have."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    right: dict[str, Any] = {
        "v": 1,
        "kind": "case.withdrawn",
        "stream": STREAM,
        "no": 2,
        "prev": [1, b64(log.leaf(1))],
        "data": {},
    }
    log.entries.append(
        compose(
            origin=ORIGIN,
            issued=log.at,
            kept={"public": {**right, **part}},
            erasable={},
            signer=KEY,
            salt=salts("x"),
        )
    )
    refused(judged(log.parts(range(3))), "kept", "entry 2")


def test_kept_parts_for_several_audiences_are_one_entry() -> None:
    """They agree on their place; what they say is put together; two that contradict each other are refused."""

    def with_parts(**others: Any) -> Verdict:
        log = SmallLog()
        genesis(log)
        place = {"v": 1, "kind": "case.filed", "stream": STREAM, "no": 1, "prev": None}
        kept = {
            "public": {**place, "data": {"status": "open"}},
            "authority": {**place, "data": {"weight": 3}, **others},
        }
        log.entries.append(
            compose(origin=ORIGIN, issued=log.at, kept=kept, erasable={}, signer=KEY, salt=salts("y"))
        )
        return judged(log.parts(range(2)))

    claims = with_parts().claims
    assert claims is not None
    assert claims.entries[1].data == {"status": "open", "weight": 3}
    refused(with_parts(no=2, prev=[0, b64(bytes(32))]), "kept", "different places")
    refused(with_parts(kind="case.closed"), "kept", "different places")
    refused(with_parts(data={"status": "closed"}), "kept", "different things of `status`")
    refused(with_parts(data={"status": True}), "kept", "different things of `status`")


def test_an_archive_that_cannot_be_read_is_refused_in_words() -> None:
    """Never with a crash."""
    refused(verify(b"", policy()), "bundle", "no archive")
    assert verify(write_bundle(small().parts())[:-1], policy()).outcome is Outcome.FAILED


def test_a_head_that_is_none_is_refused() -> None:
    """No note, or a note that is no head."""
    parts = small().parts()
    for note in (
        b"hello\n",
        LOG.sign("hello\n").encode(),
        LOG.sign(f"{ORIGIN}\n01\n{b64(bytes(32))}\n").encode(),
    ):
        assert (
            verify(write_bundle(Parts(note, None, (), {}, {}, parts.keys)), policy()).outcome
            is Outcome.FAILED
        )


NAMES = [
    "root", "rows", "size", "origin", "log_key", "entry_key", "from_size", "which", "vkey", "endorsement", "index",
    "digests", "credential_id", "person", "request", "vote", "facts", "rules", "assessment", "origins", "public_key",
    "algorithm", "fields", "digest", "signature", "practice", "clearance",
]  # fmt: skip
KINDS = [
    "log.genesis", KEY_CHANGED, "log.stream_index", "log.redacted", "person.enrolled", "person.revoked",
    "case.decided", "case.filed", "rules.loaded",
]  # fmt: skip
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 2**53 - 1)
    | st.sampled_from(["", "entry", "log", ORIGIN, "AAAA"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
said = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(["keys", "log", "persons", "rules", STREAM]),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=8),
)


@settings(max_examples=60, deadline=None)
@given(first=st.none() | said, entries=st.lists(said, max_size=4), index=st.integers(0, 5))
def test_whatever_the_entries_say_there_is_a_verdict(
    first: tuple[str, str, dict[str, Any]] | None, entries: list[tuple[str, str, dict[str, Any]]], index: int
) -> None:
    """A record that writes nonsense into its own entries, in the right form, is judged, and crashes nothing."""
    log = SmallLog()
    genesis(log) if first is None else log.write(first[1], first[0], first[2])
    for kind, stream, data in entries:
        log.write(stream, kind, data)
    keys = {"entry": [{"from": 0, "to": None, "kid": KEY.kid, "public": b64(KEY.public)}],
            "log": [{"from": 0, "to": None, "vkey": str(LOG.verifier)}]}  # fmt: skip
    log.keyring_told = keys
    parts = log.parts(range(len(log.entries)), index=StreamIndex(index, ()))
    assert judged(parts, since=log.note(1)).checks

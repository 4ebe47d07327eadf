"""Bundles made by somebody who has something to hide: what can be left out, moved or signed again without being noticed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from passkeys import eddsa
from smalllog import (
    CASE,
    ORIGIN,
    PERSON,
    STREAM,
    SmallLog,
    World,
    b64,
    enrol,
    genesis,
    load,
    policy,
    revoke,
    world,
)

from lastword.record.bundle import Parts, write_bundle
from lastword.record.disclosure import Disclosure, Salted
from lastword.record.kept import Kept
from lastword.record.refusal import RecordError
from lastword.record.statement import statement
from lastword.record.verdict import Outcome, Verdict
from lastword.record.verify import verify


@cache
def small() -> World:
    """Return the record with one whole case."""
    return world()


def judged(parts: Parts) -> Verdict:
    """Return what checking these parts came to."""
    return verify(write_bundle(parts), policy())


def why(verdict: Verdict, outcome: Outcome) -> str:
    """Return the reasons of the checks that came to ``outcome``."""
    return "; ".join(check.detail for check in verdict.checks if check.outcome is outcome)


def voted(claims: dict[str, Any], **kept: Any) -> Verdict:
    """Return what checking a record comes to in which a person signed ``claims``, and the log put them into a vote of CASE."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    fields = {name: Salted(value, str(number) * 22) for number, (name, value) in enumerate(claims.items())}
    digests = [Disclosure(name, one.value, one.salt).digest for name, one in fields.items()]
    answer = passkey.answer(statement("case.vote_cast", ORIGIN, digests))
    data = {"vote": {"person": PERSON, **kept}, "signature": answer.as_json()}
    log.write(STREAM, "case.vote_cast", data, fields)
    return judged(log.parts(range(3)))


@pytest.mark.parametrize(
    "claims", [{"case": "OTHER", "verdict": "yes"}, {"vote": {"case": "OTHER", "verdict": "yes"}}]
)
def test_a_personal_signature_on_another_case_is_refused(claims: dict[str, Any]) -> None:
    """The log copies the signed fields, salts and all, out of a case in which the person did say yes."""
    verdict = voted(claims, verdict="yes")
    assert verdict.outcome is Outcome.FAILED
    assert "the personal signature is for another case" in why(verdict, Outcome.FAILED)


def test_a_personal_signature_that_names_no_case_settles_nothing() -> None:
    """A yes and a nonce alone could be put into any case."""
    verdict = voted({"verdict": "yes", "nonce": "1"}, verdict="yes")
    assert verdict.outcome is Outcome.CANNOT_TELL
    assert "nothing that is shown of what the person signed names this case" in why(
        verdict, Outcome.CANNOT_TELL
    )


@pytest.mark.parametrize(
    "claims", [{"case": CASE, "verdict": "no"}, {"vote": {"case": CASE, "verdict": "no"}}]
)
def test_a_vote_that_says_otherwise_than_its_signature_is_refused(claims: dict[str, Any]) -> None:
    """The person signed a no; the log kept a yes."""
    verdict = voted(claims, verdict="yes")
    assert "than what the person signed" in why(verdict, Outcome.FAILED)


def test_what_a_person_signed_and_is_not_shown_is_told() -> None:
    """Whoever sees the case's name alone, of three signed fields, is told that two are not shown."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    fields = {
        "case": Salted(CASE, "A" * 22),
        "verdict": Salted("no", "B" * 22),
        "nonce": Salted("1", "C" * 22),
    }
    digests = [Disclosure(name, one.value, one.salt).digest for name, one in fields.items()]
    answer = passkey.answer(statement("case.vote_cast", ORIGIN, digests))
    index = log.write(
        STREAM, "case.vote_cast", {"vote": {"person": PERSON}, "signature": answer.as_json()}, fields
    )
    parts = log.parts(range(3))
    shown = [one.text for one in log.entries[index].disclosures if one.name not in ("verdict", "nonce")]
    verdict = judged(replace(parts, disclosures={**parts.disclosures, index: tuple(shown)}))
    assert verdict.outcome is Outcome.OK
    assert f"entry {index}: 2 of the fields that the person signed are not shown" in map(
        str, verdict.not_checked
    )


def test_a_vote_that_is_said_to_be_signed_holds_a_signature() -> None:
    """The log wrote a vote and that it was signed; no signature is there."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.vote_cast", {"vote": {"person": PERSON, "signed": True}})
    verdict = judged(log.parts(range(2)))
    assert "entry 1 says that a person signed it, and holds no personal signature" in why(
        verdict, Outcome.FAILED
    )


def test_a_passkey_counts_only_as_the_stream_of_persons_says() -> None:
    """A key that was revoked there is enrolled again in a stream of its own, which shows no revocation."""
    log, passkey = SmallLog(), eddsa()
    genesis(log)
    enrol(log, passkey)
    revoke(log, passkey)
    enrol(log, passkey, stream="persons2")
    fields = {"case": Salted(CASE, "A" * 22)}
    digest = Disclosure("case", CASE, "A" * 22).digest
    answer = passkey.answer(statement("case.vote_cast", ORIGIN, [digest]))
    log.write(STREAM, "case.vote_cast", {"vote": {"person": PERSON}, "signature": answer.as_json()}, fields)
    verdict = judged(log.parts(range(5)))
    assert verdict.outcome is Outcome.FAILED
    assert "was revoked" in why(verdict, Outcome.FAILED)


def test_a_case_whose_end_is_cut_off_is_not_passed_off_as_something_else() -> None:
    """The manifest is signed by nobody: whoever cuts off a case may also leave it out of what is claimed to be whole."""
    parts = small().parts()
    cut = {small().decided}
    shorter = replace(
        parts,
        case=None,
        streams=("keys",),
        entries={index: one for index, one in parts.entries.items() if index not in cut},
        proofs={index: one for index, one in parts.proofs.items() if index not in cut},
        disclosures={index: one for index, one in parts.disclosures.items() if index not in cut},
    )
    verdict = judged(shorter)
    assert verdict.claims is not None
    assert verdict.claims.whole == {"keys": 1}
    assert f"whether {STREAM}, of which entries are shown, goes on: the bundle is not about it" in map(
        str, verdict.not_checked
    )


def test_a_licence_whose_stream_is_left_out_is_told() -> None:
    """A grant is shown; that the licence was revoked next day is in a stream that the bundle does not show."""
    log = SmallLog()
    genesis(log)
    load(log, "rules")
    load(log, "facts")
    data = {"clearance": "X:licence", "outcome": {"licence": "L-1"}, "facts": 1, "rules": 1}
    decided = log.write(STREAM, "case.decided", data)
    log.write("licence/L-1", "licence.revoked", {"rules": 1, "facts": 1})
    index = log.index_streams()
    rows = log.index_rows(index, [STREAM, "keys", "rules", "facts"])
    verdict = judged(log.parts([0, 1, 2, decided, index], index=rows))
    assert verdict.outcome is Outcome.OK
    assert f"what became of licence L-1, which entry {decided} speaks of" in map(str, verdict.not_checked)


@pytest.mark.parametrize("source", ["rules", "facts"])
def test_a_decision_that_names_no_rules_or_facts_settles_nothing(source: str) -> None:
    """What is not said cannot be found to be wrong, and is not taken for right."""
    log = SmallLog()
    genesis(log)
    load(log, "rules")
    load(log, "facts")
    data = {"clearance": "X:licence", "outcome": "grant", "facts": 1, "rules": 1}
    data.pop(source)
    log.write(STREAM, "case.decided", data)
    verdict = judged(log.parts(range(4)))
    assert verdict.outcome is Outcome.CANNOT_TELL
    assert f"entry 3 does not say under which {source} it was decided" in why(verdict, Outcome.CANNOT_TELL)


def part(data: dict[str, Any], **other: Any) -> dict[str, Any]:
    """Return a kept part."""
    return {"v": 1, "kind": "case.filed", "stream": STREAM, "no": 1, "prev": None, "data": data, **other}


def test_two_kept_parts_each_tell_some_of_one_thing() -> None:
    """What is for the file alone is put back where it belongs, inside of objects and lists."""
    open_ = part({"at": 1, "query": {"id": "q1"}, "clearances": [{"key": "a"}, {"key": "b"}]})
    file = part({"query": {"asked_by": "p-1"}, "clearances": [{"rules": ["R"]}, {"rules": []}]})
    both = {
        "at": 1,
        "query": {"id": "q1", "asked_by": "p-1"},
        "clearances": [{"key": "a", "rules": ["R"]}, {"key": "b", "rules": []}],
    }
    assert Kept.of([open_, file]).data == both == Kept.of([file, open_]).data


@pytest.mark.parametrize(
    "other",
    [
        {"query": {"id": "q2"}},
        {"query": ["q1"]},
        {"clearances": [{"key": "a"}]},
        {"clearances": [{"key": "a"}, {"key": "c"}]},
        {"at": True},
    ],
)
def test_two_kept_parts_that_disagree_are_refused(other: dict[str, Any]) -> None:
    """However deep: another value, another form, a list of another length, `true` for 1."""
    one = part({"at": 1, "query": {"id": "q1"}, "clearances": [{"key": "a"}, {"key": "b"}]})
    with pytest.raises(RecordError, match="say different things"):
        Kept.of([one, part(other)])


@pytest.mark.parametrize(
    "other", [{"kind": "case.decided"}, {"stream": "case/OTHER"}, {"no": 2, "prev": [0, b64(bytes(32))]}]
)
def test_two_kept_parts_stand_in_one_place(other: dict[str, Any]) -> None:
    """One audience cannot be shown the entry as another one, or in another case."""
    with pytest.raises(RecordError, match="different places"):
        Kept.of([part({}), part({}, **other)])

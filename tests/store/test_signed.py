"""Personal signatures: a passkey is enrolled, its owner signs a decision, and an auditor can tell that it was this person."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from lampcase import DECIDED, LATER, LampCase, lamp_case

sys.path.append(str(Path(__file__).parents[1] / "record"))

from passkeys import Passkey, ecdsa, eddsa

from lastword.cases.acts import Decide
from lastword.cases.refusal import ActRefused
from lastword.clearance.desk import Desk
from lastword.cli.main import main
from lastword.errors import InputError, Where
from lastword.record.logevents import PERSONS, Enrolled
from lastword.record.policy import Policy
from lastword.record.statement import Assertion
from lastword.record.verdict import Outcome
from lastword.record.verify import verify
from lastword.store.audit import audit
from lastword.store.enrolment import (
    ENROLMENT,
    Claim,
    EnrolPasskey,
    RevokePasskey,
    Signed,
    enrol,
    read_credential,
    revoke,
)
from lastword.store.export import export
from lastword.store.scrub import check
from lastword.store.store import Store
from lastword.store.streamindexing import stream_secret

KEY = ecdsa()
OTHER = eddsa()


def act_of(key: Passkey, owner: str, by: str, credential: str = "") -> EnrolPasskey:
    """Return the act of enrolling a passkey."""
    one = key.enrolment()
    return EnrolPasskey(
        person=by, owner=owner, credential_id=credential or one.credential_id, public_key=one.public_key,
        algorithm=one.algorithm, backup_eligible=one.backup_eligible, backup_state=one.backup_state, rp_id=one.rp_id,
        origins=one.origins, attestation=one.attestation,
    )  # fmt: skip


def enrolled(store: Store, key: Passkey = KEY, owner: str = "lou", credential: str = "") -> None:
    """Enrol a passkey by two officers."""
    enrol(store, act_of(key, owner, "ada", credential))
    enrol(store, act_of(key, owner, "ben", credential))


def decision(lamp: LampCase, store: Store) -> Decide:
    """Return the decision that Lou makes."""
    (key,) = store.state(f"case/{lamp.case}").clearances
    return Decide(person="lou", case=lamp.case, clearance=key, nonce="", outcome="grant", for_file="fine")


@pytest.fixture
def lamp(tmp_path: Path) -> LampCase:
    """Return a record with a case that can only be decided with a personal signature."""
    return lamp_case(tmp_path, decide=False, signature=True)


def answered(claim: Claim, key: Passkey = KEY) -> Signed:
    """Let a passkey sign a claim."""
    return Signed(claim.salt, key.answer(claim.statement), str(claim.value.get("nonce", "")))


def test_a_decision_that_was_signed_in_person_can_be_checked_by_anybody(lamp: LampCase) -> None:
    """Unsigned it is refused; signed it stands, and a bundle shows who signed it, with the passkey that was enrolled."""
    with Desk.open(lamp.made.folder, at=DECIDED) as desk:
        store = desk.store
        enrolled(store)
        act = decision(lamp, store)
        with pytest.raises(ActRefused) as refused:
            desk.do(act)
        assert refused.value.code == "needs_signature"
        claim = desk.statement(act)
        assert claim.value["person"] == "lou"
        before = store.head()
        done = desk.do(act, signed=answered(claim))
        assert before is not None
        assert done.index >= before.size
        entry = next(one for one in store.entries(f"case/{lamp.case}") if "vote" in one.texts)
        assert entry.event.vote.signed
        assert entry.texts["vote"] == claim.value
        content = export(
            store, lamp.case, by="lou", to="auditor", secret=stream_secret(lamp.made.private)
        ).content
        policy = Policy.read(f"log {store.state('keys').log_key}\nquorum none\n".encode(), Where("policy"))
        verdict = verify(content, policy)
        assert [one.name for one in verdict.checks if one.outcome is not Outcome.OK] == ["witnesses"]
        assert verdict.claims is not None
        assert [one.signed_by for one in verdict.claims.entries if one.signed_by] == ["lou"]
        assert check(store.database, store.vault, store.anchor).faults == ()
        with store.database.reading() as session:
            assert audit(session).findings == ()


def test_a_signature_is_good_for_one_act_of_one_person(lamp: LampCase) -> None:
    """Over another act, by another passkey, by one not enrolled or revoked: refused, and nothing is written."""
    with Desk.open(lamp.made.folder, at=DECIDED) as desk:
        store = desk.store
        act = decision(lamp, store)
        claim = desk.statement(act)
        with pytest.raises(ActRefused, match="no enrolled passkey"):
            desk.do(act, signed=answered(claim))
        enrolled(store)
        other = desk.statement(replace(act, outcome="refuse", grounds=()))
        with pytest.raises(ActRefused, match="over another act"):
            desk.do(act, signed=answered(other))
        with pytest.raises(ActRefused, match="does not hold"):
            desk.do(act, signed=answered(claim, OTHER))
        twice = replace(answered(claim), nonce="z" * 22)
        with pytest.raises(ActRefused, match="over another act"):
            desk.do(act, signed=twice)
        revoke(store, RevokePasskey(person="lou", owner="lou", credential_id=KEY.enrolment().credential_id))
        with pytest.raises(ActRefused, match="no enrolled passkey"):
            desk.do(act, signed=answered(claim))
        assert store.state(f"case/{lamp.case}").no == 1


def test_two_officers_or_an_older_passkey_confirm_an_enrolment(lamp: LampCase) -> None:
    """One officer alone puts it forward; with an older passkey its owner needs nobody."""
    with lamp.open() as store:
        entry, proposal = enrol(store, act_of(KEY, "lou", "ada"))
        assert (entry, bool(proposal)) == (-1, True)
        assert store.state(PERSONS) is None
        with pytest.raises(ActRefused):
            enrol(store, act_of(KEY, "lou", "ada"))
        with pytest.raises(ActRefused, match="does not hold the office"):
            enrol(store, act_of(KEY, "lou", "lou"))
        enrol(store, act_of(KEY, "lou", "ben"))
        assert store.entry(PERSONS, 1).event.confirmed_by == ("ada", "ben")  # type: ignore[union-attr]
        newer = act_of(OTHER, "lou", "lou", "bmV3ZXI")
        claim = Claim(Enrolled.kind, store.origin, ENROLMENT, newer.claim, "s" * 22)
        with pytest.raises(ActRefused, match="does not hold"):
            enrol(store, newer, answered(claim, OTHER))
        enrol(store, newer, answered(claim))
        assert store.entry(PERSONS, 2).event.confirmed_by == ("lou",)  # type: ignore[union-attr]
        with pytest.raises(ActRefused, match="is, or was, enrolled"):
            enrol(store, newer, answered(claim))
        with pytest.raises(ActRefused, match="cannot sign for"):
            enrol(store, replace(act_of(OTHER, "lou", "ada", "dGhpcmQ")), answered(claim))


def test_nobody_confirms_the_own_passkey_as_an_officer(lamp: LampCase) -> None:
    """An officer who keeps the keys cannot be one of the two for a passkey of the own."""
    with lamp.open() as store:
        enrol(store, act_of(KEY, "ada", "ben"))
        with pytest.raises(ActRefused) as refused:
            enrol(store, act_of(KEY, "ada", "ada"))
        assert refused.value.code == "own_rights"
        assert store.state(PERSONS) is None


def test_a_credential_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """Other names, other kinds of values, or a key that is none are told with what to write."""
    path = tmp_path / "credential.json"
    one = KEY.enrolment()
    good: dict[str, Any] = {
        "credential_id": one.credential_id, "public_key": one.public_key, "algorithm": one.algorithm,
        "backup_eligible": False, "backup_state": False, "rp_id": one.rp_id, "origins": list(one.origins),
        "attestation": "none",
    }  # fmt: skip
    path.write_text(json.dumps(good))
    assert read_credential(path, "lou", {"person": "ada"}).owner == "lou"
    changes: tuple[dict[str, Any], ...] = (
        {"more": 1},
        {"algorithm": "x"},
        {"public_key": "AAAA"},
        {"origins": []},
        {"algorithm": True},
    )
    for change in changes:
        path.write_text(json.dumps({**good, **change}))
        with pytest.raises(InputError):
            read_credential(path, "lou", {"person": "ada"})
    path.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        read_credential(path, "lou", {"person": "ada"})


def test_it_all_works_from_the_command_line(lamp: LampCase, tmp_path: Path) -> None:
    """Enrol by two officers, print the statement of a decision, sign it, hand it in; revoke."""

    def run(*typed: str, person: str) -> Result:
        env = {
            "LASTWORD_STORE": str(lamp.made.folder),
            "LASTWORD_AS": person,
            "LASTWORD_AT": LATER.isoformat(),
        }
        return CliRunner().invoke(main, typed, env=env)

    one = KEY.enrolment()
    credential = tmp_path / "lou.json"
    credential.write_text(
        json.dumps(
            {
                "credential_id": one.credential_id,
                "public_key": one.public_key,
                "algorithm": one.algorithm,
                "backup_eligible": one.backup_eligible,
                "backup_state": one.backup_state,
                "rp_id": one.rp_id,
                "origins": list(one.origins),
                "attestation": one.attestation,
            }
        )
    )
    first = run("record", "enrol", "lou", "--credential", str(credential), person="ada")
    assert first.output.startswith("It waits as keys-"), first.output
    assert run("record", "enrol", "lou", "--credential", str(credential), person="ben").exit_code == 0
    asked = run("case", "decide", lamp.case, "grant", "--statement", person="lou")
    assert asked.exit_code == 0, asked.output
    told = json.loads(asked.output)
    answer: Assertion = KEY.answer(told["statement"].encode())
    signed = tmp_path / "signed.json"
    signed.write_text(json.dumps({**told, "assertion": answer.as_json()}))
    unsigned = run("case", "decide", lamp.case, "grant", person="lou")
    assert "needs_signature" in unsigned.output
    done = run("case", "decide", lamp.case, "grant", "--signed", str(signed), person="lou")
    assert done.exit_code == 0, done.output
    assert run("record", "revoke", "lou", one.credential_id, person="lou").exit_code == 0
    assert run("record", "check", person="lou").exit_code == 0

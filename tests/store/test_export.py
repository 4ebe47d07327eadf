"""Bundles out of a real record: what each reader gets, and that an auditor can check it with nothing else in hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lampcase import CANARY, FOR_APPLICANT, LampCase, lamp_case

from lastword.cases.refusal import ActRefused
from lastword.errors import InputError, Where
from lastword.record.bundle import read_bundle
from lastword.record.cosignature import WitnessSigner
from lastword.record.note import Verifier
from lastword.record.policy import Policy
from lastword.record.verdict import Outcome, Verdict
from lastword.record.verify import verify
from lastword.store.export import QuorumError, export, write_atomically
from lastword.store.store import Store
from lastword.store.streamindexing import stream_secret
from lastword.store.witnessing import cosign, last_quorum, seen_by
from lastword.witness.client import submit
from lastword.witness.keeping import Memory
from lastword.witness.serving import WitnessServer


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> LampCase:
    """Return a record with a case, a decision, a licence and a use."""
    return lamp_case(tmp_path_factory.mktemp("lamp"))


@pytest.fixture
def store(lamp: LampCase) -> Iterator[Store]:
    """Return it open."""
    with lamp.open() as found:
        yield found


def trusting(store: Store, *lines: str, quorum: str = "none") -> Policy:
    """Return an auditor's policy that trusts the record's log."""
    text = "\n".join([f"log {store.state('keys').log_key}", *lines, f"quorum {quorum}", ""])
    return Policy.read(text.encode(), Where("policy"))


def wrong(verdict: Verdict) -> list[tuple[str, Outcome]]:
    """Return the checks that did not hold, but for the one that no witness was asked for."""
    return [
        (one.name, one.outcome)
        for one in verdict.checks
        if one.outcome is not Outcome.OK and one.name != "witnesses"
    ]


def bundle_for(lamp: LampCase, store: Store, to: str, by: str = "lou") -> bytes:
    """Hand out a bundle."""
    return export(store, lamp.case, by=by, to=to, secret=stream_secret(lamp.made.private)).content


def test_an_auditor_can_check_everything_in_a_bundle(lamp: LampCase, store: Store) -> None:
    """Case and licence are shown whole, with keys, rules and facts in force, and every check holds."""
    content = bundle_for(lamp, store, "auditor")
    verdict = verify(content, trusting(store))
    assert wrong(verdict) == []
    assert verdict.claims is not None
    assert verdict.claims.streams == (f"case/{lamp.case}", f"licence/{lamp.licence}")
    shown = [one for one in verdict.claims.entries if one.stream == f"licence/{lamp.licence}"]
    assert len(shown) == store.state(f"licence/{lamp.licence}").no
    fields = {name: value for one in verdict.claims.entries for name, value in one.fields.items()}
    assert fields["for_file"] == CANARY
    assert fields["for_applicant"] == FOR_APPLICANT


def test_the_applicant_gets_what_the_applicant_may_see(lamp: LampCase, store: Store) -> None:
    """The reasons for the applicant and the own request; neither the reasons for the file nor who sits at which desk."""
    for to in ("applicant", "eve"):
        content = bundle_for(lamp, store, to, by="eve")
        verdict = verify(content, trusting(store))
        assert not [one for one in verdict.checks if one.outcome is Outcome.FAILED]
        assert verdict.claims is not None
        fields = {name for one in verdict.claims.entries for name in one.fields}
        assert "for_applicant" in fields
        assert "end_use_text" in fields
        assert "for_file" not in fields
        streams = {one.stream for one in verdict.claims.entries}
        assert "roster" not in streams


def test_the_public_gets_no_word_of_the_case(lamp: LampCase, store: Store) -> None:
    """A bundle for the public shows that entries are there, and nothing of what was kept for others."""
    content = bundle_for(lamp, store, "public")
    for secret in (CANARY, FOR_APPLICANT, "wiesengrund", "acme"):
        assert secret.encode() not in content
    verdict = verify(content, trusting(store))
    assert not [one for one in verdict.checks if one.outcome is Outcome.FAILED]
    parts = read_bundle(content)
    kinds = {one.kind for one in verdict.claims.entries} if verdict.claims is not None else set()
    assert kinds <= {None, "log.genesis", "log.stream_index", "log.redacted", "log.key_changed"}
    assert len(parts.entries) > 5


def test_nobody_hands_out_what_they_may_not_read(lamp: LampCase, store: Store) -> None:
    """Not a case of others, nor more of it than they see; and for nobody who may not read it."""
    for by, to, code in (
        ("cem", "auditor", "no_such_case"),
        ("eve", "auditor", "not_yours"),
        ("eve", "lou", "not_yours"),
        ("lou", "cem", "no_reader"),
        ("lou", "nobody", "no_reader"),
    ):
        with pytest.raises(ActRefused) as refused:
            bundle_for(lamp, store, to, by)
        assert refused.value.code == code
    for case in ("", "ZZZZ-ZZZZ", "../keys", "X/Y"):
        with pytest.raises(ActRefused) as refused:
            export(store, case, by="lou", to="auditor", secret=b"s" * 32)
        assert refused.value.code == "no_such_case"


def test_a_bundle_goes_on_from_the_checkpoint_that_an_auditor_holds(lamp: LampCase, store: Store) -> None:
    """With --since it holds the proof from there; another record's checkpoint, or a later one, is refused."""
    old = store.head()
    assert old is not None
    secret = stream_secret(lamp.made.private)
    content = export(store, lamp.case, by="lou", to="auditor", secret=secret, since=old.note).content
    verdict = verify(content, trusting(store), old.note)
    assert wrong(verdict) == []
    assert any(one.name == "since" for one in verdict.checks)
    with pytest.raises(InputError, match="no earlier checkpoint"):
        export(
            store, lamp.case, by="lou", to="auditor", secret=secret,
            since=old.note.replace(b"practice.example", b"practise.example"),
        )  # fmt: skip


def test_each_bundle_writes_down_what_went_to_whom(lamp: LampCase, store: Store) -> None:
    """Before a bundle is made, an entry says for whom it is and which erasable texts it holds."""
    content = bundle_for(lamp, store, "auditor")
    entries = [one for one in store.entries("log") if one.kind == "log.exported"]
    assert entries[-1].event.reader == "auditor"
    verdict = verify(content, trusting(store))
    assert verdict.claims is not None
    opened = sum(len(one.fields) for one in verdict.claims.entries)
    assert len(entries[-1].event.digests) == opened


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A bundle replaces an older one in one step; where it cannot be written nothing is left over."""
    path = tmp_path / "bundle.zip"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / "nowhere" / "bundle.zip", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["bundle.zip"]


@contextmanager
def witness(name: str, folder: Path, *logs: Verifier) -> Iterator[tuple[str, WitnessSigner]]:
    """Run a witness, and yield its line in a policy and its key."""
    import os

    signer = WitnessSigner.new(name, os.urandom(32), Where("witness"))
    memory = Memory(folder / f"{name.replace('/', '_')}.db")
    server = WitnessServer(("127.0.0.1", 0), memory, {logs[0].name: logs}, signer, lambda: 1_772_000_000)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"witness {name} {signer.key} http://127.0.0.1:{server.server_address[1]}", signer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_nothing_is_final_before_enough_witnesses_signed(
    lamp: LampCase, store: Store, tmp_path: Path
) -> None:
    """Where a policy asks for witnesses, a bundle is handed out when they signed its head; without them only as provisional."""
    log = Verifier.read(store.state("keys").log_key, Where("log"))
    secret = stream_secret(lamp.made.private)
    with witness("w1.example", tmp_path, log) as (one, _signer):
        away = (
            "witness w2.example "
            + str(WitnessSigner.new("w2.example", b"2" * 32, Where("x")).key)
            + " http://127.0.0.1:9"
        )
        any_one = trusting(store, one, away, "group g any w1.example w2.example", quorum="g")
        both = trusting(store, one, away, "group g all w1.example w2.example", quorum="g")

        def asked(policy: Policy) -> object:
            return lambda head: cosign(store, policy, head, submit)

        done = export(
            store, lamp.case, by="lou", to="auditor", secret=secret, policy=any_one, policy_text=str(any_one).encode(),
            cosign=asked(any_one),  # type: ignore[arg-type]
        )  # fmt: skip
        assert done.seen is not None
        assert done.seen.names == ("w1.example",)
        assert verify(done.content, any_one).outcome is Outcome.OK
        assert verify(done.content, both).outcome is Outcome.FAILED
        with pytest.raises(QuorumError, match="1 of the witnesses signed"):
            export(
                store, lamp.case, by="lou", to="auditor", secret=secret, policy=both,
                cosign=asked(both),  # type: ignore[arg-type]
            )  # fmt: skip
        provisional = export(
            store, lamp.case, by="lou", to="auditor", secret=secret, policy=both, provisional=True,
            cosign=asked(both),  # type: ignore[arg-type]
        )  # fmt: skip
        assert provisional.seen is not None
        assert not provisional.seen.quorum
        found = last_quorum(store, any_one)
        assert found is not None
        assert found.size == provisional.size


def test_a_witness_is_asked_again_from_where_it_was(lamp: LampCase, store: Store, tmp_path: Path) -> None:
    """A witness that signed an older head answers with its size, and gets the proof from there; one that is ahead, none."""
    log = Verifier.read(store.state("keys").log_key, Where("log"))
    with witness("w1.example", tmp_path, log) as (line, _signer):
        policy = trusting(store, line, quorum="w1.example")
        first = store.head()
        assert first is not None
        assert [one.signed for one in cosign(store, policy, first, submit)] == [True]
        assert cosign(store, policy, first, submit) == ()
        bundle_for(lamp, store, "auditor")
        second = store.head()
        assert second is not None
        assert second.size > first.size
        assert [one.signed for one in cosign(store, policy, second, submit)] == [True]
        assert seen_by(store, policy, second).quorum
    asked = cosign(store, trusting(store, line, quorum="w1.example"), store.head(3) or second, submit)
    assert all(not one.signed or one.why == "" for one in asked)

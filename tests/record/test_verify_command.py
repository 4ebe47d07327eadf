"""``lastword verify`` and ``lastword witness``: what they print, and how they end."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from smalllog import LOG, NEXT_LOG, ORIGIN, STREAM, SmallLog, World, genesis, policy, world

from lastword.cli.verify import verify
from lastword.cli.witness import witness
from lastword.errors import Where
from lastword.record.bundle import Parts, write_bundle
from lastword.record.cosignature import WitnessSigner
from lastword.record.note import Note
from lastword.witness.client import submit


@pytest.fixture(scope="module")
def small() -> World:
    """Return the record of these tests."""
    return world()


def run(folder: Path, parts: Parts, *words: str, quorum: int = 2, log: object = LOG) -> Result:
    """Run the command on a bundle of these parts."""
    (folder / "case.zip").write_bytes(write_bundle(parts))
    (folder / "trust.policy").write_text(str(policy(quorum=quorum, logs=[log])))  # type: ignore[list-item]
    return CliRunner().invoke(
        verify, [str(folder / "case.zip"), "--policy", str(folder / "trust.policy"), *words]
    )


def test_a_verified_bundle_ends_with_0_and_says_what_it_shows(small: World, tmp_path: Path) -> None:
    """The log, its size, the case, the entries in words, and at the end what was not checked."""
    done = run(tmp_path, small.parts())
    assert done.exit_code == 0
    assert done.output.startswith("VERIFIED: ")
    for words in (f"The record {ORIGIN}, when it had 9 entries.", f"{STREAM} is whole: 3 entries.", "end_use: street lamps",
                  "signed by p-17 with their own key", "What was not checked:"):  # fmt: skip
        assert words in done.output
    assert max(map(len, done.output.splitlines()[1:])) <= 100


def test_a_refused_bundle_ends_with_1_and_shows_nothing(small: World, tmp_path: Path) -> None:
    """One line for each check that failed; what it claims is not repeated."""
    parts = small.parts()
    done = run(tmp_path, replace(parts, checkpoint=small.log.note(by=[NEXT_LOG])))
    assert done.exit_code == 1
    assert done.output.startswith("REFUSED: ")
    assert "What is wrong:" in done.output
    assert "Do not rely on anything in it." in done.output
    assert "street lamps" not in done.output


def test_what_cannot_be_told_ends_with_2(small: World, tmp_path: Path) -> None:
    """Nothing is wrong, but something that was claimed stays open: that is no yes."""
    done = run(tmp_path, small.parts(index=None))
    assert done.exit_code == 2
    assert done.output.startswith("CANNOT TELL: ")
    assert "its end may be cut off" in " ".join(done.output.split())
    assert run(tmp_path, small.parts(), quorum=0).exit_code == 2


def test_an_older_head_may_be_given(small: World, tmp_path: Path) -> None:
    """One that the record goes on from, and one of another history."""
    parts = small.parts(consistency=small.log.parts((0,), size=9, since=4).consistency)
    other = SmallLog()
    genesis(other)
    for _ in range(3):
        other.write("case/OTHER", "case.filed", {})
    for note, code in ((small.log.note(4), 0), (other.note(), 1)):
        (tmp_path / "old").write_bytes(note)
        assert run(tmp_path, parts, "--since", str(tmp_path / "old")).exit_code == code


def test_as_json_it_says_the_same(small: World, tmp_path: Path) -> None:
    """Outcome, checks, what is claimed, and what was not checked."""
    told = json.loads(run(tmp_path, small.parts(), "--json").output)
    assert told["outcome"] == "ok"
    assert {check["outcome"] for check in told["checks"]} == {"ok"}
    assert told["claims"]["whole"] == {STREAM: 3}
    assert [one["index"] for one in told["claims"]["entries"]] == list(small.shown)
    assert told["not_checked"]
    refused = json.loads(run(tmp_path, small.parts(), "--json", log=NEXT_LOG).output)
    assert (refused["outcome"], refused["claims"]) == ("failed", None)


def test_input_that_cannot_be_used_ends_with_2_in_one_line(small: World, tmp_path: Path) -> None:
    """A policy that is none, a file that is missing."""
    (tmp_path / "bad.policy").write_text("hello\n")
    (tmp_path / "case.zip").write_bytes(write_bundle(small.parts()))
    for words in (["--policy", str(tmp_path / "bad.policy")], ["--policy", str(tmp_path / "none")]):
        done = CliRunner().invoke(verify, [str(tmp_path / "case.zip"), *words])
        assert done.exit_code == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("error: ")


def test_what_a_bundle_says_cannot_move_the_cursor(tmp_path: Path) -> None:
    """Control characters in fields and names are shown as escapes: a bundle cannot paint its own verdict."""
    log = SmallLog()
    genesis(log)
    log.write(
        STREAM,
        "case.filed",
        {},
        {"end_use": "lamps\x1b[2K\rVERIFIED: all", "\x1b[1m": "x\nVERIFIED\x9b\u202e"},
    )
    told = run(tmp_path, log.parts(range(2)), "--json").output
    assert not any(char in told for char in "\x1b\x9b\u202e\r")
    assert json.loads(told)["claims"]["entries"][1]["fields"]["\x1b[1m"] == "x\nVERIFIED\x9b\u202e"
    done = run(tmp_path, log.parts(range(2)))
    assert done.exit_code == 0
    assert not any(char in done.output for char in "\x1b\x9b\u202e\r")
    assert sum("VERIFIED" in line and line.startswith("VERIFIED") for line in done.output.splitlines()) == 1


def test_a_key_of_a_witness_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The private half is in a file of mode 0600, the line for policies is printed; a second time is refused."""
    file = tmp_path / "w.key"
    done = CliRunner().invoke(witness, ["new-key", str(file), "--name", "witness.example/w1"])
    assert done.exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    signer = WitnessSigner.read(file.read_text(), Where("key"))
    assert done.output.splitlines()[-1] == f"witness witness.example/w1 {signer.key}"
    again = CliRunner().invoke(witness, ["new-key", str(file), "--name", "witness.example/w1"])
    assert (again.exit_code, WitnessSigner.read(file.read_text(), Where("key"))) == (2, signer)
    assert CliRunner().invoke(witness, ["new-key", str(tmp_path / "x"), "--name", "a b"]).exit_code == 2


def test_a_witness_does_not_use_a_key_that_others_can_read(tmp_path: Path) -> None:
    """It says how to mend it, and does not begin."""
    file = tmp_path / "w.key"
    CliRunner().invoke(witness, ["new-key", str(file), "--name", "w.example"])
    file.chmod(0o644)
    words = [
        "serve",
        "--key",
        str(file),
        "--log",
        str(LOG.verifier),
        "--store",
        str(tmp_path / "w.db"),
        "--port",
        "0",
    ]
    done = CliRunner().invoke(witness, words)
    assert done.exit_code == 2
    assert "others can read this private key" in done.stderr


def test_a_witness_serves_until_it_is_stopped(small: World, tmp_path: Path) -> None:
    """A process of its own: it signs, is killed without warning, and remembers what it signed."""
    file = tmp_path / "w.key"
    CliRunner().invoke(witness, ["new-key", str(file), "--name", "w.example"])
    key = WitnessSigner.read(file.read_text(), Where("key")).key
    program = "from lastword.cli.witness import witness; witness()"
    command = [sys.executable, "-u", "-c", program, "serve", "--key", str(file), "--log", str(LOG.verifier),
               "--store", str(tmp_path / "w.db"), "--port", "0"]  # fmt: skip
    seen: list[object] = []
    for end, old, new in ((signal.SIGKILL, 0, 4), (signal.SIGINT, 4, 9)):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
            assert process.stdout is not None
            place = re.search(r"http://\S+:\d+", process.stdout.readline())
            assert place is not None
            proof = small.log.parts((0,), size=new, since=old).consistency if old else None
            note = small.log.note(new, witnesses=())
            lines = submit(
                place[0], old, proof.hashes if proof is not None else (), note, key=key, patience=30
            )
            seen += Note.read(note + lines[0].encode(), Where("x")).verified([key], Where("x"))
            process.send_signal(end)
            process.wait(timeout=30)
    assert seen == [key, key]

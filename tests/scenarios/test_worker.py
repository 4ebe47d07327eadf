"""The worker: what falls due, what changes in the world, and that nothing is done twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from practice import WORKSPACES, Practice

pytest_plugins = ("beginning",)

CASE = "K7M4-QX2P"
FILE = f"case file camera --from GB --to IN --end-use civil --quantity 10 --party end_user=rescue --id {CASE}"


def test_silence_gets_its_meaning_once_and_a_second_round_writes_nothing(uk: Practice) -> None:
    """The seat that may be passed over is passed over at its due instant, however late the worker comes."""
    uk(FILE, by="p-ann", at="2026-03-02T11:00Z")
    assert uk("worker --once", at="2026-03-30T12:00Z").startswith("0 fell due")
    assert uk("worker --once", at="2026-04-20T12:00Z").startswith("1 fell due")
    told = [one for one in uk.case(CASE, by="p-liz")["timeline"] if one["kind"] == "case.seat_silent"]
    assert [one["at"] for one in told] == ["2026-03-30T23:00:00Z"]
    assert uk("worker --once", at="2026-04-20T12:00Z").startswith("0 fell due")
    assert len(uk.case(CASE, by="p-liz")["timeline"]) == 3


def test_looking_shows_what_fell_due_and_writes_nothing(uk: Practice) -> None:
    """A case that no worker came to is shown as it stands at the instant of looking; the record stays as it was."""
    uk(FILE, by="p-ann", at="2026-03-02T11:00Z")
    before = (uk.store / "record.db").read_bytes()
    shown = uk(f"case show {CASE}", by="p-liz", at="2026-04-20T12:00Z")
    assert "silent, passed over" in shown
    assert "what fell due since is counted above" in shown
    uk("case list", by="p-liz", at="2026-04-20T12:00Z")
    uk("licence list", by="p-liz", at="2026-04-20T12:00Z")
    uk("register", by="p-liz", at="2026-04-20T12:00Z")
    assert (uk.store / "record.db").read_bytes() == before


def test_new_facts_void_only_the_votes_whose_reasons_changed(uk: Practice, tmp_path: Path) -> None:
    """A fact about something else leaves the votes; a fact that the reasons speak of asks the seats again."""
    uk(FILE, by="p-ann", at="2026-03-02T11:00Z")
    uk(f"case advise {CASE} approve", by="p-fay")
    shutil.copytree(WORKSPACES / "uk-desk", tmp_path / "workspace")
    facts = tmp_path / "workspace" / "facts" / "products.yaml"
    text = facts.read_text()
    facts.write_text(text.replace('value: "100 GBP"', 'value: "101 GBP"'))
    uk(f"load {tmp_path / 'workspace'}", at="2026-03-03T09:00Z")
    assert "1 judged again, 0 changed" in uk("worker --once")
    assert [vote["counts"] for vote in uk.case(CASE, by="p-liz")["clearances"][0]["votes"]] == [True]
    facts.write_text(text.replace("eu: 6A003.b.4.b", "eu: 6A003.b.4.a"))
    uk(f"load {tmp_path / 'workspace'}", at="2026-03-04T09:00Z")
    assert "1 judged again, 1 changed" in uk("worker --once")
    votes = uk.case(CASE, by="p-liz")["clearances"][0]["votes"]
    assert [(vote["counts"], bool(vote["why_not"])) for vote in votes] == [(False, True)]
    assert "0 changed" in uk("worker --once")


def test_reservations_and_licences_end_by_themselves(uk: Practice) -> None:
    """What was set aside is free again when its time is over."""
    uk(FILE, by="p-ann", at="2026-03-02T11:00Z")
    uk(f"case advise {CASE} approve", by="p-fay")
    uk(f"case advise {CASE} approve", by="p-mo")
    uk(f"case advise {CASE} no_view", by="p-des")
    uk(f"case decide {CASE} grant", by="p-liz")
    uk(f"case countersign {CASE}", by="p-con")
    uk(f"licence reserve {CASE} --use ship-1 --item '1=6 piece' --until 2026-03-05T09:00Z", by="p-ann")
    uk("worker --once", at="2026-03-05T10:00Z")
    assert uk.licence(CASE, by="p-ann")["lines"][0]["available"] == "10"
    uk("worker --once", at="2028-03-10T09:00Z")
    assert uk.licence(CASE, by="p-ann")["status"] == "expired"


def test_a_worker_that_is_told_to_end_ends_cleanly_and_one_that_is_killed_leaves_nothing_half_done(
    uk: Practice,
) -> None:
    """SIGTERM ends it with 0; after SIGKILL the next one does what is left, once."""
    for number in range(6):
        uk(FILE.replace(CASE, f"CASE-{number}"), by="p-ann", at="2026-03-02T11:00Z")
    words = [
        sys.executable,
        "-m",
        "lastword",
        "worker",
        "--store",
        str(uk.store),
        "--at",
        "2026-04-20T12:00Z",
    ]
    killed = begun([*words, "--poll", "0.1"])
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    uk("worker --once", at="2026-04-20T12:00Z")
    for number in range(6):
        timeline = uk.case(f"CASE-{number}", by="p-liz")["timeline"]
        assert [one["kind"] for one in timeline].count("case.seat_silent") == 1
    ended = begun([*words, "--poll", "60"])
    ended.send_signal(signal.SIGTERM)
    assert ended.wait(timeout=60) == 0


def begun(words: list[str]) -> subprocess.Popen[str]:
    """Start a worker, and return when it is at work."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    started = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline().startswith("at work on practice.example.org/2026")
    return started

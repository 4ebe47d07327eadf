"""Faults at every step of the writer, through the desk: an act that was broken off is asked for again, and is there once."""

from __future__ import annotations

import pytest
from arena import Arena, filing, whole
from duels import ONE
from stores import breaking

from lastword.cases.acts import Act, Decide, UseLicences
from lastword.clearance.desk import Desk
from lastword.store.refusal import StoreError

pytest_plugins = ("rings",)

STEPS = ("vault", "write", "commit", "anchor")


def _broken(desk: Desk, step: str, *, after: bool) -> None:
    thing, method = {
        "vault": (desk.store.vault, "new_keys"),
        "write": (desk.store.database, "write"),
        "commit": (desk.store.database, "commit"),
        "anchor": (desk.store.anchor, "move"),
    }[step]
    breaking(thing, method, after=after)


def _until_done(ring: Arena, act: Act, key: str, step: str, *, after: bool) -> tuple[str, ...]:
    """Ask for an act while a step fails, and again if that was told to have failed; return its licences."""
    _broken(ring.desk, step, after=after)
    try:
        ring.desk.do(act, key=key)
    except StoreError:
        assert (step, after) not in (("commit", True), ("anchor", True))
    return ring.desk.do(act, key=key).licences


@pytest.mark.parametrize("after", [False, True], ids=["failed", "done_but_unanswered"])
@pytest.mark.parametrize("step", STEPS)
def test_an_act_that_is_asked_for_again_after_a_fault_is_there_once(
    ring: Arena, step: str, after: bool
) -> None:
    """Whatever step fails, and whether it was done all the same: there is one case, one decision, one licence and one use."""
    ring.go()
    number = ring.number()
    before = len(ring.desk.store.listed("applicant:maker", most=100_000))
    _until_done(ring, filing(ring.desk, "IN"), f"f{number}", step, after=after)
    case = ring.file("IN")
    decision = Decide(person="lou", case=case, clearance="", nonce="", for_applicant="It may go.")
    (licence,) = _until_done(ring, decision, f"d{number}", step, after=after)
    use = UseLicences(
        person="eve", licences=(licence,), key=f"u{number}", mode="use", quantities=ONE, text="By road."
    )
    _until_done(ring, use, f"k{number}", step, after=after)
    # Two cases and a licence more, and of each kind of entry as many as if nothing had failed.
    assert len(ring.desk.store.listed("applicant:maker", most=100_000)) == before + 3
    kinds = [entry.kind for entry in ring.desk.store.entries(f"case/{case}")]
    assert kinds.count("case.vote_cast") == kinds.count("case.decided") == 1
    found = ring.desk.store.state(f"licence/{licence}")
    assert (found.lines["1"].used, found.lines["1"].available, list(found.uses)) == (1, 1, [f"u{number}"])


def test_after_all_faults_the_record_is_whole(ring: Arena) -> None:
    """What was broken off left nothing behind: every byte fits, and the states are what the entries come to."""
    for step in STEPS:
        _broken(ring.desk, step, after=False)
        with pytest.raises(StoreError):
            ring.desk.do(filing(ring.desk, "IN"))
    assert whole(ring.desk)

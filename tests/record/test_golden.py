"""What an earlier release wrote can be read for ever: its golden log is applied, and comes to the states it came to then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lastword import __version__
from lastword.store.streams import KINDS, UPCASTERS, read_event, stream_kind, written_state

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.jsonl"))


def read(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the kept parts of a golden log, and the states they came to."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return lines[:-1], lines[-1]["states"]


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_a_golden_log_comes_to_the_same_states(path: Path) -> None:
    """Every entry of the log is understood and applied; what was in the states then is in them now.

    A later release may add fields to a state, with defaults; it takes none away and changes none.
    """
    parts, states = read(path)
    made: dict[str, Any] = {}
    for part in parts:
        event = read_event(part["kind"], part["v"], part["data"])
        made[part["stream"]] = stream_kind(part["stream"]).apply(made.get(part["stream"]), event)
    assert made.keys() == states.keys()
    for stream, state in made.items():
        assert_within(states[stream], msgspec.json.decode(written_state(state)), stream)


def assert_within(old: Any, new: Any, place: str) -> None:
    """See that all that is in ``old`` is in ``new`` and the same."""
    if isinstance(old, dict):
        assert isinstance(new, dict), place
        for name, value in old.items():
            assert name in new, f"{place}.{name}"
            assert_within(value, new[name], f"{place}.{name}")
    elif isinstance(old, list):
        assert isinstance(new, list), place
        assert len(old) == len(new), place
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            assert_within(one, other, f"{place}.{number}")
    else:
        assert old == new, place


def test_this_release_has_a_golden_log_with_every_kind() -> None:
    """No kind of entry is released without one in the golden log; a newer kind waits for the next release's log."""
    parts, _states = read(GOLDEN[-1])
    assert GOLDEN[-1].stem == __version__
    assert {part["kind"] for part in parts} == set(KINDS)


def test_upcasters_speak_of_kinds_that_there_were() -> None:
    """What lifts an old kind to the next version stays; each stands for a kind and version in some golden log."""
    written = {(part["kind"], part["v"]) for path in GOLDEN for part in read(path)[0]}
    assert UPCASTERS.keys() <= written

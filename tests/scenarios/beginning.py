"""A practice record for each scenario, with a workspace loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from practice import KEEPER, WORKSPACES, Practice, founded

from lastword.texts import speak


@lru_cache
def _loaded(workspace: str, day: str, keepers: tuple[str, ...], needs: int) -> Path:
    """Return a folder with a record in which a workspace is loaded, made once in a run of the tests."""
    folder = Path(mkdtemp(prefix="lastword-scenario-"))
    practice = Practice(folder / "store")
    founded(practice, folder, day, keepers, needs)
    for person in keepers[:needs]:
        practice(f"load {WORKSPACES / workspace}", by=person)
    return folder


Begin = Callable[..., Practice]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Return a function that begins a practice record on a day with a workspace of ``workspaces/`` loaded."""
    monkeypatch.delenv("LASTWORD_AS", raising=False)
    monkeypatch.delenv("LASTWORD_AT", raising=False)

    def made(
        workspace: str, day: str = "2026-03-02", keepers: tuple[str, ...] = (KEEPER,), needs: int = 1
    ) -> Practice:
        folder = tmp_path / "record"
        shutil.copytree(_loaded(workspace, day, keepers, needs), folder)
        settings = folder / "store" / "store.toml"
        lines = [
            f"private = {json.dumps(str(folder / 'private'))}" if line.startswith("private") else line
            for line in settings.read_text().splitlines()
        ]
        settings.write_text("\n".join(lines) + "\n")
        return Practice(folder / "store")

    yield made
    speak("en")


@pytest.fixture
def uk(begin: Begin) -> Practice:
    """A British desk on 2 March 2026: maker-ltd applies, departments advise, ECJU decides and countersigns."""
    return begin("uk-desk")

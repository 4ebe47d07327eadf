"""How the scenarios are told: a practice record, and persons who type commands at an instant and read what comes back."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from lastword.cli.main import main
from lastword.texts import speak

WORKSPACES = Path(__file__).parent / "workspaces"
KEEPER = "p-kay"


@dataclass
class Practice:
    """A practice record. ``store``: its folder. Time stands where the last act left it unless ``at`` says otherwise."""

    store: Path

    def run(self, command: str, *, by: str = KEEPER, at: str = "") -> Result:
        """Type a command as ``by`` at the instant ``at``, and return what came of it."""
        words = shlex.split(command)
        words += ["--store", str(self.store)]
        if words[0] != "worker":
            words += ["--as", by]
        if at:
            words += ["--at", at]
        speak("en")
        return CliRunner().invoke(main, words, catch_exceptions=False)

    def __call__(self, command: str, *, by: str = KEEPER, at: str = "") -> str:
        """Type a command that works, and return what is printed, with every run of spaces and line ends as one space."""
        result = self.run(command, by=by, at=at)
        assert result.exit_code == 0, f"$ lastword {command} --as {by}\n{result.output}"
        return plain(result.output)

    def refused(self, command: str, code: str, *, by: str = KEEPER, at: str = "") -> str:
        """Type a command that is refused with ``code`` and changes nothing, and return why."""
        result = self.run(command, by=by, at=at)
        assert result.exit_code == 4, f"$ lastword {command} --as {by}\n{result.output}"
        assert result.stderr.startswith(f"refused ({code}): "), result.output
        return plain(result.stderr)

    def wrong(self, command: str, *, by: str = KEEPER, at: str = "") -> str:
        """Type a command that cannot be used as it is typed, and return why."""
        result = self.run(command, by=by, at=at)
        assert result.exit_code == 2, f"$ lastword {command} --as {by}\n{result.output}"
        return plain(result.output)

    def case(self, ident: str, *, by: str, at: str = "") -> dict[str, Any]:
        """Return a case as ``by`` sees it."""
        found = json.loads(self.run(f"case show {ident} --json", by=by, at=at).output)
        assert isinstance(found, dict)
        return found

    def licence(self, ident: str, *, by: str, at: str = "") -> dict[str, Any]:
        """Return a licence, or the only one of a case, as ``by`` sees it."""
        found = json.loads(self.run(f"licence show {ident} --json", by=by, at=at).output)
        assert isinstance(found, dict)
        return found

    def blocking(self, ident: str, *, by: str, at: str = "") -> set[tuple[str, str]]:
        """Return what blocks a case: (state, seat or detail)."""
        return {
            (one["state"], one["seat"] or one["detail"]) for one in self.case(ident, by=by, at=at)["blocks"]
        }


def plain(text: str) -> str:
    """Return a text on one line."""
    return re.sub(r"\s+", " ", text).strip()


def founded(practice: Practice, folder: Path, day: str, keepers: tuple[str, ...], needs: int) -> None:
    """Make the record, with its private folder beside it."""
    words = ["store", "init", str(practice.store), "--origin", "practice.example.org/2026", "--practice"]
    words += ["--private", str(folder / "private"), "--at", f"{day}T06:00Z", "--needs", str(needs)]
    for person in keepers:
        words += ["--keeper", person]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output

"""The constitution: who may change rosters, keys, packs, audiences, who may redact, and who may change itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

GUARDED: Final = (
    "roster",
    "calendar",
    "keys",
    "rules",
    "facts",
    "audience",
    "redact",
    "recover",
    "clock",
    "moratorium",
    "constitution",
)
"""What a constitution guards: each needs so many distinct officers of an office."""


@dataclass(frozen=True, slots=True)
class Guard:
    """``needs`` distinct officers of ``office`` must act together."""

    office: str
    needs: int = 1


@dataclass(frozen=True, slots=True)
class Constitution:
    """One guard for each of GUARDED; written in entry 0."""

    guards: Mapping[str, Guard] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A guarded act that waits for confirmation. ``by``: who is for it so far, in order, ``principals`` for whom as deputy.

    ``act``: plain data as JSON has it, with the act's name under ``act`` and without its erasable words, which stand in the
    entry ``no`` of the stream ``proposals`` under the names ``words``. ``state``: ``open``; ``confirmed`` by enough and about
    to be carried out; ``carried_out``; ``refused`` when it came to carrying it out, with the code in ``refused``.
    ``until``: it lapses then if it still waits.
    """

    id: str
    guard: str
    act: Any
    by: tuple[str, ...]
    at: datetime
    state: str = "open"
    office: str = ""
    needs: int = 1
    principals: tuple[str, ...] = ()
    until: datetime | None = None
    refused: str = ""
    no: int = 0
    words: tuple[str, ...] = ()

    def waits(self, now: datetime) -> bool:
        """Say whether it waits for others, or for being carried out, and has not lapsed."""
        return self.state in ("open", "confirmed") and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Proposals:
    """All of them, by id. ``no``: entries in their stream."""

    all: Mapping[str, Proposal] = field(default_factory=dict)
    no: int = 0

"""Loading facts and rules, and what is written when they are: the streams ``facts`` and ``rules``.

What was loaded stands beside these entries: the files of a workspace as erasable texts of the entry, the packs as archives
named by their digests. An entry says which, so that a question can be asked of them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from lastword.cases.acts import Act


@dataclass(frozen=True, slots=True)
class FactsLoaded:
    """All facts from here on, as known from ``at`` on.

    ``root``: of the RFC 6962 tree over the sorted digests of the salted facts, in hex; ``count``: how many they are.
    ``added``, ``withdrawn``: against the load before; None where that can no longer be read. ``archive``: SHA-256 in hex
    over the files, salted. ``by``: the persons who loaded the same, in order. Its texts: the ``salt``, and the files as
    ``file.1`` to ``file.<files>``.
    """

    kind: ClassVar[str] = "facts.loaded"
    by: tuple[str, ...]
    at: datetime
    root: str
    count: int
    added: int | None
    withdrawn: int | None
    archive: str
    files: int
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class PackLoaded:
    """A pack in use. ``digest``: of its rules (SHA-256 in hex, as in an answer); ``archive``: SHA-256 of what is kept of it.

    ``place``, ``replaces``, ``signed``: where it was taken from and by whom it was signed, as in an answer.
    """

    id: str
    version: str
    digest: str
    archive: str
    place: str = ""
    replaces: bool = False
    signed: str = ""


@dataclass(frozen=True, slots=True)
class RulesLoaded:
    """All packs in use from here on. ``procedures``: SHA-256 in hex over the procedures they hold."""

    kind: ClassVar[str] = "rules.loaded"
    by: tuple[str, ...]
    at: datetime
    packs: tuple[PackLoaded, ...]
    procedures: str
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFacts(Act):
    """Load facts. Guarded by ``facts``. ``archive``: the files' SHA-256, salted with ``salt``; who does the same with the same
    salt confirms it.
    """

    salt: str
    archive: str
    count: int
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRules(Act):
    """Put packs in use. Guarded by ``rules``."""

    packs: tuple[PackLoaded, ...]
    procedures: str
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class FactsState:
    """The load in force. ``no``: entries in the stream so far, so also the number of this load."""

    no: int
    last: FactsLoaded


@dataclass(frozen=True, slots=True)
class RulesState:
    """The load in force. ``no``: entries in the stream so far, so also the number of this load."""

    no: int
    last: RulesLoaded

    @property
    def digests(self) -> tuple[tuple[str, str], ...]:
        """Return (pack, archive) of each pack: the same twice means the same rules."""
        return tuple((pack.id, pack.archive) for pack in self.last.packs)


EVENTS: Final[tuple[type, ...]] = (FactsLoaded, RulesLoaded)


def apply_facts(state: FactsState | None, event: FactsLoaded) -> FactsState:
    """Return the state with a load added."""
    return FactsState(1 if state is None else state.no + 1, event)


def apply_rules(state: RulesState | None, event: RulesLoaded) -> RulesState:
    """Return the state with a load added."""
    return RulesState(1 if state is None else state.no + 1, event)

"""Load a workspace into a record: its facts, the packs in use, their calendars, and its roster.

Everything is read and checked first, with every fault told at once; then all of it becomes entries in one transaction, or
nothing does. What is the same as before writes nothing. The constitution says who may load: where it asks for two, the first
puts the load forward, and the second who loads the very same carries it out.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from lastword.cases.acts import ChangeRoster, RosterChange, SetCalendars
from lastword.cases.constitution import Constitution
from lastword.cases.guard import change_roster, guarded, set_calendars
from lastword.cases.loadevents import FactsLoaded, LoadFacts, LoadRules, RulesLoaded, RulesState
from lastword.cases.roster import Roster
from lastword.cases.rosterevents import ProposalCarriedOut
from lastword.cases.world import World, Written
from lastword.clearance.digests import fact_lines, facts_root, procedures_digest, salted_archive
from lastword.clearance.found import Found
from lastword.clearance.library import Files, NotKeptError, open_workspace
from lastword.clearance.library import told as told_file
from lastword.clearance.loaded import ErasedError, Loads
from lastword.errors import InputError
from lastword.record.logevents import KEYS

if TYPE_CHECKING:
    from lastword.store.store import Store
    from lastword.store.writing import Writing

PARTS: Final = ("facts", "rules", "calendars", "roster")


@dataclass(frozen=True, slots=True)
class Part:
    """What became of a part of a load. ``state``: ``same``, ``loaded`` or ``waits``, then under the id ``proposal``."""

    state: str
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class Loading:
    """What became of a load. ``count``, ``added``, ``withdrawn``: facts, as in FactsLoaded."""

    facts: Part
    rules: Part
    calendars: Part
    roster: Part
    count: int = 0
    added: int | None = None
    withdrawn: int | None = None
    packs: int = 0

    @property
    def parts(self) -> Mapping[str, Part]:
        """Return its parts by name, in order."""
        return {
            "facts": self.facts,
            "rules": self.rules,
            "calendars": self.calendars,
            "roster": self.roster,
        }


SAME: Final = Part("same")


def load(
    store: Store,
    found: Found,
    *,
    person: str,
    salt: Callable[[], str],
    principal: str = "",
    only: frozenset[str] = frozenset(PARTS),
    loads: Loads | None = None,
) -> Loading:
    """Load ``found`` in one transaction. ``only``: of PARTS, what is loaded. ``salt``: draws at least 128 random bits.

    Raises ActRefused where the constitution does not let ``person`` do it, InputError where the facts do not go with the rules.
    """
    loader = _Loader(store, loads or Loads(store), found, person, principal, salt, only)
    done: Loading = store.submit(loader.run).result
    return done


@dataclass(frozen=True, slots=True)
class _Before:
    """The load of facts before: its number, files and facts as lines; None for what can no longer be read."""

    number: int
    files: Files | None
    lines: list[str] | None


@dataclass
class _Loader:
    """One load of a workspace by one person."""

    store: Store
    loads: Loads
    found: Found
    person: str
    principal: str
    salt: Callable[[], str]
    only: frozenset[str]
    lines: list[str] = field(init=False)
    before: _Before = field(init=False)

    def __post_init__(self) -> None:
        """Work out beforehand what is slow: the facts as lines, and those of the load before."""
        self.lines = fact_lines(self.found.workspace.facts)
        state = self.store.state("facts")
        number = 0 if state is None else state.no
        self.before = self._loaded(number)

    def _loaded(self, number: int) -> _Before:
        """Return what was loaded before; what of it can no longer be read stops no new load."""
        if not number:
            return _Before(0, None, [])
        try:
            files = self.loads.files(number)
            rules = self.store.state("rules")
            if files == self.found.files:
                return _Before(number, files, self.lines)
            if rules is None:
                return _Before(number, files, None)
            facts = self.loads.of(number, rules.no).workspace.facts
            return _Before(number, files, fact_lines(facts))
        except (ErasedError, NotKeptError, InputError):
            return _Before(number, None, None)

    def run(self, writing: Writing) -> Loading:
        """Write what is new. Raises ActRefused or InputError; then nothing is written."""
        if writing.number("facts") != self.before.number:
            self.before = self._loaded(writing.number("facts"))
        calendars = self._calendars(writing) if "calendars" in self.only else SAME
        rules = self._rules(writing) if "rules" in self.only else SAME
        facts, added, withdrawn = self._facts(writing) if "facts" in self.only else (SAME, 0, 0)
        roster = self._roster(writing) if "roster" in self.only else SAME
        self._check_pair(writing, facts, rules)
        return Loading(
            facts, rules, calendars, roster, len(self.lines), added, withdrawn, len(self.found.packs)
        )

    def _facts(self, writing: Writing) -> tuple[Part, int | None, int | None]:
        lines = self.before.lines
        if self.before.files == self.found.files:
            return SAME, 0, 0
        world = world_of(writing)
        salt = self._salt_of_proposal(world)
        act = LoadFacts(
            person=self.person,
            principal=self.principal,
            salt=salt,
            archive=salted_archive(self.found.files, salt),
            count=len(self.lines),
        )
        part, by = self._guarded("facts", act, writing, world)
        if part.state == "waits":
            return part, None, None
        added = withdrawn = None
        if lines is not None:
            was, now = Counter(lines), Counter(self.lines)
            added, withdrawn = (now - was).total(), (was - now).total()
        fresh = self.salt()
        event = FactsLoaded(
            by=by,
            at=writing.now,
            root=facts_root(self.lines, fresh),
            count=len(self.lines),
            added=added,
            withdrawn=withdrawn,
            archive=salted_archive(self.found.files, fresh),
            files=len(self.found.files),
            proposal=part.proposal,
        )
        texts: dict[str, Any] = {"salt": fresh}
        for n, name in enumerate(sorted(self.found.files), 1):
            texts[f"file.{n}"] = told_file(name, self.found.files[name])
        writing.append(Written("facts", event, texts, "file"))
        return part, added, withdrawn

    def _salt_of_proposal(self, world: World) -> str:
        """Return the salt under which somebody else put these very files forward, else a fresh one."""
        for one in world.proposals.values():
            if one.guard == "facts" and one.state in ("open", "confirmed"):
                salt = str(one.act.get("salt", ""))
                if hmac.compare_digest(salted_archive(self.found.files, salt), str(one.act.get("archive"))):
                    return salt
        return self.salt()

    def _rules(self, writing: Writing) -> Part:
        state: RulesState | None = writing.state("rules")
        packs = self.found.packs
        if state is not None and state.digests == self._digests:
            return SAME
        # Where on whose disk a pack lay is no part of what two people agree on.
        act = LoadRules(
            person=self.person,
            principal=self.principal,
            packs=tuple(replace(one, place="", replaces=False) for one in packs),
            procedures=procedures_digest(self.found.procedures),
        )
        part, by = self._guarded("rules", act, writing, world_of(writing))
        if part.state == "loaded":
            for kept, content in self.found.archives.items():
                if writing.blob(kept) is None:
                    writing.keep(kept, content)
            event = RulesLoaded(by, writing.now, packs, act.procedures, part.proposal)
            writing.append(Written("rules", event, {}, "file"))
        return part

    def _calendars(self, writing: Writing) -> Part:
        world = world_of(writing)
        new = tuple(one for one in self.found.calendars if world.calendars.get(one.id) != one)
        if not new:
            return SAME
        act = SetCalendars(person=self.person, principal=self.principal, proposal="", calendars=new)
        return self._put(writing, set_calendars(act, world, writing.now), "calendar")

    def _roster(self, writing: Writing) -> Part:
        """Change the roster as roster.yaml says, and add the offices that the packs' procedures name.

        What stands in the roster and not there stays as it is.
        """
        world = world_of(writing)
        told = {one.office.id for one in self.found.roster if one.office is not None}
        new = tuple(
            RosterChange(office=office)
            for office in self.found.offices
            if office.id not in world.roster.offices and office.id not in told
        )
        new += tuple(one for one in self.found.roster if not self._in_roster(writing, world, one))
        if not new:
            return SAME
        act = ChangeRoster(person=self.person, principal=self.principal, proposal="", changes=new)
        return self._put(writing, change_roster(act, world, writing.now), "roster")

    def _in_roster(self, writing: Writing, world: World, change: RosterChange) -> bool:
        roster = world.roster
        if change.office is not None:
            return roster.offices.get(change.office.id) == change.office
        if change.officer is not None:
            return change.officer in roster.officers
        if change.deputy is not None:
            return change.deputy in roster.deputies
        if change.person is None or roster.persons.get(change.person.id) != change.person:
            return False
        at = roster.names.get(change.person.id)
        if at is None:
            return not change.name
        name = writing.text(at.stream, at.at.no, at.at.name)
        return not isinstance(name, str) or name == change.name  # an erased name is not brought back

    def _guarded(
        self, guard: str, act: LoadFacts | LoadRules, writing: Writing, world: World
    ) -> tuple[Part, tuple[str, ...]]:
        leave = guarded(guard, act, world, writing.now)
        written = list(leave.written)
        if (
            leave.goes
            and leave.proposal
            and not any(type(one.event) is ProposalCarriedOut for one in written)
        ):
            # It was confirmed and waited to be done; done once, it lets nobody through again.
            done = ProposalCarriedOut(leave.proposal, writing.now)
            written.append(Written("proposals", done, {}, "file"))
        for one in written:
            writing.append(one)
        return Part("loaded" if leave.goes else "waits", leave.proposal), leave.by

    def _put(self, writing: Writing, all_written: tuple[Written, ...], stream: str) -> Part:
        """Write what a guarded act of the core came to, and say whether it was done or waits."""
        proposal = ""
        for one in all_written:
            writing.append(one)
            proposal = getattr(one.event, "id", proposal) if one.stream == "proposals" else proposal
        return Part("loaded" if any(one.stream == stream for one in all_written) else "waits", proposal)

    def _check_pair(self, writing: Writing, facts: Part, rules: Part) -> None:
        """Raise InputError unless the facts in force from now on can be read with the rules in force from now on."""
        files = self.before.files
        if rules.state == "loaded" and facts.state != "loaded" and files not in (None, self.found.files):
            open_workspace(files or {}, self.found.workspace.book)
        state: RulesState | None = writing.state("rules")
        others = state is not None and state.digests != self._digests
        if facts.state == "loaded" and state is not None and others:
            open_workspace(self.found.files, self.loads.book(state.no)[0])

    @property
    def _digests(self) -> tuple[tuple[str, str], ...]:
        return tuple((one.id, one.archive) for one in self.found.packs)


def world_of(writing: Writing) -> World:
    """Return what a guarded act meets."""
    keys, calendars, proposals = (writing.state(one) for one in (KEYS, "calendar", "proposals"))
    return World(
        roster=writing.state("roster") or Roster(),
        calendars={} if calendars is None else calendars.all,
        constitution=Constitution() if keys is None else keys.constitution,
        proposals={} if proposals is None else proposals.all,
        trusted_clock=writing.trusted_clock,
    )

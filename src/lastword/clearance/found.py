"""What a workspace holds that can be loaded: read and checked, with everything wrong told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from lastword.cases.acts import RosterChange
from lastword.cases.calendar import Calendar
from lastword.cases.loadevents import PackLoaded
from lastword.cases.procedure import Procedure
from lastword.cases.roster import Office
from lastword.clearance.library import (
    Files,
    archive,
    digest,
    rule_files,
    rules_digest_of,
    unkept,
    workspace_files,
)
from lastword.errors import InputError, Problem, Where
from lastword.files.calendars import calendars_of
from lastword.files.procedures import PackProcedures, procedures_of, read_pack_procedures
from lastword.files.rosters import read_roster
from lastword.workspace import Workspace, pack_sources, packs_in_use, read_settings

ROSTER: Final = "roster.yaml"
YEARS_AHEAD: Final = 5
"""For how many years after this one calendars are put in force."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a workspace holds, read and checked.

    ``archives``: digest -> what is kept of a pack. ``offices``: those that the packs' procedures name; ``roster``: what
    roster.yaml says.
    """

    files: Files
    workspace: Workspace
    packs: tuple[PackLoaded, ...]
    archives: Mapping[str, bytes]
    procedures: tuple[Procedure, ...]
    calendars: tuple[Calendar, ...]
    offices: tuple[Office, ...]
    roster: tuple[RosterChange, ...]


def find(root: Path, *, year: int, offices: Iterable[str] = (), cached: bool = True) -> Found:
    """Return what the workspace in ``root`` holds. Raises InputError with everything wrong at once.

    ``year``: this year. ``offices``: ids that are in the record's roster already, so that roster.yaml may name them.
    """
    problems: list[Problem] = []

    def attempt(read: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return read()
        except InputError as error:
            problems.extend(error.problems)
            return otherwise

    workspace = attempt(lambda: Workspace.open(root, cached=cached), None)
    procedures: tuple[Procedure, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    rows: list[PackLoaded] = []
    archives: dict[str, bytes] = {}
    files: Files = {}
    named: dict[str, Office] = {}
    if workspace is not None:
        settings = read_settings(root)
        sources = packs_in_use(pack_sources(root, settings), settings.packs)
        folders = [sources[pack.id].folder for pack in workspace.book.packs]
        procedures = attempt(lambda: procedures_of(folders), ())
        calendars = attempt(lambda: calendars_of(folders, year - 1, year + YEARS_AHEAD), ())
        for pack, folder in zip(workspace.book.packs, folders, strict=True):
            held = attempt(partial(read_pack_procedures, folder), PackProcedures())
            for authority in pack.authorities:
                named.update((office.id, office) for office in held.offices_at(authority))
            rules = rule_files(folder)
            if rules_digest_of(rules) != pack.digest:
                problems.append(Problem(Where(pack.id), "the pack changed while it was read", "load again"))
            content = archive(rules)
            kept = digest(content)
            archives[kept] = content
            rows.append(
                PackLoaded(pack.id, pack.version, pack.digest, kept, pack.place, pack.replaces, pack.signed)
            )
        files = workspace_files(root)
        problems += unkept(files, workspace)
    roster_file = root / ROSTER
    roster = (
        attempt(lambda: read_roster(roster_file, offices=(*named, *offices)), ())
        if roster_file.is_file()
        else ()
    )
    if problems or workspace is None:
        raise InputError(problems)
    return Found(
        files, workspace, tuple(rows), archives, procedures, calendars, tuple(named.values()), roster
    )

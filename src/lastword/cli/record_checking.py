"""``lastword record check``, ``rebuild`` and ``audit``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from lastword.app import Configured
from lastword.cli.keeping import keeping
from lastword.texts import _, several

if TYPE_CHECKING:
    from lastword.store.installation import Installation
    from lastword.store.scrub import Report

FAULTY = 1
_MOST = 50
_MADE = {"state", "timer", "listing"}
"""Tables that can be made again from the entries."""


@click.command("check")
@click.option(
    "--quick",
    is_flag=True,
    help="Only what every start looks at: the last head, the newest entries, the anchor.",
)
@click.option(
    "--hashes",
    "hashes_only",
    is_flag=True,
    help="Entries, tree and heads, without signatures, texts and states.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@keeping
def check(made: Installation, config: Configured, quick: bool, hashes_only: bool, as_json: bool) -> None:
    """Check the whole record, byte by byte, and name every row that is not what it was.

    Entries are hashed and their signatures checked, every tree and head is made again, texts are compared with what was
    signed, states with what the entries come to. Nothing is changed. Run it each night, and before anything is handed out.

    Exit code: 0 sound, 1 something is wrong.
    """
    from lastword.store.anchor import AnchorFile
    from lastword.store.scrub import Fault, Report, hashes
    from lastword.store.scrub import check as checked
    from lastword.store.streamindexing import SECRET, stream_secret

    if quick:
        with made.store(clock=_clock(config)) as store:
            found = [] if store.read_only is None else [Fault("record", "", str(store.read_only))]
            size = store.settle() if not found else 0
        return _tell(Report(size, 0, tuple(found)), as_json)
    database = made.open_database()
    try:
        if hashes_only:
            with database.reading() as session:
                return _tell(hashes(session), as_json)
        vault, anchor = made.open_vault(), AnchorFile(made.private / "anchor")
        try:
            secret = stream_secret(made.private) if (made.private / SECRET).exists() else None
            return _tell(checked(database, vault, anchor, secret=secret), as_json)
        finally:
            anchor.close()
            vault.close()
    finally:
        database.close()


def _tell(report: Report, as_json: bool) -> None:
    if as_json:
        faults = [{"table": one.table, "row": one.row, "what": one.what} for one in report.faults]
        click.echo(json.dumps({"entries": report.entries, "heads": report.heads, "faults": faults}, indent=2))
    elif report.sound:
        click.echo(several("sound: %(n)d entry", "sound: %(n)d entries", report.entries))
    else:
        for fault in report.faults[:_MOST]:
            click.echo(str(fault))
        if len(report.faults) > _MOST:
            click.echo(_("and %(count)s more") % {"count": len(report.faults) - _MOST})
        if {fault.table for fault in report.faults} <= _MADE:
            click.echo(
                _("The entries are sound. Put the states right with `lastword record rebuild --write`.")
            )
        else:
            click.echo(
                _(
                    "The record is damaged. Keep it, and bring it back with `lastword record recover --from COPY`."
                )
            )
    if not report.sound:
        raise SystemExit(FAULTY)


@click.command("rebuild")
@click.option(
    "--write", is_flag=True, help="Put the states that the entries come to in the place of those stored."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@keeping
def rebuild(made: Installation, config: Configured, write: bool, as_json: bool) -> None:
    """Make all states, timers and lists again from the entries, and compare.

    Exit code: 0 nothing differs, or --write put it right; 1 something differs.
    """
    from lastword.store.rebuild import rebuild as rebuilt

    database = made.open_database()
    try:
        found = rebuilt(database, write=write)
    finally:
        database.close()
    if as_json:
        told = [{"table": one.table, "row": one.row, "what": one.what} for one in found]
        click.echo(json.dumps({"differences": told, "written": write and bool(found)}, indent=2))
    else:
        for one in found:
            click.echo(str(one))
        if not found:
            click.echo(_("Nothing differs: the states are what the entries come to."))
        elif write:
            click.echo(_("Put right."))
    if found and not write:
        raise SystemExit(FAULTY)


@click.command("audit")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@keeping
def audit(made: Installation, config: Configured, as_json: bool) -> None:
    """Judge again, with the program of today, what was recorded: seats, votes, time limits, ledgers, guarded acts.

    What comes out otherwise is told and changes nothing: what was recorded stands.

    Exit code: 0 the same, 1 something comes out otherwise.
    """
    from lastword.store.audit import audit as audited

    database = made.open_database()
    try:
        with database.reading() as session:
            report = audited(session)
    finally:
        database.close()
    if as_json:
        told = [{"entry": one.index, "stream": one.stream, "what": one.what} for one in report.findings]
        click.echo(
            json.dumps({"entries": report.entries, "judged": report.judged, "findings": told}, indent=2)
        )
    else:
        for one in report.findings:
            click.echo(str(one))
        words = {"entries": report.entries, "judged": report.judged}
        click.echo(_("%(judged)s of %(entries)s entries were judged again.") % words)
        if not report.findings:
            click.echo(_("All came out as recorded."))
    if report.findings:
        raise SystemExit(FAULTY)


def _clock(config: Configured) -> Any:
    from lastword.store.clock import FixedClock

    return FixedClock(config.at) if config.at is not None else None

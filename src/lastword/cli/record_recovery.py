"""``lastword record copy`` and ``recover``: copies elsewhere, and what is brought back from them."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lastword.app import Configured
from lastword.cli.keeping import keeping
from lastword.errors import InputError, Problem, Where
from lastword.texts import _

if TYPE_CHECKING:
    from lastword.store.copying import Copy
    from lastword.store.installation import Installation


@click.command("copy")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@keeping
def copy(made: Installation, config: Configured, file: Path) -> None:
    """Write all entries and heads into a new FILE, from which `recover` can bring them back.

    Texts that can be erased stand in it as ciphertext; the vault alone opens them. Keep it on another machine.
    """
    from lastword.store.copying import write_copy

    with made.store() as store:
        if store.read_only is not None:
            raise store.read_only
        count = write_copy(store.database, made.origin, file)
    click.echo(_("%(file)s: %(count)s entries.") % {"file": file, "count": count})


@click.command("recover")
@click.option("--from", "sources", multiple=True, metavar="COPY",
              help="A file of `record copy`, a database's file or address, or a store's folder; may be given again.")  # fmt: skip
@click.option("--declare-loss", is_flag=True, help="No copy has what is missing: go on under a new name.")
@click.option(
    "--key-exposed",
    is_flag=True,
    help="A private key was in wrong hands: go on under a new name, with new keys.",
)
@click.option("--at-size", type=click.IntRange(min=1), metavar="N",
              help="With --key-exposed: end at the head of N entries; else at the last one that witnesses signed.")  # fmt: skip
@click.option("--origin", metavar="NAME", help="The name of the record that goes on.")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="The folder of the store that goes on."
)
@click.option(
    "--private", type=click.Path(path_type=Path, file_okay=False), help="Where its keys and its anchor go."
)
@click.option(
    "--database", default="record.db", metavar="URL", help="Its database; left out: a file in the folder."
)
@click.option(
    "--officer", "officers", multiple=True, metavar="PERSON", help="Who declares it; two at the least."
)
@keeping
def recover(
    made: Installation,
    config: Configured,
    sources: tuple[str, ...],
    declare_loss: bool,
    key_exposed: bool,
    at_size: int | None,
    origin: str | None,
    into: Path | None,
    private: Path | None,
    database: str,
    officers: tuple[str, ...],
) -> None:
    """Bring back entries that are missing or damaged: from copies, or, if no copy has them, by declaring the loss.

    With --from nothing is believed: only if the entries here and in the copies make the anchored head again, they are
    written. With --declare-loss or --key-exposed a new record, with new keys, goes on from the old one's last good head;
    licences that may have been used in the gap are suspended until an officer reinstates them.
    """
    if declare_loss or key_exposed:
        if sources:
            raise InputError(
                Problem(Where("--from"), "does not go with a declared loss", "recover first, then declare")
            )
        if not origin or into is None:
            raise InputError(
                Problem(
                    Where("--origin"),
                    "the record that goes on needs a name and a folder",
                    "add --origin and --into",
                )
            )
        return _go_on(
            made,
            config,
            "loss" if declare_loss else "key",
            at_size,
            origin,
            into,
            private,
            database,
            officers,
        )
    if not sources:
        raise InputError(
            Problem(
                Where("--from"),
                "no copy is named",
                "add --from COPY, or declare the loss with --declare-loss",
            )
        )
    from lastword.store.recovery import recover as recovered

    with ExitStack() as stack:
        done = recovered(made, [_copy(one, made, stack) for one in sources])
    for first, last in done.entries:
        click.echo(_("Entries %(first)s to %(last)s are back.") % {"first": first, "last": last})
    for table, count in done.mended.items():
        click.echo(_("%(count)s rows of %(table)s were put right.") % {"count": count, "table": table})
    if not done.entries and not done.mended:
        click.echo(_("Nothing was missing."))
    with made.store() as store:
        if store.read_only is not None:
            raise store.read_only
        click.echo(_("The record is whole: %(size)s entries.") % {"size": store.settle()})
    return None


def _copy(source: str, made: Installation, stack: ExitStack) -> Copy:
    from lastword.store.copying import DatabaseCopy, FileCopy
    from lastword.store.database import database_at
    from lastword.store.installation import CONFIGURATION
    from lastword.store.installation import Installation as Made

    path = Path(source)
    if "://" in source:
        database = database_at(source, made.folder, made.private / "copy.lock")
    elif (path / CONFIGURATION).is_file():
        database = Made.read(path).open_database()
    elif path.is_file() and path.read_bytes()[:15] != b"SQLite format 3":
        return FileCopy.read(path)
    elif path.is_file():
        database = database_at(path.name, path.parent, made.private / "copy.lock")
    else:
        raise InputError(
            Problem(Where("--from"), f"there is no copy `{source}`", "name a file, a folder or a database")
        )
    stack.callback(database.close)
    return DatabaseCopy(database, source)


def _go_on(
    made: Installation,
    config: Configured,
    why: str,
    at_size: int | None,
    origin: str,
    into: Path,
    private: Path | None,
    database: str,
    officers: tuple[str, ...],
) -> None:
    from lastword.store.recovery import declare_loss as declared

    size = at_size or 0
    if why == "key" and not size:
        size = _witnessed(made)
    done = declared(
        made,
        folder=into,
        origin=origin,
        officers=officers,
        now=config.at or datetime.now(UTC),
        why="key" if why == "key" else "loss",
        at=size,
        database=database,
        private=private,
    )
    words = {"old": made.origin, "size": done.ended_at, "new": origin, "folder": into}
    click.echo(_("%(old)s ends at %(size)s entries; %(new)s goes on from it in %(folder)s.") % words)
    for licence in done.suspended:
        click.echo(
            _("Licence %(licence)s is suspended until an officer reinstates it.") % {"licence": licence}
        )
    with done.made.store() as store:
        click.echo(_("Give its key to those who check it: %(key)s") % {"key": store.state("keys").log_key})


def _witnessed(made: Installation) -> int:
    """Return the size of the last head that enough witnesses signed. Raises InputError if there is none."""
    from lastword.cli.keeping import policy_of
    from lastword.store.witnessing import last_quorum

    policy = policy_of(made)
    with made.store() as store:
        seen = last_quorum(store, policy[0]) if policy is not None and policy[0].asks_for_witnesses else None
    if seen is None:
        raise InputError(
            Problem(
                Where("--at-size"),
                "no head is known that witnesses signed",
                "name the size of a head that somebody else holds a copy of",
            )
        )
    return seen.size

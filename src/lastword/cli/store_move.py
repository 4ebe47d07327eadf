"""``lastword store move``, ``use`` and ``upgrade``: which database a record is in, and the version of its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from lastword.app import configured
from lastword.cli.acting import told
from lastword.texts import _, several, speak

if TYPE_CHECKING:
    from lastword.store.installation import Installation

_STORE: Final = click.option("--store", type=click.Path(path_type=Path, file_okay=False),
                             help="The store; else LASTWORD_STORE, else the key `store` in lastword.toml.")  # fmt: skip
_LANG: Final = click.option("--lang", metavar="LANG", help="en or de.")


def _kept(command: Callable[..., None]) -> Callable[..., None]:
    return _STORE(_LANG(command))


@click.command("move")
@click.option("--to", required=True, metavar="DATABASE",
              help="An empty database postgresql://USER@HOST/NAME, or a new file in the store's folder.")  # fmt: skip
@_kept
def move(to: str, **typed: Any) -> None:
    """Move the record to another database: the same entries, byte for byte, under the same heads.

    The one it was in can still be read, and refuses to be written. Broken off at any moment, the command can be given again.
    """
    with _installation(**typed) as made:
        from lastword.store import moving

        moved = moving.move(made, to)
        entries = several("%(n)d entry", "%(n)d entries", moved.entries)
        heads = several("%(n)d signed head", "%(n)d signed heads", moved.heads)
        click.echo(
            _("The record is in %(database)s now: %(entries)s under %(heads)s, each the same as before.")
            % {"database": moved.database, "entries": entries, "heads": heads}
        )
        click.echo(
            _("The database it was in, %(old)s, can be read, and refuses to be written.")
            % {"old": moving.shown(made.database)}
        )


@click.command("use")
@click.argument("database")
@click.option(
    "--behind", is_flag=True, help="Also if it lacks entries: the record is read-only until they are back."
)
@_kept
def use(database: str, behind: bool, **typed: Any) -> None:
    """Use another DATABASE that holds this record already: a standby that was promoted, or one that was put back."""
    with _installation(**typed) as made:
        from lastword.store import moving

        used = moving.use(made, database, behind=behind)
        entries = several("%(n)d entry", "%(n)d entries", used.entries)
        click.echo(
            _("From now on %(database)s is used, which holds %(entries)s.")
            % {"database": used.database, "entries": entries}
        )
        if used.behind is not None:
            click.echo(
                _(
                    "It lacks the entries %(first)d to %(last)d: the record can be read, and is not written before "
                    "`lastword record recover --from COPY` has brought them back."
                )
                % {"first": used.behind.first, "last": used.behind.last}
            )


@click.command("upgrade")
@_kept
def upgrade(**typed: Any) -> None:
    """Renew the tables for this program, all at once or not at all. Nothing else may use the store meanwhile."""
    with _installation(**typed) as made:
        from lastword.store import moving

        before, after = moving.upgrade(made)
        if before == after:
            click.echo(_("The tables are of version %(after)s already.") % {"after": after})
        else:
            click.echo(
                _("The tables were of version %(before)s, and are of version %(after)s now.")
                % {"before": before, "after": after}
            )


@contextmanager
def _installation(store: Path | None, lang: str | None) -> Iterator[Installation]:
    with told():
        config = configured(os.environ, Path(), store=store, lang=lang)
        if config.language:
            speak(config.language)
        from lastword.store.installation import Installation  # a database is loaded only here

        yield Installation.read(config.store)

"""``lastword store``: the place where a record is kept."""

from __future__ import annotations

from typing import Final

import click

from lastword.cli.commands import Commands

COMMANDS: Final = {
    "init": ("lastword.cli.store_init", "init"),
    "move": ("lastword.cli.store_move", "move"),
    "use": ("lastword.cli.store_move", "use"),
    "upgrade": ("lastword.cli.store_move", "upgrade"),
}


@click.group("store", cls=Commands, table=COMMANDS)
def store() -> None:
    """Make the place where a record is kept, and say in which database it is."""

"""A group of commands, each read only when it is asked for."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

Table = Mapping[str, tuple[str, str]]


class Commands(click.Group):
    """``commands``: name -> module and the command in it, in the order in which a user meets them."""

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a user meets them."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read one command."""
        found = self.table.get(cmd_name)
        if found is None:
            return None
        command: Any = getattr(import_module(found[0]), found[1])
        assert isinstance(command, click.Command)
        return command


def collect_garbage() -> None:
    """Let a command that judges thousands of cases give back their memory; the packs read so far are left alone."""
    gc.freeze()
    gc.enable()

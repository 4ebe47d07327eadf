"""``lastword``: the command line. Each command is read only when it is asked for, so that a question starts
quickly.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from lastword import __version__

if TYPE_CHECKING:
    from lastword.facts.schema import Field

COMMANDS: Final = {
    "demo": ("lastword.cli.demo", "demo"),
    "init": ("lastword.cli.init", "init"),
    "import": ("lastword.cli.importing", "import_"),
    "ask": ("lastword.cli.ask", "ask"),
    "settle": ("lastword.cli.settle", "settle"),
    "check": ("lastword.cli.check", "check"),
    "rules": ("lastword.cli.rules", "rules"),
    "rule": ("lastword.cli.rules", "rule"),
    "condition": ("lastword.cli.condition", "condition"),
    "examples": ("lastword.cli.examples", "examples"),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read one command."""
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        command: Any = getattr(import_module(found[0]), found[1])
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lastword")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Who must say yes, who can say no, and who has the last word."""
    # A command lives shortly and makes hardly a cycle: the collector would only walk the packs again
    # and again.
    gc.disable()
    ctx.obj = _terms_of


def _terms_of(workspace: Path) -> Mapping[str, Field]:
    """Return what can be said about a thing in a workspace, its packs' own terms included."""
    from lastword.workspace import open_book, read_settings

    return open_book(workspace, read_settings(workspace).packs).fields

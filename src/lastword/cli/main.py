"""``lastword``: the command line. Each command is read only when it is asked for, so that a question starts
quickly.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from lastword import __version__
from lastword.cli.commands import Commands
from lastword.texts import LANGUAGES, speak

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
    "pack": ("lastword.cli.pack", "pack"),
    "store": ("lastword.cli.store", "store"),
    "load": ("lastword.cli.load", "load"),
    "office": ("lastword.cli.office", "office"),
    "deputy": ("lastword.cli.deputy", "deputy"),
    "calendar": ("lastword.cli.calendar", "calendar"),
    "clock": ("lastword.cli.clock", "clock"),
    "moratorium": ("lastword.cli.moratorium", "moratorium"),
    "case": ("lastword.cli.case", "case"),
    "licence": ("lastword.cli.licence", "licence"),
    "register": ("lastword.cli.register", "register_"),
    "worker": ("lastword.cli.worker", "worker"),
    "replay": ("lastword.cli.replay", "replay"),
    "record": ("lastword.cli.record", "record"),
    "verify": ("lastword.cli.verify", "verify"),
    "witness": ("lastword.cli.witness", "witness"),
}


@click.group(cls=Commands, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lastword")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Who must say yes, who can say no, and who has the last word."""
    # A command lives shortly and makes hardly a cycle: the collector would only walk the packs again
    # and again.
    gc.disable()
    ctx.obj = _terms_of
    language = os.environ.get("LASTWORD_LANG", "")
    if language in LANGUAGES:
        speak(language)
    elif language:
        raise click.UsageError(f"LASTWORD_LANG is `{language}`, which is no language here; use en or de")


def _terms_of(workspace: Path) -> Mapping[str, Field]:
    """Return what can be said about a thing in a workspace, its packs' own terms included."""
    from lastword.workspace import open_book, read_settings

    return open_book(workspace, read_settings(workspace).packs).fields

"""``lastword licence``: what a grant leaves behind, and its ledger."""

from __future__ import annotations

from typing import Final

import click

from lastword.cli.commands import Commands

COMMANDS: Final = {
    "list": ("lastword.cli.licence_showing", "list_"),
    "show": ("lastword.cli.licence_showing", "show"),
    "use": ("lastword.cli.licence_using", "use"),
    "reserve": ("lastword.cli.licence_using", "reserve"),
    "confirm": ("lastword.cli.licence_using", "confirm"),
    "release": ("lastword.cli.licence_using", "release"),
    "return": ("lastword.cli.licence_using", "return_"),
    "report": ("lastword.cli.licence_using", "report"),
    "suspend": ("lastword.cli.licence_changing", "suspend"),
    "reinstate": ("lastword.cli.licence_changing", "reinstate"),
    "revoke": ("lastword.cli.licence_changing", "revoke"),
    "surrender": ("lastword.cli.licence_changing", "surrender"),
    "drop-proviso": ("lastword.cli.licence_changing", "drop_proviso"),
    "review": ("lastword.cli.licence_changing", "review"),
}


@click.group("licence", cls=Commands, table=COMMANDS)
def licence() -> None:
    """Licences and their use. LICENCE is a licence's number; a case's number will do if it has one licence only."""

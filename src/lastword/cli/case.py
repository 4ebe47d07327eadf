"""``lastword case``: a request, and all work on it until it is decided."""

from __future__ import annotations

from typing import Final

import click

from lastword.cli.commands import Commands

COMMANDS: Final = {
    "file": ("lastword.cli.case_filing", "file"),
    "list": ("lastword.cli.case_showing", "list_"),
    "show": ("lastword.cli.case_showing", "show"),
    "query": ("lastword.cli.case_seats", "query"),
    "reply": ("lastword.cli.case_filing", "reply"),
    "advise": ("lastword.cli.case_seats", "advise"),
    "agree": ("lastword.cli.case_seats", "agree"),
    "object": ("lastword.cli.case_seats", "object_"),
    "decide": ("lastword.cli.case_seats", "decide"),
    "countersign": ("lastword.cli.case_seats", "countersign"),
    "escalate": ("lastword.cli.case_seats", "escalate"),
    "amend": ("lastword.cli.case_filing", "amend"),
    "withdraw": ("lastword.cli.case_filing", "withdraw"),
    "close": ("lastword.cli.case_seats", "close"),
    "appeal": ("lastword.cli.case_filing", "appeal"),
    "drop-proviso": ("lastword.cli.case_seats", "drop_proviso"),
    "break-glass": ("lastword.cli.case_seats", "break_glass"),
    "letter": ("lastword.cli.case_showing", "letter"),
}


@click.group("case", cls=Commands, table=COMMANDS)
def case() -> None:
    """File a request, work on it, decide it. An act that is not allowed is refused with the reason (exit code 4)."""

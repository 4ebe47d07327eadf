"""``lastword record``: the record itself: checked, handed out, copied, brought back, and its keys."""

from __future__ import annotations

from typing import Final

import click

from lastword.cli.commands import Commands

COMMANDS: Final = {
    "checkpoint": ("lastword.cli.record_heads", "checkpoint"),
    "witness": ("lastword.cli.record_heads", "witness"),
    "index": ("lastword.cli.record_heads", "index"),
    "check": ("lastword.cli.record_checking", "check"),
    "rebuild": ("lastword.cli.record_checking", "rebuild"),
    "audit": ("lastword.cli.record_checking", "audit"),
    "texts": ("lastword.cli.record_texts", "texts"),
    "redact": ("lastword.cli.record_texts", "redact"),
    "export": ("lastword.cli.record_texts", "export"),
    "copy": ("lastword.cli.record_recovery", "copy"),
    "recover": ("lastword.cli.record_recovery", "recover"),
    "rotate-key": ("lastword.cli.record_keys", "rotate_key"),
    "enrol": ("lastword.cli.record_keys", "enrol"),
    "revoke": ("lastword.cli.record_keys", "revoke"),
}


@click.group("record", cls=Commands, table=COMMANDS)
def record() -> None:
    """Keep the record: check it, hand out bundles, erase texts, bring back what was lost, change its keys."""

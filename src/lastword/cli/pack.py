"""``lastword pack``: keeping packs true, and packs of one's own."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

import click

from lastword.cli.commands import Commands

COMMANDS: Final = {
    "new": ("lastword.cli.pack_new", "new"),
    "check": ("lastword.cli.pack_check", "check"),
    "diff": ("lastword.cli.pack_diff", "diff"),
    "key": ("lastword.cli.pack_sign", "key"),
    "sign": ("lastword.cli.pack_sign", "sign"),
    "verify": ("lastword.cli.pack_sign", "verify"),
    "import": ("lastword.cli.pack_import", "import_"),
}


@click.group("pack", cls=Commands, table={n: c for n, c in COMMANDS.items() if find_spec(c[0])})
def pack() -> None:
    """Write, check, compare and sign packs of rules."""

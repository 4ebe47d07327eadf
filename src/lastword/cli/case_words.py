"""How the numbers of cases and licences are typed."""

from __future__ import annotations

from typing import Final

import click


def ident(value: str) -> str:
    """Return the number of a case or licence in capitals: letters and digits in groups."""
    found = value.strip().upper()
    if (
        not found
        or len(found) > 64
        or not all(one.isascii() and (one.isalnum() or one in "-.") for one in found)
    ):
        raise click.BadParameter(f"`{value}` is no number of a case or licence; they look like K7M4-QX2P")
    return found


CASE: Final = ident
LICENCE: Final = ident

"""The two options by which an act at a seat is signed in person: print what is to be signed, and hand in what was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from lastword.cli.acting import Acting

_STATEMENT: Final = click.option(
    "--statement", "wanted", is_flag=True, help="Only print what your passkey is to sign; nothing is done."
)
_SIGNED: Final = click.option(
    "--signed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What --statement printed, with your passkey's answer under `assertion`.",
)


def signable(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it stands below ``acting``."""

    @wraps(command)
    def run(acting: Acting, **typed: Any) -> None:
        command(replace(acting, statement=typed.pop("wanted"), signed=typed.pop("signed")), **typed)

    return _STATEMENT(_SIGNED(run))

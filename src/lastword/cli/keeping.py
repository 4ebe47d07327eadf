"""What the commands share that keep a record as it lies there, sound or not: they open no desk, which needs a sound one."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from lastword.app import Configured, configured
from lastword.cli.acting import told
from lastword.texts import speak

if TYPE_CHECKING:
    from lastword.record.policy import Policy
    from lastword.store.installation import Installation

_STORE: Final = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="The store; else LASTWORD_STORE, else the key `store` in lastword.toml.",
)
_AT: Final = click.option("--at", metavar="INSTANT", help="What time it is; in a practice store only.")
_LANG: Final = click.option("--lang", metavar="LANG", help="en or de.")


def keeping(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its first two arguments, the installation and what was configured."""

    @wraps(command)
    def run(**typed: Any) -> None:
        from lastword.store.installation import Installation

        with told():
            config: Configured = configured(
                os.environ, Path(), store=typed.pop("store"), at=typed.pop("at"), lang=typed.pop("lang")
            )
            if config.language:
                speak(config.language)
            command(Installation.read(config.store), config, **typed)

    found: Callable[..., None] = run
    for option in (_LANG, _AT, _STORE):
        found = option(found)
    return found


def policy_of(made: Installation) -> tuple[Policy, bytes] | None:
    """Return whom heads must be signed by, as ``policy`` in store.toml says, and the file's bytes; None if it names none.

    Raises InputError.
    """
    from lastword.errors import Where
    from lastword.files.text import read_bytes
    from lastword.record.policy import Policy

    if not made.policy:
        return None
    path = made.folder / made.policy
    content = read_bytes(path, str(path))
    return Policy.read(content, Where(str(path))), content

"""``lastword witness``: watch the record of somebody else, and say with a signature that it never goes back."""

from __future__ import annotations

import os
import secrets
import stat
import time
from pathlib import Path
from typing import Final

import click

from lastword.cli.commands import Commands
from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, Problem, Where
from lastword.files.text import read_bytes, utf8_text
from lastword.record.cosignature import WitnessSigner
from lastword.record.note import Verifier
from lastword.texts import _, speak

COMMANDS: Final = {
    "new-key": ("lastword.cli.witness", "new_key"),
    "serve": ("lastword.cli.witness", "serve"),
}
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@click.group("witness", cls=Commands, table=COMMANDS)
def witness() -> None:
    """Run a witness: for those who do not keep the record, so that nobody can rewrite it unseen."""


@click.command("new-key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--name", required=True, metavar="NAME", help="The name of the witness, e.g. witness.example.org/w1."
)
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def new_key(file: Path, name: str, lang: str | None) -> None:
    """Make the key of a witness.

    The private half is written to FILE, which only its owner can read; the other is printed. Use it for nothing else.
    """
    speak(lang or "en")
    made = WitnessSigner.new(name, secrets.token_bytes(32), Where("--name"))
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(
            Problem(
                Where(str(file)),
                "is there already, and a key that is lost cannot be made again",
                "choose another name",
            )
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(made.private_line() + "\n")
        out.flush()
        os.fsync(out.fileno())
    click.echo(_("Private key of %(name)s: %(file)s.") % {"name": name, "file": file})
    click.echo(_("Give this line to those who check the record; it goes into their policy:"))
    click.echo(f"witness {name} {made.key}")


@click.command("serve")
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(path_type=Path),
    help="The private key: a file of `lastword witness new-key`.",
)
@click.option(
    "--log",
    "log_keys",
    required=True,
    multiple=True,
    metavar="NAME+HASH+KEY",
    help="The key of a log to watch. Give it again for more logs, or for more keys of one.",
)
@click.option(
    "--store",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file in which the witness remembers what it signed. Never put back an old copy of it.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", default=8484, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def serve(
    key_file: Path, log_keys: tuple[str, ...], store: Path, host: str, port: int, lang: str | None
) -> None:
    """Sign the heads of logs, each only if it goes on from the one before (C2SP tlog-witness).

    It speaks HTTP; put it behind a server that speaks HTTPS if others than this machine are to reach it.
    """
    from lastword.witness.keeping import Memory
    from lastword.witness.serving import WitnessServer

    speak(lang or "en")
    signer = WitnessSigner.read(_key_text(key_file), Where(str(key_file)))
    logs: dict[str, list[Verifier]] = {}
    for text in log_keys:
        key = Verifier.read(text, Where("--log"))
        logs.setdefault(key.name, []).append(key)
    with WitnessServer((host, port), Memory(store), logs, signer, _now) as server:
        place = f"http://{host}:{server.server_address[1]}"
        click.echo(
            _("%(name)s signs at %(place)s. Stop it with Ctrl-C.") % {"name": signer.name, "place": place}
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo(_("Stopped."))


def _now() -> int:
    """Return the time in seconds since 1970: the one place where a witness looks at the clock."""
    return int(time.time())


def _key_text(file: Path) -> str:
    text = utf8_text(read_bytes(file, str(file)), str(file))
    if os.name == "posix" and file.stat().st_mode & _OTHERS:
        raise InputError(Problem(Where(str(file)), "others can read this private key", f"chmod 600 {file}"))
    return text

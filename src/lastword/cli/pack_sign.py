"""``lastword pack key``, ``sign`` and ``verify``: whose pack it is, and that nobody changed it."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

import click

from lastword.cli.errors import exit_on_input_error
from lastword.cli.pack_folder import head_of
from lastword.errors import InputError, Problem, Where
from lastword.files import packsignature
from lastword.files.text import read_bytes, utf8_text
from lastword.record.note import Signer, Verifier
from lastword.texts import _, several, speak
from lastword.workspace import named, nearest, read_settings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@click.command("key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--name",
    metavar="NAME",
    help="Whose key it is, without spaces, e.g. export-control.example.org. Left out: the name of FILE.",
)
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def key(file: Path, name: str | None, lang: str | None) -> None:
    """Make a pair of keys to sign packs with.

    The private one is written to FILE, which only its owner can read; the other, which may be shown to anybody, is
    printed.
    """
    _speak(lang)
    made = Signer.new(name or file.stem, secrets.token_bytes(32), Where("--name" if name else str(file)))
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
    click.echo(_("Private key of %(name)s: %(file)s. Who has it signs in this name; keep it where you keep such things.") % {
        "name": made.name, "file": file,
    })  # fmt: skip
    click.echo(_("Give this to those who should trust it; it goes into `trust` in their lastword.toml:"))
    click.echo(str(made.verifier))


@click.command("sign")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(path_type=Path),
    help="The private key: a file of `lastword pack key`.",
)
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def sign(folder: Path, key_file: Path, lang: str | None) -> None:
    """Sign the pack in FOLDER.

    SIGNATURE is written beside its pack.yaml, over every file in the folder. After any change it must be signed again.
    The pack must have a version.
    """
    _speak(lang)
    ident, version = _versioned(folder)
    signer = Signer.read(_key_text(key_file), Where(str(key_file)))
    text = packsignature.sign(folder, ident, version, signer)
    files = sum(line.startswith("file ") for line in text.splitlines())
    click.echo(_("%(pack)s, version %(version)s: %(files)s signed by %(name)s.") % {
        "pack": ident, "version": version, "name": signer.name,
        "files": several("%(n)d file", "%(n)d files", files),
    })  # fmt: skip
    click.echo(_("Next: give away the folder as it is. Who gets it runs: lastword pack verify %(folder)s --key %(key)s") % {
        "folder": folder, "key": signer.verifier,
    })  # fmt: skip


@click.command("verify")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", "verifier", metavar="KEY", help="Who must have signed it: the line that `lastword pack key` printed, "
              "or a file with it. Left out: one of those in `trust` of the nearest workspace.")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "de"]), help="en or de.")
@exit_on_input_error()
def verify(folder: Path, verifier: str | None, lang: str | None) -> None:
    """Say whether the pack in FOLDER is as it was signed, and by whom. Every file that was changed, added or
    taken away since is named.
    """
    root = _speak(lang)
    ident, _version = head_of(folder)
    if not packsignature.is_signed(folder):
        raise InputError(
            Problem(Where(str(folder)), "has no SIGNATURE", f"lastword pack sign {folder} --key FILE")
        )
    signed = packsignature.verified(folder, ident)
    trust = read_settings(root).trust if root is not None else ()
    if verifier is not None:
        trust = (_verifier(verifier),)
    if trust:
        packsignature.trusted(folder, signed, trust)
    click.echo(_("%(pack)s, version %(version)s: %(files)s, all as %(name)s signed them.") % {
        "pack": signed.id, "version": signed.version or _("none"), "name": signed.key.name,
        "files": several("%(n)d file", "%(n)d files", len(signed.files)),
    })  # fmt: skip
    if not trust:
        click.echo(_("Whether this key is the one you trust is for you to say: compare it with what %(name)s told you:") % {
            "name": signed.key.name,
        })  # fmt: skip
        click.echo(str(signed.key))


def _versioned(folder: Path) -> tuple[str, str]:
    """Return id and version of the pack in a folder."""
    ident, version = head_of(folder)
    if not version.strip():
        raise InputError(
            Problem(
                Where(f"{named(folder)}/pack.yaml"),
                "a pack that is signed has a version",
                'write version: "2026.11.1" into pack.yaml',
            )
        )
    return ident, version


def _key_text(file: Path) -> str:
    text = utf8_text(read_bytes(file, str(file)), str(file))
    if os.name == "posix" and file.stat().st_mode & _OTHERS:
        raise InputError(Problem(Where(str(file)), "others can read this private key", f"chmod 600 {file}"))
    return text


def _verifier(told: str) -> Verifier:
    path = Path(told)
    if "+" not in told and path.is_file():
        return Verifier.read(utf8_text(read_bytes(path, told), told), Where(told))
    return Verifier.read(told, Where("--key"))


def _speak(lang: str | None) -> Path | None:
    """Use the language asked for, else that of the nearest workspace, and return its folder."""
    root = nearest()
    speak(lang or (read_settings(root).language if root is not None else "en"))
    return root

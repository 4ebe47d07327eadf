"""``lastword record rotate-key``, ``enrol`` and ``revoke``: the record's own keys, and the passkeys of persons."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import cast

import click

from lastword.cli.acting import Acting, acting
from lastword.texts import _


@click.command("rotate-key")
@click.argument("which", type=click.Choice(["entry", "log"]))
@acting
def rotate_key(acting: Acting, which: str) -> None:
    """Take a new key for entries (`entry`) or for heads (`log`), from the next entry on.

    An entry that the old key signs names the new one. Whoever knows the old key can follow; what the old one signs later is
    refused. If a key was in wrong hands, this is not enough: see `record recover --key-exposed`.
    """
    from lastword.store.installation import Installation
    from lastword.store.rotation import RotateKey, Which, rotate

    made = Installation.read(acting.config.store)
    done = rotate(acting.desk.store, RotateKey(**acting.who, which=cast(Which, which)), made.private)
    if done.proposal:
        click.echo(
            _("It waits as %(proposal)s until another officer asks for the same.")
            % {"proposal": done.proposal}
        )
        return
    click.echo(_("The new key holds from %(size)s on: %(key)s") % {"size": done.from_size, "key": done.key})
    if which == "log":
        click.echo(
            _("Give it to those who check the record; those who have the old one can follow by themselves.")
        )


@click.command("enrol")
@click.argument("owner", metavar="PERSON")
@click.option("--credential", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="The passkey as JSON: credential_id, public_key (COSE), algorithm, backup_eligible, backup_state, rp_id, "
              "origins, attestation.")  # fmt: skip
@click.option("--signed", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="What an older passkey of PERSON signed for it, instead of two officers.")  # fmt: skip
@click.option("--statement", "wanted", is_flag=True, help="Only print what an older passkey is to sign.")
@acting
def enrol(acting: Acting, owner: str, credential: Path, signed: Path | None, wanted: bool) -> None:
    """Enrol a passkey of PERSON, with which acts can be signed in person.

    Two officers of those who keep the keys must ask for the same, or an older passkey of PERSON signs it.
    """
    from lastword.record.logevents import Enrolled
    from lastword.store import enrolment

    act = enrolment.read_credential(credential, owner, acting.who)
    if wanted:
        origin = acting.desk.store.origin
        claim = enrolment.Claim(
            Enrolled.kind, origin, enrolment.ENROLMENT, act.claim, secrets.token_urlsafe(16)
        )
        click.echo(json.dumps(claim.to_json(), ensure_ascii=False, indent=2))
        return
    given = enrolment.Signed.read(signed) if signed is not None else None
    _tell(*enrolment.enrol(acting.desk.store, act, given))


@click.command("revoke")
@click.argument("owner", metavar="PERSON")
@click.argument("credential_id")
@acting
def revoke(acting: Acting, owner: str, credential_id: str) -> None:
    """Let a passkey of PERSON count no more, from the next entry on. By PERSON, or by those who keep the keys."""
    from lastword.store import enrolment

    act = enrolment.RevokePasskey(**acting.who, owner=owner, credential_id=credential_id)
    _tell(*enrolment.revoke(acting.desk.store, act))


def _tell(entry: int, proposal: str) -> None:
    if proposal:
        click.echo(
            _("It waits as %(proposal)s until another officer asks for the same.") % {"proposal": proposal}
        )
    else:
        click.echo(_("Written as entry %(entry)s.") % {"entry": entry})

"""What ends or changes a licence: suspend, reinstate, revoke, surrender; its provisos; its review."""

from __future__ import annotations

from typing import Final, Literal

import click

from lastword.cases.acts import ChangeLicence, DropProviso, Review
from lastword.cli.acting import WORDS, Acting, acting
from lastword.cli.case_words import LICENCE
from lastword.cli.telling import tell_licences
from lastword.texts import _

_LICENCE: Final = click.argument("licence", type=LICENCE)
_GROUND: Final = click.option("--ground", default="", metavar="CODE", help="A code for the reason.")
_FOR_APPLICANT: Final = click.option(
    "--text-applicant", type=WORDS, default="", metavar="TEXT", help="The reasons, for the holder."
)
_FOR_FILE: Final = click.option(
    "--text-file", type=WORDS, default="", metavar="TEXT", help="The reasons, for the file only."
)
_TEXT: Final = click.option("--text", type=WORDS, default="", metavar="TEXT", help="Your words.")


def _change(
    acting: Acting,
    to: Literal["suspend", "reinstate", "revoke", "surrender"],
    licence: str,
    ground: str,
    text_applicant: str,
    text_file: str,
) -> None:
    named = acting.desk.licences_named((licence,), acting.person)
    act = ChangeLicence(
        **acting.who,
        licence=named[0],
        to=to,
        ground=ground,
        for_applicant=text_applicant,
        for_file=text_file,
    )
    tell_licences(acting, acting.do(act), named)


@click.command("suspend")
@_LICENCE
@_GROUND
@_FOR_APPLICANT
@_FOR_FILE
@acting
def suspend(acting: Acting, licence: str, ground: str, text_applicant: str, text_file: str) -> None:
    """Suspend a licence: from now on nothing can be reserved, confirmed or used."""
    _change(acting, "suspend", licence, ground, text_applicant, text_file)


@click.command("reinstate")
@_LICENCE
@_GROUND
@_FOR_APPLICANT
@_FOR_FILE
@acting
def reinstate(acting: Acting, licence: str, ground: str, text_applicant: str, text_file: str) -> None:
    """End the suspension of a licence."""
    _change(acting, "reinstate", licence, ground, text_applicant, text_file)


@click.command("revoke")
@_LICENCE
@_GROUND
@_FOR_APPLICANT
@_FOR_FILE
@acting
def revoke(acting: Acting, licence: str, ground: str, text_applicant: str, text_file: str) -> None:
    """Take a licence back for good."""
    _change(acting, "revoke", licence, ground, text_applicant, text_file)


@click.command("surrender")
@_LICENCE
@_TEXT
@acting
def surrender(acting: Acting, licence: str, text: str) -> None:
    """Give your licence back."""
    _change(acting, "surrender", licence, "", "", text)


@click.command("drop-proviso")
@_LICENCE
@click.argument("proviso")
@_TEXT
@acting
def drop_proviso(acting: Acting, licence: str, proviso: str, text: str) -> None:
    """Agree that a proviso of your office no longer binds."""
    named = acting.desk.licences_named((licence,), acting.person)
    act = DropProviso(**acting.who, case="", clearance="", licence=named[0], proviso=proviso, text=text)
    tell_licences(acting, acting.do(act), named)


@click.command("review")
@_LICENCE
@click.option("--right/--wrong", "right", default=None, required=True,
              help="Breaking the glass was right, or it was not: then the licence is revoked.")  # fmt: skip
@_TEXT
@acting
def review(acting: Acting, licence: str, right: bool, text: str) -> None:
    """Review a licence that went ahead before the decision."""
    named = acting.desk.licences_named((licence,), acting.person)
    done = acting.do(Review(**acting.who, licence=named[0], right=right, text=text))
    click.echo(_("Reviewed: it was right.") if right else _("Reviewed: it was not right."))
    tell_licences(acting, done, named)

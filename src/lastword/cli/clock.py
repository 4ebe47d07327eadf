"""``lastword clock``: what time it is for the record."""

from __future__ import annotations

from datetime import datetime

import click

from lastword.cli.acting import MOMENT, Acting, acting, looking
from lastword.cli.blocking import instant_words
from lastword.texts import _


@click.group("clock")
def clock() -> None:
    """The record's clock: it never runs backwards, and a jump ahead must be confirmed before anything is written."""


@clock.command("show")
@looking
def show(acting: Acting) -> None:
    """Show what time it is for the record, and of when its last entry is."""
    head = acting.desk.store.head()
    click.echo(_("now %(when)s") % {"when": instant_words(acting.desk.now())})
    if head is not None:
        click.echo(_("last entry %(when)s") % {"when": instant_words(head.at)})


@clock.command("confirm")
@click.option("--is", "seen", type=MOMENT, required=True, metavar="INSTANT",
              help="What another clock shows that you trust, e.g. 2026-11-22T09:00Z.")  # fmt: skip
@acting
def confirm(acting: Acting, seen: datetime) -> None:
    """Confirm that the machine's clock is right though it jumped, by another clock. The constitution says who may."""
    from lastword.clearance.clock import confirm_clock

    waiting = confirm_clock(acting.desk, seen, person=acting.person, principal=acting.config.principal)
    if waiting:
        click.echo(_("Proposed as %(id)s; it waits for others to say the same today.") % {"id": waiting})
    else:
        click.echo(_("The clock is confirmed."))

"""``lastword record texts``, ``redact`` and ``export``: what can be erased, erasing it, and handing out what may be seen."""

from __future__ import annotations

from pathlib import Path

import click

from lastword.cli.acting import Acting, acting, looking
from lastword.cli.keeping import policy_of
from lastword.errors import InputError, Problem, Where
from lastword.texts import _


@click.command("texts")
@click.argument("case")
@looking
def texts(acting: Acting, case: str) -> None:
    """List the erasable texts of CASE by entry and name, as `redact` takes them; not what they say."""
    from lastword.cases.case import Case
    from lastword.cases.reading import is_officer, not_there, reader_of
    from lastword.store.reading import Erased

    desk = acting.desk
    found = desk.store.state(f"case/{case}") if case and "/" not in case else None
    reader = reader_of(acting.person, desk.roster(), desk.now().date())
    if not isinstance(found, Case) or not is_officer(found, reader):
        raise not_there(case)
    licences = [one.licence for each in found.clearances.values() for one in each.outcomes if one.licence]
    licences += [glass.licence for glass in found.glass]
    for stream in (f"case/{case}", *(f"licence/{one}" for one in licences)):
        for entry in desk.store.entries(stream, most=100_000):
            for name, value in sorted(entry.texts.items()):
                said = (
                    _("erased by entry %(entry)s") % {"entry": value.by} if isinstance(value, Erased) else ""
                )
                click.echo(f"{entry.index}  {name}  {entry.kind}  {said}".rstrip())


@click.command("redact")
@click.argument("index", type=click.IntRange(min=0))
@click.argument("field")
@click.option(
    "--ground", required=True, metavar="CODE", help="Why, as a code without any name, e.g. gdpr-17."
)
@acting
def redact(acting: Acting, index: int, field: str, ground: str) -> None:
    """Erase the text FIELD of entry INDEX for good: its key is destroyed, and what was sealed with it is deleted.

    An entry says that it was erased, on which ground and by whom. The signed entry that held it stays valid, and no state
    changes. Old backups do not bring it back: every start erases it again. Bundles that were handed out with it cannot be
    recalled; they are listed.
    """
    from lastword.store.installation import Installation
    from lastword.store.redaction import RedactText, lists_of
    from lastword.store.redaction import redact as redacted

    made = Installation.read(acting.config.store)
    act = RedactText(**acting.who, index=index, field=field, ground=ground)
    done = redacted(acting.desk.store, act, lists_of(made.folder, made.private))
    if done.proposal:
        click.echo(
            _("It waits as %(proposal)s until another officer asks for the same.")
            % {"proposal": done.proposal}
        )
        return
    for place, by in zip(done.places, done.entries, strict=True):
        click.echo(_("Entry %(place)s: erased, as entry %(by)s says.") % {"place": place, "by": by})
    for one in done.handed_out:
        words = {"reader": one.reader, "by": one.by, "entry": one.index}
        click.echo(
            _("A bundle with it was handed out by %(by)s for %(reader)s (entry %(entry)s): ask for it back.")
            % words
        )
    if made.database.startswith("postgresql"):
        click.echo(
            _(
                "What was sealed may still stand in the server's own log and on its standby; nothing opens it any more."
            )
        )


@click.command("export")
@click.argument("case")
@click.option(
    "--for", "reader", required=True, metavar="READER", help="public, applicant, auditor, or a person's id."
)
@click.option(
    "--to", "to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@click.option("--since", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A checkpoint that the reader holds: the record is shown to go on from it.")  # fmt: skip
@click.option("--provisional", is_flag=True, help="Also if too few witnesses signed the head.")
@looking
def export(acting: Acting, case: str, reader: str, to: Path, since: Path | None, provisional: bool) -> None:
    """Write a bundle about CASE: what READER may see of it, signed, with all that is needed to check it without the record.

    `lastword verify` checks it, and so do openssl and Go, as VERIFY.md in it says. It is written down in the record that it
    was handed out, and for whom.
    """
    from lastword.files.text import read_bytes
    from lastword.store.export import export as exported
    from lastword.store.export import write_atomically
    from lastword.store.installation import Installation
    from lastword.store.reading import Head
    from lastword.store.streamindexing import stream_secret
    from lastword.store.witnessing import cosign
    from lastword.witness.client import submit

    if not to.parent.is_dir():
        raise InputError(
            Problem(Where("--to"), f"there is no folder `{to.parent}`", "make it, or name another")
        )
    made = Installation.read(acting.config.store)
    policy = policy_of(made)
    store = acting.desk.store

    def ask(head: Head) -> None:
        if policy is not None:
            for one in cosign(store, policy[0], head, submit):
                if not one.signed:
                    click.echo(
                        _("%(name)s did not sign: %(why)s.") % {"name": one.name, "why": one.why}, err=True
                    )

    done = exported(
        store,
        case,
        by=acting.person,
        to=reader,
        secret=stream_secret(made.private),
        policy=policy[0] if policy is not None else None,
        policy_text=policy[1] if policy is not None else None,
        since=read_bytes(since, str(since)) if since is not None else None,
        cosign=ask,
        provisional=provisional,
    )
    write_atomically(to, done.content)
    words = {"file": to, "entries": done.entries, "opened": done.opened, "size": done.size}
    click.echo(
        _("%(file)s: %(entries)s entries, %(opened)s parts of them open, under the head of %(size)s entries.")
        % words
    )
    if done.seen is None:
        click.echo(
            _(
                "No policy asks for witnesses: that all are shown the same record rests on the log's word alone."
            )
        )
    elif done.seen.quorum:
        click.echo(_("Signed by the witnesses %(names)s.") % {"names": ", ".join(done.seen.names)})
    else:
        click.echo(_("Provisional: too few witnesses signed."))
    click.echo(_("Check: lastword verify %(file)s --policy FILE") % {"file": to})

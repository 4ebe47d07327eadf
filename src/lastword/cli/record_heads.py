"""``lastword record checkpoint``, ``witness`` and ``index``: heads, and who else signed them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from lastword.cli.acting import Acting, acting, looking
from lastword.cli.keeping import policy_of
from lastword.errors import InputError, Problem, Where
from lastword.texts import _

NO_QUORUM = 1
_OLD = timedelta(hours=25)


@click.command("checkpoint")
@click.option("--to", "to", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file.")
@looking
def checkpoint(acting: Acting, to: Path | None) -> None:
    """Print the newest signed head, with what witnesses signed: three lines that fix all that is in the record.

    Give it to somebody else, or print it: whoever holds it can tell later that nothing before it was changed.
    """
    from lastword.record.note import Note
    from lastword.store.export import write_atomically
    from lastword.store.installation import Installation

    store = acting.desk.store
    head = store.head()
    if head is None:
        raise InputError(Problem(Where("record"), "there is no head yet", "write something first"))
    lines = store.cosignatures(head.size)
    at = Where("checkpoint")
    note = bytes(Note.read(head.note, at).with_lines(lines, at)) if lines else head.note
    if to is None:
        click.echo(note.decode(), nl=False)
    else:
        write_atomically(to, note)
        click.echo(_("Head of %(size)s entries: %(file)s.") % {"size": head.size, "file": to})
    _quorum(acting, Installation.read(acting.config.store))


@click.command("witness")
@looking
def witness(acting: Acting) -> None:
    """Have the witnesses sign the newest head: those that `policy` in store.toml names with their addresses.

    Run it on a fixed beat, e.g. every ten minutes. Writing goes on while witnesses are away; what is final waits for them.

    Exit code: 0 enough of them signed, 1 too few.
    """
    from lastword.store.installation import Installation
    from lastword.store.witnessing import cosign, seen_by
    from lastword.witness.client import submit

    made = Installation.read(acting.config.store)
    found = policy_of(made)
    if found is None:
        raise InputError(
            Problem(
                Where("store.toml"),
                "names no policy, so there is nobody to ask",
                'write policy = "policy.txt", and that file with log, witness and quorum lines',
            )
        )
    policy, _content = found
    store = acting.desk.store
    head = store.head()
    assert head is not None
    for one in cosign(store, policy, head, submit):
        click.echo(
            _("%(name)s signed.") % {"name": one.name}
            if one.signed
            else _("%(name)s did not sign: %(why)s.") % {"name": one.name, "why": one.why}
        )
    seen = seen_by(store, policy, head)
    _quorum(acting, made)
    if not seen.quorum:
        raise SystemExit(NO_QUORUM)


@click.command("index")
@acting
def index(acting: Acting) -> None:
    """Write down how far every stream of the record goes, so that no end of one can be hidden. Run it each night."""
    from lastword.cases.refusal import ActRefused
    from lastword.store.installation import Installation
    from lastword.store.streamindexing import stream_secret, write_index

    if not acting.desk.roster().is_human(acting.person):
        raise ActRefused(
            "unknown_person", f"`{acting.person}` is nobody the roster knows", "name a person of the roster"
        )
    secret = stream_secret(Installation.read(acting.config.store).private)
    done = acting.desk.store.submit(lambda writing: write_index(writing, secret).index, alone=True)
    click.echo(_("Written as entry %(entry)s.") % {"entry": done.result})


def _quorum(acting: Acting, made: object) -> None:
    """Tell of when the last head is that enough witnesses signed, and how long ago that was."""
    from lastword.store.installation import Installation
    from lastword.store.witnessing import last_quorum

    assert isinstance(made, Installation)
    found = policy_of(made)
    if found is None or not found[0].asks_for_witnesses:
        return
    seen = last_quorum(acting.desk.store, found[0])
    if seen is None or seen.at is None:
        click.echo(_("No head was signed by enough witnesses yet."), err=True)
        return
    age = acting.desk.now() - seen.at
    words = {
        "size": seen.size,
        "at": f"{seen.at:%Y-%m-%d %H:%M} UTC",
        "minutes": max(int(age.total_seconds() // 60), 0),
    }
    click.echo(
        _("Enough witnesses signed the head of %(size)s entries at %(at)s, %(minutes)s minutes ago.") % words,
        err=True,
    )
    if age > _OLD:
        click.echo(_("That is long ago: look whether the witnesses can be reached."), err=True)

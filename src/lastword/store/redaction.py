"""Erasing a text: its key is destroyed, its ciphertext deleted, and an entry says so. The entry that held it stays valid.

A text lies sealed wherever it lies: in its row, in write-ahead logs, on a standby, in old backups. Only the vault opens it. So
what erases it is that the vault forgets its key; deleting the ciphertext comes on top.

In this order, each step repaired at the next start if it breaks off after it:

1. The entry ``log.redacted`` is committed, and in the same transaction the ciphertext goes.
2. The digest is put on the list ``redacted``, beside the anchor and beside ``store.toml``. From now on it stays erased
   whatever is put back: a start-up applies the list, and the record's own entries, again.
3. The vault destroys the key, and overwrites its place in the file.
4. Both files' write-ahead logs are emptied.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from lastword.cases.acts import Act
from lastword.cases.refusal import ActRefused
from lastword.cases.world import Written
from lastword.record.kept import REDACTED
from lastword.record.logevents import LOG, Exported, Redacted
from lastword.store import schema as t
from lastword.store.guarding import permitted
from lastword.store.refusal import DamagedError

if TYPE_CHECKING:
    from lastword.store.database import Database, Session
    from lastword.store.store import Store
    from lastword.store.vault import Vault
    from lastword.store.writing import Writing

LIST: Final = "redacted"
_GROUND: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_NAMED: Final = sa.select(t.disclosure.c.digest, t.disclosure.c.text, t.disclosure.c.erased_by).where(
    t.disclosure.c.idx == bindparam("of"), t.disclosure.c.name == bindparam("named")
)
_ALIKE: Final = (
    sa.select(t.disclosure.c.idx, t.disclosure.c.name)
    .where(
        t.disclosure.c.digest == bindparam("same"),
        t.disclosure.c.text.is_(None),
        t.disclosure.c.sealed.is_not(None),
    )
    .order_by(t.disclosure.c.idx)
)
_ERASE: Final = (
    sa.update(t.disclosure)
    .where(t.disclosure.c.idx == bindparam("of"), t.disclosure.c.name == bindparam("named"))
    .values(sealed=sa.null(), erased_by=bindparam("by"))
)
_ERASE_ALIKE: Final = (
    sa.update(t.disclosure)
    .where(
        t.disclosure.c.digest == bindparam("same"),
        t.disclosure.c.text.is_(None),
        t.disclosure.c.sealed.is_not(None),
    )
    .values(sealed=sa.null(), erased_by=bindparam("by"))
)
_STILL: Final = sa.select(t.disclosure.c.digest).where(
    t.disclosure.c.digest == bindparam("same"),
    t.disclosure.c.text.is_(None),
    t.disclosure.c.sealed.is_not(None),
)
_KEPT_OF: Final = (
    sa.select(t.disclosure.c.idx, t.disclosure.c.text)
    .join(t.entry, t.entry.c.idx == t.disclosure.c.idx)
    .where(
        t.entry.c.stream == LOG,  # by whose index these few are found
        t.entry.c.kind == bindparam("kind"),
        t.disclosure.c.text.is_not(None),
    )
    .order_by(t.disclosure.c.idx)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactText(Act):
    """Erase the text ``field`` of entry ``index``. ``ground``: a code, e.g. ``gdpr-17``. Guarded by ``redact``."""

    index: int
    field: str
    ground: str


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A bundle that holds an erased text and cannot be recalled: its entry, and for whom it was made, by whom."""

    index: int
    reader: str
    by: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """What became of it. ``proposal``: where it waits for another officer; else the entries that say so, and where it stood.

    ``places``: the entries that held the text, several if it stood unchanged in a request over several rounds.
    """

    entries: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    digest: str = ""
    proposal: str = ""
    handed_out: tuple[HandedOut, ...] = ()


def redact(store: Store, act: RedactText, lists: Iterable[Path]) -> Redaction:
    """Erase a text everywhere it stands. ``lists``: files to note it in, the one beside the anchor first.

    Raises ActRefused: not their office, no such text, it is kept for ever, erased already, or a ground that is no code.
    """
    if not _GROUND.fullmatch(act.ground):
        raise ActRefused(
            "bad_ground",
            f"`{act.ground}` is no code of a ground",
            "give small letters, digits, dots and dashes, without names of persons, e.g. gdpr-17",
        )

    def work(writing: Writing) -> Redaction:
        digest = _digest(writing, act)
        leave = permitted(writing, "redact", act)
        if not leave.goes:
            return Redaction(proposal=leave.proposal)
        entries, places, rows = [], [], []
        for index, name in writing.session.rows(_ALIKE, same=digest):
            by = writing.append(
                Written(LOG, Redacted(index, {name: digest}, act.ground, leave.by), audience="public")
            )
            entries.append(by)
            places.append(index)
            rows.append({"of": index, "named": name, "by": by})
        writing.run(_ERASE, rows)
        return Redaction(
            tuple(entries), tuple(places), digest, handed_out=_handed_out(writing.session, digest)
        )

    # Alone, so that no other act of the same turn writes the text again after it was looked for.
    done = store.submit(work, alone=True).result
    if done.digest:
        noted = {done.digest: done.entries[0]}
        for path in lists:
            note(path, noted)
        forget(store.vault, store.database, noted)
    return done


def note(path: Path, erased: Mapping[str, int]) -> None:
    """Add digests, each with the entry that says so, to a list; on the disk before this returns."""
    had = noted(path)
    lines = "".join(f"{json.dumps([digest, by])}\n" for digest, by in erased.items() if digest not in had)
    if not lines:
        return
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, lines.encode())
        os.fsync(file)
    finally:
        os.close(file)


def noted(path: Path) -> dict[str, int]:
    """Return what a list says was erased. A last line that was not written whole counts as not written.

    Raises DamagedError for a list that says anything else.
    """
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as why:
        raise DamagedError(f"the list of erasures `{path}` cannot be read: {why}") from None
    found: dict[str, int] = {}
    for line in text.split("\n")[:-1]:
        try:
            digest, by = json.loads(line)
            sound = isinstance(digest, str) and _DIGEST.fullmatch(digest) and type(by) is int
        except (ValueError, TypeError):
            sound = False
        if not sound:
            raise DamagedError(f"the list of erasures `{path}` is damaged; bring back the one it was")
        found[digest] = by
    return found


def apply_again(database: Database, vault: Vault, lists: Iterable[Path]) -> int:
    """Erase again what the lists and the record say was erased, and return how much of it had come back.

    After an old copy of the database, of the vault, or of both was put back.
    """
    paths = tuple(lists)
    of_lists: dict[str, int] = {}
    for path in paths:
        of_lists.update(noted(path))
    with database.reading() as session:
        erased = {**of_lists, **recorded(session)}
        if not erased:
            return 0
        back = [digest for digest in erased if session.row(_STILL, same=digest) is not None]
    kept = [digest for digest in erased if vault.key(digest) is not None]
    for path in paths:
        note(path, erased)
    if back:
        with database.writing() as connection:
            database.finish(connection, [(_ERASE_ALIKE, [{"same": one, "by": erased[one]} for one in back])])
    if back or kept:
        forget(vault, database, {digest: erased[digest] for digest in {*back, *kept}})
    return len({*back, *kept})


def recorded(session: Session) -> dict[str, int]:
    """Return what the record says was erased: digest -> the entry that says so."""
    from lastword.record.disclosure import Disclosure

    found: dict[str, int] = {}
    for index, text in session.rows(_KEPT_OF, kind=REDACTED):
        value = Disclosure.read(text).value
        data = value.get("data") if isinstance(value, dict) else None
        digests = data.get("digests") if isinstance(data, dict) else None
        for digest in digests.values() if isinstance(digests, dict) else ():
            if isinstance(digest, str):
                found.setdefault(digest, index)
    return found


def forget(vault: Vault, database: Database, erased: Mapping[str, int]) -> None:
    """Destroy the keys of what was erased, and leave nothing of it in the files as far as can be done from here."""
    vault.forget(list(erased))
    database.scrub(t.disclosure.name)


def _digest(writing: Writing, act: RedactText) -> str:
    row = writing.session.row(_NAMED, of=act.index, named=act.field)
    if row is None:
        raise ActRefused(
            "no_such_text",
            f"entry {act.index} has no text `{act.field}`",
            "look up the entry and the name of its text with `lastword record show`",
        )
    digest, clear, erased_by = row
    if clear is not None:
        raise ActRefused(
            "kept",
            f"`{act.field}` of entry {act.index} is kept for ever: what became of a case hangs on it",
            "only texts and values of personal facts can be erased",
        )
    if erased_by is not None:
        raise ActRefused("erased", f"`{act.field}` of entry {act.index} was erased by entry {erased_by}")
    return str(digest)


def _handed_out(session: Session, digest: str) -> tuple[HandedOut, ...]:
    """Return the bundles that hold the text: the record noted which texts went into each."""
    from lastword.record.disclosure import Disclosure
    from lastword.store.streams import read_event

    found = []
    for index, text in session.rows(_KEPT_OF, kind=Exported.kind):
        value = Disclosure.read(text).value
        assert isinstance(value, dict)
        assert isinstance(value["data"], dict)
        event = read_event(Exported.kind, 1, value["data"])
        if digest in event.digests:
            found.append(HandedOut(index, event.reader, event.by))
    return tuple(found)


def lists_of(folder: Path, private: Path) -> tuple[Path, Path]:
    """Return where erasures are noted: beside the anchor, and beside ``store.toml``."""
    return private / LIST, folder / LIST

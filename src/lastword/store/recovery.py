"""Bringing back what a record lost, and going on under a new name where that cannot be done.

``recover`` takes what is missing or damaged from copies. It believes no copy: only if the entries, its own and those of the copy,
make the anchored root again, byte for byte, is anything written, and then all at once.

``declare_loss`` is for when no copy has them, or when a key was in wrong hands: the record ends at a head, and a new one, of
another name and with new keys, goes on from it. Its entry 0 holds the old head; all that was in the old record is written again.
Licences that may have been used in the gap are suspended.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy import bindparam

from lastword.cases.constitution import Constitution, Guard
from lastword.cases.licence import Licence
from lastword.cases.licenceevents import LicenceSuspended
from lastword.cases.refusal import ActRefused
from lastword.cases.request import Salted as CaseSalted
from lastword.cases.roster import Roster
from lastword.cases.world import Written
from lastword.errors import InputError, LastwordError, Problem, Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.disclosure import Disclosure
from lastword.record.entry import Entry
from lastword.record.kept import VERSION, Kept
from lastword.record.logevents import (
    KEYS,
    LOG,
    ConstitutionChanged,
    Continued,
    Genesis,
    KeyChanged,
    KeyRange,
    Keys,
    Redacted,
    StreamIndexed,
)
from lastword.record.refusal import RecordError
from lastword.record.tree import Frontier, leaf_hash
from lastword.store import reading
from lastword.store import schema as t
from lastword.store.anchor import AnchorFile
from lastword.store.copying import Copy
from lastword.store.database import SQLite, forever
from lastword.store.parting import TEXTS, widest
from lastword.store.reading import Head, micros
from lastword.store.rebuild import Fold, folded, replacing
from lastword.store.refusal import DamagedError, StoreError
from lastword.store.stored import STEP, Beside, Stored, batches, size
from lastword.store.streams import read_event, written_event
from lastword.store.vault import Vault, unseal
from lastword.store.writer import HeadSigner, check_head

if TYPE_CHECKING:
    from lastword.store.database import Connection, Database
    from lastword.store.installation import Installation
    from lastword.store.store import Store
    from lastword.store.writing import Writing

GAP: Final = "record_gap"
"""The ground of a suspension because uses may be missing in the record."""
_TWO: Final = 2  # officers who declare a loss, at the least
_TURN: Final = 500  # entries that are written again in one turn
_HEADS: Final = sa.select(t.head.c.size, t.head.c.root, t.head.c.note, t.head.c.at).order_by(t.head.c.size)
_NODES: Final = sa.select(t.node.c.level, t.node.c.n, t.node.c.hash)
_LAST_HEADS: Final = sa.select(t.head.c.size).where(t.head.c.size > bindparam("size"))
_USED_AFTER: Final = (
    sa.select(t.entry.c.stream)
    .where(t.entry.c.idx >= bindparam("size"), t.entry.c.stream.like("licence/%"))
    .distinct()
)


class UnrecoverableError(StoreError):
    """The copies do not lead to the anchored root. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was brought back. ``entries``: the ranges that were missing; ``mended``: what else was put right, by table."""

    size: int
    entries: tuple[tuple[int, int], ...]
    mended: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Change:
    """An entry to be written: as it was ``found``, or anew; ``beside``: disclosures to be written."""

    stored: Stored
    new: bool
    beside: tuple[Beside, ...]
    body: bool


def recover(made: Installation, copies: Sequence[Copy]) -> Recovered:
    """Put in from ``copies`` what the database lacks of the anchored record, and put right what is damaged in it.

    Raises UnrecoverableError naming what is still missing; InputError if the private keys or the anchor cannot be read.
    """
    log, _entry = made.keys()
    database = made.open_database()
    vault = made.open_vault()
    anchor = AnchorFile(made.private / "anchor")
    try:
        database.check_schema()
        anchored = anchor.read()
        with database.writing() as connection:
            last = size(connection)
            if last > anchored.size:
                raise UnrecoverableError(
                    f"the database has {last} entries, and the anchor knows {anchored.size}: open the record first, "
                    "so that the anchor follows"
                )
            work = _Recovery(connection, database, vault, copies, anchored.size, HeadSigner(log), made.origin)
            work.look(anchored.root)
            return work.write(anchored.root)
    finally:
        anchor.close()
        vault.close()
        database.close()


class _Recovery:
    """What is found while the entries are gone through; lives for one recovery."""

    def __init__(
        self,
        connection: Connection,
        database: Database,
        vault: Vault,
        copies: Sequence[Copy],
        last: int,
        signer: HeadSigner,
        origin: str,
    ) -> None:
        self._connection, self._database, self._copies = connection, database, copies
        self._last, self._signer, self._origin = last, signer, origin
        self._vault, self._texts = vault, dict[str, bytes]()
        self._changes: list[_Change] = []
        self._missing: list[tuple[int, int]] = []
        self._nowhere: list[tuple[int, int]] = []
        self._edge = Frontier()
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._roots: dict[int, bytes] = {}
        self._keys: tuple[KeyRange, ...] = ()
        self._fold = Fold()
        self._wanted = {row[0] for row in connection.rows(_HEADS)} | {
            one.size for copy in copies for one in copy.heads()
        }

    def look(self, root: bytes) -> None:
        """Choose each entry, its own or a copy's, and make the tree. Raises UnrecoverableError."""
        for start in range(0, self._last, STEP):
            end = min(start + STEP, self._last)
            own = {one.index: one for batch in batches(self._connection, start, end) for one in batch}
            others = [copy.entries(start, end) for copy in self._copies]
            sealed = {
                one.digest
                for entries in (own, *others)
                for stored in entries.values()
                for one in stored.beside
                if one.sealed is not None
            }
            self._texts = dict(self._vault.keys(sealed))
            for index in range(start, end):
                found = [copied[index] for copied in others if index in copied]
                self._choose(index, own.get(index), found)
        if self._nowhere:
            told = ", ".join(f"{first} to {last}" for first, last in self._nowhere[:10])
            raise UnrecoverableError(
                f"the entries {told} are neither here nor in a copy; find a newer copy, or declare the loss with "
                "`lastword record recover --declare-loss`"
            )
        if self._edge.root != root:
            raise UnrecoverableError(
                f"the entries here and in the copies do not make the anchored head of {self._last} entries: "
                "a copy is of another history, or is damaged too"
            )

    def _choose(self, index: int, own: Stored | None, others: Sequence[Stored]) -> None:
        candidates = [one for one in (own, *others) if one is not None]
        chosen = next((one for one in candidates if self._is_signed(index, one)), None)
        if own is None:
            _extend(self._missing, index)
        if chosen is None:
            _extend(self._nowhere, index)
        if chosen is None or self._nowhere:
            return  # with a gap nothing can be brought back; the rest is looked at to name all gaps
        beside = _best(candidates, chosen, self._texts)
        stored = replace(chosen, beside=beside)
        try:
            kept = Stored(index, stored.body, *_columns(stored), stored.beside).kept()
            stored = replace(stored, stream=kept.stream, no=kept.number, kind=kept.kind)
            event = self._fold.add(index, stored.body, kept)
        except RecordError as why:
            raise UnrecoverableError(
                f"entry {index} can be brought back, but not what it says: {why}"
            ) from None
        if isinstance(event, Genesis | KeyChanged | ConstitutionChanged):
            self._keys = self._fold.held[KEYS].state.entry_keys
        if own is None or own != stored:
            had = {one.name: one for one in own.beside} if own is not None else {}
            changed = tuple(one for one in beside if had.get(one.name) != one)
            differs = own is None or (own.body, own.stream, own.no, own.kind) != (
                stored.body,
                stored.stream,
                stored.no,
                stored.kind,
            )
            self._changes.append(_Change(stored, own is None, changed, differs))
        self._edge, completed = self._edge.append(leaf_hash(stored.body))
        for level, n, digest in completed:
            if not level % 8:
                self._nodes[level // 8, n] = digest
        if index + 1 in self._wanted or index + 1 == self._last:
            self._roots[index + 1] = self._edge.root

    def _is_signed(self, index: int, stored: Stored) -> bool:
        """Say whether the right key signed it. Of entry 0 only the root can tell, since the key stands in it."""
        try:
            entry = Entry.read(stored.body)
            if not index:
                return entry.origin == self._origin and stored.kept() is not None
            key = next(key for key in reversed(self._keys) if key.since <= index)
            entry.check(base64.b64decode(key.key))
        except (RecordError, StopIteration):
            return False
        return entry.origin == self._origin

    def write(self, root: bytes) -> Recovered:
        """Write what was chosen, all in one transaction, with states made anew."""
        writes: list[tuple[Any, list[dict[str, Any]]]] = []
        mended: dict[str, int] = {}
        fresh = [one.stored for one in self._changes if one.new]
        changed = [one.stored for one in self._changes if not one.new and one.body]
        entries = [_entry_row(one) for one in fresh]
        writes.append((sa.insert(t.entry), entries))
        writes.append((_update(t.entry, "idx"), [_of(_entry_row(one), "idx") for one in changed]))
        beside = [(one.stored.index, each) for one in self._changes for each in one.beside]
        rows = [_beside_row(index, each) for index, each in beside]
        off = sa.delete(t.disclosure).where(
            t.disclosure.c.idx == bindparam("of"), t.disclosure.c.name == bindparam("named")
        )
        writes.append((off, [{"of": row["idx"], "named": row["name"]} for row in rows]))
        writes.append((sa.insert(t.disclosure), rows))
        nodes, wrong, beyond = self._tree()
        writes.append((sa.delete(t.node).where(t.node.c.level == bindparam("at"), t.node.c.n == bindparam("of")),
                       [{"at": level, "of": n} for level, n in (*wrong, *beyond)]))  # fmt: skip
        writes.append((sa.insert(t.node), nodes))
        heads, gone = self._heads(root)
        writes.append(
            (sa.delete(t.head).where(t.head.c.size == bindparam("of")), [{"of": one} for one in gone])
        )
        writes.append((sa.insert(t.head), heads))
        writes += self._others(fresh)
        writes += replacing(self._fold)
        mended |= {
            "entry": len(changed),
            "disclosure": len(rows) - sum(len(one.beside) for one in self._changes if one.new),
            "node": len(wrong) + len(beyond),
            "head": len(gone),
        }
        connection = self._connection
        unlocked = bool(changed or wrong or beyond or gone)
        if unlocked:
            _unlock(connection, self._database)
        for statement, given in writes:
            if given:
                connection.run(statement, given)
        if unlocked:
            _lock(connection, self._database)
        self._database.commit(connection)
        return Recovered(self._last, tuple(self._missing), {name: n for name, n in mended.items() if n})

    def _tree(self) -> tuple[list[dict[str, Any]], list[tuple[int, int]], list[tuple[int, int]]]:
        """Return the hashes to be written, and those that are wrong, or stand for nothing."""
        had = {(level, n): bytes(digest) for level, n, digest in self._connection.rows(_NODES)}
        wrong = [key for key, digest in self._nodes.items() if key in had and had[key] != digest]
        beyond = [key for key in had if key not in self._nodes]
        new = [
            {"level": key[0], "n": key[1], "hash": digest}
            for key, digest in self._nodes.items()
            if had.get(key) != digest
        ]
        return new, wrong, beyond

    def _heads(self, root: bytes) -> tuple[list[dict[str, Any]], list[int]]:
        """Return the heads to be written, and the sizes of those here that are wrong."""
        keys = self._fold.held[KEYS].state
        had = {row[0]: Head(row[0], bytes(row[1]), bytes(row[2]), reading.instant(row[3]))
               for row in self._connection.rows(_HEADS)}  # fmt: skip
        gone = [number for number, one in had.items() if not self._is_right(one, keys)]
        there = had.keys() - set(gone)
        found: dict[int, Head] = {}
        for copy in self._copies:
            for one in copy.heads():
                if one.size <= self._last and one.size not in there and self._is_right(one, keys):
                    found.setdefault(one.size, one)
        if self._last not in there and self._last not in found:
            # The same size and root as were anchored: to sign them once more says nothing new.
            note = self._signer.sign(Checkpoint(self._origin, self._last, root).text)
            newest = max(
                (one.at for one in (*found.values(), *(had[n] for n in there))), default=datetime.now(UTC)
            )
            found[self._last] = Head(self._last, root, note, newest)
        rows = [
            {"size": one.size, "root": one.root, "note": one.note, "at": micros(one.at)}
            for _n, one in sorted(found.items())
        ]
        return rows, gone

    def _is_right(self, head: Head, keys: Keys) -> bool:
        try:
            check_head(head, keys)
        except DamagedError:
            return False
        return self._roots.get(head.size) == head.root

    def _others(self, fresh: Iterable[Stored]) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
        """Yield what hangs on the entries that were missing: what was asked for, what is to be told, contents."""
        new = {one.index for one in fresh}
        there = {row[0] for row in self._connection.rows(sa.select(t.request.c.key))}
        blobs = {row[0] for row in self._connection.rows(sa.select(t.blob.c.digest))}
        signed = {
            (row[0], row[1])
            for row in self._connection.rows(sa.select(t.cosignature.c.size, t.cosignature.c.name))
        }
        for copy in self._copies:
            requests = [
                dict(row) for row in copy.rows("request") if row["key"] not in there and row["idx"] in new
            ]
            there |= {row["key"] for row in requests}
            yield sa.insert(t.request), requests
            yield (
                sa.insert(t.outbox).values(
                    idx=bindparam("idx"), what=bindparam("what"), done=bindparam("done")
                ),
                [dict(row) for row in copy.rows("outbox") if row["idx"] in new],
            )
            contents = [dict(row) for row in copy.rows("blob") if row["digest"] not in blobs]
            blobs |= {row["digest"] for row in contents}
            yield sa.insert(t.blob), contents
            lines = [
                dict(row)
                for row in copy.rows("cosignature")
                if (row["size"], row["name"]) not in signed and row["size"] in self._roots
            ]
            signed |= {(row["size"], row["name"]) for row in lines}
            yield sa.insert(t.cosignature), lines


def _best(candidates: Sequence[Stored], chosen: Stored, keys: Mapping[str, bytes]) -> tuple[Beside, ...]:
    """Return the disclosures of an entry: of each name the first that fits what was signed; an erased one stays erased.

    ``keys``: of ciphertexts. One without a key is taken as it is, if there is none that a key opens.
    """
    digests = set(Entry.read(chosen.body).digests)
    found: dict[str, Beside] = {}
    for stored in candidates:
        for one in stored.beside:
            if one.digest not in digests or not _fits(one, keys):
                continue
            had = found.get(one.name)
            if had is None or (had.erased_by is None and one.erased_by is not None):
                found[one.name] = one
    return tuple(found[name] for name in sorted(found))


def _fits(one: Beside, keys: Mapping[str, bytes]) -> bool:
    if one.text is None and one.name.startswith("kept:"):
        return False
    key = keys.get(one.digest)
    if one.text is None and (one.sealed is None or key is None):
        return True
    try:
        text = one.text
        if text is None:
            assert one.sealed is not None
            assert key is not None
            text = unseal(key, one.sealed, one.digest).decode()
        read = Disclosure.read(text)
    except (RecordError, DamagedError, UnicodeDecodeError):
        return False
    return (read.digest, read.name) == (one.digest, one.name)


def _columns(stored: Stored) -> tuple[str, int, str]:
    """Return stream, number and kind from the kept part: the columns may be what was damaged."""
    for one in stored.beside:
        if one.text is not None:
            value = Disclosure.read(one.text).value
            if isinstance(value, dict):
                return str(value.get("stream")), int(str(value.get("no"))), str(value.get("kind"))
    raise RecordError("its kept part is missing")


def _entry_row(one: Stored) -> dict[str, Any]:
    return {"idx": one.index, "body": one.body, "stream": one.stream, "no": one.no, "kind": one.kind}


def _beside_row(index: int, one: Beside) -> dict[str, Any]:
    return {
        "idx": index,
        "name": one.name,
        "digest": one.digest,
        "audience": one.audience,
        "text": one.text,
        "sealed": one.sealed,
        "erased_by": one.erased_by,
    }


def _update(table: sa.Table, key: str) -> Any:
    values: dict[str, Any] = {one.name: bindparam(one.name) for one in table.columns if one.name != key}
    return sa.update(table).where(table.c[key] == bindparam("of")).values(values)


def _of(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {("of" if name == key else name): value for name, value in row.items()}


def _extend(ranges: list[tuple[int, int]], index: int) -> None:
    if ranges and ranges[-1][1] == index - 1:
        ranges[-1] = ranges[-1][0], index
    else:
        ranges.append((index, index))


def _unlock(connection: Connection, database: Database) -> None:
    """Take away the triggers that keep rows as they are; within the transaction, so that nobody else sees it."""
    if isinstance(database, SQLite):
        for table in t.FOREVER:
            for verb in ("insert", "update", "delete"):
                connection.say(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        return
    for table in t.FOREVER:
        connection.say(f"DROP TRIGGER IF EXISTS {table}_stays ON {table}")


def _lock(connection: Connection, database: Database) -> None:
    sqlite = isinstance(database, SQLite)
    for statement in forever("sqlite" if sqlite else "postgresql"):
        if sqlite or statement.startswith("CREATE TRIGGER"):
            connection.say(statement)


# -- going on under a new name -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WentOn:
    """The new record, where the old one ends, and the licences that were suspended."""

    made: Installation
    ended_at: int
    suspended: tuple[str, ...]


def declare_loss(
    old: Installation,
    *,
    folder: Path,
    origin: str,
    officers: Sequence[str],
    now: datetime,
    why: Literal["loss", "key"] = "loss",
    at: int = 0,
    database: str = "record.db",
    private: Path | None = None,
) -> WentOn:
    """Let a new record in ``folder`` go on from the old one as far as it is there, or from its head of ``at`` entries.

    ``why``: entries are lost, or a key was exposed (then ``at`` is the last head that witnesses signed). ``officers``: at least
    two of the office that may recover. Raises ActRefused, InputError, and StoreError if the old record is not sound up to there.
    """
    from lastword.store.fence import fence
    from lastword.store.installation import Installation as Made

    source = old.open_database()
    vault = old.open_vault()
    try:
        with source.reading() as session:
            head = reading.head_at(session, at) if at else reading.last_head(session)
            if head is None:
                raise InputError(
                    Problem(
                        Where("--at-size"),
                        f"there is no head of {at} entries",
                        "name the size of a head there is",
                    )
                )
            _check_sound(session, head)
            fold = folded(session, head.size)
            states = {stream: held.state for stream, held in fold.held.items()}
            keys = states.get(KEYS)
            if not isinstance(keys, Keys) or keys.origin == origin:
                raise InputError(
                    Problem(
                        Where("--origin"), "is the name of the old record", "give the new record another name"
                    )
                )
            check_head(head, keys)
            by = _declared(states.get("roster"), keys.constitution, officers, now)
            after = {row[0] for row in session.rows(_USED_AFTER, size=head.size)}
        lost = _lost(old, head.size)
        doubtful = _doubtful(states, after if why == "key" else None)
        continues = Continued(
            keys.origin,
            head.size,
            base64.b64encode(head.root).decode(),
            head.note.decode(),
            why,
            by,
            lost,
        )

        def go_on(store: Store) -> None:
            _replay(store, source, vault, head.size)
            store.submit(
                lambda writing: _suspend(writing, doubtful, by[0], keys.constitution.guards["recover"].office)
            )

        made = Made.create(
            folder,
            origin=origin,
            constitution=keys.constitution,
            roster_changes=(),
            now=max(now, head.at),
            database=database,
            private=private,
            practice=old.practice,
            continues=continues,
            go_on=go_on,
        )
        fence(source, f"this record ended at {head.size} entries; `{origin}` goes on from it")
        return WentOn(made, head.size, tuple(one.partition("/")[2] for one in doubtful))
    finally:
        source.close()
        vault.close()


def _check_sound(session: Any, head: Head) -> None:
    """Raise DamagedError unless the entries up to ``head`` make its root."""
    edge, count = Frontier(), 0
    for start in range(0, head.size, STEP):
        rows = session.rows(reading.BODIES, first=start, end=min(start + STEP, head.size))
        edge = edge.extend(leaf_hash(bytes(body)) for _index, body in rows)[0]
        count += len(rows)
    if count != head.size or edge.root != head.root:
        raise DamagedError(
            f"the entries do not make the head of {head.size} entries; recover them first, or name an earlier head"
        )


def _declared(
    roster: Any, constitution: Constitution, officers: Sequence[str], now: datetime
) -> tuple[str, ...]:
    """Return the officers who declare it. Raises ActRefused unless they are enough, and distinct human beings."""
    guard = constitution.guards.get("recover", Guard(""))
    needed = max(guard.needs, _TWO)
    if not isinstance(roster, Roster):
        raise ActRefused("not_seated", "the old record has no roster, so nobody can declare anything")
    day = now.astimezone(UTC).date()
    for person in officers:
        if not roster.is_human(person) or not roster.holds(person, guard.office, day):
            raise ActRefused(
                "not_seated",
                f"`{person}` does not hold the office `{guard.office}` on {day}",
                "name officers who do",
            )
    humans = {roster.human(person) for person in officers}
    if len(humans) < needed:
        raise ActRefused(
            "too_few",
            f"{len(humans)} of the {needed} officers of `{guard.office}` that are needed declare it",
            "name more of them",
        )
    return tuple(dict.fromkeys(officers))


def _lost(old: Installation, ended: int) -> int:
    """Return how many entries the old record once had beyond its end, as far as its anchor tells."""
    try:
        anchor = AnchorFile(old.private / "anchor")
    except LastwordError:
        return 0
    try:
        return max(anchor.read().size - ended, 0)
    except LastwordError:
        return 0
    finally:
        anchor.close()


def _doubtful(states: Mapping[str, Any], moved: set[str] | None) -> tuple[str, ...]:
    """Return the streams of the licences to be suspended: all in force, or those that moved after the end if that is known."""
    return tuple(
        stream
        for stream, state in sorted(states.items())
        if isinstance(state, Licence) and state.status == "issued" and (moved is None or stream in moved)
    )


def _suspend(writing: Writing, streams: Iterable[str], by: str, office: str) -> None:
    for stream in streams:
        event = LicenceSuspended(at=writing.now, status="suspended", by=by, office=office, ground=GAP)
        writing.append(Written(stream, event))


def _replay(store: Store, source: Database, vault: Vault, end: int) -> None:
    """Write every entry of the old record again: the same events, the same texts under the same salts."""
    with source.reading() as session:
        for batch in batches(session, 0, end):
            for start in range(0, len(batch), _TURN):
                part = batch[start : start + _TURN]
                store.submit(lambda writing, part=part: _again(writing, session, vault, part))  # type: ignore[misc]


def _again(writing: Writing, session: Any, vault: Vault, part: Sequence[Stored]) -> None:
    keys = vault.keys([one.digest for stored in part for one in stored.beside if one.sealed is not None])
    rows = []
    for stored in part:
        kept = stored.kept()
        event = read_event(kept.kind, VERSION, kept.data)
        if isinstance(event, Genesis | KeyChanged | ConstitutionChanged | StreamIndexed | Redacted):
            continue  # of the old record alone; its constitution stands in the new entry 0, erasures below
        texts: dict[str, Any] = {}
        audiences: dict[str, str] = {}
        erased: list[Beside] = []
        audience = widest(one.audience for one in stored.beside if one.text is not None)
        for one in stored.beside:
            if one.text is not None:
                continue
            if one.sealed is None:
                erased.append(one)
                continue
            if not stored.signs(one.digest):
                raise DamagedError(f"`{one.name}` of entry {stored.index} is no part of what was signed")
            key = keys.get(one.digest)
            if key is None:
                raise DamagedError(
                    f"the vault has no key for `{one.name}` of entry {stored.index}; bring back the vault"
                )
            read = Disclosure.read(unseal(key, one.sealed, one.digest).decode())
            texts[one.name] = CaseSalted(read.value, read.salt)
            audiences[one.name] = one.audience
        data = written_event(kept.stream, event)
        beside = {name: value for name, value in kept.data.items() if name not in data and name != TEXTS}
        index = writing.append(
            Written(kept.stream, event, texts, audience, audiences, beside),
            erased=[one.digest for one in erased],
        )
        for one in erased:
            said = [Disclosure.read(row[0]).value for row in session.rows(_SAID, idx=one.erased_by)]
            old = read_event(Redacted.kind, VERSION, Kept.of(said).data) if said else None
            ground, by = (old.ground, old.by) if isinstance(old, Redacted) else ("erased", ())
            number = writing.append(
                Written(LOG, Redacted(index, {one.name: one.digest}, ground, by), audience="public")
            )
            rows.append(_beside_row(index, replace(one, erased_by=number)))
    if rows:
        writing.run(_ERASED, rows)


_ERASED: Final = sa.insert(t.disclosure)
_SAID: Final = sa.select(t.disclosure.c.text).where(
    t.disclosure.c.idx == bindparam("idx"), t.disclosure.c.text.is_not(None)
)

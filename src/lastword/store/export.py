"""A bundle about a case: what its reader may see of it, with all that is needed to check it without the record.

Before it is put together, two entries are written in one turn: that it is handed out, and the stream index. The head right
after them covers both, so that the bundle can show that nothing of the case is missing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lastword.cases.case import Case
from lastword.cases.reading import (
    Reader,
    is_applicant,
    is_officer,
    may_read,
    not_there,
    reader_of,
    texts_seen,
    view,
)
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Roster
from lastword.cases.world import Written
from lastword.errors import InputError, Problem, Where
from lastword.record.bundle import Consistency, Parts, write_bundle
from lastword.record.checkpoint import Checkpoint
from lastword.record.disclosure import Disclosure
from lastword.record.inforce import SOURCES
from lastword.record.kept import ENROLLED, KEY_CHANGED, REDACTED, REVOKED, Kept
from lastword.record.keyring import Keyring
from lastword.record.logevents import KEYS, LOG, PERSONS, Exported, Redacted
from lastword.record.note import Note
from lastword.record.policy import Policy
from lastword.record.signatories import is_signed
from lastword.record.tree import consistency_proof, inclusion_proof
from lastword.store import reading
from lastword.store.reading import Head, ReadEntry
from lastword.store.refusal import StoreError
from lastword.store.streamindexing import Indexed, shown, write_index
from lastword.store.streams import KINDS
from lastword.store.witnessing import Seen, seen_by

if TYPE_CHECKING:
    from lastword.store.store import Store
    from lastword.store.writing import Writing

PUBLIC: Final = "public"
APPLICANT: Final = "applicant"
AUDITOR: Final = "auditor"
_ALL: Final = 2**31 - 1
_BOUND: Final = ("roster", "calendar")
_HERE: Final = Where("checkpoint")


class QuorumError(StoreError):
    """Too few witnesses signed the head, so nothing is final and nothing is handed out."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is handed out. ``size``: of its head. ``seen``: which witnesses signed it; None if no policy asks for any.

    ``entries``: how many there are, ``opened``: how many disclosures. ``erased``: how many texts stay closed, erased.
    """

    content: bytes
    size: int
    index: int
    entries: int
    opened: int
    erased: int
    seen: Seen | None


@dataclass(slots=True)
class _Chosen:
    """The entries for a bundle, and of each the disclosures that its reader may see."""

    entries: dict[int, ReadEntry] = field(default_factory=dict)
    opened: dict[int, tuple[Disclosure, ...]] = field(default_factory=dict)
    erased: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(
            sorted({one.digest for found in self.opened.values() for one in found if one.audience is None})
        )


def export(
    store: Store,
    case: str,
    *,
    by: str,
    to: str,
    secret: bytes,
    policy: Policy | None = None,
    policy_text: bytes | None = None,
    since: bytes | None = None,
    cosign: Callable[[Head], object] | None = None,
    provisional: bool = False,
) -> Bundle:
    """Return a bundle about ``case`` for the reader ``to``: ``public``, ``applicant``, ``auditor``, or a person's id.

    ``by``: who hands it out; must be able to read what is in it. ``cosign``: asks the witnesses to sign the new head.
    ``provisional``: also if too few of them did. ``since``: a checkpoint from which the record is shown to go on.
    Raises ActRefused, InputError for ``since``, and QuorumError.
    """
    old = _since(since, store)
    stream = f"case/{case}"

    def work(writing: Writing) -> tuple[_Chosen, Indexed, tuple[str, ...]]:
        found = writing.state(stream) if case and "/" not in case else None
        if not isinstance(found, Case):
            raise not_there(case)
        roster = writing.state("roster") or Roster()
        reader = _reader(found, by, to, roster, writing)
        streams = (stream, *(f"licence/{one}" for one in _licences(found)))
        chosen = _choose(writing, store, found, streams, reader, to)
        event = Exported(streams, to, by, chosen.texts)
        writing.append(Written(LOG, event, audience="file"))
        return chosen, write_index(writing, secret), streams

    chosen, indexed, streams = store.submit(work, alone=True).result
    size = indexed.index + 1
    head = store.head(size)
    if (
        head is None
    ):  # somebody else signed a head over more before this one was read, which alone=True rules out
        raise QuorumError(f"there is no head of {size} entries; try again")
    if cosign is not None:
        cosign(head)
    seen = seen_by(store, policy, head) if policy is not None and policy.asks_for_witnesses else None
    if seen is not None and not seen.quorum and not provisional:
        raise QuorumError(
            f"{len(seen.names)} of the witnesses signed the head of {size} entries, which is too few for the policy: "
            "it is not final; try again when they answer, or hand it out as provisional"
        )
    closing = store.entry_at(indexed.index)
    assert closing is not None
    _open(chosen, closing, Reader("", all=True), texts=frozenset())
    parts = _parts(store, case, streams, chosen, indexed, head, old, secret, policy_text)
    return Bundle(
        write_bundle(parts),
        size,
        indexed.index,
        len(chosen.entries),
        sum(map(len, chosen.opened.values())),
        chosen.erased,
        seen,
    )


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``, whole or not at all."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(beside, "xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)
    except OSError as why:
        raise InputError(
            Problem(Where(str(path)), f"cannot be written: {why.strerror}", "name another file")
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def _reader(found: Case, by: str, to: str, roster: Roster, writing: Writing) -> Reader:
    """Return as whom the bundle is made. Raises ActRefused for a case that ``by`` may not read, or hand out as that."""
    day = writing.now.date()
    own = reader_of(by, roster, day)
    case = found.id
    if not may_read(found, own):
        raise not_there(case)
    if to == PUBLIC:
        return Reader("")
    if to == APPLICANT:
        return Reader(found.applicant, (found.applicant,))
    if to == AUDITOR:
        if not is_officer(found, own):
            raise ActRefused(
                "not_yours",
                f"`{by}` may not read all of case `{case}`",
                "let an officer of the case hand it out",
            )
        return Reader("", all=True)
    reader = reader_of(to, roster, day)
    if to not in roster.persons or not may_read(found, reader):
        raise ActRefused(
            "no_reader",
            f"`{to}` may not read case `{case}`",
            "name a person who may, or `public`, `applicant` or `auditor`",
        )
    if is_officer(found, reader) and not is_officer(found, own):
        raise ActRefused(
            "not_yours", f"`{by}` may not read all that `{to}` may", "let an officer of the case hand it out"
        )
    return reader


def _licences(case: Case) -> tuple[str, ...]:
    found = [one.licence for each in case.clearances.values() for one in each.outcomes if one.licence]
    return tuple(dict.fromkeys([*found, *(glass.licence for glass in case.glass)]))


def _choose(
    writing: Writing, store: Store, case: Case, streams: Iterable[str], reader: Reader, to: str
) -> _Chosen:
    """Return the entries of the case and its licences, and those of other streams that are needed to check them."""
    session, vault = writing.session, store.vault
    chosen = _Chosen()
    officer = is_officer(case, reader)
    public = to == PUBLIC
    wanted: dict[str, set[int]] = {source: set() for source in SOURCES}
    signed = False
    for stream in streams:
        seen = _seen(case, reader, officer=officer, public=public) if stream.startswith("case/") else None
        for entry in reading.entries_of(session, vault, stream, 0, _ALL):
            own = entry.kind in ("case.filed", "case.amended") and not public and is_applicant(case, reader)
            texts = (
                frozenset(entry.texts)
                if officer or own or seen is None
                else frozenset(name for number, name in seen if number == entry.no)
            )
            _open(chosen, entry, reader, texts=texts, officer=officer, public=public)
            kept = _kept(entry)
            signed = signed or is_signed(kept)
            for source in SOURCES:
                number = _number(kept.data, source)
                if number:
                    wanted[source] |= {number, number + 1}
    for entry in reading.entries_of(session, vault, KEYS, 0, _ALL):
        _open(chosen, entry, reader, texts=frozenset(), officer=officer, public=public)
    for source, numbers in wanted.items():
        for number in sorted(numbers):
            found = reading.entry_of(session, vault, source, number)
            if found is not None:
                _open(chosen, found, reader, texts=frozenset(), officer=officer, public=public)
    if officer:
        for stream in _BOUND:
            for entry in reading.entries_of(session, vault, stream, 0, _ALL):
                _open(chosen, entry, reader, texts=frozenset(), officer=True)
    if signed:
        for entry in reading.entries_of(session, vault, PERSONS, 0, _ALL):
            if entry.kind in (ENROLLED, REVOKED):
                _open(chosen, entry, reader, texts=frozenset(), officer=officer, public=public)
    for index in reading.of_kind(session, LOG, REDACTED):
        entry_ = reading.entry_at(session, vault, index)
        if entry_ is not None and isinstance(entry_.event, Redacted) and entry_.event.index in chosen.entries:
            _open(chosen, entry_, reader, texts=frozenset(), officer=officer, public=public)
    return chosen


def _seen(case: Case, reader: Reader, *, officer: bool, public: bool) -> Mapping[tuple[int, str], str]:
    if public:
        return {}
    return texts_seen(case if officer else view(case, reader))


def _open(
    chosen: _Chosen,
    entry: ReadEntry,
    reader: Reader,
    *,
    texts: frozenset[str],
    officer: bool = False,
    public: bool = False,
) -> None:
    """Add an entry with what its reader may see: parts kept for such an audience, and of the erasable texts ``texts``."""
    audiences = {PUBLIC} if public else {PUBLIC, APPLICANT}
    everything = officer or reader.all
    opened = []
    for name, one in entry.disclosures.items():
        if not everything and entry.audiences.get(name) not in audiences:
            continue
        if one.audience is not None or name in texts:
            opened.append(one)
    chosen.erased += sum(1 for name, value in entry.texts.items() if isinstance(value, reading.Erased))
    chosen.entries[entry.index] = entry
    if opened:
        chosen.opened[entry.index] = tuple(opened)


def _kept(entry: ReadEntry) -> Kept:
    return Kept.of([one.value for one in entry.disclosures.values() if one.audience is not None])


def _number(data: Mapping[str, Any], source: str) -> int:
    """Return the number of the load of ``source`` that an entry names, 0 if it names none."""
    found = data.get(source)
    answer = data.get("assessment")
    if not isinstance(found, int) and isinstance(answer, dict):
        found = answer.get(source)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0


def _parts(
    store: Store,
    case: str,
    streams: tuple[str, ...],
    chosen: _Chosen,
    indexed: Indexed,
    head: Head,
    old: Checkpoint | None,
    secret: bytes,
    policy_text: bytes | None,
) -> Parts:
    ring: list[tuple[int, Kept]] = []
    kinds: dict[str, Any] = {}
    packs: set[str] = set()
    for index, entry in sorted(chosen.entries.items()):
        kept = _kept(entry)
        if index == 0 or kept.kind == KEY_CHANGED:
            ring.append((index, kept))
        if any(one.audience is not None for one in chosen.opened.get(index, ())):
            kinds[entry.kind] = None
            packs.update(pack.archive for pack in getattr(entry.event, "packs", ()))
    rules = {digest: found for digest in packs if isinstance(found := store.blob(digest), bytes)}
    with store.reading() as session:
        hashes = reading.hashes(session, head.size)
        proofs = {index: inclusion_proof(hashes, index, head.size) for index in chosen.entries}
        consistency = None
        if old is not None and 0 < old.size < head.size:
            consistency = Consistency(old.size, consistency_proof(hashes, old.size, head.size))
        lines = reading.cosignatures(session, head.size)
    note = bytes(Note.read(head.note, _HERE).with_lines(lines, _HERE)) if lines else head.note
    return Parts(
        note,
        case,
        streams,
        {index: entry.body for index, entry in chosen.entries.items()},
        proofs,
        Keyring.of(ring[0][1], ring[1:]).to_json(),
        {index: tuple(one.text for one in found) for index, found in chosen.opened.items()},
        consistency,
        rules,
        {kind: msgspec.json.schema(KINDS[kind]) for kind in kinds},
        {},
        shown(indexed, (*streams, KEYS, *SOURCES, PERSONS), secret),
        policy_text,
    )


def _since(since: bytes | None, store: Store) -> Checkpoint | None:
    if since is None:
        return None
    at = Where("--since")
    old = Checkpoint.read(Note.read(since, at).text, at)
    head = store.head()
    if old.origin != store.origin or head is None or old.size > head.size:
        raise InputError(
            Problem(
                at,
                f"is no earlier checkpoint of this record: it is of `{old.origin}`, {old.size} entries",
                "give one of this record",
            )
        )
    return old

"""Whether a bundle shows what it claims to, told without the record, without a network, and without believing it.

All trust comes from the ``Policy``, which the auditor got on another way. From its keys hang the head, from the head the
entries, from entry 0 the keys of entries, from the entries all that is shown of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from lastword.cases.request import request_digest
from lastword.errors import InputError, LastwordError
from lastword.record import heads
from lastword.record.bundle import Parts, read_bundle
from lastword.record.checkpoint import Checkpoint
from lastword.record.disclosure import Disclosure
from lastword.record.entry import Entry
from lastword.record.inforce import RULES, SOURCES, check_in_force, names, texts
from lastword.record.instructions import INSTRUCTIONS
from lastword.record.kept import (
    DECIDED,
    GENESIS,
    GLASS_BROKEN,
    KEY_CHANGED,
    REDACTED,
    Kept,
    is_count,
    same,
)
from lastword.record.keyring import Keyring
from lastword.record.note import Note
from lastword.record.policy import Policy
from lastword.record.refusal import ProofError, RecordError
from lastword.record.signatories import (
    Signatory,
    assertion_in,
    is_signed,
    passkeys,
    says_signed,
    signatory,
)
from lastword.record.streams import NOTHING, Covered, Log, covered, shown_whole, whole
from lastword.record.tree import check_inclusion, leaf_hash
from lastword.record.verdict import (
    Check,
    Claims,
    Outcome,
    RefutedError,
    Shown,
    Told,
    UnsettledError,
    Verdict,
)
from lastword.texts import marked

SKEW: Final = timedelta(hours=1)  # by which the clocks of the log and of a witness may differ
_REQUEST: Final = "request"


def verify(bundle: bytes, policy: Policy, since: bytes | None = None) -> Verdict:
    """Return what checking ``bundle`` came to; ``since`` is the checkpoint that the auditor holds from before.

    Raises nothing: a bundle that cannot be read is a check that failed.
    """
    try:
        parts = read_bundle(bundle)
        note = Note.read(parts.checkpoint, heads.CHECKPOINT)
        head = Checkpoint.read(note.text, heads.CHECKPOINT)
    except InputError as why:
        told = Told(marked("it cannot be read: %(why)s"), {"why": why})
        return Verdict((Check("bundle", Outcome.FAILED, told),), None, ())
    return _Audit(parts, note, head, policy).verdict(since)


_Found = TypeVar("_Found")
_Item = TypeVar("_Item")


@dataclass(slots=True)
class _Audit:
    """What was found so far; lives for one bundle."""

    parts: Parts
    note: Note
    head: Checkpoint
    policy: Policy
    checks: list[Check] = field(default_factory=list)
    entries: dict[int, Entry] = field(default_factory=dict)
    shown: dict[int, list[Disclosure]] = field(default_factory=dict)
    signed: dict[int, Signatory] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    open: list[Told] = field(default_factory=list)
    practice: bool = False

    def verdict(self, since: bytes | None) -> Verdict:
        """Make all checks, in an order in which each stands on those before it."""
        self._each("inclusion", self.parts.entries, self._included, marked("every entry is under the head"))
        self._each("entry", self.parts.entries, self._read, marked("every entry can be read"))
        self._each(
            "disclosures", self.entries, self._opened, marked("every field shown is a part of its entry")
        )
        kept: dict[int, Kept] = {}
        self._each(
            "kept", self.entries, lambda index: self._kept(index, kept), marked("every kept part can be read")
        )
        leaves = {index: leaf_hash(body) for index, body in self.parts.entries.items()}
        log = Log(self.head.size, leaves, kept)
        proved = NOTHING
        if self.parts.index is not None:
            proved = (
                self._one(
                    "stream-index",
                    lambda: covered(log, self.parts.index),
                    marked("the stream index is in the record"),
                )
                or proved
            )
        ring = self._one("keys", lambda: self._ring(log), marked("the record names its keys"))
        if ring is not None:
            self._each(
                "signature",
                self.entries,
                lambda index: self._signed(index, ring),
                marked("every entry is signed by the key in force"),
            )
            self._one("keys", lambda: self._no_other_key(log, proved), marked("no change of keys is missing"))
        self._one(
            "head",
            lambda: heads.check_trusted(self.policy, self.note, self.head, ring),
            marked("a log that you trust signed the head"),
        )
        times = (
            self._one(
                "witnesses",
                lambda: heads.witnessed(self.policy, self.note),
                marked("enough witnesses signed the head"),
            )
            or ()
        )
        self._one(
            "times",
            lambda: self._in_order(times),
            marked("times never run backwards, nor past the witnesses"),
        )
        self._since(since, ring)
        self._streams(log, proved)
        self._sources(log, proved)
        self._requests(log)
        self._persons(log, proved)
        erased = self._erased(log)
        self._remarks(log)
        verdict = Verdict(tuple(self.checks), None, tuple(self._not_checked()))
        if verdict.outcome is Outcome.FAILED:
            return verdict
        return Verdict(verdict.checks, self._claims(log, erased), verdict.not_checked)

    def _one(self, name: str, work: Callable[[], _Found], fine: str) -> _Found | None:
        """Make one check, and return what it found, None if it did not hold."""
        try:
            found = work()
        except LastwordError as why:
            self.checks.append(_check(name, why))
            return None
        self.checks.append(Check(name, Outcome.OK, Told(fine)))
        return found

    def _each(self, name: str, items: Iterable[_Item], work: Callable[[_Item], object], fine: str) -> None:
        """Make one check of each of ``items``: a line for each that does not hold, else one for all."""
        before, looked_at = len(self.checks), 0
        for item in items:
            looked_at += 1
            try:
                work(item)
            except LastwordError as why:
                self.checks.append(_check(name, why, item))
        if looked_at and len(self.checks) == before:
            self.checks.append(Check(name, Outcome.OK, Told(fine)))

    # -- one entry -------------------------------------------------------------------------------------------------

    def _included(self, index: int) -> None:
        body, proof = self.parts.entries[index], self.parts.proofs[index]
        try:
            check_inclusion(leaf_hash(body), index, self.head.size, proof, self.head.root)
        except ProofError as why:
            raise RefutedError(marked("entry %(entry)s: %(why)s"), entry=index, why=why) from None

    def _read(self, index: int) -> None:
        entry = Entry.read(self.parts.entries[index])
        if entry.origin != self.head.origin:
            raise RefutedError(
                marked("entry %(entry)s is of another log, `%(log)s`"), entry=index, log=entry.origin
            )
        self.entries[index] = entry

    def _opened(self, index: int) -> None:
        entry = self.entries[index]
        found = [Disclosure.read(text) for text in self.parts.disclosures.get(index, ())]
        if not all(map(entry.discloses, found)):
            raise RefutedError(marked("entry %(entry)s: a field that is shown is no part of it"), entry=index)
        names = [one.name for one in found]
        if len(set(names)) != len(names):
            raise RefutedError(marked("entry %(entry)s: one field is shown twice"), entry=index)
        self.shown[index] = found

    def _kept(self, index: int, kept: dict[int, Kept]) -> None:
        parts = [one.value for one in self.shown.get(index, ()) if one.audience is not None]
        if parts:
            kept[index] = Kept.of(parts)

    def _signed(self, index: int, ring: Keyring) -> None:
        self.entries[index].check(ring.entry_key(index).public)

    # -- keys and the head -----------------------------------------------------------------------------------------

    def _ring(self, log: Log) -> Keyring:
        genesis = log.kept.get(0)
        if genesis is None or genesis.kind != GENESIS:
            raise UnsettledError(marked("entry 0 is not shown, so the keys of the record are not known"))
        changes = [(index, one) for index, one in sorted(log.kept.items()) if one.kind == KEY_CHANGED]
        if genesis.data.get("origin") != self.head.origin or any(
            one.stream != genesis.stream for _, one in changes
        ):
            raise RefutedError(marked("the keys are those of another log"))
        ring = Keyring.of(genesis, changes)
        self.practice = genesis.data.get("practice") is True
        if not same(ring.to_json(), self.parts.keys):
            raise RefutedError(marked("keys.json says otherwise than the entries"))
        return ring

    def _no_other_key(self, log: Log, proved: Covered) -> None:
        shown_whole(log, log.kept[0].stream, proved, log.size)

    def _in_order(self, witnessed: Iterable[datetime]) -> None:
        before: Entry | None = None
        for index, entry in sorted(self.entries.items()):
            if before is not None and entry.issued < before.issued:
                raise RefutedError(marked("entry %(entry)s is dated before the one before it"), entry=index)
            before = entry
        if self.practice:
            return  # its clock is set by hand, which is said among what was not checked
        first = min(witnessed, default=None)
        if first is not None and before is not None and before.issued - first > SKEW:
            raise RefutedError(marked("an entry is dated after a witness had seen it"))

    def _since(self, since: bytes | None, ring: Keyring | None) -> None:
        if since is None:
            self.open.append(
                Told(
                    marked(
                        "whether this record goes on from what you saw before: no checkpoint of yours was given"
                    )
                )
            )
            return
        self._one(
            "since", lambda: self._continues(since, ring), marked("the record goes on from your checkpoint")
        )

    def _continues(self, since: bytes, ring: Keyring | None) -> None:
        old = heads.read_old(since, self.head)
        # The keys are those that the new head proves; whether that is trusted is a check of its own.
        heads.signers(self.policy, old.note, old.head, ring, heads.SINCE)
        heads.check_goes_on(old.head, self.head, self.parts.consistency)
        if self.practice:
            return
        seen = max(heads.seen_at(self.policy, old.note, heads.SINCE), default=None)
        for index, entry in self.entries.items():
            if seen is not None and index >= old.head.size and seen - entry.issued > SKEW:
                raise RefutedError(
                    marked(
                        "entry %(entry)s is dated before your checkpoint was witnessed, which it came after"
                    ),
                    entry=index,
                )

    # -- what the entries say --------------------------------------------------------------------------------------

    def _streams(self, log: Log, proved: Covered) -> None:
        case = self.parts.case
        if case is not None and f"case/{case}" not in self.parts.streams:
            told = Told(marked("the bundle names case %(case)s, but is not about its stream"), {"case": case})
            self.checks.append(Check("streams", Outcome.FAILED, told))
        if not self.parts.streams:
            told = Told(marked("the bundle does not say of any stream that it is whole"))
            self.checks.append(Check("streams", Outcome.CANNOT_TELL, told))
        self._each(
            "streams",
            self.parts.streams,
            lambda stream: self._whole(log, stream, proved),
            marked("no entry of a stream is missing"),
        )

    def _whole(self, log: Log, stream: str, proved: Covered) -> None:
        if not log.members(stream) and stream not in proved.rows:
            raise RefutedError(
                marked("the bundle is about %(stream)s, but shows no entry of it"), stream=stream
            )
        self.numbers[stream] = whole(log, stream, proved, log.size)

    def _sources(self, log: Log, proved: Covered) -> None:
        named = [
            (index, source)
            for index in sorted(log.kept)
            for source in SOURCES
            if names(log.kept[index], source)
        ]
        self._each(
            "in-force",
            named,
            lambda one: check_in_force(log, *one, proved),
            marked("rules and facts were those in force"),
        )
        known = {text for _, kept in log.members(RULES) for text in texts(kept.data)}
        self._each(
            "rules",
            sorted(self.parts.rules),
            lambda digest: _in_record(digest, known),
            marked("every set of rules is in the record"),
        )

    def _requests(self, log: Log) -> None:
        asked = [
            index for index, kept in sorted(log.kept.items()) if isinstance(kept.data.get(_REQUEST), dict)
        ]
        self._each(
            "request",
            asked,
            lambda index: _is_request(log.kept[index].data[_REQUEST], self.shown[index], self.entries[index]),
            marked("every field of a request is the one that was filed"),
        )

    def _persons(self, log: Log, proved: Covered) -> None:
        about, used = passkeys(log), set[bytes]()

        def look(index: int) -> None:
            kept = log.kept.get(index)
            inside = assertion_in(kept) if kept is not None else None
            beside = self.parts.statements.get(index)
            if inside is not None and beside is not None and inside != beside:
                raise RefutedError(
                    marked("entry %(entry)s: statements/%(entry)s.json is another signature"), entry=index
                )
            assertion = inside or beside
            if assertion is None:
                raise RefutedError(
                    marked("entry %(entry)s says that a person signed it, and holds no personal signature"),
                    entry=index,
                )
            if assertion.statement in used:
                raise RefutedError(
                    marked("entry %(entry)s: the personal signature is that of an earlier entry"), entry=index
                )
            used.add(assertion.statement)
            self.signed[index] = signatory(
                log, index, self.entries[index], self.shown.get(index, []), assertion, proved, about
            )

        signed = [
            index
            for index in sorted(self.entries)
            if index in self.parts.statements
            or (index in log.kept and (is_signed(log.kept[index]) or says_signed(log.kept[index])))
        ]
        self._each("persons", signed, look, marked("every personal signature holds"))

    def _erased(self, log: Log) -> dict[int, dict[str, int]]:
        """Return what the record says was erased: entry -> digest -> the entry that says so."""
        erased: dict[int, dict[str, int]] = {}
        for by, kept in sorted(log.kept.items()):
            index, digests = kept.data.get("index"), kept.data.get("digests")
            if kept.kind != REDACTED or not is_count(index) or index not in self.entries or index >= by:
                continue
            for digest in set(self.entries[index].digests).intersection(texts(digests)):
                erased.setdefault(index, {}).setdefault(digest, by)
        return erased

    def _remarks(self, log: Log) -> None:
        for stream in dict.fromkeys(one.stream for _, one in sorted(log.kept.items())):
            if "/" in stream and stream not in self.parts.streams:
                says = marked(
                    "whether %(stream)s, of which entries are shown, goes on: the bundle is not about it"
                )
                self.open.append(Told(says, {"stream": stream}))
        for index in sorted(self.entries):
            if index not in log.kept:
                self.open.append(
                    Told(marked("entry %(entry)s: what it is about is not shown"), {"entry": index})
                )
            for licence in _licences(log.kept.get(index)):
                if f"licence/{licence}" not in self.parts.streams:
                    says = marked("what became of licence %(licence)s, which entry %(entry)s speaks of")
                    self.open.append(Told(says, {"licence": licence, "entry": index}))
            if index not in self.signed:
                continue
            uncovered, unseen = self.signed[index].uncovered, self.signed[index].unseen
            if unseen:
                says = marked("entry %(entry)s: %(n)s of the fields that the person signed are not shown")
                self.open.append(Told(says, {"entry": index, "n": unseen}))
            if uncovered:
                says = marked("entry %(entry)s: the personal signature does not cover %(fields)s")
                self.open.append(Told(says, {"entry": index, "fields": ", ".join(sorted(uncovered))}))

    def _not_checked(self) -> Iterable[Told]:
        yield from (check.told for check in self.checks if check.outcome is Outcome.CANNOT_TELL)
        yield from self.open
        closed = sum(
            len(entry.digests) - len(self.shown.get(index, ())) for index, entry in self.entries.items()
        )
        if closed:
            yield Told(
                marked("what stands in %(n)s parts that are closed: withheld, erased, or empty filler"),
                {"n": closed},
            )
        if len(self.signed) < len(self.entries):
            yield Told(
                marked(
                    "who stands behind %(n)s entries without a personal signature: the log's key shows order, not intent"
                ),
                {"n": len(self.entries) - len(self.signed)},
            )
        if self.practice:
            yield Told(
                marked("anything about time: this is a record to practise with, and its clock is set by hand")
            )
        if self.parts.instructions != INSTRUCTIONS:
            yield Told(marked("VERIFY.md, which is not the one that this version of Lastword writes"))
        yield Told(marked("whether a decision was right: only that it was recorded, and under which rules"))
        yield Told(
            marked("whether everything was recorded that happened: a record shows what was written into it")
        )

    def _claims(self, log: Log, erased: Mapping[int, Mapping[str, int]]) -> Claims:
        return Claims(
            self.head.origin,
            self.head.size,
            self.head.root,
            self.parts.case,
            self.parts.streams,
            tuple(
                self._shown(index, entry, log.kept.get(index), erased.get(index, {}))
                for index, entry in sorted(self.entries.items())
            ),
            self.numbers,
        )

    def _shown(self, index: int, entry: Entry, kept: Kept | None, erased: Mapping[str, int]) -> Shown:
        shown = self.shown.get(index, [])
        opened = {one.digest for one in shown}
        fields: dict[str, Any] = {one.name: one.value for one in shown if one.audience is None}
        return Shown(
            index, entry.issued,
            kept.kind if kept is not None else None,
            kept.stream if kept is not None else None,
            kept.number if kept is not None else None,
            kept.data if kept is not None else {},
            fields,
            len(entry.digests) - len(opened),
            {digest: by for digest, by in erased.items() if digest not in opened},
            self.signed[index].person if index in self.signed else None,
        )  # fmt: skip


def _check(name: str, why: LastwordError, item: object = None) -> Check:
    if isinstance(why, UnsettledError):
        return Check(name, Outcome.CANNOT_TELL, why.told)
    if isinstance(why, RefutedError):
        return Check(name, Outcome.FAILED, why.told)
    if isinstance(item, int):
        return Check(
            name, Outcome.FAILED, Told(marked("entry %(entry)s: %(why)s"), {"entry": item, "why": why})
        )
    return Check(name, Outcome.FAILED, Told("%(why)s", {"why": why}))


def _licences(kept: Kept | None) -> set[str]:
    """Return the licences that an entry of a case says were issued."""
    if kept is None or kept.kind not in (DECIDED, GLASS_BROKEN):
        return set()
    outcome = kept.data.get("outcome")
    told = (kept.data.get("licence"), outcome.get("licence") if isinstance(outcome, dict) else None)
    return {one for one in told if isinstance(one, str) and one}


def _in_record(digest: str, known: Collection[str]) -> None:
    """Refuse a set of rules that no entry names."""
    if not known:
        raise UnsettledError(marked("rules/%(digest)s: no entry about rules is shown"), digest=digest)
    if digest not in known:
        raise RefutedError(marked("rules/%(digest)s: no entry of the record names it"), digest=digest)


def _is_request(request: Mapping[str, Any], shown: Iterable[Disclosure], entry: Entry) -> None:
    """Refuse a request of which a field that is shown is another than the one that its digest is made of."""
    fields = request.get("fields")
    if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
        raise RecordError("its request has no digests of its fields")
    if request_digest(fields) != request.get("digest"):
        raise RecordError("the digest of its request is not made of the fields")
    if not set(fields.values()) <= set(entry.digests):
        raise RecordError("a field of its request is not in the entry")
    for one in shown:
        if fields.get(one.name, one.digest) != one.digest:
            raise RecordError(f"the field `{one.name}` is another than the one in its request")

"""A small record in memory, and bundles of it: what the tests of bundles and their checking share."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from passkeys import Passkey, ecdsa
from salts import salts

from lastword.errors import Where
from lastword.record.bundle import Consistency, IndexRow, Parts, StreamIndex
from lastword.record.checkpoint import Checkpoint
from lastword.record.cosignature import WitnessSigner
from lastword.record.disclosure import Disclosure, Salted
from lastword.record.entry import Composed, EntrySigner, compose
from lastword.record.kept import (
    ENROLLED,
    GENESIS,
    KEY_CHANGED,
    REDACTED,
    REVOKED,
    STREAM_INDEX,
    Kept,
)
from lastword.record.keyring import Keyring
from lastword.record.note import Signer
from lastword.record.policy import Policy
from lastword.record.statement import statement
from lastword.record.streamindex import StreamRow, index_root, padded, row_proof, stream_salt, stream_tag
from lastword.record.tree import Leaves, consistency_proof, inclusion_proof, leaf_hash, root

ORIGIN = "log.example/2026"
CASE = "K7M4-QX2P"
STREAM = f"case/{CASE}"
LOG = Signer(ORIGIN, bytes([1]) * 32)
NEXT_LOG = Signer(ORIGIN, bytes([2]) * 32)
KEY = EntrySigner.of(bytes([3]) * 32)
NEXT_KEY = EntrySigner.of(bytes([4]) * 32)
WITNESSES = tuple(WitnessSigner(f"witness.example/w{n}", bytes([10 + n]) * 32) for n in (1, 2, 3))
SECRET = bytes([5]) * 32
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = b"the rules in force\n"
RULES_DIGEST = hashlib.sha256(RULES).hexdigest()
PERSON = "p-17"


def b64(raw: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(raw).decode()


def policy(*, quorum: int = 2, logs: Iterable[Signer] = (LOG,), witnesses: int = 3) -> Policy:
    """Return a policy: the logs, and ``quorum`` of three witnesses; 0: none is asked for."""
    lines = [f"log {log.verifier}" for log in logs]
    lines += [f"witness w{n} {one.key}" for n, one in enumerate(WITNESSES[:witnesses], start=1)]
    if quorum:
        lines += [f"group all-three {quorum} w1 w2 w3", "quorum all-three"]
    else:
        lines += ["quorum none"]
    return Policy.read("".join(f"{line}\n" for line in lines).encode(), Where("policy"))


@dataclass
class SmallLog:
    """Entries with their disclosures; ``at``: the time of the next one; ``keyring_told``: what keys.json says instead."""

    at: datetime = BEGIN
    signer: EntrySigner = KEY
    log: Signer = LOG
    entries: list[Composed] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    last: dict[str, tuple[int, int]] = field(default_factory=dict)
    keyring_told: dict[str, Any] | None = None

    def write(
        self,
        stream: str,
        kind: str,
        data: Mapping[str, Any],
        erasable: Mapping[str, Any] | None = None,
        **other: Any,
    ) -> int:
        """Append an entry and return its index. ``other``: values of the kept part in place of the right ones."""
        number, before = self.last.get(stream, (0, -1))
        prev = [before, b64(self.leaf(before))] if number else None
        part = {
            "v": 1, "kind": kind, "stream": stream, "no": number + 1, "prev": prev, "data": dict(data), **other,
        }  # fmt: skip
        composed = compose(
            origin=ORIGIN,
            issued=self.at,
            kept={"public": part},
            erasable=erasable or {},
            signer=self.signer,
            salt=salts(f"{len(self.entries)} {kind} {stream}"),
        )
        self.entries.append(composed)
        self.kept.append(Kept.of([part]))
        self.last[stream] = (number + 1, len(self.entries) - 1)
        self.at += MINUTE
        return len(self.entries) - 1

    def leaf(self, index: int) -> bytes:
        """Return the leaf hash of an entry."""
        return leaf_hash(self.entries[index].body)

    def leaves(self, size: int | None = None) -> tuple[bytes, ...]:
        """Return the leaf hashes of the first ``size`` entries, or of all."""
        return tuple(leaf_hash(one.body) for one in self.entries[:size])

    def head(self, size: int | None = None) -> Checkpoint:
        """Return the head of the first ``size`` entries, or of all."""
        leaves = self.leaves(size)
        return Checkpoint(ORIGIN, len(leaves), root(leaves))

    def note(
        self,
        size: int | None = None,
        *,
        by: Iterable[Signer] | None = None,
        witnesses: Iterable[WitnessSigner] = WITNESSES[:2],
        seen: datetime | None = None,
    ) -> bytes:
        """Return the signed head; the witnesses saw it at ``seen``, or when the next entry would be written."""
        text = self.head(size).text
        lines = [signer.line(text) for signer in (by if by is not None else (self.log,))]
        lines += [one.sign(text, int((seen or self.at).timestamp())) for one in witnesses]
        return f"{text}\n{''.join(lines)}".encode()

    def rows(self, until: int | None = None) -> tuple[StreamRow, ...]:
        """Return the row of each stream by the first ``until`` entries."""
        last: dict[str, tuple[int, int]] = {}
        for index, kept in enumerate(self.kept[:until]):
            last[kept.stream] = (kept.number, index)
        return padded(
            (
                StreamRow(stream_tag(stream_salt(SECRET, one), one), number, index, self.leaf(index))
                for one, (number, index) in last.items()
            ),
            SECRET,
        )

    def index_streams(self) -> int:
        """Append a stream index over all that is there, and return its index."""
        rows = self.rows()
        data = {"root": b64(index_root(rows)), "rows": len(rows), "size": len(self.entries)}
        return self.write("log", STREAM_INDEX, data)

    def index_rows(self, index: int, streams: Iterable[str]) -> StreamIndex:
        """Return the rows of ``streams`` by the stream index in entry ``index``."""
        rows = self.rows(index)
        found = []
        for stream in streams:
            tag = stream_tag(stream_salt(SECRET, stream), stream)
            row = next(one for one in rows if one.tag == tag)
            found.append(IndexRow(stream, stream_salt(SECRET, stream), row, row_proof(rows, tag)))
        return StreamIndex(index, tuple(found))

    def texts(self, index: int) -> tuple[str, ...]:
        """Return all disclosures of an entry."""
        return tuple(one.text for one in self.entries[index].disclosures)

    def disclosure(self, index: int, name: str) -> Disclosure:
        """Return one disclosure of an entry."""
        return next(one for one in self.entries[index].disclosures if one.name == name)

    def keyring(self) -> Keyring:
        """Return the keys that the entries name."""
        changes = [(index, one) for index, one in enumerate(self.kept) if one.kind == KEY_CHANGED]
        return Keyring.of(self.kept[0], changes)

    def parts(
        self,
        indices: Iterable[int],
        *,
        size: int | None = None,
        streams: tuple[str, ...] = (STREAM,),
        index: StreamIndex | None = None,
        note: bytes | None = None,
        since: int | None = None,
    ) -> Parts:
        """Return a bundle of the entries at ``indices`` under the head of ``size`` entries, all of them shown."""
        leaves = Leaves(self.leaves(size))
        total = len(leaves.leaves)
        wanted = tuple(indices)
        return Parts(
            checkpoint=note if note is not None else self.note(size),
            case=CASE if STREAM in streams else None,
            streams=streams,
            entries={one: self.entries[one].body for one in wanted},
            proofs={one: inclusion_proof(leaves, one, total) for one in wanted},
            keys=self.keyring_told or self.keyring().to_json(),
            disclosures={one: self.texts(one) for one in wanted},
            consistency=Consistency(since, consistency_proof(leaves, since, total)) if since else None,
            index=index,
        )


def genesis(log: SmallLog) -> int:
    """Write entry 0."""
    return log.write(
        "keys",
        GENESIS,
        {
            "origin": ORIGIN,
            "log_key": str(log.log.verifier),
            "entry_key": {"kid": log.signer.kid, "public": b64(log.signer.public)},
            "constitution": {},
            "practice": False,
        },
    )


def load(log: SmallLog, source: str, **data: Any) -> int:
    """Write a load of ``rules`` or ``facts``."""
    return log.write(source, f"{source}.loaded", {"by": ["p-1"], **data})


def enrol(log: SmallLog, passkey: Passkey, person: str = PERSON, stream: str = "persons") -> int:
    """Write the enrolment of a passkey."""
    one = passkey.enrolment()
    return log.write(
        stream,
        ENROLLED,
        {
            "person": person,
            "credential_id": one.credential_id,
            "public_key": one.public_key,
            "algorithm": one.algorithm,
            "backup_eligible": one.backup_eligible,
            "backup_state": one.backup_state,
            "rp_id": one.rp_id,
            "origins": list(one.origins),
            "attestation": one.attestation,
            "confirmed_by": [],
        },
    )


def revoke(log: SmallLog, passkey: Passkey) -> int:
    """Write that a passkey counts no more."""
    return log.write(
        "persons", REVOKED, {"person": PERSON, "credential_id": passkey.enrolment().credential_id, "by": []}
    )


def vote(
    log: SmallLog,
    passkey: Passkey,
    *,
    kind: str = "case.vote_cast",
    signed_kind: str | None = None,
    signed: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    **answer: Any,
) -> int:
    """Write a vote with a personal signature over its fields ``signed``, and the case, unless they name it otherwise."""
    fields = {
        name: Salted(value, salts(f"vote {len(log.entries)} {name}")())
        for name, value in {"case": CASE, **(signed or {})}.items()
    }
    digests = [Disclosure(name, one.value, one.salt).digest for name, one in fields.items()]
    signature = passkey.answer(statement(signed_kind or kind, ORIGIN, digests), **answer)
    return log.write(
        STREAM,
        kind,
        {"vote": {"person": PERSON, "seat": "agree"}, "signature": signature.as_json(), **(data or {})},
        fields,
    )


def redact(log: SmallLog, index: int, name: str) -> int:
    """Write that a field was erased."""
    return log.write(
        "log",
        REDACTED,
        {
            "index": index,
            "digests": {name: log.disclosure(index, name).digest},
            "ground": "gdpr-17",
            "by": ["p-1", "p-2"],
        },
    )


@dataclass(frozen=True)
class World:
    """A record with one whole case: keys, rules, facts, a passkey, three entries of the case, one of another case."""

    log: SmallLog
    passkey: Passkey
    case: tuple[int, ...]
    index: int
    filed: int
    voted: int
    decided: int

    @property
    def shown(self) -> tuple[int, ...]:
        """Return the entries that a bundle of the case needs."""
        return tuple(sorted({0, 1, 2, 3, *self.case, self.index}))

    def parts(self, **other: Any) -> Parts:
        """Return a bundle of the case."""
        rows = self.log.index_rows(self.index, [STREAM, "keys", "rules", "facts", "persons"])
        made = self.log.parts(self.shown, index=rows, size=self.index + 1)
        return replace(made, rules={RULES_DIGEST: RULES}, **other)


def world() -> World:
    """Return the record."""
    log, passkey = SmallLog(), ecdsa()
    genesis(log)
    load(log, "rules", packs=[{"id": "own", "archive": RULES_DIGEST}])
    load(log, "facts", root="00" * 32, count=3)
    enrol(log, passkey)
    answer = {"assessment": {"facts": 1, "rules": 1}, "status": "open"}
    filed = log.write(STREAM, "case.filed", answer, {"end_use": "street lamps"})
    log.write("case/AAAA-BBBB", "case.filed", answer, {"end_use": "nobody's business"})
    voted = vote(log, passkey, signed={"verdict": "yes", "nonce": "1"})
    decided = log.write(
        STREAM, "case.decided", {"clearance": "X:licence", "outcome": "grant", "facts": 1, "rules": 1}
    )
    index = log.index_streams()
    return World(log, passkey, (filed, voted, decided), index, filed, voted, decided)


def other_history(size: int) -> SmallLog:
    """Return a log of the same name and key in which ``size`` entries are others."""
    log = SmallLog()
    genesis(log)
    for number in range(1, size):
        log.write("case/OTHER", "case.filed", {"n": number})
    return log


def rotated(*, late: bool = False) -> Parts:
    """Return a bundle of a log whose key of entries changes from entry 3 on; ``late``: the old one signs on."""
    log = SmallLog()
    genesis(log)
    log.write(STREAM, "case.filed", {})
    data = {
        "which": "entry",
        "from_size": 3,
        "vkey": "",
        "kid": NEXT_KEY.kid,
        "public": b64(NEXT_KEY.public),
        "by": [],
    }
    log.write("keys", KEY_CHANGED, data)
    log.signer = KEY if late else NEXT_KEY
    log.write(STREAM, "case.withdrawn", {})
    return log.parts(range(4))

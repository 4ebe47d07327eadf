"""A bundle: what is handed to an auditor as evidence, one zip archive that can be written in one way only.

``VERIFY.md``, ``manifest.json``, ``checkpoint``, ``policy`` (for information), ``entries/N.jws``, ``disclosures/N.txt``,
``proofs/N.tlog-proof``, ``consistency``, ``rules/DIGEST``, ``keys.json``, ``schemas/KIND.json``, ``statements/N.json``,
``stream-index.json``; what there is none of is left out, but for the first three and ``keys.json``.

Reading believes nothing: it says what is in a bundle. Whether that is true is for ``verify``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from lastword.errors import InputError, Problem, Where
from lastword.record.archive import pack, unpack
from lastword.record.instructions import INSTRUCTIONS
from lastword.record.json import read
from lastword.record.kept import is_count, unbase64
from lastword.record.proof import MAX_HASHES, read_proof, write_proof
from lastword.record.refusal import RecordError
from lastword.record.statement import Assertion
from lastword.record.streamindex import RowProof, StreamRow

FORMAT: Final = "lastword-bundle/1"
MOST_JSON: Final = 20_000_000  # bytes; a manifest of 65,000 files has 7,000,000
MOST_OPENED: Final = 1_000  # disclosures of one entry, which holds at most 60,000 bytes of digests
_ORDER: Final = (
    "VERIFY.md", "manifest.json", "checkpoint", "policy", "entries", "disclosures", "proofs", "consistency", "rules",
    "keys.json", "schemas", "statements", "stream-index.json",
)  # fmt: skip
_NUMBER: Final = r"(0|[1-9][0-9]{0,14})"
_FILES: Final = {
    "entries": re.compile(rf"{_NUMBER}\.jws", re.ASCII),
    "disclosures": re.compile(rf"{_NUMBER}\.txt", re.ASCII),
    "proofs": re.compile(rf"{_NUMBER}\.tlog-proof", re.ASCII),
    "rules": re.compile(r"([0-9a-f]{64})", re.ASCII),
    "schemas": re.compile(r"([a-z][a-z0-9]*(?:[._-][a-z0-9]+)*)\.json", re.ASCII),
    "statements": re.compile(rf"{_NUMBER}\.json", re.ASCII),
}
_DISCLOSURE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_Made = TypeVar("_Made")
_MEND: Final = "get the bundle again, as it was handed out"


@dataclass(frozen=True, slots=True)
class Consistency:
    """The proof that the tree of ``old`` entries is the beginning of the one under the bundle's checkpoint."""

    old: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the stream index says of one stream, and the salt (32 bytes) that makes the row's tag out of its name."""

    stream: str
    salt: bytes
    row: StreamRow
    proof: RowProof


@dataclass(frozen=True, slots=True)
class StreamIndex:
    """Rows of the stream index that stands in entry ``index``."""

    index: int
    rows: tuple[IndexRow, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a bundle holds. By index of the entry: ``entries`` (JWS), ``disclosures`` (texts), ``proofs`` (hashes from the
    leaf's sibling up), ``statements``.

    ``checkpoint``: the note with its cosignatures. ``case`` and ``streams``: what the bundle is about, of which it is to
    show that nothing is missing. ``rules``: SHA-256 in hex -> content. ``keys``: as ``Keyring.to_json``. ``schemas``: kind
    -> JSON schema.
    """

    checkpoint: bytes
    case: str | None
    streams: tuple[str, ...]
    entries: Mapping[int, bytes]
    proofs: Mapping[int, tuple[bytes, ...]]
    keys: Mapping[str, Any]
    disclosures: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    consistency: Consistency | None = None
    rules: Mapping[str, bytes] = field(default_factory=dict)
    schemas: Mapping[str, Any] = field(default_factory=dict)
    statements: Mapping[int, Assertion] = field(default_factory=dict)
    index: StreamIndex | None = None
    policy: bytes | None = None
    instructions: str = INSTRUCTIONS


def write_bundle(parts: Parts) -> bytes:
    """Return the archive: the same parts give the same bytes. Raises InputError for what ``read_bundle`` would refuse."""
    return pack(_whole(parts))


def read_bundle(archive: bytes) -> Parts:
    """Return what is in ``archive``. Raises InputError unless ``write_bundle`` writes just these bytes of it.

    So no file is unknown, doubled, or of another content than the manifest says.
    """
    files = dict(unpack(archive))
    manifest = _object(files, "manifest.json", {"format", "case", "streams", "files"})
    if manifest["format"] != FORMAT:
        raise _wrong(
            "manifest.json", "is of a format that is not known here", "use a newer version of Lastword"
        )
    _check_digests(files, manifest["files"])
    case, streams = manifest["case"], manifest["streams"]
    if not (case is None or isinstance(case, str)) or not _are_texts(streams):
        raise _wrong("manifest.json", "does not say what the bundle is about")
    checkpoint = _file(files, "checkpoint")
    numbered = {
        folder: _numbered(files, folder) for folder in ("entries", "disclosures", "proofs", "statements")
    }
    parts = Parts(
        checkpoint,
        case,
        tuple(streams),
        numbered["entries"],
        {index: _proof(index, raw, checkpoint) for index, raw in numbered["proofs"].items()},
        _object(files, "keys.json", {"entry", "log"}),
        {index: _disclosures(index, raw) for index, raw in numbered["disclosures"].items()},
        _consistency(files.get("consistency")),
        {_name("rules", name): raw for name, raw in _in_folder(files, "rules")},
        {_name("schemas", name): _value(name, raw) for name, raw in _in_folder(files, "schemas")},
        {index: _statement(index, raw) for index, raw in numbered["statements"].items()},
        _index(files),
        files.get("policy"),
        _text(files, "VERIFY.md"),
    )
    if _whole(parts) != list(files.items()):
        raise _wrong("bundle", "is not written as Lastword writes it")
    return parts


def _whole(parts: Parts) -> list[tuple[str, bytes]]:
    """Return all files in their order."""
    _check(parts)
    files = list(_files(parts))
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files}
    manifest = {"format": FORMAT, "case": parts.case, "streams": list(parts.streams), "files": digests}
    return [files[0], ("manifest.json", _json(manifest)), *files[1:]]


def _files(parts: Parts) -> Iterator[tuple[str, bytes]]:
    """Return all files but the manifest, in their order."""
    yield "VERIFY.md", parts.instructions.encode()
    yield "checkpoint", parts.checkpoint
    if parts.policy is not None:
        yield "policy", parts.policy
    for index, body in sorted(parts.entries.items()):
        yield f"entries/{index}.jws", body
    for index, texts in sorted(parts.disclosures.items()):
        yield f"disclosures/{index}.txt", "".join(f"{text}\n" for text in texts).encode()
    for index, hashes in sorted(parts.proofs.items()):
        yield f"proofs/{index}.tlog-proof", write_proof(index, hashes, parts.checkpoint)
    if parts.consistency is not None:
        lines = [f"old {parts.consistency.old}", *map(_base64, parts.consistency.hashes)]
        yield "consistency", "".join(f"{line}\n" for line in lines).encode()
    for digest, content in sorted(parts.rules.items()):
        yield f"rules/{digest}", content
    yield "keys.json", _json(parts.keys)
    for kind, schema in sorted(parts.schemas.items()):
        yield f"schemas/{kind}.json", _json(schema)
    for index, assertion in sorted(parts.statements.items()):
        yield f"statements/{index}.json", _json(assertion.as_json())
    if parts.index is not None:
        yield "stream-index.json", _json(_index_json(parts.index))


def _check(parts: Parts) -> None:
    """Refuse what cannot be written, or could not be read again as it is."""
    for folder, keys in (
        ("disclosures", parts.disclosures),
        ("proofs", parts.proofs),
        ("statements", parts.statements),
    ):
        for index in keys:
            if index not in parts.entries:
                raise _wrong(f"{folder}/{index}", "belongs to no entry in the bundle")
    for index in parts.entries:
        if not is_count(index) or index not in parts.proofs:
            raise _wrong(f"entries/{index}.jws", "has no proof in the bundle")
    for index, texts in parts.disclosures.items():
        if not texts or len(texts) > MOST_OPENED or not all(map(_DISCLOSURE.fullmatch, texts)):
            raise _wrong(f"disclosures/{index}.txt", "holds no disclosures, each on a line")
        if len(set(texts)) != len(texts):
            raise _wrong(f"disclosures/{index}.txt", "holds one disclosure twice")
    for digest, content in parts.rules.items():
        if hashlib.sha256(content).hexdigest() != digest:
            raise _wrong(f"rules/{digest}", "has another SHA-256 than its name says")
    for kind in parts.schemas:
        if not _FILES["schemas"].fullmatch(f"{kind}.json"):
            raise _wrong("schemas", f"`{kind}` is no kind of entry")
    if len(set(parts.streams)) != len(parts.streams):
        raise _wrong("manifest.json", "names a stream twice")
    if parts.index is not None and len({row.stream for row in parts.index.rows}) != len(parts.index.rows):
        raise _wrong("stream-index.json", "names a stream twice")


def _check_digests(files: Mapping[str, bytes], told: object) -> None:
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise _wrong("manifest.json", "does not say which files there are")
    for name in files:
        folder, slash, rest = name.partition("/")
        if (
            folder not in _ORDER
            or bool(slash) != (folder in _FILES)
            or (slash and not _FILES[folder].fullmatch(rest))
        ):
            raise _wrong(name, "is no file that belongs into a bundle")
        if name != "manifest.json" and name not in told:
            raise _wrong(name, "is not in the manifest")
    for name, digest in told.items():
        if name not in files:
            raise _wrong(name, "is in the manifest, but not in the bundle")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise _wrong(name, "has another SHA-256 than the manifest says")


def _numbered(files: Mapping[str, bytes], folder: str) -> dict[int, bytes]:
    return {int(_name(folder, name)): raw for name, raw in _in_folder(files, folder)}


def _in_folder(files: Mapping[str, bytes], folder: str) -> Iterator[tuple[str, bytes]]:
    return ((name, raw) for name, raw in files.items() if name.startswith(f"{folder}/"))


def _name(folder: str, name: str) -> str:
    found = _FILES[folder].fullmatch(name.removeprefix(f"{folder}/"))
    assert found is not None  # looked at in _check_digests
    return found[1]


def _proof(index: int, raw: bytes, checkpoint: bytes) -> tuple[bytes, ...]:
    name = f"proofs/{index}.tlog-proof"
    proof = read_proof(raw, Where(name))
    if proof.note != checkpoint:
        raise _wrong(name, "is under another checkpoint than the bundle's")
    if proof.index != index or proof.extra is not None:
        raise _wrong(name, "is a proof of another entry")
    return proof.hashes


def _disclosures(index: int, raw: bytes) -> tuple[str, ...]:
    name = f"disclosures/{index}.txt"
    text = _decoded(name, raw)
    if not text.endswith("\n"):
        raise _wrong(name, "holds no disclosures, each on a line")
    return tuple(text[:-1].split("\n"))


def _consistency(raw: bytes | None) -> Consistency | None:
    if raw is None:
        return None
    first, *lines = _decoded("consistency", raw).split("\n")
    old = _OLD.fullmatch(first)
    if old is None or not lines or lines.pop() or len(lines) > 2 * MAX_HASHES:
        raise _wrong("consistency", "is no proof: it is written `old SIZE`, then one hash a line")
    return Consistency(int(old[1]), _hashes("consistency", lines))


def _statement(index: int, raw: bytes) -> Assertion:
    name = f"statements/{index}.json"
    return _recorded(name, lambda: Assertion.from_json(_value(name, raw)))


def _index(files: Mapping[str, bytes]) -> StreamIndex | None:
    name = "stream-index.json"
    if name not in files:
        return None
    found = _object(files, name, {"index", "rows"})
    if not is_count(found["index"]) or not isinstance(found["rows"], list):
        raise _wrong(name, "does not say which entry it is from")
    return _recorded(
        name, lambda: StreamIndex(found["index"], tuple(_row(name, row) for row in found["rows"]))
    )


def _row(name: str, value: object) -> IndexRow:
    if not isinstance(value, dict) or set(value) != {
        "stream",
        "salt",
        "tag",
        "count",
        "last",
        "leaf",
        "proof",
    }:
        raise _wrong(name, "has a row with other names than it should")
    proof, stream = value["proof"], value["stream"]
    if (
        not isinstance(proof, dict)
        or set(proof) != {"index", "size", "hashes"}
        or not _are_texts(proof["hashes"])
    ):
        raise _wrong(name, "has a row without a proof")
    numbers = (value["count"], value["last"], proof["index"], proof["size"])
    if not isinstance(stream, str) or not isinstance(value["tag"], str) or not all(map(is_count, numbers)):
        raise _wrong(name, "has a row with a value of another kind than it should")
    salt, leaf = _hashes(name, [value["salt"], value["leaf"]])
    row = StreamRow(value["tag"], value["count"], value["last"], leaf)
    return IndexRow(
        stream, salt, row, RowProof(proof["index"], proof["size"], _hashes(name, proof["hashes"]))
    )


def _index_json(index: StreamIndex) -> dict[str, object]:
    rows = [
        {
            "stream": one.stream,
            "salt": _base64(one.salt),
            "tag": one.row.tag,
            "count": one.row.count,
            "last": one.row.last,
            "leaf": _base64(one.row.leaf),
            "proof": {
                "index": one.proof.index,
                "size": one.proof.size,
                "hashes": [_base64(each) for each in one.proof.hashes],
            },
        }
        for one in index.rows
    ]
    return {"index": index.index, "rows": rows}


def _hashes(name: str, lines: Sequence[object]) -> tuple[bytes, ...]:
    raw = [unbase64(line) for line in lines]
    found = tuple(one for one in raw if one is not None and len(one) == 32)
    if len(found) != len(raw):
        raise _wrong(name, "holds a hash that is not 32 bytes in base64")
    return found


def _object(files: Mapping[str, bytes], name: str, names: set[str]) -> dict[str, Any]:
    value = _value(name, _file(files, name))
    if not isinstance(value, dict) or set(value) != names:
        raise _wrong(name, f"has not the names {', '.join(sorted(names))} alone")
    return value


def _value(name: str, raw: bytes) -> Any:
    if len(raw) > MOST_JSON:  # read, it takes many times the memory
        raise _wrong(name, "is too long")
    return _recorded(name, lambda: read(raw))


def _recorded(name: str, made: Callable[[], _Made]) -> _Made:
    """Return what ``made`` returns; what the record refuses is a fault of the file ``name``."""
    try:
        return made()
    except RecordError as why:
        raise _wrong(name, str(why)) from None


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise _wrong(name, "is not in the bundle")
    return files[name]


def _text(files: Mapping[str, bytes], name: str) -> str:
    return _decoded(name, _file(files, name))


def _decoded(name: str, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _wrong(name, "is not UTF-8") from None


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _json(value: object) -> bytes:
    try:
        return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    except UnicodeEncodeError:
        raise _wrong("bundle", "holds a text with half of a surrogate pair") from None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _wrong(name: str, what: str, mend: str = _MEND) -> InputError:
    return InputError(Problem(Where(name), what, mend))

"""A bundle is an archive that can be written in one way only: what was changed, added or hidden in it is refused."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smalllog import STREAM, World, policy, world

from lastword.errors import InputError
from lastword.record.archive import pack, unpack
from lastword.record.bundle import Parts, read_bundle, write_bundle
from lastword.record.statement import Assertion
from lastword.record.verdict import Outcome
from lastword.record.verify import verify


@cache
def small() -> World:
    """Return the record of these tests."""
    return world()


@cache
def handed_out() -> bytes:
    """Return a bundle of its case, with everything that a bundle can hold."""
    parts = small().parts(
        schemas={"case.filed": {"type": "object"}}, policy=str(policy()).encode(), consistency=consistency()
    )
    return write_bundle(parts)


def consistency() -> Any:
    """Return the proof from the first five entries on."""
    w = small()
    return w.log.parts(w.shown, size=w.index + 1, since=5).consistency


def files() -> dict[str, bytes]:
    """Return the files in it, in their order."""
    return dict(unpack(handed_out()))


def repacked(changed: dict[str, bytes]) -> bytes:
    """Return an archive of these files whose manifest is right."""
    manifest = json.loads(changed["manifest.json"])
    manifest["files"] = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in changed.items()
        if name != "manifest.json"
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return pack([(name, text.encode() if name == "manifest.json" else raw) for name, raw in changed.items()])


def test_what_was_written_is_read_again() -> None:
    """All parts come back equal, and the same parts give the same bytes."""
    parts = read_bundle(handed_out())
    assert write_bundle(parts) == handed_out()
    assert parts.entries == {index: small().log.entries[index].body for index in small().shown}
    assert parts.streams == (STREAM,)


def test_any_program_that_reads_zip_reads_it() -> None:
    """Stored, in a fixed order, without times: Python's own reader finds the same files and no fault."""
    with zipfile.ZipFile(io.BytesIO(handed_out())) as archive:
        assert archive.testzip() is None
        assert [one.filename for one in archive.infolist()] == list(files())
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {name: archive.read(name) for name in archive.namelist()} == files()


def test_the_order_of_the_files_is_fixed() -> None:
    """The page for people first, then what the bundle is about, then the head; entries in the order of the record."""
    names = list(files())
    assert names[:4] == ["VERIFY.md", "manifest.json", "checkpoint", "policy"]
    folders = list(dict.fromkeys(name.partition("/")[0] for name in names))
    assert folders[4:] == [
        "entries", "disclosures", "proofs", "consistency", "rules", "keys.json", "schemas", "stream-index.json",
    ]  # fmt: skip
    assert [name for name in names if name.startswith("entries/")] == [
        f"entries/{index}.jws" for index in sorted(small().shown)
    ]


def test_a_bundle_of_which_any_byte_was_changed_is_refused() -> None:
    """Every byte of the archive, one at a time: names, lengths, check sums and content."""
    whole = handed_out()
    for place in range(len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with pytest.raises(InputError):
            read_bundle(changed)


def test_a_changed_file_in_a_new_archive_is_refused_or_changes_nothing_that_is_claimed() -> None:
    """Who changes a file and makes a new archive with a right manifest is found by the signatures and proofs.

    Every 23rd byte of each file is changed; what may be changed are the copy of the policy, the schemas, the page for
    people, and the proof from an older head that nobody asked for: none of them claims anything.
    """
    honest = verify(handed_out(), policy())
    assert honest.outcome is Outcome.OK
    passed = set()
    for name, content in files().items():
        for place in range(0, len(content), 23 if name != "VERIFY.md" else 500):
            changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
            try:
                archive = repacked({**files(), name: changed})
            except (ValueError, KeyError, AttributeError):
                continue  # the manifest itself is no JSON any more, so there is no right one
            verdict = verify(archive, policy())
            if verdict.outcome is not Outcome.FAILED:
                assert verdict.claims == honest.claims, f"byte {place} of {name}"
                passed.add(name)
    assert passed <= {"VERIFY.md", "policy", "schemas/case.filed.json", "consistency", "manifest.json"}


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"PK\x05\x06" + bytes(18),
        handed_out()[:-1],
        handed_out()[: len(handed_out()) // 2],
        handed_out() + b"\0",
        b"#!/bin/sh\n" + handed_out(),
        handed_out()[:-2] + b"\x02\x00hi",
    ],
)
def test_nothing_stands_before_behind_or_between(damage: bytes) -> None:
    """Cut off, with something before it or behind it, with a comment, or empty: refused."""
    with pytest.raises(InputError):
        read_bundle(damage)


def rewritten(**how: Any) -> bytes:
    """Return the same files in an archive that Python's zipfile writes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **how) as archive:
        for name, content in files().items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, how.get("compression"))
    return out.getvalue()


def test_the_same_files_in_another_archive_are_refused() -> None:
    """Compressed, or stored by another program: a second way of writing is a place to hide something."""
    for how in ({"compression": zipfile.ZIP_DEFLATED}, {"compression": zipfile.ZIP_STORED}):
        with pytest.raises(InputError):
            read_bundle(rewritten(**how))


@pytest.mark.parametrize(
    "name",
    [
        "evil.sh", "entries/1.exe", "entries/01.jws", "entries/x.jws", "rules/1", "schemas/../x.json", "notes/1.txt",
        "policy/1", "entries/3.jws/x", "README.md",
    ],
)  # fmt: skip
def test_a_file_that_does_not_belong_is_refused_by_name(name: str) -> None:
    """Even if the manifest lists it."""
    with pytest.raises(InputError, match=r"belongs into a bundle|unusable name"):
        read_bundle(repacked({**files(), name: b"x"}))


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../b", "a//b", "./a", "a\\b", "a/", ".a", "a\n", "ä", "C:x", "", "a" * 201],
)
def test_a_name_that_leads_outside_is_never_packed(name: str) -> None:
    """No dots, no drive, no line feed; letters of ASCII only."""
    with pytest.raises(InputError):
        pack([("manifest.json", b"{}"), (name, b"x")])


@pytest.mark.parametrize("twice", ["policy", "POLICY"])
def test_a_file_that_comes_twice_is_refused(twice: str) -> None:
    """Also where only the case of letters differs, which some disks do not see."""
    with pytest.raises(InputError, match="twice"):
        pack([("policy", b"x"), (twice, b"y")])


def test_an_archive_that_holds_a_file_twice_is_refused() -> None:
    """One whose other file was given its name afterwards, in the file's head and in the directory."""
    with pytest.raises(InputError, match="twice"):
        unpack(pack([("policy", b"x"), ("policz", b"y")]).replace(b"policz", b"policy"))


def test_the_files_stand_in_one_order() -> None:
    """The same files in another order are another archive."""
    with pytest.raises(InputError, match="written as Lastword writes it"):
        read_bundle(repacked(dict(reversed(files().items()))))


@pytest.mark.parametrize(
    "missing", ["VERIFY.md", "checkpoint", "keys.json", "entries/0.jws", "proofs/0.tlog-proof"]
)
def test_what_every_bundle_needs_is_missed_by_name(missing: str) -> None:
    """The page, the head, the keys, and an entry together with its proof."""
    left = {name: raw for name, raw in files().items() if name != missing}
    with pytest.raises(InputError, match=r"not in the bundle|no entry|no proof"):
        read_bundle(repacked(left))


def test_the_manifest_says_what_is_there() -> None:
    """A file more, a file less, or another content than the manifest has: named."""
    content = files()
    extra = [*content.items(), ("rules/" + "0" * 64, b"")]
    with pytest.raises(InputError, match="not in the manifest"):
        read_bundle(pack(extra))
    with pytest.raises(InputError, match="but not in the bundle"):
        read_bundle(pack([one for one in content.items() if one[0] != "policy"]))
    with pytest.raises(InputError, match="another SHA-256"):
        read_bundle(
            pack([(name, b"quorum none\n" if name == "policy" else raw) for name, raw in content.items()])
        )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("keys.json", b"[]"),
        ("keys.json", b'{"entry": [], "log": [], "more": 1}'),
        ("keys.json", b'{"entry": [], "entry": [], "log": []}'),
        ("keys.json", b'{"entry": [1.5], "log": []}'),
        ("keys.json", b'{"entry": ["\\ud800"], "log": []}'),
        ("keys.json", b'{"entry": ' + b"[" * 5000 + b"]" * 5000 + b', "log": []}'),
        ("keys.json", b'{"entry": [' + b"9" * 5000 + b'], "log": []}'),
        ("keys.json", b"\xff"),
        ("stream-index.json", b'{"index": true, "rows": []}'),
        ("stream-index.json", b'{"index": 1, "rows": [1]}'),
        ("stream-index.json", b'{"index": -1, "rows": []}'),
        ("consistency", b"old 5"),
        ("consistency", b"old 05\n"),
        ("consistency", b"old 5\nxxxx\n"),
        ("consistency", b"5\n"),
        ("disclosures/0.txt", b"\n"),
        ("disclosures/0.txt", b"abc"),
        ("disclosures/0.txt", b"abc\nabc\n"),
        ("disclosures/0.txt", "ä\n".encode()),
        ("proofs/0.tlog-proof", b"c2sp.org/tlog-proof@v1\nindex 0\n\nx\n"),
        ("VERIFY.md", b"\xff"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(name: str, content: bytes) -> None:
    """Broken JSON, a name twice, fractions, numbers without end, depth without end, wrong kinds."""
    with pytest.raises(InputError):
        read_bundle(repacked({**files(), name: content}))


def test_all_proofs_are_under_the_one_head() -> None:
    """A proof with another head, of another entry, or with something unsigned in it is refused by name."""
    proof = files()["proofs/3.tlog-proof"]
    for changed, why in (
        (proof.replace(b"\nindex 3\n", b"\nindex 4\n"), "another entry"),
        (proof.replace(b"\nindex 3\n", b"\nextra AAAA\nindex 3\n"), "another entry"),
        (proof.replace(small().log.note(), small().log.note(4)), "another checkpoint"),
    ):
        with pytest.raises(InputError, match=why):
            read_bundle(repacked({**files(), "proofs/3.tlog-proof": changed}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"disclosures": {99: ("abc",)}},
        {"statements": {99: Assertion("AA", b"", b"", b"", b"")}},
        {"disclosures": {0: ()}},
        {"disclosures": {0: ("a b",)}},
        {"rules": {"0" * 64: b"other"}},
        {"schemas": {"../x": {}}},
        {"schemas": {"Case": {}}},
        {"streams": (STREAM, STREAM)},
        {"proofs": {}},
        {"case": "\ud800"},
    ],
)
def test_what_could_not_be_read_again_is_not_written(wrong: dict[str, Any]) -> None:
    """Something of an entry that is not there, rules with another digest, a kind that is none, a stream twice."""
    with pytest.raises(InputError):
        write_bundle(replace(small().parts(), **wrong))


def test_a_bundle_has_limits() -> None:
    """More than 200 MB, more than 65,000 files, or JSON of more than 20 MB, is refused before anything is made of it."""
    with pytest.raises(InputError, match="200 MB"):
        unpack(bytes(200_000_001))
    long = repacked({**files(), "keys.json": b'{"entry": [], "log": [' + b"1," * 10_000_000 + b"1]}"})
    with pytest.raises(InputError, match="too long"):
        read_bundle(long)
    with pytest.raises(InputError, match="65000 files"):
        pack([(f"f{n}", b"") for n in range(65_001)])


@given(st.binary(max_size=300))
def test_bytes_that_are_no_bundle_are_refused_in_words(content: bytes) -> None:
    """Whatever comes, it is one error for the reader, never a crash."""
    for archive in (content, handed_out()[:30] + content, content + handed_out()[-200:]):
        with pytest.raises(InputError):
            read_bundle(archive)


names = st.text("abcXYZ019-_", min_size=1, max_size=8)


@given(st.dictionaries(names.map(str.lower), st.binary(max_size=40), min_size=1, max_size=6))
def test_files_come_back_as_they_were_packed(content: dict[str, bytes]) -> None:
    """In their order, byte for byte; and so does a bundle of no entries."""
    given_files = [(f"f{name}", raw) for name, raw in content.items()]
    assert unpack(pack(given_files)) == tuple(given_files)


def test_a_bundle_may_hold_little() -> None:
    """The head and nothing else: it can be read, and shows nothing."""
    parts = Parts(small().log.note(), None, (), {}, {}, {"entry": [], "log": []})
    assert read_bundle(write_bundle(parts)) == parts

"""What we write is judged by programs that share no code with ours: Go's checksum database, openssl, joserfc."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey
from published import VECTORS
from salts import salts

from lastword.errors import Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.cosignature import WitnessSigner
from lastword.record.entry import Entry, EntrySigner, compose
from lastword.record.json import from_base64url, to_base64url
from lastword.record.note import Note, Signer
from lastword.record.tree import Leaves, consistency_proof, inclusion_proof, leaf_hash, root

LOG = Signer("log.example/2026", bytes([1]) * 32)
WITNESS = WitnessSigner("witness.example", bytes([2]) * 32)
SIGNER = EntrySigner.of(bytes([3]) * 32)
SIZE = 150
BODIES = [
    compose(
        origin=LOG.name,
        issued=datetime(2026, 11, 25, tzinfo=UTC),
        kept={"public": {"no": number}},
        erasable={"text": "because"},
        signer=SIGNER,
        salt=salts(str(number)),
    ).body
    for number in range(SIZE)
]
TREE = Leaves(tuple(map(leaf_hash, BODIES)))
ROOTS = [root(TREE.leaves[:size]) for size in range(SIZE + 1)]
Oracle = Callable[[Sequence[str]], list[str]]


def b64(raw: bytes) -> str:
    """Return base64, - for nothing."""
    return base64.b64encode(raw).decode() or "-"


def changed(raw: bytes) -> bytes:
    """Return bytes of which one bit differs."""
    return raw[:-1] + bytes([raw[-1] ^ 1])


def absent(what: str) -> NoReturn:
    """Skip the test; where everything is checked, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} must be there where everything is checked")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    """Return Go's judge, built from ``go/main.go`` with the sources that Debian ships, without a network."""
    sources = Path("/usr/share/gocode")
    go = shutil.which("go")
    if go is None or not (sources / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        absent("Go with golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)")
    place = tmp_path_factory.mktemp("oracle")
    program = place / "oracle"
    subprocess.run(
        [str(go), "build", "-o", str(program), "main.go"],
        cwd=Path(__file__).parent / "go",
        env={
            **os.environ,
            "GO111MODULE": "off",
            "GOPATH": str(sources),
            "GOCACHE": str(place / "cache"),
            "GOFLAGS": "",
            "CGO_ENABLED": "0",
        },
        check=True,
    )

    def ask(questions: Sequence[str]) -> list[str]:
        done = subprocess.run(
            [str(program)], input="\n".join(questions) + "\n", capture_output=True, text=True, check=True
        )
        answers = done.stdout.split()
        assert len(answers) == len(questions)
        return answers

    return ask


def test_go_accepts_every_inclusion_proof_of_ours_and_refuses_altered_ones(oracle: Oracle) -> None:
    """Each of 150 entries under some head; with another entry, index or root, or a hash changed, Go says no."""
    good, bad = [], []
    for index in range(SIZE):
        size = index + 1 + (7 * index) % (SIZE - index)
        proof = list(map(b64, inclusion_proof(TREE, index, size)))
        body, head = b64(BODIES[index]), b64(ROOTS[size])
        good.append(" ".join(["inclusion", body, str(index), str(size), head, *proof]))
        bad.append(" ".join(["inclusion", b64(changed(BODIES[index])), str(index), str(size), head, *proof]))
        bad.append(" ".join(["inclusion", body, str(index), str(size), b64(changed(ROOTS[size])), *proof]))
        bad.append(" ".join(["inclusion", body, str(index), str(size), head, *proof, head]))
        bad.append(" ".join(["inclusion", body, str(size), str(size), head, *proof]))
        if proof:
            altered = b64(changed(base64.b64decode(proof[0])))
            bad.append(" ".join(["inclusion", body, str(index), str(size), head, altered, *proof[1:]]))
            bad.append(" ".join(["inclusion", body, str(index), str(size), head, *proof[1:]]))
    assert oracle(good) == ["yes"] * len(good)
    assert oracle(bad) == ["no"] * len(bad)


def test_go_accepts_every_consistency_proof_of_ours_and_refuses_altered_ones(oracle: Oracle) -> None:
    """From each of 150 heads to a later one; with another root, or a hash changed or left out, Go says no."""
    good, bad = [], []
    for old in range(1, SIZE + 1):
        new = old + (11 * old) % (SIZE - old + 1)
        sizes = ["consistency", str(old), str(new)]
        was, now = b64(ROOTS[old]), b64(ROOTS[new])
        proof = list(map(b64, consistency_proof(TREE, old, new)))
        good.append(" ".join([*sizes, was, now, *proof]))
        bad.append(" ".join([*sizes, b64(changed(ROOTS[old])), now, *proof]))
        bad.append(" ".join([*sizes, was, b64(changed(ROOTS[new])), *proof]))
        bad.append(" ".join([*sizes, was, now, *proof, now]))
        if proof:
            altered = b64(changed(base64.b64decode(proof[-1])))
            bad.append(" ".join([*sizes, was, now, *proof[:-1], altered]))
            bad.append(" ".join([*sizes, was, now, *proof[:-1]]))
    assert oracle(good) == ["yes"] * len(good)
    assert oracle(bad) == ["no"] * len(bad)


def test_go_accepts_our_signed_heads_and_refuses_altered_ones(oracle: Oracle) -> None:
    """With the cosignature of a witness below, of which it knows nothing; each byte changed, it says no."""
    text = Checkpoint(LOG.name, SIZE, ROOTS[SIZE]).text
    note = Note.read(LOG.sign(text).encode(), Where("note"))
    content = bytes(note.with_lines([WITNESS.sign(text, 1_800_000_000)], Where("note")))
    key = b64(str(LOG.verifier).encode())
    assert oracle([f"note {b64(content)} {key}"]) == ["yes"]
    signed = LOG.sign(text).encode()
    altered = [
        signed[:place] + changed(signed[place : place + 1]) + signed[place + 1 :]
        for place in range(len(signed))
    ]
    bad = [f"note {b64(one)} {key}" for one in altered]
    assert oracle(bad) == ["no"] * len(bad)


def test_go_judges_the_published_log_as_we_do(oracle: Oracle) -> None:
    """So it is the same question that both answer."""
    log = VECTORS / "tessera-log"
    key = b64((log / "vkey.txt").read_bytes().strip())
    notes = [(log / f"checkpoint.{size}").read_bytes() for size in range(1, 11)]
    assert oracle([f"note {b64(note)} {key}" for note in notes]) == ["yes"] * 10


def openssl(place: Path, public: bytes, content: bytes, signature: bytes) -> bool:
    """Say what openssl says of a signature of Ed25519; the key goes in as DER, RFC 8410."""
    program = shutil.which("openssl")
    if program is None:
        absent("openssl")
    prefix = bytes.fromhex("302a300506032b6570032100")
    for name, raw in (("key.der", prefix + public), ("content", content), ("signature", signature)):
        (place / name).write_bytes(raw)
    done = subprocess.run(
        [
            program,
            *"pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in content -sigfile signature".split(),
        ],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is ("Signature Verified Successfully" in done.stdout)
    return done.returncode == 0


def test_openssl_verifies_a_head_a_cosignature_and_an_entry(tmp_path: Path) -> None:
    """From the bytes that the specifications name, and not with one bit of them changed."""
    text = Checkpoint(LOG.name, SIZE, ROOTS[SIZE]).text
    note = Note.read(LOG.sign(text).encode(), Where("note")).with_lines(
        [WITNESS.sign(text, 1_800_000_000)], Where("note")
    )
    cosigned = b"cosignature/v1\ntime 1800000000\n" + text.encode()
    header, payload, signature = BODIES[0].decode().split(".")
    cases = [
        (LOG.verifier.public, text.encode(), note.signatures[0][2]),
        (WITNESS.key.public, cosigned, note.signatures[1][2][8:]),
        (SIGNER.public, f"{header}.{payload}".encode(), from_base64url(signature)),
    ]
    for public, content, signed in cases:
        assert openssl(tmp_path, public, content, signed)
        assert not openssl(tmp_path, public, changed(content), signed)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_library_for_jws_reads_an_entry_and_refuses_an_altered_one() -> None:
    """An entry without its disclosures is a compact JWS like any other."""
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": to_base64url(SIGNER.public)})
    registry = jws.JWSRegistry(algorithms=["EdDSA"])
    for body in BODIES[:20]:
        found = jws.deserialize_compact(body.decode(), key, registry=registry)
        assert found.headers() == {"alg": "EdDSA", "typ": "lastword-entry+sd-jwt", "kid": SIGNER.kid}
        header, payload, signature = body.decode().split(".")
        other = f"{header}.{to_base64url(changed(from_base64url(payload)))}.{signature}"
        with pytest.raises(BadSignatureError):
            jws.deserialize_compact(other, key, registry=registry)
        Entry.read(body).check(SIGNER.public)

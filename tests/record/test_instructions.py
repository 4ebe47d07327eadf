"""VERIFY.md in a bundle: its commands of openssl and its program in Go are run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from smalllog import LOG, NEXT_LOG, World, other_history, rotated, world

from lastword.record.archive import unpack
from lastword.record.bundle import Parts, write_bundle

SOURCES = Path("/usr/share/gocode")  # where Debian keeps golang.org/x/mod
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def absent(what: str) -> None:
    """Skip the test; where everything is checked, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} must be there where everything is checked")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="module")
def small() -> World:
    """Return the record of these tests."""
    return world()


def unpacked(parts: Parts, folder: Path) -> Path:
    """Write the files of a bundle into a folder, as unzip would."""
    for name, content in unpack(write_bundle(parts)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def block(folder: Path, kind: str, begin: str) -> str:
    """Return the block of VERIFY.md of this kind that begins so."""
    page = (folder / "VERIFY.md").read_text(encoding="utf-8")
    bodies = (str(match[2]) for match in _BLOCK.finditer(page) if match[1] == kind)
    return next(body for body in bodies if body.startswith(begin))


def shell(folder: Path, begin: str, work: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a block of VERIFY.md; its scratch files go to ``work`` instead of /tmp."""
    if shutil.which("openssl") is None:
        absent("openssl")
    script = block(folder, "sh", begin).replace("/tmp/", f"{work}/")
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def changed(path: Path, place: int = -1) -> None:
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_openssl_checks_the_head(small: World, tmp_path: Path) -> None:
    """With the key of the policy it verifies; with another key, or a changed head, it does not."""
    folder = unpacked(small.parts(), tmp_path / "bundle")
    assert "Verified Successfully" in shell(folder, "# checkpoint", tmp_path, KEY=str(LOG.verifier)).stdout
    assert shell(folder, "# checkpoint", tmp_path, KEY=str(NEXT_LOG.verifier)).returncode != 0
    changed(folder / "checkpoint", len("log.example/2026\n"))
    assert shell(folder, "# checkpoint", tmp_path, KEY=str(LOG.verifier)).returncode != 0


def test_openssl_checks_an_entry(small: World, tmp_path: Path) -> None:
    """With the key of keys.json it verifies; with one byte changed it does not."""
    parts = small.parts()
    folder = unpacked(parts, tmp_path / "bundle")
    public = parts.keys["entry"][0]["public"]
    for index in small.shown:
        done = shell(folder, "# entry", tmp_path, PUBLIC=public, N=str(index))
        assert "Verified Successfully" in done.stdout, done
    changed(folder / "entries" / f"{small.filed}.jws", 100)
    assert shell(folder, "# entry", tmp_path, PUBLIC=public, N=str(small.filed)).returncode != 0


def test_openssl_checks_what_is_opened(small: World, tmp_path: Path) -> None:
    """Each line is in the entry, and is shown; a line of another entry is not."""
    folder = unpacked(small.parts(), tmp_path / "bundle")
    done = shell(folder, "# disclosures", tmp_path, N=str(small.filed))
    assert [line.partition(": ")[0] for line in done.stdout.splitlines()] == ["in the entry"] * 2
    assert '"end_use","street lamps"]' in done.stdout
    other = (folder / "disclosures" / f"{small.voted}.txt").read_text()
    (folder / "disclosures" / f"{small.filed}.txt").write_text(other)
    done = shell(folder, "# disclosures", tmp_path, N=str(small.filed))
    assert {line.partition(": ")[0] for line in done.stdout.splitlines()} == {"NOT in the entry"}


@pytest.fixture(scope="module")
def check(small: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program of VERIFY.md, built by the command that stands above it."""
    if shutil.which("go") is None or not (SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        absent("Go with golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)")
    place = tmp_path_factory.mktemp("check")
    folder = unpacked(small.parts(), place / "bundle")
    (place / "check.go").write_text(block(folder, "go", "package main"), encoding="utf-8")
    command = block(folder, "sh", "GO111MODULE").splitlines()[0]
    env = {**os.environ, "GOCACHE": str(place / "cache"), "GOFLAGS": "", "CGO_ENABLED": "0"}
    subprocess.run(["sh", "-c", command], cwd=place, env=env, check=True)
    return place / "check"


def asked(check: Path, folder: Path, *more: str, key: str = str(LOG.verifier)) -> tuple[int, str]:
    """Return how the program ended and what it said."""
    done = subprocess.run([str(check), key, str(folder), *more], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_go_verifies_an_honest_bundle(small: World, check: Path, tmp_path: Path) -> None:
    """All entries and fields; also that it goes on from an older head."""
    parts = small.parts(consistency=small.log.parts((0,), size=small.index + 1, since=4).consistency)
    folder = unpacked(parts, tmp_path / "bundle")
    opened = sum(len(texts) for texts in parts.disclosures.values())
    said = f"verified: {len(small.shown)} entries, {opened} opened fields, under a head of 9 entries\n"
    assert asked(check, folder) == (0, said)
    (tmp_path / "old").write_bytes(small.log.note(4))
    assert asked(check, folder, str(tmp_path / "old")) == (0, said)


def test_go_reads_the_key_of_each_range(check: Path, tmp_path: Path) -> None:
    """After a change of keys the new one must have signed, and the old one no longer does."""
    for late, code in ((False, 0), (True, 1)):
        folder = unpacked(rotated(late=late), tmp_path / str(late))
        assert asked(check, folder)[0] == code


@pytest.mark.parametrize(
    "damage", ["checkpoint", "entry", "field", "proof", "keys", "swapped", "another key", "another history"]
)
def test_go_refuses_what_was_changed(small: World, check: Path, tmp_path: Path, damage: str) -> None:
    """Whatever was changed in the bundle; and a head of another history of the same log."""
    parts, key, more = small.parts(), str(LOG.verifier), []
    filed, voted = small.filed, small.voted
    if damage == "swapped":
        parts = replace(
            parts, entries={**parts.entries, filed: parts.entries[voted], voted: parts.entries[filed]}
        )
    if damage == "another history":
        parts = replace(parts, consistency=small.log.parts((0,), size=9, since=4).consistency)
        (tmp_path / "old").write_bytes(other_history(4).note())
        more = [str(tmp_path / "old")]
    folder = unpacked(parts, tmp_path / "bundle")
    if damage == "another key":
        key = str(NEXT_LOG.verifier)
    paths = {"checkpoint": "checkpoint", "entry": f"entries/{filed}.jws", "field": f"disclosures/{filed}.txt",
             "proof": f"proofs/{filed}.tlog-proof", "keys": "keys.json"}  # fmt: skip
    if damage in paths:
        content = (folder / paths[damage]).read_bytes()
        changed(folder / paths[damage], content.index(b'"public": "') + 15 if damage == "keys" else 50)
    code, said = asked(check, folder, *more, key=key)
    assert code == 1
    assert said.startswith("REFUSED: ")

"""The signature over a pack: whatever is changed in whatever file is found."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastword.errors import InputError, Where
from lastword.files import packsignature
from lastword.record.note import Signer, Verifier

KEY = Signer("tests.example", bytes([1]) * 32)
NAMES = st.sampled_from(
    ["pack.yaml", "rules/a.yaml", "rules/ä ö.yaml", "tables/x.csv", "cases/c.yaml", "SOURCES.md"]
)
FILES = st.dictionaries(NAMES, st.binary(max_size=40), min_size=1)


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a pack."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@settings(max_examples=60, deadline=None)
@given(files=FILES, data=st.data())
def test_any_changed_byte_of_any_file_is_found_and_its_file_named(
    files: dict[str, bytes], data: st.DataObject
) -> None:
    """As signed it verifies; with one byte more, less or different it does not."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "own"
        write(folder, files)
        packsignature.sign(folder, "own", "1", KEY)
        signed = packsignature.verified(folder, "own")
        packsignature.trusted(folder, signed, [KEY.verifier])
        assert {one.name for one in signed.files} == set(files)
        name = data.draw(st.sampled_from(sorted(files)))
        old = files[name]
        new = data.draw(st.binary(max_size=40).filter(lambda content: content != old))
        (folder / name).write_bytes(new)
        with pytest.raises(InputError, match="was changed after") as error:
            packsignature.verified(folder, "own")
        assert [problem.where.file for problem in error.value.problems] == [f"own/{name}"]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_changed_byte_of_the_signature_is_found(data: st.DataObject) -> None:
    """In the text, the name, the hash of the key or the signature itself."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "own"
        write(folder, {"pack.yaml": b"id: own\n", "rules/a.yaml": b"rules: []\n"})
        packsignature.sign(folder, "own", "1", KEY)
        content = bytearray((folder / "SIGNATURE").read_bytes())
        index = data.draw(st.integers(0, len(content) - 1))
        content[index] ^= data.draw(st.integers(1, 255))
        (folder / "SIGNATURE").write_bytes(bytes(content))
        with pytest.raises(InputError):
            packsignature.verified(folder, "own")


def test_who_signs_for_another_pack_or_with_another_key_is_refused(tmp_path: Path) -> None:
    """The id stands in the signed text; trust goes by the key, not by its name."""
    folder = tmp_path / "own"
    write(folder, {"pack.yaml": b"id: own\n"})
    impostor = Signer(KEY.name, bytes([2]) * 32)
    packsignature.sign(folder, "other", "1", impostor)
    with pytest.raises(InputError, match="it signs the pack `other`, not `own`"):
        packsignature.verified(folder, "own")
    packsignature.sign(folder, "own", "1", impostor)
    signed = packsignature.verified(folder, "own")
    with pytest.raises(InputError, match="whom `trust` does not name"):
        packsignature.trusted(folder, signed, [KEY.verifier])


def test_links_are_not_signed(tmp_path: Path) -> None:
    """What a link leads to may change without the pack."""
    folder = tmp_path / "own"
    write(folder, {"pack.yaml": b"id: own\n"})
    (folder / "rules").symlink_to(tmp_path)
    with pytest.raises(InputError, match="is a link"):
        packsignature.sign(folder, "own", "1", KEY)


@pytest.mark.parametrize(
    "text", ["", "a+b", "a+00000000+AAAA", str(KEY.verifier)[:-1], str(KEY.verifier).replace("tests", "best")]
)
def test_a_key_that_was_not_copied_whole_is_refused(text: str) -> None:
    """The hash in it covers name and key."""
    with pytest.raises(InputError):
        Verifier.read(text, Where("trust"))

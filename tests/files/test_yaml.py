"""What the strict YAML reader takes, and what it refuses with file, line and advice."""

from __future__ import annotations

import os
import pickle
import time
from datetime import date
from pathlib import Path

import pytest

from lastword.errors import InputError, UnreadableError, Where
from lastword.files.yaml import DEEPEST, MOST_PROBLEMS, Map, Seq, parse_yaml, read_yaml


def refused(text: str) -> list[str]:
    """Return the problems of a YAML text as a person sees them."""
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_plain_scalars_are_text_whole_numbers_yes_or_no_nothing_or_days() -> None:
    """Everything else that YAML makes of plain scalars would be a guess."""
    read = parse_yaml("a: text\nb: 12\nc: true\nd:\ne: ~\nf: 2025-01-31\ng: '12'\nh: |\n  long\n", "f")
    assert read == {
        "a": "text", "b": 12, "c": True, "d": None, "e": None, "f": date(2025, 1, 31), "g": "12", "h": "long\n",
    }  # fmt: skip


def test_control_list_numbers_stay_text() -> None:
    """5E001 is a technology entry, not five times ten."""
    assert parse_yaml("[5E001, 3A001.b.2, 1.2.3, EAR99]", "f") == ["5E001", "3A001.b.2", "1.2.3", "EAR99"]


def test_maps_and_lists_know_their_lines() -> None:
    """A later check can name the line of any key or element."""
    read = parse_yaml("a: 1\nb:\n  - p\n  - q\n", "f")
    assert isinstance(read, Map)
    assert isinstance(read["b"], Seq)
    assert (read.where("b"), read["b"].where(1), read.where("c")) == (
        Where("f", 2),
        Where("f", 4),
        Where("f", 1),
    )


def test_keys_are_text_as_written() -> None:
    """Days as keys, as in a dated table, are kept as they stand."""
    assert parse_yaml("2024-07-01: a\n12: b\n", "f") == {"2024-07-01": "a", "12": "b"}


@pytest.mark.parametrize(
    "word", ["NO", "no", "No", "yes", "YES", "on", "off", "y", "N", "True", "FALSE", "Null"]
)
def test_bare_words_that_yaml_reads_as_truth_values_are_refused(word: str) -> None:
    """NO is Norway; only a person can say what was meant."""
    assert refused(f"a: b\norigin: {word}")[0].startswith(f"f.yaml:2: the bare word `{word}` may mean")


def test_bare_words_in_quotes_are_text() -> None:
    """The advice works."""
    assert parse_yaml('a: \'NO\'\n"on": "no"', "f") == {"a": "NO", "on": "no"}


@pytest.mark.parametrize("key", ["on", "no", "true", "null", "~"])
def test_a_key_that_yaml_reads_as_something_else_is_refused(key: str) -> None:
    """``on:`` as a key would silently become true."""
    assert "f.yaml:1" in refused(f"{key}: 1")[0]


@pytest.mark.parametrize(
    "number", ["0.10", ".5", "1.5e3", "010", "0x1F", "1_000", "12:30", ".inf", ".nan", "9" * 30]
)
def test_numbers_that_may_lose_their_value_are_refused(number: str) -> None:
    """Decimals are written in quotes and so stay exact."""
    assert "in quotes" in refused(f"a: {number}")[0]


@pytest.mark.parametrize("day", ["2025-02-30", "2025-13-01", "2025-1-5", "2025-01-05T10:00:00Z"])
def test_days_that_do_not_exist_or_are_written_otherwise_are_refused(day: str) -> None:
    """A date that does not exist is a problem, not a text."""
    assert refused(f"a: {day}")[0].startswith(f"f.yaml:1: {'the day ' if len(day) == 10 else ''}`{day}`")


def test_everything_wrong_in_a_file_is_reported_at_once() -> None:
    """Nobody likes to mend one line, run again, and find the next."""
    text = "a: NO\na: 2\nb: 0.1\nc: &x 1\nd: *x\ne: !!str f\n<<: {g: 1}\nh: 2025-02-30\n"
    found = refused(text)
    assert [problem.split(":")[1] for problem in found] == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert "first on line 1" in found[1]


def test_reading_stops_after_many_problems() -> None:
    """A file of another kind does not fill the screen."""
    assert len(refused("- no\n" * 100_000)) == MOST_PROBLEMS + 1


def test_a_bomb_of_aliases_is_never_expanded() -> None:
    """Each anchor and alias is refused where it stands."""
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    began = time.monotonic()
    assert any("alias `*a0`" in problem for problem in refused("\n".join(lines)))
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "[\n", "? "])
def test_ten_megabytes_of_nesting_are_refused_at_once(unit: str) -> None:
    """Depth is checked while reading, before anything could recurse."""
    began = time.monotonic()
    assert f"deeper than {DEEPEST}" in refused(unit * (10_000_000 // len(unit)))[-1]
    assert time.monotonic() - began < 2


def test_nesting_up_to_the_limit_is_taken() -> None:
    """The limit is far above what a facts file needs."""
    assert parse_yaml("[" * DEEPEST + "]" * DEEPEST, "f")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document"),
        ("", "holds nothing"),
        ("# only a comment\n", "holds nothing"),
        ("word", "single value"),
        ("a:\n\t- b\n", "f.yaml:2: a tab"),
        ("a: [1\n", "is not readable as YAML"),
        ("? [a]\n: 1\n", "a key that is a list"),
        ("a: \x07", "control characters"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, what: str) -> None:
    """Each with its line and in plain words."""
    assert what in refused(text)[0]


def test_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    """Editors on Windows write both."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xbc\r\nb: 2\r\n")
    assert read_yaml(path) == {"a": "ü", "b": 2}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"a: \xfc\n", "is not UTF-8"),
        ("a: ü".encode("utf-16"), "UTF-16 or a binary file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary file"),
    ],
)
def test_bytes_that_are_no_utf8_text_are_refused(tmp_path: Path, content: bytes, what: str) -> None:
    """With the advice to save the file in UTF-8."""
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=what):
        read_yaml(path, "a.yaml")


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    """None of them hangs or shows a traceback."""
    os.mkfifo(tmp_path / "pipe")
    for name, what in (("none", "no such file"), (".", "is a directory"), ("pipe", "not a plain file")):
        with pytest.raises(UnreadableError, match=what):
            read_yaml(tmp_path / name)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the tests run as root, who may read everything."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 1")

    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(UnreadableError, match="no permission to read it"):
        read_yaml(path)


def test_what_was_read_can_be_kept_in_a_cache() -> None:
    """Lines survive pickling."""
    read = parse_yaml("a: [1, 2]", "f")
    again = pickle.loads(pickle.dumps(read))
    assert again == read
    assert again["a"].where(1) == Where("f", 1)

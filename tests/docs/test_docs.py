"""The manual cannot drift: its commands run, its links lead somewhere, its generated pages are up to date.

A page is read from top to bottom. A fenced block ``yaml file=PATH`` is a file that the reader saves. In a block ``console`` a
line after ``$`` is typed and the lines below it are what comes; ``...`` stands for anything. A command ends with 0, or with what
``# exit code N`` behind it says. ``cd`` and ``export`` count for the rest of the page.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from lastword import coverage
from lastword.cli import events_page, manual
from lastword.cli.main import COMMANDS, main
from lastword.examples import KEYS, read_examples, run
from lastword.files.packs import ASKERS, CLAIMS, OUTLOOKS
from lastword.reach.builtin import BUILT_IN_TYPES
from lastword.rules.rule import KINDS, REACHES
from lastword.texts import speak
from lastword.workspace import Workspace, open_book

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
READ_THROUGH = (
    "README.md",
    "docs/getting-started.md",
    "docs/getting-started.de.md",
    "docs/cases.md",
    "docs/cases.de.md",
    "docs/packs.md",
    "docs/own-pack.md",
    "docs/examples.md",
)
THE_DAY = date(2026, 11, 22)
_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_EXIT_CODE = re.compile(r"#\s*exit code (\d+)\s*$")


class TheDay(date):
    """A day on which the pages are read: the one that their answers were given on."""

    @classmethod
    def today(cls) -> TheDay:
        """Return that day."""
        return cls(THE_DAY.year, THE_DAY.month, THE_DAY.day)


@dataclass(frozen=True)
class Typed:
    """A command on a page, and what the page shows below it."""

    words: tuple[str, ...]
    shown: tuple[str, ...]
    exit_code: int


@dataclass(frozen=True)
class Saved:
    """A file that the page asks its reader to save."""

    path: str
    content: str


def page(name: str) -> str:
    """Return the text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[tuple[list[str], str]]:
    """Return the fenced blocks of a page: the words behind the fence, and what is in it."""
    for match in _BLOCK.finditer(text):
        yield match["info"].split(), match["body"]


def steps(text: str) -> Iterator[Typed | Saved]:
    """Return what a reader of a page does, in order."""
    for info, body in blocks(text):
        saved = [word.removeprefix("file=") for word in info if word.startswith("file=")]
        if saved:
            yield Saved(saved[0], body)
        elif info[:1] == ["console"]:
            yield from typed(body)


def typed(body: str) -> Iterator[Typed]:
    """Return the commands of a console block; a line that ends with a backslash goes on in the next."""
    lines = body.replace("\\\n", " ").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        said = _EXIT_CODE.search(lines[start])
        words = shlex.split(lines[start][2:], comments=True)
        yield Typed(tuple(words), tuple(lines[start + 1 : end]), int(said[1]) if said else 0)


def as_pattern(shown: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of what a page shows: a line of dots stands for any lines, dots within a line for any text."""
    parts = []
    for line in shown:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(re.escape(line.rstrip()).replace(r"\.\.\.", r"[^\n]*") + r"[ ]*\n")
    return re.compile("".join(parts).rstrip() + r"\s*\Z")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a copy of the examples, on the day of the pages."""
    for module in ("ask", "settle", "check", "rules", "importing", "pack_check", "pack_new"):
        monkeypatch.setattr(f"lastword.cli.{module}.date", TheDay)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))  # keys of practice records go there
    monkeypatch.chdir(tmp_path)
    speak("en")
    yield tmp_path
    speak("en")


def test_the_readme_has_the_two_commands() -> None:
    """One makes an environment, installs and shows the main job; the other runs every test."""
    lines = page("README.md").splitlines()
    assert "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/lastword demo" in lines
    assert ".venv/bin/python -m pytest -q" in lines


@pytest.mark.parametrize("name", READ_THROUGH)
def test_who_types_what_a_page_says_sees_what_it_shows(
    name: str, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every `lastword` command of the page runs, in order, ends as claimed and prints what is shown."""
    ran = 0
    for step in steps(page(name)):
        if isinstance(step, Saved):
            path = Path(step.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.content, encoding="utf-8")
        elif step.words[0] == "cd":
            monkeypatch.chdir(step.words[1])
        elif step.words[0] == "export":
            name_, _equals, value = step.words[1].partition("=")
            monkeypatch.setenv(name_, value)
        elif step.words[0] == "lastword":
            speak("en")
            result = CliRunner().invoke(main, list(step.words[1:]), prog_name="lastword")
            told = f"$ {shlex.join(step.words)}\n{result.output}"
            assert result.exit_code == step.exit_code, told
            if step.shown and not as_pattern(step.shown).match(result.output):
                pytest.fail(f"{name} shows something else than:\n{told}", pytrace=False)
            ran += 1
    assert ran or name == "docs/packs.md"


def test_the_commands_page_is_up_to_date() -> None:
    """After a change: `python -m lastword.cli.manual`.

    Made in a process of its own: click keeps the help option of a command that was once called by itself.
    """
    made = "import sys; from lastword.cli.manual import manual; sys.stdout.buffer.write(manual().encode())"
    done = subprocess.run([sys.executable, "-c", made], capture_output=True, check=True)
    assert manual.PAGE.read_bytes() == done.stdout


def test_every_command_is_in_the_manual() -> None:
    """On its page, and at work on another."""
    others = "".join(path.read_text(encoding="utf-8") for path in PAGES if path != manual.PAGE)
    for name in COMMANDS:
        assert f"## lastword {name}\n" in page("docs/commands.md")
        assert f"lastword {name}" in others


def test_the_page_of_events_is_up_to_date() -> None:
    """After a change of an event or a state: `python -m lastword.cli.events_page`."""
    assert events_page.PAGE.read_text(encoding="utf-8") == events_page.page()


def test_the_coverage_page_is_up_to_date() -> None:
    """After a change of a pack: `python -m lastword.coverage`."""
    assert page("docs/coverage.md") == coverage.table()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    """To a file that is there, and to a heading that is in it; links to the web are not followed."""
    text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    broken = []
    for target in (match["target"] for match in _LINK.finditer(text)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (heading and heading not in headings(there)):
            broken.append(target)
    assert broken == []


def headings(path: Path) -> set[str]:
    """Return the anchors of a page."""
    text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_page_can_be_reached_from_the_readme() -> None:
    """README is the index of the manual; decisions are reached through CONTRIBUTING."""
    seen, waiting = {ROOT / "README.md"}, [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        for match in _LINK.finditer(path.read_text(encoding="utf-8")):
            found = (path.parent / match["target"].partition("#")[0]).resolve()
            if found.suffix == ".md" and found.exists() and found not in seen:
                seen.add(found)
                waiting.append(found)
    assert [str(p) for p in PAGES if p not in seen and "decisions" not in p.parts] == []


def test_the_page_on_questions_names_every_key_of_an_answer() -> None:
    """What the schema has at the top, and in a consent, is explained in words."""
    schema = json.loads(page("docs/answer.schema.json"))
    text = page("docs/questions-and-answers.md")
    keys = {*schema["properties"], *schema["$defs"]["consent"]["properties"]}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def test_the_python_of_the_page_on_questions_runs(reader: Path) -> None:
    """As it stands, beside the examples."""
    for info, body in blocks(page("docs/questions-and-answers.md")):
        if info[:1] == ["python"]:
            exec(compile(body, "questions-and-answers.md", "exec"), {})


def test_the_rule_of_the_page_on_packs_does_what_its_cases_say(
    reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worked example, from the sentence to the case, is read and comes out as written."""
    for step in steps(page("docs/packs.md")):
        if isinstance(step, Typed) and step.words[0] == "cd":
            monkeypatch.chdir(step.words[1])
        elif isinstance(step, Saved):
            path = Path(step.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.content, encoding="utf-8")
    Workspace.open(".")
    book = open_book(Path())
    cases = [case for path in sorted(Path("packs").glob("*/cases/*.yaml")) for case in read_examples(path)]
    assert len(cases) >= 2
    assert [run(book, case, today=THE_DAY).line for case in cases] == [
        f"{case['id']} passed" for case in cases
    ]


def test_the_page_on_packs_names_every_word_that_a_rule_may_use() -> None:
    """Kinds of rule, ways of reaching, outlooks, grounds, askers, and the terms that are built in."""
    text = page("docs/packs.md")
    for word in (*KINDS, *REACHES, *OUTLOOKS, *CLAIMS, *ASKERS, *BUILT_IN_TYPES):
        assert f"`{word}" in text, word


def test_the_page_on_examples_names_every_key() -> None:
    """The schema of worked examples is complete."""
    text = page("docs/examples.md")
    assert sorted(key for key in KEYS if f"`{key}`" not in text) == []

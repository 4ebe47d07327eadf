"""English and German for every text a user sees."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator, Mapping

import pytest
from babel.messages.catalog import Catalog, Message

from lastword.texts import _, catalogue, speaking
from lastword.workspace import BUNDLED, open_book, pack_folders

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


@pytest.fixture(scope="module")
def german() -> Catalog:
    """Return the German catalogue on file."""
    return catalogue.german()


def forms(message: Message) -> list[tuple[str, str]]:
    """Return (English, German) for each form of a text."""
    english = message.id if isinstance(message.id, list | tuple) else (message.id,)
    said = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return [(str(one), other or "") for one, other in zip(english, said, strict=True)]


def test_every_text_of_the_code_is_in_the_catalogue_and_none_is_stale() -> None:
    """After a change: `python -m lastword.texts.catalogue`."""
    assert catalogue.written(catalogue.updated()) == catalogue.GERMAN.read_bytes()


def test_every_text_is_translated(german: Catalog) -> None:
    """None is empty, none is marked as unsure."""
    assert [m.id for m in german if m.id and (m.fuzzy or not catalogue.is_translated(m))] == []


def test_placeholders_agree(german: Catalog) -> None:
    """What is filled in is the same in both languages."""
    different = [
        (english, said)
        for message in german
        if message.id
        for english, said in forms(message)
        if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(said))
    ]
    assert different == []


def test_the_compiled_catalogue_is_up_to_date(german: Catalog) -> None:
    """The file that gettext reads says what the text file says; its head names tools and is left out."""
    kept = gettext.GNUTranslations(io.BytesIO(catalogue.GERMAN.with_suffix(".mo").read_bytes()))
    made = gettext.GNUTranslations(io.BytesIO(catalogue.compiled(german)))
    texts = [{key: text for key, text in vars(one)["_catalog"].items() if key} for one in (kept, made)]
    assert texts[0] == texts[1]


def test_a_text_is_said_in_the_language_in_use() -> None:
    """Inside `speaking("de")` it is German, outside English."""
    with speaking("de"):
        assert _("has the last word") == "hat das letzte Wort"
    assert _("has the last word") == "has the last word"


def pack_texts() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Return every text of every pack that a user sees, with where it stands."""
    for pack in open_book(None, [folder.name for folder in pack_folders(BUNDLED)]).packs:
        yield pack.id, pack.title
        yield from ((f"{pack.id} {office}", name) for office, name in pack.authorities.items())
        yield from ((f"{pack.id} not_looked_at", text) for text in pack.not_looked_at)
        yield from ((f"{pack.id} {term.id}", term.title) for term in pack.terms)
        yield from ((f"{pack.id} {table.id}", table.title) for table in pack.tables)
        yield from ((f"{pack.id} {lines.id}", lines.title) for lines in pack.lines)
        for rule in pack.rules:
            yield f"{pack.id} {rule.id}", rule.title
            yield from (
                (f"{pack.id} {rule.id} finding {finding.id}", finding.text) for finding in rule.checklist
            )
            yield from ((f"{pack.id} {rule.id} duty {duty.id}", duty.what) for duty in rule.duties)
            if rule.unread is not None:
                yield f"{pack.id} {rule.id} unread", rule.unread.what
            if rule.consent is not None:
                yield from ((f"{pack.id} {rule.id} paper", paper) for paper in rule.consent.papers)


def test_every_text_of_the_packs_has_both_languages() -> None:
    """Titles, findings, duties, papers, offices and limits of the packs, in English and in German."""
    assert [where for where, text in pack_texts() if not (text.get("en") and text.get("de"))] == []

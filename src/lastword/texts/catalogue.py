"""The translation catalogue: ``python -m lastword.texts.catalogue`` collects, updates and compiles it.

Only for development: it reads the sources beside it and writes ``locale/``.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lastword.texts import LOCALE

SOURCES: Final = Path(__file__).parents[1]
GERMAN: Final = LOCALE / "de" / "LC_MESSAGES" / "lastword.po"
KEYWORDS: Final = {"_": None, "several": (1, 2), "marked": None}
_CHANGING: Final = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By')
_NO_DAY: Final = datetime(1970, 1, 1, tzinfo=UTC)
_METHODS: Final = [("**.py", "python")]


def collected() -> Catalog:
    """Return every text that the code marks, with the places where it stands."""
    catalog = Catalog(project="lastword", domain="lastword", charset="utf-8", fuzzy=False)
    for file, line, message, comments, context in extract_from_dir(
        SOURCES, _METHODS, keywords=KEYWORDS, comment_tags=("Translators:",)
    ):
        catalog.add(
            message, locations=[(f"src/lastword/{file}", line)], auto_comments=comments, context=context
        )
    return catalog


def german() -> Catalog:
    """Return the German catalogue as it is on file."""
    if not GERMAN.exists():
        return Catalog(locale="de", domain="lastword", fuzzy=False)
    with GERMAN.open("rb") as file:
        return read_po(file, locale="de", domain="lastword")


def updated() -> Catalog:
    """Return the German catalogue with the texts of today: one that is gone is dropped, a new one is empty."""
    catalog = german()
    catalog.update(collected(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.project, catalog.version = "lastword", "1"
    catalog.header_comment = "# German texts of Lastword. Apache-2.0."
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    return catalog


def written(catalog: Catalog) -> bytes:
    """Return the text of a catalogue, the same for the same texts: without days and line numbers."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, sort_output=True, omit_header=False, include_lineno=False)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_CHANGING)).encode()


def compiled(catalog: Catalog) -> bytes:
    """Return the catalogue as gettext reads it; texts without translation are left out."""
    catalog.creation_date = catalog.revision_date = _NO_DAY
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> None:
    """Collect, update, compile, and say what is not translated yet."""
    GERMAN.parent.mkdir(parents=True, exist_ok=True)
    GERMAN.write_bytes(written(updated()))
    catalog = german()
    GERMAN.with_suffix(".mo").write_bytes(compiled(catalog))
    missing = [message for message in catalog if message.id and not is_translated(message)]
    for message in missing:
        print(f"not translated: {message.id}")
    print(f"{len(catalog)} texts, {len(missing)} not translated: {GERMAN.relative_to(SOURCES.parents[1])}")


def is_translated(message: Message) -> bool:
    """Say whether every form of a text has a translation."""
    forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return bool(forms) and all(forms)


if __name__ == "__main__":
    main()

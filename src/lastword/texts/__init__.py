"""The words a user sees, in English and German: gettext catalogues, and the language of the moment.

English is written in the code; ``locale/de/LC_MESSAGES/lastword.po`` holds the German. After a change run
``python -m lastword.texts.catalogue``; a test fails where a text is missing or the compiled catalogue is
stale.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "de")
LOCALE: Final = Path(__file__).with_name("locale")
_language: ContextVar[str] = ContextVar("language", default="en")


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("lastword", LOCALE, [language])


def language() -> str:
    """Return the language in use: ``en`` or ``de``."""
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use a language inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def speak(language: str) -> None:
    """Use a language from now on."""
    _language.set(language)


def _(message: str) -> str:
    """Return the text in the language in use."""
    return _catalogue(_language.get()).gettext(message)


def several(one: str, more: str, number: int) -> str:
    """Return the text for a number of things; ``%(n)d`` stands for the number."""
    return _catalogue(_language.get()).ngettext(one, more, number) % {"n": number}


def marked(message: str) -> str:
    """Mark a text for translation where it is written, to be said later by ``_``."""
    return message


def chosen(texts: Mapping[str, str]) -> str:
    """Return a text that comes in both languages."""
    return texts.get(_language.get()) or texts.get("en") or next(iter(texts.values()), "")

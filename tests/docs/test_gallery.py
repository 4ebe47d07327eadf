"""The gallery of questions shows what the program answers."""

from __future__ import annotations

import pytest

from lastword.cli import gallery


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """Both pages as the program writes them now."""
    return gallery.pages()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_gallery_is_up_to_date(written: dict[str, str], language: str) -> None:
    """After a change: `python -m lastword.cli.gallery`, and read what changed."""
    assert gallery.PAGES[language].read_text(encoding="utf-8") == written[language]

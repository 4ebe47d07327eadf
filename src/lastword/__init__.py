"""Lastword: who must say yes, who can say no, and who has the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Answer", "Party", "Question", "Workspace"]

if TYPE_CHECKING:
    from lastword.answers.answer import Answer
    from lastword.facts.question import Party, Question
    from lastword.workspace import Workspace

_HOMES = {
    "Answer": "lastword.answers.answer",
    "Party": "lastword.facts.question",
    "Question": "lastword.facts.question",
    "Workspace": "lastword.workspace",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: a command that needs little starts quickly."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(name)

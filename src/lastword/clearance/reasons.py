"""Reasons that the record keeps as codes or in short English, said in the language of the reader."""

from __future__ import annotations

import re
from typing import Final

from lastword.texts import _, marked

_WHY: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"the request changed in (?P<fields>.+)", marked("the request changed in %(fields)s")),
        (r"the question `(?P<id>[^`]+)` stayed unanswered", marked("question %(id)s stayed unanswered")),
        (r"the decision was rejected at the seat `(?P<seat>[^`]+)`",
         marked("the decision was rejected at the seat %(seat)s")),
        (r"the seat `(?P<seat>[^`]+)` was silent, which rejects the decision",
         marked("the seat %(seat)s was silent, which rejects the decision")),
        ("the request was withdrawn", marked("the request was withdrawn")),
        ("the request changed before all had decided", marked("the request changed before all had decided")),
        ("the answer asks for it", marked("the answer asks for it")),
        ("the answer no longer asks for it", marked("the answer no longer asks for it")),
        ("the answer on which it rested changed", marked("the answer on which it rested changed")),
        ("another authority is competent now", marked("another authority is competent now")),
        ("the calendar changed", marked("the calendar changed")),
        ("the decision was taken to the next instance", marked("the decision was taken to the next instance")),
        ("replaced by a later one of the same seat", marked("replaced by a later one of the same seat")),
        ("taken back at its seat", marked("taken back at its seat")),
    )
)  # fmt: skip
"""What cases say by themselves, and how it is told."""


def why_words(why: str) -> str:
    """Return why the record did something by itself; what is not known here stands as it was written."""
    for pattern, words in _WHY:
        match = pattern.fullmatch(why)
        if match is not None:
            about = match.groupdict()
            if "fields" in about:
                names = about["fields"].split(",")
                about["fields"] = ", ".join(field_words(name.strip(" `")) for name in names)
            return _(words) % about
    return why


def field_words(name: str) -> str:
    """Return what a field of a request is called: ``item.1`` is item 1."""
    kind, dot, ident = name.partition(".")
    words = {
        "item": _("item %(id)s"),
        "party": _("party %(id)s"),
        "document": _("document %(id)s"),
        "undertaking": _("undertaking %(id)s"),
    }
    return words[kind] % {"id": ident} if dot and kind in words else name.replace("_", " ").strip()


def against_words(against: str) -> str:
    """Return against what an appeal goes."""
    words = {"refuse": _("the refusal"), "proviso": _("a proviso"), "revoke": _("the revocation")}
    return words.get(against, against)


def stop_words(reason: str) -> str:
    """Return why a clock stands still: ``query:q1`` is question q1, ``moratorium:m1`` the moratorium m1."""
    kind, colon, ident = reason.partition(":")
    words = {"query": _("question %(id)s"), "moratorium": _("the moratorium %(id)s")}
    return words[kind] % {"id": ident} if colon and kind in words else reason

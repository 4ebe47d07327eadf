"""What a case says of itself, in German."""

from __future__ import annotations

from practice import Practice

pytest_plugins = ("beginning",)

CASE = "K7M4-QX2P"
FILE = f"case file camera --from GB --to IN --end-use civil --quantity 10 --party end_user=rescue --id {CASE}"


def test_a_case_is_told_in_german_from_the_head_to_the_timeline(uk: Practice) -> None:
    """Act and use, the reason why a vote no longer counts, why the clock stood still, and against what an appeal goes."""
    uk(FILE, by="p-ann", at="2026-03-02T11:00Z")
    uk(f"case advise {CASE} approve", by="p-fay", at="2026-03-03T10:00Z")
    uk(f"case query {CASE} --text 'Wer nutzt sie?'", by="p-mo")
    uk(f"case amend {CASE} --quantity 8", by="p-ann", at="2026-03-04T10:00Z")
    shown = uk(f"case show {CASE} --lang de", by="p-liz")
    for words in (
        "Ausfuhr Vereinigtes Königreich -> Indien, zivile Endverwendung",
        "zählt nicht: der Antrag hat sich geändert: Position 1",
        "geändert: Position 1",
        "die Frist stand still: Rückfrage q1",
        "noch nicht entschieden; der Fall ist: offen",
    ):
        assert words in shown
    for english in ("the request", "item.1", "query:q1", "working day"):
        assert english not in shown


def test_the_timeline_of_a_licence_says_how_much_came_back(uk: Practice) -> None:
    """Not how much went before; and of a confirmed reservation how much went, not how much was set aside."""
    uk(FILE, by="p-ann", at="2026-03-02T11:00Z")
    for by in ("p-fay", "p-mo", "p-des"):
        uk(f"case advise {CASE} approve", by=by)
    uk(f"case decide {CASE} grant", by="p-liz")
    uk(f"case countersign {CASE}", by="p-con")
    uk(f"licence reserve {CASE} --use ship-1 --item '1=6 piece'", by="p-ann")
    uk(f"licence confirm {CASE} --use ship-1 --item '1=4 piece'", by="p-ann")
    uk(f"licence return {CASE} --use ship-1 --item '1=1 piece'", by="p-ann")
    shown = uk(f"licence show {CASE}", by="p-ann")
    for words in (
        "reserved ship-1: 1: 6 piece",
        "confirmed ship-1: 1: 4 piece",
        "came back ship-1: 1: 1 piece",
    ):
        assert words in shown

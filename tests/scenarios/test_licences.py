"""Using licences, stopping them, and holding a class of decisions."""

from __future__ import annotations

import pytest
from practice import Practice

pytest_plugins = ("beginning",)

CASE = "K7M4-QX2P"


@pytest.fixture
def licensed(uk: Practice) -> Practice:
    """Given a licence for ten cameras to India, issued on 5 March 2026."""
    uk(
        f"case file camera --from GB --to IN --end-use civil --quantity 10 --party end_user=rescue --id {CASE}",
        by="p-ann",
        at="2026-03-02T11:00Z",
    )
    uk(f"case advise {CASE} approve", by="p-fay", at="2026-03-03T10:00Z")
    uk(f"case advise {CASE} approve", by="p-mo")
    uk(f"case advise {CASE} no_view", by="p-des")
    uk(f"case decide {CASE} grant", by="p-liz", at="2026-03-05T09:00Z")
    uk(f"case countersign {CASE}", by="p-con")
    return uk


def ledger(desk: Practice) -> tuple[str, str, str]:
    """Return what is available, reserved and used."""
    line = desk.licence(CASE, by="p-ann")["lines"][0]
    return line["available"], line["reserved"], line["used"]


def test_a_reservation_becomes_a_use_and_the_rest_of_it_goes_back(licensed: Practice) -> None:
    """Six are set aside, four go: two are free again."""
    licensed(f"licence reserve {CASE} --use ship-1 --item '1=6 piece'", by="p-ann")
    assert ledger(licensed) == ("4", "6", "0")
    licensed(f"licence confirm {CASE} --use ship-1 --item '1=4 piece'", by="p-ann")
    assert ledger(licensed) == ("6", "0", "4")


def test_nothing_is_drawn_below_zero_and_the_same_key_counts_once(licensed: Practice) -> None:
    """Eleven of ten are refused; the same shipment told twice is one; another content under its key is refused."""
    licensed.refused(f"licence use {CASE} --use ship-1 --item '1=11 piece'", "not_enough", by="p-ann")
    for _again in range(2):
        licensed(f"licence use {CASE} --use ship-1 --item '1=4 piece'", by="p-ann")
    assert ledger(licensed) == ("6", "0", "4")
    licensed.refused(f"licence use {CASE} --use ship-1 --item '1=5 piece'", "key_used", by="p-ann")
    licensed.refused(f"licence use {CASE} --use ship-2 --item '1=5 kg'", "other_unit", by="p-ann")


def test_a_suspension_stops_use_at_once_and_a_report_of_what_happened_is_still_taken(
    licensed: Practice,
) -> None:
    """A reservation made before is not confirmed either; what went all the same is booked."""
    licensed(f"licence reserve {CASE} --use ship-1 --item '1=4 piece'", by="p-ann")
    licensed(f"licence suspend {CASE} --ground 7", by="p-liz")
    licensed.refused(f"licence confirm {CASE} --use ship-1", "suspended", by="p-ann")
    licensed.refused(f"licence use {CASE} --use ship-2 --item '1=1 piece'", "suspended", by="p-ann")
    licensed(f"licence report {CASE} --use ship-3 --item '1=12 piece'", by="p-ann")
    line = licensed.licence(CASE, by="p-ann")["lines"][0]
    assert line["over"] != "0"
    licensed(f"licence reinstate {CASE} --text-file 'cleared up'", by="p-liz")


def test_only_who_decided_suspends_and_only_the_holder_gives_back(licensed: Practice) -> None:
    """An adviser does not suspend, an officer does not surrender, an outsider sees no licence."""
    assert licensed.run(f"licence suspend {CASE} --ground 7", by="p-mo").exit_code == 4
    assert licensed.run(f"licence surrender {CASE}", by="p-liz").exit_code == 4
    licensed.refused(f"licence show {CASE}", "no_such_licence", by="p-kay")
    licensed(f"licence surrender {CASE}", by="p-ann")
    licensed.refused(f"licence use {CASE} --use ship-1 --item '1=1 piece'", "surrendered", by="p-ann")


def test_an_outsider_is_told_the_same_of_a_licence_that_is_there_and_of_one_that_is_not(
    licensed: Practice,
) -> None:
    """In the same words, for looking and for acting, be it named by its own number or by its case's."""
    ident = licensed.licence(CASE, by="p-ann")["licence"]
    for command in (
        "licence show {}",
        "licence use {} --use u1 --item '1=1 piece'",
        "licence suspend {} --ground 7",
    ):
        missing = licensed.refused(command.format("L-0000-0000"), "no_such_licence", by="p-kay")
        for there in (ident, CASE):
            hidden = licensed.refused(command.format(there), "no_such_licence", by="p-kay")
            assert hidden.replace(there, "L-0000-0000") == missing


def test_a_licence_ends_on_its_last_day_by_itself(licensed: Practice) -> None:
    """Two years from the decision: in time on the last day, over on the next, worker or not."""
    licensed(f"licence use {CASE} --use ship-1 --item '1=1 piece'", by="p-ann", at="2028-03-05T23:00Z")
    licensed.refused(
        f"licence use {CASE} --use ship-2 --item '1=1 piece'", "expired", by="p-ann", at="2028-03-06T00:30Z"
    )
    assert licensed.licence(CASE, by="p-ann")["status"] == "expired"


def test_a_moratorium_holds_its_class_but_for_what_is_carved_out(uk: Practice) -> None:
    """A case in the class cannot be granted and shows what holds it; the carved-out one goes on; lifting lets both go."""
    for ident in ("HELD-1", "FREE-1"):
        uk(
            f"case file camera --from GB --to IN --end-use civil --party end_user=rescue --id {ident}",
            by="p-ann",
            at="2026-03-02T11:00Z",
        )
        uk(f"case advise {ident} approve", by="p-fay")
        uk(f"case advise {ident} approve", by="p-mo")
        uk(f"case advise {ident} no_view", by="p-des")
    uk(
        "moratorium declare m1 --authority GB/ECJU --to IN --except case=FREE-1 --text 'review'",
        at="2026-03-04T09:00Z",
    )
    uk("worker --once")
    assert ("held", "m1") in uk.blocking("HELD-1", by="p-liz")
    uk.refused("case decide HELD-1 grant", "held", by="p-liz")
    uk("case decide FREE-1 grant", by="p-liz")
    uk("moratorium lift m1", at="2026-03-06T09:00Z")
    uk("case decide HELD-1 grant", by="p-liz")
    stops = uk.case("HELD-1", by="p-ann")["stops"]
    assert [(one["since"], one["until"]) for one in stops] == [
        ("2026-03-04T09:00:00Z", "2026-03-06T09:00:00Z")
    ]


def test_a_moratorium_over_uses_stops_them_at_once(licensed: Practice) -> None:
    """Without waiting for a worker."""
    licensed("moratorium declare m1 --authority GB/ECJU --uses --text 'halt'", at="2026-03-07T09:00Z")
    licensed.refused(f"licence use {CASE} --use ship-1 --item '1=1 piece'", "held", by="p-ann")


def test_a_moratorium_over_everything_is_not_declared_by_a_slip(uk: Practice) -> None:
    """Naming no class needs --all; a misspelt key of a carve-out is refused."""
    assert "--all" in uk.wrong("moratorium declare m1 --text 'halt'")
    assert "thing" in uk.wrong("moratorium declare m1 --to IN --except things=camera")


def test_a_licence_is_no_ticket_for_something_else(licensed: Practice) -> None:
    """What is said of the use must be what was granted: other places, acts and ends are refused."""
    use = f"licence use {CASE} --use ship-1 --item '1=1 piece'"
    for other in ("--to TR", "--from DE", "--act reexport", "--end-use military"):
        licensed.refused(f"{use} {other}", "other_scope", by="p-ann")
    licensed(f"{use} --to India --from GB --act export --end-use civil", by="p-ann")


def test_goods_that_came_back_can_be_used_again(licensed: Practice) -> None:
    """Three of four come back."""
    licensed(f"licence use {CASE} --use ship-1 --item '1=4 piece'", by="p-ann")
    licensed(f"licence return {CASE} --use ship-1 --item '1=3 piece'", by="p-ann")
    assert ledger(licensed) == ("9", "0", "1")

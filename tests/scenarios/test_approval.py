"""A request is filed, advised on, decided and countersigned."""

from __future__ import annotations

from practice import Practice

pytest_plugins = ("beginning",)

CASE = "K7M4-QX2P"
FILE = f"case file camera --from GB --to IN --end-use civil --quantity 10 --party end_user=rescue --id {CASE}"


def filed(uk: Practice) -> None:
    """Given a request of maker-ltd for ten cameras to India."""
    uk(FILE, by="p-ann", at="2026-03-02T11:00Z")


def advised(uk: Practice) -> None:
    """Given the advice of all three seats, two of them with a condition of their own."""
    filed(uk)
    uk(f"case advise {CASE} approve --proviso 'report each delivery'", by="p-fay", at="2026-03-03T10:00Z")
    uk(f"case advise {CASE} approve --proviso 'no onward sale'", by="p-mo")
    uk(f"case advise {CASE} no_view", by="p-des")


def granted(uk: Practice) -> None:
    """Given a grant that stands."""
    advised(uk)
    uk(f"case decide {CASE} grant", by="p-liz")
    uk(f"case countersign {CASE}", by="p-con")


def test_two_departments_with_conditions_of_their_own_give_a_licence_that_names_both_owners(
    uk: Practice,
) -> None:
    """Scenario 1: both conditions stand on the licence with their owners, the case is over, and nobody's list has it."""
    advised(uk)
    uk(f"case decide {CASE} grant", by="p-liz")
    assert ("pending_countersign", "countersigning") in uk.blocking(CASE, by="p-liz")
    uk(f"case countersign {CASE}", by="p-con")
    licence = uk.licence(CASE, by="p-ann")
    assert {(one["owner"], one["text"]) for one in licence["provisos"]} == {
        ("GB/FCDO-export-policy", "report each delivery"),
        ("GB/MOD-export-advice", "no onward sale"),
    }
    assert uk.case(CASE, by="p-ann")["verdict"] == "granted"
    for officer in ("p-fay", "p-mo", "p-des", "p-liz", "p-con"):
        assert uk("case list --mine", by=officer) == "Nothing waits for you."


def test_a_department_s_condition_is_left_out_only_if_that_department_agrees(uk: Practice) -> None:
    """Who decides may not drop the proviso of another office; its owner may, and then it is gone."""
    advised(uk)
    told = uk.refused(f"case decide {CASE} grant --drop p3.1", "not_owner", by="p-liz")
    assert "GB/MOD-export-advice" in told
    uk(f"case drop-proviso {CASE} p3.1", by="p-mo")
    uk(f"case decide {CASE} grant", by="p-liz")
    uk(f"case countersign {CASE}", by="p-con")
    assert [one["owner"] for one in uk.licence(CASE, by="p-ann")["provisos"]] == ["GB/FCDO-export-policy"]


def test_an_open_question_stops_the_clock_and_the_decision(uk: Practice) -> None:
    """Scenario 3: while a question is open nobody decides, and the clock shows when it stood still."""
    advised(uk)
    uk(f"case query {CASE} --text 'Who will use them?'", by="p-liz", at="2026-03-04T09:00Z")
    uk.refused(f"case decide {CASE} grant", "open_query", by="p-liz", at="2026-03-05T09:00Z")
    shown = uk(f"case show {CASE}", by="p-ann")
    assert "maker-ltd answers question q1" in shown
    assert "the clock stands still" in shown
    uk(f"case reply {CASE} q1 --text 'The rescue service.'", by="p-ann", at="2026-03-06T09:00Z")
    stops = uk.case(CASE, by="p-ann")["stops"]
    assert [(one["reason"], one["since"], one["until"]) for one in stops] == [
        ("query:q1", "2026-03-04T09:00:00Z", "2026-03-06T09:00:00Z")
    ]
    uk(f"case decide {CASE} grant", by="p-liz")


def test_a_case_may_be_closed_after_twenty_working_days_without_an_answer(uk: Practice) -> None:
    """Scenario 3: not on the last day, but the day after; and closing is an act of an officer."""
    advised(uk)
    uk(f"case query {CASE} --text 'Who will use them?'", by="p-liz", at="2026-03-04T09:00Z")
    uk.refused(f"case close {CASE}", "not_overdue", by="p-liz", at="2026-04-01T20:00Z")
    uk(f"case close {CASE}", by="p-liz", at="2026-04-02T08:00Z")
    assert uk.case(CASE, by="p-ann")["verdict"] == "closed"
    uk.refused(f"case decide {CASE} grant", "final", by="p-liz")


def test_nobody_acts_twice_and_the_applicant_s_people_sit_nowhere(uk: Practice) -> None:
    """The officer who decided does not countersign; staff of the applicant and its agent fill no seat, whatever they hold."""
    uk("office appoint GB/ECJU-countersigning p-liz --since 2026-03-02")
    uk("office appoint GB/FCDO-export-policy p-agent --since 2026-03-02")
    filed(uk)
    uk.refused(f"case advise {CASE} approve", "applicant_excluded", by="p-agent", at="2026-03-03T10:00Z")
    uk(f"case advise {CASE} approve", by="p-fay")
    uk(f"case advise {CASE} approve", by="p-mo")
    uk(f"case advise {CASE} no_view", by="p-des")
    uk(f"case decide {CASE} grant", by="p-liz")
    uk.refused(f"case countersign {CASE}", "one_seat", by="p-liz")


def test_whoever_has_no_part_in_a_case_cannot_tell_it_from_one_that_is_not_there(uk: Practice) -> None:
    """Reading, voting and asking give the same words and code for a hidden case and for none."""
    filed(uk)
    for command in ("case show {}", "case advise {} approve", "case withdraw {}", "case letter {}"):
        hidden = uk.refused(command.format(CASE), "no_such_case", by="p-kay")
        missing = uk.refused(command.format("0000-0000"), "no_such_case", by="p-kay")
        assert hidden.replace(CASE, "0000-0000") == missing


def test_the_applicant_sees_who_is_waited_for_but_not_what_they_said(uk: Practice) -> None:
    """Views, persons of the offices and the reasons for the file stay with the offices."""
    filed(uk)
    uk(
        f"case advise {CASE} refuse --text 'secret doubt' --ground 2c",
        by="p-fay",
        at="2026-03-03T10:00Z",
    )
    seen = uk(f"case show {CASE}", by="p-ann") + str(uk.case(CASE, by="p-ann"))
    for word in ("secret doubt", "p-fay", "refus"):
        assert word not in seen
    assert "secret doubt" in uk(f"case show {CASE}", by="p-liz")


def test_the_same_key_files_one_case_only(uk: Practice) -> None:
    """A call that is repeated because its answer was lost is the same call."""
    command = "case file camera --from GB --to IN --end-use civil --party end_user=rescue --key order-77"
    first = uk(command, by="p-ann", at="2026-03-02T11:00Z")
    again = uk(command, by="p-ann", at="2026-03-02T12:00Z")
    assert "nothing was written again" in again
    number = next(word for word in first.split() if "-" in word and len(word) == 10).rstrip(".")
    assert number in again
    uk.refused(command.replace("IN", "TR"), "key_used", by="p-ann")

"""A firm's own release, deputies, the breaking of the glass, preliminary questions, and keepers who act together."""

from __future__ import annotations

from typing import Any

import pytest
from practice import Practice

pytest_plugins = ("beginning",)

CASE = "LAMP-1"


@pytest.fixture
def firm(begin: Any) -> Practice:
    """A firm that releases by four eyes, with a request of Eva's."""
    desk: Practice = begin("firm")
    desk(
        f"case file lamp --from DE --to CH --end-use civil --quantity 4 --id {CASE}",
        by="p-eva",
        at="2026-03-02T09:00Z",
    )
    return desk


def test_two_humans_of_the_firm_release_and_neither_is_who_applies(firm: Practice) -> None:
    """Colleagues may; Eva may not, though she holds the office; nor does one human sit at both seats under two ids."""
    firm.refused(f"case agree {CASE}", "applicant_excluded", by="p-eva")
    firm(f"case agree {CASE}", by="p-kim2")
    firm.refused(f"case decide {CASE} grant", "one_seat", by="p-kim")


def test_a_no_stops_the_release_until_its_office_takes_it_back(firm: Practice) -> None:
    """Not even who decides can pass over it; another officer of the same office may take it back."""
    firm(f"case agree {CASE} --no --text 'wait'", by="p-jan")
    assert ("objected", "export-control") in firm.blocking(CASE, by="p-kim")
    firm.refused(f"case decide {CASE} grant", "veto_stands", by="p-kim")
    firm(f"case object {CASE} --release", by="p-jan")
    firm(f"case agree {CASE}", by="p-jan")
    firm(f"case decide {CASE} grant", by="p-kim")
    assert firm.licence(CASE, by="p-eva")["status"] == "issued"


def test_a_deputy_acts_for_the_officer_from_a_day_to_a_day_and_names_both(firm: Practice) -> None:
    """Before the first day and after the last it is refused; so is a deputy who does not say for whom."""
    firm("deputy add ZZ/own-firm-responsible p-lea --since 2026-03-09 --until 2026-03-16", by="p-kim")
    firm(f"case agree {CASE}", by="p-jan")
    decide = f"case decide {CASE} grant"
    firm.refused(f"{decide} --for p-kim", "not_seated", by="p-lea", at="2026-03-08T12:00Z")
    firm.refused(decide, "not_seated", by="p-lea", at="2026-03-10T12:00Z")
    firm(f"{decide} --for p-kim", by="p-lea", at="2026-03-10T12:00Z")
    vote = firm.case(CASE, by="p-jan")["clearances"][0]["votes"][-1]
    assert (vote["person"], vote["principal"]) == ("p-lea", "p-kim")


def test_one_act_may_go_ahead_before_the_decision_and_is_reviewed_by_others(firm: Practice) -> None:
    """It is usable at once; who broke the glass does not review; without a review in time it is suspended."""
    firm(f"case break-glass {CASE} --text 'the plant stands still' --item 1:2", by="p-kim")
    firm(f"licence use {CASE} --use van-1 --item '1=2 piece'", by="p-eva")
    assert firm.run(f"licence review {CASE} --right", by="p-kim").exit_code == 4
    firm.refused(f"case break-glass {CASE} --text 'again'", "broken_before", by="p-kim")
    firm("worker --once", at="2026-03-06T09:00Z")
    assert firm.licence(CASE, by="p-eva")["status"] in ("suspended", "expired")


def test_a_review_that_finds_it_wrong_takes_the_licence_back(firm: Practice) -> None:
    """By an officer of the reviewing office."""
    firm(f"case break-glass {CASE} --text 'the plant stands still'", by="p-kim")
    firm(f"licence review {CASE} --wrong --text 'it could wait'", by="p-jo")
    assert firm.licence(CASE, by="p-eva")["status"] == "revoked"
    firm.refused(f"licence use {CASE} --use van-1 --item '1=1 piece'", "revoked", by="p-eva")


def test_a_preliminary_question_is_answered_but_leaves_no_licence(begin: Any) -> None:
    """The answer binds for the planned deal; the goods need a licence of their own."""
    desk: Practice = begin("german")
    ask = "case file camera --from DE --to IN --end-use civil"
    desk(f"{ask} --preliminary --id ASK-1", by="p-ida", at="2026-03-02T09:00Z")
    desk("case decide ASK-1 grant", by="p-baf")
    case = desk.case("ASK-1", by="p-ida")
    assert (case["verdict"], case["licences"]) == ("granted", [])
    desk(f"{ask} --id DEAL-1", by="p-ida")
    desk("case advise DEAL-1 approve", by="p-amt")
    desk("case decide DEAL-1 grant_with_provisos --proviso 'no onward sale'", by="p-baf")
    assert len(desk.case("DEAL-1", by="p-ida")["licences"]) == 1
    desk("case appeal DEAL-1 --against proviso --text 'too strict'", by="p-ida", at="2026-03-20T09:00Z")
    assert "to be heard" in desk("case show DEAL-1", by="p-ida")


def test_two_keepers_act_together_or_not_at_all(begin: Any) -> None:
    """One proposes, another confirms; nobody confirms the own proposal, and nobody is for a change of the own rights."""
    desk: Practice = begin("uk-desk", keepers=("p-kay", "p-kit", "p-kip"), needs=2)
    told = desk("office appoint GB/MOD-export-advice p-max --since 2026-03-03", by="p-kay")
    number = told.partition("Proposed as ")[2].partition(";")[0]
    assert "p-max" not in desk("office list --on 2026-03-05")
    desk.refused(f"office confirm {number}", "already", by="p-kay")
    desk(f"office confirm {number}", by="p-kit")
    assert "p-max" in desk("office list --on 2026-03-05")
    assert desk.run("office appoint GB/ECJU-licensing p-kay --since 2026-03-03", by="p-kay").exit_code == 4

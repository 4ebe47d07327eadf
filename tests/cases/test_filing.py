"""Filing: what becomes a case, and what is refused at the counter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from desk import (
    DE,
    FIRM,
    MONDAY,
    REVIEW,
    TACIT,
    UK,
    US,
    Desk,
    answer,
    assessed,
    code_of,
    fields,
    key,
)
from hypothesis import given
from hypothesis import strategies as st

from lastword.cases.acts import File
from lastword.cases.procedure import Seat, Stage
from lastword.cases.refusal import ActRefused
from lastword.cases.request import (
    Item,
    Salted,
    changed_fields,
    field_digest,
    request_digest,
    request_of,
)
from lastword.cases.roster import Officer, Person


def test_one_clearance_is_opened_for_each_consent_that_is_certain() -> None:
    """A case for two authorities has two clearances, each at the first stage of its own procedure."""
    desk = Desk()
    desk.file(UK, US)
    assert {one.key: one.stage for one in desk.case.clearances.values()} == {
        key(UK): "advice",
        key(US): "referral",
    }
    assert desk.case.status == "open"


def test_what_is_recorded_of_the_answer_holds_no_second_copy_of_a_procedure() -> None:
    """The procedure stands once, in the clearance, as it was when the case was filed."""
    desk = Desk()
    desk.file(UK)
    assert [one.procedure for one in desk.case.assessment.consents] == [None]
    assert desk.clearance(UK).procedure == UK


def test_nothing_to_ask_for_is_no_case() -> None:
    """A settled answer that needs no consent is refused at filing."""
    free = answer(outcomes={"1": "free", "2": "free"})
    assert code_of(lambda: Desk().file(asked=free)) == "nothing_to_ask"


def test_unknown_without_a_certain_consent_waits_to_be_settled() -> None:
    """Unknown is no reason to refuse a filing, and none to ask anybody: it waits in `settle`."""
    desk = Desk()
    desk.file(asked=answer(outcomes={"1": "unknown", "2": "free"}, settled=False))
    assert (desk.case.status, dict(desk.case.clearances)) == ("settle", {})


def test_unknown_beside_a_certain_consent_opens_that_consent() -> None:
    """What is certain goes ahead while the rest is settled."""
    desk = Desk()
    desk.file(asked=answer(assessed(UK, ("1",)), outcomes={"1": "consent", "2": "unknown"}, settled=False))
    assert (desk.case.status, list(desk.case.clearances)) == ("open", [key(UK)])


@pytest.mark.parametrize(
    "changes",
    [
        {"prohibitions": ("embargo",)},
        {"outcomes": {"1": "prohibited", "2": "consent"}},
    ],
)
def test_what_nobody_can_lift_is_refused_at_filing(changes: dict[str, Any]) -> None:
    """A prohibition is not filed against, even where the answer forgot to name its rule."""
    assert code_of(lambda: Desk().file(asked=answer(assessed(UK), **changes))) == "prohibited"


def test_a_prohibition_that_the_authority_can_lift_is_filed_with_it() -> None:
    """The pack names an office that may lift it: then the filing goes there."""
    desk = Desk()
    desk.file(asked=answer(assessed(UK, lifts=True), outcomes={"1": "prohibited", "2": "consent"}))
    assert desk.case.status == "open"


def test_a_consent_without_a_procedure_is_refused_by_name() -> None:
    """What no pack can decide is said at once, not found out later."""
    with pytest.raises(ActRefused, match="XX/NOBODY:word") as refused:
        Desk().file(asked=answer(assessed(None)))
    assert refused.value.code == "no_procedure"


def test_alternatives_are_chosen_by_the_applicant_and_never_guessed() -> None:
    """Where one of two consents is enough, the applicant says which; both, none or a third is refused."""
    both = answer(assessed(UK), assessed(DE), needs=(((key(UK),), (key(DE),)),))
    desk = Desk()
    assert code_of(lambda: desk.file(asked=both)) == "choose"
    assert code_of(lambda: desk.file(asked=both, choose=(key(UK), key(DE)))) == "choose"
    assert code_of(lambda: desk.file(asked=both, choose=("XX/Y:z",))) == "choose"
    desk.file(asked=both, choose=(key(DE),))
    assert list(desk.case.clearances) == [key(DE)]


def test_a_consent_that_stands_in_no_need_is_asked_for_all_the_same() -> None:
    """A hole in the answer never makes a consent disappear."""
    desk = Desk()
    desk.file(asked=answer(assessed(UK), assessed(DE), needs=(((key(UK),),),)))
    assert set(desk.case.clearances) == {key(UK), key(DE)}


def test_a_need_that_names_an_unknown_consent_is_refused() -> None:
    """An answer that contradicts itself is no ground for a case."""
    assert code_of(lambda: Desk().file(asked=answer(assessed(UK), needs=((("XX/Y:z",),),)))) == "bad_answer"


@pytest.mark.parametrize(
    "changes",
    [{"facts": 1}, {"rules": 7}, {"day": MONDAY.date() - timedelta(days=2)}],
)
def test_an_answer_of_yesterday_or_of_other_rules_is_stale(changes: dict[str, Any]) -> None:
    """A case rests on the facts and rules in force on the day it is filed."""
    assert code_of(lambda: Desk().file(asked=answer(assessed(UK), **changes))) == "stale_answer"


def test_nobody_can_occupy_the_id_of_a_case() -> None:
    """A second filing under the same id is refused, whoever sends it and whatever it holds."""
    desk = Desk()
    desk.file(UK)
    assert code_of(lambda: desk.file(UK)) == "exists"


@pytest.mark.parametrize("person", ["outsider", "fcdo.1", "nobody"])
def test_only_the_applicants_people_file(person: str) -> None:
    """Neither an outsider nor an officer files in the name of a firm."""
    assert code_of(lambda: Desk().file(UK, person=person)) == "not_applicant"


def test_an_agent_whom_the_roster_lets_act_for_the_firm_files_for_it() -> None:
    """A customs agent files, and has acted for the applicant from then on."""
    desk = Desk()
    desk.file(UK, person="agent")
    assert desk.case.acted == ("agent",)


def test_a_procedure_that_cannot_be_filled_says_so_at_filing() -> None:
    """With nobody left in the managers' office the seats and the office are named."""
    desk = Desk()
    officers = tuple(one for one in desk.world.roster.officers if one.office != "managers")
    desk.world = replace(desk.world, roster=replace(desk.world.roster, officers=officers))
    with pytest.raises(ActRefused, match="managers") as refused:
        desk.file(UK)
    assert refused.value.code == "cannot_be_filled"


def test_one_person_who_holds_two_offices_fills_one_seat_only() -> None:
    """If the only manager is the only officer too, nobody could confirm, and filing says so."""
    desk = Desk()
    roster = desk.world.roster
    officers = tuple(one for one in roster.officers if one.office not in ("managers", "unit"))
    since = roster.officers[0].since
    alone = (Officer("managers", "unit.1", since), Officer("unit", "unit.1", since))
    desk.world = replace(desk.world, roster=replace(roster, officers=officers + alone, deputies=()))
    assert code_of(lambda: desk.file(UK)) == "cannot_be_filled"
    helped = replace(roster, officers=(*officers, *alone, Officer("unit", "unit.2", since)), deputies=())
    desk.world = replace(desk.world, roster=helped)
    assert code_of(lambda: desk.file(UK)) == "done"


def test_two_ids_of_one_human_being_fill_one_seat_only() -> None:
    """An alias makes no second pair of eyes."""
    desk = Desk()
    roster = desk.world.roster
    officers = tuple(one for one in roster.officers if one.office not in ("managers", "unit"))
    since = roster.officers[0].since
    persons = {**roster.persons, "twin": Person("twin", same_as="unit.1")}
    alone = (Officer("managers", "twin", since), Officer("unit", "unit.1", since))
    twins = replace(roster, persons=persons, officers=officers + alone, deputies=())
    desk.world = replace(desk.world, roster=twins)
    assert code_of(lambda: desk.file(UK)) == "cannot_be_filled"


def test_an_officer_and_the_deputy_are_one_vote_of_two() -> None:
    """A seat that needs two is not filled by one officer with a deputy."""
    two = replace(
        DE, stages=(Stage("both", {"en": "s"}, (Seat("amt", "decide", ("unit",), needs=2),)),), appeal=None
    )
    desk = Desk()
    roster = desk.world.roster
    officers = tuple(one for one in roster.officers if one.person != "unit.2" and one.person != "unit.3")
    desk.world = replace(desk.world, roster=replace(roster, officers=officers))
    assert code_of(lambda: desk.file(two)) == "cannot_be_filled"


def test_an_authority_that_applies_for_itself_leaves_its_officers_out() -> None:
    """An officer of the applying authority fills no seat of its case."""
    desk = Desk()
    people = {**desk.world.roster.persons, "clerk": Person("clerk", "DE/BAFA")}
    desk.world = replace(desk.world, roster=replace(desk.world.roster, persons=people))
    given = fields(applicant="DE/BAFA")
    assert code_of(lambda: desk.file(DE, person="clerk", given=given)) == "cannot_be_filled"


def test_a_firms_own_release_excludes_only_who_acted() -> None:
    """In an internal procedure the firm's staff decide, but not who filed."""
    desk = Desk()
    desk.file(FIRM)
    desk.agree("acme-control.1", FIRM)
    assert len(desk.clearance(FIRM).votes) == 1


def test_a_calendar_that_is_not_in_force_is_named() -> None:
    """No due instant is guessed."""
    desk = Desk()
    desk.world = replace(desk.world, calendars={})
    assert code_of(lambda: desk.file(UK)) == "no_calendar"


def test_a_calendar_that_ends_too_early_is_named() -> None:
    """Where the calendar is silent nothing is counted."""
    desk = Desk()
    short = {
        name: replace(one, last=MONDAY.date() + timedelta(days=10))
        for name, one in desk.world.calendars.items()
    }
    desk.world = replace(desk.world, calendars=short)
    assert code_of(lambda: desk.file(UK)) == "calendar_ends"


def test_the_due_instants_are_written_down_at_filing() -> None:
    """Twenty working days from Monday 2 March, London, are over at midnight after Monday 30 March, summer time."""
    desk = Desk()
    desk.file(UK)
    due = next(one for one in desk.clearance(UK).dues if one.about == "foreign")
    assert due.at.isoformat() == "2026-03-30T23:00:00+00:00"


# the request


def test_the_digest_of_a_field_is_that_of_an_sd_jwt_disclosure() -> None:
    """The example of RFC 9901, section 4.2.3, in the compact form that we write."""
    disclosed = field_digest("family_name", Salted("Möbius", "_26bc4LT-ac6q2KI6cBW5es"))
    assert disclosed == "TZjouOTrBKEwUNjNDs9yeMzBoQn8FFLPaJjRRmAtwrM"


def test_the_digest_of_a_request_does_not_depend_on_the_order_of_its_fields() -> None:
    """It is over the sorted digests."""
    digests = {name: field_digest(name, one) for name, one in fields().items()}
    backwards = dict(reversed(digests.items()))
    assert request_digest(digests) == request_digest(backwards) == request_of(fields()).digest


def test_a_request_that_says_something_else_than_its_fields_is_refused() -> None:
    """What is seen, what is hashed and what is judged are one: no part can be slipped in beside the fields."""
    desk = Desk()
    given_fields = fields()
    request = request_of(given_fields)
    more = Item("1", "pump", Decimal(4000), "pcs", "1200 EUR")
    for changed in (
        replace(request, to="XX"),
        replace(request, items=(more, *request.items[1:])),
        replace(request, digest="0" * 64),
        replace(request, fields={**request.fields, "undertaking.1": "x"}),
        replace(request, applicant="globex"),
    ):
        act = File(
            person="amy",
            case="K7M4-QX2P",
            request=changed,
            fields=given_fields,
            assessment=answer(assessed(UK)),
        )
        assert desk_code(desk, act) in ("bad_request", "not_applicant")


def desk_code(desk: Desk, act: File) -> str:
    """The code with which a filing is refused."""
    return code_of(lambda: desk.do(act))


@pytest.mark.parametrize(
    "changes",
    [
        {"item__1": {"thing": "pump", "quantity": 0.1, "unit": "pcs"}},
        {"item__1": {"thing": "pump", "quantity": "0", "unit": "pcs"}},
        {"item__1": {"thing": "pump", "quantity": "-1", "unit": "pcs"}},
        {"item__1": {"thing": "pump", "quantity": "NaN", "unit": "pcs"}},
        {"item__1": {"thing": "pump", "quantity": "1e9", "unit": "pcs"}},
        {"item__1": {"thing": "pump", "quantity": True, "unit": "pcs"}},
        {"item__1": {"thing": "pump", "quantity": "4", "unit": "pcs", "extra": "x"}},
        {"item__1": {"thing": "", "quantity": "4", "unit": "pcs"}},
        {"item__1": None, "item__2": None},
        {"applicant": None},
        {"act": 3},
        {"planned": "soon"},
        {"planned": "2026-02-30"},
        {"route": "DE"},
        {"preliminary": "yes"},
        {"nonsense": "x"},
        {"item": {"thing": "pump", "quantity": "4", "unit": "pcs"}},
        {"party__1": {"id": "x"}},
        {"document__1": {"name": "a", "sha256": "00"}},
        {"end_use": "\ud800"},
    ],
)
def test_an_ill_formed_request_is_refused(changes: dict[str, Any]) -> None:
    """Nothing that is missing, unknown or no exact quantity gets into a request."""
    assert code_of(lambda: request_of(fields(**changes))) == "bad_request"


def test_two_fields_never_share_a_salt() -> None:
    """With one salt for two fields, equal values would show."""
    shared = {name: Salted(one.value, "salt") for name, one in fields().items()}
    assert code_of(lambda: request_of(shared)) == "bad_request"


@given(
    st.dictionaries(
        st.sampled_from(["end_use_text", "undertaking.1", "undertaking.2"]), st.text(max_size=20), max_size=3
    )
)
def test_a_changed_field_is_found_by_its_digest_alone(texts: dict[str, str]) -> None:
    """Which fields changed is read from two requests without any of their words."""
    old = request_of(fields())
    new = request_of(fields(**{name.replace(".", "__"): text for name, text in texts.items()}))
    assert set(changed_fields(old, new)) == set(texts)
    assert (old.digest == new.digest) is (not texts)


def test_seats_are_data_so_all_procedures_of_the_tests_can_be_filed() -> None:
    """Every procedure that the other tests use can be filled by their roster."""
    for one in (UK, US, DE, REVIEW, TACIT, FIRM):
        desk = Desk()
        desk.file(one)
        assert desk.case.status == "open"

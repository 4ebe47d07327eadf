"""Acts at seats: who may act, what counts, and how a no is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from desk import DE, FIRM, MONDAY, REVIEW, UK, US, Desk, code_of, key

from lastword.cases.acts import Advise, Agree, Decide, DropProviso, Object, ProvisoAsked, Reply
from lastword.cases.procedure import Seat, Stage
from lastword.cases.refusal import ActRefused
from lastword.cases.roster import Deputy, Officer, Person

ONCE = ProvisoAsked("one shipment only")


def uk() -> Desk:
    """A case at the advice of two departments."""
    desk = Desk()
    desk.file(UK)
    return desk


def combining() -> Desk:
    """A case that both departments have advised on."""
    desk = uk()
    desk.advise("fcdo.1")
    desk.advise("mod.1")
    return desk


def review() -> Desk:
    """A case at the review, with a veto seat."""
    desk = Desk()
    desk.file(REVIEW)
    return desk


def test_a_stage_is_complete_with_the_last_view_that_it_needs() -> None:
    """The vote that completes a stage moves the clearance on in the same transaction."""
    desk = uk()
    desk.advise("fcdo.1")
    assert desk.clearance(UK).stage == "advice"
    desk.advise("mod.1")
    assert desk.clearance(UK).stage == "combine"


def test_knowing_the_id_of_a_case_gives_nothing() -> None:
    """An outsider is told the same, word for word, of a case that exists and of one that does not."""
    desk = uk()
    seen = []
    for case in ("K7M4-QX2P", "AAAA-AAAA"):
        act = Advise(person="outsider", case=case, clearance=key(UK), view="refuse", nonce="n")
        with pytest.raises(ActRefused) as refused:
            desk.do(act)
        seen.append((refused.value.code, str(refused.value).replace(case, "X")))
    assert seen[0] == seen[1]
    assert seen[0][0] == "no_such_case"


def test_an_officer_of_another_seat_is_told_who_may_act() -> None:
    """Who may know of the case but not act at the seat learns the office that may."""
    desk = uk()
    with pytest.raises(ActRefused, match="fcdo") as refused:
        desk.advise("unit.1")
    assert refused.value.code == "not_seated"


@pytest.mark.parametrize("person", ["amy", "bob", "agent", "amy-alias"])
def test_the_applicant_fills_no_seat_under_any_name(person: str) -> None:
    """Who filed, the firm's staff, its agent, and the alias that holds an office: none of them decides."""
    desk = combining()
    assert code_of(lambda: desk.decide(person)) in ("applicant_excluded", "not_seated")
    assert not [vote for vote in desk.clearance(UK).votes if vote.person == person]


def test_an_alias_of_the_applicant_in_an_office_is_excluded_by_name() -> None:
    """The roster holds `amy-alias` in the deciding office; she is amy, who filed."""
    desk = combining()
    assert code_of(lambda: desk.decide("amy-alias")) == "applicant_excluded"


def test_the_applicant_is_excluded_as_a_deputy_and_as_a_principal() -> None:
    """Amy deputises for an officer, and somebody deputises for her alias: both are refused."""
    desk = combining()
    assert code_of(lambda: desk.decide("amy", principal="unit.2")) == "applicant_excluded"
    roster = desk.world.roster
    since = roster.officers[0].since
    stand_in = Deputy("unit", "amy-alias", "deputy", since, date(2030, 1, 1))
    desk.world = replace(desk.world, roster=replace(roster, deputies=(*roster.deputies, stand_in)))
    assert code_of(lambda: desk.decide("deputy", principal="amy-alias")) == "applicant_excluded"


def test_staff_by_a_group_are_excluded() -> None:
    """An officer who may act for the applicant, as one of its group may, sits on no side of the desk."""
    desk = combining()
    persons = dict(desk.world.roster.persons)
    persons["unit.1"] = replace(persons["unit.1"], acts_for=("acme",))
    desk.world = replace(desk.world, roster=replace(desk.world.roster, persons=persons))
    assert code_of(lambda: desk.decide("unit.1")) == "applicant_excluded"


def test_a_robot_fills_no_seat() -> None:
    """Not even one that the roster holds in the office."""
    desk = combining()
    assert code_of(lambda: desk.decide("robot")) == "robot"


def test_an_unknown_person_fills_no_seat() -> None:
    """A name that the roster does not have learns nothing about the case."""
    assert code_of(lambda: uk().advise("ghost")) == "no_such_case"


def test_one_person_fills_one_seat_of_a_case() -> None:
    """The department's adviser who is also an officer of the unit advises or decides, never both."""
    desk = uk()
    roster = desk.world.roster
    both = Officer("unit", "fcdo.1", roster.officers[0].since)
    desk.world = replace(desk.world, roster=replace(roster, officers=(*roster.officers, both)))
    desk.advise("fcdo.1")
    desk.advise("mod.1")
    assert code_of(lambda: desk.decide("fcdo.1")) == "one_seat"


def test_one_person_fills_one_seat_over_all_clearances_of_a_case() -> None:
    """The same seat of another clearance is another seat."""
    desk = Desk()
    desk.file(UK, US)
    roster = desk.world.roster
    both = Officer("us-state", "fcdo.1", roster.officers[0].since)
    desk.world = replace(desk.world, roster=replace(roster, officers=(*roster.officers, both)))
    desk.advise("fcdo.1")
    assert code_of(lambda: desk.advise("fcdo.1", US)) == "one_seat"


def test_two_ids_of_one_human_being_have_one_vote() -> None:
    """An alias in the office adds no second vote to a seat that needs two."""
    desk = Desk()
    desk.file(FIRM)
    roster = desk.world.roster
    persons = {**roster.persons, "twin": Person("twin", "acme", same_as="acme-board.1")}
    officers = (*roster.officers, Officer("acme-board", "twin", roster.officers[0].since))
    desk.world = replace(desk.world, roster=replace(roster, persons=persons, officers=officers))
    desk.agree("acme-control.1", FIRM)
    desk.decide("acme-board.1", FIRM)
    assert code_of(lambda: desk.decide("twin", FIRM)) == "voted_already"
    assert desk.clearance(FIRM).outcome is None


def test_an_officer_and_the_deputy_have_one_vote() -> None:
    """A principal cannot be counted twice, once in person and once by the deputy."""
    two = replace(FIRM, id="two", stages=(Stage("s", {}, (Seat("amt", "decide", ("unit",), needs=2),)),))
    desk = Desk()
    desk.file(two, person="amy")
    desk.decide("unit.1", two)
    assert code_of(lambda: desk.decide("deputy", two, principal="unit.1")) == "voted_already"
    desk.decide("unit.2", two)
    assert desk.clearance(two).status == "decided"


def test_a_principal_does_not_act_at_another_seat_beside_the_deputy() -> None:
    """What a deputy does at one seat keeps the principal from another one."""
    desk = combining()
    roster = desk.world.roster
    manager = Officer("managers", "unit.1", roster.officers[0].since)
    desk.world = replace(desk.world, roster=replace(roster, officers=(*roster.officers, manager)))
    desk.decide("deputy", principal="unit.1")
    assert code_of(lambda: desk.confirm("unit.1")) == "one_seat"


def test_a_deputy_names_the_principal() -> None:
    """Without a principal the deputy holds no office; with a wrong one neither."""
    desk = combining()
    assert code_of(lambda: desk.decide("deputy")) == "not_seated"
    assert code_of(lambda: desk.decide("deputy", principal="unit.3")) == "not_seated"
    desk.decide("deputy", principal="unit.1")
    (vote,) = [vote for vote in desk.clearance(UK).votes if vote.decision is not None]
    assert (vote.person, vote.principal, vote.office) == ("deputy", "unit.1", "unit")


def test_a_departed_officers_vote_counts_as_of_the_time_it_was_cast() -> None:
    """Leaving office after the vote changes no tally; voting after leaving is refused."""
    desk = uk()
    desk.advise("fcdo.1")
    roster = desk.world.roster
    left = tuple(
        replace(one, until=MONDAY.date() + timedelta(days=1)) if one.office in ("fcdo", "mod") else one
        for one in roster.officers
    )
    desk.world = replace(desk.world, roster=replace(roster, officers=left))
    desk.at = MONDAY + timedelta(days=1)
    assert code_of(lambda: desk.advise("mod.1")) == "no_such_case"
    desk.at = MONDAY + timedelta(hours=1)
    desk.advise("mod.1")
    assert desk.clearance(UK).stage == "combine"


def test_an_early_vote_is_refused_loudly() -> None:
    """A decision before the advice is in is not kept for later and not dropped: it is refused."""
    desk = uk()
    assert code_of(lambda: desk.decide("unit.1")) == "not_now"


def test_a_late_vote_at_a_stage_that_is_over_is_refused() -> None:
    """Advice that comes when the officer combines already does not slip in."""
    desk = combining()
    assert code_of(lambda: desk.advise("fcdo.2")) == "not_now"


def test_a_second_vote_of_the_same_person_is_refused() -> None:
    """A view stands; it is not overwritten."""
    desk = uk()
    desk.advise("fcdo.1", view="refuse")
    assert code_of(lambda: desk.advise("fcdo.1", view="approve")) == "voted_already"
    assert desk.clearance(UK).votes[0].verdict == "refuse"


def test_a_seat_that_is_full_takes_no_more_votes() -> None:
    """A vote that would not count is refused at once."""
    desk = uk()
    desk.advise("fcdo.1")
    assert code_of(lambda: desk.advise("fcdo.2")) == "seat_filled"


def test_a_seat_per_office_takes_one_vote_of_each() -> None:
    """Two of the army are not army and navy."""
    desk = review()
    desk.agree("army.1")
    assert code_of(lambda: desk.agree("army.2")) == "office_spoke"
    desk.agree("navy.1")
    assert desk.clearance(REVIEW).counted("review", "services")[1].office == "navy"


def test_a_vote_on_an_old_round_or_another_request_is_refused() -> None:
    """A vote that names what it was on is refused if that is no longer in force."""
    desk = uk()
    assert code_of(lambda: desk.advise("fcdo.1", round=2)) == "stale_request"
    assert code_of(lambda: desk.advise("fcdo.1", request="0" * 64)) == "stale_request"
    desk.advise("fcdo.1", round=1, request=desk.case.request.digest)


def test_a_vote_names_round_request_and_basis() -> None:
    """What a vote was on is written in it."""
    desk = uk()
    desk.advise("fcdo.1")
    (vote,) = desk.clearance(UK).votes
    assert (vote.round, vote.request, vote.basis) == (
        1,
        desk.case.request.digest,
        desk.clearance(UK).basis,
    )


def test_a_nonce_is_used_once() -> None:
    """The same vote sent twice is refused the second time, also at another seat."""
    desk = uk()
    desk.do(Advise(person="fcdo.1", case=desk.case.id, clearance=key(UK), view="approve", nonce="n"))
    again = Advise(person="mod.1", case=desk.case.id, clearance=key(UK), view="approve", nonce="n")
    assert desk.code(again) == "nonce_used"
    assert desk.code(replace(again, nonce="")) == "no_nonce"


def test_unknown_words_are_refused() -> None:
    """Nothing unknown is read as a yes."""
    desk = uk()
    assert code_of(lambda: desk.advise("fcdo.1", view="yes")) == "unknown_view"
    assert code_of(lambda: desk.advise("fcdo.1", view="refuse", grounds=("9",))) == "unknown_code"
    assert code_of(lambda: desk.advise("fcdo.1", grounds=("1",))) == "grounds_without_refusal"
    assert code_of(lambda: desk.advise("fcdo.1", seat="throne")) == "no_such_seat"
    act = Advise(person="fcdo.1", case=desk.case.id, clearance="X", view="approve", nonce="n")
    assert desk.code(act) == "no_such_clearance"


def test_a_proviso_belongs_to_the_office_that_asks_for_it() -> None:
    """Each department's condition has its owner; another office of the procedure may be named, a stranger not."""
    desk = uk()
    desk.advise("fcdo.1", provisos=(ONCE,))
    assert code_of(lambda: desk.advise("mod.1", provisos=(replace(ONCE, owner="bafa"),))) == "unknown_owner"
    desk.advise("mod.1", view="approve_with_proviso", provisos=(replace(ONCE, owner="unit"),))
    assert [one.owner for one in desk.clearance(UK).standing()] == ["fcdo", "unit"]


def test_an_approval_with_proviso_names_it_and_no_other_view_has_one() -> None:
    """Conditions bind grants."""
    desk = uk()
    assert code_of(lambda: desk.advise("fcdo.1", view="approve_with_proviso")) == "no_proviso"
    assert code_of(lambda: desk.advise("fcdo.1", view="refuse", provisos=(ONCE,))) == (
        "provisos_without_approval"
    )
    assert code_of(lambda: desk.advise("fcdo.1", provisos=(ProvisoAsked("  "),))) == "no_text"


def test_only_the_owner_drops_a_proviso() -> None:
    """The officer who combines cannot drop what a department asked for; the department can."""
    desk = uk()
    desk.advise("fcdo.1", provisos=(ONCE,))
    desk.advise("mod.1")
    (proviso,) = desk.clearance(UK).standing()
    drop = DropProviso(person="unit.1", case=desk.case.id, clearance=key(UK), proviso=proviso.id)
    assert desk.code(drop) == "not_seated"
    with pytest.raises(ActRefused, match="fcdo") as refused:
        desk.decide("unit.1", drop=(proviso.id,))
    assert refused.value.code == "not_owner"
    desk.do(replace(drop, person="fcdo.2"))
    assert desk.clearance(UK).standing() == ()
    assert desk.code(replace(drop, person="fcdo.2")) == "already"
    desk.decide("unit.1", drop=(proviso.id,))
    pending = desk.clearance(UK).pending
    assert pending is not None
    assert pending.outcome == "grant"


# objections


def test_a_no_at_a_veto_seat_stops_every_grant_until_it_is_released() -> None:
    """A decider may refuse or return meanwhile, but not grant, and not find it not required."""
    desk = review()
    desk.agree("army.1")
    desk.agree("navy.1")
    desk.agree("dow-policy.1", yes=False)
    assert desk.clearance(REVIEW).stage == "last"
    for outcome in ("grant", "not_required"):
        code = code_of(desk.decide, "dow-secretary.1", REVIEW, outcome, signed=True, for_file="x")
        assert code == "veto_stands"
    desk.object("dow-policy.2", release=True)
    assert code_of(lambda: desk.decide("dow-secretary.1", REVIEW, signed=True)) == "not_agreed"
    desk.agree("dow-policy.3")
    desk.decide("dow-secretary.1", REVIEW, signed=True)
    assert desk.clearance(REVIEW).status == "decided"


def test_a_refusal_is_possible_while_a_veto_stands() -> None:
    """A case with a standing no is not stuck."""
    desk = review()
    desk.agree("army.1")
    desk.agree("navy.1")
    desk.agree("dow-policy.1", yes=False)
    desk.decide("dow-secretary.1", REVIEW, "refuse", signed=True)
    outcome = desk.clearance(REVIEW).outcome
    assert outcome is not None
    assert outcome.decision.outcome == "refuse"


def test_an_objection_is_in_time_until_the_decision_stands() -> None:
    """A partner objects after the review is complete; the last word cannot grant any more."""
    desk = review()
    for who in ("army.1", "navy.1", "dow-policy.1"):
        desk.agree(who)
    assert desk.clearance(REVIEW).stage == "last"
    desk.object("partner.1")
    assert code_of(lambda: desk.decide("dow-secretary.1", REVIEW, signed=True)) == "veto_stands"


def test_a_yes_and_a_veto_at_one_seat_are_a_veto() -> None:
    """A second officer of a veto seat may still say no after the first said yes, and the no wins."""
    desk = review()
    for who in ("army.1", "navy.1", "dow-policy.1"):
        desk.agree(who)
    desk.agree("dow-policy.2", yes=False)
    assert code_of(lambda: desk.decide("dow-secretary.1", REVIEW, signed=True)) == "veto_stands"


def test_only_its_seat_releases_an_objection() -> None:
    """Neither another office nor the applicant's people take it back, and there must be one."""
    desk = review()
    desk.object("partner.1")
    code = desk.code(desk.act(Object, "partner.2", REVIEW, release=True, seat="policy"))
    assert code == "not_seated"
    assert desk.code(desk.act(Object, "dow-policy.1", REVIEW, release=True)) == "no_objection"
    assert desk.code(desk.act(Object, "army.1", REVIEW, release=True)) == "no_objection"
    desk.object("partner.2", release=True)
    assert not desk.clearance(REVIEW).counted("review", "partner")


def test_who_releases_an_objection_has_acted_at_that_seat() -> None:
    """A release binds its person to the seat, as a vote does."""
    desk = review()
    desk.object("partner.1")
    roster = desk.world.roster
    both = Officer("dow-secretary", "partner.2", roster.officers[0].since)
    desk.world = replace(desk.world, roster=replace(roster, officers=(*roster.officers, both)))
    desk.object("partner.2", release=True)
    for who in ("army.1", "navy.1", "dow-policy.1"):
        desk.agree(who)
    assert code_of(lambda: desk.decide("partner.2", REVIEW, signed=True)) == "one_seat"


def test_who_said_no_may_say_yes_once_the_no_is_released() -> None:
    """A repeat at the same seat after a withdrawal is one person at one seat."""
    desk = review()
    desk.agree("dow-policy.1", yes=False)
    assert code_of(lambda: desk.agree("dow-policy.1")) == "voted_already"
    desk.object("dow-policy.1", release=True)
    desk.agree("dow-policy.1")
    assert [vote.verdict for vote in desk.clearance(REVIEW).votes if vote.counts] == ["yes"]


def test_a_seat_that_may_object_without_a_time_is_not_waited_for() -> None:
    """The partner says nothing, and the review goes on."""
    desk = review()
    for who in ("army.1", "navy.1", "dow-policy.1"):
        desk.agree(who)
    desk.decide("dow-secretary.1", REVIEW, signed=True)
    assert desk.case.status == "decided"


def test_a_no_without_a_veto_leaves_the_seat_unfilled() -> None:
    """One of two services says no: nothing is granted until both said yes; another of its officers may turn it."""
    desk = review()
    desk.agree("dow-policy.1")
    desk.agree("army.1")
    desk.agree("navy.1", yes=False)
    assert code_of(lambda: desk.decide("dow-secretary.1", REVIEW, signed=True)) == "not_agreed"
    desk.object("navy.1", release=True)
    desk.agree("navy.1")
    desk.decide("dow-secretary.1", REVIEW, signed=True)
    assert desk.case.status == "decided"


def test_a_seat_that_needs_a_personal_signature_takes_no_act_without_one() -> None:
    """An unsigned last word is refused."""
    desk = review()
    for who in ("army.1", "navy.1", "dow-policy.1"):
        desk.agree(who)
    assert code_of(lambda: desk.decide("dow-secretary.1", REVIEW)) == "needs_signature"


def test_an_officer_of_a_case_does_not_act_for_its_applicant_later() -> None:
    """Who voted and then went to the firm is on neither side of this case any more."""
    desk = uk()
    desk.advise("fcdo.1")
    persons = dict(desk.world.roster.persons)
    persons["fcdo.1"] = replace(persons["fcdo.1"], organisation="acme")
    desk.world = replace(desk.world, roster=replace(desk.world.roster, persons=persons))
    assert desk.code(Reply(person="fcdo.1", case=desk.case.id, query="q", text="t")) == "seated"


def test_the_texts_of_a_view_are_for_the_file() -> None:
    """The words of an adviser are erasable, and not for the applicant."""
    desk = uk()
    desk.advise("fcdo.1", text="we have doubts")
    written = desk.log[-1]
    assert (written.texts, written.audience) == ({"text": "we have doubts"}, "file")
    assert "doubts" not in repr(desk.case)


def test_a_decider_who_holds_the_office_by_name_only_is_refused() -> None:
    """Offices are matched by id: `bafa` of one procedure opens no seat of another."""
    desk = Desk()
    desk.file(UK, DE)
    act = desk.act(Decide, "bafa.1", UK)
    assert desk.code(act) == "not_seated"
    assert desk.code(desk.act(Agree, "bafa.1", DE)) == "no_such_seat"

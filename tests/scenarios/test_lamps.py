"""What an exporter, a rival, an office and a keeper try with the commands, in an invented state of lamps: given, when, then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from practice import WORKSPACES, Practice

pytest_plugins = ("beginning",)

CASE = "K7M4-QX2P"
TO_GRAZ = "--from DE --to AT --end-use civil --party end_user=town"


@pytest.fixture
def lamps(begin: Callable[..., Practice]) -> Practice:
    """Given the Lamp Office in Berlin time, the Office for Quiet in New York time, and two firms."""
    return begin("lamps")


def filed(lamps: Practice, thing: str = "lantern", at: str = "2026-03-02T11:30Z", by: str = "p-ann") -> None:
    """Given a request of lamp-works for ten of a thing to Austria."""
    lamps(f"case file {thing} --quantity 10 {TO_GRAZ} --id {CASE}", by=by, at=at)


def agreed(lamps: Practice, thing: str = "lantern") -> None:
    """Given that both offices of the first stage said yes on 3 March."""
    filed(lamps, thing)
    lamps(f"case advise {CASE} approve", by="p-eno", at="2026-03-03T10:00Z")
    lamps(f"case agree {CASE}", by="p-sam")


def reloaded(lamps: Practice, folder: Path, change: tuple[str, str], at: str, more: str = "") -> None:
    """When the workspace is loaded again with a change of its facts."""
    if not folder.exists():
        shutil.copytree(WORKSPACES / "lamps", folder)
    facts = folder / "facts" / "lamps.yaml"
    told = facts.read_text(encoding="utf-8")
    assert change[0] in told
    facts.write_text(told.replace(*change) + more, encoding="utf-8")
    lamps(f"load {folder}", at=at)


# -- what may be filed -----------------------------------------------------------------------------------------


def test_what_needs_nothing_or_has_nobody_who_decides_is_told_at_once(lamps: Practice) -> None:
    """A candle needs no consent; an odd lamp needs one for which no pack has a procedure, and the refusal names it."""
    lamps.refused(f"case file candle {TO_GRAZ}", "nothing_to_ask", by="p-ann", at="2026-03-02T11:30Z")
    assert "DE/NOWHERE:nowhere" in lamps.refused(f"case file oddity {TO_GRAZ}", "no_procedure", by="p-ann")


def test_what_is_forbidden_is_not_filed_and_the_reason_is_told_only_where_it_may_be_seen(
    lamps: Practice,
) -> None:
    """A rule that all may read is named; one that rests on what was told to the authorities alone is not, dry run or not."""
    at = "2026-03-02T11:30Z"
    for dry in ("", "--dry-run"):
        public = lamps.refused(f"case file puddle {TO_GRAZ} {dry}", "prohibited", by="p-ann", at=at)
        assert "`LAMP-LEAKY`" in public
        hidden = lamps.refused(f"case file siren {TO_GRAZ} {dry}", "prohibited", by="p-ann", at=at)
        assert hidden == public.replace(": `LAMP-LEAKY`", "")


def test_what_is_unknown_waits_and_is_asked_for_once_it_is_known(lamps: Practice, tmp_path: Path) -> None:
    """Nobody said whether the mystery lamp is bright: no clearance. The fact is loaded, the worker opens one; nothing before."""
    filed(lamps, "mystery")
    assert lamps.case(CASE, by="p-ann")["verdict"] == "settle"
    lamps.refused(f"case decide {CASE} grant", "no_such_case", by="p-bea")
    plain = 'mystery: {name: "Mystery lamp", kind: commodity, origin: "DE",'
    reloaded(lamps, tmp_path / "again", (plain, f"{plain} bright: true,"), "2026-03-03T11:30Z")
    assert "1 changed" in lamps("worker --once")
    assert [one["key"] for one in lamps.case(CASE, by="p-ann")["clearances"]] == ["DE/LAMPS:lamp-licence"]
    assert "0 changed" in lamps("worker --once")


def test_a_fact_that_only_authorities_know_stops_the_grant_and_its_reason_stays_with_them(
    lamps: Practice, tmp_path: Path
) -> None:
    """The lantern turns out to be loud: the officer is told which rule forbids it, the applicant that one does. It is refused."""
    agreed(lamps)
    lamps(f"case decide {CASE} grant", by="p-bea")
    quiet = 'lantern: {name: "Lantern", kind: commodity, origin: "DE", bright: true, loud: false,'
    told = quiet.replace("loud: false", "loud: {value: false, source: rumour, standing: reported}")
    secret = "- {about: lantern, loud: true, source: makers, standing: confirmed, audience: authority, note: UNSAID}\n"
    reloaded(lamps, tmp_path / "again", (quiet, told), "2026-03-04T11:30Z", secret)
    assert "LAMP-LOUD-UNSAID" in lamps.refused(f"case decide {CASE} grant", "prohibited", by="p-ben")
    assert "LAMP-LOUD-UNSAID" in lamps(f"case show {CASE}", by="p-ben")
    for officer in ("p-ben", "p-bea"):
        lamps(f"case decide {CASE} refuse --ground glare --text-file 'it is loud'", by=officer)
    seen = [lamps(f"case show {CASE}", by="p-ann"), lamps(f"case letter {CASE}", by="p-ann")]
    seen += [str(lamps.case(CASE, by="p-ann")), lamps(f"replay {CASE}", by="p-ann")]
    for word in ("UNSAID", "loud", "rumour"):
        assert not [text for text in seen if word in text]
    assert "case amend" not in seen[0]


def test_a_case_that_needs_nothing_any_more_was_granted_by_nobody(lamps: Practice) -> None:
    """The bright lamps are taken out, and a candle is left: the case is over as one that needs no consent. It opens no more."""
    lamps(
        f"case file lantern --quantity 10 --item 'candle=3 piece' {TO_GRAZ} --id {CASE}",
        by="p-ann",
        at="2026-03-02T11:30Z",
    )
    lamps(f"case amend {CASE} --drop-item 1", by="p-ann")
    assert lamps.case(CASE, by="p-ann")["verdict"] == "not_required"
    assert "granted" not in lamps(f"case show {CASE}", by="p-ann")
    lamps.refused(f"case amend {CASE} --item 'lantern=2 piece'", "final", by="p-ann")


# -- who decides -----------------------------------------------------------------------------------------------


def test_two_of_the_board_are_two_human_beings_who_decide_the_same(lamps: Practice) -> None:
    """A second id of the first is no second; five and ten are not added up; the third member settles it."""
    agreed(lamps)
    lamps(f"case decide {CASE} grant", by="p-bea")
    lamps.refused(f"case decide {CASE} grant", "voted_already", by="p-bea-2")
    lamps(f"case decide {CASE} grant --item 1=grant:5", by="p-ben")
    assert ("split", "board") in lamps.blocking(CASE, by="p-ben")
    assert ("split", "board") not in lamps.blocking(CASE, by="p-ann")
    lamps(f"case decide {CASE} grant", by="p-bob")
    assert lamps.licence(CASE, by="p-ann")["lines"][0]["granted"] == "10"


def test_a_member_and_the_deputy_have_one_vote_and_a_deputy_says_for_whom(lamps: Practice) -> None:
    """Ben names Sid: Sid decides for Ben, and Ben not again. Bob names Eno, who gave a view already: one person, one seat."""
    for member, deputy in (("p-ben", "p-sid"), ("p-bob", "p-eno")):
        lamps(
            f"deputy add DE/LAMPS-board {deputy} --since 2026-03-02 --until 2026-03-05",
            by=member,
            at="2026-03-02T11:00Z",
        )
    agreed(lamps)
    assert "p-ben" in lamps.refused(f"case decide {CASE} grant", "not_seated", by="p-sid")
    lamps(f"case decide {CASE} grant --for p-ben", by="p-sid")
    lamps.refused(f"case decide {CASE} grant", "voted_already", by="p-ben")
    lamps.refused(f"case decide {CASE} grant --for p-bob", "one_seat", by="p-eno")
    lamps(f"case decide {CASE} grant", by="p-bea")
    assert lamps.case(CASE, by="p-ann")["verdict"] == "granted"


def test_a_deputy_whose_time_is_over_decides_for_nobody(lamps: Practice) -> None:
    """Up to 5 March means that 5 March is the first day without, from midnight in Berlin."""
    lamps("deputy add DE/LAMPS-board p-sid --since 2026-03-02 --until 2026-03-05", by="p-ben")
    agreed(lamps)
    command = f"case decide {CASE} grant --for p-ben"
    lamps.refused(command, "not_seated", by="p-sid", at="2026-03-04T23:00Z")


def test_a_no_of_one_officer_is_not_outvoted_by_a_yes_of_a_colleague(lamps: Practice) -> None:
    """Safety has a veto: it stands until the office takes it back, and the applicant is not told that it was said."""
    filed(lamps)
    lamps(f"case advise {CASE} approve", by="p-eno", at="2026-03-03T10:00Z")
    lamps(f"case agree {CASE} --no --text 'too bright'", by="p-sam")
    lamps(f"case agree {CASE}", by="p-sid")
    for member in ("p-bea", "p-ben"):
        assert lamps.run(f"case decide {CASE} grant", by=member).exit_code == 4
    assert ("objected", "safety") in lamps.blocking(CASE, by="p-sid")
    assert ("waiting", "safety") in lamps.blocking(CASE, by="p-ann")
    assert "too bright" not in lamps(f"case show {CASE}", by="p-ann")
    lamps(f"case object {CASE} --release", by="p-sid")
    for member in ("p-bea", "p-ben"):
        lamps(f"case decide {CASE} grant", by=member)
    assert lamps.case(CASE, by="p-ann")["verdict"] == "granted"


def test_an_objection_is_taken_back_without_naming_the_consent_though_the_work_went_on(
    lamps: Practice,
) -> None:
    """The case asks two offices; only one of them has a seat that may object, and its stage is over."""
    filed(lamps, "hummer")
    lamps(f"case advise {CASE} approve", by="p-eno", at="2026-03-03T10:00Z")
    lamps(f"case agree {CASE} --no", by="p-sam")
    assert lamps.case(CASE, by="p-sid")["clearances"][0]["stage"] == "decision"
    lamps(f"case object {CASE} --release", by="p-sid")
    assert ("objected", "safety") not in lamps.blocking(CASE, by="p-sid")


def test_two_offices_in_two_time_zones_decide_late_in_the_evening_without_naming_the_consent(
    lamps: Practice,
) -> None:
    """It is 10 March in Berlin and still 9 March in New York: each decides on the answer of its own day."""
    agreed(lamps, "hummer")
    lamps(f"case decide {CASE} grant", by="p-bea", at="2026-03-09T23:30Z")
    lamps(f"case decide {CASE} grant", by="p-qui")
    lamps(f"case decide {CASE} grant", by="p-ben")
    assert lamps.case(CASE, by="p-ann")["verdict"] == "granted"


# -- time ------------------------------------------------------------------------------------------------------


def test_a_silence_that_means_consent_falls_at_midnight_of_the_silent_office(lamps: Practice) -> None:
    """Ten days from 2 March end in New York at 04:00 UTC on 13 March, the clocks having gone forward: no refusal after it."""
    agreed(lamps, "hummer")
    lamps("worker --once", at="2026-03-13T03:59:59Z")
    assert "by the end of 12 March 2026" in lamps("case list --mine", by="p-qui")
    assert lamps.case(CASE, by="p-ann")["clearances"][1]["status"] == "open"
    lamps.refused(f"case decide {CASE} refuse", "final", by="p-qui", at="2026-03-13T04:00Z")
    (outcome,) = lamps.case(CASE, by="p-ann")["clearances"][1]["outcomes"]
    assert (outcome["outcome"], outcome["by"], outcome["at"][:19]) == (
        "grant",
        "silence",
        "2026-03-13T04:00:00",
    )


def test_a_question_that_closes_the_case_by_itself_does_so_on_time_and_takes_no_answer_after(
    lamps: Practice,
) -> None:
    """Five working days from Monday 9 March end with the 16th in Berlin. An answer to one question leaves the other running."""
    agreed(lamps)
    lamps(f"case query {CASE} --text 'why?'", by="p-eno", at="2026-03-09T10:00Z")
    lamps(f"case query {CASE} --text 'who?'", by="p-bea")
    lamps(f"case reply {CASE} q1 --text 'because'", by="p-abe", at="2026-03-16T22:59Z")
    lamps.refused(f"case reply {CASE} q2 --text 'me'", "final", by="p-abe", at="2026-03-16T23:00Z")
    case = lamps.case(CASE, by="p-ann")
    assert case["verdict"] == "closed"
    assert all(stop["until"] for stop in case["stops"])


def test_a_case_whose_request_was_erased_is_granted_by_nobody_and_is_no_dead_end(
    lamps: Practice, tmp_path: Path
) -> None:
    """Its end user is erased and the facts change: silence consents to nothing, the other case goes on, and this one can end."""
    filed(lamps, "hummer")
    lamps(f"case file hummer {TO_GRAZ} --id OTHER-1", by="p-ann")
    index = lamps.case(CASE, by="p-ann")["timeline"][0]["entry"]
    lamps(f"record redact {index} party.1 --ground gdpr-17")
    plain = 'mystery: {name: "Mystery lamp", kind: commodity, origin: "DE",'
    reloaded(lamps, tmp_path / "again", (plain, f"{plain} bright: true,"), "2026-03-05T11:30Z")
    lamps("worker --once", at="2026-03-14T10:00Z")
    for case, outcomes in ((CASE, []), ("OTHER-1", ["grant"])):
        quiet = lamps.case(case, by="p-qui")["clearances"][1]
        assert [one["outcome"] for one in quiet["outcomes"]] == outcomes
    lamps.refused(f"case decide {CASE} grant", "erased", by="p-qui")
    lamps(f"case decide {CASE} refuse", by="p-qui")
    lamps(f"case withdraw {CASE}", by="p-ann")
    assert lamps.case(CASE, by="p-ann")["verdict"] == "withdrawn"


# -- before the decision, and after it -------------------------------------------------------------------------


def test_broken_glass_lets_one_act_go_and_is_suspended_by_the_silence_of_its_review(lamps: Practice) -> None:
    """Three days from 3 March end with the 6th. Whoever broke it does not review it; who does may still find it wrong."""
    filed(lamps)
    lamps.refused(f"case break-glass {CASE} --text fire", "applicant_excluded", by="p-ann")
    lamps(f"case break-glass {CASE} --text fire", by="p-dot", at="2026-03-03T10:00Z")
    lamps(f"licence use {CASE} --use u1 --item '1=2 piece'", by="p-ann")
    lamps.refused(f"licence use {CASE} --use u2 --item '1=2 piece'", "exhausted", by="p-ann")
    assert lamps.run(f"licence review {CASE} --right", by="p-dot").exit_code == 4
    lamps("worker --once", at="2026-03-06T23:00Z")
    assert lamps.licence(CASE, by="p-ann")["status"] == "suspended"
    lamps(f"licence review {CASE} --wrong --text 'could wait'", by="p-sid", at="2026-03-08T10:00Z")
    licence = lamps.licence(CASE, by="p-ann")
    assert (licence["status"], licence["suspended_for"]) == ("revoked", "")


def test_a_moratorium_bars_the_glass_and_the_grant_but_neither_views_nor_a_withdrawal(
    lamps: Practice,
) -> None:
    """Work that leads to no grant goes on."""
    filed(lamps)
    lamps("moratorium declare m1 --authority DE/LAMPS --text halt", at="2026-03-03T09:00Z")
    lamps.refused(f"case break-glass {CASE} --text fire", "held", by="p-dot")
    lamps(f"case advise {CASE} approve", by="p-eno")
    lamps(f"case agree {CASE}", by="p-sam")
    lamps.refused(f"case decide {CASE} grant", "held", by="p-bea")
    lamps(f"case withdraw {CASE}", by="p-ann")
    assert lamps.case(CASE, by="p-ann")["verdict"] == "withdrawn"


def test_a_proviso_of_a_licence_is_dropped_by_its_owner_alone(lamps: Practice) -> None:
    """The safety office asked for it: not the board, which decided, not the holder; and a rival hears of no licence."""
    filed(lamps)
    lamps(f"case advise {CASE} approve", by="p-eno", at="2026-03-03T10:00Z")
    lamps(f"case agree {CASE} --proviso 'with a shade'", by="p-sam")
    for member in ("p-bea", "p-ben"):
        lamps(f"case decide {CASE} grant", by=member)
    (proviso,) = lamps.licence(CASE, by="p-ann")["provisos"]
    ident = lamps.licence(CASE, by="p-ann")["licence"]
    command = f"licence drop-proviso {ident} {proviso['id']}"
    for person in ("p-bea", "p-ann"):
        assert lamps.run(command, by=person).exit_code == 4
    hidden = lamps.refused(command, "no_such_licence", by="p-eve")
    missing = lamps.refused(command.replace(ident, "L-0000-0000"), "no_such_licence", by="p-eve")
    assert hidden.replace(ident, "L-0000-0000") == missing
    lamps(command, by="p-sid")
    lamps(f"licence suspend {ident} --ground glare", by="p-bea")
    assert "it may go ahead" not in lamps(f"case show {CASE}", by="p-ann")
    assert [one["dropped"] for one in lamps.licence(CASE, by="p-ann")["provisos"]] == [True]


def test_a_use_needs_both_licences_and_one_suspension_is_enough_to_stop_it(lamps: Practice) -> None:
    """Humming lamps go with two licences; the one of the Office for Quiet is given back by the firm itself."""
    agreed(lamps, "hummer")
    for member in ("p-bea", "p-ben", "p-qui"):
        lamps(f"case decide {CASE} grant", by=member)
    both = lamps.case(CASE, by="p-ann")["licences"]
    use = "--use ship-1 --item '1=4 piece'"
    for one in both:
        lamps.refused(f"licence use {one} {use}", "licence_missing", by="p-ann")
    lamps(f"licence use {' '.join(both)} {use}", by="p-ann")
    assert "granted: it may go ahead" in lamps(f"case show {CASE}", by="p-ann")
    lamps(f"licence surrender {both[1]}", by="p-abe")
    lamps.refused(f"licence use {' '.join(both)} --use ship-2 --item '1=1 piece'", "surrendered", by="p-ann")
    assert lamps.licence(both[0], by="p-ann")["lines"][0]["available"] == "6"


# -- who sees what ---------------------------------------------------------------------------------------------


def test_a_key_belongs_to_its_person(lamps: Practice) -> None:
    """The rival's key of the same name is another key: it is neither taken, nor does it tell that somebody used it."""
    command = f"case file lantern {TO_GRAZ} --key order-1"
    lamps(command, by="p-ann", at="2026-03-02T11:30Z")
    told = lamps(command, by="p-eve")
    assert "nothing was written again" not in told
    assert "nothing was written again" in lamps(command, by="p-ann")
    assert len(lamps("case list --json", by="p-eve").split('"case"')) == 2


def test_a_licence_named_by_a_hidden_case_reads_like_one_that_is_not_there(lamps: Practice) -> None:
    """For looking and for using."""
    agreed(lamps)
    for member in ("p-bea", "p-ben"):
        lamps(f"case decide {CASE} grant", by=member)
    for command in ("licence show {}", "licence use {} --use u1 --item '1=1 piece'", "licence surrender {}"):
        hidden = lamps.run(command.format(CASE), by="p-eve")
        missing = lamps.run(command.format("AAAA-BBBB"), by="p-eve")
        assert hidden.exit_code == 4
        assert hidden.output.replace(CASE, "AAAA-BBBB") == missing.output


def test_a_rival_counts_nothing_of_what_is_hidden(lamps: Practice) -> None:
    """Lists, registers and the shape of what may be filed are the same with and without somebody else's case."""
    commands = (
        "case list",
        "case list --mine",
        "licence list",
        "register",
        "register --csv",
        "register --json",
    )
    before = [lamps.run(command, by="p-eve", at="2026-03-02T11:30Z").output for command in commands]
    agreed(lamps)
    for member in ("p-bea", "p-ben"):
        lamps(f"case decide {CASE} grant", by=member)
    assert [lamps.run(command, by="p-eve").output for command in commands] == before


def test_nobody_changes_the_own_rights_and_two_keepers_are_needed(begin: Callable[..., Practice]) -> None:
    """A keeper neither proposes nor confirms an office, or another firm, for himself; for somebody else it takes both."""
    lamps = begin("lamps", keepers=("p-kay", "p-kim"), needs=2)
    own = "office appoint DE/LAMPS-board p-kay --since 2026-03-03"
    lamps.refused(own, "own_rights", by="p-kay", at="2026-03-02T11:30Z")
    assert "waits for 1 more" in lamps(own, by="p-kim")
    lamps.refused(own, "own_rights", by="p-kay")
    lamps.refused("office person p-kay --organisation lamp-works", "own_rights", by="p-kay")
    other = "office person p-new --organisation DE/LAMPS --name New"
    assert "waits for 1 more" in lamps(other, by="p-kay")
    assert "Done" in lamps(other, by="p-kim")

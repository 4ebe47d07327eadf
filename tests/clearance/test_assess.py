"""What the answer says about a request: consents needed for sure, what is open, and the basis of each consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optical import EXAMPLES, SALT, asks, optical, procedure, reported

from lastword.cases.assessment import Assessment
from lastword.cases.procedure import Procedure
from lastword.cases.request import Salted
from lastword.clearance.assess import assess
from lastword.errors import InputError
from lastword.workspace import Workspace

TODAY = date(2026, 11, 25)
BAFA = procedure("bafa", ["DE/BAFA"])
BIS = procedure("bis", ["US/BIS"])
SECRETARY = procedure("review", ["US/SECRETARY-OF-DEFENSE"])
BAFA_KEY = "DE/BAFA:individual-or-global-licence"


def assessed(
    workspace: Workspace | None = None,
    *,
    procedures: tuple[Procedure, ...] = (BAFA, BIS),
    day: date = TODAY,
    known: date = TODAY,
    salt: str = "",
    **asked: Any,
) -> Assessment:
    """Assess a request of the microscope."""
    request, fields = asks(**asked)
    return assess(
        workspace or optical(),
        request,
        fields,
        procedures,
        day=day,
        known=known,
        facts=3,
        rules=2,
        salt=salt,
    )


def test_one_authority_is_one_consent_with_the_procedure_that_decides_it() -> None:
    """To India BAFA must say yes: one consent, named by authority and procedure, met by that one alone."""
    found = assessed(to="IN")
    (consent,) = found.consents
    assert consent.key == BAFA_KEY
    assert (consent.items, consent.procedure and consent.procedure.id) == (("1",), "bafa")
    assert found.needs == (((BAFA_KEY,),),)
    assert (found.outcome, found.settled, found.facts, found.rules) == ("consent", True, 3, 2)


def test_two_items_that_the_same_office_must_allow_are_one_consent() -> None:
    """Needs of the same authority and procedure are joined, whichever item they come from."""
    found = assessed(to="IN", items=[("IRM-640", "1", ""), ("IRM-640", "2", "")])
    assert [one.items for one in found.consents] == [("1", "2")]
    assert found.needs == (((BAFA_KEY,),),)
    assert found.outcomes == {"1": "consent", "2": "consent"}


def test_two_authorities_are_two_needs_of_which_each_must_be_met() -> None:
    """To China both BAFA and the BIS must say yes; that one does meets no need of the other."""
    found = assessed(to="CN")
    assert {one.authority for one in found.consents} == {"DE/BAFA", "US/BIS"}
    assert all(len(need) == 1 and len(need[0]) == 1 for need in found.needs)
    assert len(found.needs) == 2


def test_a_consent_that_is_only_possible_is_not_opened_and_leaves_the_request_unsettled() -> None:
    """To the Emirates the BIS must perhaps say yes: that opens no clearance, and the answer is not settled."""
    found = assessed(to="AE")
    assert [one.authority for one in found.consents] == ["DE/BAFA"]
    assert not found.settled


def test_what_a_licence_that_everybody_has_covers_asks_nobody() -> None:
    """To Switzerland the general authorisation covers the need: nothing is asked of anybody, and that is settled."""
    found = assessed(to="CH")
    assert (found.consents, found.needs, found.settled, found.outcome) == ((), (), True, "free")


def test_unknown_is_neither_a_consent_nor_settled() -> None:
    """Nobody said whether the use of Taurus needs anything from the United States: no consent is certain, nothing is free."""
    found = assessed(reported(), thing="taurus", to="RU", act="use", from_="UA", end_use="military")
    assert (found.outcome, found.settled, found.consents) == ("unknown", False, ())


def test_the_answer_is_of_two_days_what_holds_and_what_was_known() -> None:
    """The review of 2025 binds ATACMS in June 2025 as far as was known on 24 August, and not as was known on the 20th."""
    asked: dict[str, Any] = {
        "thing": "atacms",
        "to": "RU",
        "act": "use",
        "from_": "UA",
        "end_use": "military",
    }
    day = date(2025, 6, 15)
    later = assessed(reported(), day=day, known=date(2025, 8, 24), **asked)
    earlier = assessed(reported(), day=day, known=date(2025, 8, 20), **asked)
    assert (later.outcome, len(later.consents)) == ("consent", 1)
    assert (earlier.outcome, earlier.consents) == ("free", ())


def test_a_consent_that_no_procedure_decides_says_so() -> None:
    """A consent without a procedure in the packs stays in the assessment, with none: nothing stands in for it."""
    (consent,) = assessed(to="IN", procedures=(BIS,)).consents
    assert (consent.key, consent.procedure) == (BAFA_KEY, None)


def test_the_procedure_that_names_the_word_goes_before_the_one_that_takes_any() -> None:
    """A special way for one kind of licence is taken before the general way of the same authority."""
    special = procedure("special", ["DE/BAFA"], ["individual-or-global-licence"])
    other = procedure("other", ["DE/BAFA"], ["something-else"])
    (consent,) = assessed(to="IN", procedures=(BAFA, other, special)).consents
    assert consent.procedure is not None
    assert consent.procedure.id == "special"


def test_a_preliminary_question_goes_to_whoever_answers_one_and_to_nobody_else() -> None:
    """Before there is a deal BAFA answers a preliminary question; the BIS, which knows none, is not asked."""
    early = procedure("early", ["DE/BAFA"], preliminary=True)
    found = assessed(to="CN", preliminary=True, procedures=(BAFA, BIS, early))
    assert [one.procedure and one.procedure.id for one in found.consents] == ["early"]
    assert found.needs == (((found.consents[0].key,),),)
    nobody = assessed(to="CN", preliminary=True)
    assert [one.procedure for one in nobody.consents] == [None, None]


# -- the basis -----------------------------------------------------------------------------------------------


def test_the_same_facts_rules_and_day_give_the_same_basis() -> None:
    """A basis can be computed again: opened anew, without a cache, the workspace gives the same assessment."""
    again = Workspace.open(EXAMPLES / "optical-instrument", cached=False)
    assert assessed(again, to="CN") == assessed(to="CN")


def test_the_basis_does_not_change_with_the_day_of_asking() -> None:
    """Neither a day that passes nor tables that grow old change what a consent rests on."""
    later = date(2027, 3, 1)
    assert [one.basis for one in assessed(to="CN", day=later, known=later).consents] == [
        one.basis for one in assessed(to="CN").consents
    ]


def test_the_basis_of_one_consent_does_not_change_with_reasons_of_another(tmp_path: Path) -> None:
    """A dearer American detector changes what the BIS is asked; BAFA's reasons stay, and so does its basis."""
    more = tmp_path / "more.yaml"
    more.write_text(
        'source: test\nsources: {test: {name: "a test"}}\nstanding: confirmed\n'
        "facts: [{about: A12, discrete: false, known_from: 2026-10-02}]\n"
    )
    before, after = assessed(to="CN"), assessed(optical().with_facts([more]), to="CN")
    changed = {
        one.authority for one in after.consents if one.basis != getattr(before.consent(one.key), "basis", "")
    }
    assert changed == {"US/BIS"}


def test_a_basis_cannot_be_compared_between_cases() -> None:
    """The salt is the case's own: two cases with the same reasons have different bases, and nobody can try reasons out."""
    one, other = assessed(to="IN"), assessed(to="IN", digest="cd" * 32)
    assert one.consents[0].basis != other.consents[0].basis
    assert one.facts_digest != other.facts_digest
    assert one.rules_digest == other.rules_digest


def test_rounds_of_one_case_share_the_salt_so_that_their_bases_compare() -> None:
    """A later round, with another request digest, has the same basis where the reasons are the same."""
    first = assessed(to="IN", digest="ab" * 32)
    second = assessed(to="IN", digest="cd" * 32, salt="ab" * 32)
    assert first.consents[0].basis == second.consents[0].basis


def test_a_comment_in_a_facts_file_changes_no_basis(tmp_path: Path) -> None:
    """Where in a file a fact stands is no reason."""
    import shutil

    root = tmp_path / "optical"
    shutil.copytree(EXAMPLES / "optical-instrument", root)
    file = root / "facts" / "export-control-office.yaml"
    file.write_text("# a comment\n\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert assessed(Workspace.open(root), to="CN").consents == assessed(to="CN").consents


# -- prohibitions --------------------------------------------------------------------------------------------


BAN = """\
rules:
- id: OWN-BAN
  kind: prohibition
  title: {en: "No lamps for nuclear use", de: "Keine Lampen für nukleare Zwecke"}
  citation: {text: "Own Act s. 3", read: 2026-01-01}
  acts: [export]
  when: "end_use == 'nuclear'"
  lifted_by_office: DE/OFFICE
"""


@pytest.fixture
def lamps(tmp_path: Path) -> Workspace:
    """Return a workspace in which lamps may not go to nuclear use, and an office can lift that."""
    root = tmp_path / "lamps"
    (root / "facts").mkdir(parents=True)
    (root / "packs" / "own" / "rules").mkdir(parents=True)
    (root / "lastword.toml").write_text('name = "lamps"\npacks = ["own"]\n')
    (root / "facts" / "lamp.yaml").write_text(
        'things: {lamp: {name: Lamp, kind: commodity, origin: "DE"}}\nparties: {acme: {name: Acme, country: "IN"}}\n'
    )
    (root / "packs" / "own" / "pack.yaml").write_text(
        'id: own\ntitle: {en: "Own", de: "Eigen"}\nstate: "DE"\n'
        'authorities: {DE/OFFICE: {en: "Lamp Office (LO), Germany", de: "Lampenamt (LA)"}}\n'
        'covers: [{states: ["DE"], acts: [export]}]\n'
    )
    (root / "packs" / "own" / "rules" / "own.yaml").write_text(BAN, encoding="utf-8")
    return Workspace.open(root)


def test_a_prohibition_that_nobody_lifts_is_named(lamps: Workspace) -> None:
    """What is forbidden is no consent; the rule that forbids it is told."""
    found = assessed(lamps, thing="lamp", end_use="nuclear", procedures=())
    assert (found.prohibitions, found.consents, found.outcome) == (("OWN-BAN",), (), "prohibited")


def test_a_prohibition_that_an_office_can_lift_becomes_its_consent(lamps: Workspace) -> None:
    """Where a procedure lifts the rule that forbids, its authority is asked, and it is marked as lifting."""
    lifting = procedure("leave", ["DE/OFFICE"], ["leave"], lifts=("OWN-BAN",))
    found = assessed(lamps, thing="lamp", end_use="nuclear", procedures=(lifting,))
    (consent,) = found.consents
    assert (found.prohibitions, consent.key, consent.lifts) == ((), "DE/OFFICE:leave", True)
    assert found.needs == ((("DE/OFFICE:leave",),),)


def test_a_preliminary_way_lifts_nothing_for_a_real_request(lamps: Workspace) -> None:
    """An answer before there is a deal does not lift what forbids the deal."""
    early = procedure("leave", ["DE/OFFICE"], ["leave"], lifts=("OWN-BAN",), preliminary=True)
    found = assessed(lamps, thing="lamp", end_use="nuclear", procedures=(early,))
    assert found.prohibitions == ("OWN-BAN",)


# -- what a request may say ----------------------------------------------------------------------------------


def test_nobody_asserts_that_a_party_is_on_no_list() -> None:
    """A listed end user stays listed, whatever the request says of it: lists are looked up."""
    name = "Huawei Technologies Co., Ltd."
    plain = assessed(to="CN", parties=[{"role": "end_user", "name": name}])
    denied = assessed(
        to="CN", parties=[{"role": "end_user", "name": name, "listed": "none", "informed_by": "none"}]
    )
    assert [(c.key, c.basis) for c in denied.consents] == [(c.key, c.basis) for c in plain.consents]
    assert denied.outcomes == plain.outcomes


@pytest.mark.parametrize(
    ("party", "what"),
    [
        ({"role": "end_user"}, "names nobody"),
        ({"role": "end_user", "name": "IRM-640"}, "is a thing, not a party"),
        ({"role": "end_user", "name": "Acme", "countri": "IN"}, "unknown field `countri`"),
        ({"role": "end_user", "name": "Acme", "kind": "club"}, "`kind`"),
        ({"role": "friend", "name": "Acme"}, "friend"),
    ],
)
def test_a_party_that_cannot_be_read_is_refused_by_the_name_of_its_field(
    party: dict[str, str], what: str
) -> None:
    """What a request says of a party is read or refused; nothing of it is passed over."""
    with pytest.raises(InputError) as refused:
        assessed(to="IN", parties=[{"role": "buyer", "name": "Buyer"}, party])
    (problem,) = refused.value.problems
    assert problem.where.file == "party.2"
    assert what in str(problem)


def test_a_party_without_its_field_is_refused() -> None:
    """A party whose words are gone is not taken for nobody."""
    request, fields = asks(parties=[{"role": "end_user", "name": "Acme"}])
    with pytest.raises(InputError, match=r"party\.1"):
        assess(optical(), request, {}, (BAFA,), day=TODAY, known=TODAY, facts=1, rules=1)
    fields["party.1"] = Salted("Acme", SALT)
    with pytest.raises(InputError, match=r"party\.1"):
        assess(optical(), request, fields, (BAFA,), day=TODAY, known=TODAY, facts=1, rules=1)


def test_a_thing_that_nobody_knows_is_refused() -> None:
    """A request about a thing that is not in the facts has no answer."""
    with pytest.raises(InputError) as refused:
        assessed(thing="IRM-641")
    assert str(refused.value) == "item.1: there is no thing `IRM-641` here; name it by its id"


@pytest.mark.parametrize("place", ["in", "India", "XX", "", "IN "])
@pytest.mark.parametrize("name", ["from_", "to"])
def test_a_place_that_no_list_knows_by_that_word_is_refused(place: str, name: str) -> None:
    """A country written otherwise than by its code would be on no list, and nothing would be needed for it."""
    asked: dict[str, Any] = {"to": "IN", name: place}
    with pytest.raises(InputError, match="is no code of a country"):
        assessed(**asked)


@pytest.mark.parametrize("value", ["12", "many EUR", "-5 EUR", "12 eur"])
def test_a_value_that_is_no_amount_is_refused(value: str) -> None:
    """What cannot be read as an amount is not taken for no value."""
    with pytest.raises(InputError, match=r"item\.1"):
        assessed(to="IN", items=[("IRM-640", "1", value)])


def test_a_limit_by_order_counts_all_items_together() -> None:
    """Two items that each stay below a limit by order are above it together: what the whole order needs is needed."""
    room = optical()
    lens = next(fact.about for fact in room.facts.facts if fact.attribute == "eccn")
    one = assessed(thing=lens, to="IN", items=[(lens, "1", "100 EUR")])
    many = assessed(thing=lens, to="IN", items=[(lens, "1", "100 EUR"), ("IRM-640", "1", "96000 EUR")])
    assert {c.key for c in one.consents} <= {c.key for c in many.consents}


@settings(max_examples=8, deadline=None)
@given(to=st.sampled_from(["IN", "CN", "AE", "CH", "US"]), items=st.integers(1, 3), data=st.data())
def test_the_order_of_procedures_and_parties_changes_nothing(
    to: str, items: int, data: st.DataObject
) -> None:
    """Which pack was read first, or which party was named first, is no reason."""
    procedures = data.draw(st.permutations((BAFA, BIS, procedure("special", ["US/BIS"], ["licence"]))))
    parties = [{"role": "end_user", "name": "Acme"}, {"role": "consignee", "name": "Bolt"}]
    rows = [("IRM-640", "1", "96000 EUR")] * items
    one = assessed(to=to, items=rows, parties=parties, procedures=tuple(procedures))
    other = assessed(to=to, items=rows, parties=parties[::-1], procedures=tuple(procedures[::-1]))
    assert replace(one, needs=tuple(sorted(one.needs))) == replace(other, needs=tuple(sorted(other.needs)))

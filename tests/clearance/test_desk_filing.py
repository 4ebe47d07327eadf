"""From what an applicant types to the salted fields of a request, and what makes two acts the same act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastword.cases.acts import Decide, File
from lastword.cases.assessment import Assessment
from lastword.cases.request import Salted, changed_fields, request_of
from lastword.clearance.desk import act_digest
from lastword.clearance.filing import Lot, Wanted, amended, drafted
from lastword.errors import InputError


def tokens() -> Callable[[], str]:
    """Return a source of salts that never gives the same twice."""
    numbers = count()
    return lambda: f"{next(numbers):022d}"


WANTED = Wanted(
    act="export",
    from_="GB",
    to="IN",
    end_use="civil",
    circumstance="sale",
    lots=(Lot("camera", Decimal(10), "piece", "1000 GBP"), Lot("bracket", Decimal("2.5"), "kg")),
    parties=(("end_user", "rescue", {}), ("consignee", "Acme Ltd", {"country": "IN"})),
    documents=(("contract.pdf", "a" * 64),),
    undertakings=("no onward sale",),
    known_parties=frozenset({"rescue"}),
)
NOTHING = Lot("", None, None)


def first_round() -> dict[str, Salted]:
    """Return the fields of a first round."""
    return drafted(WANTED, applicant="maker-ltd", token=tokens())


def test_a_request_is_what_its_fields_say() -> None:
    """Items are numbered, known parties go by their id and others by name, quantities stay exact text."""
    request = request_of(first_round())
    assert [(item.id, item.thing, item.quantity, item.unit) for item in request.items] == [
        ("1", "camera", Decimal(10), "piece"),
        ("2", "bracket", Decimal("2.5"), "kg"),
    ]
    fields = first_round()
    assert fields["party.1"].value == {"role": "end_user", "id": "rescue"}
    assert fields["party.2"].value == {"role": "consignee", "name": "Acme Ltd", "country": "IN"}


def test_nobody_applies_without_saying_for_whom() -> None:
    """The roster may not tell."""
    with pytest.raises(InputError, match="--applicant"):
        drafted(WANTED, applicant="", token=tokens())


def test_a_change_touches_its_own_field_and_no_other() -> None:
    """All else keeps its salt, so that its digest is the same in the next round."""
    before = first_round()
    after = amended(before, Wanted(), first=Lot("", Decimal(8), None), token=lambda: "x" * 22)
    assert changed_fields(request_of(before), request_of(after)) == ("item.1",)


@given(
    quantity=st.decimals(min_value="0.001", max_value=1000, places=3),
    to=st.sampled_from(["IN", "TR", "BR"]),
    more=st.booleans(),
)
def test_whatever_changes_the_rest_keeps_its_digest(quantity: Decimal, to: str, more: bool) -> None:
    """For any quantity, destination and further item."""
    before = first_round()
    lots = (Lot("lamp", Decimal(1), "piece"),) if more else ()
    after = amended(before, Wanted(to=to, lots=lots), first=Lot("", quantity, None), token=tokens_after())
    changed = set(changed_fields(request_of(before), request_of(after)))
    allowed = {"item.1", "to", *(("item.3",) if more else ())}
    assert changed <= allowed
    assert ("to" in changed) is (to != "IN")
    assert ("item.1" in changed) is (quantity != 10)


def tokens_after() -> Callable[[], str]:
    """Return a source of salts that no first round had."""
    numbers = count(1000)
    return lambda: f"{next(numbers):022d}"


def test_a_party_takes_the_place_of_those_in_its_role() -> None:
    """The other roles stay."""
    wanted = Wanted(parties=(("end_user", "New Ltd", {}),))
    after = amended(first_round(), wanted, first=NOTHING, token=tokens_after())
    roles = sorted((one.value["role"], one.value.get("name", one.value.get("id"))) for name, one in after.items()
                   if name.startswith("party."))  # fmt: skip
    assert roles == [("consignee", "Acme Ltd"), ("end_user", "New Ltd")]


def test_an_item_that_is_not_there_cannot_be_dropped_nor_the_last_one() -> None:
    """The second of two may go."""
    before = first_round()
    assert "item.2" not in amended(before, Wanted(), first=NOTHING, dropped=["2"], token=tokens_after())
    with pytest.raises(InputError, match="there is no item `9`"):
        amended(before, Wanted(), first=NOTHING, dropped=["9"], token=tokens_after())
    with pytest.raises(InputError, match="no item is left"):
        amended(before, Wanted(), first=NOTHING, dropped=["1", "2"], token=tokens_after())


def filing(token: Callable[[], str]) -> File:
    """Return the act of filing, with salts drawn anew."""
    fields = drafted(WANTED, applicant="maker-ltd", token=token)
    answer = Assessment(
        day=date(2026, 3, 2),
        facts=1,
        rules=1,
        outcomes={},
        consents=(),
        needs=(),
        settled=True,
    )
    return File(person="p-ann", case="", request=request_of(fields), fields=fields, assessment=answer)


def test_an_act_that_is_typed_again_is_the_same_act_though_its_salts_and_nonces_differ() -> None:
    """And another content, or another person, is another act."""
    first, again = filing(tokens()), filing(tokens_after())
    assert first.request.digest != again.request.digest
    assert act_digest(first) == act_digest(again)
    assert act_digest(replace(first, person="p-abe")) != act_digest(first)
    decide = Decide(person="p-liz", case="C", clearance="", nonce="one")
    assert act_digest(decide) == act_digest(replace(decide, nonce="two"))
    assert act_digest(decide) != act_digest(replace(decide, outcome="refuse"))

"""Scenario 8: a promise given to Germany goes on with the vehicles; asked in 2019 and 2022, each answer can be replayed."""

from __future__ import annotations

from typing import Any

from practice import Practice

pytest_plugins = ("beginning",)


def test_germany_is_asked_about_vehicles_that_went_through_two_hands_and_may_say_no_and_later_yes(
    begin: Any,
) -> None:
    """Sold to Sweden, then to a Czech firm, then asked for Ukraine: 2019 no, 2022 yes; both are as recorded when replayed."""
    desk: Practice = begin("vehicles", "2019-04-01")
    ask = "case file vehicle --act reexport --from CZ --to UA --end-use military --quantity 58"
    told = desk(f"{ask} --id UA-2019", by="p-cz", at="2019-05-02T09:00Z")
    assert "DE/federal-government:re-export-consent" in told
    desk("case advise UA-2019 refuse", by="p-aa")
    desk("case decide UA-2019 refuse", by="p-bund", at="2019-06-03T09:00Z")
    desk(f"{ask} --id UA-2022", by="p-cz", at="2022-02-28T09:00Z")
    desk("case advise UA-2022 approve", by="p-aa")
    desk("case decide UA-2022 grant", by="p-bund", at="2022-04-01T09:00Z")
    for case, expected in (("UA-2019", "refuse"), ("UA-2022", "grant")):
        (outcome,) = desk.case(case, by="p-cz")["clearances"][0]["outcomes"]
        assert outcome["outcome"] == expected
        result = desk.run(f"replay {case}", by="p-bund")
        assert result.exit_code == 0, result.output

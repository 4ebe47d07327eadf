"""``lastword pack``: packs of one's own, what is wrong in packs, what changed, and whose they are."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from lastword.errors import Where
from lastword.record.note import Note, Signer
from lastword.workspace import BUNDLED

Run = Callable[..., Result]

HEAD = 'id: {id}\nversion: "{version}"\ntitle: {{en: "Lamps", de: "Lampen"}}\nstate: "DE"\n'
AUTHORITY = 'authorities: {DE/OFFICE: {en: "Lamp Office", de: "Lampenamt"}}\n'
RULES = """\
terms:
- id: lamp_limit
  type: number
  title: {en: "limit for lamps", de: "Grenze für Lampen"}
  citation: {text: "Lamp Act s. 1", read: 2026-01-01}
  values:
  - {value: "0.25", to: 2025-01-01}
  - {value: "0.10", from: 2025-01-01}
rules:
- id: LAMP-1
  kind: consent
  title: {en: "Lamps need a yes", de: "Lampen brauchen eine Zustimmung"}
  citation: {text: "Lamp Act s. 1", read: 2026-01-01}
  from: 2024-01-01
  acts: [export]
  when: "table('lamp_places', to)"
  reach:
  - content: {counts: "part.origin == 'US'", limit: "lamp_limit()", equal: free}
  consent: {alternatives: [[{authority: DE/OFFICE}]], asked_by: [exporter], claim: statute, outlook: case_by_case}
"""
TABLES = """\
tables:
- id: lamp_places
  title: {en: "places for lamps", de: "Orte für Lampen"}
  citation: {text: "Lamp Act, annex", read: 2026-01-01}
  file: tables/places.csv
  keys: [iso2]
  type: yes-no
  missing: "no"
  read: [2026-01-01]
"""
PLACES = "iso2,value,from,to\nIN,yes,,\nCN,yes,2024-01-01,2025-01-01\n"
CASE = """\
- id: {id}
  title: "{id}"
  authority: official_text_applied
  regime: [LAMP-1]
  as_of: 2026-01-01
  item: {{name: lamp, kind: commodity, made_in: "DE"}}
  content: [{{name: driver, origin: "US", share: "{share}"}}]
  move: {{act: export, from: "DE", to: "IN", end_use: civil}}
  expect: {{consents: [{{by: "Lamp Office", state: "DE", basis: LAMP-1, needed: {needed}}}]}}
"""
CASES = (
    "examples:\n"
    + CASE.format(id="LAMP-A", share="0.11", needed="true")
    + CASE.format(id="LAMP-B", share="0.10", needed="false")
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace without facts, in which the commands are run."""
    root = tmp_path / "desk"
    root.mkdir()
    (root / "lastword.toml").write_text('name = "Desk"\n', encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def alone(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the workspace in a world without the packs that come with Lastword: they take a second to read."""
    (tmp_path / "none").mkdir()
    monkeypatch.setattr("lastword.workspace.BUNDLED", tmp_path / "none")
    return desk


def write_lamps(folder: Path, *, version: str = "1", **changed: str) -> Path:
    """Write the pack of lamps into a folder; ``changed``: file, with ``__`` for ``/``, -> its text."""
    files = {
        "pack.yaml": HEAD.format(id=folder.name, version=version) + AUTHORITY,
        "rules/lamps.yaml": RULES,
        "tables.yaml": TABLES,
        "tables/places.csv": PLACES,
        "cases/lamps.yaml": CASES,
    }
    files.update(
        {
            name.replace("__", "/").replace("_yaml", ".yaml").replace("_csv", ".csv"): text
            for name, text in changed.items()
        }
    )
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def words(result: Result) -> str:
    """Return what was printed, on one line."""
    return " ".join((result.output + result.stderr).split())


def findings(run: Run, *more: str | Path) -> list[dict[str, object]]:
    """Return what `pack check lamps` finds."""
    result = run("pack", "check", "lamps", "--json", *more)
    assert result.exit_code in (0, 1), result.stderr
    found: list[dict[str, object]] = json.loads(result.stdout)["findings"]
    return found


def found_text(found: list[dict[str, object]]) -> str:
    """Return findings as lines: level, place, what."""
    return "\n".join(
        f"{one['level']} {one['file']}:{one['line']} {one['about']} {one['what']}" for one in found
    )


# ---- new -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["release", "supplier", "policy"])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_new_pack_loads_and_its_cases_pass(run: Run, desk: Path, kind: str, lang: str) -> None:
    """Nothing is asked; what is written is sound, and nothing is found wrong or worth noting in it."""
    made = run("pack", "new", "our-own", "--kind", kind, "--lang", lang)
    assert made.exit_code == 0, made.stderr
    assert "packs/our-own" in made.output
    rules = (desk / "packs" / "our-own" / "rules" / "our-own.yaml").read_text(encoding="utf-8")
    assert ("Ersetzen Sie" in rules) is (lang == "de")
    assert "@" not in rules
    passed = run("examples", "packs/our-own/cases/our-own.yaml")
    assert passed.exit_code == 0, passed.output
    checked = run("pack", "check", "our-own")
    assert checked.exit_code == 0
    assert "nothing is wrong, nothing to note" in words(checked)


def test_a_new_pack_says_what_comes_next(run: Run, desk: Path) -> None:
    """The commands that try and check it; and that a workspace which names its packs must name this one."""
    (desk / "lastword.toml").write_text('name = "Desk"\npacks = ["us-ear"]\n', encoding="utf-8")
    made = run("pack", "new", "house")
    assert "lastword examples packs/house/cases/house.yaml" in made.output
    assert "lastword pack check house" in made.output
    assert "Add `house` to `packs` in lastword.toml" in words(made)


def test_a_new_pack_overwrites_nothing(run: Run, desk: Path) -> None:
    """A folder that is there is left alone; so is the name of a pack that comes with Lastword."""
    run("pack", "new", "house")
    (desk / "packs" / "house" / "pack.yaml").write_text("mine", encoding="utf-8")
    again, taken, odd = (run("pack", "new", name) for name in ("house", "us-ear", "House Rules"))
    assert again.exit_code == taken.exit_code == odd.exit_code == 2
    assert (desk / "packs" / "house" / "pack.yaml").read_text(encoding="utf-8") == "mine"
    assert "is there already" in again.stderr
    assert not (desk / "packs" / "us-ear").exists()


def test_two_must_say_yes_before_a_new_release(run: Run, desk: Path) -> None:
    """Four eyes: the question about a military end use shows both offices in one need."""
    run("pack", "new", "house", "--kind", "release")
    told = words(run("rule", "HOUSE-3-1"))
    assert "must say yes: Export control of Desk and Management of Desk" in told


# ---- check -----------------------------------------------------------------------------------------------


def test_nothing_is_wrong_in_a_sound_pack(run: Run, alone: Path) -> None:
    """Exit code 0, and it says so."""
    write_lamps(alone / "packs" / "lamps")
    result = run("pack", "check", "lamps")
    assert result.exit_code == 0, result.output
    assert "1 pack checked: nothing is wrong, nothing to note." in words(result)


def test_a_folder_anywhere_can_be_checked(run: Run, desk: Path, tmp_path: Path) -> None:
    """It is read among the packs in use."""
    folder = write_lamps(tmp_path / "elsewhere" / "lamps")
    result = run("pack", "check", folder)
    assert result.exit_code == 0, result.output


def test_a_case_that_fails_is_wrong(run: Run, alone: Path) -> None:
    """With file and line, and what came instead; exit code 1."""
    write_lamps(alone / "packs" / "lamps", cases__lamps_yaml=CASES.replace("0.11", "0.05"))
    result = run("pack", "check", "lamps")
    assert result.exit_code == 1
    assert "lamps/cases/lamps.yaml:2 LAMP-A" in words(result)
    assert "failed: consents[0].needed expected true got false" in words(result)
    assert run("pack", "check", "lamps", "--no-cases").exit_code == 0


def test_a_rule_without_a_case_is_wrong_and_with_one_side_only_to_note(run: Run, alone: Path) -> None:
    """Every rule has a case that it reaches and one that it does not."""
    folder = write_lamps(alone / "packs" / "lamps", cases__lamps_yaml="examples:\n" + CASE.format(
        id="LAMP-A", share="0.11", needed="true"))  # fmt: skip
    one_side = findings(run)
    assert (
        "note lamps/rules/lamps.yaml:10 LAMP-1 has 1 worked case, but lacks one that it does not reach"
        in found_text(one_side)
    )
    (folder / "cases" / "lamps.yaml").unlink()
    assert "wrong lamps/rules/lamps.yaml:10 LAMP-1 has no worked case" in found_text(findings(run))


def test_a_rule_without_days_or_without_a_reading_is_told(run: Run, alone: Path) -> None:
    """No first day is to note; a text that nobody read or reported is wrong."""
    rules = RULES.replace("  from: 2024-01-01\n", "")
    rules = rules.replace(
        '{text: "Lamp Act s. 1", read: 2026-01-01}\n  acts', '{text: "Lamp Act s. 1"}\n  acts'
    )
    write_lamps(alone / "packs" / "lamps", rules__lamps_yaml=rules)
    told = found_text(findings(run))
    assert "1 rule has no first day on file and counts for every day before: LAMP-1" in told
    assert "wrong lamps/rules/lamps.yaml:10 LAMP-1 does not say when its text was read" in told


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("IN,yes,,\nIN,no,,\n", "wrong lamps/tables/places.csv:3 lamp_places `IN` has two values for the same days"),
        ("IN,yes,,\nIN,yes,,\n", "note lamps/tables/places.csv:3 lamp_places `IN` stands in lines 2 and 3"),
        (
            "IN,yes,,\nCN,yes,2024-01-01,2025-06-01\nCN,no,2025-01-01,\n",
            "wrong lamps/tables/places.csv:4 lamp_places `CN` has two values for the same days, in lines 3 and 4: yes and no",
        ),
    ],
)  # fmt: skip
def test_rows_that_overlap_are_told_with_their_lines(run: Run, alone: Path, rows: str, expected: str) -> None:
    """Two values for one key on one day are wrong; the same value twice is to note."""
    write_lamps(alone / "packs" / "lamps", tables__places_csv="iso2,value,from,to\n" + rows)
    assert expected in found_text(findings(run, "--no-cases"))


def test_days_without_a_row_are_told_where_somebody_would_miss_them(run: Run, alone: Path) -> None:
    """In a table of values a hole is to note; in a list that says who is on it, being off it for a while is none."""
    rows = "iso2,value,from,to\nIN,yes,2024-01-01,2025-01-01\nIN,yes,2025-03-01,\n"
    folder = write_lamps(alone / "packs" / "lamps", tables__places_csv=rows)
    assert findings(run, "--no-cases") == []
    (folder / "tables.yaml").write_text(TABLES.replace('missing: "no"', "missing: unknown"), encoding="utf-8")
    (one,) = findings(run, "--no-cases")
    assert one["kind"] == "gap"
    assert "`IN` has no row for 1 January 2025 to 28 February 2025, between lines 2 and 3" in str(one["what"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("to: 2025-01-01", "from: 2024-06-01"), "wrong lamps/rules/lamps.yaml:8 lamp_limit has two values for the same days"),
        (("to: 2025-01-01", "from: 2025-02-01"), "note lamps/rules/lamps.yaml:8 lamp_limit has no value for 1 January 2025 to"),
    ],
)  # fmt: skip
def test_dated_values_of_a_term_must_join(
    run: Run, alone: Path, values: tuple[str, str], expected: str
) -> None:
    """An overlap with different values is wrong, a hole is to note."""
    rules = RULES.replace("to: 2025-01-01", values[0]).replace("from: 2025-01-01", values[1])
    write_lamps(alone / "packs" / "lamps", rules__lamps_yaml=rules)
    assert expected in found_text(findings(run, "--no-cases"))


def test_days_that_are_only_known_roughly_leave_no_silent_hole(run: Run, alone: Path) -> None:
    """Where a value ends and the next begins on a day in a span, an answer is unknown there by itself."""
    span = "{after: 2024-12-01, by: 2025-02-01}"
    rules = RULES.replace("to: 2025-01-01", f"to: {span}").replace("from: 2025-01-01", f"from: {span}")
    write_lamps(alone / "packs" / "lamps", rules__lamps_yaml=rules)
    assert findings(run, "--no-cases") == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("  from: 2024-01-01\n", "  from: 2024-01-01\n  to: 2023-01-01\n"), "ends on 31 December 2022 before it begins"),
        (("  acts: [export]\n", "  acts: [release]\n  domain: \"act == 'export'\"\n"), "its conditions contradict each other"),
        (("to)\"\n", "to) && to == 'IN' && to == 'CN'\"\n"), "its conditions contradict each other"),
        (("to)\"\n", "to) && from == 'FR'\"\n"), "its conditions contradict each other"),
        (("lamp_limit()\", equal", "1\", equal"), "no share of a value can come to more than its limit of 1"),
        (("  acts: [export]\n", "  acts: [export]\n  needs: [LAMP-LAW]\n"), "needs LAMP-LAW, and no rule puts anything under it"),
    ],
)  # fmt: skip
def test_a_rule_that_can_never_apply_is_wrong(
    run: Run, alone: Path, change: tuple[str, str], expected: str
) -> None:
    """Its days, its conditions with its acts, its limit, or what it needs leave no case."""
    rules = RULES.replace(*change)
    assert rules != RULES
    write_lamps(alone / "packs" / "lamps", rules__lamps_yaml=rules)
    told = found_text(findings(run, "--no-cases"))
    assert f"wrong lamps/rules/lamps.yaml:10 LAMP-1 {expected}" in told


def test_an_exception_must_lift_something_that_is_in_force(run: Run, desk: Path) -> None:
    """One that ended before the rule began acts on nothing; a name that no pack in use has is to note."""
    more = """\
- id: LAMP-2
  kind: exception
  title: {en: "Not for old lamps", de: "Nicht für alte Lampen"}
  citation: {text: "Lamp Act s. 2", read: 2026-01-01}
  from: 2020-01-01
  to: 2023-01-01
  lifts: [LAMP-1]
"""
    folder = write_lamps(desk / "packs" / "lamps", rules__lamps_yaml=RULES + more)
    told = found_text(findings(run, "--no-cases"))
    what = (
        "lamps/rules/lamps.yaml:20 LAMP-2 `lifts: LAMP-1` names a rule that is in force on none of its days"
    )
    assert f"wrong {what}" in told
    rest = more.replace("[LAMP-1]", "[LAMP-1, CANDLE-1]")
    (folder / "rules" / "lamps.yaml").write_text(RULES + rest, encoding="utf-8")
    told = found_text(findings(run, "--no-cases"))
    assert f"note {what}" in told
    assert "note lamps/rules/lamps.yaml:20 LAMP-2 `lifts: CANDLE-1` names no rule of the packs in use" in told


def test_two_rules_with_the_same_conditions_and_different_limits_are_wrong(run: Run, alone: Path) -> None:
    """Rules of one family overlap silently where they hold on the same days under the same conditions."""
    rules = RULES.replace("  kind: consent\n", "  kind: consent\n  family: LAMPS\n")
    rule = rules[rules.index("- id: LAMP-1") :]
    other = rule.replace("LAMP-1", "LAMP-1B").replace("lamp_limit()", "0.5")
    write_lamps(alone / "packs" / "lamps", rules__lamps_yaml=rules + other)
    told = found_text(findings(run, "--no-cases"))
    assert (
        "`LAMP-1` and `LAMP-1B` hold under the same conditions on the same days, with different limits"
        in told
    )
    later = rules.replace("  from: 2024-01-01\n", "  from: 2024-01-01\n  to: 2025-01-01\n") + other.replace(
        "from: 2024-01-01", "from: 2025-01-01"
    )
    write_lamps(alone / "packs" / "lamps", rules__lamps_yaml=later)
    assert findings(run, "--no-cases") == []


def test_a_table_must_speak_for_the_days_of_the_rules_that_ask_it(run: Run, alone: Path) -> None:
    """A rule that is older than its table is to note; a table that says nothing about today is wrong."""
    folder = write_lamps(
        alone / "packs" / "lamps", tables_yaml=TABLES + "  assume: {from: 2025-01-01, to: 2030-01-01}\n"
    )
    told = found_text(findings(run, "--no-cases"))
    assert "note lamps/rules/lamps.yaml:10 lamp_places is asked by LAMP-1 from 1 January 2024 on" in told
    (folder / "tables.yaml").write_text(
        TABLES + "  assume: {from: 2020-01-01, to: 2026-02-01}\n", encoding="utf-8"
    )
    told = found_text(findings(run, "--no-cases"))
    assert (
        "wrong lamps/rules/lamps.yaml:10 lamp_places is asked by LAMP-1, but says nothing since 1 February 2026"
        in told
    )


def test_a_table_that_nobody_read_for_long_is_told(run: Run, alone: Path) -> None:
    """`stale_after` says how many days a table may age."""
    write_lamps(alone / "packs" / "lamps", tables_yaml=TABLES + "  stale_after: 30\n")
    told = found_text(findings(run, "--no-cases"))
    assert "lamp_places was last read on 1 January 2026, longer ago than the 30 days that it may age" in told


def test_what_is_found_comes_as_json(run: Run, alone: Path) -> None:
    """Each finding has pack, level, kind, id, file, line and words; the totals are counted."""
    write_lamps(alone / "packs" / "lamps", tables__places_csv="iso2,value,from,to\nIN,yes,,\nIN,no,,\n")
    result = run("pack", "check", "lamps", "--json", "--no-cases")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["totals"] == {"wrong": 1, "note": 0}
    (one,) = told["findings"]
    assert (one["pack"], one["level"], one["kind"], one["about"], one["file"], one["line"]) == (
        "lamps", "wrong", "overlap", "lamp_places", "lamps/tables/places.csv", 3
    )  # fmt: skip


def test_the_findings_come_in_german(run: Run, alone: Path) -> None:
    """--lang de."""
    write_lamps(alone / "packs" / "lamps", cases__lamps_yaml="examples: []\n")
    result = run("pack", "check", "lamps", "--lang", "de")
    assert "hat keinen durchgerechneten Fall" in words(result)


def test_a_pack_that_does_not_exist_gets_a_suggestion(run: Run, desk: Path) -> None:
    """Exit code 2."""
    result = run("pack", "check", "us-aer")
    assert result.exit_code == 2
    assert "did you mean `us-ear`?" in result.stderr


# ---- diff ------------------------------------------------------------------------------------------------


def test_diff_tells_what_changed_in_words(run: Run, alone: Path, tmp_path: Path) -> None:
    """Days, limits, conditions, offices, rows and rules: until now and from now on."""
    old = write_lamps(tmp_path / "old" / "lamps")
    rules = RULES.replace('"0.10", from: 2025-01-01', '"0.05", from: 2025-01-01').replace(
        "equal: free", "equal: caught"
    )
    rules = rules.replace("outlook: case_by_case", "outlook: denial").replace("s. 1", "s. 1a")
    rules = rules.replace("  from: 2024-01-01\n", "  from: 2024-01-01\n  to: 2027-01-01\n")
    ban = '- id: LAMP-9\n  kind: prohibition\n  title: {en: "No red lamps", de: "Keine roten Lampen"}\n'
    ban += (
        '  citation: {text: "Lamp Act s. 9", read: 2026-01-01}\n  from: 2026-01-01\n  when: "to == \'XK\'"\n'
    )
    new = write_lamps(
        tmp_path / "new" / "lamps", version="2", rules__lamps_yaml=rules + ban,
        tables__places_csv=PLACES.replace("IN,yes", "IN,no") + "BR,yes,2026-06-01,\n",
    )  # fmt: skip
    result = run("pack", "diff", old, new)
    told = words(result)
    assert result.exit_code == 0, result.stderr
    assert "From lamps 1" in told
    assert "Version: 1 -> 2" in told
    assert "added LAMP-9: No red lamps" in told
    assert "changed LAMP-1: Lamps need a yes" in told
    assert (
        "In force: until now: from 1 January 2024 from now on: from 1 January 2024 to 31 December 2026"
        in told
    )
    assert "Outlook: decided case by case -> is refused by policy" in told
    assert "until now: limit: lamp_limit(); a share equal to it is free" in told
    assert "from now on: limit: lamp_limit(); a share equal to it is caught" in told
    assert "from now on: 0.05 (from 1 January 2025)" in told or "-> 0.05 (from 1 January 2025)" in told
    assert "IN: yes -> no" in told
    assert "BR: nothing -> yes (from 1 June 2026)" in told
    assert "1 added, 0 removed, 4 changed." in told
    assert "LAMP-9" in words(run("pack", "diff", new, old)).split("removed", 1)[1]


def test_diff_of_the_same_says_so(run: Run, desk: Path, tmp_path: Path) -> None:
    """Nothing changed; two different packs are not compared."""
    old, new = (write_lamps(tmp_path / name / "lamps") for name in ("old", "new"))
    assert "Nothing changed." in run("pack", "diff", old, new).output
    other = run("pack", "diff", "us-ear", new)
    assert other.exit_code == 2
    assert "two packs, not two states of one" in other.stderr


def test_diff_compares_what_comes_with_lastword_with_ones_own_copy(run: Run, desk: Path) -> None:
    """By the id alone; rows that change in the same way are told together, and --json has them all."""
    own = desk / "packs" / "contract"
    shutil.copytree(BUNDLED / "contract", own)
    head = (own / "pack.yaml").read_text(encoding="utf-8")
    (own / "pack.yaml").write_text(
        head.replace("Promises between states", "Promises among states"), encoding="utf-8"
    )
    told = words(run("pack", "diff", "contract"))
    assert "From contract (as it comes with Lastword) to contract (packs/contract)" in told
    assert "from now on: Promises among states" in told
    changes = json.loads(run("pack", "diff", "contract", "--json").stdout)["changes"]
    assert [(one["group"], one["id"], one["how"]) for one in changes] == [("pack", "contract", "changed")]
    assert run("pack", "diff", "us-ear").exit_code == 2


# ---- rules --between -------------------------------------------------------------------------------------


def test_rules_between_two_days_tells_what_changed_in_the_law_on_file(run: Run, alone: Path) -> None:
    """Rules that came and ended, values and rows that changed, days known only roughly; the first day not included."""
    rules = RULES.replace(
        "  from: 2024-01-01\n", "  from: 2024-01-01\n  to: {after: 2025-03-01, by: 2025-05-01}\n"
    )
    write_lamps(alone / "packs" / "lamps", rules__lamps_yaml=rules)
    told = words(run("rules", "--pack", "lamps", "--between", "2023-12-31", "2025-06-01"))
    assert "1 January 2024 LAMP-1: Lamps need a yes comes into force" in told
    assert "lamp_places: places for lamps CN: was no, is now yes" in told
    assert "1 January 2025 lamp_limit: limit for lamps was 0.25, is now 0.10" in told
    assert "CN: was yes, is now no" in told
    assert (
        "on a day between 1 March 2025 and 30 April 2025 LAMP-1: Lamps need a yes is no longer in force"
        in told
    )
    assert "5 changes." in told
    later = words(run("rules", "--pack", "lamps", "--between", "2025-01-01", "2025-02-01"))
    assert "Nothing that is on file." in later
    as_json = json.loads(
        run("rules", "--pack", "lamps", "--between", "2024-06-01", "2025-01-01", "--json").stdout
    )
    assert [(c["day"], c["kind"], c["id"], c["old"], c["new"]) for c in as_json["changes"]] == [
        ("2025-01-01", "value", "lamp_limit", "0.25", "0.10"),
        ("2025-01-01", "row", "lamp_places", "yes", "no"),
    ]


def test_rules_between_needs_two_days_in_order(run: Run, alone: Path) -> None:
    """Exit code 2, and what to do."""
    turned = run("rules", "--between", "2026-01-01", "2025-01-01")
    no_day = run("rules", "--between", "2026-01-01", "tomorrow")
    assert turned.exit_code == no_day.exit_code == 2
    assert "turn them round" in turned.stderr


# ---- keys and signatures ---------------------------------------------------------------------------------


@pytest.fixture
def key(run: Run, desk: Path) -> tuple[Path, str]:
    """Return a private key file and the line that verifies what it signs."""
    made = run("pack", "key", "lamps.key", "--name", "lamps.example")
    assert made.exit_code == 0, made.stderr
    return desk / "lamps.key", made.output.splitlines()[-1]


def signed_lamps(run: Run, alone: Path, key: tuple[Path, str]) -> Path:
    """Return a signed pack in the workspace."""
    folder = write_lamps(alone / "packs" / "lamps", version="2026.11.1")
    result = run("pack", "sign", folder, "--key", key[0])
    assert result.exit_code == 0, result.stderr
    assert "lamps, version 2026.11.1: 5 files signed by lamps.example." in result.output
    return folder


def test_a_key_file_is_for_its_owner_alone(run: Run, alone: Path, key: tuple[Path, str]) -> None:
    """Mode 600, never overwritten; a key that others can read is not used."""
    assert stat.S_IMODE(key[0].stat().st_mode) == 0o600
    assert run("pack", "key", "lamps.key").exit_code == 2
    key[0].chmod(0o644)
    refused = run("pack", "sign", write_lamps(alone / "packs" / "lamps"), "--key", key[0])
    assert refused.exit_code == 2
    assert "others can read this private key; chmod 600" in refused.stderr


def test_what_was_signed_verifies(run: Run, alone: Path, key: tuple[Path, str]) -> None:
    """Against the key given, against those trusted, or by itself, then with the key to compare."""
    folder = signed_lamps(run, alone, key)
    by_itself = run("pack", "verify", folder)
    assert by_itself.exit_code == 0, by_itself.stderr
    assert key[1] in by_itself.output
    assert run("pack", "verify", folder, "--key", key[1]).exit_code == 0
    other = run("pack", "key", "other.key").output.splitlines()[-1]
    refused = run("pack", "verify", folder, "--key", other)
    assert refused.exit_code == 2
    assert "signed by `lamps.example`, whom `trust` does not name" in refused.stderr


@pytest.mark.parametrize("name", ["pack.yaml", "rules/lamps.yaml", "tables/places.csv", "cases/lamps.yaml"])
def test_one_changed_byte_is_found_with_the_name_of_its_file(
    run: Run, alone: Path, key: tuple[Path, str], name: str
) -> None:
    """By `verify`, and by every command that would use the pack; a case counts as much as a rule."""
    folder = signed_lamps(run, alone, key)
    assert run("check").exit_code == 0
    content = bytearray((folder / name).read_bytes())
    content[-2] ^= 1
    (folder / name).write_bytes(content)
    for result in (run("pack", "verify", folder), run("check"), run("rules"), run("pack", "check")):
        assert result.exit_code == 2
        assert f"lamps/{name}" in result.stderr


def test_files_that_came_or_went_are_named(run: Run, alone: Path, key: tuple[Path, str]) -> None:
    """Files whose names begin with a dot do not count: systems put them there."""
    folder = signed_lamps(run, alone, key)
    (folder / ".DS_Store").write_bytes(b"x")
    assert run("pack", "verify", folder).exit_code == 0
    (folder / "rules" / "more.yaml").write_text("rules: []\n", encoding="utf-8")
    (folder / "cases" / "lamps.yaml").unlink()
    refused = run("pack", "verify", folder)
    assert "lamps/rules/more.yaml: is not among the files that were signed" in refused.stderr
    assert "lamps/cases/lamps.yaml: is signed but not there" in refused.stderr


def test_a_signature_that_was_tampered_with_does_not_fit(
    run: Run, alone: Path, key: tuple[Path, str]
) -> None:
    """Whoever changes a file and the list in SIGNATURE lacks the key."""
    folder = signed_lamps(run, alone, key)
    text = (folder / "SIGNATURE").read_text(encoding="utf-8")
    for broken in (
        text.replace("version 2026.11.1", "version 2026.12.1"),
        text[:-10] + "AAAAAAAA=\n",
        "",
        text.split("\n\n")[0],
    ):
        (folder / "SIGNATURE").write_text(broken, encoding="utf-8")
        assert run("pack", "verify", folder).exit_code == 2
        assert run("check").exit_code == 2
    assert (
        "does not fit" in run("pack", "verify", folder).stderr
        or "is no signed note" in run("pack", "verify", folder).stderr
    )


def test_a_pack_needs_a_version_to_be_signed(run: Run, alone: Path, key: tuple[Path, str]) -> None:
    """Who gets two of them must tell them apart."""
    folder = write_lamps(alone / "packs" / "lamps", version="")
    refused = run("pack", "sign", folder, "--key", key[0])
    assert refused.exit_code == 2
    assert 'write version: "2026.11.1" into pack.yaml' in refused.stderr


def test_openssl_agrees(run: Run, alone: Path, key: tuple[Path, str], tmp_path: Path) -> None:
    """The signature is plain Ed25519 over the text of the note: any tool can check it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.fail("openssl is needed: apt-get install openssl")
    folder = signed_lamps(run, alone, key)
    text, _, below = (folder / "SIGNATURE").read_text(encoding="utf-8").rpartition("\n\n")
    signature = base64.b64decode(below.split()[2])[4:]
    public = base64.b64decode(
        key[1].rsplit("+", 1)[1] if key[1].count("+") == 2 else key[1].split("+", 2)[2]
    )[1:]
    # The twelve bytes before an Ed25519 public key in DER (RFC 8410, section 4).
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
    (tmp_path / "text").write_bytes(text.encode() + b"\n")
    (tmp_path / "sig").write_bytes(signature)
    verify = [openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin", "-in", "text",
              "-sigfile", "sig"]  # fmt: skip
    assert subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "text").write_bytes(text.replace("lamps", "lumps").encode() + b"\n")
    assert subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_a_signed_note_is_read_as_go_reads_it() -> None:
    """The key, text and signature printed in the tests of golang.org/x/mod/sumdb/note."""
    private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    signer = Signer.read(private, Where("key"))
    assert str(signer.verifier) == verifier
    assert signer.sign(text) == f"{text}\n{signature}\n"
    note = Note.read(f"{text}\n{signature}\n".encode(), Where("note"))
    assert note.signed_by([signer.verifier]) == signer.verifier


# ---- packs from outside ----------------------------------------------------------------------------------


def test_with_trust_every_pack_from_outside_must_be_signed_by_one_of_those(
    run: Run, alone: Path, key: tuple[Path, str]
) -> None:
    """Unsigned: refused, with what to do. Signed by another: refused. Without `trust` both are used."""
    folder = signed_lamps(run, alone, key)
    settings = alone / "lastword.toml"
    settings.write_text(f'name = "Desk"\ntrust = ["{key[1]}"]\n', encoding="utf-8")
    assert run("check").exit_code == 0
    (folder / "SIGNATURE").unlink()
    unsigned = run("check")
    assert unsigned.exit_code == 2
    assert (
        "the pack `lamps` is not signed, and `trust` in lastword.toml asks for a signature" in unsigned.stderr
    )
    run("pack", "key", "other.key")
    run("pack", "sign", folder, "--key", "other.key")
    assert "it is signed by `other`, whom `trust` does not name" in run("check").stderr
    settings.write_text('name = "Desk"\n', encoding="utf-8")
    assert run("check").exit_code == 0
    settings.write_text('name = "Desk"\ntrust = ["nonsense"]\n', encoding="utf-8")
    assert "lastword.toml: trust: is no verifier key" in run("check").stderr


def test_packs_may_lie_in_folders_of_their_own(
    run: Run, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pack_folders` in the settings, as seen from them, and LASTWORD_PACKS in the environment; both are told."""
    write_lamps(tmp_path / "shared" / "lamps", version="2026.11.1")
    assert "lamps:" not in run("rules").output
    monkeypatch.setenv("LASTWORD_PACKS", str(tmp_path / "shared"))
    assert f"from {tmp_path}/shared/lamps" in words(run("rules", "--pack", "lamps"))
    monkeypatch.delenv("LASTWORD_PACKS")
    (alone / "lastword.toml").write_text('name = "Desk"\npack_folders = ["../shared"]\n', encoding="utf-8")
    told = words(run("rules", "--pack", "lamps"))
    assert "version 2026.11.1 from ../shared/lamps not signed" in told
    assert run("pack", "check", "lamps").exit_code == 0


def test_a_pack_from_outside_takes_the_place_of_the_one_that_comes_with_lastword(
    run: Run, desk: Path, tmp_path: Path
) -> None:
    """So an authority can ship an update without a new program; `lastword rules` says so."""
    shutil.copytree(BUNDLED / "contract", tmp_path / "shared" / "contract")
    (desk / "lastword.toml").write_text('name = "Desk"\npack_folders = ["../shared"]\n', encoding="utf-8")
    told = words(run("rules", "--pack", "contract"))
    assert "from ../shared/contract, instead of the pack of this name that comes with Lastword" in told
    assert told.count("contract: Promises between states") == 1


def test_every_answer_says_that_a_pack_takes_the_place_of_another(
    run: Run, desk: Path, tmp_path: Path
) -> None:
    """In words, and in its JSON with version and place."""
    own = tmp_path / "shared" / "contract"
    shutil.copytree(BUNDLED / "contract", own)
    head = (own / "pack.yaml").read_text(encoding="utf-8")
    (own / "pack.yaml").write_text(f'{head}\nversion: "2027.1"\n', encoding="utf-8")
    (desk / "lastword.toml").write_text('name = "Desk"\npack_folders = ["../shared"]\n', encoding="utf-8")
    (desk / "facts").mkdir()
    lamp = 'things: {lamp: {name: {en: Lamp, de: Lampe}, kind: commodity, origin: "DE"}}\n'
    (desk / "facts" / "lamp.yaml").write_text(lamp, encoding="utf-8")
    question = ("ask", "lamp", "--from", "DE", "--to", "IN", "--end-use", "civil")
    assert "contract 2027.1" in words(run(*question))
    assert "../shared/contract" in words(run(*question))
    packs = {pack["id"]: pack for pack in json.loads(run(*question, "--json").stdout)["packs"]}
    assert packs["contract"]["version"] == "2027.1"
    assert packs["contract"]["place"] == "../shared/contract"
    assert packs["contract"]["replaces"] is True


def test_two_packs_of_one_id_from_outside_are_refused(run: Run, alone: Path, tmp_path: Path) -> None:
    """Nobody could tell which of them counts. A folder that is not there and a pack by another name are errors too."""
    write_lamps(tmp_path / "shared" / "lamps")
    write_lamps(alone / "packs" / "lamps")
    (alone / "lastword.toml").write_text(
        'name = "Desk"\npack_folders = ["../shared", "../gone"]\n', encoding="utf-8"
    )
    twice = run("check")
    assert twice.exit_code == 2
    assert "the pack `lamps` is in two places: packs/lamps and ../shared/lamps" in twice.stderr
    assert "there is no folder `../gone`" in twice.stderr
    (alone / "lastword.toml").write_text('name = "Desk"\n', encoding="utf-8")
    (alone / "packs" / "lamps").rename(alone / "packs" / "lights")
    renamed = run("check")
    assert (
        "the pack calls itself `lamps`, but its folder has another name; rename the folder to `lamps`"
        in renamed.stderr
    )


def test_a_pack_without_an_id_is_said_so(run: Run, alone: Path) -> None:
    """By `check` and by `pack check`; nothing is left out in silence."""
    write_lamps(alone / "packs" / "lamps", pack_yaml='title: {en: "Lamps", de: "Lampen"}\n')
    for result in (run("check"), run("pack", "check", "lamps")):
        assert result.exit_code == 2
        assert "lamps/pack.yaml: `id` is missing; write id: lamps" in result.stderr

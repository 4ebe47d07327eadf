"""Procedures as data: every consent of the packs has one, each is sound, and what is wrong in a file is told all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from lastword.cases.calendar import TimeLimit
from lastword.cases.procedure import (
    AGAINST,
    ENTRIES,
    IMMATERIAL,
    ROLES,
    SILENCES,
    Procedure,
    Seat,
    Stage,
    problems,
    procedure_for,
)
from lastword.errors import InputError
from lastword.files.calendars import calendars_of
from lastword.files.procedures import procedures_of, read_pack_procedures, read_procedures, without_procedure
from lastword.files.rosters import read_roster
from lastword.workspace import BUNDLED, load

FOLDERS = sorted(folder for folder in BUNDLED.iterdir() if (folder / "procedures.yaml").is_file())
WRITTEN = {
    # Authorities that an expression of the pack may name.
    "de": ("DE/BMWE", "DE/BMVg", "DE/BMI"),
    "contract": ("AU/DEC", "CH/Federal-Council", "DE/federal-government", "FI/government", "GB/ECJU"),
}


@pytest.fixture(scope="module")
def procedures() -> tuple[Procedure, ...]:
    """All procedures that come with Lastword."""
    return procedures_of(FOLDERS)


def consents() -> Iterator[tuple[str, str, str]]:
    """Yield (rule, authority, word) for every yes that a rule of a pack that comes with Lastword may ask for."""
    folders = {folder.name: folder for folder in BUNDLED.iterdir() if (folder / "pack.yaml").is_file()}
    for name, pack in load(folders).items():
        for rule in pack.rules:
            for seats in rule.consent.alternatives if rule.consent else ():
                for seat in seats:
                    if not seat.expression:
                        yield rule.id, seat.authority, seat.procedure
                        continue
                    named = WRITTEN[name] if name in WRITTEN else tuple(pack.authorities)
                    for authority in named:
                        yield rule.id, authority, seat.procedure


def test_every_consent_of_every_pack_has_a_procedure(procedures: tuple[Procedure, ...]) -> None:
    """Nothing that an answer asks for is left without a way to ask for it."""
    found = list(consents())
    assert len(found) > 100
    without = [one for one in found if procedure_for(procedures, one[1], one[2]) is None]
    assert without == []


def test_a_consent_that_nothing_decides_is_told_at_its_rule(procedures: tuple[Procedure, ...]) -> None:
    """Once for each authority and word, so that who writes a pack sees that no case could be filed."""
    kr = load({"kr": BUNDLED / "kr"})["kr"]
    assert list(without_procedure(kr, procedures)) == []
    told = [str(one) for one in without_procedure(kr, [])]
    assert len(told) == 3
    assert "nothing says how `KR/DAPA` decides on `retransfer-approval`; write a procedure" in told[0]


def test_every_procedure_is_sound_at_each_of_its_authorities(procedures: tuple[Procedure, ...]) -> None:
    """Also once the names of offices and calendar are filled in."""
    for one in procedures:
        for authority in one.authorities:
            there = one.at(authority)
            assert list(problems(there)) == []
            assert "*" not in there.calendar
            assert authority == "*" or not any("*" in office for office in there.offices)


def test_every_office_and_calendar_of_a_procedure_exists() -> None:
    """And an office means the same body in every pack that names it."""
    bodies: dict[str, str] = {}
    calendars = {one.id for one in calendars_of(FOLDERS, 2026, 2027)}
    for folder in FOLDERS:
        pack = read_pack_procedures(folder)
        for one in pack.procedures:
            for authority in one.authorities:
                there = one.at(authority)
                offices = {office.id: office.authority for office in pack.offices_at(authority)}
                assert set(there.offices) <= set(offices)
                for office in there.offices:
                    assert bodies.setdefault(office, offices[office]) == offices[office]
                assert there.calendar in calendars


def test_every_procedure_says_where_it_is_written_and_in_two_languages(
    procedures: tuple[Procedure, ...],
) -> None:
    """Titles of procedures, stages and grounds are English and German."""
    for one in procedures:
        assert one.citation
        titles = [one.title, *(stage.title for stage in one.stages), *(g.title for g in one.grounds)]
        assert all(set(title) == {"en", "de"} for title in titles)


def test_the_british_way(procedures: tuple[Procedure, ...]) -> None:
    """Advice, combination, countersignature; 20 and 60 working days; appeal within 28 days; two years."""
    uk = procedure_for(procedures, "GB/ECJU", "export-licence")
    assert uk is not None
    assert [stage.id for stage in uk.stages] == ["advice", "combination", "countersignature", "appeal"]
    assert uk.targets == (TimeLimit(20, "working_days"), TimeLimit(60, "working_days"))
    assert (uk.query.stops, uk.query.limit) == (True, TimeLimit(20, "working_days"))
    assert uk.appeal is not None
    assert uk.appeal.limit == TimeLimit(28, "days")
    assert {"1", "2c"} <= {ground.code for ground in uk.grounds}


def test_the_american_ladder(procedures: tuple[Procedure, ...]) -> None:
    """Agencies have 30 days; the chair of the Operating Committee 14; then committee, board, President, 5 days for each step."""
    bis = procedure_for(procedures, "US/BIS", "bis-licence")
    assert bis is not None
    assert bis.stage("agencies").limit == TimeLimit(30, "days")
    assert bis.stage("operating-committee").limit == TimeLimit(14, "days")
    ladder, at = [], bis.stage("operating-committee")
    while at.escalation is not None:
        assert at.escalation.limit == TimeLimit(5, "days")
        at = bis.stage(at.escalation.to)
        ladder.append(at.id)
    assert ladder == ["advisory-committee", "review-board", "president"]


def test_the_german_way(procedures: tuple[Procedure, ...]) -> None:
    """Objection within a month, to the next working day; the Security Council where the ministries disagree."""
    bafa = procedure_for(procedures, "DE/BAFA", "individual-licence")
    assert bafa is not None
    assert bafa.id == "de-bafa"
    assert bafa.appeal is not None
    assert bafa.appeal.limit == TimeLimit(1, "months", extended=True)
    war = procedure_for(procedures, "DE/BMWE", "war-weapons-permit")
    assert war is not None
    assert war.stage("decision").seats[0].offices == ("DE/BMWE-licensing",)
    assert war.last_word == ("DE/federal-security-council",)


def test_the_reported_review(procedures: tuple[Procedure, ...]) -> None:
    """Policy is heard; the Secretary has the last word."""
    review = procedure_for(procedures, "US/secretary-of-defense", "review-of-use")
    assert review is not None
    assert review.last_word == ("US/secretary-of-defense-office",)
    assert review.reported


def test_the_release_of_a_firm_takes_two(procedures: tuple[Procedure, ...]) -> None:
    """One checks, another decides, and only who applies is excluded, not the whole firm."""
    firm = procedure_for(procedures, "ZZ/own-firm", "own-release")
    assert firm is not None
    assert firm.internal
    assert [seat.role for stage in firm.stages for seat in stage.seats] == ["agree", "decide"]


def page() -> str:
    """Return the page of the manual about procedures."""
    return (Path(__file__).parents[2] / "docs" / "procedures.md").read_text(encoding="utf-8")


def test_the_examples_of_the_manual_are_read(tmp_path: Path) -> None:
    """As they stand on the page."""
    example, roster = re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL)
    (one,) = read_procedures(write(tmp_path / "acme", example))
    assert one.last_word == ("ACME/management",)
    (tmp_path / "roster.yaml").write_text(roster, encoding="utf-8")
    assert len(read_roster(tmp_path / "roster.yaml")) == 7


def test_the_manual_explains_every_key_and_word() -> None:
    """Of procedures, stages and seats, with the meanings of roles, entries and silence, and every pack that comes along."""
    keys = (
        *(one.name for kind in (Procedure, Stage, Seat) for one in fields(kind)),
        *(*ROLES, *ENTRIES, *SILENCES, *AGAINST, *IMMATERIAL),
        *(folder.name for folder in FOLDERS),
    )
    assert [key for key in keys if f"`{key}`" not in page() and key != "pack"] == []


SOUND = """
calendars:
- {id: gb, country: GB, subdivision: ENG, zone: Europe/London}
offices:
  X/desk: {authority: X/A, title: {en: "desk", de: "Tisch"}}
procedures:
- id: plain
  title: {en: "plain", de: "schlicht"}
  authorities: [X/A]
  calendar: gb
  citation: "an act"
  stages:
  - id: decision
    title: {en: "decision", de: "Entscheidung"}
    seats:
    - {id: desk, role: decide, offices: [X/desk]}
"""


def write(folder: Path, text: str) -> Path:
    """Write the procedures of a pack."""
    folder.mkdir(exist_ok=True)
    (folder / "procedures.yaml").write_text(text, encoding="utf-8")
    return folder


def said(folder: Path) -> str:
    """Return everything that is said to be wrong in a pack's procedures."""
    with pytest.raises(InputError) as caught:
        read_procedures(folder)
    return str(caught.value)


def test_a_pack_without_the_file_has_no_procedures(tmp_path: Path) -> None:
    """That is no fault."""
    assert read_procedures(tmp_path) == ()


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    """As it stands."""
    (one,) = read_procedures(write(tmp_path / "own", SOUND))
    assert (one.id, one.pack, one.offices) == ("plain", "own", ("X/desk",))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("citation:", "citaton:", "own/procedures.yaml:11: `citaton` is no key of a procedure; did you mean `citation`?"),
        ("role: decide", "role: decid", "own/procedures.yaml:16: `decid` is not a word for `role`; did you mean `decide`?"),
        ("role: decide, ", "", "own/procedures.yaml:16: `role` is missing"),
        ("[X/desk]", "[X/dsk]", "own/procedures.yaml:16: there is no office `X/dsk` here; did you mean `X/desk`?"),
        ("offices: [X/desk]", "offices: []", "own/procedures.yaml:16: seat `desk` of stage `decision` of `plain`: no office"),
        ("[X/desk]}", "[X/desk], needs: 0}", "`needs` is 0, so that it would be filled by nobody"),
        ("[X/desk]}", "[X/desk], needs: 2, per_office: true}", "it needs 2 persons of different offices"),
        ("[X/desk]}", "[X/desk], needs: true}", "`needs` is no whole number"),
        ("[X/desk]}", "[X/desk], needs: \"2\"}", "`needs` is no whole number"),
        ("[X/desk]}", "[X/desk], veto: \"yes\"}", "`veto` is neither true nor false"),
        ("[X/desk]}", "[X/desk], limit: soon}", "`soon` is no length of time for `limit`; write e.g. limit: 20 working days"),
        ("[X/desk]}", "[X/desk], limit: 20}", "`20` is no length of time"),
        ("[X/desk]}", "[X/desk], limit: 0 days}", "a limit of 0 days is always over"),
        ("[X/desk]}", "[X/desk], limit: -1 days}", "`-1 days` is no length of time"),
        ("role: decide", "role: advise", "nobody decides in the stages in turn"),
        ("id: plain", "id: Plain one", "own/procedures.yaml:7: `Plain one` is no id"),
        ("{id: desk", "{id: \"a:b\"", "own/procedures.yaml:16: `a:b` is no id"),
        ("authority: X/A", "authority: \"*\"", "own/procedures.yaml:5: `*` must stand both in the id and in the authority"),
        ("calendar: gb", "calendar: bg", "there is no calendar `bg` here"),
        ("Europe/London", "Europe/Lundon", "own/procedures.yaml:3: `Europe/Lundon` is no time zone"),
        ("authorities: [X/A]", "authorities: X/A", "`authorities` is no list"),
        ("authorities: [X/A]", "authorities: []", "no authority decides by it"),
        ("{en: \"plain\", de: \"schlicht\"}", "{en: \"plain\"}", "`title` must be given in English and German"),
        ("  citation: \"an act\"\n", "", "says not where it is written"),
        ("  stages:", "  appeal: {limit: 28 days, stage: none}\n  stages:", "no stage entered by appeal"),
        ("  stages:", "  appeal: {stage: none}\n  stages:", "own/procedures.yaml:12: `limit` is missing"),
        ("  stages:", "  targets: [20]\n  stages:", "`20` is no length of time for `targets`"),
        ("  stages:", "  targets: 20 days\n  stages:", "`targets` is no list"),
        ("  stages:", "  query: {silence: shut}\n  stages:", "`shut` is not a word for `silence`"),
        ("  stages:", "  grounds: [{code: 1, title: {en: a, de: b}}]\n  stages:", "`code` is no text"),
        ("  stages:", "  break_glass: {offices: [X/desk], review: 1 day, reviewers: []}\n  stages:", "nobody reviews"),
        ("  stages:", "  immaterial: [party]\n  stages:", "`party` cannot be immaterial"),
        ("procedures:\n- id", "procedures:\n- nothing\n- id", "an entry of `procedures` is not written as {...}"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_what_was_meant(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    """One error each, and the procedure is not read."""
    assert SOUND.count(old) >= 1
    assert what in said(write(tmp_path / "own", SOUND.replace(old, new, 1)))


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Not only the first."""
    text = SOUND.replace("citation:", "citaton:").replace("role: decide", "role: advise")
    found = said(write(tmp_path / "own", text.replace("Europe/London", "Mars/Base")))
    assert "`citaton`" in found
    assert "nobody decides" in found
    assert "`Mars/Base`" in found


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    """In one file and over several packs."""
    body = SOUND.split("procedures:\n", 1)[1]
    assert "is there twice" in said(write(tmp_path / "own", SOUND + body))
    other = write(tmp_path / "other", SOUND)
    with pytest.raises(InputError, match="`plain` is in the packs `own` and `other`"):
        procedures_of([write(tmp_path / "own", SOUND), other])


def test_two_packs_that_claim_the_same_consent_alike_are_refused(tmp_path: Path) -> None:
    """Which one is meant is not guessed."""
    other = write(tmp_path / "other", SOUND.replace("id: plain", "id: second"))
    with pytest.raises(InputError, match="both claim the consent of `X/A`"):
        procedures_of([write(tmp_path / "own", SOUND), other])


def test_a_procedure_of_any_authority_names_one_calendar(tmp_path: Path) -> None:
    """Nobody can tell the holidays of whoever it may be."""
    text = SOUND.replace("[X/A]", '["*"]').replace("calendar: gb", 'calendar: "*"')
    assert "nobody can tell the calendar" in said(write(tmp_path / "own", text))


def test_procedures_are_part_of_what_tells_one_state_of_a_pack_from_another(tmp_path: Path) -> None:
    """Whoever changes one changes the digest of the pack."""
    from lastword.files.packdigest import digest_of

    before = digest_of(write(tmp_path / "own", SOUND))
    assert digest_of(write(tmp_path / "own", SOUND + "# more\n")) != before

"""Official downloads: what is read in them, what is said of it, what is refused, and that it is all or nothing."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from lastword.cli.pack_import import import_
from lastword.errors import InputError
from lastword.files.official import ecfr, takeover
from lastword.files.official.comparison import Difference, compare_chart, compare_groups, folded, scope_of
from lastword.files.official.destinations import destination
from lastword.files.official.formats import FORMATS, open_official
from lastword.files.official.markup import read_html, read_xml
from lastword.files.official.reading import Reading
from lastword.files.official.screening import read_screening_list
from lastword.files.packs import PackFolder
from lastword.texts import speak
from lastword.workspace import BUNDLED

OFFICIAL = Path(__file__).parent / "official"
DAY = date(2026, 10, 1)
COLUMNS = "CB1 CB2 CB3 NP1 NP2 NS1 NS2 MT1 RS1 RS2 FC1 CC1 CC2 CC3 AT1 AT2".split()

TABLES = """\
# A comment that must survive.
tables:
- id: chart
  title: {en: "Chart", de: "Übersicht"}
  citation: {text: "Supplement No. 1 to 15 CFR part 738", read: 2026-07-23}
  file: tables/us_country_chart.csv
  keys: [iso2, column]
  wide: {columns: [MARKS, ALL, XCA], mark: X}
  type: yes-no
  missing: unknown
  read: [2026-07-23]
- id: country_groups
  title: {en: "Groups", de: "Gruppen"}
  citation: {text: "Supplement No. 1 to 15 CFR part 740", read: 2026-07-23}
  file: tables/us_country_groups.csv
  keys: [iso2, group]
  value: member
  type: yes-no
  missing: "no"
- id: eccn_lines
  title: {en: "Lines", de: "Zeilen"}
  citation: {text: "Supplement No. 1 to 15 CFR part 774", read: 2026-07-23}
  file: tables/us_eccn_lines.csv
  lines: true
  read: [2026-07-23]
- id: eccn_special
  title: {en: "Special lines", de: "Besondere Zeilen"}
  citation: {text: "Supplement No. 1 to 15 CFR part 774", read: 2026-07-23}
  file: tables/us_eccn_special.csv
  lines: true
  missing: "no"
  read: [2026-07-23]
- id: eccn_flags
  title: {en: "Offers", de: "Angebote"}
  citation: {text: "Supplement No. 1 to 15 CFR part 774", read: 2026-07-23}
  file: tables/us_eccn_flags.csv
  lines: true
  missing: "no"
  read: [2026-07-23]
- id: party_lists
  title: {en: "Parties", de: "Beteiligte"}
  citation: {text: "Supplement No. 4 to 15 CFR part 744", read: 2026-07-23}
  file: tables/us_party_lists.csv
  keys: [name]
  value: listed
  type: text
  missing: unknown
  read: [2026-07-23]
- id: eu_index
  title: {en: "Index", de: "Index"}
  citation: {text: "Annex I", read: 2022-10-01}
  file: tables/eu_index.csv
  lines: true
  read: [2022-10-01]
""".replace("MARKS", ", ".join(COLUMNS))
LINES = "scope,reason,column,status,from,to,text\n"
CHART = f"iso2,{','.join(COLUMNS)},ALL,XCA,from,to\n"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin and end each test in English; a command leaves its language behind."""
    speak("en")
    yield
    speak("en")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Return a pack whose tables say just what the excerpts say."""
    folder = tmp_path / "packs" / "us-ear"
    (folder / "tables").mkdir(parents=True)
    (folder / "pack.yaml").write_text(
        'id: us-ear\ntitle: {en: "Test", de: "Test"}\nstate: "US"\nauthorities: {US/BIS: {en: "BIS", de: "BIS"}}\n'
    )
    (folder / "tables.yaml").write_text(TABLES, encoding="utf-8")
    (folder / "SOURCES.md").write_text("# Where the tables come from\n")
    chart = read("ecfr-738.xml").marks
    rows = [
        ",".join([place, *("X" if column in marks else "" for column in COLUMNS), "X", "X", "", ""])
        for place, (marks, _line) in chart.items()
    ]
    write(folder, "us_country_chart", CHART + "\n".join([*rows, "US" + "," * (len(COLUMNS) + 4)]) + "\n")
    groups = [
        f"{place},{group},yes,,"
        for place, (names, _line) in read("ecfr-740.xml").marks.items()
        for group in sorted(names)
    ]
    write(folder, "us_country_groups", "iso2,group,member,from,to\n" + "\n".join(groups) + "\n")
    control_list = read("ecfr-774.xml")
    lines = [
        (control.entry, control.reason, column, "unread", "", "", control.scope)
        for control in control_list.controls
        for column in control.columns
    ]
    write(folder, "us_eccn_lines", table(lines))
    special = [
        (control.entry, control.reason, "", "unread", "", "", f"{control.scope} / {control.chart}")
        for control in control_list.controls
        if not control.columns
    ]
    write(folder, "us_eccn_special", table(special))
    offers = [
        (entry, name, f"{name}X", "unread", "", "", words)
        for entry, said in control_list.offers.items()
        for name, (words, _line) in said.items()
        if words.rstrip(".") != "N/A"
    ]
    write(folder, "us_eccn_flags", table(offers))
    parties = [f'"{name}",{listed}' for name, (listed, _line) in read("consolidated.csv").parties.items()]
    write(folder, "us_party_lists", "name,listed\n" + "\n".join(parties) + "\n")
    numbers = [
        (number, "WA", "L", "structured", "", "", "our words")
        for number in read("eurlex-annex-i.html").numbers
    ]
    write(folder, "eu_index", table([("any|*", "", "L", "structured", "", "", "number not given"), *numbers]))
    return folder


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows of a table of lines as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return LINES + out.getvalue()


def write(folder: Path, name: str, text: str) -> None:
    """Write one table of a pack."""
    (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")


def rows_of(folder: Path, name: str) -> list[Mapping[str, str]]:
    """Return the rows of a table of a pack."""
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read(name: str, wanted: str | None = None) -> Reading:
    """Return what an excerpt says."""
    return open_official(OFFICIAL / name, wanted).read(frozenset)


def changed(tmp_path: Path, name: str, *pairs: tuple[str, str]) -> Path:
    """Return a copy of an excerpt in which words were replaced, each once."""
    text = (OFFICIAL / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def run(*words: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(import_, [str(word) for word in words])


def imported(pack: Path, file: Path, *more: str | Path) -> Result:
    """Run the command on a file against a pack."""
    return run(file, "--day", str(DAY), "--pack", pack, *more)


# -- what is read


def test_a_chart_row_is_read_with_its_marks_and_without_its_footnotes() -> None:
    """India has a footnote 7 behind its name and no X under NS 2."""
    reading = read("ecfr-738.xml")
    assert reading.columns == tuple(COLUMNS)
    marks, line = reading.marks["IN"]
    assert "RS1" in marks
    assert "NS2" not in marks
    assert "India" in (OFFICIAL / "ecfr-738.xml").read_text(encoding="utf-8").splitlines()[line - 1]
    assert reading.left_out == {"footnotes of the chart": 2}


def test_a_destination_that_only_points_to_part_746_has_no_marks() -> None:
    """Cuba's row says where to look instead of marking columns."""
    assert read("ecfr-738.xml").marks["CU"][0] == frozenset()


def test_groups_are_read_from_tables_and_from_the_list_of_group_b() -> None:
    """Korea, South is in A:1 to A:5 by the table and in B by the list."""
    marks = read("ecfr-740.xml").marks
    assert marks["KR"][0] >= {"A:1", "A:5", "B"}
    assert "D:5" in marks["CN"][0]
    assert marks["CU"][0] >= {"E:2"}
    assert "B" in marks["BS"][0]


def test_control_lines_keep_their_reason_columns_and_words() -> None:
    """9A012 speaks of its paragraph a.1 and of a range; 3B993 names no column."""
    reading = read("ecfr-774.xml")
    lines = {(one.entry, one.reason, one.columns): one.scope for one in reading.controls}
    assert lines["9A012", "NS", ("NS2",)] == "NS applies to 9A012.a.1"
    assert ("3B993", "RS", ()) in lines
    assert reading.offers["6A004"]["LVS"][0] == "$3000"
    assert reading.offers["9A610"]["STA"][0].startswith("(1) Paragraph (c)(1)")


def test_what_has_no_reason_or_stands_in_a_sentence_is_told_with_its_line() -> None:
    """The Russian industry sector line of 0A998 names no reason; the controls of 1D999 are a sentence."""
    unread = {one.words[:5]: one for one in read("ecfr-774.xml").unread}
    assert unread["0A998"].why == "the line names no reason for control"
    assert unread["1D999"].why == "the controls are written as a sentence"
    assert unread["0A998"].where.line > 1


@pytest.mark.parametrize("name", ["consolidated.csv", "consolidated.json"])
def test_parties_are_read_alike_from_csv_and_json(name: str) -> None:
    """Names and other names in small letters, with list and footnote; other lists and natural persons are counted."""
    reading = read(name)
    parties = {party: listed for party, (listed, _line) in reading.parties.items()}
    assert parties["140 repair plant jsc"] == parties["jsc 140 repair plant"] == "entity_list.footnote_3"
    assert parties["anhui cambricon information technology co., ltd."] == "entity_list.footnote_4"
    assert parties["27th scientific center of the russian ministry of defense"] == "entity_list"
    assert parties["aecc south industry co. ltd"] == "unverified"
    assert parties["aecc aero science & technology co. ltd."] == "meu_list"
    assert "jane example" not in parties
    assert reading.left_out == {
        "other list: Specially Designated Nationals (SDN) - Treasury Department": 1,
        "perhaps a natural person, not taken": 1,
    }
    assert all(line > 1 for _listed, line in reading.parties.values())


def test_a_name_without_a_word_of_an_organisation_counts_if_the_table_has_it() -> None:
    """What was judged an organisation once stays one."""
    text = (OFFICIAL / "consolidated.csv").read_text(encoding="utf-8")
    assert "jane example" in read_screening_list(text, "f", known={"jane example"}).parties


@pytest.mark.parametrize("name", ["eurlex-annex-i.html", "eurlex-annex-i.xml"])
def test_only_numbers_that_head_an_item_of_annex_i_are_read(name: str) -> None:
    """Not those before it, in Annex II, in notes, or not used."""
    reading = read(name)
    assert list(reading.numbers) == ["0A001", "3A001", "3A002", "3A101"]
    assert reading.numbers["3A001"][0] == "Electronic items as follows:"
    assert reading.left_out == {"numbers that are not used": 1}


def test_each_excerpt_is_told_from_the_others() -> None:
    """FORMAT can be left out."""
    names = {
        path.name: open_official(path, None).format.name
        for path in OFFICIAL.iterdir()
        if path.suffix != ".md"
    }
    assert names == {
        "ecfr-738.xml": "ecfr-738",
        "ecfr-740.xml": "ecfr-740",
        "ecfr-774.xml": "ecfr-774",
        "consolidated.csv": "screening-list",
        "consolidated.json": "screening-list",
        "eurlex-annex-i.html": "eurlex-annex-i",
        "eurlex-annex-i.xml": "eurlex-annex-i",
    }


def test_every_destination_of_the_shipped_chart_is_known_by_name() -> None:
    """Names in daily use are no trouble; slips of the press are on file."""
    assert destination("Seycheles") == "SC"
    assert destination("Congo (Democratic Republic of the)") == "CD"
    assert destination("Côte d'Ivoire") == "CI"
    assert destination("Atlantis") is None


# -- scopes


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("NS applies to entire entry", "3A001"),
        ("NS applies to entire entry.", "3A001"),
        ("NS applies to entire entry, except 3A001.y", "3A001!3A001.y"),
        ("NS applies to entire entry except .a.1 and .b", "3A001!3A001.a.1|3A001.b"),
        ("RS applies to 3A001.a, .b, and .x", "3A001.a|3A001.b|3A001.x"),
        ("FC applies to paragraphs .a, .b and .i of this entry", "3A001.a|3A001.b|3A001.i"),
    ],
)
def test_a_scope_by_paragraphs_is_read(text: str, scope: str) -> None:
    """Entire entries, exceptions and lists of paragraphs become scopes."""
    assert scope_of(text, "3A001") == (scope, True)


@pytest.mark.parametrize(
    "text",
    [
        "MT applies to items that meet or exceed the parameters of 3A101",
        "NS applies to “technology” for 3A002",
        "NS applies to 3A002.a",
        "NP applies to 3A001.e.2 that meet or exceed 3A201",
        "NS applies to entire entry except software for .y",
        "RS applies to 3A001.a to .c",
        "NP applies, unless a License Exception is available",
    ],
)
def test_a_scope_in_words_is_never_guessed(text: str) -> None:
    """Parameters, uses, other entries and ranges leave the line unread for the whole entry."""
    assert scope_of(text, "3A001") == ("3A001", False)


@given(st.text(max_size=60))
def test_no_text_makes_a_scope_beyond_its_entry(text: str) -> None:
    """Whatever the words, the scope stays in the entry."""
    scope, _read = scope_of(f"NS applies to {text}", "3A001")
    assert all(part.startswith("3A001") for part in scope.replace("!", "|").split("|"))


# -- the difference


@pytest.mark.parametrize(
    "name",
    ["ecfr-738.xml", "ecfr-740.xml", "ecfr-774.xml", "consolidated.csv", "consolidated.json",
     "eurlex-annex-i.html", "eurlex-annex-i.xml"],
)  # fmt: skip
def test_a_file_that_says_what_the_table_says_makes_no_difference(name: str, pack: Path) -> None:
    """Nothing new, gone or changed, and nothing offered to be written."""
    result = imported(pack, OFFICIAL / name)
    assert result.exit_code == 0, result.output
    assert "new 0, gone 0, changed 0" in result.output
    assert "Nothing was written" not in result.output
    assert "->" not in result.output


def test_a_mark_that_appears_is_named_with_destination_column_and_line(pack: Path, tmp_path: Path) -> None:
    """India gets an X under CB 2."""
    result = imported(pack, india(tmp_path))
    assert "new 0, gone 0, changed 1" in result.output
    assert "IN, CB2: not marked -> marked (line 18)" in result.output
    assert "Nothing was written; --into FOLDER" in result.output


def india(tmp_path: Path) -> Path:
    """Return the chart in which India has an X under CB 2 as well."""
    head, foot = 'India<sup>7</sup> </TD><TD align="center" class="gpotbl_cell">X</TD>', 'class="gpotbl_cell"'
    return changed(
        tmp_path,
        "ecfr-738.xml",
        (f'{head}<TD align="left" {foot}/>', f'{head}<TD align="center" {foot}>X</TD>'),
    )


def test_a_new_destination_is_shown_and_an_unknown_one_is_not_dropped(pack: Path, tmp_path: Path) -> None:
    """Japan is new, Atlantis cannot be read: both are said."""
    file = changed(tmp_path, "ecfr-738.xml", ("Afghanistan", "Japan"), ("Cote d'Ivoire", "Atlantis"))
    result = imported(pack, file)
    assert "new 1, gone 2, changed 0" in result.output
    assert "    JP: " in result.output
    assert "1 place could not be read:" in result.output
    assert "ecfr-738.xml:15: Atlantis: nobody knows this destination" in result.output
    result = imported(pack, file, "--into", tmp_path / "mine")
    assert result.exit_code == 2
    assert (
        "`Atlantis` could not be read: nobody knows this destination; nothing is taken over" in result.output
    )
    assert not (tmp_path / "mine" / "us-ear").exists()


def test_a_cell_that_is_neither_empty_nor_x_is_told(pack: Path, tmp_path: Path) -> None:
    """A sign that nobody knows is no mark and not dropped."""
    file = changed(tmp_path, "ecfr-738.xml", (">X</TD>", ">?</TD>"))
    assert "a cell under CB1 is neither empty nor X" in imported(pack, file).output


def test_only_the_first_twenty_of_a_kind_are_shown_without_all(pack: Path) -> None:
    """With --all every one is."""
    write(pack, "us_country_groups", "iso2,group,member,from,to\nDE,B,yes,,\n")
    short, full = (
        imported(pack, OFFICIAL / "ecfr-740.xml"),
        imported(pack, OFFICIAL / "ecfr-740.xml", "--all"),
    )
    assert "more; --all shows them" in short.output
    assert "more; --all shows them" not in full.output
    assert len(full.output.splitlines()) > len(short.output.splitlines())


def test_the_report_is_told_in_german(pack: Path, tmp_path: Path) -> None:
    """Nothing of it stays English."""
    output = imported(pack, india(tmp_path), "--lang", "de").output
    assert "Stand 2026-10-01, gegen das Paket us-ear" in output
    assert "IN, CB2: nicht angekreuzt -> angekreuzt (Zeile 18)" in output
    assert "not marked" not in output


# -- taking over


def test_without_into_nothing_is_written_anywhere(pack: Path, tmp_path: Path) -> None:
    """Showing changes no file."""
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    file = india(tmp_path)
    imported(pack, file)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != file}
    assert after == before


def test_a_changed_mark_becomes_a_second_row_with_its_day(pack: Path, tmp_path: Path) -> None:
    """The old row holds until the day, the new one from it; nothing else of the table changes."""
    result = imported(pack, india(tmp_path), "--into", tmp_path / "mine")
    assert result.exit_code == 0, result.output
    copy = tmp_path / "mine" / "us-ear"
    assert "Made: " in result.output
    old, new = [row for row in rows_of(copy, "us_country_chart") if row["iso2"] == "IN"]
    assert (old["CB2"], old["from"], old["to"]) == ("", "", "2026-10-01")
    assert (new["CB2"], new["from"], new["to"]) == ("X", "2026-10-01", "")
    assert new["ALL"] == "X"
    others = [row for row in rows_of(copy, "us_country_chart") if row["iso2"] != "IN"]
    assert others == [row for row in rows_of(pack, "us_country_chart") if row["iso2"] != "IN"]


def test_the_copy_is_asked_as_of_both_days(pack: Path, tmp_path: Path) -> None:
    """The table of the copy gives the old value the day before and the new one on the day."""
    imported(pack, india(tmp_path), "--into", tmp_path / "mine")
    reading = PackFolder(tmp_path / "mine" / "us-ear")
    reading.read_heads()
    chart = next(one for one in reading.tables if one.id == "chart")
    assert chart.find(("IN", "CB2"), date(2026, 9, 30)).value is False
    assert chart.find(("IN", "CB2"), DAY).value is True
    assert chart.read == (date(2026, 7, 23), DAY)


def test_a_member_that_leaves_a_group_leaves_it_on_the_day(pack: Path, tmp_path: Path) -> None:
    """And one that joins joins on it."""
    file = changed(tmp_path, "ecfr-740.xml", ("<LI>Korea, South</LI>", "<LI>China (PRC)</LI>"))
    assert imported(pack, file, "--into", tmp_path / "mine").exit_code == 0
    rows = [tuple(row.values()) for row in rows_of(tmp_path / "mine" / "us-ear", "us_country_groups")]
    assert ("KR", "B", "yes", "", "2026-10-01") in rows
    assert ("KR", "B", "no", "2026-10-01", "") in rows
    assert ("CN", "B", "yes", "2026-10-01", "") in rows


def test_a_party_that_moves_to_a_footnote_is_dated(pack: Path, tmp_path: Path) -> None:
    """The table of names gets days when it needs them."""
    file = changed(
        tmp_path, "consolidated.csv", (",All items subject to the EAR.,", ",All items (See §734.9(e)(3)),")
    )
    result = imported(pack, file, "--into", tmp_path / "mine")
    assert result.exit_code == 0, result.output
    rows = [tuple(row.values()) for row in rows_of(tmp_path / "mine" / "us-ear", "us_party_lists")]
    name = "27th scientific center of the russian ministry of defense"
    assert (name, "entity_list", "", "2026-10-01") in rows
    assert (name, "entity_list.footnote_5", "2026-10-01", "") in rows


def test_a_control_line_that_changed_its_words_is_read_again_or_left_unread(
    pack: Path, tmp_path: Path
) -> None:
    """A scope by paragraphs is taken, one in words is marked unread and said to be for a person."""
    file = changed(
        tmp_path,
        "ecfr-774.xml",
        ("NS applies to 9A012.a.1", "NS applies to 9A012.a.1 and .b"),
        ("MT applies to non-military", "MT applies to all non-military"),
    )
    result = imported(pack, file, "--into", tmp_path / "mine")
    assert result.exit_code == 0, result.output
    assert "9A012, NS 2: NS applies to 9A012.a.1 -> NS applies to 9A012.a.1 and .b" in result.output
    assert "for you to write, words that no table can take over:\n    9A012, MT 1: " in result.output
    rows = [
        row for row in rows_of(tmp_path / "mine" / "us-ear", "us_eccn_lines") if row["from"] == "2026-10-01"
    ]
    assert [(row["scope"], row["column"], row["status"]) for row in rows] == [
        ("9A012.a.1|9A012.b", "NS2", "structured"),
        ("9A012", "MT1", "unread"),
    ]


def test_a_scope_that_somebody_gave_a_line_stays_while_its_words_do(pack: Path, tmp_path: Path) -> None:
    """Work of hand is not lost at the next import."""
    kept = [
        ("6A004.a", "NS", "NS2", "structured", "", "", "NS applies to entire entry"),
        ("6A004.b", "AT", "AT1", "structured", "", "", "AT applies to entire entry"),
    ]
    write(pack, "us_eccn_lines", table(kept))
    difference = takeover.compared(pack, FORMATS["ecfr-774"], read("ecfr-774.xml"), DAY).differences[0]
    assert not [
        change for change in (*difference.gone, *difference.changed) if change.what.startswith("6A004")
    ]
    assert [row["scope"] for row in difference.rows[:2]] == ["6A004.a", "6A004.b"]


def test_an_entry_of_which_a_line_could_not_be_read_loses_no_row(pack: Path) -> None:
    """What could not be read ends nothing."""
    text = (pack / "tables" / "us_eccn_lines.csv").read_text(encoding="utf-8")
    write(pack, "us_eccn_lines", text + "1D999,AT,AT9,structured,,,ours\n0A998,RS,RS1,structured,,,ours\n")
    difference = takeover.compared(pack, FORMATS["ecfr-774"], read("ecfr-774.xml"), DAY).differences[0]
    assert difference.count == 0


def test_plain_offers_are_taken_and_conditional_ones_left_to_a_person(pack: Path, tmp_path: Path) -> None:
    """A dollar value is a value; "Yes, for ..." is for a lawyer."""
    write(pack, "us_eccn_flags", LINES)
    differences = takeover.compared(pack, FORMATS["ecfr-774"], read("ecfr-774.xml"), DAY).differences
    offers = next(one for one in differences if one.table.endswith("flags.csv"))
    assert ("6A004", "LVS3000") in {(row["scope"], row["column"]) for row in offers.rows}
    assert ("3D003", "TSR") in {(row["scope"], row["column"]) for row in offers.rows}
    assert {change.what for change in offers.by_hand} >= {"6A004, GBS", "9A610, STA"}


def test_numbers_come_and_go_on_the_day(pack: Path, tmp_path: Path) -> None:
    """3A101 becomes 3A102; the row for any number stays."""
    file = changed(tmp_path, "eurlex-annex-i.xml", ("<NO.P>3A101", "<NO.P>3A102"))
    assert imported(pack, file, "--into", tmp_path / "mine").exit_code == 0
    rows = rows_of(tmp_path / "mine" / "us-ear", "eu_index")
    assert [(row["scope"], row["to"]) for row in rows if row["to"]] == [("3A101", "2026-10-01")]
    assert [(row["scope"], row["column"], row["from"]) for row in rows if row["from"]] == [
        ("3A102", "L", "2026-10-01")
    ]
    assert rows[0]["scope"] == "any|*"


def test_the_day_the_source_and_the_digest_are_written_beside_the_tables(pack: Path, tmp_path: Path) -> None:
    """tables.yaml keeps its comments and gets the day; SOURCES.md says from which file."""
    imported(pack, india(tmp_path), "--into", tmp_path / "mine")
    copy = tmp_path / "mine" / "us-ear"
    tables = (copy / "tables.yaml").read_text(encoding="utf-8")
    assert tables == TABLES.replace("read: [2026-07-23]", "read: [2026-07-23, 2026-10-01]", 1)
    assert "| 2026-10-01 | ecfr-738 | ecfr-738.xml | " in (copy / "SOURCES.md").read_text(encoding="utf-8")


def test_a_file_without_a_difference_still_adds_the_day_on_which_it_was_read(
    pack: Path, tmp_path: Path
) -> None:
    """A table that was looked up again is fresh; one without days gets its first."""
    result = imported(pack, OFFICIAL / "ecfr-740.xml", "--into", tmp_path / "mine")
    assert result.exit_code == 0, result.output
    reading = PackFolder(tmp_path / "mine" / "us-ear")
    reading.read_heads()
    assert not reading.problems
    groups = next(one for one in reading.tables if one.id == "country_groups")
    assert groups.read == (DAY,)


def test_the_copy_is_updated_in_place_and_then_shows_no_difference(pack: Path, tmp_path: Path) -> None:
    """The second time the copy is the table in use."""
    file, mine = india(tmp_path), tmp_path / "mine"
    imported(pack, file, "--into", mine)
    result = imported(pack, file, "--into", mine)
    assert "new 0, gone 0, changed 0" in result.output
    assert "Changed: " in result.output
    assert len([row for row in rows_of(mine / "us-ear", "us_country_chart") if row["iso2"] == "IN"]) == 2
    assert [path.name for path in mine.iterdir()] == ["us-ear"]


def test_the_folder_of_the_pack_itself_can_be_named(pack: Path, tmp_path: Path) -> None:
    """--into packs/us-ear and --into packs are the same."""
    assert imported(pack, india(tmp_path), "--into", pack).exit_code == 0
    assert len([row for row in rows_of(pack, "us_country_chart") if row["iso2"] == "IN"]) == 2


def test_a_signature_that_no_longer_fits_is_taken_away_and_said(pack: Path, tmp_path: Path) -> None:
    """A pack that was signed before is not signed after."""
    (pack / "SIGNATURE").write_text("signed\n")
    result = imported(pack, india(tmp_path), "--into", pack)
    assert "Its signature no longer fits" in result.output
    assert not (pack / "SIGNATURE").exists()


def test_the_packs_that_come_with_lastword_are_never_changed(pack: Path, tmp_path: Path) -> None:
    """Neither by their folder nor by the folder above."""
    for into in (BUNDLED, BUNDLED / "us-ear"):
        result = run(india(tmp_path), "--day", str(DAY), "--pack", pack, "--into", into)
        assert result.exit_code == 2
        assert "are not changed" in result.output or "would end" in result.output


def test_an_excerpt_is_not_taken_over(pack: Path, tmp_path: Path) -> None:
    """A file that would end most rows is not the whole file."""
    text = (pack / "tables" / "us_country_chart.csv").read_text(encoding="utf-8")
    more = "".join(
        f"{place},X{',' * (len(COLUMNS) + 3)}\n" for place in "FR IT ES PL NL BE AT SE NO FI".split()
    )
    write(pack, "us_country_chart", text + more)
    result = imported(pack, OFFICIAL / "ecfr-738.xml", "--into", tmp_path / "mine")
    assert result.exit_code == 2
    assert "would end 10 of 19 entries of tables/us_country_chart.csv; is it the whole file?" in result.output
    assert not (tmp_path / "mine" / "us-ear").exists()


def test_a_file_older_than_the_table_is_shown_but_not_taken_over(pack: Path, tmp_path: Path) -> None:
    """Its day would stand before what is known already."""
    words = (india(tmp_path), "--day", "2026-01-01", "--pack", pack)
    assert "the table was read on 2026-07-23, which is later than this file" in run(*words).output
    result = run(*words, "--into", tmp_path / "mine")
    assert result.exit_code == 2
    assert "was read on 2026-07-23, which is later than --day 2026-01-01" in result.output


def test_a_failure_on_the_last_step_leaves_the_pack_as_it_was(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new folder cannot be moved into its place, the old one comes back."""
    real, file = os.replace, india(tmp_path)
    before = {path: path.read_bytes() for path in pack.rglob("*") if path.is_file()}

    def failing(source: Path, target: Path) -> None:
        if Path(target) == pack and Path(source).name == pack.name:
            raise OSError(28, "no space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    result = imported(pack, file, "--into", pack)
    assert result.exit_code == 2
    assert "no space left on device" in result.output
    assert {path: path.read_bytes() for path in pack.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in pack.parent.iterdir()) == ["us-ear"]


def test_a_pack_that_would_not_load_afterwards_is_not_written(pack: Path, tmp_path: Path) -> None:
    """A fault elsewhere in the tables stops the import before anything is moved."""
    (pack / "tables" / "eu_index.csv").unlink()
    result = imported(pack, india(tmp_path), "--into", tmp_path / "mine")
    assert result.exit_code == 2
    assert "eu_index.csv" in result.output
    assert not (tmp_path / "mine" / "us-ear").exists()


# -- what is refused


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xml", b"<DIV5><DIV9", "a.xml:1: is not well-formed XML"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "a.xml:1: declares entities of its own"),
        ("a.xml", b'<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a>&thing;</a>', "the entity `thing`"),
        ("a.xml", b"<a>" * 300 + b"</a>" * 300, "is nested without measure"),
        ("a.xml", b"<a><b>words</b></a>", "holds no list of dual-use items"),
        ("a.html", b"<html><body><p>hello</p></body></html>", "a.html:1: holds no list of dual-use items"),
        ("a.csv", b"a;b\n1;2\n", "a.csv:1: is none of the official files"),
        ("a.csv", b"_id,source,name\n1,x,y\n", "a.csv:1: there is no column `alt_names`"),
        ("a.csv", b"source,name,alt_names\nEL,x\n", "a.csv:2: the row has 2 cells, the header 3"),
        ("a.csv", b'source,name,alt_names\n"EL,x\n', "is not readable as CSV"),
        ("a.csv", b"source,name,alt_names\nSDN,x,\n", "holds no organisation on a list of the Bureau"),
        ("a.json", b'{"results": [\n{"source": }]}', "a.json:2: is not JSON"),
        ("a.json", b'{"total": 3}', "there is no list `results` in it"),
        ("a.json", b'[{"name": "x"}]', "entry 1 has no `source`"),
        ("a.json", b"[" * 100_000, "a.json"),
        ("a.bin", b"\x00\x01\x02", "not a text file"),
    ],
)
def test_a_file_that_is_none_of_these_is_refused_with_file_and_line(
    name: str, content: bytes, said: str, pack: Path, tmp_path: Path
) -> None:
    """One clear error, exit code 2, nothing written."""
    (tmp_path / name).write_bytes(content)
    result = imported(pack, tmp_path / name)
    assert result.exit_code == 2
    assert said in result.output
    assert result.output.startswith("error: ")
    assert len(result.output.splitlines()) == 1


def test_a_chart_without_rows_is_refused(pack: Path, tmp_path: Path) -> None:
    """A supplement whose table nobody can find is no empty chart."""
    text = (OFFICIAL / "ecfr-738.xml").read_text(encoding="utf-8").replace("TABLE", "GPOTABLE")
    (tmp_path / "ecfr-738.xml").write_text(text, encoding="utf-8")
    result = imported(pack, tmp_path / "ecfr-738.xml")
    assert "ecfr-738.xml:4: there is no country chart in Supplement No. 1 to part 738" in result.output


def test_a_file_with_several_parts_is_read_as_the_one_that_is_named(pack: Path, tmp_path: Path) -> None:
    """The whole title 15 holds all three supplements: FORMAT says which."""
    bodies = [
        (OFFICIAL / f"ecfr-{part}.xml").read_text(encoding="utf-8").partition("\n")[2] for part in ecfr.PARTS
    ]
    (tmp_path / "title-15.xml").write_text(f"<ECFR>\n{''.join(bodies)}</ECFR>\n", encoding="utf-8")
    assert (
        "holds more than one of ecfr-738, ecfr-740, ecfr-774"
        in imported(pack, tmp_path / "title-15.xml").output
    )
    result = run("ecfr-740", tmp_path / "title-15.xml", "--day", str(DAY), "--pack", pack)
    assert "us_country_groups.csv: " in result.output
    assert "new 0, gone 0, changed 0" in result.output


def test_another_kind_than_the_one_named_is_refused(pack: Path) -> None:
    """The words of the user and of the file must agree."""
    result = run("ecfr-738", OFFICIAL / "ecfr-740.xml", "--day", str(DAY), "--pack", pack)
    assert "there is no Supplement No. 1 to part 738; it holds that of part 740" in result.output
    result = run("ecfr-738", OFFICIAL / "consolidated.csv", "--day", str(DAY), "--pack", pack)
    assert "is not ecfr-738 but screening-list" in result.output
    result = run("ecfr-783", OFFICIAL / "ecfr-738.xml", "--day", str(DAY), "--pack", pack)
    assert "`ecfr-783` is no kind of official file; did you mean `ecfr-738`" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ecfr-738", "--day", "2026-10-01"), "no file is named"),
        (("a", "b", "c", "--day", "2026-10-01"), "3 words where a kind and a file are expected"),
        (("x.xml", "--day", "yesterday"), "--day: `yesterday` is not a day"),
        (("nowhere.xml", "--day", "2026-10-01"), "there is no such file"),
    ],
)
def test_wrong_words_are_refused(words: tuple[str, ...], said: str) -> None:
    """One line that says what is wrong."""
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_a_pack_that_nobody_has_is_refused() -> None:
    """With a suggestion."""
    result = run(OFFICIAL / "ecfr-738.xml", "--day", str(DAY), "--pack", "us-eer")
    assert "there is no pack `us-eer`" in result.output
    assert "us-ear" in result.output


def test_a_table_that_the_pack_does_not_have_is_named(pack: Path) -> None:
    """Another pack has no country chart."""
    (pack / "tables" / "us_country_chart.csv").unlink()
    result = imported(pack, OFFICIAL / "ecfr-738.xml")
    assert "us-ear/tables/us_country_chart.csv: there is no such file" in result.output


# -- laws


@given(st.dictionaries(st.sampled_from(["DE", "IN", "CN", "BR"]), st.frozensets(st.sampled_from(COLUMNS))))
def test_after_taking_over_a_chart_the_same_file_makes_no_difference(
    marks: dict[str, frozenset[str]],
) -> None:
    """Whatever the file says, the rows that follow say it too, and only from the day on."""
    reading = Reading(marks={place: (columns, 1) for place, columns in marks.items()}, columns=tuple(COLUMNS))
    header = ("iso2", *COLUMNS, "from", "to")
    old = [dict.fromkeys(COLUMNS, "X") | {"iso2": place, "from": "", "to": ""} for place in ("DE", "CN")]
    first = compare_chart("chart", header, old, reading, DAY)
    again = compare_chart("chart", first.header, first.rows, reading, DAY)
    assert again.count == 0
    assert shown_before(first) == {place: frozenset(COLUMNS) for place in ("DE", "CN")}


def shown_before(difference: Difference) -> dict[str, frozenset[str]]:
    """Return what the rows say on the day before."""
    return {
        row["iso2"]: frozenset(name for name in COLUMNS if row[name])
        for row in difference.rows
        if not row["from"]
    }


@given(
    st.dictionaries(st.sampled_from(["DE", "IN", "CN"]), st.frozensets(st.sampled_from(["B", "D:5", "E:1"])))
)
def test_after_taking_over_groups_the_same_file_makes_no_difference(
    members: dict[str, frozenset[str]],
) -> None:
    """The same for memberships."""
    reading = Reading(
        marks={place: (groups, 1) for place, groups in members.items()}, columns=("B", "D:5", "E:1")
    )
    header = ("iso2", "group", "member", "from", "to")
    old = [
        dict(zip(header, cells, strict=True))
        for cells in (("CN", "D:5", "yes", "", ""), ("DE", "B", "yes", "", ""))
    ]
    first = compare_groups("groups", header, old, reading, DAY)
    assert compare_groups("groups", first.header, first.rows, reading, DAY).count == 0


@given(st.text())
def test_no_page_breaks_the_reader_of_html(text: str) -> None:
    """HTML is read as it comes."""
    assert all(block.text for block in read_html(f"<p>3A001</p>{text}<p>x"))


@given(st.binary(max_size=200))
def test_xml_is_read_or_refused(content: bytes) -> None:
    """No bytes make the reader of XML fail in another way."""
    with suppress(InputError):
        assert read_xml(content, "f").name


def test_words_are_compared_without_signs_and_our_remarks() -> None:
    """Prints differ in spaces and quotes, and our tables add remarks in brackets."""
    assert folded("NS  applies to “entire entry” (read as the whole entry: stricter)") == folded(
        "NS applies to entire entry"
    )


def test_the_excerpts_are_read_against_the_packs_that_come_with_lastword(tmp_path: Path) -> None:
    """Few rows, many gone; nothing is written."""
    for name in ("ecfr-738.xml", "ecfr-740.xml", "ecfr-774.xml", "consolidated.json", "eurlex-annex-i.html"):
        result = run(OFFICIAL / name, "--day", str(DAY), "--workspace", tmp_path)
        assert result.exit_code == 0, result.output
        assert ", gone " in result.output
    assert not list(tmp_path.iterdir())

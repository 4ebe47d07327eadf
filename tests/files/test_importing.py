"""Importing bills of materials and declarations: what comes in, what is refused, and that it is all or nothing."""

from __future__ import annotations

import csv
import io
import json
import shlex
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lastword.cli.importing import import_
from lastword.cli.init import init
from lastword.cli.main import main
from lastword.facts.fact import Complete, Facts, Money
from lastword.facts.unknown import NONE
from lastword.files.bill import written
from lastword.files.bom import Wishes, read_bom
from lastword.files.facts import read_facts
from lastword.files.importing import Source, facts_files, write_source
from lastword.files.sheet import read_sheet
from lastword.texts import speak

GERMAN = """\
Teilenummer;Benennung;Baugruppe;Menge;Preis;Währung;Ursprungsland;ECCN;USML;Dual-Use-Nr;ML;Lieferant;Bemerkung
tc-4;Wärmebildkamera;;;1.234,56;EUR;Deutschland;6A003.b;keine;6A003.b.4;-;;
c-2;Kern;tc-4;1;264,00;EUR;USA;6A002.a;;;;Acme GmbH;x
b-7;Platine;tc-4;2;41,20;EUR;Südkorea;;;;;Müller & Söhne;
s-1;Schraube;b-7;4;0,10;EUR;CHN;EAR99;keine;keine;keine;Müller & Söhne;
s-1;Schraube;c-2;8;0,10;EUR;CN;EAR99;;;;Müller & Söhne;
"""
ENGLISH = "id,name,parent,quantity,unit_price,currency,origin,eccn,usml,eu,ml,supplier\n"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin and end each test in English; a command leaves its language behind."""
    speak("en")
    yield
    speak("en")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace without facts."""
    root = tmp_path / "firm"
    (root / "facts").mkdir(parents=True)
    (root / "lastword.toml").write_text('name = "firm"\n')
    return root


@pytest.fixture
def run(tmp_path: Path, workspace: Path) -> Callable[..., Result]:
    """Return a function that writes a sheet and imports it."""

    def run(content: str | bytes, *options: str, name: str = "bom.csv") -> Result:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CliRunner().invoke(import_, [str(path), "--into", str(workspace), *options])

    return run


def facts_of(workspace: Path) -> Facts:
    """Return what the workspace says."""
    return read_facts(facts_files(workspace), terms={}, root=workspace)


def cells(facts: Facts, attribute: str) -> dict[str, Any]:
    """Return subject -> value of an attribute."""
    return {
        fact.about: fact.value for fact in facts.facts if (fact.attribute, fact.kind) == (attribute, "cell")
    }


def uses(facts: Facts) -> list[tuple[str, str, Any]]:
    """Return parent, part and quantity of each use."""
    return [
        (fact.about, fact.value.fields["thing"], fact.value.fields.get("quantity"))
        for fact in facts.facts
        if fact.kind == "element"
    ]


def test_a_german_sheet_comes_in_whole(run: Callable[..., Result], workspace: Path) -> None:
    """Latin-1, semicolons, decimal commas, German names of columns and countries."""
    result = run(GERMAN.encode("latin-1"), "--complete-by", "A. Beispiel", "--remainder", "3%")
    assert result.exit_code == 0, result.output
    facts = facts_of(workspace)
    assert cells(facts, "origin") == {"tc-4": "DE", "c-2": "US", "b-7": "KR", "s-1": "CN"}
    assert cells(facts, "usml") == {"tc-4": NONE, "s-1": NONE}
    assert cells(facts, "value") == {"tc-4": Money(Fraction("1234.56"), "EUR")}
    assert facts.names["tc-4"]["en"] == "Wärmebildkamera"
    assert uses(facts) == [("tc-4", "c-2", 1), ("tc-4", "b-7", 2), ("b-7", "s-1", 4), ("c-2", "s-1", 8)]
    assert [fact.value for fact in facts.facts if fact.kind == "complete"] == [
        Complete("A. Beispiel", True, Fraction(3, 100))
    ]
    for word in (
        "Windows-1252",
        "decimal comma",
        "`Bemerkung`",
        "5 rows",
        "4 things",
        "ECCN 1",
        "lastword ask tc-4",
    ):
        assert word in result.output


def test_the_written_files_are_plain_and_name_their_source(
    run: Callable[..., Result], workspace: Path
) -> None:
    """UTF-8, our column names, decimal points; beside them a YAML file with source, standing and day."""
    run(GERMAN.encode("latin-1"))
    table = (workspace / "facts/tc-4.csv").read_text(encoding="utf-8")
    assert (
        table.splitlines()[1]
        == "tc-4,Wärmebildkamera,,,1234.56,EUR,,6A003.b,6A003.b.4,commodity,none,DE,,none"
    )
    beside = (workspace / "facts/tc-4.yaml").read_text(encoding="utf-8")
    assert f"known_from: {date.today()}" in beside  # noqa: DTZ011
    assert "standing: asserted" in beside
    assert "sha256:" in beside


def test_without_a_terminal_nothing_is_asked_and_the_list_stays_open(
    run: Callable[..., Result], workspace: Path
) -> None:
    """The summary says so."""
    result = run(GERMAN)
    assert "stays open" in result.output
    assert not [fact for fact in facts_of(workspace).facts if fact.kind == "complete"]


def test_what_is_imported_again_replaces_and_loses_nothing(
    run: Callable[..., Result], workspace: Path
) -> None:
    """The first files stay byte for byte; their facts are no longer known from today on."""
    run(GERMAN)
    before = (workspace / "facts/tc-4.csv").read_bytes(), (workspace / "facts/tc-4.yaml").read_bytes()
    result = run(GERMAN.replace("41,20", "42,20"))
    assert "facts/tc-4.csv stays as it was" in result.output
    assert before == (
        (workspace / "facts/tc-4.csv").read_bytes(),
        (workspace / "facts/tc-4.yaml").read_bytes(),
    )
    today = date.today()  # noqa: DTZ011
    known = {fact.where.file for fact in facts_of(workspace).facts if fact.known.holds(today)}
    assert known == {"facts/tc-4-2.csv"}
    run(GERMAN)
    assert 'replaces: "tc-4-2.csv"' in (workspace / "facts/tc-4-3.yaml").read_text()


def test_every_bad_row_is_reported_and_nothing_is_written(
    run: Callable[..., Result], workspace: Path
) -> None:
    """With file, row, column, reason and how to mend it; exit code 2."""
    rows = (
        "p,P,,,,,,,,,,\n"
        ",N,p,,,,,,,,,\n"
        "a,A,p,-1,,,,,,,,\n"
        "b,B,p,x,,,Atlantis,,,,,\n"
        "c,C,zz,,,,,,,,,\n"
        "d,D,p,1,2.00,,,,,,,\n"
        "e,E,p,1,,,,12345,,,,\n"
        "f,F,p,1,,,,,,,,\n"
        "f,G,p,1,,,,,,,,\n"
        "g,G,p,1,,,n/a,,,,,\n"
    )
    result = run(ENGLISH + rows)
    assert result.exit_code == 2
    lines = result.output.splitlines()
    assert all(line.startswith("error: bom.csv:") for line in lines)
    for wanted in (
        "3: column `id`: is empty",
        "4: column `quantity`: `-1` is negative",
        "5: column `quantity`: `x` is not a number",
        "5: column `origin`: `Atlantis` is not a country",
        "7: column `unit_price`: an amount without a currency",
        "8: column `eccn`: `12345` is not a number of that list",
        "10: column `name`: `f` has `F` on line 9 and `G` here",
        "11: column `origin`: `n/a` may mean",
    ):
        assert any(line.startswith(f"error: bom.csv:{wanted}") for line in lines), (wanted, lines)
    assert list((workspace / "facts").iterdir()) == []
    assert not [path for path in workspace.iterdir() if path.name.startswith(".import")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "p,,,,,,,,,,,\na,,p,1,,,,,,,,\nb,,c,1,,,,,,,,\n",
            "bom.csv:4: column `parent`: `c` is not the id of any row",
        ),
        ("p,,,,,,,,,,,\na,,b,1,,,,,,,,\nb,,a,1,,,,,,,,\n", "a thing contains itself: `b` -> `a` -> `b`"),
        ("p,,,,9,EUR,,,,,,\na,,p,1,2,USD,,,,,,\n", "mixes USD with EUR, and there is no rate for USD"),
    ],
)
def test_mistakes_between_rows_are_found(
    run: Callable[..., Result], workspace: Path, rows: str, expected: str
) -> None:
    """Unknown parents, cycles and mixed currencies: the workspace would refuse them later."""
    result = run(ENGLISH + rows)
    assert result.exit_code == 2
    assert expected in result.output
    assert "bom.csv:" in result.output
    assert list((workspace / "facts").iterdir()) == []


def test_currencies_may_be_mixed_where_the_workspace_has_a_rate(
    run: Callable[..., Result], workspace: Path
) -> None:
    """One unit in the base currency."""
    (workspace / "facts/rates.yaml").write_text('rates: {USD: "0.9"}\n')
    assert run(ENGLISH + "p,,,,9,EUR,,,,,,\na,,p,1,2,USD,,,,,,\n").exit_code == 0


LEVELS = """\
Stufe;Teil;Menge
0;p;
1;a;2
2;s;4
1;b;1
2;a;3
3;s;4
"""


def test_levels_give_parents_and_a_repeated_assembly_is_counted_once(
    run: Callable[..., Result], workspace: Path
) -> None:
    """A list that opens an assembly wherever it is used says its parts several times."""
    assert run(LEVELS).exit_code == 0
    assert uses(facts_of(workspace)) == [("p", "a", 2), ("p", "b", 1), ("a", "s", 4), ("b", "a", 3)]


@pytest.mark.parametrize(
    "sheet",
    [
        "level,id\n1,p\n2,a\n3,s\n2,b\n",
        "level,id\n0,p\n1,a\n2,s\n1,b\n",
        "level,id\n.1,p\n..2,a\n...3,s\n..2,b\n",
        "level,id\n1,p\n1.1,a\n1.1.1,s\n1.2,b\n",
        "parent,id\n,p\np,a\na,s\np,b\n",
    ],
)
def test_levels_may_start_at_0_or_1_be_dotted_or_indented(
    run: Callable[..., Result], workspace: Path, sheet: str
) -> None:
    """All of these are the same tree."""
    assert run(sheet).exit_code == 0
    assert sorted(use[:2] for use in uses(facts_of(workspace))) == [("a", "s"), ("p", "a"), ("p", "b")]


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("level,id\n0,p\n2,a\n", "bom.csv:3: column `level`: level 2 has no level 1 above it"),
        ("level,id\n1,p\n1.2.1,a\n", "bom.csv:3: column `level`: there is no row `1.2` above it"),
        ("level,id\n0,p\nx,a\n", "bom.csv:3: column `level`: `x` is not a level"),
        (
            "level,id,quantity\n0,p,\n1,a,1\n2,s,4\n1,b,1\n2,a,1\n3,s,5\n",
            "`a` has other parts here than on line 3",
        ),
    ],
)
def test_levels_that_make_no_tree_are_refused(run: Callable[..., Result], sheet: str, expected: str) -> None:
    """With the row."""
    assert expected in run(sheet).output


def test_a_flat_list_goes_into_the_product_named_or_the_file(
    run: Callable[..., Result], workspace: Path
) -> None:
    """--product says which; else the file's name does, and the summary says so."""
    run("part,qty\na,1\n", "--product", "lamp")
    assert uses(facts_of(workspace)) == [("lamp", "a", 1)]
    assert "called `plain` after the file" in run("part,qty\na,1\n", name="plain.csv").output


def test_columns_can_be_mapped(run: Callable[..., Result], workspace: Path) -> None:
    """--map OUR=THEIRS, for names nobody can guess."""
    result = run("K1,K2\np,\na,p\n", "--map", "id=K1", "--map", "parent=K2")
    assert result.exit_code == 0, result.output
    assert uses(facts_of(workspace)) == [("p", "a", None)]
    for wrong, expected in (
        (("--map", "id=K9"), "there is no column `K9` to be `id`"),
        (("--map", "idd=K1"), "`idd` is not a column that can be mapped; did you mean `id`?"),
        (("--map", "id"), "is not OUR=THEIRS"),
        ((), "no column was recognised as the id of a part"),
    ):
        result = run("K1,K2\np,\na,p\n", *wrong)
        assert (result.exit_code, expected in result.output) == (2, True), result.output


def test_two_columns_that_may_be_the_same_are_not_guessed(run: Callable[..., Result]) -> None:
    """The user says which."""
    assert "say which: --map id=NAME" in run("id,part number\na,b\n").output


@pytest.mark.parametrize(
    ("prices", "options", "expected"),
    [
        (("1.234", "2,5"), (), ["1234", "2.5"]),
        (("1.234", "2.5"), (), ["1.234", "2.5"]),
        (("1,234.50", "7"), (), ["1234.5", "7"]),
        (("1'234.50", "7"), (), ["1234.5", "7"]),
        (("0.125", "1.234"), (), ["0.125", "1.234"]),
        (("3,20 €", "4,10 €"), (), ["3.2", "4.1"]),
        (("1.234", "7"), ("--decimal", "comma"), ["1234", "7"]),
        (("1.234", "7"), ("--decimal", "point"), ["1.234", "7"]),
    ],
)
def test_the_column_decides_how_decimals_are_read(
    run: Callable[..., Result],
    workspace: Path,
    prices: tuple[str, ...],
    options: tuple[str, ...],
    expected: list[str],
) -> None:
    """1.234 is one thing in a column with 2,5 and another in one with 2.5."""
    rows = "".join(f"part-{price[-2:]};p;{price}\n" for price in prices)
    result = run("id;parent;Preis (EUR)\np;;\n" + rows, *options)
    assert result.exit_code == 0, result.output
    entries = [fact.value for fact in facts_of(workspace).facts if fact.kind == "element"]
    assert [written(entry.fields["unit_price"].amount) for entry in entries] == expected


def test_a_number_that_can_be_read_in_two_ways_is_refused(run: Callable[..., Result]) -> None:
    """Unless the column decides, nobody guesses between 1234 and 1.234."""
    output = run("id;parent;quantity\np;;\na;p;1.234\n").output
    assert "bom.csv:3: column `quantity`: `1.234` may be 1234 or 1.234" in output
    assert "--decimal comma" in output


def workbook(rows: list[list[Any]], *more: str) -> bytes:
    """Return an XLSX file with one filled sheet and further ones."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for name in more:
        book.create_sheet(name).append(["id"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_workbook_comes_in_like_a_csv(run: Callable[..., Result], workspace: Path) -> None:
    """Numbers are exact as a person sees them; numbers as ids are text; days are days."""
    rows: list[list[Any]] = [["id", "parent", "unit price", "currency", "origin"], [4711, None, None, None, None],
            ["a", 4711, 0.1 + 0.2, "EUR", "Italy"]]  # fmt: skip
    assert run(workbook(rows), name="bom.xlsx").exit_code == 0
    facts = facts_of(workspace)
    assert uses(facts) == [("4711", "a", None)]
    assert [fact.value.fields["unit_price"] for fact in facts.facts if fact.kind == "element"] == [
        Money(Fraction("0.3"), "EUR")
    ]


def test_formulas_without_values_and_unclear_sheets_are_refused(run: Callable[..., Result]) -> None:
    """A workbook written by a program may never have been calculated."""
    rows: list[list[Any]] = [["id", "parent", "quantity"], ["p", None, None], ["a", "p", "=1+1"]]
    assert (
        "bom.xlsx:3: column `quantity`: a formula without its value"
        in run(workbook(rows), name="bom.xlsx").output
    )
    several = workbook([["id"], ["p"]], "Other")
    assert "has several sheets: `Sheet`, `Other`; say which" in run(several, name="bom.xlsx").output
    assert run(several, "--sheet", "Sheet", name="bom.xlsx").exit_code == 0
    assert "has no sheet `None`" in run(several, "--sheet", "None", name="bom.xlsx").output


def repacked(content: bytes, name: str, data: bytes) -> bytes:
    """Return a ZIP archive with one entry replaced."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            new.writestr(entry, data if entry == name else old.read(entry))
    return target.getvalue()


def test_bombs_are_refused_before_they_go_off(run: Callable[..., Result], workspace: Path) -> None:
    """An archive that unpacks to a thousand times its size, and XML entities that multiply."""
    book = workbook([["id"], ["p"]])
    swollen = repacked(book, "xl/worksheets/sheet1.xml", b" " * 50_000_000)
    assert "would unpack to" in run(swollen, name="bom.xlsx").output
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'
    laughing = repacked(book, "xl/worksheets/sheet1.xml", laughs)
    assert "declares an XML document type" in run(laughing, name="bom.xlsx").output
    assert list((workspace / "facts").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"", "bom.csv", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "bom.csv", "is a binary file"),
        (b"PK\x03\x04 and then rubbish", "bom.xlsx", "is a broken workbook"),
        (b"\xd0\xcf\x11\xe0rest", "bom.xls", "old or encrypted Excel"),
        (b"id,parent\n", "bom.csv", "a header but no rows"),
        (b'id,parent\n"a,b\n', "bom.csv", "is not readable as CSV"),
        (b"id,parent\na\n", "bom.csv", "bom.csv:2: the row has 1 cells, the header has 2"),
        (b"id,parent,quantity\na,,#REF!\n", "bom.csv", "the sheet's own error `#REF!`"),
        (b"[1, 2", "bom.json", "bom.json:1: is not readable as JSON"),
        (b'{"bomFormat": "SPDX"}', "bom.json", "is JSON but not CycloneDX"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "1.2"}', "bom.json", "1.4 and newer"),
        (b'{"a":' * 100_000, "bom.json", "nested too deeply"),
    ],
)
def test_files_that_are_no_sheets_are_refused(
    run: Callable[..., Result], workspace: Path, content: bytes, name: str, expected: str
) -> None:
    """One clear line, exit code 2, nothing written."""
    result = run(content, name=name)
    assert (result.exit_code, expected in result.output) == (2, True), result.output
    assert list((workspace / "facts").iterdir()) == []


def test_a_missing_sheet_and_a_folder_that_is_no_workspace_are_refused(
    tmp_path: Path, workspace: Path
) -> None:
    """With the command that makes a workspace."""
    result = CliRunner().invoke(import_, [str(tmp_path / "none.csv"), "--into", str(workspace)])
    assert (result.exit_code, "there is no such file" in result.output) == (2, True)
    result = CliRunner().invoke(import_, [str(tmp_path / "none.csv"), "--into", str(tmp_path)])
    assert (result.exit_code, "lastword init" in result.output) == (2, True)


def test_a_failing_disk_leaves_neither_file(
    run: Callable[..., Result], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second move fails after the first succeeded: the first is taken back."""
    import os

    real = os.replace
    calls = []

    def full(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device", str(target))
        real(source, target)

    monkeypatch.setattr("lastword.files.importing.os.replace", full)
    result = run(GERMAN)
    assert (result.exit_code, "No space left on device" in result.output) == (2, True)
    assert list((workspace / "facts").iterdir()) == []
    assert sorted(path.name for path in workspace.iterdir()) == ["facts", "lastword.toml"]


CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "metadata": {"component": {"type": "device", "name": "Gateway", "bom-ref": "gw"}},
    "components": [
        {"type": "device", "name": "Board", "bom-ref": "b", "supplier": {"name": "Acme"},
         "properties": [{"name": "lastword:origin", "value": "Japan"}, {"name": "lastword:quantity", "value": "2"},
                        {"name": "cdx:export:eccn", "value": "5A002.a"}, {"name": "other:eccn", "value": "x"}],
         "components": [{"type": "firmware", "name": "boot", "version": "1.0"}]},
        {"type": "library", "name": "tls", "version": "3", "bom-ref": "tls"},
    ],
    "dependencies": [{"ref": "gw", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["tls"]}],
}  # fmt: skip


def test_cyclonedx_nesting_dependencies_suppliers_and_properties(
    run: Callable[..., Result], workspace: Path
) -> None:
    """What CycloneDX has no field for stands in properties."""
    assert run(json.dumps(CYCLONEDX), name="bom.cdx.json").exit_code == 0
    facts = facts_of(workspace)
    assert sorted(uses(facts), key=str) == [("b", "boot@1.0", None), ("b", "tls", None), ("gw", "b", 2)]
    assert cells(facts, "origin") == {"b": "JP"}
    assert cells(facts, "eccn") == {"b": "5A002.a"}
    assert cells(facts, "supplier") == {"b": "Acme"}
    assert cells(facts, "kind") == {
        "gw": "commodity",
        "b": "commodity",
        "boot@1.0": "software",
        "tls": "software",
    }


def test_cyclonedx_mistakes_name_the_component(run: Callable[..., Result]) -> None:
    """By its place in the document."""
    bad = json.loads(json.dumps(CYCLONEDX))
    bad["components"][0]["properties"] = [{"name": "lastword:orgin", "value": "JP"}]
    bad["components"][1].pop("name")
    bad["dependencies"][1]["dependsOn"] = ["nothing"]
    output = run(json.dumps(bad), name="bom.cdx.json").output
    assert "bom.cdx.json#/components/0: unknown property `lastword:orgin`; did you mean `origin`?" in output
    assert "bom.cdx.json#/components/1: a component without a name" in output
    assert "`nothing` is not the bom-ref of a component" in output


LETTERS = """\
Lieferant;Geltungsbereich;Merkmal;Wert;gültig von;gültig bis;unterschrieben von
müller & söhne;alle;USML;keine;01.01.2026;31.12.2026;B. Müller
Acme GmbH;c-2;vollständig;3 %;2026-01-01;;C. Acme
Acme GmbH;c-2;Ursprungsland;Vereinigte Staaten;;;C. Acme
"""


def test_declarations_come_in_the_same_way(run: Callable[..., Result], workspace: Path) -> None:
    """Recognised by their columns; ``alle`` reaches everything of that supplier."""
    run(GERMAN)
    result = run(LETTERS, name="letters.csv")
    assert result.exit_code == 0, result.output
    assert "3 declarations of 2 suppliers read; things they speak of: 3" in result.output
    facts = facts_of(workspace)
    said = [fact for fact in facts.facts if fact.source == "import-letters"]
    assert {fact.about for fact in said if fact.attribute == "usml"} == {"b-7", "s-1"}
    assert Complete("C. Acme", True, Fraction(3, 100)) in [fact.value for fact in said]
    run(GERMAN.replace("Schraube", "Bolzen").replace("s-1", "s-9").replace("tc-4", "tc-5"), name="new.csv")
    assert "s-9" in {fact.about for fact in facts_of(workspace).facts if fact.source == "import-letters"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Acme GmbH;c-3;USML;keine;;;C", "column `Geltungsbereich`: `c-3` is not a thing of this workspace"),
        ("Acme GmbH;c-2;ULSM;keine;;;C", "column `Merkmal`: `ULSM` is not a term; did you mean `usml`?"),
        ("Acme GmbH;c-2;USML;;;;C", "column `Wert`: is empty"),
        ("Acme GmbH;c-2;USML;keine;02/03/2026;;C", "column `gültig von`: `02/03/2026` is not a day"),
        ("Acme GmbH;c-2;USML;keine;31.02.2026;;C", "the day `31.02.2026` does not exist"),
        ("Acme GmbH;c-2;USML;keine;;;", "column `unterschrieben von`: is empty"),
        ("Acme GmbH;c-2;discrete;vielleicht;;;C", "`vielleicht` is neither yes nor no"),
    ],
)
def test_bad_declarations_are_refused_with_their_row(
    run: Callable[..., Result], workspace: Path, row: str, expected: str
) -> None:
    """All or nothing here too."""
    run(GERMAN)
    result = run(LETTERS + row + "\n", name="letters.csv")
    assert (result.exit_code, "error: letters.csv:5: " in result.output) == (2, True)
    assert expected in result.output
    assert not (workspace / "facts/letters.csv").exists()


def test_a_remainder_needs_somebody_who_declares_it(run: Callable[..., Result]) -> None:
    """And must leave something complete."""
    assert "add --complete-by NAME" in run(GERMAN, "--remainder", "3%").output
    assert run(GERMAN, "--complete-by", "A", "--remainder", "100%").exit_code == 2
    assert run(GERMAN, "--complete-by", "A", "--remainder", "x").exit_code == 2


def test_with_a_terminal_it_asks_who_declares_the_list_complete(
    run: Callable[..., Result], workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And but for what; an empty reply leaves the list open; options and --yes answer beforehand."""
    monkeypatch.setattr("lastword.cli.importing._is_asked", lambda: True)
    (tmp_path / "bom.csv").write_text(GERMAN, encoding="utf-8")
    arguments = [str(tmp_path / "bom.csv"), "--into", str(workspace)]
    result = CliRunner().invoke(import_, arguments, input="A. Beispiel\n130%\n2,5 %\n3%\ny\n")
    assert "Declared complete by A. Beispiel, but for at most 3 % of the value" in result.output
    assert "Declared as well: nothing unlisted is behind it or its parts" in result.output
    assert "stays open" in CliRunner().invoke(import_, arguments, input="\n").output
    assert "Who declares" not in CliRunner().invoke(import_, [*arguments, "--yes"]).output


def test_the_same_declarations_come_in_once(run: Callable[..., Result], workspace: Path) -> None:
    """The same file again, whatever it is called, is refused; a changed one is taken."""
    run(GERMAN)
    run(LETTERS, name="letters.csv")
    again = run(LETTERS, name="copy.csv")
    assert (again.exit_code, "imported already (source `import-letters`)" in again.output) == (2, True)
    assert run(LETTERS.replace("B. Müller", "C. Müller"), name="letters.csv").exit_code == 0


def test_one_is_said_as_one(run: Callable[..., Result]) -> None:
    """No "1 declarations of 1 suppliers"."""
    run(GERMAN)
    result = run("\n".join([*LETTERS.splitlines()[:2], ""]), name="one.csv")
    assert "1 declaration of 1 supplier read" in result.output


def test_a_thing_without_a_kind_is_a_commodity_and_the_summary_says_so(
    run: Callable[..., Result], workspace: Path
) -> None:
    """Or what --kind says; a kind that a row states is kept."""
    assert "4 of 4 things say no kind: taken as commodity" in run(GERMAN).output
    assert set(cells(facts_of(workspace), "kind").values()) == {"commodity"}
    run("Teil;Art\np;software\n", "--product", "box", "--kind", "technology", name="other.csv")
    found = cells(facts_of(workspace), "kind")
    assert (found["box"], found["p"]) == ("technology", "software")


def test_nothing_else_is_declared_for_this_list_only(run: Callable[..., Result], workspace: Path) -> None:
    """Every list of the product is closed at any depth, until the next bill replaces this one; the remainder stays."""
    run(GERMAN, "--complete-by", "A. Beispiel", "--remainder", "3%", "--nothing-else")
    said = [fact for fact in facts_of(workspace).facts if fact.kind == "complete"]
    assert {fact.attribute for fact in said} == {
        "contains", "bundled_with", "made_with", "needs_data", "needs_support", "needs_service", "custody",
    }  # fmt: skip
    assert all(fact.about == "tc-4" and fact.value.deep for fact in said)
    assert [fact.value.remainder for fact in said if fact.attribute == "contains"] == [Fraction(3, 100)]
    run(GERMAN.replace("41,20", "42,20"))
    today = date.today()  # noqa: DTZ011
    assert not [f for f in facts_of(workspace).facts if f.kind == "complete" and f.known.holds(today)]
    assert run(GERMAN, "--nothing-else").exit_code == 2


@pytest.mark.parametrize(
    "name",
    [
        "EU dual-use no",
        "EU Dual Use Nr.",
        "Dual-Use code",
        "EU dual-use classification",
        "EU dual use category",
    ],
)
def test_the_dual_use_number_has_many_names(run: Callable[..., Result], workspace: Path, name: str) -> None:
    """With or without EU before and "no" after."""
    run(f"Teil;{name}\np;none\n", "--product", "box")
    assert cells(facts_of(workspace), "eu") == {"p": NONE}


def test_a_column_that_was_not_read_is_a_warning(run: Callable[..., Result]) -> None:
    """With the option that says what it is."""
    assert "Warning: columns not read: `Bemerkung` (--map" in run(GERMAN).output


def test_import_finds_the_workspace_and_speaks_its_language(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --into the nearest one upward; --lang says otherwise."""
    (workspace / "lastword.toml").write_text('name = "firm"\nlanguage = "de"\n')
    (tmp_path / "bom.csv").write_text(GERMAN, encoding="utf-8")
    monkeypatch.chdir(workspace / "facts")
    result = CliRunner().invoke(import_, [str(tmp_path / "bom.csv"), "--yes"])
    assert "5 Zeilen gelesen: 4 Sachen, 2 Lieferanten, Erzeugnis tc-4" in result.output
    assert "Weiter: lastword ask tc-4 --act export --from DE --to IN --end-use civil" in result.output
    assert (
        "5 rows read"
        in CliRunner().invoke(import_, [str(tmp_path / "bom.csv"), "--yes", "--lang", "en"]).output
    )


def test_the_next_commands_work_as_printed(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the way into the workspace, and with --from and --to."""
    lines = run(GERMAN).output.splitlines()[-2:]
    commands = [shlex.split(one) for line in lines for one in line.partition(": ")[2].split("; ")]
    assert [words[:2] for words in commands[1:]] == [["lastword", "ask"], ["lastword", "settle"]]
    monkeypatch.chdir(commands[0][1])
    for words in commands[1:]:
        result = CliRunner().invoke(main, words[1:])
        assert result.exit_code in (0, 10), result.output


PART = st.fixed_dictionaries(
    {
        "name": st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "Zs")), max_size=12).filter(
            lambda name: not name.strip().startswith("#")
        ),  # a sheet's own error, such as #REF!
        "quantity": st.none() | st.fractions(0, 10**6).map(lambda f: Fraction(int(f * 1000), 1000)),
        "unit_price": st.none() | st.integers(0, 10**9).map(lambda cents: Fraction(cents, 100)),
        "origin": st.sampled_from(["", "DE", "US", "CN"]),
        "eccn": st.sampled_from(["", "none", "EAR99", "3A001.b.2"]),
    }
)


def decimals(number: Fraction | None, style: str, grouped: bool) -> str:
    """Return a number as people in one country write it, with at least one decimal so that it is clear."""
    if number is None:
        return ""
    text = f"{float(number):,.4f}" if grouped else f"{float(number):.4f}"
    return text.translate(str.maketrans(",.", ".,")) if style == "comma" else text


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(PART, min_size=1, max_size=8),
    delimiter=st.sampled_from(";,\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    style=st.sampled_from(["comma", "point"]),
    grouped=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_table_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[dict[str, Any]],
    delimiter: str,
    encoding: str,
    style: str,
    grouped: bool,
    line_end: str,
) -> None:
    """Whatever the delimiter, encoding and way of writing decimals, what was written is what is read."""
    folder = tmp_path_factory.mktemp("any")
    (folder / "lastword.toml").write_text("")
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["id", "name", "parent", "quantity", "unit_price", "currency", "origin", "eccn"])
    writer.writerow(["p", "", "", "", "", "", "", ""])
    for index, part in enumerate(parts):
        price = decimals(part["unit_price"], style, grouped)
        quantity = decimals(part["quantity"], style, grouped)
        name = part["name"].encode(encoding, "replace").decode(encoding)
        part["name"] = " ".join(name.split())
        writer.writerow([f"part-{index}", name, "p", quantity, price, "EUR", part["origin"], part["eccn"]])
    content = target.getvalue().encode(encoding)
    # Two umlauts in a row may spell one letter in UTF-8: no reader can tell, so such tables are left out.
    assume(encoding != "cp1252" or content.isascii() or not _is_utf8(content))
    (folder / "bom.csv").write_bytes(content)
    sheet = read_sheet(folder / "bom.csv", "bom.csv")
    bill = read_bom(sheet, "bom", {}, Wishes())
    write_source(Source(folder / "bom.csv", bill), folder, terms={}, today=date(2026, 1, 2))
    facts = facts_of(folder)
    entries = {fact.value.key: fact.value.fields for fact in facts.facts if fact.kind == "element"}
    for index, part in enumerate(parts):
        ident = f"part-{index}"
        price = part["unit_price"]
        expected = {"thing": ident, "quantity": part["quantity"],
                    "unit_price": None if price is None else Money(price, "EUR")}  # fmt: skip
        assert entries[ident] == {key: value for key, value in expected.items() if value is not None}
        assert facts.names.get(ident, {}).get("en", "") == part["name"]
        assert cells(facts, "origin").get(ident, "") == part["origin"]
        assert cells(facts, "eccn").get(ident, "") == (NONE if part["eccn"] == "none" else part["eccn"])


@pytest.mark.parametrize("language", ["en", "de"])
def test_init_makes_a_workspace_that_can_be_read_and_filled(tmp_path: Path, language: str) -> None:
    """The example has facts without mistakes, and the first import works."""
    root = tmp_path / "my-firm"
    result = CliRunner().invoke(init, [str(root), "--lang", language])
    assert result.exit_code == 0, result.output
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()) == [
        "README.md", "facts/example.yaml", "lastword.toml", "packs/README.md",
    ]  # fmt: skip
    import tomllib

    assert tomllib.loads((root / "lastword.toml").read_text(encoding="utf-8")) == {
        "name": "my-firm", "language": language, "currency": "EUR",
    }  # fmt: skip
    assert "example-lamp" in facts_of(root).kinds
    (tmp_path / "bom.csv").write_text(GERMAN, encoding="utf-8")
    assert CliRunner().invoke(import_, [str(tmp_path / "bom.csv"), "--into", str(root)]).exit_code == 0


def test_init_leaves_a_folder_that_is_not_empty_alone(tmp_path: Path) -> None:
    """Exit code 2, and nothing new in it."""
    (tmp_path / "mine.txt").write_text("x")
    result = CliRunner().invoke(init, [str(tmp_path)])
    assert (result.exit_code, "is not empty" in result.output) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

"""Facts files: what each form of writing a fact means, and each mistake with file, line and advice."""

from __future__ import annotations

import time
from datetime import date
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest

from lastword.errors import InputError, Where
from lastword.facts.day import Bound
from lastword.facts.fact import Complete, Fact, Facts, Money, Standing
from lastword.facts.schema import Field
from lastword.facts.unknown import NONE
from lastword.files.facts import merge, read_facts
from lastword.files.yaml import parse_yaml

TERMS = {"long_range": Field("yes-no", "long-range", "weitreichend"), "us_share": Field("number", "x", "y")}


def read(root: Path, known: Facts | None = None, **files: str) -> Facts:
    """Return the facts of files given as name=text; ``_csv`` names are tables, the others YAML."""
    paths = []
    for name, text in files.items():
        path = root / (f"{name[:-4]}.csv" if name.endswith("_csv") else f"{name}.yaml")
        path.write_text(dedent(text), encoding="utf-8")
        if path.suffix == ".yaml":
            paths.append(path)
    return read_facts(paths, terms=TERMS, root=root, known=known)


def problems(root: Path, known: Facts | None = None, **files: str) -> list[str]:
    """Return what is wrong with files, each problem as a person sees it."""
    with pytest.raises(InputError) as caught:
        read(root, known, **files)
    return [str(problem) for problem in caught.value.problems]


def one(facts: Facts, about: str, attribute: str) -> Fact:
    """Return the only fact about an attribute of a subject."""
    (found,) = [fact for fact in facts.facts if (fact.about, fact.attribute) == (about, attribute)]
    return found


def test_a_fact_takes_source_standing_and_days_of_its_file(tmp_path: Path) -> None:
    """They are written once at the top and hold for every fact that does not say otherwise."""
    facts = read(
        tmp_path,
        a="""
        source: press
        standing: reported
        known_from: 2025-08-23
        sources: {press: {name: "a newspaper", kind: press, day: 2025-08-23}}
        things:
          rocket:
            kind: commodity
            long_range: true
            eccn: {value: "9A604.a", standing: confirmed, valid_from: 2025-01-01, id: F7, to: "CN"}
        """,
    )
    kind, eccn = one(facts, "rocket", "kind"), one(facts, "rocket", "eccn")
    assert (kind.source, kind.standing, kind.known.start) == (
        "press", Standing.REPORTED, Bound.on(date(2025, 8, 23)),
    )  # fmt: skip
    assert (eccn.id, eccn.standing, eccn.scope) == ("F7", Standing.CONFIRMED, (("to", "CN"),))
    assert eccn.where == Where("a.yaml", 10)
    assert one(facts, "rocket", "long_range").value is True
    assert facts.sources["press"].day == date(2025, 8, 23)


def test_a_file_without_a_source_is_its_own_source(tmp_path: Path) -> None:
    """No fact stands without a source."""
    assert one(read(tmp_path, a="things: {x: {kind: data}}"), "x", "kind").source == "a.yaml"


def test_none_is_a_value_and_a_missing_line_is_not(tmp_path: Path) -> None:
    """Saying that there is nothing is not the same as saying nothing."""
    facts = read(tmp_path, a="things: {x: {usml: none}}")
    assert one(facts, "x", "usml").value is NONE
    assert [fact.attribute for fact in facts.facts] == ["usml"]


@pytest.mark.parametrize("written", ['{amount: "1200.50", currency: EUR}', "1200.50 EUR", "1200.50EUR"])
def test_money_has_three_spellings_and_is_exact(tmp_path: Path, written: str) -> None:
    """All of them are the same fraction of the same currency."""
    assert one(read(tmp_path, a=f"things: {{x: {{value: {written}}}}}"), "x", "value").value == Money(
        Fraction(2401, 2), "EUR"
    )


def test_parts_needs_custody_and_completeness(tmp_path: Path) -> None:
    """Lists of a thing, each element with fields of its own."""
    facts = read(
        tmp_path,
        a="""
        things:
          x:
            contains: [{thing: w, quantity: 2, unit_price: "3.20 EUR"}, {thing: w, quantity: 1}]
            needs_data: [z]
            custody: [{from: "DE", to: "FI", channel: sale, undertaking: no_reexport, day: 1992-01-01}]
            complete:
              - {list: contains, by: A. Beispiel, deep: true, remainder: "3%", term: usml}
              - {list: needs, by: A. Beispiel}
          w:
          z:
        """,
    )
    elements = [fact.value for fact in facts.facts if fact.kind == "element"]
    assert [element.key for element in elements] == ["w", "w#2", "z", "DE-FI-1992-01-01"]
    assert elements[0].fields == {
        "thing": "w", "quantity": Fraction(2), "unit_price": Money(Fraction(16, 5), "EUR"),
    }  # fmt: skip
    completes = {fact.attribute: fact.value for fact in facts.facts if fact.kind == "complete"}
    assert completes["contains"] == Complete("A. Beispiel", True, Fraction(3, 100), "usml")
    assert set(completes) == {"contains", "needs_data", "needs_support", "needs_service"}
    assert completes["needs_data"].deep is False


def test_an_estimated_day_is_a_span(tmp_path: Path) -> None:
    """Somebody said "in spring"."""
    facts = read(tmp_path, a="things: {x: {kind: data, valid_from: {after: 2025-03-01, by: 2025-06-01}}}")
    assert one(facts, "x", "kind").valid.start == Bound(date(2025, 3, 1), date(2025, 6, 1))


def test_a_correction_names_what_it_corrects_and_since_when(tmp_path: Path) -> None:
    """Nothing is overwritten; the old fact stays, with an id even if it had none."""
    facts = read(
        tmp_path,
        a="""
        things: {x: {eccn: "3A001"}, w: }
        facts:
          - {id: F6, about: x, needs_data: {thing: w}}
          - {corrects: F6, standing: withdrawn, known_from: 2025-09-01}
          - {corrects: x/eccn, value: "3A002", known_from: 2025-09-01}
        """,
    )
    by_id = {fact.id: fact for fact in facts.facts if fact.id}
    assert set(by_id) == {"F6", "x/eccn"}
    corrections = {fact.corrects: fact for fact in facts.facts if fact.corrects}
    assert corrections["F6"].standing is Standing.WITHDRAWN
    assert corrections["F6"].value == by_id["F6"].value
    assert corrections["x/eccn"].value == "3A002"


def test_findings_have_an_author(tmp_path: Path) -> None:
    """Each condition a person found shown, and each duty done, is one fact said by that person."""
    facts = read(
        tmp_path,
        a="""
        things: {x: }
        findings:
          - {about: x, rule: EAR-LVS, shown: [no order split], not_shown: [bars], by: A. B., day: 2026-01-02}
          - {about: x, rule: EU001, done: notify, by: A. B.}
          - {about: x, rule: EAR-GBS, shown: all, by: A. B.}
        """,
    )
    said = {fact.attribute: fact for fact in facts.facts}
    assert {name: fact.value for name, fact in said.items()} == {
        "EAR-LVS: no order split": True, "EAR-LVS: bars": False, "EU001: notify": True, "EAR-GBS: *": True,
    }  # fmt: skip
    assert said["EAR-LVS: bars"].said_by == "A. B."
    assert said["EAR-LVS: bars"].known.start == Bound.on(date(2026, 1, 2))


def test_licences_remarks_parties_and_rates(tmp_path: Path) -> None:
    """What else a facts file may hold."""
    facts = read(
        tmp_path,
        a="""
        base: EUR
        rates: {USD: "0.92"}
        things: {x: }
        parties:
          acme: {name: {en: Acme, de: Akme}, country: "IN", listed: none, owners: [{party: top, share: "60%"}]}
          top: {kind: company}
        licences: [{about: x, holder: acme, state: "US", number: 77, to: "IN", valid_from: 2026-01-01}]
        remarks: [{id: F11, text: said in public, about: x, day: 2025-08-21}]
        """,
    )
    licence = one(facts, "licences", "licences")
    assert (licence.value.key, licence.value.fields["things"]) == ("77", ("x",))
    assert licence.valid.start == Bound.on(date(2026, 1, 1))
    assert (facts.rates, facts.base) == ({"USD": Fraction(23, 25)}, "EUR")
    assert facts.remarks[0].standing is Standing.CONFIRMED
    assert facts.names["acme"] == {"en": "Acme", "de": "Akme"}
    assert facts.kinds == {"x": "thing", "acme": "party", "top": "party"}


TABLE = """
source: erp
sources: {erp: {name: ERP}}
rates: {USD: "0.9"}
lists: [{file: p.csv, product: p, known_from: 2026-01-02, complete: {by: A, remainder: "3%", deep: true}}]
"""
ROWS = """\
id,name,parent,quantity,unit_price,currency,origin,usml,supplier
p,Product,,,100,EUR,DE,none,
q,Board,p,2,3.20,USD,US,,Acme
s,Screw,q,4,0.10,EUR,,,acme
s,,p,1,0.10,EUR,CN,,
"""


def test_a_table_holds_many_parts(tmp_path: Path) -> None:
    """One row for each use of a part; what is said of the part may stand on any of its rows."""
    facts = read(tmp_path, a=TABLE, p_csv=ROWS)
    assert one(facts, "p", "value").value == Money(Fraction(100), "EUR")
    assert one(facts, "s", "origin").where == Where("p.csv", 5)
    assert [(fact.about, fact.value.key) for fact in facts.facts if fact.kind == "element"] == [
        ("p", "q"), ("q", "s"), ("p", "s"),
    ]  # fmt: skip
    assert [fact.value for fact in facts.facts if fact.kind == "complete"] == [
        Complete("A", True, Fraction(3, 100))
    ]


def test_a_table_that_replaces_another_ends_it_on_its_day(tmp_path: Path) -> None:
    """What was believed before stays known for the days before."""
    newer = """
    source: erp-2
    sources: {erp-2: }
    lists: [{file: p2.csv, product: p, known_from: 2026-02-01, replaces: p.csv}]
    """
    facts = read(tmp_path, a=TABLE, p_csv=ROWS, b=newer, p2_csv=ROWS.replace("Board", "New board"))
    old = [fact for fact in facts.facts if fact.where.file == "p.csv"]
    assert {fact.known.end for fact in old} == {Bound.on(date(2026, 2, 1))}
    assert facts.names["q"] == {"en": "New board"}


DECLARATIONS = """\
supplier,scope,term,value,from,to,signed_by
ACME,all,usml,none,2026-01-01,2026-12-31,B. Muster
Acme,q,complete,3%,,,B. Muster
Acme,q,long_range,no,,,B. Muster
Acme,q,needs,none,,,B. Muster
"""
DECLARED = """
sources: {letters: }
declarations: [{file: d.csv, source: letters}]
"""


def test_a_declaration_reaches_everything_of_its_supplier(tmp_path: Path) -> None:
    """``none`` for a list speaks of the part and, at any depth, of what is in it; ``to`` is the last day."""
    facts = read(tmp_path, a=TABLE, p_csv=ROWS, b=DECLARED, d_csv=DECLARATIONS)
    usml = [fact for fact in facts.facts if fact.source == "letters" and fact.attribute == "usml"]
    assert [(fact.about, fact.value, fact.said_by) for fact in usml] == [
        ("q", NONE, "B. Muster"), ("s", NONE, "B. Muster"),
    ]  # fmt: skip
    assert usml[0].valid.holds(date(2026, 12, 31)) is True
    assert usml[0].valid.holds(date(2027, 1, 1)) is False
    closings = {fact.value for fact in facts.facts if fact.kind == "complete" and fact.about == "q"}
    assert Complete("B. Muster", True, term="usml") in closings
    assert Complete("B. Muster", True, Fraction(3, 100)) in closings
    assert one(facts, "q", "long_range").value is False
    assert one(facts, "q", "needs_support").value == Complete("B. Muster")


def test_files_on_top_refer_to_what_the_workspace_says(tmp_path: Path) -> None:
    """Also its suppliers and the facts to correct."""
    below = read(tmp_path, a=TABLE, p_csv=ROWS)
    on_top = read(
        tmp_path,
        below,
        b=DECLARED + "facts: [{corrects: q/origin, value: KR, known_from: 2026-03-01}]\n",
        d_csv=DECLARATIONS,
    )
    merged = merge(below, on_top)
    assert {fact.about for fact in on_top.facts if fact.attribute == "usml"} == {"q", "s"}
    assert [fact.value for fact in merged.facts if fact.id == "q/origin"] == ["US"]
    assert merged.kinds == below.kinds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("things: {x: {orgin: DE}}", "a.yaml:1: unknown field `orgin` of a thing; did you mean `origin`?"),
        ("thigs: {x: }", "unknown field `thigs` of a facts file; did you mean `things`?"),
        ("things: {x: {contains: [{thing: part-1}]}, part-2: }", "`part-1` is not a thing; did you mean `part-2`?"),
        ("things: {x: {complete: [{list: contain, by: A}]}}", "`contain` is not a list; did you mean `contains`?"),
        ("things: {x: {complete: [{list: contains}]}}", "`by`: a text is missing"),
        ("standing: asserte\nthings: {x: }", "`asserte` is not a standing; did you mean `asserted`?"),
        ("things: {x: {kind: comodity}}", "did you mean `commodity`?"),
        ("things: {x: {kind: none}}", "`kind` cannot be none"),
        ("things: {x: {origin: none}}", "`origin` cannot be none"),
        ("things: {x: {origin: de}}", "`de` is not a country code; write \"DE\""),
        ("things: {x: {origin: NO}}", "the bare word `NO`"),
        ("source: nobody\nthings: {x: {kind: data}}", "`nobody` is not a source"),
        ("things: {x: {value: \"-5 EUR\"}}", "`-5` is negative"),
        ("things: {x: {value: 5}}", "`5` is not an amount with its currency"),
        ("things: {x: {contains: [{thing: w, quantity: -1}]}, w: }", "`-1` is negative"),
        ("things: {x: {contains: [{thing: w, share: \"1.2\"}]}, w: }", "is more than the whole"),
        ("things: {x: {contains: [{thing: w, share: \"60%\"}, {thing: z, share: \"41%\"}]}, w: , z: }",
         "add up to 101.0%"),
        ("parties: {a: {owners: [{party: b, share: \"60%\"}, {party: c, share: \"60%\"}]}, b: , c: }",
         "add up to 120.0%"),
        ("things: {x: {contains: [{thing: w, share: \"6%\"}, {thing: z, unit_price: 1 EUR}]}, w: , z: }",
         "`x` lists some parts by share and some by price"),
        ("things: {x: {contains: [{thing: w, unit_price: 1 USD}, {thing: z, unit_price: 1 EUR}]}, w: , z: }",
         "`x` mixes USD with EUR, and there is no rate for USD"),
        ("things: {x: {value: 1 USD, contains: [{thing: w, unit_price: 1 EUR}]}, w: }", "mixes USD with EUR"),
        ("things: {x: {valid_from: 2025-02-30, kind: data}}", "the day `2025-02-30` does not exist"),
        ("things: {x: {kind: data, valid_from: 2025-02-02, valid_to: 2025-02-02}}", "not later than the start"),
        ("things: {x: {kind: data, valid_from: {after: 2025-02-02, by: 2025-02-02}}}", "not earlier than `by`"),
        ("things: {x: {contains: none}}", "does not say who declares the list complete"),
        ("things: {x: {contains: [w]}, w: {contains: [z]}, z: {contains: [x]}}",
         "a thing contains itself: `w` -> `z` -> `x` -> `w`"),
        ("things: {x: }\nparties: {x: }", "`x` is already a thing"),
        ("things: {x: }\nparties: {a: {owners: [x]}}", "`x` is a thing, not a party"),
        ("things: {x: }\nfacts: [{about: w, kind: data}]", "`w` is not a thing or party"),
        ("things: {x: }\nfacts: [{about: x, kind: data, origin: \"DE\"}]", "several things at once"),
        ("things: {x: {eccn: {value: a, id: F1}, usml: {value: b, id: F1}}}", "the fact `F1` stands already in"),
        ("things: {x: {kind: data}}\nfacts: [{corrects: x/kid, standing: withdrawn, known_from: 2025-01-01}]",
         "`x/kid` is not the id of a fact"),
        ("things: {x: {kind: data}}\nfacts: [{corrects: x/kind, standing: withdrawn}]", "add known_from"),
        ("things: {x: {kind: data}}\nfacts: [{about: x, kind: data}]", "already in a.yaml:1"),
        ("things: {x: }\nfindings: [{about: x, rule: R, shown: all}]", "`by`: a text is missing"),
        ("lists: [{file: ../p.csv}]", "lies outside the folder"),
        ("lists: [{file: none-there.csv}]", "there is no such file"),
        ("rates: {USD: 0}\nthings: {x: }", "the rate of `USD` is zero"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_advice(tmp_path: Path, text: str, expected: str) -> None:
    """Misspelt words come with the word that was probably meant."""
    found = problems(tmp_path, a=text)
    assert any(expected in problem for problem in found), found
    assert all(problem.startswith(("a.yaml", "none-there.csv")) for problem in found)


def test_a_thing_may_be_described_in_two_files_but_not_twice_the_same(tmp_path: Path) -> None:
    """Different fields are merged; the same field of the same source and days is a mistake."""
    source = "source: s\nsources: {s: }\n"
    read(tmp_path, a=source + "things: {x: {kind: data}}", b=source + 'things: {x: {origin: "DE"}}')
    found = problems(
        tmp_path, a=source + "things: {x: {kind: data}}", b=source + "things: {x: {kind: software}}"
    )
    assert found == [
        "b.yaml:3: `x` has this `kind` already in a.yaml:3, of the same source and days; "
        "remove one, or correct the old one from a later known_from"
    ]


def test_two_sources_may_say_different_things(tmp_path: Path) -> None:
    """That is a conflict for the answer to show, not a mistake in the files."""
    facts = read(
        tmp_path,
        a="""
        sources: {a: , b: }
        things: {x: {eccn: [{value: 3A001, source: a}, {value: 3A002, source: b}]}}
        """,
    )
    assert [fact.value for fact in facts.facts] == ["3A001", "3A002"]


def test_a_cycle_through_facts_that_never_hold_together_is_none(tmp_path: Path) -> None:
    """A rebuilt product may contain today what contained it once."""
    read(
        tmp_path,
        a="""
        things:
          x: {contains: [{thing: w, valid_to: 2020-01-01}]}
          w: {contains: [{thing: x, valid_from: 2020-01-01}]}
        """,
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (ROWS.replace("origin", "orgin"), "p.csv:1: unknown column `orgin`; did you mean `origin`?"),
        (ROWS.replace("s,Screw,q", "s,Screw,r"), "p.csv:4: `r` is not a thing"),
        (ROWS + "s,,p,1,0.10,EUR,DE,,\n", "p.csv:6: column `origin`: `s` has `CN` on an earlier row"),
        (ROWS + "t,,p,-1,,,,,\n", "p.csv:6: `-1` is negative"),
        (ROWS + "t,,p,1,1.00,,,,\n", "p.csv:6: column `unit_price`: an amount without a currency"),
        (ROWS + "t,,p\n", "p.csv:6: the row has 3 cells, the header 9"),
        (ROWS + ",,p,1,,,,,\n", "p.csv:6: the row has no `id`"),
        (ROWS + 't,"x,p,1,,,,,\n', "p.csv:6: is not readable as CSV"),
        ("", "p.csv: is empty"),
    ],
)
def test_mistakes_in_a_table_name_its_line(tmp_path: Path, rows: str, expected: str) -> None:
    """A table is read as strictly as YAML."""
    found = problems(tmp_path, a=TABLE, p_csv=rows)
    assert any(problem.startswith(expected) for problem in found), found


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Acme,all,uslm,none,,,B", "column `term`: unknown term `uslm`; did you mean `usml`?"),
        ("Acme,zz,usml,none,,,B", "column `scope`: `zz` is not a thing"),
        ("Acme,all,usml,none,,,", "column `signed_by`: is empty"),
        ("Acme,all,usml,none,2026-02-30,,B", "the day `2026-02-30` does not exist"),
        ("Acme,q,complete,130%,,,B", "more than the whole"),
        ("Acme,q,needs,maybe,,,B", "column `value`: `maybe` for `needs`"),
    ],
)
def test_mistakes_in_declarations_name_their_line(tmp_path: Path, row: str, expected: str) -> None:
    """Each bad row is named."""
    text = DECLARATIONS.splitlines()[0] + "\n" + row + "\n"
    found = problems(tmp_path, a=TABLE, p_csv=ROWS, b=DECLARED, d_csv=text)
    assert any(problem.startswith("d.csv:2: ") and expected in problem for problem in found), found


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    """In file and line order."""
    found = problems(tmp_path, a="things: {x: {orgin: DE}}", b="things: [", c="things: {w: {knd: data}}")
    assert [problem.split(":")[0] for problem in found] == ["a.yaml", "b.yaml", "c.yaml"]


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    """The same facts, whatever comes first on the disk."""
    third = 'things: {p: {eccn: "3A001"}}'
    facts = read(tmp_path, a=TABLE, b=DECLARED, c=third, p_csv=ROWS, d_csv=DECLARATIONS)
    paths = [tmp_path / f"{name}.yaml" for name in "cba"]
    assert read_facts(paths, terms=TERMS, root=tmp_path) == facts


def test_the_examples_in_the_manual_can_be_read(tmp_path: Path) -> None:
    """Every YAML block parses; the first one is a whole facts file."""
    manual = (Path(__file__).parents[2] / "docs" / "facts.md").read_text(encoding="utf-8")
    blocks = [part.partition("```")[0] for part in manual.split("```yaml\n")[1:]]
    assert len(blocks) > 5
    for block in blocks:
        parse_yaml(dedent(block), "docs/facts.md")
    facts = read(tmp_path, a=blocks[0])
    assert facts.names["tc-4"]["de"] == "Wärmebildkamera"


def test_a_large_table_is_read_in_seconds(tmp_path: Path) -> None:
    """20,000 rows here; 100,000 take about five times as long."""
    rows = "".join(f"part-{n},Part {n},p,1,{n}.50,EUR,DE,none,Acme\n" for n in range(20_000))
    began = time.process_time()
    facts = read(tmp_path, a=TABLE, p_csv=ROWS + rows)
    assert len(facts.facts) > 80_000
    assert time.process_time() - began < 5

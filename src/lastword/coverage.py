"""The coverage table: for every pack its rules, read or reported, looked up again or not, cases, and what is
not covered.

``python -m lastword.coverage`` writes it to ``docs/coverage.md``; a test keeps it true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lastword.examples import read_examples
from lastword.facts.day import EVER, NEVER, Period
from lastword.rules.rule import Pack, Term
from lastword.rules.table import Citation
from lastword.workspace import BUNDLED, open_book, pack_folders

HEAD = """# What the packs cover

Generated from the packs by `python -m lastword.coverage`; do not edit. "Read" = the codified text was
read, with the day of that text. "Reported" = seen only in guidance, a press statement or a practitioner's
note. "Again" = looked up again while the pack was written: day, source, changed or not.
Nothing here is legal advice; see [limits](limits.md).
"""


def table() -> str:
    """Return the whole page."""
    book = open_book(None, [folder.name for folder in pack_folders(BUNDLED)])
    return "\n".join([HEAD, *(line for pack in book.packs for line in _pack(pack))]).rstrip() + "\n"


def _pack(pack: Pack) -> Iterator[str]:
    cases = _cases(BUNDLED / pack.id)
    yield f"## {pack.id}: {pack.title['en']}\n"
    yield "| rule | kind | says | citation | read or reported | in force | again | cases |"
    yield "|---|---|---|---|---|---|---|---|"
    for rule in sorted(pack.rules, key=lambda rule: rule.id):
        count = max(cases[name] for name in (rule.id, *rule.families))
        yield (
            f"| {rule.id} | {rule.kind} | {_cell(rule.title['en'])} | {_cell(rule.citation.text)} | {_seen(rule.citation)} "
            f"| {_days(rule.period)} | {_again(rule.citation)} | {count} |"
        )
    yield ""
    if pack.terms:
        yield "Terms (definitions that the rules call):\n"
        yield "| term | says | citation | read or reported | again |"
        yield "|---|---|---|---|---|"
        for term in sorted(pack.terms, key=lambda term: term.id):
            yield (
                f"| {_term_name(term)} | {_cell(term.title['en'])} | {_cell(term.citation.text)} | {_seen(term.citation)} "
                f"| {_again(term.citation)} |"
            )
        yield ""
    yield from _tables(pack)
    yield from _not_covered(pack)


def _tables(pack: Pack) -> Iterator[str]:
    if not pack.tables and not pack.lines:
        return
    yield "Tables:\n"
    yield "| table | holds | citation | read on | rows |"
    yield "|---|---|---|---|---|"
    for table in sorted(pack.tables, key=lambda table: table.id):
        read = ", ".join(day.isoformat() for day in table.read) or _seen(table.citation)
        rows = sum(len(rows) for rows in table.rows.values())
        yield f"| {table.id} | {_cell(table.title['en'])} | {_cell(table.citation.text)} | {read} | {rows} |"
    for lines in sorted(pack.lines, key=lambda lines: lines.id):
        status = Counter(line.status for entry in lines.entries.values() for line in entry)
        count = ", ".join(f"{number} {word}" for word, number in sorted(status.items()))
        read = ", ".join(day.isoformat() for day in lines.read)
        yield f"| {lines.id} | {_cell(lines.title['en'])} | {_cell(lines.citation.text)} | {read} | {count} |"
    yield ""


def _not_covered(pack: Pack) -> Iterator[str]:
    unread = [(rule, rule.unread) for rule in sorted(pack.rules, key=lambda rule: rule.id) if rule.unread]
    if not pack.not_looked_at and not unread:
        return
    yield "Not covered:\n"
    for text in pack.not_looked_at:
        yield f"- {text['en']}"
    for rule, part in unread:
        yield f"- {rule.id}, not read: {part.what['en']}"
    yield ""


def _cases(folder: Path) -> Counter[str]:
    counted: Counter[str] = Counter()
    for path in sorted((folder / "cases").glob("*.yaml")):
        for case in read_examples(path):
            counted.update(str(name) for name in case.get("regime") or ())
    return counted


def _seen(citation: Citation) -> str:
    if citation.read is not None:
        return f"read, text of {citation.read.isoformat()}"
    return "reported"


def _again(citation: Citation) -> str:
    again = citation.again
    if not again:
        return "no"
    changed = again.get("changed", "no")
    word = "not changed" if changed == "no" else f"changed: {changed}"
    return _cell(f"{again.get('day', '')}, {again.get('source', '')}: {word}")


def _days(period: Period) -> str:
    start = "" if period.start == EVER else period.start.by.isoformat()
    end = "" if period.end == NEVER else period.end.after.isoformat()
    if not start and not end:
        return "no day on file"
    return f"{start or '...'} to {end or '...'}"


def _term_name(term: Term) -> str:
    return term.id if term.family == term.id else f"{term.id} ({term.family})"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


if __name__ == "__main__":
    (Path(__file__).parents[2] / "docs" / "coverage.md").write_text(table(), encoding="utf-8")

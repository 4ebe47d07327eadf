"""One facts file and its sections. Definitions of all files are read before statements that refer to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lastword.errors import InputError, Where
from lastword.facts.fact import Source
from lastword.files.assembly import PARTY_LISTS, THING_LISTS, Assembly
from lastword.files.statements import COMPLETE_KEYS, Statements
from lastword.files.suggestion import did_you_mean
from lastword.files.tables import Table
from lastword.files.telling import TELLING_KEYS, Telling
from lastword.files.values import currency, day, number, text
from lastword.files.yaml import Map, Seq, read_yaml

_SECTIONS: Final = (
    "sources", "rates", "base", "things", "parties", "lists", "facts", "findings", "licences", "remarks",
    "declarations",
)  # fmt: skip
_SOURCE_KEYS: Final = ("name", "kind", "reference", "note")
_TABLE_KEYS: Final = frozenset({"file", *TELLING_KEYS})
_LIST_KEYS: Final = frozenset({*_TABLE_KEYS, "product", "complete", "replaces"})


def open_document(assembly: Assembly, path: Path, root: Path) -> Document | None:
    """Return the facts file ``path``; None, with problems noted, if it cannot be read."""
    file = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    try:
        content = read_yaml(path, file)
    except InputError as error:
        assembly.problems.extend(error.problems)
        return None
    if not isinstance(content, Map):
        assembly.refuse(content.at, "is a list", "write sections such as `things:`")
        return None
    return Document(assembly, content, file, path.parent)


@dataclass
class Document:
    """One YAML file, its sections taken in the order in which the methods stand here."""

    assembly: Assembly
    content: Map
    file: str
    folder: Path

    def __post_init__(self) -> None:
        """Read how facts of this file are told unless they say otherwise."""
        self.assembly.only(self.content, (*_SECTIONS, *TELLING_KEYS), "a facts file")
        self.told = Telling(source=self.file).read(self.content, self.assembly.refuse)
        if self.told.source == self.file:
            self.assembly.sources[self.file] = Source(self.file, self.file, "file")
        self.statements = Statements(self.assembly, self.file, self.told)

    def definitions(self) -> None:
        """Take sources, rates, things and parties."""
        for ident, item in self._named("sources"):
            self._source(ident, item)
        self._base()
        self._rates()
        for ident, item in self._named("things"):
            self._subject(ident, item, "thing", self.content["things"].where(ident))
        for ident, item in self._named("parties"):
            self._subject(ident, item, "party", self.content["parties"].where(ident))

    def lists(self) -> list[Table]:
        """Return the tables of things that this file names."""
        return self._tables("lists", _LIST_KEYS)

    def single_facts(self) -> None:
        """Take facts, findings, licences and remarks."""
        for item in self._items("facts"):
            if "corrects" not in item:
                self.statements.single(item)
        for item in self._items("findings"):
            self.statements.finding(item)
        for item in self._items("licences"):
            self.statements.licence(item)
        for item in self._items("remarks"):
            self.statements.remark(item)

    def corrections(self) -> None:
        """Take the facts that correct others."""
        for item in self._items("facts"):
            if "corrects" in item:
                self.statements.correction(item)

    def declarations(self) -> list[Table]:
        """Return the tables of suppliers' declarations that this file names."""
        return self._tables("declarations", _TABLE_KEYS)

    def _source(self, ident: str, item: Map) -> None:
        assembly, at = self.assembly, self.content["sources"].where(ident)
        assembly.only(item, (*_SOURCE_KEYS, "day"), "a source")
        name, kind, reference, note = (
            assembly.taken(item.where(key), key, text, item[key]) or "" if key in item else ""
            for key in _SOURCE_KEYS
        )
        spoke = assembly.taken(item.where("day"), "day", day, item["day"]) if "day" in item else None
        source = Source(ident, name or ident, kind, spoke, reference, note)
        if assembly.sources.setdefault(ident, source) != source:
            assembly.refuse(
                at, f"the source `{ident}` is described differently elsewhere", "keep one of them"
            )

    def _base(self) -> None:
        assembly = self.assembly
        if "base" not in self.content:
            return
        at = self.content.where("base")
        base = assembly.taken(at, "base", currency, self.content["base"])
        if base is None:
            return
        earlier = assembly.base or (assembly.known.base if assembly.known.kinds else base)
        if earlier != base:
            assembly.refuse(at, f"the base currency is `{earlier}` elsewhere", "rates need one base")
        assembly.base = base

    def _rates(self) -> None:
        assembly, rates = self.assembly, self.content.get("rates")
        if rates is None:
            return
        if not isinstance(rates, Map):
            assembly.refuse(self.content.where("rates"), "`rates` is not a mapping", 'write {USD: "0.92"}')
            return
        for code, raw in rates.items():
            at = rates.where(code)
            assembly.taken(at, "rates", currency, code)
            rate = assembly.taken(at, f"rate of {code}", number, raw)
            if rate == 0:
                assembly.refuse(at, f"the rate of `{code}` is zero", "write the value of one unit")
            elif rate is not None and assembly.rates.setdefault(code, rate) != rate:
                assembly.refuse(at, f"`{code}` has another rate elsewhere", "keep one of them")

    def _subject(self, ident: str, item: Map, kind: str, at: Where) -> None:
        assembly, statements = self.assembly, self.statements
        assembly.define(ident, kind, at)
        told = self.told.read(item, assembly.refuse)
        fields = assembly.fields[kind]
        lists = THING_LISTS if kind == "thing" else PARTY_LISTS
        for key, raw in item.items():
            where = item.where(key)
            if key == "name":
                statements.name(ident, raw, where)
            elif key in fields:
                statements.cell(ident, key, fields[key], raw, told, where)
            elif key in lists:
                statements.elements(ident, key, raw, told, where)
            elif key == "complete":
                statements.completes(ident, raw, kind, told, where)
            elif key not in TELLING_KEYS:
                mend = did_you_mean(key, (*fields, *lists, "complete", *TELLING_KEYS))
                assembly.refuse(where, f"unknown field `{key}` of a {kind}", mend)

    def _tables(self, section: str, keys: frozenset[str]) -> list[Table]:
        assembly, tables = self.assembly, []
        for item in self._items(section):
            assembly.only(item, keys, f"`{section}`")
            path = self._beside(item, "file")
            if path is None:
                continue
            file = (Path(self.file).parent / path.relative_to(self.folder)).as_posix()
            told = self.told.read(item, assembly.refuse)
            product = item.get("product")
            if product is not None:
                product = assembly.taken(item.where("product"), "product", text, product)
            replaces = self._beside(item, "replaces") if "replaces" in item else None
            completes = assembly.maps_in(item.get("complete"), item.where("complete"), "complete")
            for complete in completes:
                assembly.only(complete, COMPLETE_KEYS, "`complete`")
            tables.append(Table(path, file, item.at, told, product or "", replaces, tuple(completes)))
        return tables

    def _beside(self, item: Map, key: str) -> Path | None:
        """Return the path of a file in the folder of this one, never outside it."""
        name = self.assembly.taken(item.where(key), key, text, item.get(key))
        if name is None:
            return None
        path = Path(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
            what = f"`{name}` lies outside the folder of this file"
            self.assembly.refuse(item.where(key), what, "move it beside this file")
            return None
        return self.folder / path

    def _named(self, section: str) -> list[tuple[str, Map]]:
        """Return the entries of a section that has one for each id."""
        assembly, raw = self.assembly, self.content.get(section)
        if raw is None:
            return []
        if not isinstance(raw, Map):
            assembly.refuse(self.content.where(section), f"`{section}` is not a mapping", "write `ID:` lines")
            return []
        found = []
        for ident, item in raw.items():
            if item is None:
                found.append((ident, Map(raw.where(ident))))
            elif isinstance(item, Map):
                found.append((ident, item))
            else:
                mend = "write `field: value` lines under it"
                assembly.refuse(raw.where(ident), f"`{ident}` is not a mapping", mend)
        return found

    def _items(self, section: str) -> list[Map]:
        """Return the entries of a section that is a list."""
        raw = self.content.get(section, Seq(self.content.at))
        return self.assembly.maps_in(raw, self.content.where(section), section)

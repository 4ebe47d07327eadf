"""CycloneDX JSON (1.4 and newer) as a bill of materials.

Nested components and dependencies both say that something is in something else. What CycloneDX has no
field for stands in properties: ``lastword:origin``, ``lastword:eccn``, ``lastword:quantity``, ...
(``cdx:...:origin`` is read as well).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from lastword.errors import InputError, Problem, Where
from lastword.facts.schema import THING, Field
from lastword.files.bill import Bill, Part, Use
from lastword.files.bom import Wishes
from lastword.files.cells import tidied
from lastword.files.suggestion import did_you_mean
from lastword.files.text import read_bytes, unreadable, utf8_text
from lastword.files.values import Refused, currency, number, share

_OLDEST: Final = (1, 4)
_DEEPEST: Final = 40
_KINDS: Final[Mapping[str, str]] = {
    "application": "software", "framework": "software", "library": "software", "container": "software",
    "platform": "software", "operating-system": "software", "device-driver": "software", "firmware": "software",
    "file": "software", "machine-learning-model": "software", "device": "commodity", "data": "data",
}  # fmt: skip
_PROPERTY = re.compile(r"(?:lastword|cdx)(?::.*)?:([a-z_]+)")
_USE: Final = ("quantity", "unit_price", "currency", "share")


def read_cyclonedx(path: Path, file: str, stem: str, terms: Mapping[str, Field], wishes: Wishes) -> Bill:
    """Return what a CycloneDX document says; raises InputError with every component that cannot be taken."""
    text = utf8_text(read_bytes(path, file), file)
    try:
        document = json.loads(text, parse_float=str)
    except json.JSONDecodeError as error:
        raise unreadable(
            file, f"is not readable as JSON: {error.msg}", "mend it here", error.lineno
        ) from None
    except (RecursionError, ValueError):
        raise unreadable(
            file, "is nested too deeply or holds a number too long", "write it flatter"
        ) from None
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise unreadable(file, "is JSON but not CycloneDX", "it must say bomFormat: CycloneDX")
    version = str(document.get("specVersion", ""))
    if not re.fullmatch(r"\d+\.\d+", version) or tuple(map(int, version.split("."))) < _OLDEST:
        raise unreadable(file, f"is CycloneDX `{version}`", "1.4 and newer are read")
    return _Reading(file, terms).bill(document, stem, wishes)


class _Reading:
    def __init__(self, file: str, terms: Mapping[str, Field]) -> None:
        self.file = file
        self.fields = {**terms, **THING}
        self.problems: list[Problem] = []
        self.parts: dict[str, Part] = {}
        self.uses: dict[str, dict[str, Any]] = {}
        self.inside: dict[tuple[str, str], Where] = {}
        self.ids: dict[str, str] = {}

    def bill(self, document: Mapping[str, Any], stem: str, wishes: Wishes) -> Bill:
        metadata = document.get("metadata")
        root = metadata.get("component") if isinstance(metadata, dict) else None
        product = ""
        if isinstance(root, dict):
            product = self._component(root, "/metadata/component", 0) or ""
        bill = Bill(wishes.product or product or stem, self.parts)
        if wishes.product and product and wishes.product != product:
            self.inside[wishes.product, product] = Where(f"{self.file}#/metadata/component")
        if bill.product not in self.parts:
            self.parts[bill.product] = Part(bill.product, {}, Where(self.file))
        self._components(document.get("components"), "", "", 0)
        self._dependencies(document.get("dependencies"))
        if self.problems:
            raise InputError(self.problems)
        contained = {part for _, part in self.inside}
        for ident, part in self.parts.items():
            if ident != bill.product and ident not in contained:
                self.inside[bill.product, ident] = part.where
        for (parent, ident), where in self.inside.items():
            said = self.uses.get(ident, {})
            price = said.get("unit_price")
            if price is not None and not said.get("currency"):
                self._refuse(where, "`unit_price` without `currency`", "add the property lastword:currency")
            unit = said.get("currency", "") if price is not None else ""
            use = Use(parent, ident, where, said.get("quantity"), price, unit, said.get("share"))
            bill.uses.append(use)
        if self.problems:
            raise InputError(self.problems)
        said = self.uses.get(bill.product, {})
        if said.get("unit_price") is not None and said.get("currency"):
            bill.value = (said["unit_price"], said["currency"])
        bill.rows = len(self.parts) - 1
        return bill

    def _components(self, raw: Any, parent: str, pointer: str, depth: int) -> None:
        if raw is None:
            return
        at = f"{pointer}/components"
        if not isinstance(raw, list) or depth > _DEEPEST:
            self._refuse(
                Where(f"{self.file}#{at}"), "is not a list of components or too deep", "see CycloneDX"
            )
            return
        for index, item in enumerate(raw):
            here = f"{at}/{index}"
            if not isinstance(item, dict):
                self._refuse(Where(f"{self.file}#{here}"), "is not a component", "see CycloneDX")
                continue
            ident = self._component(item, here, depth)
            if ident and parent:
                self.inside.setdefault((parent, ident), Where(f"{self.file}#{here}"))

    def _component(self, item: Mapping[str, Any], pointer: str, depth: int) -> str | None:
        where = Where(f"{self.file}#{pointer}")
        name, version = item.get("name"), item.get("version")
        if not isinstance(name, str) or not name.strip():
            self._refuse(where, "a component without a name", "add `name`")
            return None
        called = f"{name} {version}" if version else name
        reference = item.get("bom-ref")
        ident = (
            reference
            if isinstance(reference, str) and reference
            else f"{name}@{version}"
            if version
            else name
        )
        if ident in self.parts:
            self._refuse(where, f"`{ident}` stands there twice", "give each component its own bom-ref")
            return None
        part = self.parts[ident] = Part(ident, {"name": called}, where)
        kind = _KINDS.get(str(item.get("type")))
        if kind:
            part.cells["kind"] = kind
        supplier = item.get("supplier")
        if isinstance(supplier, dict) and isinstance(supplier.get("name"), str):
            part.cells["supplier"] = supplier["name"].strip()
        properties = item.get("properties")
        for entry in properties if isinstance(properties, list) else ():
            if isinstance(entry, dict):
                self._property(part, str(entry.get("name", "")), str(entry.get("value", "")), where)
        self._components(item.get("components"), ident, pointer, depth + 1)
        return ident

    def _property(self, part: Part, name: str, value: str, where: Where) -> None:
        match = _PROPERTY.fullmatch(name)
        if match is None:
            return
        ours = match[1]
        if ours not in self.fields and ours not in _USE:
            if name.startswith("lastword:"):
                mend = did_you_mean(ours, (*self.fields, *_USE))
                self._refuse(where, f"unknown property `{name}`", mend)
            return
        try:
            if ours in _USE:
                self.uses.setdefault(part.id, {})[ours] = _use(ours, value)
            elif tidy := tidied(ours, self.fields[ours], value):
                part.cells[ours] = tidy
        except Refused as refused:
            self._refuse(where, f"property `{name}`: {refused.what}", refused.mend)

    def _dependencies(self, raw: Any) -> None:
        for index, item in enumerate(raw if isinstance(raw, list) else ()):
            where = Where(f"{self.file}#/dependencies/{index}")
            if not isinstance(item, dict):
                self._refuse(where, "is not a dependency", "see CycloneDX")
                continue
            below = item.get("dependsOn")
            ends = [str(end) for end in (item.get("ref"), *(below if isinstance(below, list) else ()))]
            for end in ends:
                if end not in self.parts:
                    self._refuse(
                        where, f"`{end}` is not the bom-ref of a component", did_you_mean(end, self.parts)
                    )
            for part in ends[1:]:
                if part in self.parts and ends[0] in self.parts:
                    self.inside.setdefault((ends[0], part), where)

    def _refuse(self, where: Where, what: str, mend: str) -> None:
        self.problems.append(Problem(where, what, mend))


def _use(name: str, value: str) -> Fraction | str:
    if name == "currency":
        return currency(value)
    return share(value) if name == "share" else number(value)

"""The statements of one facts file: values, list elements, corrections, findings, licences and remarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from lastword.errors import Where
from lastword.facts.day import EVER, Bound, Period
from lastword.facts.fact import Entry, Fact, Remark, ReportedCounts, Standing
from lastword.facts.schema import ACTS, END_USES, LISTS, Field
from lastword.files.assembly import LICENCES, PARTY_LISTS, THING_LISTS, WORLD, Assembly, fact_name, fact_of
from lastword.files.suggestion import unknown_word
from lastword.files.telling import TELLING_KEYS, Telling
from lastword.files.values import Refused, bound, day, period, shown, text
from lastword.files.yaml import Map, Seq

LANGUAGES: Final = ("en", "de")
_SCOPE: Final[Mapping[str, Field]] = {
    "act": Field("name", "act", "Handlung", ACTS),
    "from": Field("place", "from", "von"),
    "to": Field("place", "to", "nach"),
    "end_use": Field("name", "end use", "Endverwendung", END_USES),
}
_NAMING_KEYS: Final = ("id", "corrects")
_LONG_KEYS: Final = frozenset({"value", *_NAMING_KEYS, *TELLING_KEYS, *_SCOPE})
COMPLETE_KEYS: Final = frozenset({"list", "by", "deep", "remainder", "term", "id", *TELLING_KEYS})
COUNTS: Final = ("requests", "granted", "refused", "returned", "pending")
_REGISTER_MEND: Final = 'e.g. {authority: US/secretary-of-defense, requests: "1+", granted: 0}'
_COUNT: Final = re.compile(r"(\d{1,12})(\+?)", re.ASCII)
_FOUND: Final = {"shown": True, "not_shown": False, "done": True, "not_done": False}


@dataclass
class Statements:
    """Takes what one file states. ``told``: how its facts are told unless they say otherwise."""

    assembly: Assembly
    file: str
    told: Telling

    def name(self, ident: str, raw: object, where: Where) -> None:
        """Take what a subject is called, in one language or in each."""
        assembly = self.assembly
        names: dict[str, str] = {}
        if isinstance(raw, Map):
            assembly.only(raw, LANGUAGES, "a name")
            given = [(language, raw[language]) for language in LANGUAGES if language in raw]
        else:
            given = [("en", raw)]
        for language, one in given:
            name = assembly.taken(where, "name", text, one)
            if name == "none":
                assembly.refuse(where, "`name` cannot be none", "leave it out if it is not known")
            elif name:
                names[language] = name
        assembly.call(ident, names, where)

    def cell(
        self,
        about: str,
        attribute: str,
        field: Field,
        raw: object,
        told: Telling,
        where: Where,
        item: Map | None = None,
    ) -> None:
        """Take the value of one attribute. ``item``: an entry of ``facts:`` that carries id and scope itself."""
        assembly = self.assembly
        if isinstance(raw, Seq) and any(isinstance(one, Map) for one in raw):
            for index, one in enumerate(raw):
                self.cell(about, attribute, field, one, told, raw.where(index))
            return
        if isinstance(raw, Map) and ("value" in raw or field.kind != "money"):
            assembly.only(raw, _LONG_KEYS, f"`{attribute}`")
            if "value" not in raw:
                assembly.refuse(raw.at, f"`{attribute}` has no `value`", "write {value: ..., source: ...}")
                return
            told, item = told.read(raw, assembly.refuse), raw
            raw = raw["value"]
        value = assembly.value(where, attribute, field, raw)
        if value is None:
            return
        ident, corrects = self._naming(item)
        scope = self._scope(item)
        assembly.tell(
            fact_of(about, attribute, value, told, where, ident=ident, scope=scope, corrects=corrects)
        )

    def elements(
        self, about: str, name: str, raw: object, told: Telling, where: Where, item: Map | None = None
    ) -> None:
        """Take one or several elements of a list."""
        assembly = self.assembly
        if raw == "none":
            mend = f'write complete: [{{list: {name}, by: "who says so"}}]'
            assembly.refuse(where, f"`{name}: none` does not say who declares the list complete", mend)
            return
        counts: dict[str, int] = {}
        for index, one in enumerate(raw if isinstance(raw, Seq) else [raw]):
            at = raw.where(index) if isinstance(raw, Seq) else where
            element = self._element_map(name, one, at)
            if element is None:
                continue
            values = self._values(element, LISTS[name], (*LISTS[name], "key", *_NAMING_KEYS), f"`{name}`")
            if not self._refers(name, element, values, at):
                continue
            key = str(element["key"]) if "key" in element else _element_key(values)
            counts[key] = counts.get(key, 0) + 1
            if counts[key] > 1:
                key = f"{key}#{counts[key]}"
            ident, corrects = self._naming(item if item is not None else element)
            own = told.read(element, assembly.refuse)
            entry = Entry(key, values)
            assembly.tell(
                fact_of(about, name, entry, own, at, kind="element", ident=ident, corrects=corrects)
            )

    def completes(self, about: str, raw: object, kind: str, told: Telling, where: Where) -> None:
        """Take declarations that lists are complete."""
        for item in self.assembly.maps_in(raw, where, "complete"):
            self.assembly.only(item, COMPLETE_KEYS, "`complete`")
            lists = self.assembly.lists_named(item, kind)
            self.assembly.complete(about, item, lists, told.read(item, self.assembly.refuse), item.at)

    def single(self, item: Map, about: str = "") -> None:
        """Take one entry of ``facts:``: a subject, one attribute or list, and how it is told."""
        assembly = self.assembly
        about = about or self._about(item) or ""
        kind = assembly.kind_of(about)
        if kind is None:
            return
        fields = assembly.fields[kind]
        lists = THING_LISTS if kind == "thing" else PARTY_LISTS
        said = [key for key in item if key in fields or key in lists or key == "complete"]
        allowed = ("about", *_NAMING_KEYS, *TELLING_KEYS, *_SCOPE, *fields, *lists, "complete")
        assembly.only(item, allowed, "a fact")
        if len(said) != 1:
            what = "a fact says nothing" if not said else "a fact says several things at once"
            assembly.refuse(item.at, what, "write one field or list per fact")
            return
        key, raw, where = said[0], item[said[0]], item.where(said[0])
        told = self.told.read(item, assembly.refuse)
        if key == "name":
            self.name(about, raw, where)
        elif key in fields:
            self.cell(about, key, fields[key], raw, told, where, item)
        elif key == "complete":
            self.completes(about, raw, kind, told, where)
        else:
            self.elements(about, key, raw, told, where, item)

    def correction(self, item: Map) -> None:
        """Take an entry of ``facts:`` that corrects or withdraws an earlier fact."""
        assembly = self.assembly
        corrects = assembly.taken(item.where("corrects"), "corrects", text, item["corrects"])
        if corrects is None:
            return
        old = self._corrected(corrects)
        if old is None:
            self._check_correction(item, corrects)
            return
        if set(item) - {"about", "value", *_NAMING_KEYS, *TELLING_KEYS, *_SCOPE}:
            self.single(item, about=old.about)
            return
        ident, _ = self._naming(item)
        told = self.told.read(item, assembly.refuse)
        value = old.value
        if "value" in item and old.kind == "cell":
            field = assembly.fields[assembly.kind_of(old.about) or "thing"].get(old.attribute)
            if field is not None:
                value = assembly.value(item.where("value"), old.attribute, field, item["value"])
        elif "standing" not in item:
            assembly.refuse(
                item.at, "a correction says nothing new", "write the value, or standing: withdrawn"
            )
        scope = self._scope(item) or old.scope
        fact = fact_of(
            old.about, old.attribute, value, told, item.at, kind=old.kind, ident=ident, scope=scope
        )
        assembly.tell(replace(fact, corrects=corrects))

    def finding(self, item: Map) -> None:
        """Take what a named person found: conditions shown (R9) or duties done (R10), one fact per name."""
        assembly = self.assembly
        assembly.only(item, ("about", "rule", *_FOUND, "by", "day", *TELLING_KEYS), "a finding")
        about = self._about(item)
        rule = assembly.taken(item.where("rule"), "rule", text, item.get("rule"))
        by = assembly.taken(item.where("by"), "by", text, item.get("by"))
        told = self.told.read(item, assembly.refuse)
        if "day" in item:
            found_on = assembly.taken(item.where("day"), "day", day, item["day"])
            if found_on is not None and "known_from" not in item:
                told = replace(told, known=Period(Bound.on(found_on), told.known.end))
        if not any(key in item for key in _FOUND):
            assembly.refuse(item.at, "a finding says nothing", "add `shown: [...]` or `done: [...]`")
        if about is None or rule is None or by is None:
            return
        told = replace(told, said_by=by)
        for key, state in _FOUND.items():
            raw = item.get(key, Seq(item.at))
            for name in ["*"] if raw == "all" else raw if isinstance(raw, Seq) else [raw]:
                what = assembly.taken(item.where(key), key, text, name)
                if what is not None:
                    assembly.tell(fact_of(about, f"{rule}: {what}", state, told, item.where(key)))

    def licence(self, item: Map) -> None:
        """Take a licence or decision of somebody, on which a permission may rest (R13)."""
        assembly, fields = self.assembly, LISTS[LICENCES]
        values = self._values(item, fields, (*fields, "about", "things", *_NAMING_KEYS), "a licence")
        things = []
        for key in ("about", "things"):
            raw = item.get(key, Seq(item.at))
            for one in raw if isinstance(raw, Seq) else [raw]:
                thing = assembly.taken(item.where(key), key, text, one)
                if thing is not None and thing != WORLD:
                    assembly.refer(item.where(key), thing, "thing")
                    things.append(thing)
        if things:
            values["things"] = tuple(things)
        told = self.told.read(item, assembly.refuse)
        ident, corrects = self._naming(item)
        entry = Entry(str(values.get("number") or ident or f"{self.file}:{item.at.line}"), values)
        fact = fact_of(LICENCES, LICENCES, entry, told, item.at, kind="element", ident=ident)
        assembly.tell(replace(fact, corrects=corrects))

    def remark(self, item: Map) -> None:
        """Take something said in public that changes no rule."""
        assembly = self.assembly
        assembly.only(item, ("id", "text", "day", "about", "register", *TELLING_KEYS), "a remark")
        said = assembly.taken(item.where("text"), "text", text, item.get("text"))
        ident = assembly.taken(item.where("id"), "id", text, item.get("id"))
        on = assembly.taken(item.where("day"), "day", day, item["day"]) if "day" in item else None
        about = (self._about(item) or "") if "about" in item else ""
        usual = replace(self.told, standing=Standing.CONFIRMED)
        told = usual.read(item, assembly.refuse)
        register = self._register(item) if "register" in item else None
        if said is None or ident is None:
            return
        if any(remark.id == ident for remark in (*assembly.remarks, *assembly.known.remarks)):
            assembly.refuse(item.where("id"), f"there is another remark `{ident}`", "give another id")
        assembly.named_sources.setdefault(told.source, item.at)
        assembly.remarks.append(
            Remark(ident, said, told.source, on, about, told.standing, told.known, register)
        )

    def _register(self, item: Map) -> ReportedCounts | None:
        """Take the numbers of a remark on how requests were decided."""
        assembly = self.assembly
        given = item["register"]
        if not isinstance(given, Map):
            assembly.refuse(item.where("register"), "`register` must be a mapping", _REGISTER_MEND)
            return None
        assembly.only(given, ("authority", "from", "to", *COUNTS), "a register")
        authority = assembly.taken(given.where("authority"), "authority", text, given.get("authority"))
        ends = [
            assembly.taken(given.where(key), key, bound, given[key]) if key in given else None
            for key in ("from", "to")
        ]
        counts = {
            key: found
            for key in COUNTS
            if key in given
            and (found := assembly.taken(given.where(key), key, _count, given[key])) is not None
        }
        if not counts:
            assembly.refuse(item.where("register"), "`register` holds no number", _REGISTER_MEND)
        span = assembly.taken(item.where("register"), "register", lambda _: period(*ends), None)
        if authority is None or span is None:
            return None
        return ReportedCounts(authority, counts, span)

    def _values(
        self, item: Map, fields: Mapping[str, Field], keys: tuple[str, ...], what: str
    ) -> dict[str, Any]:
        self.assembly.only(item, (*keys, *TELLING_KEYS), what)
        values = {}
        for key, field in fields.items():
            if key in item:
                value = self.assembly.value(item.where(key), key, field, item[key])
                if value is not None:
                    values[key] = value
        return values

    def _element_map(self, name: str, raw: object, at: Where) -> Map | None:
        """Return an element as a mapping; a bare id stands for the thing or party it names."""
        target = _target(name)
        if isinstance(raw, Map):
            return raw
        if target in LISTS[name] and isinstance(raw, str | int) and not isinstance(raw, bool):
            element = Map(at)
            element[target] = str(raw)
            return element
        mend = "write {" + target + ": ID}"
        self.assembly.refuse(at, f"`{shown(raw)}` is not an element of `{name}`", mend)
        return None

    def _refers(self, name: str, element: Map, values: Mapping[str, Any], at: Where) -> bool:
        target = _target(name)
        if "unit_price" in values and "share" in values:
            self.assembly.refuse(at, "a unit price and a share for the same part", "keep one of them")
        if target not in LISTS[name]:
            return True
        if target not in values:
            if target not in element:
                self.assembly.refuse(at, f"an element of `{name}` names no {target}", f"add `{target}: ID`")
            return False
        self.assembly.refer(at, values[target], target)
        return True

    def _naming(self, item: Map | None) -> tuple[str, str]:
        """Return the id of a fact and the id of the one it corrects."""
        if item is None:
            return "", ""
        ident, corrects = (
            self.assembly.taken(item.where(key), key, text, item[key]) or "" if key in item else ""
            for key in _NAMING_KEYS
        )
        if corrects:
            self._check_correction(item, corrects)
        return ident, corrects

    def _check_correction(self, item: Map, corrects: str) -> None:
        assembly, at = self.assembly, item.where("corrects")
        if self._corrected(corrects) is None:
            names = (*assembly.ids, *assembly.known_ids)
            assembly.refuse(at, *unknown_word("the id of a fact", corrects, names))
        if "known_from" not in item and self.told.known.start == EVER:
            assembly.refuse(at, "a correction does not say since when it is known", "add known_from")

    def _corrected(self, name: str) -> Fact | None:
        """Return the fact with the id ``name``, or the one fact without an id that is called so."""
        found = self.assembly.ids.get(name) or self.assembly.known_ids.get(name)
        if found is not None or "/" not in name:
            return found
        facts = (*self.assembly.facts, *self.assembly.known.facts)
        called = [
            fact
            for fact in facts
            if name.startswith(fact.about) and not fact.id and not fact.corrects and fact_name(fact) == name
        ]
        return called[0] if len(called) == 1 else None

    def _scope(self, item: Map | None) -> tuple[tuple[str, str], ...]:
        """Return the questions a value is limited to, e.g. those with the destination China."""
        scope = []
        for key, field in _SCOPE.items():
            if item is not None and key in item:
                value = self.assembly.value(item.where(key), key, field, item[key])
                if isinstance(value, str):
                    scope.append((key, value))
        return tuple(scope)

    def _about(self, item: Map) -> str | None:
        assembly = self.assembly
        about = assembly.taken(item.where("about"), "about", text, item.get("about"))
        if about is not None and about != WORLD and assembly.kind_of(about) is None:
            assembly.refuse(
                item.where("about"), *unknown_word("a thing or party", about, assembly.subjects())
            )
            return None
        return str(about) if about is not None else None


def _target(name: str) -> str:
    return "party" if name == "owners" else "thing"


def _element_key(values: Mapping[str, Any]) -> str:
    """Return what tells an element from the others of its list."""
    for key in ("thing", "party", "order"):
        if key in values:
            return str(values[key])
    return "-".join(str(values.get(key, "?")) for key in ("from", "to", "day") if key in values) or "?"


def _count(value: object) -> tuple[int, bool]:
    """Return a number of cases from ``3`` or ``"3+"``, which means three at least."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12:
        return value, False
    match = _COUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Refused(f"`{shown(value)}` is no number of cases", 'write 3, or "3+" for three at least')
    return int(match[1]), bool(match[2])

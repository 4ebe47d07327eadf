"""Reading packs: rules, terms and tables as YAML and CSV (``docs/packs.md`` describes the format).

Everything wrong in all files of a pack is reported at once, with file and line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from lastword.errors import InputError, Problem, Where
from lastword.facts.audience import AUDIENCES
from lastword.facts.day import ALWAYS, EVER, NEVER, Bound, Period
from lastword.facts.fact import Standing
from lastword.facts.schema import ACTS, CIRCUMSTANCES, LISTS, PARTY, THING, Field
from lastword.facts.unknown import NONE
from lastword.files import packtables
from lastword.files.packdigest import digest_of
from lastword.files.suggestion import did_you_mean
from lastword.files.values import Refused, bound
from lastword.files.yaml import Map, Seq, read_yaml
from lastword.reach.builtin import BUILT_IN_TYPES, OF_LINES
from lastword.rules.condition import Condition, compile_condition
from lastword.rules.rule import (
    KINDS,
    REACHES,
    Consent,
    Coverage,
    Dated,
    Duty,
    Finding,
    Ladder,
    Pack,
    Reach,
    Rule,
    Seat,
    Term,
    Texts,
    Unread,
    UsualTime,
)
from lastword.rules.table import STALE_AFTER, Citation, Lines, Row, Table
from lastword.rules.types import (
    ANY,
    BOOL,
    CODE,
    DAY,
    NUMBER,
    PLACE,
    TEXT,
    Schema,
    TableType,
    TermType,
    Type,
    list_of,
    subject,
)

_TYPES: Mapping[str, Type] = {
    "yes-no": BOOL,
    "number": NUMBER,
    "text": TEXT,
    "name": TEXT,
    "place": PLACE,
    "day": DAY,
    "code": CODE,
    "money": Type("money"),
    "columns": list_of(TEXT),
    "authority": TEXT,
    "thing": subject("thing"),
    "party": subject("party"),
}
SEEN_ACTS = frozenset({*ACTS, "transfer", "domestic"})
OUTLOOKS = ("denial", "presumed_denial", "case_by_case", "presumed_grant", "grant_unless")
CLAIMS = ("statute", "regulation_abroad", "agreement", "contract", "practice")
ASKERS = ("exporter", "reexporter", "holder_state", "maker", "supplier", "user")
_RULE_KEYS = frozenset(
    [
        "id",
        "family",
        "kind",
        "title",
        "citation",
        "from",
        "to",
        "known_from",
        "known_to",
        "standing",
        "in_force",
        "acts",
        "seen_from",
        "leg",
        "domain",
        "needs",
        "needs_any",
        "when",
        "reach",
        "unread",
        "gives",
        "consent",
        "per",
        "lifts",
        "satisfies",
        "name",
        "burden",
        "checklist",
        "duties",
        "shows",
        "cases_note",
        "lifted_by_office",
        "audience",
        "note",
    ]
)
_TERM_KEYS = frozenset(
    ["id", "args", "type", "title", "statable", "scope", "values", "value", "citation", "family", "note"]
)

_HEAD_KEYS = frozenset(
    [
        "id",
        "version",
        "title",
        "state",
        "union",
        "uses",
        "authorities",
        "covers",
        "not_looked_at",
        "fields",
        "ladders",
    ]
)
_FIELD_KEYS = frozenset(["kind", "en", "de", "words"])
_LADDER_KEYS = frozenset(["id", "gives", "when", "presumed", "citation"])
_COVERAGE_KEYS = frozenset(["states", "acts", "kinds", "when", "from", "to"])
_FINDING_KEYS = frozenset(["id", "en", "de", "circumstance", "said"])
_DUTY_KEYS = frozenset(["id", "what", "to", "who", "when", "days", "silence"])
_TIME_KEYS = frozenset(["days", "kind", "en", "de", "citation"])
_SEAT_KEYS = frozenset(["authority", "procedure"])
_TABLE_KEYS = frozenset(
    [
        "id",
        "title",
        "citation",
        "file",
        "keys",
        "wide",
        "value",
        "type",
        "missing",
        "read",
        "assume",
        "stale_after",
        "lines",
        "note",
        "rows",
    ]
)
_WIDE_KEYS = frozenset(["columns", "mark"])
_TEXT_KEYS = frozenset(["en", "de"])
_VALUE_KEYS = frozenset(["value", "from", "to"])
_CITATION_KEYS = frozenset(["text", "read", "reported", "note", "again"])


def read_packs(folders: Sequence[Path]) -> tuple[Pack, ...]:
    """Return the packs in ``folders``, checked against one another. Raises InputError with every problem of
    all files.
    """
    readings = [PackFolder(folder) for folder in folders]
    for reading in readings:
        reading.read_heads()
    problems = [problem for reading in readings for problem in reading.problems]
    schema = schema_of(readings)
    packs = [reading.build(schema) for reading in readings]
    problems = [problem for reading in readings for problem in reading.problems]
    if problems:
        raise InputError(problems)
    return tuple(pack for pack in packs if pack is not None)


def schema_of(readings: Iterable[PackFolder]) -> Schema:
    """Return what the conditions of all packs may speak of."""
    thing = {name: _TYPES[f.kind] for name, f in THING.items()}
    terms: dict[str, TermType] = {
        name: TermType(tuple(_TYPES[a] for a in args), _TYPES[result], of_lines=name in OF_LINES)
        for name, (args, result) in BUILT_IN_TYPES.items()
    }
    tables: dict[str, TableType] = {}
    for reading in readings:
        thing.update({name: _TYPES[f.kind] for name, f in reading.fields.items()})
        for ident, (args, result, statable) in reading.signatures.items():
            terms[ident] = TermType(tuple(_TYPES[kind] for _, kind in args), _TYPES[result])
            if statable and args and args[0][1] == "thing":
                thing[ident] = _TYPES[result]
        tables.update(reading.table_types)
    things = list_of(subject("thing"))
    thing.update({
        "usd_value": NUMBER,
        "parts": things,
        "whole": things,
        "bundled": things,
        "relation": TEXT,
        "kind_of_need": TEXT,
        "technology": things,
        "needs": things,
        "custody": list_of(subject("step")),
    })  # fmt: skip
    party = {name: _TYPES[f.kind] for name, f in PARTY.items()}
    owner = {**party, **{name: _TYPES[f.kind] for name, f in LISTS["owners"].items()}}
    question = {
        "from": PLACE,
        "to": PLACE,
        "act": TEXT,
        "end_use": TEXT,
        "as_of": DAY,
        "value": NUMBER,
        "quantity": NUMBER,
        "circumstance": TEXT,
        "route": list_of(PLACE),
        "parties": list_of(subject("party")),
    }
    return Schema(
        {
            "thing": thing,
            "step": {name: _TYPES[f.kind] for name, f in LISTS["custody"].items()},
            "party": {**party, "owners": list_of(subject("owner"))},
            "owner": owner,
            "question": question,
        },
        terms,
        tables,
    )


class PackFolder:
    """One pack being read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.fields: dict[str, Field] = {}
        self.signatures: dict[str, tuple[tuple[tuple[str, str], ...], str, bool]] = {}
        self.table_types: dict[str, TableType] = {}
        self.head: Map = Map(Where(f"{folder.name}/pack.yaml"))
        self.term_maps: list[Map] = []
        self.rule_maps: list[Map] = []
        self.tables: list[Table] = []
        self.lines: list[Lines] = []
        self.schema = Schema()

    # -- heads: what other packs may speak of
    # -----------------------------------------------------------------

    def read_heads(self) -> None:
        """Read everything but the conditions."""
        head = self._yaml(self.folder / "pack.yaml")
        if not isinstance(head, Map):
            return
        self.head = head
        self._unknown_keys(head, _HEAD_KEYS, "key")
        with self._collecting():
            for name, spec in _items(head, "fields"):
                self._unknown_keys(spec, _FIELD_KEYS, "key")
                kind = str(spec.get("kind", ""))
                if kind not in _TYPES:
                    self._problem(spec.at, f"`{kind}` is no kind of field", did_you_mean(kind, _TYPES))
                    continue
                words = tuple(str(word) for word in spec.get("words", ()))
                self.fields[name] = Field(kind, str(spec.get("en", name)), str(spec.get("de", name)), words)
        for path in sorted((self.folder / "rules").glob("*.yaml")):
            content = self._yaml(path)
            if isinstance(content, Map):
                self._unknown_keys(content, {"terms", "rules"}, "section")
                self.term_maps.extend(_maps(content, "terms"))
                self.rule_maps.extend(_maps(content, "rules"))
        for term in self.term_maps:
            with self._collecting():
                self._signature(term)
        if (self.folder / "tables.yaml").exists():
            content = self._yaml(self.folder / "tables.yaml")
            if isinstance(content, Map):
                self._unknown_keys(content, {"tables"}, "section")
            for spec in _maps(content, "tables") if isinstance(content, Map) else ():
                with self._collecting():
                    self._table(spec)

    def _signature(self, term: Map) -> None:
        ident = _word(term, "id")
        args = tuple((name, str(kind)) for name, kind in dict(term.get("args") or {}).items())
        result = str(term.get("type", "yes-no"))
        for kind in (*(kind for _, kind in args), result):
            if kind not in _TYPES:
                raise InputError(
                    Problem(term.at, f"`{kind}` is no kind of value", did_you_mean(kind, _TYPES))
                )
        self.signatures[ident] = (args, result, term.get("statable") is True or not _has_values(term))

    # -- build
    # ------------------------------------------------------------------------------------------------

    def build(self, schema: Schema) -> Pack | None:
        """Return the pack; problems are kept in ``problems``."""
        self.schema = schema
        head = self.head
        if "id" not in head:
            return None
        terms, rules, ladders, covers = [], [], [], []
        for spec in self.term_maps:
            with self._collecting():
                terms.append(self._term(spec))
        for spec in self.rule_maps:
            with self._collecting():
                rules.append(self._rule(spec))
        for spec in _maps(head, "ladders"):
            with self._collecting():
                ladders.append(self._ladder(spec))
        for spec in _maps(head, "covers"):
            with self._collecting():
                covers.append(self._coverage(spec))
        with self._collecting():
            return Pack(
                id=_word(head, "id"),
                title=_texts(head, "title"),
                state=_word(head, "state"),
                union=str(head.get("union") or ""),
                authorities={name: _two(value, name) for name, value in _items(head, "authorities")},
                covers=tuple(covers),
                not_looked_at=tuple(_two(m, "not_looked_at") for m in _maps(head, "not_looked_at")),
                ladders=tuple(ladders),
                fields=self.fields,
                terms=tuple(terms),
                rules=tuple(rules),
                tables=tuple(self.tables),
                lines=tuple(self.lines),
                digest=digest_of(self.folder),
                version=str(head.get("version") or ""),
            )
        return None

    def _scope(self, **extra: str) -> dict[str, Type]:
        scope = {
            "thing": subject("thing"),
            "question": subject("question"),
            "from": PLACE,
            "to": PLACE,
            "act": TEXT,
            "end_use": TEXT,
            "as_of": DAY,
        }
        scope.update({name: subject(kind) for name, kind in extra.items()})
        return scope

    def _condition(
        self, spec: Map, key: str, scope: Mapping[str, Type], want: Type | None = BOOL
    ) -> Condition | None:
        text = spec.get(key)
        if text is None:
            return None
        if isinstance(text, bool):
            text = "true" if text else "false"
        return compile_condition(str(text), scope=scope, schema=self.schema, at=spec.where(key), want=want)

    def _term(self, spec: Map) -> Term:
        self._unknown_keys(spec, _TERM_KEYS, "key")
        self._unknown_text_keys(spec)
        ident = _word(spec, "id")
        args, result, statable = self.signatures[ident]
        scope = {**self._scope(), **{name: _TYPES[kind] for name, kind in args}}
        want = None if _TYPES[result] == ANY else _TYPES[result]
        values = []
        if "value" in spec:
            values.append(Dated(_needed(self._condition(spec, "value", scope, want)), ALWAYS))
        for one in _maps(spec, "values"):
            self._unknown_keys(one, _VALUE_KEYS, "key")
            values.append(Dated(_needed(self._condition(one, "value", scope, want)), _period(one)))
        return Term(
            id=ident,
            pack=_word(self.head, "id"),
            args=args,
            type=result,
            title=_texts(spec, "title"),
            citation=_citation(spec),
            family=str(spec.get("family") or ident),
            values=tuple(values),
            statable=statable,
            scope=tuple(str(s) for s in spec.get("scope") or ()),
            where=spec.at,
        )

    def _rule(self, spec: Map) -> Rule:
        self._unknown_keys(spec, _RULE_KEYS, "key")
        self._unknown_text_keys(spec)
        if spec.get("burden", "claimant") not in ("claimant", "none"):
            self._problem(spec.where("burden"), "`burden` is `claimant` or `none`")
        scope = self._scope()
        known = _gathered(
            kind=lambda: _choice(spec, "kind", KINDS),
            citation=lambda: _citation(spec),
            id=lambda: _word(spec, "id"),
            title=lambda: _texts(spec, "title"),
            acts=lambda: _acts(spec),
            period=lambda: _period(spec),
            known=lambda: _known(spec),
            domain=lambda: self._condition(spec, "domain", scope),
            when=lambda: self._condition(spec, "when", scope),
            per=lambda: self._condition(spec, "per", self._scope(step="step"), None),
            reach=lambda: tuple(self._reaches(spec)),
            unread=lambda: None if spec.get("unread") is None else self._unread(spec["unread"], scope),
            checklist=lambda: tuple(self._finding(m) for m in _maps(spec, "checklist")),
            duties=lambda: tuple(self._duty(m) for m in _maps(spec, "duties")),
            consent=lambda: self._consent(spec["consent"], "per" in spec) if "consent" in spec else None,
            shows=lambda: {
                name: compile_condition(
                    str(text), scope=scope, schema=self.schema, at=spec.where("shows"), want=None
                )
                for name, text in dict(spec.get("shows") or {}).items()
            },
            standing=lambda: _standing(spec),
            audience=lambda: _choice(spec, "audience", AUDIENCES) if "audience" in spec else "public",
        )
        kind = known["kind"]
        families = _words(spec, "family") or (known["id"],)
        rule = Rule(
            pack=_word(self.head, "id"),
            state=_word(self.head, "state"),
            family=families[0],
            also=families[1:],
            in_force_unknown=spec.get("in_force") == "unknown",
            seen_from=str(spec.get("seen_from") or ""),
            union=str(self.head.get("union") or ""),
            leg=str(spec.get("leg") or ""),
            needs=_words(spec, "needs"),
            needs_any=_words(spec, "needs_any"),
            gives=str(spec.get("gives") or ""),
            lifts=_words(spec, "lifts"),
            satisfies=_words(spec, "satisfies"),
            name=str(spec.get("name") or ""),
            claimant=kind in ("exception", "permission") and spec.get("burden", "claimant") != "none",
            lifted_by_office=str(spec.get("lifted_by_office") or ""),
            where=spec.at,
            **known,
        )
        self._check_kind(spec, rule)
        return rule

    def _check_kind(self, spec: Map, rule: Rule) -> None:
        wanted = {
            "regime": ("gives", rule.gives),
            "consent": ("consent", rule.consent),
            "exception": ("lifts", rule.lifts),
            "permission": ("satisfies", rule.satisfies),
        }.get(rule.kind)
        if wanted is not None and not wanted[1]:
            raise InputError(Problem(spec.at, f"a rule of kind `{rule.kind}` must say `{wanted[0]}`"))

    def _reaches(self, spec: Map) -> Iterator[Reach]:
        reach = spec.get("reach")
        ways: Iterable[Any] = () if reach is None else reach if isinstance(reach, Seq) else (reach,)
        for way in ways:
            yield from self._reach(way, spec)

    def _reach(self, spec: Any, rule: Map) -> Iterator[Reach]:
        if not isinstance(spec, Map):
            raise InputError(Problem(rule.where("reach"), "a reach is written as `kind: {...}`"))
        for kind, body in spec.items():
            if kind not in REACHES:
                raise InputError(
                    Problem(spec.where(kind), f"`{kind}` is no kind of reach", did_you_mean(kind, REACHES))
                )
            if kind in ("origin", "place"):
                yield Reach(kind, _needed(self._condition(spec, kind, self._scope())))
                continue
            if not isinstance(body, Map):
                raise InputError(Problem(spec.where(kind), f"`{kind}` needs its parts: {{of: ...}}"))
            yield self._reach_body(kind, body)

    def _reach_body(self, kind: str, body: Map) -> Reach:
        known = {
            "any_part": {"of", "stop", "itself"},
            "content": {"counts", "limit", "equal", "stop", "whole", "base", "at_most"},
            "made_with": {"of", "through"},
            "needs_in_use": {"of", "kinds", "through"},
            "undertaking": {"of", "through", "presumed"},
            "party": {"of"},
        }[kind]
        self._unknown_keys(body, known, "key")
        part = self._scope(part="thing")
        bound_to = {"made_with": "tech", "needs_in_use": "need", "undertaking": "step", "party": "party"}.get(
            kind
        )
        kinds = {"tech": "thing", "need": "thing"}
        scope = self._scope(**{bound_to: kinds.get(bound_to, bound_to)}) if bound_to else part
        if bound_to in ("tech", "need", "step"):
            scope["part"] = subject("thing")
        test = self._condition(body, "counts" if kind == "content" else "of", scope)
        if test is None:
            raise InputError(
                Problem(body.at, f"`{kind}` must say what it looks for (`of`, or `counts` for content)")
            )
        if body.get("equal", "free") not in ("free", "caught"):
            raise InputError(Problem(body.where("equal"), "`equal` is `free` or `caught`"))
        return Reach(
            kind,
            test,
            stop=self._condition(body, "stop", part),
            whole=self._condition(body, "whole", part),
            limit=self._condition(body, "limit", self._scope(), NUMBER),
            equal_free=body.get("equal", "free") == "free",
            at_most=str(body.get("at_most") or ""),
            base=_two(body["base"], "base") if isinstance(body.get("base"), Map) else {},
            itself=body.get("itself", True) is not False,
            through=body.get("through") == "contains",
            kinds=tuple(body.get("kinds") or ()),
            presumed=self._condition(body, "presumed", scope),
        )

    def _unread(self, spec: Map, scope: Mapping[str, Type]) -> Unread:
        self._unknown_keys(spec, {"what", "when", "may"}, "key")
        return Unread(
            _texts(spec, "what"), _choice(spec, "may", ("add", "drop")), self._condition(spec, "when", scope)
        )

    def _consent(self, spec: Map, per: bool) -> Consent:
        self._unknown_keys(
            spec,
            {
                "alternatives",
                "last_word",
                "vetoes",
                "asked_by",
                "claim",
                "papers",
                "outlook",
                "usual_time",
            },
            "key",
        )
        alternatives = tuple(
            tuple(self._seat(seat, per) for seat in (group if isinstance(group, Seq) else (group,)))
            for group in spec.get("alternatives") or ()
        )
        if not alternatives or not all(alternatives):
            raise InputError(
                Problem(
                    spec.at,
                    "a consent must name at least one authority",
                    "alternatives: [[{authority: ...}]]",
                )
            )
        asked_by = _words(spec, "asked_by")
        for who in asked_by:
            if who not in ASKERS:
                raise InputError(
                    Problem(spec.where("asked_by"), f"`{who}` is nobody who asks", did_you_mean(who, ASKERS))
                )
        if spec.get("claim") is not None:
            _choice(spec, "claim", CLAIMS)
        outlook = str(spec.get("outlook") or "")
        expression = None
        if outlook.startswith("="):
            expression = compile_condition(
                outlook[1:], scope=self._scope(), schema=self.schema, at=spec.where("outlook"), want=TEXT
            )
        elif outlook:
            _choice(spec, "outlook", OUTLOOKS)
        return Consent(
            alternatives,
            str(spec.get("last_word") or ""),
            _words(spec, "vetoes"),
            asked_by,
            str(spec.get("claim") or ""),
            tuple(_two(m, "papers") for m in _maps(spec, "papers")),
            "" if expression else outlook,
            expression,
            self._usual_time(spec["usual_time"]) if spec.get("usual_time") is not None else None,
        )

    def _usual_time(self, spec: Map) -> UsualTime:
        self._unknown_keys(spec, _TIME_KEYS, "key")
        self._unknown_text_keys(spec)
        days = spec.get("days")
        if days is not None and (not isinstance(days, int) or days < 1):
            raise InputError(Problem(spec.where("days"), f"`{days}` is no number of days", "write days: 30"))
        kind = _choice(spec, "kind", ("calendar", "working")) if "kind" in spec else "calendar"
        return UsualTime(days, kind == "working", _two(spec, "usual_time"), _citation(spec))

    def _seat(self, spec: Map, per: bool) -> Seat:
        self._unknown_keys(spec, _SEAT_KEYS, "key")
        authority = _word(spec, "authority")
        if not authority.startswith("="):
            return Seat(authority, str(spec.get("procedure") or ""))
        scope = self._scope()
        if per:
            scope["per"] = TEXT
        expression = compile_condition(
            authority[1:], scope=scope, schema=self.schema, at=spec.where("authority"), want=TEXT
        )
        return Seat("", str(spec.get("procedure") or ""), expression)

    def _finding(self, spec: Map) -> Finding:
        self._unknown_keys(spec, _FINDING_KEYS, "key")
        why = str(spec.get("circumstance") or "")
        for word in why.split("|") if why else ():
            if word not in CIRCUMSTANCES:
                raise InputError(
                    Problem(
                        spec.where("circumstance"),
                        f"`{word}` is no circumstance",
                        did_you_mean(word, CIRCUMSTANCES),
                    )
                )
        return Finding(_word(spec, "id"), _two(spec, "checklist"), why, str(spec.get("said") or ""))

    def _duty(self, spec: Map) -> Duty:
        self._unknown_keys(spec, _DUTY_KEYS, "key")
        to = str(spec.get("to") or "")
        expression = None
        if to.startswith("="):
            expression = compile_condition(
                to[1:], scope=self._scope(), schema=self.schema, at=spec.where("to"), want=TEXT
            )
        days = spec.get("days")
        return Duty(
            _word(spec, "id"),
            _texts(spec, "what"),
            "" if expression else to,
            expression,
            str(spec.get("who") or ""),
            _choice(spec, "when", ("before", "after")),
            int(days) if days is not None else None,
            str(spec.get("silence") or ""),
        )

    def _ladder(self, spec: Map) -> Ladder:
        self._unknown_keys(spec, _LADDER_KEYS, "key")
        self._unknown_text_keys(spec)
        gives = tuple(
            (name, NONE if value == "none" else value)
            for name, value in dict(spec.get("gives") or {}).items()
        )
        known = {**THING, **self.fields}
        for name, _ in gives:
            if name not in known and name not in self.schema.subjects["thing"]:
                raise InputError(
                    Problem(spec.where("gives"), f"a thing has no field `{name}`", did_you_mean(name, known))
                )
        citation = spec.get("citation")
        return Ladder(
            _word(spec, "id"),
            _word(self.head, "id"),
            gives,
            _needed(self._condition(spec, "when", self._scope())),
            _citation(spec) if isinstance(citation, Map) else Citation(str(citation or "")),
            spec.get("presumed") is True,
        )

    def _coverage(self, spec: Map) -> Coverage:
        self._unknown_keys(spec, _COVERAGE_KEYS, "key")
        states = spec.get("states")
        if isinstance(states, Map):
            self._unknown_keys(states, {"table"}, "key")
        table = str(states.get("table") or "") if isinstance(states, Map) else ""
        return Coverage(
            None if states == "*" else tuple(states) if isinstance(states, Seq) else (),
            table,
            frozenset(spec.get("acts") or ()),
            frozenset(spec.get("kinds") or ()),
            self._condition(spec, "when", self._scope()),
            _period(spec),
        )

    # -- tables
    # -----------------------------------------------------------------------------------------------

    def _table(self, spec: Map) -> None:
        self._unknown_keys(spec, _TABLE_KEYS, "key")
        self._unknown_text_keys(spec)
        for name, known in (("wide", _WIDE_KEYS), ("assume", {"from", "to"})):
            if isinstance(spec.get(name), Map):
                self._unknown_keys(spec[name], known, "key")
        ident = _word(spec, "id")
        path = self.folder / _word(spec, "file")
        rows = packtables.csv_rows(path, f"{self.folder.name}/{path.relative_to(self.folder).as_posix()}")
        read = tuple(spec.get("read") or ())
        span = spec.get("assume")
        assume = _period(span, "from", "to") if isinstance(span, Map) else ALWAYS
        stale_after = spec.get("stale_after", STALE_AFTER)
        if not isinstance(stale_after, int) or stale_after < 1:
            raise InputError(
                Problem(
                    spec.where("stale_after"),
                    f"`{stale_after}` is no number of days",
                    "write stale_after: 180",
                )
            )
        if spec.get("lines"):
            missing = str(spec.get("missing", "unknown"))
            self.lines.append(
                Lines(
                    ident,
                    _texts(spec, "title"),
                    _citation(spec),
                    packtables.lines(rows),
                    missing,
                    read,
                    assume,
                    stale_after,
                )
            )
            return
        kind = str(spec.get("type", "text"))
        if kind not in _TYPES:
            raise InputError(
                Problem(spec.where("type"), f"`{kind}` is no kind of value", did_you_mean(kind, _TYPES))
            )
        keys = [str(key) for key in spec.get("keys") or ()]
        missing = spec.get("missing", "unknown")
        if missing not in ("unknown", "same"):
            missing = packtables.value(kind, str(missing), spec.where("missing"))
        found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for where, row in rows:
            period = packtables.row_period(row, where)
            for key, value in packtables.cells(spec, keys, row, kind, where):
                found[key].append(Row(value, period))
        ordered = {
            key: tuple(sorted(rows, key=lambda r: (not r.dated, r.period.start.by), reverse=False))
            for key, rows in found.items()
        }
        self.tables.append(
            Table(
                ident,
                _texts(spec, "title"),
                _citation(spec),
                kind,
                len(keys),
                ordered,
                missing,
                read,
                assume,
                stale_after,
            )
        )
        self.table_types[ident] = TableType(len(keys), _TYPES[kind])

    # -- problems
    # ---------------------------------------------------------------------------------------------

    def _yaml(self, path: Path) -> Map | Seq | None:
        try:
            return read_yaml(path, f"{self.folder.name}/{path.relative_to(self.folder).as_posix()}")
        except InputError as error:
            self.problems.extend(error.problems)
            return None

    def _problem(self, where: Where, what: str, mend: str = "") -> None:
        self.problems.append(Problem(where, what, mend))

    def _unknown_keys(self, spec: Map, known: Iterable[str], what: str) -> None:
        known = set(known)
        for key in spec:
            if key not in known:
                self._problem(spec.where(key), f"`{key}` is no {what} here", did_you_mean(key, known))

    def _unknown_text_keys(self, spec: Map) -> None:
        for key, known in (("citation", _CITATION_KEYS), ("title", _TEXT_KEYS)):
            if isinstance(spec.get(key), Map):
                self._unknown_keys(spec[key], known, "key")

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            self.problems.extend(error.problems)


def _gathered(**parts: Callable[[], Any]) -> dict[str, Any]:
    """Return each part as made. Raises InputError with the problems of all parts, not only of the first."""
    made: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, make in parts.items():
        try:
            made[name] = make()
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return made


def _acts(spec: Map) -> frozenset[str] | None:
    if spec.get("acts") is None:
        return None
    for act in spec["acts"]:
        if act not in SEEN_ACTS:
            raise InputError(
                Problem(spec.where("acts"), f"`{act}` is no act", did_you_mean(str(act), SEEN_ACTS))
            )
    return frozenset(spec["acts"])


def _standing(spec: Map) -> Standing:
    cited = spec.get("citation")
    read = isinstance(cited, Map) and cited.get("read") is not None
    standing = str(spec.get("standing") or ("confirmed" if read else "reported"))
    if standing.upper() not in Standing.__members__:
        raise InputError(Problem(spec.where("standing"), f"`{standing}` is no standing"))
    return Standing[standing.upper()]


def _known(spec: Map) -> Period:
    """Return when one could know of a rule: if nothing is said, from its first day on."""
    period = _period(spec)
    known = _period(spec, "known_from", "known_to")
    if known.start == EVER and period.start != EVER and period.start.after != date.min:
        return Period(Bound.on(period.start.after), known.end)
    return known


def _items(spec: Map, key: str) -> Iterator[tuple[str, Map]]:
    for name, value in dict(spec.get(key) or {}).items():
        if not isinstance(value, Map):
            raise InputError(Problem(spec.where(key), f"`{name}` must be written as {{...}}"))
        yield name, value


def _maps(spec: Map, key: str) -> Iterator[Map]:
    for index, value in enumerate(spec.get(key) or ()):
        if not isinstance(value, Map):
            raise InputError(
                Problem(spec.where(key), f"entry {index + 1} of `{key}` must be written as {{...}}")
            )
        yield value


def _has_values(term: Map) -> bool:
    return "value" in term or "values" in term


def _needed(condition: Condition | None) -> Condition:
    if condition is None:
        raise InputError(Problem(Where(""), "a condition is missing"))
    return condition


def _word(spec: Map, key: str) -> str:
    value = spec.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(Problem(spec.at, f"`{key}` is missing", f"write {key}: ..."))
    return value


def _words(spec: Map, key: str) -> tuple[str, ...]:
    value = spec.get(key)
    if value is None:
        return ()
    return tuple(str(v) for v in value) if isinstance(value, Seq) else (str(value),)


def _choice(spec: Map, key: str, words: Sequence[str]) -> str:
    value = str(spec.get(key))
    if value not in words:
        raise InputError(
            Problem(spec.where(key), f"`{value}` is no {key}", did_you_mean(value, words) or ", ".join(words))
        )
    return value


def _texts(spec: Map, key: str) -> Texts:
    value = spec.get(key)
    if value is None:
        raise InputError(Problem(spec.at, f"`{key}` is missing", f"write {key}: {{en: ..., de: ...}}"))
    return _two(value, key, spec.where(key))


def _two(value: Any, key: str, where: Where | None = None) -> Texts:
    if isinstance(value, Map) and isinstance(value.get("en"), str) and isinstance(value.get("de"), str):
        return {"en": value["en"], "de": value["de"]}
    at = value.at if isinstance(value, Map) else where or Where("")
    raise InputError(Problem(at, f"`{key}` must be given in English and German", "write {en: ..., de: ...}"))


def _citation(spec: Map) -> Citation:
    value = spec.get("citation")
    if value is None:
        raise InputError(
            Problem(
                spec.at, f"`{spec.get('id', '')}` has no citation", "write citation: {text: ..., read: DAY}"
            )
        )
    if isinstance(value, str):
        return Citation(value)
    read = value.get("read")
    if read is not None and not isinstance(read, date):
        raise InputError(Problem(value.where("read"), "`read` is the day of the text read, like 2026-09-24"))
    again = {name: str(text) for name, text in dict(value.get("again") or {}).items()}
    return Citation(
        _word(value, "text"), read, str(value.get("reported") or ""), str(value.get("note") or ""), again
    )


def _period(spec: Map, start: str = "from", end: str = "to") -> Period:
    return Period(_bound(spec, start, EVER), _bound(spec, end, NEVER))


def _bound(spec: Map, key: str, default: Bound) -> Bound:
    value = spec.get(key)
    if value is None:
        return default
    try:
        return bound(value)
    except Refused as error:
        raise InputError(Problem(spec.where(key), *_refusal(error))) from None


def _refusal(error: Refused) -> tuple[str, ...]:
    return tuple(str(a) for a in error.args)

"""Taking the fields of a mapping that a person wrote, and noting everything wrong in it with file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, get_args

from lastword.cases.calendar import TimeLimit, Unit
from lastword.errors import InputError, Problem, Where
from lastword.files.suggestion import did_you_mean, unknown_word
from lastword.files.yaml import Map, Seq

_LIMIT = re.compile(r"(\d{1,9}) (hour|day|working day|month|year)s?(, or to the next working day)?", re.ASCII)


class Fields:
    """The problems of one file so far. Each method takes one field, or notes why it cannot and returns something harmless."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, where: Where, what: str, mend: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(where, what, mend))

    def raise_problems(self) -> None:
        """Raise InputError if there are any."""
        if self.problems:
            raise InputError(self.problems)

    def only(self, spec: Map, known: Collection[str], what: str) -> None:
        """Refuse every key that is none of ``known``, with the one that was meant."""
        for key in spec:
            if key not in known:
                mend = did_you_mean(key, known) or "use one of " + ", ".join(f"`{one}`" for one in known)
                self.refuse(spec.where(key), f"`{key}` is no key of {what}", mend)

    def needed(self, spec: Map, key: str, example: str) -> bool:
        """Say whether ``key`` is there, and refuse it if not."""
        if spec.get(key) is None:
            self.refuse(spec.where(key), f"`{key}` is missing", f"write {key}: {example}")
            return False
        return True

    def text(self, spec: Map, key: str, *, example: str = "", default: str = "") -> str:
        """Return a text; with an ``example``, one that has to be there."""
        if example and not self.needed(spec, key, example):
            return default
        value = spec.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.refuse(spec.where(key), f"`{key}` is no text", f"write {key}: {example or '...'}")
            return default
        return value

    def word(self, spec: Map, key: str, known: Collection[str], default: str) -> str:
        """Return one of ``known``."""
        value = spec.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value not in known:
            self.refuse(spec.where(key), *unknown_word(f"a word for `{key}`", f"{value}", known))
            return default
        return value

    def truth(self, spec: Map, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = spec.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(spec.where(key), f"`{key}` is neither true nor false", f"write {key}: true")
            return default
        return value

    def count(self, spec: Map, key: str, default: int) -> int:
        """Return a whole number as it stands, also one that makes no sense: that is judged where it is used."""
        value = spec.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(spec.where(key), f"`{key}` is no whole number", f"write {key}: {default or 1}")
            return default
        return value

    def day(self, spec: Map, key: str) -> date | None:
        """Return a day."""
        value = spec.get(key)
        if value is None or type(value) is date:
            return value
        self.refuse(spec.where(key), f"`{key}` is no day", f"write {key}: 2026-11-25")
        return None

    def texts(self, spec: Map, key: str) -> Mapping[str, str]:
        """Return a text in English and German."""
        if not self.needed(spec, key, "{en: ..., de: ...}"):
            return {}
        value = spec[key]
        if isinstance(value, Map) and all(isinstance(value.get(lang), str) for lang in ("en", "de")):
            self.only(value, ("en", "de"), f"`{key}`")
            return {lang: value[lang] for lang in ("en", "de")}
        what = f"`{key}` must be given in English and German"
        self.refuse(spec.where(key), what, f"write {key}: {{en: ..., de: ...}}")
        return {}

    def words(self, spec: Map, key: str) -> tuple[str, ...]:
        """Return a list of texts; what YAML takes for a number, as in ``grounds: [1, 2c]``, must stand in quotes."""
        value = spec.get(key)
        if value is None:
            return ()
        if not isinstance(value, Seq):
            self.refuse(spec.where(key), f"`{key}` is no list", f"write {key}: [...]")
            return ()
        found = []
        for number, one in enumerate(value):
            if isinstance(one, str) and one.strip():
                found.append(one)
            else:
                self.refuse(
                    value.where(number), f"`{one}` in `{key}` is no text", 'write it in quotes: "..."'
                )
        return tuple(found)

    def limit(self, spec: Map, key: str, *, example: str = "") -> TimeLimit | None:
        """Return a length of time such as ``20 working days``; with an ``example``, one that has to be there."""
        if example and not self.needed(spec, key, example):
            return None
        value = spec.get(key)
        return None if value is None else self.limit_of(value, spec.where(key), key)

    def limit_of(self, value: object, where: Where, key: str) -> TimeLimit | None:
        """Return a length of time from what stands at ``where``."""
        match = _LIMIT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            units = ", ".join(unit.replace("_", " ") for unit in get_args(Unit))
            what = f"`{value}` is no length of time for `{key}`"
            self.refuse(where, what, f"write e.g. {key}: 20 working days; units are {units}")
            return None
        unit: Any = match[2].replace(" ", "_") + "s"
        return TimeLimit(int(match[1]), unit, bool(match[3]))

    def map(self, spec: Map, key: str) -> Map | None:
        """Return a mapping that may be there."""
        value = spec.get(key)
        if value is None or isinstance(value, Map):
            return value
        self.refuse(spec.where(key), f"`{key}` is not written as {{...}}", f"write {key}: {{...}}")
        return None

    def maps(self, spec: Map, key: str) -> Iterator[Map]:
        """Return the entries of a list of mappings."""
        value = spec.get(key)
        if value is None:
            return
        if not isinstance(value, Seq):
            self.refuse(spec.where(key), f"`{key}` is no list", "begin each entry with `- `")
            return
        for number, one in enumerate(value):
            if isinstance(one, Map):
                yield one
            else:
                self.refuse(value.where(number), f"an entry of `{key}` is not written as {{...}}")

    def named(self, spec: Map, key: str) -> Iterator[tuple[str, Map]]:
        """Return the entries of a mapping from ids to mappings."""
        value = self.map(spec, key)
        for name, one in (value or {}).items():
            if isinstance(one, Map):
                yield name, one
            elif value is not None:
                self.refuse(value.where(name), f"`{name}` is not written as {{...}}")

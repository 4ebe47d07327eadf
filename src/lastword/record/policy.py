"""Whom an auditor trusts: logs, witnesses, and how many of them, as C2SP ``tlog-policy`` writes it.

    log NAME+HASH+KEY [URL]
    witness NAME NAME+HASH+KEY [URL]
    group NAME K|all|any MEMBER...
    quorum NAME|none

Lines that begin with ``#`` and empty lines say nothing. A group or quorum names only what stands above it, and each name is a
member of one group at most, so that no witness counts twice.

Source: github.com/C2SP/C2SP, tlog-policy.md (5ba5ee8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from lastword.errors import InputError, Problem, Where
from lastword.record.cosignature import WitnessKey
from lastword.record.note import Verifier

NONE: Final = "none"
MOST_LINES: Final = 10_000
MOST_BYTES: Final = 1_000_000
_SPACE: Final = re.compile("[ \t]+")
_NUMBER: Final = re.compile("[1-9][0-9]{0,5}")
_Key = TypeVar("_Key", Verifier, WitnessKey)


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is trusted; its key's name is the origin in its checkpoints."""

    key: Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness, with the name it has in this policy."""

    name: str
    key: WitnessKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group says yes if at least ``least`` of its ``members`` (witnesses or groups) do."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which logs are trusted, and whose cosignatures a head needs; ``quorum`` is the name of a witness or group."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    @classmethod
    def read(cls, content: bytes, at: Where) -> Policy:
        """Return the policy in ``content``. Raises InputError with everything that is wrong, line by line."""
        return _Reader(at.file).read(content)

    @property
    def asks_for_witnesses(self) -> bool:
        """Say whether a head needs any cosignature at all."""
        return self.quorum != NONE

    def met(self, cosigned: Collection[str]) -> bool:
        """Say whether the witnesses of these names (as in this policy) are enough. With quorum ``none``, they are."""
        yes = {witness.name for witness in self.witnesses} & set(cosigned)
        for group in self.groups:  # each stands below its members
            if len(yes.intersection(group.members)) >= group.least:
                yes.add(group.name)
        return not self.asks_for_witnesses or self.quorum in yes

    def __str__(self) -> str:
        lines = [_line("log", str(log.key), log.url) for log in self.logs]
        lines += [_line("witness", one.name, str(one.key), one.url) for one in self.witnesses]
        lines += [_line("group", one.name, str(one.least), *one.members) for one in self.groups]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"])


def _line(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None)


class _Reader:
    """What was read so far; lives for one policy."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.logs: dict[bytes, Log] = {}
        self.witnesses: dict[bytes, Witness] = {}
        self.groups: list[Group] = []
        self.names: set[str] = set()
        self.members: set[str] = set()
        self.quorum: str | None = None

    def read(self, content: bytes) -> Policy:
        """Return the policy. Raises InputError."""
        lines = self._lines(content)
        kinds: dict[str, Callable[[Where, Sequence[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        for number, line in enumerate(lines, start=1):
            words = [word for word in _SPACE.split(line) if word]
            if not words or words[0].startswith("#"):
                continue
            at = Where(self.file, number)
            known = kinds.get(words[0])
            if known is None:
                self._wrong(at, f"`{words[0]}` is no kind of line", "write log, witness, group or quorum")
            else:
                known(at, words[1:])
        if self.quorum is None and not self.problems:
            self._wrong(
                Where(self.file),
                "it has no quorum line, so it does not say how many witnesses are enough",
                "add `quorum NAME` at its end, with a witness or a group, or `quorum none`",
            )
        if self.problems or self.quorum is None:
            raise InputError(self.problems)
        return Policy(
            tuple(self.logs.values()), tuple(self.witnesses.values()), tuple(self.groups), self.quorum
        )

    def _lines(self, content: bytes) -> list[str]:
        at = Where(self.file)
        # Octets above 0x7F are opaque in a policy; names are compared octet by octet, which this keeps.
        text = content.decode("utf-8", "surrogateescape")
        lines = text.removesuffix("\n").split("\n")
        if len(content) > MOST_BYTES or len(lines) > MOST_LINES:
            raise InputError(Problem(at, "it is too long for a policy", f"write at most {MOST_LINES} lines"))
        if any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in content):
            raise InputError(
                Problem(
                    at,
                    "it holds control characters, perhaps line ends of Windows",
                    "end lines with a line feed",
                )
            )
        return lines

    def _log(self, at: Where, words: Sequence[str]) -> None:
        if len(words) not in (1, 2):
            return self._wrong(at, "a log line has a key and perhaps an address", "log NAME+HASH+KEY [URL]")
        key = self._key(lambda: Verifier.read(words[0], at))
        if key is None:
            return None
        if key.public in self.logs:
            return self._wrong(at, f"the key of `{key.name}` is here twice", "leave one of the two lines")
        self.logs[key.public] = Log(key, words[1] if len(words) == 2 else None)
        return None

    def _witness(self, at: Where, words: Sequence[str]) -> None:
        if len(words) not in (2, 3):
            return self._wrong(
                at,
                "a witness line has a name, a key and perhaps an address",
                "witness NAME NAME+HASH+KEY [URL]",
            )
        key = self._key(lambda: WitnessKey.read(words[1], at))
        if key is None or not self._new_name(at, words[0]):
            return None
        if key.public in self.witnesses:
            return self._wrong(at, f"the key of `{key.name}` is here twice", "leave one of the two lines")
        self.witnesses[key.public] = Witness(words[0], key, words[2] if len(words) == 3 else None)
        return None

    def _group(self, at: Where, words: Sequence[str]) -> None:
        if len(words) < 3:
            return self._wrong(
                at, "a group line has a name, a number and members", "group NAME K|all|any MEMBER..."
            )
        name, told, *members = words
        unknown = [member for member in members if member not in self.names]
        if unknown:
            return self._wrong(
                at, f"`{unknown[0]}` is no witness or group above", "name what stands above this line"
            )
        twice = [one for place, one in enumerate(members) if one in self.members or one in members[:place]]
        if twice:
            return self._wrong(
                at, f"`{twice[0]}` is a member already, and would count twice", "name each once in all groups"
            )
        least = {"all": len(members), "any": 1}.get(told) or (int(told) if _NUMBER.fullmatch(told) else 0)
        if not 1 <= least <= len(members):
            return self._wrong(
                at, f"`{told}` of {len(members)} members cannot be", f"write all, any, or 1 to {len(members)}"
            )
        if self._new_name(at, name):
            self.members.update(members)
            self.groups.append(Group(name, least, tuple(members)))
        return None

    def _quorum(self, at: Where, words: Sequence[str]) -> None:
        if len(words) != 1:
            return self._wrong(at, "a quorum line has one name", "quorum NAME")
        if self.quorum is not None:
            return self._wrong(at, "this is the second quorum line", "leave one of the two lines")
        if words[0] != NONE and words[0] not in self.names:
            return self._wrong(
                at, f"`{words[0]}` is no witness or group above", "name what stands above this line, or none"
            )
        self.quorum = words[0]
        return None

    def _new_name(self, at: Where, name: str) -> bool:
        if name == NONE or name in self.names:
            self._wrong(at, f"`{name}` can be no name here: it is taken", "choose another name")
            return False
        self.names.add(name)
        return True

    def _key(self, read: Callable[[], _Key]) -> _Key | None:
        try:
            return read()
        except InputError as error:
            self.problems += error.problems
            return None

    def _wrong(self, at: Where, what: str, mend: str) -> None:
        shown = what.encode("utf-8", "replace").decode()  # octets that are no text cannot be printed
        self.problems.append(Problem(at, shown, mend))

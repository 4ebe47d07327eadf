"""Digests of what is loaded: the root over all facts, the files of a workspace, the procedures."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import msgspec

from lastword.answers.answer import plain
from lastword.cases.procedure import Procedure
from lastword.clearance.assess import steady
from lastword.clearance.library import Files, archive
from lastword.facts.fact import Fact, Facts
from lastword.record.tree import leaf_hash, root


def fact_lines(facts: Facts) -> list[str]:
    """Return the facts of a workspace, and the rates they are converted by, each as one line of JSON, sorted.

    Where in which file a fact stands is no part of it.
    """
    lines = [_line(fact_data(fact)) for fact in facts.facts]
    lines += [
        _line({"rate": currency, "value": plain(Fraction(rate)), "base": facts.base})
        for currency, rate in facts.rates.items()
    ]
    return sorted(lines)


def fact_data(fact: Fact) -> dict[str, Any]:
    """Return all of a fact but its place, as plain data."""
    value: Any = fact.value
    if fact.kind == "element":
        value = {"key": value.key, **value.fields}
    elif fact.kind == "complete":
        value = {"by": value.by, "deep": value.deep, "remainder": value.remainder, "term": value.term}
    return {
        "about": fact.about,
        "attribute": fact.attribute,
        "kind": fact.kind,
        "value": steady(value),
        "id": fact.id,
        "source": fact.source,
        "standing": fact.standing.word,
        "valid": steady(fact.valid),
        "known": steady(fact.known),
        "scope": [list(one) for one in fact.scope],
        "corrects": fact.corrects,
        "audience": fact.audience,
        "said_by": fact.said_by,
        "note": fact.note,
    }


def facts_root(lines: Iterable[str], salt: str) -> str:
    """Return the root, in hex, of the RFC 6962 tree over the sorted digests of salted facts.

    The salt of a fact is made of the load's salt and the fact, so that one fact can be shown without telling the others'.
    """
    leaves = sorted(
        hashlib.sha256(
            hmac.new(salt.encode(), line.encode(), hashlib.sha256).digest() + line.encode()
        ).digest()
        for line in lines
    )
    return root([leaf_hash(leaf) for leaf in leaves]).hex()


def salted_archive(files: Files, salt: str) -> str:
    """Return the salted SHA-256 of a workspace's files, in hex."""
    return hmac.new(salt.encode(), archive(files), hashlib.sha256).hexdigest()


def _line(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def procedures_digest(procedures: Iterable[Procedure]) -> str:
    """Return the SHA-256 in hex over procedures, by pack and id."""
    data = msgspec.to_builtins(sorted(procedures, key=lambda one: (one.pack, one.id)), str_keys=True)
    return hashlib.sha256(_line({"procedures": data}).encode()).hexdigest()

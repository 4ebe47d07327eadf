"""What can only be judged when all is read: references, sources, shares, currencies, cycles of parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

from lastword.errors import Where
from lastword.facts.day import Period
from lastword.facts.fact import Fact, Money, Source, Standing
from lastword.files.assembly import Assembly
from lastword.files.suggestion import unknown_word

_MOST_CYCLES = 20


def check_coherence(assembly: Assembly) -> None:
    """Note every problem that lies between facts."""
    _check_references(assembly)
    _check_sources(assembly)
    _check_shares(assembly)
    _check_currencies(assembly)
    _check_cycles(assembly)


def _check_references(assembly: Assembly) -> None:
    for where, subject, kind in assembly.references:
        found = assembly.kind_of(subject)
        if found is None:
            of_kind = [one for one in assembly.subjects() if assembly.kind_of(one) == kind or not kind]
            assembly.refuse(where, *unknown_word(f"a {kind or 'thing or party'}", subject, of_kind))
        elif kind and found != kind:
            assembly.refuse(where, f"`{subject}` is a {found}, not a {kind}", "check the id")


def _check_sources(assembly: Assembly) -> None:
    declared = {**assembly.known.sources, **assembly.sources}
    for source, where in assembly.named_sources.items():
        if source not in declared:
            what, mend = unknown_word("a source", source, declared)
            assembly.refuse(
                where, what, mend if mend.startswith("did") else f"describe `{source}` under `sources:`"
            )
            assembly.sources[source] = Source(source, source)


def _parts(facts: Iterable[Fact]) -> Iterator[Fact]:
    return (
        fact for fact in facts if fact.kind == "element" and fact.attribute in ("contains", "bundled_with")
    )


def _check_shares(assembly: Assembly) -> None:
    """Refuse shares of one list that are more than the whole, or that stand beside prices without a common
    base.
    """
    sums: dict[tuple[Any, ...], Fraction] = {}
    priced: dict[tuple[Any, ...], Where] = {}
    owned: dict[tuple[Any, ...], Fraction] = {}
    places: dict[tuple[Any, ...], Where] = {}
    for fact in assembly.facts:
        if fact.kind != "element" or fact.standing < Standing.PRESUMED:
            continue
        fields = fact.value.fields
        if "share" in fields:
            key = (fact.about, fact.attribute, fact.source, fact.valid, fact.known)
            total = owned if fact.attribute == "owners" else sums
            total[key] = total.get(key, Fraction(0)) + fields["share"]
            places.setdefault(key, fact.where)
    for key, total_share in chain(sums.items(), owned.items()):
        if total_share > 1:
            what = f"the shares in `{key[1]}` of `{key[0]}` add up to {float(total_share):.1%}, more than the whole"
            assembly.refuse(places[key], what, "check the shares")
    if not sums:
        return
    valued = set()
    for fact in chain(assembly.facts, assembly.known.facts):
        if fact.kind == "cell":
            if fact.attribute == "value":
                valued.add(fact.about)
        elif fact.kind == "element" and "unit_price" in fact.value.fields and "thing" in fact.value.fields:
            valued.add(fact.value.fields["thing"])
            key = (fact.about, fact.attribute, fact.source, fact.valid, fact.known)
            priced.setdefault(key, fact.where)
    for key in sums.keys() & priced.keys():
        if key[0] not in valued:
            what = f"`{key[0]}` lists some parts by share and some by price, and has no value of its own"
            assembly.refuse(priced[key], what, f"state the value of `{key[0]}`, or use one of the two")


def _check_currencies(assembly: Assembly) -> None:
    """Refuse several currencies without a rate among the value of a thing, its price and its parts' prices."""
    base = assembly.base or assembly.known.base
    rated = {base, *assembly.known.rates, *assembly.rates}
    met: dict[str, dict[str, Where]] = {}
    currencies: set[str] = set()
    money: list[tuple[str, Money, Where]] = []
    for fact in chain(assembly.facts, assembly.known.facts):
        if fact.kind == "cell":
            if type(fact.value) is Money:
                money.append((fact.about, fact.value, fact.where))
                currencies.add(fact.value.currency)
        elif fact.kind == "element" and "unit_price" in fact.value.fields:
            price = fact.value.fields["unit_price"]
            money.append((fact.about, price, fact.where))
            money.append((fact.value.fields["thing"], price, fact.where))
            currencies.add(price.currency)
    if len(currencies) <= 1 or currencies <= rated:
        return
    for subject, amount, where in money:
        met.setdefault(subject, {}).setdefault(amount.currency, where)
    for subject, places in met.items():
        without = sorted(set(places) - rated)
        if len(places) > 1 and without:
            others = ", ".join(sorted(set(places) - {without[0]}))
            what = f"`{subject}` mixes {without[0]} with {others}, and there is no rate for {without[0]}"
            assembly.refuse(
                places[without[0]], what, f'add rates: {{{without[0]}: "..."}} (one unit in {base})'
            )


def _check_cycles(assembly: Assembly) -> None:
    """Refuse a thing that contains itself through facts that count by default and hold on a common day (D9)."""
    if not any(True for _ in _parts(assembly.facts)):
        return
    everything = (*assembly.known.facts, *assembly.facts)
    corrected = {fact.corrects for fact in everything if fact.corrects}
    below: dict[str, list[Fact]] = {}
    for part_fact in _parts(everything):
        counts = part_fact.attribute == "contains" and part_fact.standing >= Standing.REPORTED
        if counts and (part_fact.id not in corrected or not part_fact.id):
            below.setdefault(part_fact.about, []).append(part_fact)
    found = 0
    done: set[str] = set()
    for start in sorted(below):
        if start in done:
            continue
        # `way`: the things from `start` down to here, each with the fact that led to it and what is
        # left to see.
        way: list[tuple[str, Fact | None, Iterator[Fact]]] = [(start, None, iter(below[start]))]
        depth_of = {start: 0}
        while way:
            thing, _, rest = way[-1]
            fact = next(rest, None)
            if fact is None:
                way.pop()
                del depth_of[thing]
                done.add(thing)
                continue
            part = fact.value.fields["thing"]
            if part in depth_of:
                cycle = [fact, *(led for _, led, _ in way[depth_of[part] + 1 :] if led is not None)]
                if _hold_together(cycle) and found < _MOST_CYCLES:
                    found += 1
                    names = " -> ".join(
                        f"`{name}`" for name in [*(name for name, _, _ in way[depth_of[part] :]), part]
                    )
                    assembly.refuse(fact.where, f"a thing contains itself: {names}", "remove one of these")
            elif part in below and part not in done:
                depth_of[part] = len(way)
                way.append((part, fact, iter(below[part])))


def _hold_together(facts: list[Fact]) -> bool:
    """Say whether there is a day on which all ``facts`` hold and one on which all are known."""
    return _overlap([fact.valid for fact in facts]) and _overlap([fact.known for fact in facts])


def _overlap(periods: list[Period]) -> bool:
    return max(period.start.after for period in periods) < min(period.end.by for period in periods)

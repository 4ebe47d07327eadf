"""The true invariants of an answer (semantics, last part), over random worlds. The judge enumerates all completions.

Few worlds by default; ``LASTWORD_FULL=1`` takes twenty times as many, and ``bench/worlds.py`` as many as one likes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from random import Random
from typing import Any

import pytest
from enumeration import NoCasesError, TooLargeError, differences, enumerate_world, sample_world, unsound
from worlds import World, condition

from lastword.answers.answer import Answer
from lastword.answers.judgement import Judgement
from lastword.answers.split import Budget, InexactError, Split, facts_of, leaves
from lastword.answers.verdict import Verdict, judge
from lastword.facts.day import ALWAYS
from lastword.facts.fact import Complete, Entry, Fact, Standing
from lastword.facts.unknown import Unknown
from lastword.reach.reading import Reading
from lastword.reach.subject import Missing
from lastword.rules.rule import Consent, Seat

TIMES = 20 if os.environ.get("LASTWORD_FULL") else 1
STRENGTH = {"": 0, "covered": 1, "possible": 2, "needed_unless": 3, "needed": 4}


def verdict_of(world: World, **more: Any) -> Verdict:
    """Return the verdict on a world."""
    return judge(world.book(), world.snapshot(), world.question, **more)


def worlds(first: int, count: int) -> Iterator[tuple[int, World]]:
    """Return numbered worlds; those with few gaps are as likely as those with many."""
    for number in range(first, first + count * TIMES):
        yield number, World.of(number)


# -- against the enumeration ----------------------------------------------------------------------------------


def test_an_answer_is_what_its_completions_come_to() -> None:
    """Outcome, settled, clauses and on_record are those of the enumeration; an inexact answer is sound (1, 2, 7)."""
    wrong = []
    for number, world in worlds(0, 250):
        verdict = verdict_of(world)
        try:
            found = differences(verdict, enumerate_world(world))
        except TooLargeError:
            found = unsound(verdict, sample_world(world, 10, Random(number)))
        except NoCasesError:
            continue
        wrong += [f"world {number}: {one}" for one in found]
    assert wrong == []


def test_kleene_values_alone_are_never_wrong() -> None:
    """Without any case split an answer may know less, but says nothing that a completion contradicts (2)."""
    wrong = []
    for number, world in worlds(10_000, 150):
        completions = sample_world(world, 10, Random(number))
        wrong += [f"world {number}: {one}" for one in unsound(verdict_of(world, nodes=1), completions)]
    assert wrong == []


def test_where_nothing_is_missing_all_ways_of_judging_agree() -> None:
    """On a complete world Kleene values, the case split and two-valued logic are the same (1)."""
    met = 0
    for number in range(20_000, 20_000 + 150 * TIMES):
        world = World.of(number, complete=True)
        try:
            finding = enumerate_world(world, most=1)
        except (TooLargeError, NoCasesError):
            continue
        met += 1
        kleene = verdict_of(world, nodes=1)
        assert kleene.settled is True, f"world {number}"
        assert differences(replace(kleene, exact=True), finding) == [], f"world {number}"
        assert differences(verdict_of(world), finding) == [], f"world {number}"
    assert met > 60


# -- less and more known --------------------------------------------------------------------------------------


def test_forgetting_a_fact_never_frees() -> None:
    """A known fact made unknown turns no other outcome into free; free stays or becomes pending, unknown, or unless shown (3)."""
    for number, world in worlds(30_000, 60):
        before = verdict_of(world)
        for what, less in forgetting(world, Random(number)):
            check_less_known(f"world {number}, {what}", before, verdict_of(less))


def test_a_higher_bar_never_frees() -> None:
    """Raising the bar makes weak facts and rules unknown and nothing else (9)."""
    for number, world in worlds(40_000, 200):
        if world.question.bar >= Standing.CONFIRMED:
            continue
        higher = replace(world, question=replace(world.question, bar=Standing(world.question.bar + 1)))
        if contradicted(world, world.question.bar):
            continue
        check_less_known(f"world {number}", verdict_of(world), verdict_of(higher))


def check_less_known(where: str, before: Verdict, after: Verdict) -> None:
    """Check that ``after`` is an answer to the same question with less known."""
    if before.outcome != "free":
        assert after.outcome != "free", where
    elif after.outcome not in ("free", "pending", "unknown"):
        assert "needed_unless" in (*after.states.values(), *after.prohibitions.values()), where


def forgetting(world: World, random: Random) -> Iterator[tuple[str, World]]:
    """Return worlds in which one thing known is not known any more."""
    cells = [fact for fact in world.facts if fact.kind == "cell"]
    for fact in random.sample(cells, 3):
        about, attribute, name = fact.about, fact.attribute, fact.id
        if attribute in ("licence", "value", "PER-1: notify"):
            continue  # a stated term is computed instead; a duty that is not known to be done is not done
        kept = tuple(
            f for f in world.facts if (f.about, f.attribute) != (about, attribute) or f.kind != "cell"
        )
        less = replace(world, facts=kept)
        reading = Reading(less.book(), less.snapshot(), less.question)
        kind = "party" if about == "buyer" else "thing"
        if isinstance(reading.cell(replace(reading.thing, kind=kind, id=about), attribute), Unknown):
            yield f"without {name}", less
    lists = [fact for fact in world.facts if fact.kind != "cell"]
    for fact in random.sample(lists, 2):
        weak = replace(fact, standing=Standing.DISPUTED)
        yield (
            f"{fact.id} disputed",
            replace(world, facts=tuple(weak if f is fact else f for f in world.facts)),
        )
    yield "strictly", replace(world, question=replace(world.question, strict=True))


def contradicted(world: World, bar: Standing) -> bool:
    """Say whether a fact that falls below a higher bar contradicts a firmer one, which then wins as it did before."""
    said: dict[tuple[str, str], set[Standing]] = {}
    for fact in world.facts:
        said.setdefault((fact.about, fact.attribute), set()).add(fact.standing)
    return any(bar in standings and len(standings) > 1 for standings in said.values())


def test_learning_a_fact_never_undoes() -> None:
    """One unknown fact made known: free stays, settled stays, no outcome is added, what is needed stays needed (4)."""
    met = 0
    for number, world in worlds(50_000, 120):
        before = verdict_of(world)
        for what, more in learning(world, before, Random(number)):
            after = verdict_of(more)
            where = f"world {number}, {what}"
            met += 1
            if before.outcome == "free":
                assert after.outcome == "free", where
            if not (before.exact and after.exact):
                continue
            assert not before.settled or after.settled, where
            assert {after.outcome, *after.could_become} - {"unknown"} <= {
                before.outcome,
                *before.could_become,
            }, where
            needed = {clause for clause, state in before.states.items() if state == "needed"}
            assert all(after.states.get(clause) == "needed" for clause in needed), where
    assert met > 50


def learning(world: World, before: Verdict, random: Random) -> Iterator[tuple[str, World]]:
    """Return worlds in which one thing unknown is known."""
    reading = before.judgement.reading
    able = [
        m
        for _, m in sorted(reading.missing.items())
        if m.cases and m.kind in ("cell", "element", "open", "finding")
    ]
    for missing in random.sample(able, min(2, len(able))):
        fact = told(world, missing, random)
        if fact is not None:
            yield f"{fact.id} = {fact.value}", replace(world, facts=(*world.facts, fact))


def told(world: World, missing: Missing, random: Random) -> Fact | None:
    """Return a fact that says what is missing; None where no fact of the file can."""
    name = missing.id
    if missing.kind == "finding":
        about, attribute = name.split("/", 1)
        if any((f.about, f.attribute) == (about, attribute) for f in world.facts):
            return None
        return Fact(about, attribute, random.choice(missing.cases), id=name, standing=Standing.CONFIRMED)
    if missing.kind == "open":
        return Fact(
            missing.subject,
            missing.attribute,
            Complete("somebody", deep=False),
            "complete",
            name,
            standing=Standing.CONFIRMED,
        )
    if missing.kind == "element":
        said = next(f for f in world.facts if f.id == name)
        return replace(said, id=f"{name} sure", standing=Standing.CONFIRMED, valid=ALWAYS)
    about, attribute = name.rsplit("/", 1)
    if "/" in about or ":" in attribute or attribute in ("licence", "relation"):
        return None
    if any(
        (f.about, f.attribute) == (about, attribute) and f.standing is Standing.CONFIRMED for f in world.facts
    ):
        return None
    return Fact(
        about, attribute, random.choice(missing.cases), id=f"{name} sure", standing=Standing.CONFIRMED
    )


# -- more rules, another order --------------------------------------------------------------------------------


def test_one_more_consent_weakens_no_other() -> None:
    """A consent rule that nothing names leaves each clause at least as firm, and frees nothing (5)."""
    office = Consent(((Seat("US/other", "licence"),),))
    for number, world in worlds(60_000, 120):
        before = verdict_of(world)
        pattern = next(rule for rule in world.rules if rule.id == "CON-1")
        when = condition(
            Random(number).choice(("thing.origin == 'US'", "thing.sealed", "thing.parts.exists(x, x.tested)"))
        )
        more = replace(
            pattern,
            id="ONE-MORE",
            family="ONE-MORE",
            consent=office,
            needs=(),
            when=when,
            unread=None,
            domain=None,
        )
        after = verdict_of(world.with_rules((*world.rules, more)))
        where = f"world {number}"
        if before.outcome != "free":
            assert after.outcome != "free", where
        if before.exact and after.exact:
            assert all(STRENGTH[after.states.get(c, "")] >= STRENGTH[s] for c, s in before.states.items()), (
                where
            )


def test_the_order_of_telling_changes_no_byte() -> None:
    """Rules, facts, elements and packs in another order give the same answer, byte for byte (6)."""
    for number, world in worlds(70_000, 100):
        assert told_as_json(world.shuffled(Random(number))) == told_as_json(world), f"world {number}"


def test_what_no_rule_asks_about_changes_nothing() -> None:
    """A fact about something else altogether leaves the answer as it is (6)."""
    for number, world in worlds(75_000, 50):
        elsewhere = Fact("elsewhere", "origin", "US", id="elsewhere.origin")
        inside = Fact("elsewhere", "contains", Entry("x", {"thing": "x"}), "element", "elsewhere/x")
        assert told_as_json(replace(world, facts=(elsewhere, *world.facts, inside))) == told_as_json(world), (
            f"world {number}"
        )


def told_as_json(world: World) -> bytes:
    """Return the answer as a file would hold it."""
    book, snapshot = world.book(), world.snapshot()
    answer = Answer(world.question, book, snapshot, judge(book, snapshot, world.question))
    told = answer.to_json()
    del told["digests"]["facts"]  # it is that of the whole snapshot
    return json.dumps(told, ensure_ascii=False).encode()


# -- what is asked ---------------------------------------------------------------------------------------------


def test_settled_says_the_same_on_the_record() -> None:
    """An answer that nothing missing can change reads the same from the file (7)."""
    for number, world in worlds(80_000, 200):
        verdict = verdict_of(world)
        assert verdict.settled is not None or not verdict.exact, f"world {number}"
        if verdict.settled:
            assert verdict.on_record == verdict.outcome, f"world {number}"
            assert verdict.could_become == (), f"world {number}"


def test_the_open_questions_are_enough_and_none_is_idle() -> None:
    """Whatever is replied to all of them, it is settled; with one left out, some replies to the rest leave it open (8)."""
    met = 0
    for number, world in worlds(90_000, 200):
        verdict = verdict_of(world)
        if not verdict.exact or verdict.tree is None or verdict.settled:
            continue
        asked = sorted(facts_of(verdict.tree))
        reading = verdict.judgement.reading
        replies = 1
        for name in asked:
            replies *= len(reading.missing[name].cases)
        if replies > 60:
            continue
        met += 1
        assert all(settles(reading, asked, reply) for reply in every_reply(reading, asked)), f"world {number}"
        for name in asked:
            rest = [other for other in asked if other != name]
            idle = all(settles(reading, rest, reply) for reply in every_reply(reading, rest))
            assert not idle, f"world {number}: {name} is asked for nothing"
    assert met > 20


def every_reply(reading: Reading, asked: list[str]) -> Iterator[tuple[Any, ...]]:
    """Return all replies to what is asked."""
    return islice(product(*(reading.missing[name].cases for name in asked)), 200)


def settles(reading: Reading, asked: list[str], reply: tuple[Any, ...]) -> bool:
    """Say whether only one result is left after a reply."""
    for name, case in zip(asked, reply, strict=True):
        reading = reading.suppose(name, case)
    split = Split(lambda r: Judgement(r).result(), Budget(), {})
    try:
        return len(set(leaves(split.tree(reading)))) == 1
    except InexactError:
        pytest.fail("an exact answer became inexact by a reply")

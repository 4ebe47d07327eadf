"""How quick answers are, beside a peer in the same run: ``python bench/answers.py``.

Kleene values per second and exact answers on the bundled 300-part product, each question another one; the
peer is Google's CEL (cel-expr-python) on one condition, which gives the ratio that a machine's speed
cannot change.
"""

from __future__ import annotations

import gc
import statistics
import time
from datetime import date
from fractions import Fraction
from itertools import product
from pathlib import Path

from lastword.answers.judgement import Judgement
from lastword.errors import Where
from lastword.facts.question import Question
from lastword.reach.reading import Reading
from lastword.rules.condition import compile_condition
from lastword.rules.types import NUMBER, TEXT, Schema, subject
from lastword.workspace import Workspace

HERE = Path(__file__).parent.parent
DAY = date(2026, 11, 24)
PLACES = "US CN IN TR AE KR BR IL UA CH JP AU ZA MX EG SA SG TH VN ID".split()
USES = ("civil", "military", "research")


def questions() -> list[Question]:
    """Return 60 different questions about the instrument."""
    return [
        Question("IRM-640", "export", "DE", place, DAY, DAY, end_use=use)
        for place, use in product(PLACES, USES)
    ]


def kleene(workspace: Workspace) -> float:
    """Return questions per second without a case split."""
    asked = questions()
    start = time.perf_counter()
    for question in asked:
        Judgement(Reading(workspace.book, workspace.snapshot(question), question)).result()
    return len(asked) / (time.perf_counter() - start)


def exact(workspace: Workspace) -> tuple[list[float], int, int]:
    """Return the seconds of each answer, and how many were exact and settled."""
    times, exact, settled = [], 0, 0
    for question in questions():
        start = time.perf_counter()
        answer = workspace.ask(question)
        times.append(time.perf_counter() - start)
        exact += answer.verdict.exact
        settled += answer.settled is True
    return times, exact, settled


class _World:
    on_record = False

    def attribute(self, subject: object, name: str) -> object:
        assert isinstance(subject, dict)
        return subject[name]


def peer() -> tuple[float, float]:
    """Return evaluations per second of one condition: ours, Google's CEL."""
    text = "thing.range >= 300 && thing.origin == 'US' && thing.use != 'civil'"
    schema = Schema({"thing": {"range": NUMBER, "origin": TEXT, "use": TEXT}})
    ours = compile_condition(text, scope={"thing": subject("thing")}, schema=schema, at=Where("bench"))
    things = [
        {"range": Fraction(i % 600), "origin": "US" if i % 3 else "DE", "use": "military"}
        for i in range(1000)
    ]
    world = _World()
    start = time.perf_counter()
    for _ in range(20):
        for thing in things:
            ours.evaluate(world, {"thing": thing})  # type: ignore[arg-type]
    mine = 20_000 / (time.perf_counter() - start)
    from cel_expr_python import cel

    environment = cel.NewEnv(
        variables={"thing.range": cel.Type.INT, "thing.origin": cel.Type.STRING, "thing.use": cel.Type.STRING}
    )
    program = environment.compile(text)
    flat = [{f"thing.{k}": int(v) if k == "range" else v for k, v in thing.items()} for thing in things]
    start = time.perf_counter()
    for _ in range(20):
        for data in flat:
            program.eval(data=data)
    return mine, 20_000 / (time.perf_counter() - start)


def main() -> None:
    """Print the figures."""
    workspace = Workspace.open(HERE / "examples" / "optical-instrument")
    kleene(workspace)
    gc.collect()
    gc.freeze()
    rates = [kleene(workspace) for _ in range(5)]
    print(f"Kleene values: {statistics.median(rates):.0f} questions a second (best {max(rates):.0f})")
    times, exact_ones, settled = exact(workspace)
    print(
        f"exact answers: median {statistics.median(times) * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms, "
        f"{sum(t <= 0.5 for t in times) / len(times):.0%} within 0.5 s, "
        f"{sum(t <= 0.005 for t in times) / len(times):.0%} within 5 ms; "
        f"{exact_ones} of {len(times)} exact, {settled} settled"
    )
    mine, cel = peer()
    print(f"one condition: {mine:,.0f} a second, Google's CEL {cel:,.0f}: {mine / cel:.1f} times")


if __name__ == "__main__":
    main()

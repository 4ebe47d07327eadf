"""The exact answer by case split over unknown facts (semantics D16).

At a node the Kleene value is taken; a definite one is a leaf; else the unknown fact read there with the
smallest id is given each of its cases in turn. A node whose children are all equal is dropped, so that the
facts left are the essential ones (D17).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lastword.facts.unknown import Unknown
from lastword.reach.reading import Reading
from lastword.reach.subject import Missing

QUESTION_NODES = 1024
T = TypeVar("T", bound=Hashable)


class InexactError(Exception):
    """The split did not close: too many nodes, or only facts whose cases cannot be listed are left."""


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """A definite value."""

    value: T


@dataclass(frozen=True, slots=True)
class Node(Generic[T]):
    """A fact and what follows from each of its cases."""

    fact: str
    branches: tuple[tuple[Any, Tree[T]], ...]


Tree = Leaf[T] | Node[T]


@dataclass
class Budget:
    """How many nodes may still be opened."""

    left: int = QUESTION_NODES

    def spend(self, waiting: int = 0) -> None:
        """Take one node. Raises InexactError when none is left, or not enough for those that wait."""
        if self.left <= waiting:
            self.left = 0
            raise InexactError
        self.left -= 1


@dataclass
class Split(Generic[T]):
    """A case split of one evaluation. ``met`` keeps the values of the leaves met, also when the split does
    not close.
    """

    evaluate: Callable[[Reading], T | Unknown]
    budget: Budget
    met: dict[T, None]

    def tree(self, reading: Reading, waiting: int = 0) -> Tree[T]:
        """Return the decision tree over the unknown facts. Raises InexactError if it does not close.

        ``waiting``: how many nodes above still have to be opened; where there is no room for them it
        cannot close any more.
        """
        self.budget.spend(waiting)
        value = self.evaluate(reading)
        if not isinstance(value, Unknown):
            self.met[value] = None
            return Leaf(value)
        fact = branch_fact(reading, value)
        if fact is None:
            raise InexactError
        branches: list[tuple[Any, Tree[T]]] = []
        for case in fact.cases:
            left = waiting + len(fact.cases) - len(branches) - 1
            branches.append((case, self.tree(reading.suppose(fact.id, case), left)))
        first = branches[0][1]
        if all(below == first for _, below in branches[1:]):
            return first
        return Node(fact.id, tuple(branches))


def branch_fact(reading: Reading, value: Unknown) -> Missing | None:
    """Return the fact to branch on: the smallest id among those whose cases can be listed.

    An atom over many facts counts as one yes/no if no other unknown reads any of them; else its facts
    stand for it.
    """
    missing = [reading.missing[name] for name in value.facts if name in reading.missing]
    atoms = [m for m in missing if m.kind == "atom"]
    direct = {m.id for m in missing if m.kind != "atom"}
    candidates = {m.id: m for m in missing if m.kind != "atom"}
    for atom in atoms:
        others = direct.union(*(o.covers for o in atoms if o.id != atom.id))
        shared = {f: reading.missing[f] for f in atom.shared - reading.given.keys() if f in reading.missing}
        if any(m.cases for m in shared.values()):
            candidates.update(shared)  # parts that hang on one fact count together or not at all
        elif atom.covers.isdisjoint(others):
            candidates[atom.id] = atom
        else:
            candidates.update({f: reading.missing[f] for f in atom.covers if f in reading.missing})
    able = [m for name, m in candidates.items() if m.cases and name not in reading.given]
    return min(able, key=lambda m: m.id) if able else None


def leaves(tree: Tree[T]) -> Iterator[T]:
    """Return the values of all leaves."""
    if isinstance(tree, Leaf):
        yield tree.value
    else:
        for _, below in tree.branches:
            yield from leaves(below)


def facts_of(tree: Tree[T]) -> frozenset[str]:
    """Return the facts that a tree still asks."""
    if isinstance(tree, Leaf):
        return frozenset()
    return frozenset((tree.fact,)).union(*(facts_of(below) for _, below in tree.branches))


def endings(tree: Tree[T]) -> Iterator[tuple[str, Any, T]]:
    """Return the (fact, case, value) of the root whose single reply already ends in one value."""
    if isinstance(tree, Node):
        for case, below in tree.branches:
            if isinstance(below, Leaf):
                yield tree.fact, case, below.value

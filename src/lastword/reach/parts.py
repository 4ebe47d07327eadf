"""What lies below a thing through ``contains``, how surely, and which lists are still open (semantics D3,
D9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lastword.facts.snapshot import OPEN, Closing, Element, Snapshot
from lastword.facts.unknown import Truth, all_of, any_of

ElementTruth = Callable[[Element], Truth]


@dataclass
class Walk:
    """All things below ``root`` and itself, parents before children where there is no cycle.

    ``presence``: whether a thing is in there; ``parents``: thing -> the elements through which it is
    contained.
    """

    root: str
    snapshot: Snapshot
    order: tuple[str, ...]
    presence: Mapping[str, Truth]
    parents: Mapping[str, tuple[tuple[str, Element], ...]]
    _inherited: dict[tuple[str, str], Closing] = field(default_factory=dict)
    _openings: dict[str, tuple[tuple[Closing, tuple[str, ...]], ...]] = field(default_factory=dict)

    @cached_property
    def is_tree(self) -> bool:
        """Say whether nothing is contained in itself: parents then always come before their parts."""
        place = {thing: index for index, thing in enumerate(self.order)}
        return all(place[p] < place[thing] for thing, steps in self.parents.items() for p, _ in steps)

    def above(self, thing: str) -> frozenset[str]:
        """Return a thing and everything it is contained in."""
        found = {thing}
        waiting = [thing]
        while waiting:
            for parent, _ in self.parents.get(waiting.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return frozenset(found)

    @property
    def certain(self) -> bool:
        """Say whether every element on the way is certain."""
        return all(there is True for there in self.presence.values()) and all(
            element.certain for steps in self.parents.values() for _, element in steps
        )

    def closing(self, thing: str, name: str) -> Closing:
        """Return how far the list ``name`` of ``thing`` is closed, by itself or by a declaration for all
        below.
        """
        return self.snapshot.listing(thing, name).own.or_(self.inherited(thing, name))

    def openings(self, name: str) -> tuple[tuple[Closing, tuple[str, ...]], ...]:
        """Return the things whose list ``name`` is still open, those of which the same is declared absent
        together.
        """
        if name not in self._openings:
            found: dict[frozenset[str], list[str]] = {}
            for thing in self.order:
                closing = self.closing(thing, name)
                if not closing.closed:
                    found.setdefault(closing.terms, []).append(thing)
            self._openings[name] = tuple((Closing(terms=t), tuple(things)) for t, things in found.items())
        return self._openings[name]

    def inherited(self, thing: str, name: str) -> Closing:
        """Return what declarations "at any depth" of the things above say about the list ``name`` of
        ``thing``.
        """
        found = self._inherited.get((thing, name))
        if found is None:
            self._inherited[thing, name] = OPEN  # a cycle never supports itself
            found = OPEN
            for parent, element in self.parents.get(thing, ()):
                if element.certain:
                    found = found.or_(self.snapshot.listing(parent, name).deep)
                    found = found.or_(self.inherited(parent, name))
            self._inherited[thing, name] = found
        return found

    def deep(self, thing: str, name: str) -> Closing:
        """Return what is declared for ``name`` of everything below ``thing``, parts nobody listed included."""
        return self.snapshot.listing(thing, name).deep.or_(self.inherited(thing, name))

    def path(self, thing: str) -> tuple[Element, ...]:
        """Return one chain of elements from the root to ``thing``, through certain ones where possible."""
        chain: list[Element] = []
        seen = {thing}
        while thing != self.root:
            steps = [(p, e) for p, e in self.parents[thing] if p not in seen]
            if not steps:
                break
            parent, element = next(
                ((p, e) for p, e in steps if e.certain and self.presence[p] is True), steps[0]
            )
            chain.append(element)
            seen.add(parent)
            thing = parent
        return tuple(reversed(chain))


def walk(snapshot: Snapshot, root: str, truth: ElementTruth) -> Walk:
    """Follow ``contains`` from ``root``; ``truth`` says whether an element is there."""
    parents: dict[str, list[tuple[str, Element]]] = {}
    order: list[str] = []
    seen = {root}
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        order.append(thing)
        for element in reversed(snapshot.listing(thing, "contains").elements):
            child = element.entry.fields["thing"]
            parents.setdefault(child, []).append((thing, element))
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    presence = _presence(root, order, parents, truth)
    return Walk(root, snapshot, tuple(order), presence, {k: tuple(v) for k, v in parents.items()})


def _presence(
    root: str, order: list[str], parents: Mapping[str, list[tuple[str, Element]]], truth: ElementTruth
) -> dict[str, Truth]:
    """Return the least fixpoint of "contained in something that is there" (D9)."""
    if all(element.certain for steps in parents.values() for _, element in steps):
        return dict.fromkeys(order, True)
    presence: dict[str, Truth] = dict.fromkeys(order, False)
    presence[root] = True
    changed = True
    while changed:
        changed = False
        for thing in order:
            if thing == root:
                continue
            now = any_of(all_of((presence[parent], truth(element))) for parent, element in parents[thing])
            if now != presence[thing]:
                presence[thing] = now
                changed = True
    return presence

"""A bill of materials as we keep it: parts with what is said of each, and where each is used."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from lastword.errors import Where

USE_COLUMNS: Final = ("parent", "quantity", "unit_price", "currency", "share")


@dataclass(frozen=True, slots=True)
class Use:
    """A part in its parent. A quantity, price or share that is None is unknown."""

    parent: str
    part: str
    where: Where
    quantity: Fraction | None = None
    price: Fraction | None = None
    currency: str = ""
    share: Fraction | None = None

    @property
    def said(self) -> tuple[object, ...]:
        """Return what two uses must share to say the same."""
        return self.part, self.quantity, self.price, self.currency, self.share


@dataclass(slots=True)
class Part:
    """A part with our column -> value, as it is written into a table."""

    id: str
    cells: dict[str, str]
    where: Where


@dataclass(slots=True)
class Bill:
    """What one sheet says. ``notes``: what was guessed or left out, in words for the summary; ``unread``:
    columns left out.
    """

    product: str
    parts: dict[str, Part] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    value: tuple[Fraction, str] | None = None
    rows: int = 0
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def take_as(self, kind: str) -> int:
        """Give every thing that says no kind this one, and return how many there were."""
        silent = [part for part in self.parts.values() if not part.cells.get("kind")]
        for part in silent:
            part.cells["kind"] = kind
        return len(silent)

    def without(self, column: str) -> int:
        """Return how many parts (the product itself aside) say nothing in ``column``."""
        return sum(
            1 for part in self.parts.values() if part.id != self.product and not part.cells.get(column)
        )

    def suppliers(self) -> set[str]:
        """Return the suppliers named."""
        return {supplier for part in self.parts.values() if (supplier := part.cells.get("supplier"))}

    def table(self) -> str:
        """Return the bill as the CSV text that the facts reader reads: one row per use, cells on a part's
        first.
        """
        said = {column for part in self.parts.values() for column in part.cells}
        columns = ["id", *sorted(said & {"name", "name_de", "name_en"}), *USE_COLUMNS]
        columns += sorted(said - set(columns))
        target = io.StringIO(newline="")
        writer = csv.DictWriter(target, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows())
        return target.getvalue()

    def _rows(self) -> Iterator[Mapping[str, str]]:
        product = self.parts[self.product]
        value, currency = self.value or (None, "")
        yield {**product.cells, "id": product.id, "unit_price": written(value), "currency": currency}
        written_parts = {product.id}
        for use in self.uses:
            first = use.part not in written_parts
            written_parts.add(use.part)
            yield {
                **(self.parts[use.part].cells if first else {}),
                "id": use.part,
                "parent": use.parent,
                "quantity": written(use.quantity),
                "unit_price": written(use.price),
                "currency": use.currency,
                "share": written(use.share),
            }


def written(number: Fraction | None) -> str:
    """Return a number exactly, as decimals where they end."""
    if number is None:
        return ""
    if number.denominator == 1:
        return str(number.numerator)
    rest, places = number.denominator, 0
    while rest % 10 == 0 or rest % 2 == 0 or rest % 5 == 0:
        rest //= 10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5
        places += 1
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    digits = str(number.numerator * 10**places // number.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"

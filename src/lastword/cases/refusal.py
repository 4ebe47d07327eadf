"""An act that may not be done: why, and what to do instead."""

from __future__ import annotations

from typing import Any

from lastword.errors import InputError, Problem, Where


class ActRefused(InputError):
    """``code``: a stable word for programs, e.g. ``not_seated``. ``due``: what had fallen due before it and stands all the same
    (world.Written).
    """

    def __init__(self, code: str, what: str, mend: str = "", *, due: tuple[Any, ...] = ()) -> None:
        super().__init__(Problem(Where("refused"), what, mend))
        self.code = code
        self.due = due

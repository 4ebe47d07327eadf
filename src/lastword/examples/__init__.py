"""Worked examples: official answers in the schema of ``docs/examples.md``, run against the packs."""

from lastword.examples.closure import question_of
from lastword.examples.example import EXPECTED, KEYS, Outcome, read_examples, run

__all__ = ["EXPECTED", "KEYS", "Outcome", "question_of", "read_examples", "run"]

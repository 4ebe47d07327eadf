"""What the record refuses: errors of their own, so that nobody takes one for a slip of the pen."""

from __future__ import annotations

from lastword.errors import LastwordError


class RecordError(LastwordError):
    """A piece of the record is damaged, forged, or not what it is said to be."""


class ProofError(RecordError, ValueError):
    """A proof does not show what it is said to show, or nothing can be proved about what was asked."""

"""What a person probably meant by a misspelt word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_NEAR = 0.7
_MOST_COMPARED = 20_000
_LONGEST_COMPARED = 100


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` for the nearest of ``words``, or nothing if none is near."""
    if len(word) > _LONGEST_COMPARED:
        return ""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word.lower())
    best, best_ratio = "", _NEAR
    longest = max(2, len(word) // 3)
    for compared, candidate in enumerate(words):
        if compared == _MOST_COMPARED:
            break
        if abs(len(candidate) - len(word)) > longest:
            continue
        matcher.set_seq1(candidate.lower())
        if matcher.real_quick_ratio() < best_ratio or matcher.quick_ratio() < best_ratio:
            continue
        ratio = matcher.ratio()
        if ratio > best_ratio or (ratio == best_ratio and (not best or candidate < best)):
            best, best_ratio = candidate, ratio
    return f"did you mean `{best}`?" if best else ""


def unknown_word(what: str, word: str, words: Iterable[str]) -> tuple[str, str]:
    """Return what is wrong and how to mend it for a ``word`` that is none of ``words``."""
    known = sorted(words)
    mend = did_you_mean(word, known)
    if not mend and len(known) <= 24:
        mend = "use one of " + ", ".join(f"`{one}`" for one in known)
    return f"`{word}` is not {what}", mend

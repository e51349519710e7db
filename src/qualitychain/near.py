"""Near misses: what a misspelt name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

SHOWN = 100
"""How many faults a message prints; the rest are counted."""
MOST_COMPARED = 2000
"""Beyond this many candidates only a case-insensitive match is looked for: a message must not cost quadratic time."""
LONGEST_WORD = 300


def nearest(word: object, candidates: Iterable[str]) -> str | None:
    """The candidate most like ``word``, or None when none is near.

    Examples
    --------
    >>> nearest("Retial", ["Retail", "Reseller"])
    'Retail'
    """
    if not isinstance(word, str) or len(word) > LONGEST_WORD:
        return None
    pool = tuple(candidates)
    return _nearest(word, pool) if pool else None


@lru_cache(maxsize=256)
def _nearest(word: str, candidates: tuple[str, ...]) -> str | None:
    folded = word.casefold().strip()
    for candidate in candidates:
        if candidate.casefold().strip() == folded:
            return candidate
    matches = get_close_matches(word, candidates[:MOST_COMPARED], n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: object, candidates: Iterable[str]) -> str:
    """``"; did you mean 'X'?"``, or nothing when no candidate is near."""
    match = nearest(word, candidates)
    return "" if match is None else f"; did you mean '{match}'?"


class NearMisses:
    """``did_you_mean`` for many words among the same candidates: looked up only for as many as a message shows.

    Examples
    --------
    >>> near = NearMisses(["Retail", "Reseller"])
    >>> near("Retial")
    "; did you mean 'Retail'?"
    """

    def __init__(self, candidates: Iterable[str]) -> None:
        self._candidates = tuple(candidates)
        self._asked = 0

    def __call__(self, word: object) -> str:
        """``"; did you mean 'X'?"``, or nothing when no candidate is near or enough was said."""
        self._asked += 1
        return did_you_mean(word, self._candidates) if self._asked <= SHOWN else ""

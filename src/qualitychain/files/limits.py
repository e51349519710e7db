"""How much a model file may ask for, in one place."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Caps that keep a hostile or mistaken file from taking all time and memory.

    A caller that trusts its files may raise them; none of them changes what a file means.

    Parameters
    ----------
    size : int
        Largest file, in bytes.
    depth : int
        Deepest nesting of mappings and lists; a chain needs six.
    events : int
        Most elements: each key, each value, and both ends of each mapping and list count as one.
    digits : int
        Longest whole number, in digits.

    Examples
    --------
    >>> Limits(size=200_000_000).depth
    32
    """

    size: int = 64_000_000
    depth: int = 32
    events: int = 5_000_000
    digits: int = 40

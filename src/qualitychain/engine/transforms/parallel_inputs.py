"""Kitting complete: the distribution of the greatest of parallel requests, joint with what they do to the unit.

Formulas: The transform method. A use that happens costs time *and* is what spoils the unit, so each group of inputs is
carried as two sub-distributions: F(t), all its uses have come by t, and G(t), they have come and are good. The products
over the groups give four classes of a visit: the unit still conforming or spoilt, its inspection sighted or blinded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import ON_INSPECTION, ON_UNIT, Floats


@dataclass(frozen=True)
class Curve:
    """A distribution function on the time grid: its values at the points, and just below them, shape (N,) each."""

    at: Floats
    below: Floats

    def mixed(self, other: Curve, share: float) -> Curve:
        """The curve and ``share`` of another, added."""
        return Curve(self.at + share * other.at, self.below + share * other.below)

    def used(self, whole: float, part: float) -> Curve:
        """All uses have come: ``whole`` uses surely, and one more with probability ``part``."""
        at = self.at**whole * (1.0 - part + part * self.at)
        below = self.below**whole * (1.0 - part + part * self.below)
        # before time 0 nothing has come, not even nothing
        below[..., 0] = 0.0
        return Curve(at, below)

    def __mul__(self, other: Curve) -> Curve:
        return Curve(self.at * other.at, self.below * other.below)

    def __sub__(self, other: Curve) -> Curve:
        return Curve(self.at - other.at, self.below - other.below)

    def split(self) -> tuple[Floats, Floats]:
        """Cumulative jumps at the points, and the rest."""
        jumps = np.cumsum(self.at - self.below)
        return jumps, self.at - jumps


@dataclass(frozen=True)
class Group:
    """One group of inputs of a node: all its uses come by t (``total``), and all of them good (``good``)."""

    total: Curve
    good: Curve
    affects: int


def classes(groups: list[Group]) -> list[Curve]:
    """The four classes of a visit whose groups of inputs are independent of each other.

    The curves of the classes add up to the distribution function of the greatest of all requests.
    """
    one = np.ones_like(groups[0].total.at)
    start = one.copy()
    start[0] = 0.0
    nothing = Curve(one, start)
    sighted = any(g.affects == ON_INSPECTION for g in groups)
    ok_sighted = ok_any = any_sighted = any_any = nothing
    for group in groups:
        unit, inspection = group.affects == ON_UNIT, group.affects == ON_INSPECTION
        any_any = any_any * group.total
        ok_any = ok_any * (group.good if unit else group.total)
        if sighted:
            any_sighted = any_sighted * (group.good if inspection else group.total)
            ok_sighted = ok_sighted * (group.good if unit or inspection else group.total)
    if not sighted:
        none = Curve(np.zeros_like(one), np.zeros_like(one))
        return [ok_any, none, any_any - ok_any, none]
    return [ok_sighted, ok_any - ok_sighted, any_sighted - ok_sighted, any_any - ok_any - (any_sighted - ok_sighted)]


def last_to_arrive(totals: list[Curve]) -> Floats:
    """Probability that each group is the last to arrive, where any takes time at all; groups that tie share it.

    The integral of f_g times the product of the other groups' F, by the trapezoid rule on the time grid
    (formulas: Value stream).
    """
    values = np.array([curve.at for curve in totals])
    ones = np.ones((1, values.shape[1]))
    before = np.cumprod(np.vstack((ones, values[:-1])), axis=0)
    after = np.cumprod(np.vstack((ones, values[:0:-1])), axis=0)[::-1]
    others = before * after
    return np.asarray((np.diff(values, axis=1) * (others[:, 1:] + others[:, :-1]) / 2).sum(axis=1))


def uses_at_most_one(whole: Floats, part: Floats) -> bool:
    """Whether all groups of a node together make at most one use per visit: then there is no maximum to form."""
    return bool((whole + (part > 0)).sum() <= 1)


def single_use(affects: int, probability: float, good: Floats, bad: Floats, nothing: Floats) -> list[Floats | None]:
    """The four classes of a visit with at most one use, as sums of transforms: no maximum, no approximation.

    ``nothing`` is the transform of no wait at all; ``good`` and ``bad`` those of the request by its result.
    """
    none = (1.0 - probability) * nothing
    if affects == ON_UNIT:
        return [none + probability * good, None, probability * bad, None]
    if affects == ON_INSPECTION:
        return [none + probability * good, probability * bad, None, None]
    return [none + probability * (good + bad), None, None, None]


__all__ = [
    "Curve",
    "Group",
    "classes",
    "last_to_arrive",
    "single_use",
    "uses_at_most_one",
]

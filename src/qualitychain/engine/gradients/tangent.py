"""Numbers that carry their derivatives along: formulas of many variables, differentiated as they are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import Flags, Floats


@dataclass(frozen=True)
class Tangent:
    """Values of shape (n,) and their derivatives to P variables, shape (P, n).

    Examples
    --------
    >>> x, y = Tangent.variables(np.array([3.0]), np.array([2.0]))
    >>> z = x * y / (1.0 - y)
    >>> z.value.tolist(), z.slopes.tolist()
    ([-6.0], [[-2.0], [3.0]])
    """

    value: Floats
    slopes: Floats

    @classmethod
    def variables(cls, *values: Floats) -> list[Tangent]:
        """The variables of differentiation."""
        count = len(values)
        return [
            cls(v, np.repeat(np.eye(count)[i][:, None], len(v), axis=1).astype(np.float64))
            for i, v in enumerate(values)
        ]

    def __add__(self, other: Tangent | Floats | float) -> Tangent:
        if isinstance(other, Tangent):
            return Tangent(self.value + other.value, self.slopes + other.slopes)
        return Tangent(self.value + other, self.slopes)

    def __neg__(self) -> Tangent:
        return Tangent(-self.value, -self.slopes)

    def __sub__(self, other: Tangent | Floats | float) -> Tangent:
        return self + (-other)

    def __mul__(self, other: Tangent | Floats | float) -> Tangent:
        if isinstance(other, Tangent):
            return Tangent(self.value * other.value, self.slopes * other.value + self.value * other.slopes)
        return Tangent(self.value * other, self.slopes * other)

    def __truediv__(self, other: Tangent) -> Tangent:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.value / other.value
            return Tangent(ratio, (self.slopes - ratio * other.slopes) / other.value)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Tangent | Floats | float) -> Tangent:
        return -self + other

    def where(self, flags: Flags, other: Tangent) -> Tangent:
        """The first where the flags are set, the other elsewhere."""
        return Tangent(np.where(flags, self.value, other.value), np.where(flags, self.slopes, other.slopes))

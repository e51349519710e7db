"""Dual numbers over fractions: a value that carries its exact derivative along."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, eq=False)
class Dual:
    """value + slope * epsilon, with epsilon squared equal to zero."""

    value: Fraction
    slope: Fraction

    @staticmethod
    def variable(number: Any) -> Dual:
        """Return the number as the variable of differentiation (slope 1)."""
        return Dual(Fraction(repr(number)) if isinstance(number, float) else Fraction(number), Fraction(1))

    @staticmethod
    def slope_of(number: Any) -> Fraction:
        """Return the derivative carried by `number` (0 for an ordinary number)."""
        return number.slope if isinstance(number, Dual) else Fraction(0)

    @staticmethod
    def _lift(number: Any) -> Dual:
        return number if isinstance(number, Dual) else Dual(Fraction(number), Fraction(0))

    def __add__(self, other: Any) -> Dual:
        right = self._lift(other)
        return Dual(self.value + right.value, self.slope + right.slope)

    def __sub__(self, other: Any) -> Dual:
        right = self._lift(other)
        return Dual(self.value - right.value, self.slope - right.slope)

    def __mul__(self, other: Any) -> Dual:
        right = self._lift(other)
        return Dual(self.value * right.value, self.slope * right.value + self.value * right.slope)

    def __truediv__(self, other: Any) -> Dual:
        right = self._lift(other)
        ratio = self.value / right.value
        return Dual(ratio, (self.slope - ratio * right.slope) / right.value)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Dual:
        return self._lift(other) - self

    def __rtruediv__(self, other: Any) -> Dual:
        return self._lift(other) / self

    def __pow__(self, power: int) -> Dual:
        result = Dual(Fraction(1), Fraction(0))
        for _ in range(power):
            result = result * self
        return result

    def __floor__(self) -> int:
        return self.value.__floor__()

    def __bool__(self) -> bool:
        return self.value != 0 or self.slope != 0

    def __eq__(self, other: object) -> bool:
        right = self._lift(other)
        return self.value == right.value and self.slope == right.slope

    def __hash__(self) -> int:
        return hash((self.value, self.slope))

    def __le__(self, other: Any) -> bool:
        return self.value <= self._lift(other).value

    def __ge__(self, other: Any) -> bool:
        return self.value >= self._lift(other).value

"""Figures as a person reads them: numbers, percentages, sigma levels."""

from __future__ import annotations

import math

NO_DEFECTS = ">= 6.0+ (no defects in the model)"
ALL_DEFECTS = "no sigma level (every unit is nonconforming in the model)"


def number(value: float) -> str:
    """A number as a person reads it: four digits, small ones in powers of ten.

    Examples
    --------
    >>> number(0.19973053), number(199730.53), number(0.0), number(1e-9)
    ('0.1997', '199,731', '0', '1e-09')
    """
    if math.isnan(value):
        return "-"
    if value == 0:
        return "0"
    if math.isinf(value):
        return "none" if value < 0 else "no limit"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(value: float) -> str:
    """A share as a percentage with the digits that matter.

    Examples
    --------
    >>> percent(0.19973053), percent(1.0), percent(3.4e-6)
    ('19.97 %', '100 %', '0.00034 %')
    """
    if math.isnan(value):
        return "-"
    return f"{100 * value:.4g} %" if abs(value) < 1e9 else f"{value:.4g}"


def sigma_text(level: float) -> str:
    """A sigma level as a person reads it, also where there is none.

    Examples
    --------
    >>> sigma_text(2.3426)
    '2.34'
    """
    if math.isnan(level):
        return "-"
    if math.isinf(level):
        return NO_DEFECTS if level > 0 else ALL_DEFECTS
    return f"{level:.2f}"

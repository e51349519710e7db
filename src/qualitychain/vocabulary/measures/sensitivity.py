"""Measures of sensitivity."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import Measure, Unit, named

SENSITIVITY = named(
    Measure("parameter", Unit.WORDS, "the number that changes"),
    Measure("gradient", Unit.RATIO, "change of the outcome per 1 of the parameter", low=-math.inf),
    Measure("meaning", Unit.WORDS, "the gradient as a sentence"),
)

"""Measures of choices: projects under a budget."""

from __future__ import annotations

from qualitychain.vocabulary.measure import Measure, Unit, named

IMPROVEMENT = named(
    Measure("objective", Unit.WORDS, "what the choice aims at"),
    Measure("project", Unit.WORDS, "an improvement that may be chosen"),
    Measure("chosen", Unit.WORDS, "whether it is chosen, or what is"),
    Measure("optimal", Unit.WORDS, "whether no choice is better, by proof"),
    Measure("budget", Unit.MONEY, "what may be spent once"),
)

"""Measures of verdicts: what was required, and how the chain stands to it."""

from __future__ import annotations

from qualitychain.vocabulary.measure import Measure, Unit, named, share


def _words(name: str, words: str) -> Measure:
    return Measure(name, Unit.WORDS, words)


VERDICTS = named(
    _words("code", "code of the finding"),
    _words("severity", "note, warning or error"),
    _words("subject", "customer, handoff or department; empty for the whole chain"),
    _words("bounded", "the measure that is bounded"),
    share("quantile", "which quantile of a time; its mean where there is none"),
    _words("bound", "at_least or at_most"),
    _words("met", "whether it is met; nothing where there is no verdict"),
    _words("unit", "what a time is counted in, or what the figure is per"),
    _words("message", "the finding in a sentence"),
    _words("requirement", "requirement that needs the most of it"),
    _words("verdict", "whether the promise is enough"),
    _words("behind", "what makes a requirement fail"),
)

"""What is no figure: names, kinds, sentences."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import Measure, Unit, named


def _words(name: str, words: str) -> Measure:
    return Measure(name, Unit.WORDS, words)


NAMES = named(
    Measure("number", Unit.RATIO, "a number of which no more is said", low=-math.inf),
    _words("name", "a name"),
    _words("supplier", "external supplier"),
    _words("department", "department, or external supplier where they have rows too"),
    _words("customer", "external customer"),
    _words("handoff", "handoff, by its name"),
    _words("handoff_supplier", "supplier of the handoff: who hands over"),
    _words("handoff_customer", "customer of the handoff: who receives"),
    _words("reading", "which inputs are one draw: declared, independent or shared"),
    _words("figure", "a figure of the chain"),
    _words("entry", "where defects went"),
    _words("place", "department, supplier or handoff"),
    _words("step", "waiting, work, inputs, inspection or transport"),
    _words("kind", "what kind it is"),
)

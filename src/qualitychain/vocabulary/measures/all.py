"""All measures by name: the one list that everything else reads."""

from __future__ import annotations

from qualitychain.vocabulary.measure import Measure, named
from qualitychain.vocabulary.measures.causes import CAUSES
from qualitychain.vocabulary.measures.customers import CUSTOMERS
from qualitychain.vocabulary.measures.improvement import IMPROVEMENT
from qualitychain.vocabulary.measures.load import LOAD
from qualitychain.vocabulary.measures.money import MONEY
from qualitychain.vocabulary.measures.names import NAMES
from qualitychain.vocabulary.measures.quality import QUALITY
from qualitychain.vocabulary.measures.sensitivity import SENSITIVITY
from qualitychain.vocabulary.measures.time import TIME
from qualitychain.vocabulary.measures.value_stream import VALUE_STREAM
from qualitychain.vocabulary.measures.verdicts import VERDICTS

MEASURES: dict[str, Measure] = named(
    *NAMES.values(),
    *QUALITY.values(),
    *LOAD.values(),
    *CUSTOMERS.values(),
    *CAUSES.values(),
    *SENSITIVITY.values(),
    *MONEY.values(),
    *TIME.values(),
    *VALUE_STREAM.values(),
    *VERDICTS.values(),
    *IMPROVEMENT.values(),
)


def measure_of(name: str) -> Measure:
    """A measure by name; its name is a mistake of the house where there is none."""
    return MEASURES[name]


def measures_of(subject: str) -> tuple[str, ...]:
    """Names of the measures that a requirement may bound of a customer, handoff, department or the chain."""
    return tuple(m.name for m in MEASURES.values() if any(at.subject == subject for at in m.at))

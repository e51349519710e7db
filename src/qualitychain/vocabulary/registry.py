"""All analyses and their tables, in reading order; an analysis is registered by one line here."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

from qualitychain.vocabulary.table import Analysis, TableSpec

SPECS: tuple[str, ...] = (
    "analysis.quality.specs:QUALITY",
    "analysis.time.specs:LEAD_TIMES",
    "analysis.value_stream.specs:VALUE_STREAM",
    "analysis.bottlenecks.specs:BOTTLENECKS",
    "analysis.bottlenecks.specs:WAITING",
    "analysis.bottlenecks.specs:QUALITY_GAINS",
    "analysis.bottlenecks.specs:SERVICE",
    "analysis.bottlenecks.specs:REMEDIES",
    "analysis.customers.specs:CUSTOMER_OUTCOMES",
    "analysis.customers.specs:CUSTOMER_EFFECTS",
    "analysis.causes.specs:ROOT_CAUSES",
    "analysis.causes.specs:LATENESS",
    "analysis.sensitivity.specs:SENSITIVITIES",
    "analysis.customers.specs:KEY_TO_CUSTOMER",
    "analysis.money.specs:COST_OF_QUALITY",
    "improvement.choose.specs:CHOICES",
    "improvement.allocate.specs:SLA_ADEQUACY",
    "checks.specs:VERDICTS",
)
"""Where analyses are described, each ``package.module:NAME`` below ``qualitychain``."""
GIVEN: tuple[str, ...] = (
    "analysis.verdicts.specs:COMPARISON",
    "improvement.choose.specs:IMPROVEMENT",
    "improvement.choose.specs:PLACEMENT",
    "improvement.allocate.specs:ALLOCATION",
)
"""The same of those that are given more than a chain, so that nothing can ask for them unasked."""


def found(place: str) -> Any:
    """What stands at ``package.module:name`` below ``qualitychain``."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"qualitychain.{module}"), name)


@lru_cache(maxsize=8)
def _described(specs: tuple[str, ...]) -> tuple[Analysis, ...]:
    return tuple(found(place) for place in specs)


def analyses() -> tuple[Analysis, ...]:
    """Every analysis, in reading order."""
    return _described(SPECS)


def given() -> tuple[Analysis, ...]:
    """The analyses that are given more than a chain: other chains, candidates, targets."""
    return _described(GIVEN)


def tables() -> dict[str, tuple[Analysis, TableSpec]]:
    """Every table by name, with the analysis that makes it."""
    return {table.name: (analysis, table) for analysis in analyses() for table in analysis.tables}

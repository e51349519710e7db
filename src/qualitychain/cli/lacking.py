"""Words under a table that lacks figures the chain does not give."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qualitychain.cli.answers import Answers

MOST = 3
"""Reasons named."""
_COST = ("cost", "cost_lines", "cost_places", "cost_by_stage")
_KEY = ("key_to_customer", "key_promises")


def lacking_figures(a: Answers, table: str) -> str:
    """Which figures a table of money is without."""
    if table in _COST:
        whys = list(a.cost.lacking.values())
    elif table in _KEY:
        whys = list(a.key.missing.values())
    else:
        return ""
    named = list(dict.fromkeys(whys))
    more = f" (and {len(named) - MOST} more)" if len(named) > MOST else ""
    return f"Not in it: {'; '.join(named[:MOST])}{more}" if named else ""

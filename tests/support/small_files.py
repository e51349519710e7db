"""A small chain file, in which one thing at a time can be spoilt."""

from __future__ import annotations

import json

GOOD = """\
name: Order to delivery
suppliers:
  - name: Steelworks
    rate: 10
departments:
  - name: Production
    cycle_time: 2 h
customers:
  - name: Retail
handoffs:
  - supplier: Steelworks
    customer: Production
    defect_rate: 0.02
  - supplier: Production
    customer: Retail
    defect_rate: 0.05
"""
GOOD_JSON = json.dumps(
    {
        "name": "Order to delivery",
        "suppliers": [{"name": "Steelworks", "rate": 10}],
        "customers": [{"name": "Retail"}],
        "handoffs": [{"supplier": "Steelworks", "customer": "Retail", "defect_rate": 0.02}],
    },
    indent=2,
)


def with_rate(rate: str) -> str:
    """The chain with another first defect rate; it stands at line 13, column 18."""
    return GOOD.replace("defect_rate: 0.02", f"defect_rate: {rate}")


def with_name(name: str) -> str:
    """The chain with another name of its own; it stands at line 1, column 7."""
    return GOOD.replace("name: Order to delivery", f"name: {name}", 1)


def with_time(time: str) -> str:
    """The chain with another cycle time; it stands at line 7, column 17."""
    return GOOD.replace("cycle_time: 2 h", f"cycle_time: {time}")


def json_with_rate(rate: str) -> str:
    """The JSON chain with another defect rate; it stands at line 18, column 22."""
    return GOOD_JSON.replace("0.02", rate)

"""Small chains that several tests use, and the reading of known answers."""

from __future__ import annotations

import json
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import qualitychain as qc

REFERENCE = Path(__file__).parent.parent / "reference"
_TEXT = {"name", "supplier", "customer", "item", "on_reject", "by", "rework_to", "affects", "common_cause"}


def numbers(value: Any, key: str = "") -> Any:
    """The same data with fractions written as text turned into floats."""
    if isinstance(value, dict):
        return {k: numbers(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [numbers(v) for v in value]
    return float(Fraction(value)) if isinstance(value, str) and key not in _TEXT else value


def known_chains() -> list[dict[str, Any]]:
    """The examples with exact answers."""
    examples: list[dict[str, Any]] = json.loads((REFERENCE / "chains_exact.json").read_text())["examples"]
    return examples


def known_chain(example: dict[str, Any]) -> qc.Chain:
    """The chain of an example; where it has a rate and a sample, the rate is the one that quality uses."""
    data = numbers(example["chain"]) | {"name": example["name"]}
    for handoff in data["handoffs"]:
        if "defect_rate" in handoff:
            handoff.pop("sample", None)
    return qc.Chain.from_dict(data)


def quietly(data: dict[str, Any]) -> qc.Chain:
    """A chain from data, without warnings about nodes that lead nowhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        return qc.Chain.from_dict(data)


def line(*rates: float, **first: Any) -> qc.Chain:
    """Stock -> D1 -> ... -> Shop with these defect rates; ``first`` are further fields of the first handoff."""
    names = ["Stock", *(f"D{i}" for i in range(1, len(rates))), "Shop"]
    handoffs = [
        qc.Handoff(a, b, defect_rate=rate, **(first if i == 0 else {}))
        for i, (a, b, rate) in enumerate(zip(names, names[1:], rates, strict=False))
    ]
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department(n, cycle_time=0.5) for n in names[1:-1]],
        customers=[qc.Customer("Shop", volume=1000)],
        handoffs=handoffs,
    )


def reason_in(data: dict[str, Any], table: str, row: object, column: str) -> str:
    """The words of a reason in the plain data of a result."""
    [found] = [m for m in data["missing"] if (m["table"], m["row"], m["column"]) == (table, row, column)]
    return str(found["words"])

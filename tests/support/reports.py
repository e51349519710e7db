"""Reports that several tests look at, each rendered once."""

from __future__ import annotations

import functools
from pathlib import Path

from support.small_chains import hostile_chain, two_steps

import qualitychain as qc

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"
CHAINS = {"example": lambda: qc.read_chain(EXAMPLE), "two steps": two_steps, "hostile": hostile_chain}


@functools.cache
def rendered(name: str) -> str:
    """The report of a chain by its name in `CHAINS`."""
    return qc.report_html(CHAINS[name]())

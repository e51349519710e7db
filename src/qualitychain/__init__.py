"""Process chains for TQM and Six Sigma: what every internal handoff does to every external customer.

Build a ``Chain`` (or read one), ask a question of it (``quality``, ``bottlenecks``, ``customer_effects``), change it
by copy
(``what_if``), and look at the answer. Names are loaded when first used, so that importing the package is light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Public names in reading order: build, read, analyse, change, check, draw.
_HOME: dict[str, str] = {
    "Chain": "model.chain",
    "Calendar": "model.calendar",
    "Supplier": "model.nodes",
    "Department": "model.nodes",
    "Customer": "model.nodes",
    "Nps": "model.nodes",
    "Handoff": "model.handoff",
    "Inspection": "model.handoff",
    "Sample": "model.handoff",
    "Sla": "model.handoff",
    "Requirement": "model.requirement",
    "Fixed": "model.distributions",
    "Exponential": "model.distributions",
    "Gamma": "model.distributions",
    "Lognormal": "model.distributions",
    "Weibull": "model.distributions",
    "Uniform": "model.distributions",
    "Triangular": "model.distributions",
    "Empirical": "model.distributions",
    "read_chain": "files.reading",
    "write_chain": "files.writing",
    "discover": "discovery.discover",
    "quality": "analysis.quality",
    "lead_times": "analysis.lead_times",
    "value_stream": "analysis.value_stream",
    "bottlenecks": "analysis.bottlenecks",
    "customer_effects": "analysis.customer_effects",
    "key_to_customer": "analysis.key_to_customer",
    "cost_of_quality": "analysis.cost_of_quality",
    "sensitivities": "analysis.sensitivities",
    "root_causes": "analysis.root_causes",
    "what_if": "model.change",
    "Scale": "model.scale",
    "compare": "analysis.compare",
    "Project": "model.project",
    "improve": "improvement.improve",
    "where_to_inspect": "improvement.inspections",
    "allocate": "improvement.allocate",
    "handoff_parity": "improvement.allocation_parity",
    "check": "checks.check",
    "draw": "reporting.draw",
    "report": "reporting.report",
    "QualityChainError": "errors",
    "ChainError": "errors",
    "ModelFileError": "errors",
    "LogError": "errors",
    "AnalysisError": "errors",
    "UnstableQueueError": "errors",
    "ChainWarning": "errors",
}
_MODULES = ("metrics", "queues")

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604  the names are the keys of the table above


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        from qualitychain.model.near import did_you_mean

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{did_you_mean(name, __all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

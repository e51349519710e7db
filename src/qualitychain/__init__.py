"""Process chains for TQM and Six Sigma: what every internal handoff does to every external customer.

Build a ``Chain`` (or read one), ask a question of it (``quality``, ``bottlenecks``, ``customer_effects``), change it by
copy (``what_if``), and look at the answer. Names are loaded when first used, so that importing the package is light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Public names in reading order: build, read, analyse, change, check, draw.
_HOME: dict[str, str] = {
    "Chain": "model.chain.chain",
    "Calendar": "model.records.calendar",
    "Supplier": "model.records.nodes",
    "Department": "model.records.nodes",
    "Customer": "model.records.nodes",
    "Nps": "model.records.nodes",
    "Handoff": "model.records.handoff",
    "Inspection": "model.records.handoff",
    "Sample": "model.records.handoff",
    "Sla": "model.records.handoff",
    "Requirement": "model.records.requirement",
    "Fixed": "model.values.distributions",
    "Exponential": "model.values.distributions",
    "Gamma": "model.values.distributions",
    "Lognormal": "model.values.distributions",
    "Weibull": "model.values.distributions",
    "Uniform": "model.values.distributions",
    "Triangular": "model.values.distributions",
    "Empirical": "model.values.distributions",
    "read_chain": "files.reading",
    "write_chain": "files.writing",
    "discover": "discovery.discover",
    "LogColumns": "discovery.records",
    "LogFormat": "discovery.records",
    "quality": "analysis.quality.quality",
    "lead_times": "analysis.time.lead_times",
    "value_stream": "analysis.value_stream.value_stream",
    "bottlenecks": "analysis.bottlenecks.bottlenecks",
    "customer_effects": "analysis.customers.customer_effects",
    "key_to_customer": "analysis.customers.key_to_customer",
    "cost_of_quality": "analysis.money.cost_of_quality",
    "sensitivities": "analysis.sensitivity.sensitivities",
    "root_causes": "analysis.causes.root_causes",
    "what_if": "model.chain.change",
    "Scale": "model.values.scale",
    "compare": "analysis.verdicts.compare",
    "Project": "model.records.project",
    "improve": "improvement.choose.choice.improve",
    "where_to_inspect": "improvement.choose.choice.inspections",
    "allocate": "improvement.allocate.allocate",
    "sla_adequacy": "improvement.allocate.sla_adequacy",
    "check": "checks.check",
    "draw": "reporting.map.draw",
    "report": "reporting.content.report",
    "QualityChainError": "errors",
    "ChainError": "errors",
    "ModelFileError": "errors",
    "LogError": "errors",
    "AnalysisError": "errors",
    "UnknownCustomerError": "errors",
    "TargetError": "errors",
    "UnstableQueueError": "errors",
    "OverloadedError": "errors",
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
        from qualitychain.near import did_you_mean

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{did_you_mean(name, __all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

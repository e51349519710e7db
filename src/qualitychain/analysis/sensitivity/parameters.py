"""Every number of a chain that may be changed, and how an engine gradient becomes the derivative to it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.engine.gradients.gradients import Gradient
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.thinning import first_rows
from qualitychain.model.records.handoff import Handoff

OF_INSPECTION = {"detect": "detect", "false_alarm": "alarm", "fix": "fix"}


@dataclass(frozen=True)
class Parameter:
    """One number of a handoff or supplier; ``of`` is its name."""

    of: str
    name: str
    field: str
    """Array of the engine's gradient: a field of ``Slopes``, "per_unit" or "start"."""
    kind: str
    """"flow", "pulled" or "start"."""
    row: int
    """Row of that array."""
    chain_rule: float = 1.0
    """Derivative of what the engine sees to this number."""
    together: int = 1
    """Handoffs in which the number stands and changes at once: sources of one item, uses of one common cause."""


def parameters_of(compiled: Compiled) -> list[Parameter]:
    """All parameters, handoffs in the order of the chain, then the rates of suppliers.

    Shares appear where there are two or more to shift between; a rate where a supplier states one.
    """
    return [*_of_handoffs(compiled), *_of_suppliers(compiled)]


def _of_handoffs(compiled: Compiled) -> Iterator[Parameter]:
    network, handoffs = compiled.network, compiled.chain.handoffs
    place = {int(i): ("flow", row) for row, i in enumerate(compiled.flow_rows)}
    place |= {int(i): ("pulled", row) for row, i in enumerate(compiled.pulled_rows)}
    routes = Counter(network.flow.giver.tolist())
    sources, uses = np.bincount(network.group, minlength=len(network.whole)), Counter(network.key.tolist())
    first = first_rows(network)
    for i, (handoff, name) in enumerate(zip(handoffs, compiled.names, strict=True)):
        kind, row = place[i]
        key = int(network.key[row]) if kind == "pulled" else -1
        drawn = int(first[key]) if key >= 0 else row
        together = uses[key] if key >= 0 else 1
        for parameter, rule in _of_rate(handoff):
            yield Parameter(name, parameter, "defect", kind, drawn, rule, together)
        for parameter, rule in _of_transit(handoff):
            yield Parameter(name, parameter, "transit", kind, drawn, rule, together)
        if handoff.inspection is not None:
            for parameter, field in OF_INSPECTION.items():
                if parameter != "fix" or handoff.inspection.mends:
                    yield Parameter(name, parameter, field, kind, drawn, 1.0, together)
        if kind == "flow":
            if routes[int(network.flow.giver[row])] > 1:
                yield Parameter(name, "share", "share", kind, row)
            continue
        group = int(network.group[row])
        if sources[group] > 1:
            yield Parameter(name, "share", "share", kind, row)
        yield Parameter(name, "per_unit", "per_unit", kind, group, 1.0, int(sources[group]))


def _of_rate(handoff: Handoff) -> Iterator[tuple[str, float]]:
    """The defect rate, and the numbers it was formed from with its derivative to them (formulas: What a chain is)."""
    yield "defect_rate", 1.0
    if handoff.defect_rate is not None:
        return
    if handoff.sample is not None:
        yield "n", -handoff.sample.defects / handoff.sample.n**2
        yield "defects", 1.0 / handoff.sample.n
    elif handoff.dpu is not None:
        yield "dpu", math.exp(-handoff.dpu)
    elif handoff.dpo is not None:
        count = handoff.opportunities or 1
        yield "dpo", count * (1.0 - handoff.dpo) ** (count - 1)


def _of_transit(handoff: Handoff) -> Iterator[tuple[str, float]]:
    """The same of damage on the way, where the handoff speaks of it."""
    sample = handoff.transit_sample
    if sample is not None or handoff.transit_defect_rate is not None:
        yield "transit_defect_rate", 1.0
    if sample is not None:
        yield "transit_n", -sample.defects / sample.n**2
        yield "transit_defects", 1.0 / sample.n


def _of_suppliers(compiled: Compiled) -> Iterator[Parameter]:
    transient = compiled.network.transient
    for row, supplier in enumerate(compiled.chain.suppliers):
        if transient[row] >= 0 and supplier.rate is not None:
            yield Parameter(supplier.name, "rate", "start", "start", row)


def values_at(compiled: Compiled, parameters: Sequence[Parameter], gradient: Gradient, *, per_time: bool) -> Floats:
    """The derivative to each parameter, per started unit or, ``per_time``, of the outcome per time unit."""
    scale = compiled.release_rate if per_time else 1.0
    arrays = {("start", "start"): _to_rates(compiled, gradient, per_time=per_time) / scale}
    arrays["pulled", "per_unit"] = gradient.per_unit
    for kind, slopes in (("flow", gradient.flow), ("pulled", gradient.pulled)):
        arrays |= {(kind, f.name): getattr(slopes, f.name) for f in fields(slopes)}
    begin = dict(zip(arrays, np.cumsum([0, *map(len, arrays.values())])[:-1].tolist(), strict=True))
    everything = np.concatenate(list(arrays.values()))
    rule = np.array([p.chain_rule for p in parameters])
    slopes_at = everything[[begin[p.kind, p.field] + p.row for p in parameters]]
    # where the chain rule stops, so does a derivative that does not exist
    return np.where(rule == 0, 0.0, slopes_at * rule * scale)


def _to_rates(compiled: Compiled, gradient: Gradient, *, per_time: bool) -> Floats:
    """Derivatives to the units that each supplier starts per time unit: they shift the mix, and make more."""
    worth, mix = gradient.start, compiled.network.start
    if per_time:
        return worth
    started = mix > 0
    mean = float(worth[started] @ mix[started])
    apart = worth - mean
    apart[np.abs(apart) <= 1e-14 * np.abs(worth)] = 0.0
    return np.asarray(apart / compiled.release_rate)

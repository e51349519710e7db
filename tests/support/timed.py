"""Joint distributions of lead time and conformity straight from the engine, for chains of named times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from qualitychain import Chain
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.distributions.named import NO_TIME, Distribution
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import JointDistributions, lead_time_distributions


def distributions_of(
    chain: Chain,
    *,
    work: Mapping[str, Distribution] | None = None,
    wait: Mapping[str, Distribution] | None = None,
    transport: Mapping[str, Distribution] | None = None,
    inspection: Mapping[str, Distribution] | None = None,
    **asked: Any,
) -> JointDistributions:
    """The engine's answer, with the distributions of nodes and handoffs by name; no time where none is given."""
    times = times_of(chain, work=work, wait=wait, transport=transport, inspection=inspection)
    return lead_time_distributions(compile_chain(chain).network, times, **asked)


def times_of(
    chain: Chain,
    *,
    work: Mapping[str, Distribution] | None = None,
    wait: Mapping[str, Distribution] | None = None,
    transport: Mapping[str, Distribution] | None = None,
    inspection: Mapping[str, Distribution] | None = None,
) -> Timing:
    """Times of nodes and handoffs by name; no time where none is given."""
    compiled = compile_chain(chain)

    def at_nodes(distributions: Mapping[str, Distribution] | None) -> tuple[Distribution, ...]:
        return tuple((distributions or {}).get(name, NO_TIME) for name in compiled.nodes)

    def on(rows: Any, distributions: Mapping[str, Distribution] | None) -> tuple[Distribution, ...]:
        return tuple((distributions or {}).get(compiled.names[i], NO_TIME) for i in rows)

    return Timing(
        work_distribution=at_nodes(work),
        wait_distribution=at_nodes(wait),
        flow_transport=on(compiled.flow_rows, transport),
        flow_inspection=on(compiled.flow_rows, inspection),
        pulled_transport=on(compiled.pulled_rows, transport),
        pulled_inspection=on(compiled.pulled_rows, inspection),
        stations=None,  # type: ignore[arg-type]  the transform method asks the distributions only
        missing_nodes=np.zeros(0, dtype=np.int64),
    )


def at(joint: JointDistributions, time: float, *, customer: int = 0) -> tuple[float, float]:
    """P(conforming, T <= time) and P(nonconforming, T <= time) per started unit, between points on a straight line."""
    last = joint.conforming.atoms.shape[1] - 1
    place = min(time / joint.step, last)
    below = int(np.floor(place + 1e-9))
    share, above = max(place - below, 0.0), min(below + 1, last)
    values = []
    for curves in (joint.conforming, joint.nonconforming):
        atoms, smooth = curves.atoms[customer], curves.smooth[customer]
        values.append(float(atoms[below] + (1 - share) * smooth[below] + share * smooth[above]))
    return values[0], values[1]

"""Joint laws of lead time and conformity straight from the engine, for chains whose laws a test states by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from qualitychain import Chain
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.distributions.named import NO_TIME, Law
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import JointLaws, lead_time_laws


def laws_of(
    chain: Chain,
    *,
    work: Mapping[str, Law] | None = None,
    wait: Mapping[str, Law] | None = None,
    transport: Mapping[str, Law] | None = None,
    inspection: Mapping[str, Law] | None = None,
    **asked: Any,
) -> JointLaws:
    """The engine's answer, with the laws of nodes and handoffs by name; no time where none is given."""
    compiled = compile_chain(chain)

    def at_nodes(laws: Mapping[str, Law] | None) -> tuple[Law, ...]:
        return tuple((laws or {}).get(name, NO_TIME) for name in compiled.nodes)

    def on(rows: Any, laws: Mapping[str, Law] | None) -> tuple[Law, ...]:
        return tuple((laws or {}).get(compiled.names[i], NO_TIME) for i in rows)

    timing = Timing(
        work_law=at_nodes(work),
        wait_law=at_nodes(wait),
        flow_transport=on(compiled.flow_rows, transport),
        flow_inspection=on(compiled.flow_rows, inspection),
        pulled_transport=on(compiled.pulled_rows, transport),
        pulled_inspection=on(compiled.pulled_rows, inspection),
        stations=None,  # type: ignore[arg-type]  the transform method asks the laws only
        missing_nodes=np.zeros(0, dtype=np.int64),
    )
    return lead_time_laws(compiled.network, timing, **asked)


def at(joint: JointLaws, time: float, *, customer: int = 0) -> tuple[float, float]:
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

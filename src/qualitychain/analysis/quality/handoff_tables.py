"""The scorecard of every handoff, and the classic yield worksheet of the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.quality.quality_figures import handoff_columns
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.metrics import clopper_pearson

if TYPE_CHECKING:
    import pandas as pd


def handoff_table(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    """What each handoff hands over, how good, and what its customer was promised (the internal customer's view)."""
    import pandas as pd

    handoffs = compiled.chain.handoffs
    count = len(handoffs)
    shown = handoff_columns(compiled, solution)
    t, r = solution.tally, solution.requests
    flow, rejected, made = (np.full(count, np.nan) for _ in range(3))
    flow[compiled.flow_rows], rejected[compiled.flow_rows] = t.tried, t.rejected_true + t.rejected_false
    made[compiled.flow_rows] = t.made
    # of requests: the uses, and the draws refused for them
    flow[compiled.pulled_rows], rejected[compiled.pulled_rows] = r.uses, r.rejected
    samples = [h.sample for h in handoffs]
    n = np.array([np.nan if s is None else s.n for s in samples])
    found = np.array([np.nan if s is None else s.defects for s in samples])
    lower, upper = np.full(count, np.nan), np.full(count, np.nan)
    counted = np.isfinite(n)
    if counted.any():
        lower[counted], upper[counted] = clopper_pearson(found[counted], n[counted])
    defect = np.empty(count)
    defect[compiled.flow_rows] = compiled.network.flow.defect
    defect[compiled.pulled_rows] = compiled.network.pulled.defect
    promised = np.array([np.nan if h.sla is None or h.sla.defect_rate is None else h.sla.defect_rate for h in handoffs])
    return pd.DataFrame(
        {
            "handoff_supplier": [h.supplier for h in handoffs],
            "handoff_customer": [h.customer for h in handoffs],
            "kind": ["pulled" if h.pulled else "flow" for h in handoffs],
            "defect_rate": defect,
            "flow": flow,
            "rejected": rejected,
            **shown,
            "made": made,
            "n": n,
            "defects": found,
            "lower": lower,
            "upper": upper,
            "sla_defect_rate": promised,
        },
        index=pd.Index(compiled.names, name="handoff"),
    )


def worksheet_table(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    """Units, DPU, throughput yield and first pass yield of each flow step, and the rolled yield so far.

    ``units`` are handed over per started unit, redo included. ``dpu`` is -ln(throughput yield): the defects per unit
    that would spoil as many units if they fell at random. ``first_pass_yield`` also leaves out conforming units that
    are falsely rejected. ``rolled`` counts the units, per started unit, that leave the step without ever having been
    nonconforming; in a line it is the product of the yields above it.
    """
    import pandas as pd

    t = solution.tally
    flow = compiled.network.flow
    with np.errstate(divide="ignore", invalid="ignore"):
        spoilt = solution.spoilt[flow.giver]
        bad = spoilt + flow.defect - spoilt * flow.defect
        dpu = -np.log1p(-bad)
    return pd.DataFrame(
        {
            "units": t.tried,
            "defective": t.made,
            "dpu": dpu,
            "throughput_yield": 1.0 - bad,
            "first_pass_yield": (1.0 - bad) * (1.0 - flow.alarm),
            "rolled": solution.clean,
        },
        index=pd.Index([compiled.names[i] for i in compiled.flow_rows], name="handoff"),
    )

"""The scorecard of every handoff, and the classic yield worksheet of the flow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qualitychain.analysis.base.compile import Compiled
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.metrics import clopper_pearson


def handoff_table(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    """What each handoff hands over, how good, and what its receiver was promised (the internal customer's view)."""
    handoffs = compiled.chain.handoffs
    count = len(handoffs)
    columns = {
        c: np.full(count, np.nan) for c in ("flow", "rejected", "presented_defect_rate", "accepted_defect_rate", "made")
    }
    for rows, values in (
        (compiled.flow_rows, _flow(solution)),
        (compiled.pulled_rows, _pulled(solution)),
    ):
        for name, value in values.items():
            columns[name][rows] = value
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
            **columns,
            "n": n,
            "defects": found,
            "lower": lower,
            "upper": upper,
            "sla_defect_rate": promised,
        },
        index=pd.Index(compiled.names, name="handoff"),
    )


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _flow(solution: Solution) -> dict[str, Floats]:
    t = solution.tally
    return {
        "flow": t.tried,
        "rejected": t.rejected_true + t.rejected_false,
        "presented_defect_rate": _ratio(t.presented_bad, t.presented),
        "accepted_defect_rate": _ratio(t.accepted_bad, t.accepted),
        "made": t.made,
    }


def _pulled(solution: Solution) -> dict[str, Floats]:
    """Requests: ``flow`` counts uses, ``rejected`` the draws refused for them."""
    r = solution.requests
    return {
        "flow": r.uses,
        "rejected": r.rejected,
        "presented_defect_rate": _ratio(r.presented_bad, r.presented),
        # a request that nobody makes still has the quality that it would have
        "accepted_defect_rate": np.where(r.uses > 0, _ratio(r.accepted_bad, r.uses), solution.bad),
    }


def worksheet_table(compiled: Compiled, solution: Solution) -> pd.DataFrame:
    """Units, DPU, throughput yield and first pass yield of each flow step, and the rolled yield so far.

    ``units`` are handed over per started unit, redo included. ``dpu`` is -ln(throughput yield): the defects per unit
    that would spoil as many units if they fell at random. ``first_pass_yield`` also leaves out conforming units that
    are falsely rejected. ``rolled`` counts the units, per started unit, that leave the step without ever having been
    nonconforming; in a line it is the product of the yields above it.
    """
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

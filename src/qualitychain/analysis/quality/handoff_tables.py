"""The scorecard of every handoff, and the classic yield worksheet of the flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.quality.quality_figures import SIGMA_ENDS, handoff_columns, ratio
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.metrics import clopper_pearson, dpmo_from_defect_rate, z_lt
from qualitychain.model.records.handoff import Handoff, dpu_of
from qualitychain.vocabulary.reason import Place, Reason, Why

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
    n, found, lower, upper = _counts(handoffs)
    defect, transit = np.empty((2, count))
    for rows, kind in ((compiled.flow_rows, compiled.network.flow), (compiled.pulled_rows, compiled.network.pulled)):
        defect[rows], transit[rows] = kind.defect, kind.transit
    promised = np.array([np.nan if h.sla is None or h.sla.defect_rate is None else h.sla.defect_rate for h in handoffs])
    return pd.DataFrame(
        {
            "handoff_supplier": [h.supplier for h in handoffs],
            "handoff_customer": [h.customer for h in handoffs],
            "kind": ["pulled" if h.pulled else "flow" for h in handoffs],
            "defect_rate": defect,
            "transit_defect_rate": transit,
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


def worksheet_table(
    compiled: Compiled, solution: Solution, perfect: Solution, *, shift: float, missing: dict[Place, Why]
) -> pd.DataFrame:
    """The yield worksheet of the flow, a row for each step as in a product report (formulas: Defects and yields).

    ``units`` and ``defective`` are per started unit, redo included; ``n`` and ``defects`` were counted, with the
    interval ``lower``, ``upper`` of the rate. ``dpu`` is D/U, a nonconforming unit being one defect where units were
    counted; ``poisson_dpu`` is -ln(throughput yield): the defects per unit that would spoil as many units if they fell
    at random. ``first_pass_yield`` also leaves out conforming units that are falsely rejected. ``rolled`` is the share,
    of the units that would come this way without any defect, that leave the step without ever having been
    nonconforming: in a line, and on each branch of a split, the product of the yields above.
    """
    import pandas as pd

    steps = [compiled.chain.handoffs[i] for i in compiled.flow_rows]
    names = [compiled.names[i] for i in compiled.flow_rows]
    flow, t = compiled.network.flow, solution.tally
    spoilt = solution.spoilt[flow.giver]
    own = flow.defect + flow.transit - flow.defect * flow.transit
    bad = spoilt + own - spoilt * own
    places = np.array([h.opportunities or 1 for h in steps], dtype=float)
    counted = np.array([np.nan if dpu is None else dpu for dpu in map(dpu_of, steps)])
    z = z_lt(bad, places)
    rolled = np.minimum(ratio(solution.clean, perfect.tally.tried), 1.0)
    for name, rate, share in zip(names, bad.tolist(), rolled.tolist(), strict=True):
        if rate in SIGMA_ENDS:
            missing.update((Place("worksheet", name, column), SIGMA_ENDS[rate]) for column in ("z_lt", "sigma_level"))
        if np.isnan(share):
            missing[Place("worksheet", name, "rolled")] = Why(Reason.NO_WORK)
    n, found, lower, upper = _counts(steps)
    with np.errstate(divide="ignore"):
        poisson = -np.log1p(-bad)
    return pd.DataFrame(
        {
            "units": t.tried,
            "defective": t.made,
            "n": n,
            "defects": found,
            "opportunities": places,
            "dpu": np.where(np.isnan(counted), bad, counted + spoilt + flow.transit),
            "poisson_dpu": poisson,
            "dpmo": dpmo_from_defect_rate(bad, places),
            "z_lt": z,
            "sigma_level": z + shift,
            "lower": lower,
            "upper": upper,
            "throughput_yield": 1.0 - bad,
            "first_pass_yield": (1.0 - bad) * (1.0 - flow.alarm),
            "rolled": rolled,
        },
        index=pd.Index(names, name="handoff"),
    )


def _counts(handoffs: Sequence[Handoff]) -> tuple[Floats, Floats, Floats, Floats]:
    """Units counted, nonconforming ones among them, and the 95 % interval of their share; NaN without a sample."""
    counts = [(np.nan, np.nan) if h.sample is None else (h.sample.n, h.sample.defects) for h in handoffs]
    n, found = np.array(counts, dtype=float).reshape(-1, 2).T
    lower, upper = np.full((2, len(handoffs)), np.nan)
    some = np.isfinite(n)
    if some.any():
        lower[some], upper[some] = clopper_pearson(found[some], n[some])
    return n, found, lower, upper

"""How long does each external customer wait, and is the promise kept? Joint with conformity, through all rework."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.customer_distributions import own_time_distribution
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.deliveries import COARSE, TOLERANCE, Deliveries, Said, deliveries_of, said_of
from qualitychain.analysis.time.distribution import LeadTimeDistribution
from qualitychain.analysis.time.lead_time_tables import customer_table, department_table, handoff_table
from qualitychain.analysis.time.lead_time_words import remarks_of, shortfalls
from qualitychain.analysis.time.lead_times_result import LeadTimes
from qualitychain.analysis.time.timing import timing_in
from qualitychain.engine.transforms.transform import own_times
from qualitychain.errors import OverloadedError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.vocabulary.reason import Place, Why


def lead_times(
    chain: Chain,
    *,
    tolerance: float = TOLERANCE,
    rigorous: bool = False,
    horizon: float | None = None,
    overloaded: Literal["raise", "report"] = "raise",
) -> LeadTimes:
    """Lead times of what each external customer gets, jointly with conformity, and the queues they come from.

    Parameters
    ----------
    chain : Chain
    tolerance : float
        How far probabilities may be off, given the distributions of the single times; above 0, at most 0.1.
    rigorous : bool
        Also compute rigorous bounds of the distribution functions (``t["Retail"].bracket``), given those of the
        single times. Not to be had where departments need each other in a circle.
    horizon : float, optional
        Time, in the chain's time unit, that the distributions must reach; found when not given.
    overloaded : {"raise", "report"}
        What to do when a department has more work than it can do: raise, or give the figures that stay meaningful.

    Returns
    -------
    LeadTimes

    Raises
    ------
    OverloadedError
        When a department is overloaded, naming it, its demand, its capacity and the shortfall. The ``result`` of the
        error holds what stays meaningful.
    AnalysisError
        When the quality of the chain cannot be solved, or rigorous bounds cannot be had.
    ValueError
        When an argument is out of its range.

    Notes
    -----
    Queues are approximate unless the chain is a Jackson network; given the queues, distributions are computed by
    transforms to within ``tolerance``, and means and standard deviations by linear equations (formulas page, "Lead
    time").

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain(
    ...     "Make and test",
    ...     suppliers=[qc.Supplier("Stock", rate=0.5)],
    ...     departments=[qc.Department("Make", cycle_time=1), qc.Department("Test", cycle_time=0)],
    ...     customers=[qc.Customer("Shop", promise=6)],
    ...     handoffs=[
    ...         qc.Handoff("Stock", "Make", defect_rate=0),
    ...         qc.Handoff("Make", "Test", defect_rate=0.2, inspection=qc.Inspection(0.75)),
    ...         qc.Handoff("Test", "Shop", defect_rate=0),
    ...     ],
    ... )
    >>> t = qc.lead_times(chain)
    >>> round(t["Shop"].mean, 6), round(t["Shop"].satisfied, 3)
    (2.857143, 0.826)
    """
    if overloaded not in ("raise", "report"):
        raise ValueError(f"overloaded must be 'raise' or 'report', got {overloaded!r}")
    result = Study(chain).ask(lead_times_of, tolerance=tolerance, rigorous=rigorous, horizon=horizon)
    if overloaded == "raise" and result.timing.stations.overloaded.any():
        raise OverloadedError("\n".join(shortfalls(result.compiled, result.timing)), result)
    return result


def lead_times_of(
    study: Study, *, tolerance: float = TOLERANCE, rigorous: bool = False, horizon: float | None = None
) -> LeadTimes:
    """The lead times of a study's chain; a department with too much work is reported, not refused."""
    _check(tolerance, horizon)
    chain, compiled, timing = study.chain, study.compiled, study.ask(timing_in)
    deliveries = study.ask(deliveries_of, tolerance=tolerance, rigorous=rigorous, horizon=horizon)
    said = study.ask(said_of, tolerance=tolerance, rigorous=rigorous, horizon=horizon)
    promised = {i: _promised(chain, i) for i, h in enumerate(chain.handoffs) if h.sla and h.sla.lead_time is not None}
    flow_place = {int(i): e for e, i in enumerate(compiled.flow_rows)}
    pulled_place = {int(i): h for h, i in enumerate(compiled.pulled_rows)}
    own = own_times(
        compiled.network,
        timing,
        flow=[(flow_place[i], time) for i, time in promised.items() if i in flow_place],
        pulled=[(pulled_place[i], time) for i, time in promised.items() if i in pulled_place],
        tolerance=tolerance,
    )
    rows = [i for place in (flow_place, pulled_place) for i in promised if i in place]
    kept = {i: own_time_distribution(one, tolerance) for i, one in zip(rows, own, strict=True)}
    return _result(study, deliveries, said, kept)


def _promised(chain: Chain, handoff: int) -> float:
    """The lead time that a handoff promises, in the chain's time unit."""
    sla = chain.handoffs[handoff].sla
    return 0.0 if sla is None or sla.lead_time is None else in_units(sla.lead_time, chain.clock)


def _check(tolerance: object, horizon: object) -> None:
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 < tolerance <= COARSE:
        raise ValueError(f"tolerance must be a probability above 0 and at most 0.1, got {tolerance!r}")
    if horizon is not None and (
        isinstance(horizon, bool) or not isinstance(horizon, int | float) or not 0 < horizon < math.inf
    ):
        raise ValueError(f"horizon must be a time above 0 in the chain's time unit, got {horizon!r}")


def _result(study: Study, deliveries: Deliveries, said: Said, kept: Mapping[int, LeadTimeDistribution]) -> LeadTimes:
    compiled, chain = study.compiled, study.chain
    found, reasons, tolerance = deliveries.found, deliveries.reasons, deliveries.tolerance
    timing, moments, distributions = deliveries.timing, deliveries.moments, deliveries.distributions
    total = distributions.delivered.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        conforming = np.where(total > 0, distributions.delivered[:, 0] / total, np.nan)
    per_customer = {"conforming": conforming, "rework_passes": moments.rework_passes}
    missing: dict[Place, Why] = {}
    return LeadTimes(
        customers=customer_table(compiled, found, reasons, per_customer, missing),
        departments=department_table(compiled, timing, moments, missing),
        handoffs=handoff_table(compiled, timing, moments, kept, missing),
        unit=chain.clock.said,
        tolerance=tolerance,
        exact_means=said.exact_means,
        accuracy=said.accuracy,
        remarks=tuple(remarks_of(compiled, timing, found, tolerance)),
        found=found,
        reasons=reasons,
        compiled=compiled,
        solution=study.solution,
        timing=timing,
        distributions=distributions,
        exact=said.exact,
        method=said.method,
        assumptions=said.assumptions,
        missing=missing,
        units=study.units,
    )


__all__ = ["CustomerLeadTime", "LeadTimes", "lead_times", "lead_times_of"]

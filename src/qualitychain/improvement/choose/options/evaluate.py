"""What objectives are read from: questions to the study of a chain, with or without projects.

Objectives share them, so that a choice that several look at is worked out once.
"""

from __future__ import annotations

import math

import numpy as np

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.cost_lines import lines_of
from qualitychain.analysis.money.prices import period_of, prices_of
from qualitychain.analysis.time.deliveries import deliveries_of
from qualitychain.analysis.time.kept_promises import Kept, kept_promises, needs_times
from qualitychain.analysis.time.reasons import NO_TIMES
from qualitychain.engine.network.network import Floats
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.nodes import Customer


def timed(chain: Chain, customer: Customer) -> bool:
    """Whether being late makes a delivery to a customer dissatisfying: a promise is given, and working times are."""
    return customer.promise is not None and needs_times(chain)


def incoming_of(study: Study) -> Floats:
    """Units presented to each customer and the nonconforming among them, shape (2, K)."""
    return np.array(study.compiled.incoming(study.solution))


def outgoing_of(study: Study) -> Floats:
    """Conforming and nonconforming units that each customer keeps, per started unit, shape (K, 2)."""
    return study.solution.absorbed[:-2].reshape(-1, 2)


def promises_of(study: Study) -> Kept:
    """Which promises are kept."""
    kept = outgoing_of(study)
    delivered = kept.sum(axis=1)
    conforming = np.where(delivered > 0, kept[:, 0] / np.where(delivered > 0, delivered, 1.0), np.nan)
    return kept_promises(study.chain, conforming, study.ask(deliveries_of) if needs_times(study.chain) else NO_TIMES)


def total_cost_of(study: Study) -> float:
    """The total of the cost of quality, without its tables: per period where known, else per time unit, or NaN."""
    compiled, chain = study.compiled, study.chain
    lines = lines_of(compiled, study.solution, study.perfect, prices_of(compiled))
    delivered = outgoing_of(study).sum(axis=1)
    period = period_of(compiled, delivered)
    amounts = [line.amount for line in lines if not math.isnan(line.price)]
    for k, customer in enumerate(chain.customers):
        if customer.late_cost is not None and customer.promise is not None:
            on_time = float(study.ask(promises_of).on_time[k])
            if not math.isnan(on_time):
                amounts.append(float(delivered[k]) * (1.0 - on_time) * customer.late_cost)
    prevention = chain.prevention_cost
    if lines and not amounts and prevention is None:
        return math.nan
    scale = period.starts if period.known else compiled.release_rate
    return math.fsum(amounts) * scale + (prevention or 0.0 if period.known else 0.0)


def unpriced_of(study: Study) -> tuple[str, ...]:
    """Figures that the cost of quality lacks, in words."""
    from qualitychain.analysis.money.cost_of_quality import cost_of_quality_of

    late = any(c.late_cost is not None and timed(study.chain, c) for c in study.chain.customers)
    return tuple(dict.fromkeys(study.ask(cost_of_quality_of, lead_times=late).lacking.values()))

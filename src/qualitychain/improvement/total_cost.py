"""The total of the cost of quality alone: what many choices are compared by, without the tables that explain one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qualitychain.analysis.cost_lines import lines_of
from qualitychain.analysis.money import period_of, prices_of

if TYPE_CHECKING:
    from qualitychain.improvement.objectives import Look


def total_of(look: Look) -> float:
    """Money per period where that is known, else per time unit; NaN where no figure is given.

    The same as the ``total`` of ``cost_of_quality``.
    """
    compiled, chain = look.compiled, look.chain
    solution, perfect = compiled.solve(), compiled.solve(compiled.network.perfect())
    lines = lines_of(compiled, solution, perfect, prices_of(compiled))
    delivered = solution.absorbed[:-2].reshape(-1, 2).sum(axis=1)
    period = period_of(compiled, delivered)
    amounts = [line.amount for line in lines if not math.isnan(line.price)]
    for k, customer in enumerate(chain.customers):
        if customer.late_cost is not None and customer.promise is not None:
            on_time = float(look.promises.on_time[k])
            if not math.isnan(on_time):
                amounts.append(float(delivered[k]) * (1.0 - on_time) * customer.late_cost)
    prevention = chain.prevention_cost
    if lines and not amounts and prevention is None:
        return math.nan
    scale = period.starts if period.known else compiled.start_rate
    return math.fsum(amounts) * scale + (prevention or 0.0 if period.known else 0.0)

"""Whether promises between departments keep up with the requirements, where that takes seconds."""

from __future__ import annotations

from dataclasses import dataclass

from qualitychain.improvement.allocate.sla_adequacy import RATE_MEASURES, TIME_MEASURES, SlaAdequacy, sla_adequacy
from qualitychain.model.chain.chain import Chain

MOST_RATES = 20_000
"""Handoffs times requirements on defects of which promises are judged; a common cause doubles every solution."""
MOST_TIMES = 400
"""Departments and handoffs (a request as fifteen) times requirements on time of which promises are judged."""
_PER_REQUEST = 15
LEFT_OUT = (
    "Promised {what} were not held against the requirements, which takes long in a chain like this; "
    "sla_adequacy, or `show --table result`, does it."
)


@dataclass(frozen=True)
class Promises:
    """What is known of the promises of a chain."""

    result: SlaAdequacy | None
    assumptions: tuple[str, ...]


def slas_against_needs(chain: Chain, *, shift: float) -> Promises:
    """Hold the promises of handoffs against the customers' requirements; only where there are both.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift of the sigma level.
    """
    slas = [h.sla for h in chain.handoffs if h.sla is not None]
    asked = [r.measure for r in chain.requirements if r.customer is not None]
    rates = any(s.defect_rate is not None for s in slas) * sum(m in RATE_MEASURES for m in asked)
    times = any(s.lead_time is not None for s in slas) * sum(m in TIME_MEASURES for m in asked)
    causes = len({(h.supplier, h.item) for h in chain.handoffs if h.common_cause})
    scenarios = 1 << min(causes, 60)
    size = len(chain.departments) + len(chain.handoffs) + _PER_REQUEST * sum(h.pulled for h in chain.handoffs)
    measures, said = list[str](), list[str]()
    for count, cost, most, names, what in (
        (rates, scenarios * len(chain.handoffs), MOST_RATES, RATE_MEASURES, "defect rates"),
        (times, scenarios * size, MOST_TIMES, TIME_MEASURES, "times"),
    ):
        if count and count * cost <= most:
            measures += names
        elif count:
            said.append(LEFT_OUT.format(what=what))
    if not measures:
        return Promises(None, tuple(said))
    result = sla_adequacy(chain, shift=shift, measures=measures, promised=True)
    return Promises(result, (*said, *result.assumptions))

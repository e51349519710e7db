"""Whether promises between departments keep up with the requirements, where that takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qualitychain.analysis.base.study import Study

MOST_RATES = 20_000
"""Handoffs times requirements on defects of which promises are judged; a common cause doubles every solution."""
MOST_TIMES = 400
"""Departments and handoffs (a request as fifteen) times requirements on time of which promises are judged."""
_PER_REQUEST = 15
LEFT_OUT = (
    "Promised {what} were not held against the requirements, which takes long in a chain like this; "
    "sla_adequacy, or `show --table sla_adequacy`, does it."
)
UNASKED = (
    "Promised times were not held against the requirements, which takes long; `check --advice` (advice=True) does it, "
    "as sla_adequacy does."
)

FAILED = "Promises could not be held against the requirements ({error}); the verdicts do not depend on it."


@dataclass(frozen=True)
class Promises:
    """What is known of the promises of a chain."""

    weak: tuple[Mapping[str, Any], ...]
    """The rows of the table of ``sla_adequacy`` that promise less than is needed."""
    assumptions: tuple[str, ...]
    left_out: tuple[str, ...]


def slas_against_needs(study: Study, *, times: bool) -> Promises:
    """Hold the promises of handoffs against the customers' requirements; only where there are both.

    Parameters
    ----------
    study : Study
    times : bool
        Whether promised times are asked for too.
    """
    chain = study.chain
    slas = [h.sla for h in chain.handoffs if h.sla is not None]
    if not slas:
        return Promises((), (), ())
    from qualitychain.improvement.allocate.sla_adequacy import (
        ASSUMPTIONS,
        LESS,
        RATE_MEASURES,
        TIME_MEASURES,
        needs_of,
    )

    asked = [r.measure for r in chain.requirements if r.customer is not None]
    rates = any(s.defect_rate is not None for s in slas) * sum(m in RATE_MEASURES for m in asked)
    timed = any(s.lead_time is not None for s in slas) * sum(m in TIME_MEASURES for m in asked)
    causes = len({(h.supplier, h.item) for h in chain.handoffs if h.common_cause})
    scenarios = 1 << min(causes, 60)
    size = len(chain.departments) + len(chain.handoffs) + _PER_REQUEST * sum(h.pulled for h in chain.handoffs)
    measures, said = list[str](), list[str]()
    if rates and rates * scenarios * len(chain.handoffs) <= MOST_RATES:
        measures += RATE_MEASURES
    elif rates:
        said.append(LEFT_OUT.format(what="defect rates"))
    if timed and not times:
        said.append(UNASKED)
    elif timed and timed * scenarios * size <= MOST_TIMES:
        measures += TIME_MEASURES
    elif timed:
        said.append(LEFT_OUT.format(what="times"))
    if not measures:
        return Promises((), (), tuple(said))
    try:
        needs = study.ask(needs_of, measures=tuple(measures), promised=True)
    except Exception as error:  # noqa: BLE001  advice must never fail a check, whatever goes wrong in it
        return Promises((), (), (*said, FAILED.format(error=" ".join(f"{type(error).__name__}: {error}".split()))))
    return Promises(tuple(row for row in needs.rows if row["verdict"] == LESS), ASSUMPTIONS, tuple(said))

"""Whether external customers get what they were promised in time, for those who were promised anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.questions import rates_of
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.reasons import NO_PROMISE, NO_TIMES, NOT_ASKED
from qualitychain.analysis.time.specs import LEAD_TIMES
from qualitychain.engine.network.network import Floats
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.reason import Reason, Why
from qualitychain.vocabulary.registry import found

if TYPE_CHECKING:
    from qualitychain.analysis.time.deliveries import Deliveries


@dataclass(frozen=True)
class Kept:
    """Shares of the units that each of K customers keeps."""

    on_time: Floats
    """Within the promise and its tolerance, shape (K,); 0 behind overload, else NaN with a reason."""
    satisfied: Floats
    """Conforming, and on time where that is promised and can be judged at all, shape (K,)."""
    judged: tuple[str, ...]
    """What ``satisfied`` rests on: "conforming and on time", "conforming", or "" where it does not exist."""
    reasons: Mapping[str, Why]
    """Why ``on_time`` does not exist, by customer."""
    endless: Mapping[str, Why]
    """Why the lead time grows without limit, by customer: none of what it gets counts as on time or satisfying."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is counted without being known from a distribution of lead times, in words."""
        return tuple(self.remark(name) for name in self.endless)

    def remark(self, name: str) -> str:
        """What is counted at a customer behind an overloaded department, in words."""
        return (
            f"To customer '{name}' nothing is counted as on time or satisfying: {self.endless[name]}, and the lead "
            "time behind it has no limit."
        )


def needs_times(chain: Chain) -> bool:
    """Whether lead times would tell anything of a promise: one is given, and working times are."""
    return any(c.promise is not None for c in chain.customers) and _timed(chain)


def _timed(chain: Chain) -> bool:
    return not chain.departments or any(d.cycle_time is not None for d in chain.departments)


def kept_promises(chain: Chain, conforming: Floats, times: Deliveries | Why) -> Kept:
    """On-time and satisfied shares.

    Parameters
    ----------
    chain : Chain
    conforming : array, shape (K,)
        Conforming share of what each customer keeps; NaN where it gets nothing.
    times : Deliveries or Why
        Those of the chain, or why there are none.

    Notes
    -----
    Without a promise every delivery is in time, so the conforming ones satisfy. The same is said, and told, where no
    department gives a working time: then nothing at all is known of lateness. Behind a department that cannot keep up
    lead times grow without limit, whatever the promise: none is kept there, and none of its deliveries satisfies.
    """
    count = len(chain.customers)
    on_time, satisfied = np.full(count, np.nan), np.full(count, np.nan)
    judged, reasons, endless = [""] * count, dict[str, Why](), dict[str, Why]()
    for k, customer in enumerate(chain.customers):
        name = customer.name
        if np.isnan(conforming[k]):
            reasons[name] = NOTHING_DELIVERED
        elif customer.promise is None or not _timed(chain):
            reasons[name] = NO_PROMISE if customer.promise is None else NO_TIMES
            satisfied[k], judged[k] = conforming[k], "conforming"
        elif not isinstance(times, Why) and name in times.found:
            on_time[k], satisfied[k] = times.found[name].on_time, times.found[name].satisfied
            judged[k] = "conforming and on time"
        else:
            why = times if isinstance(times, Why) else times.reasons.get(name, NO_TIMES)
            if why.reason is Reason.OVERLOADED:
                on_time[k] = satisfied[k] = 0.0
                judged[k], endless[name] = "conforming and on time", why
            else:
                reasons[name] = why
    return Kept(on_time, satisfied, tuple(judged), reasons, endless)


def kept_of(study: Study, *, lead_times: bool = True) -> Kept:
    """Which promises of a study's chain are kept; without ``lead_times`` nothing is known to be late."""
    conforming = 1.0 - study.ask(rates_of, outcome="accepted_defect_rate")
    return kept_promises(study.chain, conforming, study.ask(promised_times) if lead_times else NOT_ASKED)


def promised_times(study: Study) -> Deliveries | Why:
    """Lead times where a promise can be judged by them, else why there are none."""
    from qualitychain.analysis.time.deliveries import deliveries_of

    if not needs_times(study.chain):
        return NO_TIMES
    if study.unasked and found(LEAD_TIMES.left_out)(study, LEAD_TIMES.tables[0].name):
        return NOT_ASKED
    try:
        return study.ask(deliveries_of)
    except AnalysisError as error:
        return Why(Reason.NO_SOLUTION, str(error))

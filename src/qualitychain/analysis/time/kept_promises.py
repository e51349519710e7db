"""Whether external customers get what they were promised in time, for those who were promised anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.reasons import NO_PROMISE, NO_TIMES, NOT_ASKED
from qualitychain.engine.network.network import Floats
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.reason import Reason, Why

if TYPE_CHECKING:
    from qualitychain.analysis.time.lead_times import LeadTimes


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


def kept_promises(chain: Chain, conforming: Floats, times: LeadTimes | Literal[False] | None = None) -> Kept:
    """On-time and satisfied shares; lead times are computed only where a customer has a promise.

    Parameters
    ----------
    chain : Chain
    conforming : array, shape (K,)
        Conforming share of what each customer keeps; NaN where it gets nothing.
    times : LeadTimes or False, optional
        Those of the chain, if they are there already; False to do without.

    Notes
    -----
    Without a promise every delivery is in time, so the conforming ones satisfy. The same is said, and told, where no
    department gives a working time: then nothing at all is known of lateness. Behind a department that cannot keep up
    lead times grow without limit, whatever the promise: none is kept there, and none of its deliveries satisfies.
    """
    count = len(chain.customers)
    on_time, satisfied = np.full(count, np.nan), np.full(count, np.nan)
    judged, reasons, endless = [""] * count, dict[str, Why](), dict[str, Why]()
    general = NOT_ASKED if times is False else None
    found = None if times is False else times
    if times is None and needs_times(chain):
        from qualitychain.analysis.time.lead_times import lead_times

        try:
            found = lead_times(chain, overloaded="report")
        except AnalysisError as error:
            general = Why(Reason.NO_SOLUTION, str(error))
    for k, customer in enumerate(chain.customers):
        name = customer.name
        if np.isnan(conforming[k]):
            reasons[name] = NOTHING_DELIVERED
        elif customer.promise is None or not _timed(chain):
            reasons[name] = NO_PROMISE if customer.promise is None else NO_TIMES
            satisfied[k], judged[k] = conforming[k], "conforming"
        elif found is not None and name in found.found:
            on_time[k], satisfied[k] = found.found[name].on_time, found.found[name].satisfied
            judged[k] = "conforming and on time"
        else:
            why = general or (found.reasons.get(name) if found is not None else None) or NO_TIMES
            if why.reason is Reason.OVERLOADED:
                on_time[k] = satisfied[k] = 0.0
                judged[k], endless[name] = "conforming and on time", why
            else:
                reasons[name] = why
    return Kept(on_time, satisfied, tuple(judged), reasons, endless)

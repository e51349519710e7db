"""Quality of the whole network: one solution per world of common causes, masses mixed before any ratio is formed.

Theory section 3.4: the outcomes of the common causes are the only variables that uses share, so conditioning on them is
complete. Without common causes there is one world.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product

import numpy as np

from qualitychain.engine.flow import Flow, Tally, tally
from qualitychain.engine.network import Floats, Network
from qualitychain.engine.pulls import Pulls, solve_pulls
from qualitychain.engine.request import Terms, draw
from qualitychain.engine.thinning import KeyUse
from qualitychain.engine.work import solve_work
from qualitychain.errors import AnalysisError

MOST_KEYS = 12
"""2^12 worlds: more is refused with the common causes named."""


@dataclass(frozen=True)
class Solution:
    """Expected values per started unit, mixed over the worlds; shapes as in ``Tally`` and ``Pulls``."""

    absorbed: Floats
    """Shape (2K + 2,): conforming and nonconforming for each customer, then scrapped conforming and nonconforming."""
    visits: Floats
    """Unit visits of each node, shape (V,)."""
    work: Floats
    """Work units of each node, requests included, shape (V,)."""
    rolled: Floats
    first_pass: Floats
    """Delivered never nonconforming, and also never rejected, shape (K,) each."""
    clean: Floats
    """Units handed on by each flow handoff that were never nonconforming, shape (F,)."""
    tally: Tally
    spoilt: Floats
    blind: Floats
    bad: Floats
    draws: Floats
    requests: Requests
    gap: float
    method: str
    error_bound: float


@dataclass(frozen=True)
class Requests:
    """What happens at every pulled handoff, per started unit, shape (H,) each."""

    uses: Floats
    presented: Floats
    presented_bad: Floats
    """Results shown to the receiver (by=customer: every draw), and the bad among them."""
    rejected: Floats
    accepted_bad: Floats


def solve_quality(network: Network, *, work: bool = True) -> Solution:
    """Solve the quality equations of theory section 3.

    Parameters
    ----------
    network : Network
    work : bool
        Whether the work of the nodes is asked for; with common causes it costs further solves.

    Raises
    ------
    AnalysisError
        When there are more than 12 common causes, requests that never end, or units that circulate for ever in a world.
    """
    if network.keys > MOST_KEYS:
        raise AnalysisError(
            f"{network.keys} common causes make too many worlds; at most {MOST_KEYS} are computed exactly"
        )
    total: _Mix | None = None
    for world in product((0.0, 1.0), repeat=network.keys):
        outcome = np.full(len(network.pulled), np.nan)
        keyed = network.key >= 0
        outcome[keyed] = np.array(world)[network.key[keyed]] if network.keys else 0.0
        pulls = solve_pulls(network, outcome)
        chance = _chance(network, world, pulls)
        if chance > 0:
            total = _Mix.of(network, outcome, pulls, chance, work=work, onto=total)
    if total is None:  # pragma: no cover  the chances of the worlds sum to 1
        raise AnalysisError("no world of the common causes has a positive chance")
    return total.solution()


def _chance(network: Network, world: tuple[float, ...], pulls: Pulls) -> float:
    # a key's own chance was computed given the outcomes of the keys below it, which are those of this world
    chance = 1.0
    for key, outcome in enumerate(world):
        bad = float(pulls.bad[np.flatnonzero(network.key == key)[0]])
        chance *= bad if outcome else 1.0 - bad
    return chance


@dataclass
class _Mix:
    """Sums over worlds, each weighted by its chance."""

    arrays: dict[str, Floats]
    counts: dict[str, Floats]
    requests: dict[str, Floats]
    gap: float
    method: str
    error_bound: float

    @classmethod
    def of(
        cls, network: Network, outcome: Floats, pulls: Pulls, chance: float, *, work: bool, onto: _Mix | None
    ) -> _Mix:
        flow = Flow(network, pulls)
        units = np.zeros(network.nodes)
        giving = network.transient >= 0
        units[giving] = flow.visits.reshape(-1, 2).sum(axis=1)[network.transient[giving]]
        rolled, clean = flow.never_bad(never_rejected=False)
        # a unit that was never nonconforming can only have been rejected by a false alarm
        alarms = bool(np.any(network.flow.alarm > 0))
        arrays = {
            "absorbed": flow.absorbed,
            "visits": units,
            "work": _work(network, outcome, pulls, units) if work else np.full(network.nodes, np.nan),
            "rolled": rolled,
            "first_pass": flow.never_bad(never_rejected=True)[0] if alarms else rolled,
            "clean": clean,
            "spoilt": pulls.spoilt,
            "blind": pulls.blind,
            "bad": pulls.bad,
            "draws": pulls.draws,
        }
        counts = _by_name(tally(flow))
        requests = _by_name(_requests(network, outcome, pulls, arrays["work"]))
        mixed = cls(
            {k: chance * v for k, v in arrays.items()},
            {k: chance * v for k, v in counts.items()},
            {k: chance * v for k, v in requests.items()},
            pulls.gap,
            flow.system.method,
            flow.system.error_bound,
        )
        if onto is None:
            return mixed
        return cls(
            {k: v + mixed.arrays[k] for k, v in onto.arrays.items()},
            {k: v + mixed.counts[k] for k, v in onto.counts.items()},
            {k: v + mixed.requests[k] for k, v in onto.requests.items()},
            max(onto.gap, mixed.gap),
            onto.method,
            max(onto.error_bound, mixed.error_bound),
        )

    def solution(self) -> Solution:
        return Solution(
            **self.arrays,
            tally=Tally(**self.counts),
            requests=Requests(**self.requests),
            gap=self.gap,
            method=self.method,
            error_bound=self.error_bound,
        )


def _by_name(record: Tally | Requests) -> dict[str, Floats]:
    return {f.name: getattr(record, f.name) for f in fields(record)}


def _requests(network: Network, outcome: Floats, pulls: Pulls, work: Floats) -> Requests:
    handoffs = network.pulled
    terms = Terms.of(handoffs, np.arange(len(handoffs)))
    d = draw(terms, pulls.spoilt[handoffs.giver], pulls.blind[handoffs.giver])
    redo = terms.redo > 0
    uses = work[handoffs.receiver] * network.uses
    # draws that start conforming (1 / ends of them per use) are bad with p, the others surely
    bad_at_door = np.where(redo, pulls.draws - (1.0 - d.p) / d.ends, d.p)
    rejected = np.where(redo, pulls.draws - 1.0, d.p * d.delta + (1.0 - d.p) * terms.alarm)
    accepted_bad = np.where(np.isnan(outcome), pulls.bad, outcome)
    return Requests(
        uses=uses,
        presented=uses * np.where(handoffs.by_giver, 1.0, pulls.draws),
        presented_bad=uses * np.where(handoffs.by_giver, accepted_bad, bad_at_door),
        rejected=uses * rejected,
        accepted_bad=uses * accepted_bad,
    )


def _work(network: Network, outcome: Floats, pulls: Pulls, units: Floats) -> Floats:
    base = units.copy()
    if network.keys:
        use = KeyUse(network, outcome, pulls)
        for key in range(network.keys):
            first = int(use.first[key])
            base[network.pulled.giver[first]] += use.used(key) * pulls.draws[first]
    return solve_work(network, pulls.draws, base)

"""Quality of the whole network: one solution per scenario of common causes, masses mixed before any ratio is formed.

Formulas: Flow of units. The outcomes of the common causes are the only variables that uses share, so conditioning on
them is complete. Without common causes there is one scenario. Scenarios are solved side by side, as unconnected copies
of the network in one system of equations: small systems cost mostly their setting up.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product
from typing import Any

import numpy as np

from qualitychain.engine.network.network import ON_UNIT, Flags, Floats, Integers, Network
from qualitychain.engine.quality.flow import Flow, Tally, absorbed_by_copy, tally
from qualitychain.engine.quality.moves import REJECTED, SHOWN, Terms
from qualitychain.engine.quality.pulls import Pulls, solve_pulls
from qualitychain.engine.quality.request import Rounds
from qualitychain.engine.quality.thinning import KeyUse, first_rows
from qualitychain.engine.quality.work import solve_work
from qualitychain.errors import AnalysisError

MOST_KEYS = 12
"""2^12 scenarios: more is refused with the common causes named."""
LARGEST_SYSTEM = 200_000
"""Nodes and handoffs of the scenarios solved side by side, at most: more would only cost memory."""


@dataclass(frozen=True)
class Solution:
    """Expected values per started unit, mixed over the scenarios; shapes as in ``Tally`` and ``Pulls``."""

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
    """Solve the quality equations of formulas: What is reported.

    Parameters
    ----------
    network : Network
    work : bool
        Whether the work of the nodes is asked for; with common causes it costs further solves.

    Raises
    ------
    AnalysisError
        When there are more than 12 common causes, requests that never end, or units that circulate for ever in a
        scenario.
    """
    if network.keys > MOST_KEYS:
        raise AnalysisError(
            f"{network.keys} common causes make too many scenarios; at most {MOST_KEYS} are computed exactly"
        )
    scenarios = scenarios_of(network)
    size = network.nodes + len(network.flow) + len(network.pulled)
    together = max(1, LARGEST_SYSTEM // size)
    parts = [_mixture(network, scenarios[i : i + together], work=work) for i in range(0, len(scenarios), together)]
    return _sum([part for part in parts if part is not None])


def _mixture(network: Network, scenarios: Floats, *, work: bool) -> Solution | None:
    """The part of the solution that these scenarios contribute, weighted by their chances; ``scenarios`` (W, keys)."""
    outcome = outcome_of(network, scenarios)
    pulls = solve_pulls(network.copies(len(scenarios)), outcome)
    chance = chance_of(network, scenarios, pulls)
    possible = np.flatnonzero(chance > 0)
    if not len(possible):
        return None
    if len(possible) < len(scenarios):
        # an impossible scenario may have no solution
        scenarios, chance = scenarios[possible], chance[possible]
        pulls = pulls.of_copies(possible, nodes=network.nodes, handoffs=len(network.pulled))
        outcome = outcome_of(network, scenarios)
    count, copies = len(scenarios), network.copies(len(scenarios))
    refuse_endless(network, pulls, count)
    flow = Flow(copies, pulls)
    units = np.zeros(copies.nodes)
    giving = copies.transient >= 0
    units[giving] = flow.visits.reshape(-1, 2).sum(axis=1)[copies.transient[giving]]
    rolled, clean = flow.never_bad(never_rejected=False)
    # a unit that was never nonconforming can only have been rejected by a false alarm
    first_pass = flow.never_bad(never_rejected=True)[0] if np.any(network.flow.alarm > 0) else rolled
    done = _work(network, copies, outcome, pulls, units) if work else np.full(copies.nodes, np.nan)

    def mix(values: Floats) -> Floats:
        return np.asarray(chance @ values.reshape(count, -1))

    counted = tally(flow)
    return Solution(
        absorbed=mix(absorbed_by_copy(flow, count)),
        visits=mix(units),
        work=mix(done),
        rolled=mix(rolled),
        first_pass=mix(first_pass),
        clean=mix(clean),
        spoilt=mix(pulls.spoilt),
        blind=mix(pulls.blind),
        bad=mix(pulls.bad),
        draws=mix(pulls.draws),
        tally=Tally(**{f.name: mix(getattr(counted, f.name)) for f in fields(Tally)}),
        requests=Requests(**{k: mix(v) for k, v in _requests(copies, outcome, pulls, done).items()}),
        gap=pulls.gap,
        method=flow.system.method,
        error_bound=flow.system.error_bound,
    )


def scenarios_of(network: Network) -> Floats:
    """Outcomes of the common causes, 0 good and 1 bad, shape (scenarios, keys)."""
    if not network.keys:
        return np.zeros((1, 0))
    can_fail = _can_be_bad(network)[first_rows(network)]
    return np.array(list(product(*((0.0, 1.0) if can else (0.0,) for can in can_fail))))


def _can_be_bad(network: Network) -> Flags:
    """Whether a request through each pulled handoff can be bad at all, shape (H,).

    A scenario in which a cause is bad that cannot be must not even be solved: it may have no solution.
    """
    pulled = network.pulled
    spoils = (network.affects == ON_UNIT)[network.group] & (network.uses > 0)
    spoilt = np.zeros(network.nodes, dtype=bool)
    while True:
        bad = (pulled.defect > 0) | (pulled.transit > 0) | spoilt[pulled.giver]
        now = spoilt.copy()
        now[pulled.receiver[bad & spoils]] = True
        if np.array_equal(now, spoilt):
            return np.asarray(bad)
        spoilt = now


def refuse_endless(network: Network, pulls: Pulls, count: int) -> None:
    """Raise where requests through a pulled handoff that is used are redone for ever."""
    endless = np.isinf(pulls.draws).reshape(count, -1).any(axis=0) & (network.uses > 0)
    if endless.any():
        raise EndlessRequestsError(np.flatnonzero(endless))


class EndlessRequestsError(AnalysisError):
    """Requests through these pulled handoffs are redone for ever."""

    def __init__(self, handoffs: Integers) -> None:
        self.handoffs = handoffs
        super().__init__(f"requests through pulled handoffs {', '.join(map(str, handoffs[:6]))} are redone for ever")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.handoffs,)


def outcome_of(network: Network, scenarios: Floats) -> Floats:
    """Fixed result of each pulled handoff in each scenario, NaN where it is drawn at each use, shape (W * H,)."""
    keyed = network.key >= 0
    outcome = np.full((len(scenarios), len(network.pulled)), np.nan)
    outcome[:, keyed] = scenarios[:, network.key[keyed]]
    return outcome.ravel()


def chance_of(network: Network, scenarios: Floats, pulls: Pulls) -> Floats:
    """Probability of each scenario, shape (W,), from the pulled services solved in the scenarios side by side."""
    # a key's own chance was computed given the outcomes of the keys below it, which are those of the scenario
    bad = pulls.bad.reshape(len(scenarios), -1)[:, first_rows(network)]
    return np.asarray(np.prod(np.where(scenarios > 0, bad, 1.0 - bad), axis=1))


def _sum(parts: list[Solution]) -> Solution:
    """Contributions of chunks of scenarios, added up."""
    total = parts[0]
    for part in parts[1:]:
        total = Solution(**{f.name: _added(getattr(total, f.name), getattr(part, f.name)) for f in fields(Solution)})
    return total


def _added(one: Any, other: Any) -> Any:
    match one:
        case str():
            return one or other
        case float():
            return max(one, other)  # widths and bounds hold for all scenarios
        case np.ndarray():
            return one + other
        case _:
            return type(one)(**{f.name: getattr(one, f.name) + getattr(other, f.name) for f in fields(one)})


def _requests(network: Network, outcome: Floats, pulls: Pulls, work: Floats) -> dict[str, Floats]:
    handoffs = network.pulled
    rounds = Rounds(Terms.of(handoffs, replaced=True), list(pulls.classes[handoffs.giver].T))
    uses = work[handoffs.receiver] * network.uses
    accepted_bad = np.where(np.isnan(outcome), pulls.bad, outcome)
    # a request that would never end is one that nobody makes: the others are refused
    return {
        "uses": uses,
        "presented": uses * np.where(handoffs.by_giver, 1.0, rounds.begun.sum(axis=0)),
        "presented_bad": uses * np.where(handoffs.by_giver, accepted_bad, rounds.count(SHOWN == 1)),
        "rejected": uses * rounds.count(REJECTED),
        "accepted_bad": uses * accepted_bad,
    }


def _work(network: Network, copies: Network, outcome: Floats, pulls: Pulls, units: Floats) -> Floats:
    base = units.copy()
    if network.keys:
        use = KeyUse(network, copies, outcome, pulls)
        for key in range(network.keys):
            rows = use.rows(key)
            base[copies.pulled.giver[rows]] += use.used(key) * pulls.draws[rows]
    return solve_work(copies, pulls.draws, base)

"""How variable the arrivals at every node are: streams of units and requests that split, merge and pass stations.

Formulas: Queues, after Whitt's Queueing Network Analyzer. Each stream has a rate and a squared coefficient of
variation that is linear in that of the arrivals at its source, so all are one sparse system of equations, with one
unknown a node and one entry a stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.linear.order import solve_order
from qualitychain.engine.network.network import Flags, Floats, Integers, Network, sums
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.queues import departure_scv, merge_weight

SWEEPS = 20_000
SETTLED = 1e-14


@dataclass(frozen=True)
class Streams:
    """Streams of rate above 0 between nodes, S of them, at most two from one node to another: of units and of requests.

    A stream from a node to itself is feedback.
    """

    source: Integers
    target: Integers
    rate: Floats
    uses: Floats
    """Requests: mean uses at each unit of work of the source; NaN for a stream of units."""
    uses_variance: Floats
    external: Floats
    """Units started at each node, per time unit, shape (V,)."""

    @property
    def asked(self) -> Flags:
        """Which streams are requests."""
        return np.isfinite(self.uses)


def streams_of(network: Network, solution: Solution, release_rate: float) -> Streams:
    """The streams of a solved network, in units per time unit."""
    flow, tally = network.flow, solution.tally
    again, every = flow.reworked, np.arange(network.nodes)
    asker, giver, uses, variance, redone = _requests(network, solution)
    rejected = (tally.rejected_true + tally.rejected_false)[again]
    source, target, (rate,) = _pairs(
        network.nodes,
        np.concatenate((flow.giver, flow.giver[again], every)),
        np.concatenate((flow.receiver, flow.back[again], every)),
        np.concatenate((tally.accepted, rejected, redone)),
    )
    return Streams(
        source=np.concatenate((source, asker)),
        target=np.concatenate((target, giver)),
        rate=release_rate * np.concatenate((rate, solution.work[asker] * uses)),
        uses=np.concatenate((np.full(len(rate), np.nan), uses)),
        uses_variance=np.concatenate((np.zeros(len(rate)), variance)),
        external=release_rate * network.start,
    )


def _requests(network: Network, solution: Solution) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    """Asker, giver, mean and variance of the uses at one unit of the asker's work; and redone draws of each giver.

    A request that is rejected is work of its giver again as soon as it is done: a stream to itself.
    """
    pulled, share, size = network.pulled, network.pulled.share, network.nodes
    made = (network.uses > 0) & (solution.work[pulled.receiver] > 0)
    draws = np.where(made, solution.draws, 1.0)
    rate = np.where(made, solution.work[pulled.receiver] * network.uses, 0.0)
    kept = np.ones(len(pulled))
    if network.keys:
        # common causes are drawn once a case and not at each use: the work of the givers says how many draws are left
        counted = sums(pulled.giver, rate * draws, size)
        wanted = np.maximum(solution.work - solution.visits, 0.0)
        kept = np.where(counted > 0, wanted / np.where(counted > 0, counted, 1.0), 1.0)[pulled.giver]
    redone = sums(pulled.giver, rate * kept * (draws - 1.0), size)
    whole, part = network.whole[network.group], network.part[network.group]
    thinned = share * np.minimum(kept, 1.0)
    variance = thinned**2 * part * (1.0 - part) + (whole + part) * thinned * (1.0 - thinned)
    chosen = np.flatnonzero(made & (kept > 0))
    asker, giver, (mean, spread) = _pairs(
        size, pulled.receiver[chosen], pulled.giver[chosen], (network.uses * kept)[chosen], variance[chosen]
    )
    return asker, giver, mean, spread, redone


def _pairs(
    size: int, source: Integers, target: Integers, *weights: Floats
) -> tuple[Integers, Integers, tuple[Floats, ...]]:
    """Weights added up for each pair of nodes; pairs without any of the first weight left out."""
    some = weights[0] > 0
    pair, place = np.unique(source[some] * size + target[some], return_inverse=True)
    return pair // size, pair % size, tuple(sums(place, w[some], len(pair)) for w in weights)


@dataclass(frozen=True)
class Traffic:
    """Streams meeting stations: what arrives at each node how regularly; V nodes, S streams.

    Attributes
    ----------
    streams : Streams
        Without those that come back at once.
    utilization, servers, service_scv : array, shape (V,)
        Of the stations; the scv is that of all the service of one arrival, feedback at once included. A node of
        utilization 0 passes on what arrives.
    back_at_once : array, shape (V,)
        Chance that a unit of work comes back at once.
    external_scv : array, shape (V,)
        Squared coefficient of variation of the times between starts.
    """

    streams: Streams
    utilization: Floats
    servers: Floats
    service_scv: Floats
    back_at_once: Floats
    external_scv: Floats

    @cached_property
    def inflow(self) -> Floats:
        """Arrivals per time unit, feedback at once not counted, shape (V,)."""
        return self.streams.external + sums(self.streams.target, self.streams.rate, len(self.utilization))

    @cached_property
    def shares(self) -> Floats:
        """Part of each stream in the arrivals at its target, shape (S,)."""
        return np.asarray(self.streams.rate / self.inflow[self.streams.target])

    @cached_property
    def external_share(self) -> Floats:
        """Part of the starts in the arrivals, shape (V,)."""
        return np.asarray(self.streams.external / np.where(self.inflow > 0, self.inflow, 1.0))

    @cached_property
    def scv_of_streams(self) -> tuple[Floats, Floats]:
        """Slope and constant: what a stream's scv is of that of what leaves (or asks at) its source, shape (S,)."""
        s, back = self.streams, self.back_at_once[self.streams.source]
        # all the uses of one arrival at the asker, which may pass it several times before it goes on
        uses = np.where(s.asked, s.uses / (1.0 - back), 1.0)
        variance = s.uses_variance / (1.0 - back) + np.where(s.asked, s.uses, 0.0) ** 2 * back / (1.0 - back) ** 2
        part = np.minimum(s.rate / self.inflow[s.source], 1.0)
        return np.where(s.asked, uses, part), np.where(s.asked, variance / uses, 1.0 - part)

    @cached_property
    def merging(self) -> Floats:
        """How much of the variability of the merging streams counts at each node, shape (V,)."""
        s, size = self.streams, len(self.utilization)
        passing = self.utilization == 0
        through = passing[s.source]
        squared = self.shares**2
        own = self.external_share**2 + sums(s.target[~through], squared[~through], size)
        # what merges in a node that only passes it on has not met a queue yet: its streams are counted where it has
        entries = (squared[through], (s.target[through], s.source[through]))
        concentration = _solve(csr_array(entries, shape=(size, size)), own)
        met = np.clip(concentration, 1e-300, 1.0)
        return np.where(passing, 1.0, merge_weight(self.utilization, 1.0 / met))

    @cached_property
    def arrival_scv(self) -> Floats:
        """Squared coefficient of variation of the times between arrivals, shape (V,); NaN where nothing arrives."""
        s, size, weight = self.streams, len(self.utilization), self.merging
        slope, constant = self.scv_of_streams
        passed, made = 1.0 - self.utilization**2, self._made
        from_station = np.where(s.asked, 0.0, made[s.source])
        slope_of_arrivals = slope * np.where(s.asked, 1.0, passed[s.source])
        known = sums(s.target, self.shares * (constant + slope * from_station), size)
        matrix = csr_array(
            (weight[s.target] * self.shares * slope_of_arrivals, (s.target, s.source)), shape=(size, size)
        )
        right = (1.0 - weight) + weight * (self.external_share * self.external_scv + known)
        solved = np.where(self.clockwork, 0.0, _solve(matrix, right))
        return np.where(self.inflow > 0, solved, np.nan)

    @cached_property
    def departure_scv(self) -> Floats:
        """Squared coefficient of variation of the times between departures, shape (V,); NaN where nothing arrives."""
        return np.asarray((1.0 - self.utilization**2) * self.arrival_scv + self._made)

    @cached_property
    def stream_scv(self) -> Floats:
        """Squared coefficient of variation of every stream, shape (S,)."""
        slope, constant = self.scv_of_streams
        source = self.streams.source
        return np.where(self.streams.asked, self.arrival_scv[source], self.departure_scv[source]) * slope + constant

    @cached_property
    def batch(self) -> Floats:
        """Arrivals at the same time as one, itself included, on average over the arrivals, shape (V,)."""
        s, size = self.streams, len(self.utilization)
        asked = s.asked
        if not asked.any():
            return np.ones(size)
        # what is asked for together asks for its own inputs together
        entries = ((self.shares * s.uses)[asked], (s.target[asked], s.source[asked]))
        more = self._over_arrivals(np.where(asked, s.uses_variance / s.uses + s.uses - 1.0, 0.0))
        return np.asarray(1.0 + _solve(csr_array(entries, shape=(size, size)), np.maximum(more, 0.0)))

    @cached_property
    def _batch(self) -> Floats:
        """Uses asked for at once with one use of each stream, itself included, shape (S,): E[B^2] / E[B]."""
        s = self.streams
        together = s.uses_variance / s.uses + s.uses * self.batch[s.source]
        return np.where(s.asked, np.maximum(together, 1.0), 1.0)

    def _over_arrivals(self, of_streams: Floats) -> Floats:
        return sums(self.streams.target, self.shares * of_streams, len(self.utilization))

    @cached_property
    def wait_in_batch(self) -> Floats:
        """Mean wait of an arrival for those asked for together with it, in service times, shape (V,).

        Exact for one server; several servers take as many at once as they are when idle, and one by one when busy.
        """
        m, c, rho = self._batch, self.servers[self.streams.target], self.utilization[self.streams.target]
        return self._over_arrivals((rho * (m - 1.0) + (1.0 - rho) * np.maximum(m - c, 0.0)) / (2.0 * c))

    @cached_property
    def full_of_batch(self) -> Floats:
        """Chance that those asked for together with an arrival and served before it fill all servers, shape (V,)."""
        return self._over_arrivals(np.maximum(1.0 - self.servers[self.streams.target] / self._batch, 0.0))

    @cached_property
    def _made(self) -> Floats:
        """The part of a station's departure scv that is its own doing."""
        own = departure_scv(self.utilization, self.servers, 0.0, self.service_scv)
        return np.where(self.clockwork, 0.0, own)

    @cached_property
    def clockwork(self) -> Flags:
        """Nodes where arrivals come at equal times and leave so: one regular stream, served without variation.

        The departures of such a station do not vary at all, which the formula for departures does not know.
        """
        s, size = self.streams, len(self.utilization)
        starts = self.streams.external > 0
        single = sums(s.target, np.ones(len(s.rate)), size) + starts == 1
        slope, constant = self.scv_of_streams
        regular = (constant <= 1e-12) & (np.abs(slope - 1.0) <= 1e-12) & single[s.target]
        steady = single & ((self.service_scv == 0) | (self.utilization == 0)) & (self.utilization < 1)
        good = steady & starts & (self.external_scv == 0)
        above = np.arange(size)
        above[s.target[regular]] = s.source[regular]
        led = steady & ~starts & (above != np.arange(size))
        fine = good | led
        for _ in range(size.bit_length() + 1):
            fine, above = fine & fine[above], above[above]
        return np.asarray(fine & good[above])


def _solve(matrix: Any, right: Floats) -> Floats:
    """Solve x = matrix x + right, the matrix not negative and of spectral radius below 1."""
    found = solve_order(matrix)
    if not found.heavy.any():
        equations = (identity(len(right), format="csr") - matrix)[found.order][:, found.order].tocsc()
        x = np.empty_like(right)
        x[found.order] = splu(equations, permc_spec="NATURAL", diag_pivot_thresh=0.0).solve(right[found.order])
        return np.asarray(x)
    x = right
    for _ in range(SWEEPS):
        after = matrix @ x + right
        settled = np.all(np.abs(after - x) <= SETTLED * after)
        x = after
        if settled:
            return np.asarray(x)
    return np.asarray(splu(identity(len(right), format="csc") - matrix.tocsc()).solve(right))

"""Which of several parallel inputs arrives last: the criticality of each, and the wait that it causes.

A visit waits for the greatest of its requests (formulas: Bottlenecks). The wait taken apart by which request is the
last adds up to the whole wait, exactly: E[max] = sum over the requests of E[R, R is the last].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.distributions.time_grid import Grid
from qualitychain.engine.moments.step_times import Scenario
from qualitychain.engine.moments.time_moments import Durations, timed_uses
from qualitychain.engine.network.network import Flags, Floats, Integers, Network
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.input_waits import needed_by
from qualitychain.engine.transforms.requests_in_time import Services
from qualitychain.engine.transforms.spectra import Spectra

CERTAIN = 1e-12
"""Squared coefficient of variation below which a time is taken as fixed."""
TIE = 1e-9
"""Fixed times that differ by less than this fraction arrive together."""


@dataclass(frozen=True)
class Races:
    """The inputs of every visit, mixed over the scenarios; V nodes, H pulled handoffs."""

    last: Floats
    """Probability that a visit of the receiver waits for this request longest, shape (H,)."""
    delay: Floats
    """Mean wait of a visit that this request causes by being the last, shape (H,)."""
    request: Floats
    """Mean time from asking to having, shape (H,)."""
    draws: Floats
    """Expected draws for one use, shape (H,)."""
    inputs: Floats
    """Mean wait of a visit for its inputs, shape (V,)."""
    rivals: Integers
    """Sources of inputs that take any time, per receiver, shape (V,)."""


def races(network: Network, timing: Timing, scenarios: list[Scenario]) -> Races:
    """The races of all visits."""
    durations, many = Durations.of(timing), len(network.pulled)
    timed, count = timed_uses(network, durations)
    last, delay, request = np.zeros(many), np.zeros(many), np.zeros(many)
    draws, inputs = np.zeros(many), np.zeros(network.nodes)
    used = network.uses > 0
    for scenario in scenarios:
        waits = scenario.visits[..., 1].sum(axis=1)
        one = _Scenario(network, scenario, timed, timing)
        for node in np.flatnonzero(count).tolist():
            rows, won, caused = one.race(node, several=bool(count[node] > 1))
            total = float(caused.sum())
            # the time grid only divides the wait, its mean comes from the moments
            caused = caused * (waits[node] / total) if total > 0 else caused
            last[rows] += scenario.chance * won
            delay[rows] += scenario.chance * caused
        request += scenario.chance * scenario.requests[..., 1].sum(axis=1)
        draws += scenario.chance * np.where(used, scenario.pulls.draws, 0.0)
        inputs += scenario.chance * waits
    rivals = np.bincount(network.pulled.receiver[used & timed[network.group]], minlength=network.nodes)
    return Races(last, delay, request, draws, inputs, rivals.astype(np.int64))


class _Scenario:
    """The races in one scenario of common causes."""

    def __init__(self, network: Network, scenario: Scenario, timed: Flags, timing: Timing) -> None:
        self.network, self.scenario, self.timed, self.timing = network, scenario, timed, timing
        raw_moments = scenario.requests.sum(axis=1)
        self.mean = raw_moments[:, 1]
        self.varies = raw_moments[:, 2] - raw_moments[:, 1] ** 2 > CERTAIN * np.maximum(raw_moments[:, 1] ** 2, 1e-300)

    def race(self, node: int, *, several: bool) -> tuple[Integers, Floats, Floats]:
        """Pulled handoffs of a node, the chance that each is the last, and the wait that it then causes."""
        network = self.network
        groups = np.arange(network.node_slices[node], network.node_slices[node + 1])
        groups = groups[self.timed[groups] & (network.whole[groups] + network.part[groups] > 0)]
        rows = np.concatenate([self._sources(g) for g in groups.tolist()])
        if not several:
            group = int(groups[0])
            chance = (network.whole[group] + network.part[group]) * network.pulled.share[rows]
            return rows, np.where(self.mean[rows] > 0, chance, 0.0), chance * self.mean[rows]
        sure = bool(np.all(network.part[groups] == 0) and np.all(network.pulled.share[rows] == 1))
        if sure and not self.varies[rows].any():
            longest = float(self.mean[rows].max())
            first = self.mean[rows] >= longest * (1 - TIE)
            won = first / first.sum()
            return rows, won, won * longest
        return (rows, *self._on_the_grid(node, groups.tolist()))

    def _sources(self, group: int) -> Integers:
        rows = np.arange(self.network.group_slices[group], self.network.group_slices[group + 1])
        return rows[self.network.pulled.share[rows] > 0]

    def _services(self, node: int) -> Services:
        """The requests' distributions on the time grid of the node's own table."""
        scenario = self.scenario
        table = next(t for t in scenario.waits.tables[node] if t is not None)
        grid = Grid(table.step, len(table.smooth))
        needed = needed_by(self.network, np.array([node]))
        tables = {n: t for n, t in scenario.waits.tables.items() if n != node}
        pulls, outcome = scenario.pulls, scenario.outcome
        return Services(self.network, pulls, outcome, self.timing, Spectra(grid), needed=needed, tables=tables)

    def _on_the_grid(self, node: int, groups: list[int]) -> tuple[Floats, Floats]:
        """Sum over the time grid of the chance that the last request comes just then, by request."""
        network, services = self.network, self._services(node)
        times = np.repeat(services.spectra.times, 2)
        # between two points the smooth part comes, at a point what lies there exactly
        times[::2] -= services.spectra.grid.step / 2
        whole, arriving = [], []
        for group in groups:
            whole_uses, part = float(network.whole[group]), float(network.part[group])
            sources = self._sources(group)
            paths = [network.pulled.share[h] * _path(*_curve(services, h)) for h in sources.tolist()]
            together = np.sum(paths, axis=0)
            whole.append(together**whole_uses * (1.0 - part + part * together))
            middle = (together[1:] + together[:-1]) / 2
            slope = part * middle**whole_uses
            if whole_uses:
                slope = slope + whole_uses * middle ** (whole_uses - 1) * (1.0 - part + part * middle)
            arriving.append([np.diff(path) * slope for path in paths])
        values = np.array(whole)
        gain = np.diff(np.prod(values, axis=0))
        ones = np.ones((1, values.shape[1]))
        others = np.cumprod(np.vstack((ones, values[:-1])), axis=0)
        others *= np.cumprod(np.vstack((ones, values[:0:-1])), axis=0)[::-1]
        middle = (others[:, 1:] + others[:, :-1]) / 2
        shares = np.concatenate([np.array(made) * middle[i] for i, made in enumerate(arriving)])
        shares = np.maximum(shares, 0.0)
        total = shares.sum(axis=0)
        shares *= np.where(total > 0, np.maximum(gain, 0.0) / np.where(total > 0, total, 1.0), 0.0)
        # what is there at time 0 makes nobody wait
        shares[:, 0] = 0.0
        # the first step of the path begins at time 0, so its times are those after it
        return shares.sum(axis=1), shares @ times[1:]


def _curve(services: Services, handoff: int) -> tuple[Floats, Floats]:
    services.request(handoff)
    curve = services.curves(handoff)[0]
    return curve.at, curve.below


def _path(at: Floats, below: Floats) -> Floats:
    """Values of a distribution function just below and at every point in turn, from 0, rising, shape (2 N,)."""
    path = np.empty(2 * len(at))
    path[::2], path[1::2] = below, at
    path[0] = 0.0
    return np.asarray(np.maximum.accumulate(np.clip(path, 0.0, 1.0)))

"""The waits for inputs of all nodes where the last of several counts, each on a time grid of its own.

A greatest time is not linear in the masses of a time grid, so its error does not average out: it must be formed where
the steps are small against the requests themselves, whatever the scale of the whole chain. The result is a table
(:class:`~qualitychain.engine.transforms.tabulated.Tabulated`) that any other time grid can take in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from qualitychain.engine.distributions.named import Distribution
from qualitychain.engine.distributions.time_grid import Grid
from qualitychain.engine.network.network import Flags, Floats, Integers, Network
from qualitychain.engine.quality.moves import CLASSES
from qualitychain.engine.quality.pulls import Pulls, ready_in_turn
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.refine import Curves, OnTimeGrid, Start, reach_of, refine, step_for
from qualitychain.engine.transforms.requests_in_time import Services, several_uses
from qualitychain.engine.transforms.spectra import Spectra
from qualitychain.engine.transforms.tabulated import Tabulated

POINTS = 1024
"""The first of the grids of a node has about an eighth of so many points."""
MOST_POINTS = 1 << 16
LOST = 1e-8
"""Probability beyond the end of a table, which is put there."""
DUST = 1e-13
"""Less than this is what rounding leaves."""
STRICTER = 4.0
"""A node's own tolerance is this much smaller than that of the whole."""


@dataclass(frozen=True)
class InputWaits:
    """The waits for inputs in one scenario of common causes."""

    tables: dict[int, list[Tabulated | None]] = field(default_factory=dict)
    """Sub-distributions of the classes of a visit, of nodes with several uses or in a circle of needs."""
    last: dict[int, float] = field(default_factory=dict)
    """Probability that a group of inputs is the last to arrive, for groups of nodes with several uses."""
    settled: float = 0.0
    """Change of the last sweep around circles of needs."""
    starts: dict[int, Start] = field(default_factory=dict)
    """Where the refinement ended, by the first of the nodes that were refined together."""

    @property
    def moments(self) -> dict[int, Floats]:
        """Mass, first and second moment of each class, shape (CLASSES, 3), per node."""
        return {
            node: np.array([np.zeros(3) if t is None else (t.mass, t.mean, t.second) for t in tables])
            for node, tables in self.tables.items()
        }


def input_waits_of(
    network: Network,
    pulls: Pulls,
    outcome: Floats,
    timing: Timing,
    *,
    tolerance: float = 1e-4,
    turns: list[tuple[Integers, bool]] | None = None,
    wanted: Flags | None = None,
    starts: Mapping[int, Start] | None = None,
) -> InputWaits:
    """The waits for inputs of one scenario, in the order of needs.

    Parameters
    ----------
    network : Network
    pulls : Pulls
        Of the scenario.
    outcome : array, shape (H,)
        Fixed results of common causes, NaN for others.
    timing : Timing
    tolerance : float
        In probability; each node is held to a part of it.
    turns : list, optional
        The order of needs, if it is known.
    wanted : array of bool, shape (V,), optional
        The nodes that matter; all by default.
    starts : mapping, optional
        Where the refinement of a similar chain ended.
    """
    several = several_uses(network)
    turns = ready_in_turn(network) if turns is None else turns
    tables: dict[int, list[Tabulated | None]] = {}
    last: dict[int, float] = {}
    settled, ended = 0.0, dict[int, Start]()
    for every, circular in turns:
        batch = every if wanted is None else every[wanted[every]]
        if not len(batch):
            continue
        together = [batch] if circular else [np.array([node]) for node in batch[several[batch]].tolist()]
        for nodes in together:
            needed = needed_by(network, nodes)

            on = partial(_services, network, pulls, outcome, timing, needed=needed, turns=turns, tables=tables)
            distributions, blur = distributions_of(network, timing, needed), _blur(timing, nodes)
            start = (starts or {}).get(int(nodes[0]))
            found = _tabulated(
                on, nodes, pulls.classes[nodes], distributions, tolerance=tolerance / STRICTER, blur=blur, start=start
            )
            ended |= found.starts
            tables |= found.tables
            last |= found.last
            settled = max(settled, found.settled)
    return InputWaits(tables, last, settled, ended)


def _services(network: Network, pulls: Pulls, outcome: Floats, timing: Timing, grid: Grid, **known: Any) -> Services:
    return Services(network, pulls, outcome, timing, Spectra(grid), keep=True, **known)


def _tabulated(
    on: Callable[[Grid], Services],
    nodes: Integers,
    masses: Floats,
    distributions: list[Distribution],
    *,
    tolerance: float,
    blur: float,
    start: Start | None,
) -> InputWaits:
    members = nodes.tolist()

    def evaluate(grid: Grid) -> _Visits:
        services = on(grid)
        formed = [services.formed(node) for node in members]
        atoms, smooth = (np.concatenate([f[i] for f in formed]) for i in (0, 1))
        return _Visits(Curves(atoms, smooth), services)

    whole, rows = masses.sum(axis=1), masses.ravel()
    crude = 4.0 * sum(distribution.mean for distribution in distributions)
    reach = reach_of(evaluate, whole, crude, beyond=LOST, start=start)
    first = 8.0 * reach / POINTS if start is None else min(8.0 * reach / POINTS, start.step)
    step = step_for(distributions, first, 2.0 * reach / MOST_POINTS, jumps=True)
    refined = refine(evaluate, whole, rows, reach=reach, step=step, most=MOST_POINTS, tolerance=tolerance, blur=blur)
    atoms, smooth = refined.curves.atoms, refined.curves.smooth
    jumps = np.diff(atoms, axis=1, prepend=0.0)
    jumps[jumps < DUST], smooth[smooth[:, -1] < DUST * smooth.shape[1]] = 0.0, 0.0
    # what little lies beyond is put at the end, so that no unit is lost
    beyond = np.maximum(rows - jumps.sum(axis=1) - smooth[:, -1], 0.0)
    smooth[:, -1] += np.where(beyond > DUST * smooth.shape[1], beyond, 0.0)
    distributions_by_row = [
        Tabulated(refined.grid.step, jumps[i], smooth[i]) if mass > 0 else None for i, mass in enumerate(rows)
    ]
    services = refined.finer.services
    tables = {node: distributions_by_row[CLASSES * i : CLASSES * (i + 1)] for i, node in enumerate(members)}
    groups = np.flatnonzero(np.isin(services.network.group_receiver, nodes)).tolist()
    last = {g: float(services.last[g]) for g in groups}
    return InputWaits(tables, last, services.settled, {members[0]: refined.start})


@dataclass(frozen=True)
class _Visits(OnTimeGrid):
    """The classes of the visits of some nodes on one grid."""

    services: Services


def _blur(timing: Timing, nodes: Integers) -> float:
    """Least standard deviation that the nodes' own work adds to their waits for inputs; 0 where it has jumps."""
    own = [timing.work_distribution[n] for n in nodes.tolist()]
    return (
        0.0
        if any(len(distribution.atoms[0]) for distribution in own)
        else math.sqrt(min(distribution.variance for distribution in own))
    )


def needed_by(network: Network, nodes: Integers) -> Flags:
    """The nodes and all that they need, however indirectly, shape (V,)."""
    needed = np.zeros(network.nodes, dtype=bool)
    needed[nodes] = True
    while True:
        more = needed.copy()
        more[network.pulled.giver[needed[network.pulled.receiver]]] = True
        if np.array_equal(more, needed):
            return needed
        needed = more


def distributions_of(network: Network, timing: Timing, needed: Flags) -> list[Distribution]:
    """Distributions that have a part in the waits of these nodes for their inputs."""
    asked = np.flatnonzero(needed[network.pulled.receiver] & (network.uses > 0)).tolist()
    givers = np.unique(network.pulled.giver[asked]).tolist()
    found = [
        distribution for n in givers for distribution in (timing.wait_distribution[n], timing.work_distribution[n])
    ]
    return found + [
        distribution for h in asked for distribution in (timing.pulled_transport[h], timing.pulled_inspection[h])
    ]

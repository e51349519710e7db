"""Pulled services in time: from request to request, in the order of needs.

Formulas: The transform method.

For every node that pulls, the transforms of the four classes of a visit by what its inputs did (``parallel_inputs``);
for every pulled handoff, the transform of a request by its result, redone draws included.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qualitychain.engine.distributions.named import Distribution
from qualitychain.engine.network.network import Flags, Floats, Integers, Network
from qualitychain.engine.quality.moves import (
    BAD_BLIND,
    BEGINS,
    CLASSES,
    ENDS,
    OK_BLIND,
    REJECTED,
    Terms,
    from_bad,
    from_good,
)
from qualitychain.engine.quality.pulls import Pulls, ready_in_turn
from qualitychain.engine.quality.request import gathered, round_of
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.parallel_inputs import (
    Curve,
    Group,
    classes,
    last_to_arrive,
    single_use,
    uses_at_most_one,
)
from qualitychain.engine.transforms.spectra import Spectra, Spectrum, distribution_function

STILL = 1e-9
"""Change of a distribution function at which a circle of needs counts as settled."""
MOST_SWEEPS = 5000


def several_uses(network: Network) -> Flags:
    """Nodes that may make several uses of inputs per visit, so that the last to arrive counts, shape (V,)."""
    most = np.bincount(network.group_receiver, weights=network.whole + (network.part > 0), minlength=network.nodes)
    return np.asarray(most > 1)


def _repeated(again: Any, *_: Any) -> Any:
    """Any number of repetitions, 1 / (1 - again); a draw that is never bad never comes to the state without an end."""
    ends = 1.0 - again
    return 1.0 / np.where(np.abs(ends) > 0, ends, 1.0)


@dataclass(frozen=True)
class Request:
    """One request through a pulled handoff, by its result."""

    good: Spectrum
    bad: Spectrum
    distribution: Distribution | None
    """The distribution of its time, where that is a single one and independent of the result."""
    chance_bad: float


class Services:
    """The pulled services of one scenario on one time grid.

    Attributes
    ----------
    inputs : dict of node to list of CLASSES transforms
        Only nodes that pull; a class that cannot occur is None.
    requests : dict of pulled handoff to Request
    last : array, shape (G,)
        Probability that a group of inputs is the last to arrive at its receiver, where any takes time.
    settled : float
        Change of the last sweep around circles of needs; 0 without circles.
    """

    network: Network
    pulls: Pulls
    outcome: Floats
    timing: Timing
    spectra: Spectra
    last: Floats
    settled: float

    def __init__(
        self,
        network: Network,
        pulls: Pulls,
        outcome: Floats,
        timing: Timing,
        spectra: Spectra,
        *,
        needed: Flags | None = None,
        turns: list[tuple[Integers, bool]] | None = None,
        tables: Mapping[int, Sequence[Distribution | None]] | None = None,
        keep: bool = False,
    ) -> None:
        """Form all visits on the time grid.

        Parameters
        ----------
        needed : array of bool, shape (V,), optional
            The nodes that matter; all by default.
        turns : list, optional
            The order of needs, if it is known.
        tables : mapping of node to distributions of the classes of its visits, optional
            What is known already, from time grids of their own.
        keep : bool
            Whether to keep the distribution functions of what is formed.
        """
        self.network, self.pulls, self.outcome = network, pulls, outcome
        self.timing, self.spectra = timing, spectra
        self.inputs: dict[int, list[Spectrum | None]] = {}
        self.requests: dict[int, Request] = {}
        self.last = np.zeros(len(network.whole))
        self.settled = 0.0
        self._keep = keep
        self._formed: dict[int, list[Curve]] = {}
        known = tables or {}
        self._own: dict[tuple[Distribution, Distribution], Spectrum] = {}
        self._curves: dict[int, tuple[Curve, Curve]] = {}
        for batch, circular in ready_in_turn(network) if turns is None else turns:
            nodes = batch if needed is None else batch[needed[batch]]
            for node in nodes.tolist():
                if node in known:
                    self.inputs[node] = [
                        None if distribution is None else spectra.of(distribution) for distribution in known[node]
                    ]
                elif not circular:
                    self._receive(node)
            if circular and not all(node in known for node in nodes.tolist()):
                self._settle(nodes)

    def own(self, node: int) -> Spectrum:
        """Transform of the node's queue and work."""
        pair = (self.timing.wait_distribution[node], self.timing.work_distribution[node])
        found = self._own.get(pair)
        if found is None:
            found = self._own[pair] = self.spectra.of(pair[0]) * self.spectra.of(pair[1])
        return found

    def visit(self, node: int) -> list[Spectrum | None]:
        """Transforms of a visit from arrival to the end of the work, by class."""
        own, inputs = self.own(node), self.inputs.get(node)
        if inputs is None:
            return [own, None, None, None]
        return [None if part is None else part * own for part in inputs]

    def request(self, handoff: int) -> Request:
        """The request through a pulled handoff; its giver's inputs must be known."""
        if handoff not in self.requests:
            self.requests[handoff] = self._made(handoff)
        return self.requests[handoff]

    def _receive(self, node: int) -> None:
        """Form the classes of a node's visit from its requests."""
        network = self.network
        groups = np.arange(network.node_slices[node], network.node_slices[node + 1])
        used = [g for g in groups.tolist() if network.whole[g] + network.part[g] > 0]
        if not used:
            return
        for group in used:
            for handoff in self._sources(group):
                self.request(handoff)
        if uses_at_most_one(network.whole[groups], network.part[groups]):
            (group,) = used
            chance = float(network.whole[group] + network.part[group])
            good, bad = (
                sum(float(network.pulled.share[h]) * getattr(self.requests[h], result) for h in self._sources(group))
                for result in ("good", "bad")
            )
            self.inputs[node] = single_use(int(network.affects[group]), chance, good, bad, self.spectra.nothing)
            self.last[group] = chance
            return
        formed = [self._group(group) for group in used]
        self.last[used] = last_to_arrive([g.total for g in formed])
        curves = classes(formed)
        sighted_only = not curves[OK_BLIND].at.any() and not curves[BAD_BLIND].at.any()
        blind = (OK_BLIND, BAD_BLIND)
        self.inputs[node] = [
            None if sighted_only and c in blind else self.spectra.spectrum(curves[c]) for c in range(CLASSES)
        ]
        if self._keep:
            self._formed[node] = curves

    def formed(self, node: int) -> tuple[Floats, Floats]:
        """Distribution functions of the classes of a node's visit, jumps and rest, shape (CLASSES, N) each."""
        curves = self._formed.get(node)
        if curves is not None:
            parts = [curve.split() for curve in curves]
            return np.array([p[0] for p in parts]), np.array([p[1] for p in parts])
        nothing = np.zeros(self.spectra.grid.points)
        inputs = self.inputs.get(node, [None] * CLASSES)
        split = [
            (nothing, nothing) if part is None else distribution_function(self.spectra.time_grid(part))
            for part in inputs
        ]
        return np.array([s[0] for s in split]), np.array([s[1] for s in split])

    def _sources(self, group: int) -> list[int]:
        begin, end = self.network.group_slices[group], self.network.group_slices[group + 1]
        return [h for h in range(int(begin), int(end)) if self.network.pulled.share[h] > 0]

    def _group(self, group: int) -> Group:
        zero = np.zeros(self.spectra.grid.points)
        total, good = Curve(zero, zero), Curve(zero, zero)
        for handoff in self._sources(group):
            share = float(self.network.pulled.share[handoff])
            all_of_it, good_of_it = self.curves(handoff)
            total, good = total.mixed(all_of_it, share), good.mixed(good_of_it, share)
        whole, part = float(self.network.whole[group]), float(self.network.part[group])
        return Group(total.used(whole, part), good.used(whole, part), int(self.network.affects[group]))

    def curves(self, handoff: int) -> tuple[Curve, Curve]:
        """Distribution function of a request, and of a request that is good."""
        if handoff not in self._curves:
            request = self.request(handoff)
            if request.distribution is not None and self.spectra.rounding is None:
                total = self.spectra.curve_of(request.distribution)
                share = 1.0 - request.chance_bad
                good = Curve(share * total.at, share * total.below)
            else:
                good = self.spectra.curve(request.good)
                total = good.mixed(self.spectra.curve(request.bad), 1.0)
            self._curves[handoff] = total, good
        return self._curves[handoff]

    def _made(self, handoff: int) -> Request:
        good, bad = self._redone(handoff)
        chance = float(self.pulls.bad[handoff])
        fixed = float(self.outcome[handoff])
        if fixed == 0:
            good, bad, chance = good / (1.0 - chance), 0.0 * bad, 0.0
        elif fixed == 1:
            good, bad, chance = 0.0 * good, bad / chance, 1.0
        return Request(good, bad, self._single_distribution(handoff), chance)

    def _single_distribution(self, handoff: int) -> Distribution | None:
        """The transport's distribution, where nothing else takes time."""
        pulled, timing = self.network.pulled, self.timing
        giver = int(pulled.giver[handoff])
        redone = pulled.returned[handoff] and (pulled.detect[handoff] > 0 or pulled.alarm[handoff] > 0)
        taking = (timing.wait_distribution[giver], timing.work_distribution[giver], timing.pulled_inspection[handoff])
        if giver in self.inputs or redone or any(distribution.mean > 0 for distribution in taking):
            return None
        return timing.pulled_transport[handoff]

    def _redone(self, handoff: int) -> tuple[Spectrum, Spectrum]:
        """Transforms of the accepted result, good and bad: the two-state chain of redone draws, per frequency."""
        pulled, spectra, terms = (
            self.network.pulled,
            self.spectra,
            Terms.of(self.network.pulled, handoff, replaced=True),
        )
        sighted, *rest = self.visit(int(pulled.giver[handoff]))
        never = np.zeros((spectra.parts, spectra.frequencies), dtype=complex)
        visit = [never if sighted is None else sighted, *(0.0 if part is None else part for part in rest)]
        check = spectra.of(self.timing.pulled_inspection[handoff])
        onward = check * spectra.of(self.timing.pulled_transport[handoff])
        moves = from_good(terms, visit)
        if not terms.returned:
            return onward * gathered(moves, begins=0, ends=0), onward * gathered(moves, begins=0, ends=1)
        if terms.fix < 1 and terms.detect > 0:
            moves += from_bad(terms, visit)
        else:
            # no draw begins nonconforming
            moves = [0.0 if BEGINS[m, 0] < ENDS[m, 0] and REJECTED[m, 0] else move for m, move in enumerate(moves)]
        carried = terms.carried[:, 0]
        moves = [move * (onward if carried[m] else check) for m, move in enumerate(moves)]
        one = round_of(moves, operator.mul, _repeated)
        every = _repeated(one.back)
        return every * one.good, every * one.bad

    def _settle(self, nodes: Integers) -> None:
        """Iterate around circles of needs from no time at all: distribution functions fall to the answer from above."""
        members = nodes.tolist()
        inside = set(members)
        needed = [
            h
            for node in members
            for g in range(int(self.network.node_slices[node]), int(self.network.node_slices[node + 1]))
            for h in self._sources(g)
        ]
        turning = [h for h in needed if int(self.network.pulled.giver[h]) in inside]
        nothing = self.spectra.nothing
        for h in turning:
            chance = float(self.pulls.bad[h])
            self.requests[h] = Request((1.0 - chance) * nothing, chance * nothing, None, chance)
        old = {h: np.zeros(self.spectra.grid.points) for h in turning}
        for _ in range(MOST_SWEEPS):
            for node in members:
                self._receive(node)
            change = 0.0
            for h in turning:
                self.requests[h] = self._made(h)
                self._curves.pop(h, None)
                new = self.curves(h)[0].at
                change = max(change, float(np.abs(new - old[h]).max()))
                old[h] = new
            self.settled = change
            if change < STILL:
                break
        for node in members:
            self._receive(node)

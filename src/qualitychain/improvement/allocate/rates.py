"""The rates that an allocation chooses, and what each customer's rate is made of at any choice of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.defect_causes import Cause, by_cause, causes_of, rate_of
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.engine.gradients.gradients import Gradient, Gradients
from qualitychain.engine.gradients.reward import delivered, presented, quotient
from qualitychain.engine.network.network import Flags, Floats, Integers, Network, sums
from qualitychain.errors import AnalysisError
from qualitychain.improvement.allocate.targets import RateTarget

NOISE = 1e-12
"""A derivative below this part of the largest is 0 up to rounding."""
ALMOST = 1.0 - 1e-6
"""A rate from here on spoils so much that it hides what the others do."""
HALF = 0.5


@dataclass(frozen=True)
class RateEvaluation:
    """The customers' rates at one choice of rates."""

    level: Floats
    """-ln(1 - rate) for each target, shape (T,)."""
    counts: Floats
    """Nonconforming and all units behind each rate, per started unit, shape (T, 2)."""
    solved: Gradients


class Rates:
    """The N rates that can be told apart: one for each handoff, but one for all handoffs of a common cause."""

    compiled: Compiled
    targets: tuple[RateTarget, ...]
    place: Integers
    causes: list[Cause]
    now: Floats
    weight: Floats
    open: Flags
    goal: Floats
    solves: int

    def __init__(
        self,
        compiled: Compiled,
        targets: Sequence[RateTarget],
        weights: Mapping[str, float],
        scope: frozenset[str] | None,
    ) -> None:
        self.compiled, self.targets = compiled, tuple(targets)
        network = compiled.network
        self.place = _places(compiled)
        """Which rate each cause of defects has (``causes_of``: the work of every handoff, then ways), shape (E,)."""
        self.causes = causes_of(compiled)
        count = int(self.place.max()) + 1
        self.now = np.zeros(count)
        self.now[self.place] = [rate_of(network, cause) for cause in self.causes]
        self.weight = np.zeros(count)
        names = [compiled.names[cause.place] for cause in self.causes]
        np.maximum.at(self.weight, self.place, [weights[name] for name in names])
        self.open = np.zeros(count, dtype=bool)
        self.open[self.place[[scope is None or name in scope for name in names]]] = True
        customers = [c.name for c in compiled.chain.customers]
        self._pairs = []
        for target in self.targets:
            form, k = presented if target.presented else delivered, customers.index(target.customer)
            self._pairs.append((form(network, k, bad_only=True), form(network, k)))
        self.goal = np.array([target.goal for target in self.targets])
        self.solves = 0

    def __len__(self) -> int:
        return len(self.now)

    def network(self, rates: Floats) -> Network:
        """The chain's network with these rates."""
        base = self.compiled.network
        arrays = {
            (k, r): getattr(getattr(base, k), r).copy() for k in ("flow", "pulled") for r in ("defect", "transit")
        }
        for cause, rate in zip(self.causes, rates[self.place].tolist(), strict=True):
            arrays[cause.kind, cause.rate][cause.row] = rate
        flow, pulled = ({r: arrays[k, r] for r in ("defect", "transit")} for k in ("flow", "pulled"))
        return replace(base, flow=replace(base.flow, **flow), pulled=replace(base.pulled, **pulled))

    def evaluate(self, rates: Floats) -> RateEvaluation:
        """The levels of all targets.

        Raises
        ------
        AnalysisError
            When the chain has no solution with these rates, or a customer gets nothing.
        """
        network = self.network(rates)
        self.solves += 1
        try:
            solved = Gradients(network)
            counts = solved.values([reward for pair in self._pairs for reward in pair]).reshape(-1, 2)
        except AnalysisError:
            self.compiled.solve(network, work=False)  # tells it in the names of the chain
            raise
        for target, (_, every) in zip(self.targets, counts, strict=True):
            if not every > 0:
                raise AnalysisError(f"'{target.customer}' has no defect rate: {NOTHING_DELIVERED}")
        bad = np.minimum(counts[:, 0] / counts[:, 1], 1.0)
        with np.errstate(divide="ignore"):
            return RateEvaluation(-np.log1p(-bad) + 0.0, counts, solved)

    def slopes(self, evaluation: RateEvaluation) -> Floats:
        """Derivatives of each target's rate of nonconforming units to the N rates, shape (T, N)."""
        rewards = [
            quotient(bad, every, float(b), float(n))
            for (bad, every), (b, n) in zip(self._pairs, evaluation.counts, strict=True)
        ]
        return np.array(
            [sums(self.place, self._by_cause(found), len(self)) for found in evaluation.solved.gradients(rewards)]
        )

    def _by_cause(self, found: Gradient) -> Floats:
        flow, pulled = found.flow, found.pulled
        return by_cause(self.compiled, flow.defect, pulled.defect, flow.transit, pulled.transit)

    def inner_slopes(self) -> Floats:
        """The slopes at the present rates, for their signs; a rate of 1 as a half, where it does not hide others."""
        return self.slopes(self.evaluate(inside(self.now)))

    def signs(self, slopes: Floats) -> Integers:
        """Sign of each derivative, 0 where it is none or rounding only, shape (T, N)."""
        size = np.nan_to_num(np.abs(slopes))
        small = size <= NOISE * np.maximum(size.max(axis=1, keepdims=True), 1e-300)
        return np.where(small | np.isnan(slopes), 0.0, np.sign(slopes)).astype(np.int64)

    def helping(self, slopes: Floats) -> Flags:
        """Rates that may change and whose fall makes some customer's rate fall, shape (N,)."""
        return self.open & (self.signs(slopes) > 0).any(axis=0)

    def excess(self, evaluation: RateEvaluation) -> float:
        """How far the target missed most is missed, relative to it; negative when all are met."""
        with np.errstate(invalid="ignore"):
            return float(np.max((evaluation.level - self.goal) / self.goal))

    def cost(self, rates: Floats) -> float:
        """Cost -k ln(rate) of all rates that may change, beyond that of the rates now."""
        some = self.open & (self.now > 0) & (rates > 0)
        return float(self.weight[some] @ np.log(self.now[some] / rates[some]))


def inside(rates: Floats) -> Floats:
    """The rates, those of 1 as a half."""
    return np.where(rates > ALMOST, HALF, rates)


def _places(compiled: Compiled) -> Integers:
    """Number of the rate of each cause: in their order, one for all handoffs of a common cause."""
    seen: dict[object, int] = {}
    network = compiled.network
    keys = [
        (cause.rate, int(network.key[cause.row])) if cause.kind == "pulled" and network.key[cause.row] >= 0 else cause
        for cause in causes_of(compiled)
    ]
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def reach(rates: Rates, target: int) -> float:
    """The lowest level that one target is seen to reach when rates that may change go to 0."""
    best, chosen = math.inf, rates.now
    for tried in range(6):
        level = float(rates.evaluate(chosen).level[target])
        if tried and not level < best:
            break
        best = min(best, level)
        signs = rates.signs(rates.slopes(rates.evaluate(inside(chosen))))[target]
        better = np.where(rates.open & (signs > 0), 0.0, np.where(rates.open & (signs < 0), rates.now, chosen))
        if np.array_equal(better, chosen):
            break
        chosen = better
    return best


def cannot_reach(rates: Rates, why: str = "", how: str = "with every rate that may change near 0") -> AnalysisError:
    """The error for targets that cannot be met, with how far each can be reached."""
    others = "alone" if len(rates.targets) > 1 else "by another method"
    said = []
    for t, target in enumerate(rates.targets):
        best = reach(rates, t)
        word = "gets to" if best > target.goal * (1 - NOISE) else f"{others} could get to"
        said.append(
            f"'{target.customer}' {word} {target.measure} {target.said(best):.6g} at best (asked: {target.asked:.6g})"
        )
    return AnalysisError(
        f"the targets cannot be reached {how}: "
        + "; ".join(said)
        + (f"; {why}" if why else "; ask for less, let more handoffs change, or inspect better")
    )


__all__ = ["RateEvaluation", "Rates", "cannot_reach", "inside", "reach"]

"""Outcomes by name: what of a chain is asked for, as rewards that the engine can solve and differentiate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

import numpy as np

from qualitychain.analysis.base.questions import gradients_of
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.prices import cost_gradient, cost_rewards, prices_of
from qualitychain.analysis.money.revenue import revenue_at_risk, revenue_slope
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED, SIGMA_ENDS
from qualitychain.analysis.time.kept_promises import kept_of
from qualitychain.engine.gradients.gradients import Gradient
from qualitychain.engine.gradients.reward import Reward, delivered, presented, quotient, scrapped
from qualitychain.engine.network.network import Floats
from qualitychain.errors import AnalysisError
from qualitychain.metrics import z_lt
from qualitychain.vocabulary.reason import Reason, Why

OutcomeName = Literal[
    "accepted_defect_rate",
    "defect_rate",
    "sigma_level",
    "delivered",
    "nonconforming",
    "revenue_at_risk",
    "scrap_rate",
    "work",
    "cost",
]
OUTCOMES: tuple[str, ...] = get_args(OutcomeName)
OF_CUSTOMER = ("accepted_defect_rate", "defect_rate", "sigma_level", "delivered", "nonconforming", "revenue_at_risk")
PER_TIME = ("work", "cost")
"""Outcomes counted per time unit; the others are per started unit, or shares."""
RATIOS = ("accepted_defect_rate", "defect_rate", "sigma_level", "revenue_at_risk")
"""Outcomes that follow from a share of bad units."""
FIGURES = ("volume", "value", "churn_if_dissatisfied")
"""Figures of a customer that make revenue at risk."""
LATENESS_STAYS = (
    "Lateness stays as it is: a unit that turns nonconforming was on time as often as conforming units are.",
    "Volumes, and what dissatisfied customers do, stay as they are given.",
)
NO_CONFORMING = Why(
    Reason.ALL_DEFECTS,
    "no conforming unit is delivered, so nothing tells how often a conforming one would be on time",
)
EVERYBODY_LEAVES = Why(
    Reason.NO_DERIVATIVE, "all its customers leave, and the first satisfied delivery would bring back infinitely many"
)


@dataclass(frozen=True)
class Target:
    """One outcome of one node (or of the chain): its value, and a reward with its derivatives."""

    node: str | None
    value: float
    reward: Reward | None
    """None where the outcome, or its derivative, does not exist; ``why`` says why."""
    why: Why | None = None
    scale: float = 1.0
    """Derivative of the outcome to the reward."""
    gradient: Gradient | None = None
    """The derivatives, where they are more than those of the reward."""
    bad: Reward | None = None
    """Of a ratio: the nonconforming units, and all units."""
    all: Reward | None = None
    remarks: tuple[str, ...] = ()
    """What is assumed for it, in words."""


def targets(study: Study, outcome: str, nodes: Sequence[str]) -> list[Target]:
    """The outcome for each of these customers (for ``work``: departments and suppliers), or of the whole chain."""
    compiled, network, solved = study.compiled, study.compiled.network, study.ask(gradients_of)
    if outcome == "scrap_rate":
        return [Target(None, float(solved.absorbed[-2:].sum()), scrapped(network))]
    if outcome == "cost":
        return [_cost(study)]
    if outcome == "work":
        rewards = [Reward(work=np.eye(1, network.nodes, compiled.nodes.index(node))[0]) for node in nodes]
        values = solved.values(rewards) * compiled.release_rate
        return [Target(node, float(v), reward) for node, v, reward in zip(nodes, values, rewards, strict=True)]
    numbers = [[c.name for c in compiled.chain.customers].index(node) for node in nodes]
    if outcome in ("delivered", "nonconforming"):
        some = [delivered(network, k, bad_only=outcome == "nonconforming") for k in numbers]
        values = solved.values(some)
        return [Target(node, float(v), reward) for node, v, reward in zip(nodes, values, some, strict=True)]
    form = delivered if outcome in ("accepted_defect_rate", "revenue_at_risk") else presented
    pairs = [(form(network, k, bad_only=True), form(network, k)) for k in numbers]
    counts = solved.values([reward for pair in pairs for reward in pair]).reshape(-1, 2)
    rates = [_rate(node, pair, count) for node, pair, count in zip(nodes, pairs, counts, strict=True)]
    if outcome == "sigma_level":
        opportunities = [compiled.chain.customers[k].opportunities for k in numbers]
        return [_sigma(rate, count, of) for rate, count, of in zip(rates, counts, opportunities, strict=True)]
    if outcome == "revenue_at_risk":
        return revenue_targets(study, numbers, rates)
    return rates


def revenue_targets(study: Study, numbers: Sequence[int], rates: Sequence[Target]) -> list[Target]:
    """Revenue at risk per period of these customers, from their accepted defect rates.

    A unit is as often on time as it is now, whether conforming or not: dS = -P(on time | conforming) dD.

    Raises
    ------
    AnalysisError
        When none of them gives the figures.
    """
    customers = study.chain.customers
    lacking = [[f for f in FIGURES if getattr(customers[k], f) is None] for k in numbers]
    if numbers and all(lacking):
        raise AnalysisError(
            f"no revenue is at risk in the model: customer '{customers[numbers[0]].name}' gives no "
            f"{', '.join(lacking[0])}" + (f", nor do {len(numbers) - 1} others give all" if len(numbers) > 1 else "")
        )
    kept = study.ask(kept_of)
    found = []
    for k, rate, fields_lacking in zip(numbers, rates, lacking, strict=True):
        c, satisfied = customers[k], float(kept.satisfied[k])
        if rate.reward is None:
            found.append(rate)
            continue
        if fields_lacking or math.isnan(satisfied):
            lacks = Why(Reason.NOT_GIVEN, f"no {', '.join(fields_lacking)} is given")
            found.append(Target(rate.node, math.nan, None, lacks if fields_lacking else kept.reasons.get(c.name)))
            continue
        value, in_time = revenue_at_risk(c, 1.0 - satisfied), 1.0
        if kept.judged[k] != "conforming":
            in_time = satisfied / (1.0 - rate.value) if rate.value < 1 else math.nan
        slope = (c.volume or 0.0) * in_time * revenue_slope(c, 1.0 - satisfied) if in_time != 0 else 0.0
        if not math.isfinite(slope):
            found.append(Target(rate.node, value, None, NO_CONFORMING if math.isnan(slope) else EVERYBODY_LEAVES))
            continue
        told = [word for name, word in zip(kept.endless, kept.remarks, strict=True) if name == c.name]
        found.append(replace(rate, value=value, scale=slope, remarks=(*LATENESS_STAYS, *told)))
    return found


def _cost(study: Study) -> Target:
    compiled = study.compiled
    prices = prices_of(compiled)
    if not any(np.any(np.nan_to_num(getattr(prices, f.name)) > 0) for f in fields(prices)):
        raise AnalysisError(
            "the chain gives no cost, so poor quality costs nothing in the model; give cost or repair_cost of an "
            "inspection, scrap_cost of a handoff, external_failure_cost of a customer, or work_cost of a department"
        )
    reward = cost_rewards(compiled)
    value = study.ask(gradients_of).value(reward) * compiled.release_rate
    return Target(None, value, reward, gradient=cost_gradient(compiled))


def _rate(node: str, pair: tuple[Reward, Reward], count: Floats) -> Target:
    bad, every = float(count[0]), float(count[1])
    if every <= 0:
        return Target(node, math.nan, None, NOTHING_DELIVERED)
    return Target(node, min(bad / every, 1.0), quotient(*pair, bad, every), bad=pair[0], all=pair[1])


def _sigma(rate: Target, count: Floats, opportunities: int) -> Target:
    """Z = Phi^-1(q), q = (1 - D)^(1/O): dZ/dD = -q / (O (1 - D) phi(Z))."""
    bad, every = float(count[0]), float(count[1])
    if rate.reward is None:
        return rate
    if bad <= 0 or bad >= every:
        value, end = (math.inf, 0.0) if bad <= 0 else (-math.inf, 1.0)
        return Target(rate.node, value, None, SIGMA_ENDS[end])
    good = (every - bad) / every
    z = float(z_lt(rate.value, opportunities, conforming_rate=good))
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    slope = -math.exp(math.log(good) / opportunities) / (opportunities * good * density)
    return Target(rate.node, z, rate.reward, scale=slope, bad=rate.bad, all=rate.all)

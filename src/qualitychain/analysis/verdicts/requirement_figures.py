"""The figures that requirements bound, each read where the vocabulary says that it stands.

What needs no frame is read from plain numbers, so that judging requirements on quality and load stays light.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.load.overload import NO_TIME, loads_of
from qualitychain.analysis.quality.quality_figures import quality_figures_of
from qualitychain.analysis.time.reasons import NO_CYCLE_TIME, NO_PROMISE, OVERLOADED
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.requirement import Requirement
from qualitychain.vocabulary.measure import At, Measure, Unit
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.reason import Place, Reason, Why, because, joined, why

if TYPE_CHECKING:
    from qualitychain.analysis.customers.customer_outcomes import CustomerOutcomes
    from qualitychain.analysis.money.cost_of_quality import CostOfQuality
    from qualitychain.analysis.time.deliveries import Deliveries, Said
    from qualitychain.analysis.time.kept_promises import Kept
    from qualitychain.engine.distributions.named import Waiting
    from qualitychain.engine.queues.timing import Timing

Found = tuple[float, Why | None]
"""A figure, and why it is not there (NaN) or what is special about it."""
NOTHING_DELIVERED = Why(Reason.NOTHING_DELIVERED, "nothing is delivered")
NOTHING_THERE = Why(Reason.NO_WORK, "nothing goes that way")
ONLY_CONFORMING = "judged on conforming alone: "
LEAVES_OUT = "without what is not given: "
OF_LATENESS = ("satisfied", "churn", "retention", "revenue_at_risk", "cost_of_late", "nps")
"""Measures of customers that rest on lead times where something is promised."""


def measure_at(requirement: Requirement) -> tuple[Measure, At]:
    """The measure that is bounded, and where it stands for what the requirement is about."""
    measure = measure_of(requirement.measure)
    kind, _ = requirement.subject
    return measure, next(at for at in measure.at if at.subject == kind)


def sources_of(chain: Chain) -> frozenset[str]:
    """Names of the analyses that the requirements of a chain read."""
    return frozenset(measure_at(r)[1].analysis for r in chain.requirements)


def needs_lead_times(chain: Chain) -> bool:
    """Whether some requirement of a chain depends on time, so that judging it takes lead times."""
    sources = sources_of(chain)
    if "lead_times" in sources:
        return True
    late = any(r.measure in OF_LATENESS for r in chain.requirements)
    booked = "cost_of_quality" in sources and any(
        c.late_cost is not None and c.promise is not None for c in chain.customers
    )
    if not (late or booked):
        return False
    from qualitychain.analysis.time.kept_promises import needs_times

    return needs_times(chain)


def times_of(study: Study) -> Deliveries:
    """How long deliveries take; those that grow without limit have a reason."""
    from qualitychain.analysis.time.deliveries import deliveries_of

    return study.ask(deliveries_of)


def said_in(study: Study) -> Said:
    """How accurate those are, in words."""
    from qualitychain.analysis.time.deliveries import said_of

    return study.ask(said_of)


def kept_in(study: Study) -> Kept:
    """Which promises are kept; lead times only where a requirement needs them."""
    from qualitychain.analysis.time.kept_promises import kept_of

    chain = study.chain
    promised = any(c.promise is not None for c in chain.customers)
    return study.ask(kept_of, lead_times=needs_lead_times(chain) and promised)


def outcomes_of(study: Study) -> CustomerOutcomes:
    """What each external customer gets per period; lead times only where a requirement needs them."""
    from qualitychain.analysis.customers.customer_outcomes import customer_outcomes_of

    return study.ask(customer_outcomes_of, lead_times=needs_lead_times(study.chain))


def cost_of(study: Study) -> CostOfQuality:
    """The cost of quality; lead times only where a requirement needs them."""
    from qualitychain.analysis.money.cost_of_quality import cost_of_quality_of

    return study.ask(cost_of_quality_of, lead_times=needs_lead_times(study.chain))


def figure_of(study: Study, requirement: Requirement) -> Found:
    """What a requirement is about, and why it is not there (NaN) or what is special about it."""
    _, at = measure_at(requirement)
    return _READ[at.analysis](study, requirement)


def unit_of(study: Study, requirement: Requirement) -> str:
    """The unit of a time, else what the figure is per; empty where neither."""
    measure, at = measure_at(requirement)
    if measure.unit is Unit.TIME:
        return study.units.time
    units = cost_of(study).units if at.analysis == "cost_of_quality" else study.units
    per = units.per(measure.per)
    return f"per {per}" if per else ""


def _quality(study: Study, requirement: Requirement) -> Found:
    figures, (kind, subject), measure = study.ask(quality_figures_of), requirement.subject, requirement.measure
    if kind == "chain":
        return _or_why(figures.chain[measure], figures.missing.get(Place(column=measure)) or NOTHING_DELIVERED)
    if kind == "customer":
        names, columns = [c.name for c in study.chain.customers], figures.customers
    else:
        names, columns = list(study.compiled.names), figures.handoffs
    actual = float(columns[measure][names.index(subject)])
    said = why(figures.missing, f"{kind}s", subject, measure)
    return actual, said or (NOTHING_THERE if math.isnan(actual) else None)


def _load(study: Study, requirement: Requirement) -> Found:
    of, (_, subject) = study.ask(loads_of), requirement.subject
    return _or_why(float(of.utilization[of.names.index(subject)]), NO_TIME)


def _time(study: Study, requirement: Requirement) -> Found:
    kind, _ = requirement.subject
    actual, said = (_wait if kind == "department" else _delivery)(study, requirement)
    if because(said, Reason.OVERLOADED):
        return (0.0 if requirement.measure == "on_time" else math.inf), said
    return _or_why(actual, said or NOTHING_THERE)


def _delivery(study: Study, requirement: Requirement) -> Found:
    """The lead time of a customer: its mean, a quantile, or the share on time."""
    times, (_, name) = times_of(study), requirement.subject
    found, timely = times.found.get(name), requirement.measure == "on_time"
    if timely and next(c for c in study.chain.customers if c.name == name).promise is None:
        return math.nan, NO_PROMISE
    if found is None:
        return math.nan, times.reasons[name]
    try:
        if requirement.quantile is not None:
            actual = float(found.quantile(requirement.quantile))
        else:
            actual = found.on_time if timely else found.mean
    except AnalysisError as error:
        return math.nan, Why(Reason.NO_SOLUTION, str(error))
    return actual, None


def _wait(study: Study, requirement: Requirement) -> Found:
    """The wait in the queue of a department: its mean, or a quantile."""
    timing, (_, name) = times_of(study).timing, requirement.subject
    node = study.compiled.nodes.index(name)
    if node in timing.missing_nodes:
        return math.nan, NO_CYCLE_TIME
    if timing.stations.overloaded[node]:
        return math.inf, OVERLOADED
    mean = float(timing.stations.waiting_time[node])
    return (mean if requirement.quantile is None else _wait_quantile(timing, node, mean, requirement.quantile)), None


def _outcome(study: Study, requirement: Requirement) -> Found:
    """A figure of what a customer gets per period; behind a queue that grows for ever nobody is satisfied."""
    (_, customer), measure, kept = requirement.subject, requirement.measure, kept_in(study)
    place = [c.name for c in study.chain.customers].index(customer)
    if measure == "satisfied":
        actual, said = float(kept.satisfied[place]), kept.reasons.get(customer)
    else:
        outcomes = outcomes_of(study)
        frame: Any = outcomes.customers[measure]
        actual, said = float(frame.loc[customer]), outcomes.reason_for("customers", customer, measure)
    if math.isnan(actual):
        return actual, said or NOTHING_THERE
    if measure not in OF_LATENESS:
        return actual, None
    if customer in kept.endless:
        return actual, kept.endless[customer]
    if kept.judged[place] != "conforming":
        return actual, None
    said = kept.reasons.get(customer, NO_PROMISE)
    return actual, Why(said.reason, f"{ONLY_CONFORMING}{said}")


def _cost(study: Study, requirement: Requirement) -> Found:
    """The cost of quality of the chain or of one place, with what it lacks."""
    cost, (kind, subject) = cost_of(study), requirement.subject
    if kind == "chain":
        lacking = list(cost.lacking.values())
        if math.isnan(cost.total):
            nothing = Why(Reason.NO_COST, "no figure of cost is given")
            return math.nan, next(iter([*lacking, *cost.missing.values()]), nothing)
        return cost.total, _lacks(lacking)
    lacking = list(dict.fromkeys(said for line, said in cost.lacking.items() if getattr(line, kind) == subject))
    table = getattr(cost, f"{kind}s")
    if subject in table.index:
        return float(table["total"].loc[subject]), _lacks(lacking)
    return (math.nan, lacking[0]) if lacking else (0.0, None)


_READ: dict[str, Callable[[Study, Requirement], Found]] = {
    "quality": _quality,
    "bottlenecks": _load,
    "lead_times": _time,
    "customer_outcomes": _outcome,
    "cost_of_quality": _cost,
}
"""How a figure is read from the analysis that holds it."""


def _lacks(reasons: list[Why]) -> Why | None:
    """That a sum leaves something out; nothing where it does not."""
    if not reasons:
        return None
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return joined(Why(reasons[0].reason, f"{LEAVES_OUT}{reasons[0]}{more}"))


def _or_why(actual: float, reason: Why) -> Found:
    return actual, reason if math.isnan(actual) else None


def _wait_quantile(timing: Timing, node: int, mean: float, quantile: float) -> float:
    """A quantile of the wait in a department's queue: of no wait, or of the gamma distribution of those that wait."""
    from scipy.special import gammaincinv

    if not mean > 0:
        return 0.0
    wait = cast("Waiting", timing.wait_distribution[node])
    waiting = (quantile - (1.0 - wait.probability)) / wait.probability
    delay = wait.delay
    if waiting <= 0 or delay.scv == 0:
        return 0.0 if waiting <= 0 else delay.mean
    return delay.mean * delay.scv * float(gammaincinv(1.0 / delay.scv, waiting))


__all__ = [
    "Found",
    "cost_of",
    "figure_of",
    "kept_in",
    "measure_at",
    "needs_lead_times",
    "outcomes_of",
    "said_in",
    "sources_of",
    "times_of",
    "unit_of",
]

"""What is assumed of times and queues, and how accurate the figures are, in words (formulas: Queues)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.reasons import NO_CYCLE_TIME, OVERLOADED
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import JointDistributions
from qualitychain.model.chain.time_assumptions import time_assumptions
from qualitychain.vocabulary.figures import number, percent

EXACT = "exact: Poisson starts and exponential work (a Jackson network)"
SINGLE = (
    "approximate: one server; measured mostly within 20 % from a utilization of 0.6 on, within 51 % below it; less "
    "sure behind fixed working times, with bursts, and where several inputs are awaited"
)
SEVERAL = (
    "approximate: several servers; measured within 13 % for arrivals near Poisson; too long for regular ones (6 % at a "
    "utilization of 0.9, twice and more at 0.4, where waits are short), too short for bursts (12 % at 0.9, 59 % at 0.6)"
)
INTERVAL = "approximate: a line of less loaded departments comes before; between waiting_low and waiting_high"
NO_QUEUE = "exact: its work takes no time, so there is no queue"
NO_WORK = "no work reaches it"
TIME_GRID = (
    "Lead-time distributions are computed on a time grid, to within the tolerance in probability, for the given "
    "distributions of "
    "the single times and their independence."
)
QUANTILES = (
    "Measured with queues, Poisson starts and utilizations up to 0.83: mean lead times within 5 %, 95th percentiles "
    "within 11 %, 99th up to 19 % low, because waits of one unit go together. At utilization 0.92 or behind fixed "
    "working times they were up to 10, 24 and 29 % low, with bursts up to 14, 23 and 31 %."
)
TOGETHER = (
    "Inputs asked for at the same time are taken as independent; where they share a queue, or smooth the next one, "
    "mean lead times were 17 to 27 % too long."
)
UNSURE = "Behind long lines (waiting_low, waiting_high) lead times are as unsure as the wait."


def accuracy_of(timing: Timing, node: int, servers: int) -> str:
    """How accurate the wait at a department is, in words."""
    stations = timing.stations
    if node in timing.missing_nodes:
        return NO_CYCLE_TIME
    if stations.overloaded[node]:
        return OVERLOADED
    if stations.service_time[node] == 0:
        return NO_QUEUE
    if stations.arrival_rate[node] == 0:
        return NO_WORK
    if stations.exact:
        return EXACT
    if np.isfinite(stations.waiting_low[node]):
        return INTERVAL
    return SINGLE if servers == 1 else SEVERAL


def accuracy_of_all(timing: Timing, *, queues: bool, together: bool) -> str:
    """How accurate lead times are, in words; ``together`` where several inputs are awaited at the same time."""
    if not queues:
        return f"No unit waits in a queue. {TIME_GRID}"
    waits = "Waits are approximate (see departments)."
    if timing.stations.exact:
        waits = (
            "Mean waits are exact (Jackson network); the distribution of the total takes waits along a path to be "
            "independent."
        )
    said = [waits, TIME_GRID, QUANTILES]
    if together:
        said.append(TOGETHER)
    if np.isfinite(timing.stations.waiting_low).any():
        said.append(UNSURE)
    return " ".join(said)


def assumptions_of(compiled: Compiled, timing: Timing, *, queues: bool) -> list[str]:
    """What is assumed, in words."""
    chain, clock = compiled.chain, compiled.chain.clock
    said = list(time_assumptions(chain)) or [f"Times are in {clock.said}."]
    said.append("Inputs are asked for at once and in parallel; work begins when kitting is complete.")
    if queues:
        said.append("Queues are first come, first served; waits along a path are independent of each other.")
        if all(s.arrival_scv == 1.0 for s in chain.suppliers):
            said.append("Starts are Poisson (arrival_scv 1).")
    if compiled.rate_assumed:
        said.append(f"The only supplier of units gives no rate: 1 unit per {clock.unit} is assumed.")
    bare = [d.name for d in chain.departments if isinstance(d.cycle_time, int | float | str) and _some(d.cycle_time)]
    if bare:
        said.append(f"Cycle times without a variation are taken to vary with scv 1: {_listed(bare)}.")
    fixed = sum(isinstance(h.lead_time, int | float | str) and _some(h.lead_time) for h in chain.handoffs)
    if fixed:
        said.append(f"{fixed} lead times of handoffs without a variation are fixed.")
    broken = [d.name for d in chain.departments if d.availability < 1 and not _some(d.mttr)]
    if broken:
        said.append(f"Breakdowns without a mttr slow the work down evenly: {_listed(broken)}.")
    if compiled.keys:
        named = ", ".join(f"{item} from {supplier}" for supplier, item in compiled.keys)
        said.append(f"One draw per case settles the quality of {named}, but each use waits anew for its delivery.")
    if len(timing.missing_nodes):
        names = [compiled.nodes[i] for i in timing.missing_nodes]
        said.append(f"No cycle time is given for {_listed(names)}; in other figures they take no time.")
    return said


def shortfalls(compiled: Compiled, timing: Timing) -> list[str]:
    """A sentence for each department that cannot keep up: its demand, its capacity, what is lacking."""
    chain, stations, said = compiled.chain, timing.stations, []
    for i, department in enumerate(chain.departments, len(chain.suppliers)):
        if stations.overloaded[i]:
            demand, capacity = float(stations.arrival_rate[i]), department.servers / float(stations.service_time[i])
            lacking = demand - capacity
            tail = f"short by {number(lacking)}" if lacking > 1e-12 * demand else "nothing to spare"
            said.append(
                f"department '{department.name}': demand {number(demand)} units of work per {chain.clock.unit}, "
                f"capacity {number(capacity)}, {tail} (utilization {percent(float(stations.utilization[i]))}), so its "
                "queue grows for ever; add servers, shorten its work, or send it less"
            )
    return said


def remarks_of(
    compiled: Compiled, timing: Timing, found: Mapping[str, CustomerLeadTime], tolerance: float
) -> list[str]:
    """What stands out: overload, promises that cannot be kept, limits of the time grid."""
    said, unit = shortfalls(compiled, timing), compiled.chain.clock.said
    for name, distribution in found.items():
        if distribution.promise_with_tolerance < distribution.least * (1 - 1e-9):
            said.append(
                f"{name}: the promise of {promise_words(distribution, unit)} is shorter than the least "
                f"possible lead time of {number(distribution.least)} {unit}, so nothing is on time"
            )
        if distribution.accuracy > tolerance:
            said.append(
                f"{name}: the last two time grids still differ by {number(distribution.accuracy)} in "
                "probability, more than the "
                f"tolerance of {number(tolerance)}; within a step of time, figures may be off by as much and more "
                "(rigorous=True gives bounds)"
            )
        if distribution.distributions[0].beyond > 2e-6:
            said.append(
                f"{name}: a share of {number(distribution.distributions[0].beyond)} of the lead times lies beyond the "
                f"horizon of {number(distribution.horizon)} {unit}"
            )
    return said


def promise_words(distribution: CustomerLeadTime, unit: str) -> str:
    """The promise of a customer, and the tolerance where there is one: ``120 + tolerance 12 hours``."""
    tolerance = f" + tolerance {number(distribution.promise_tolerance)}" if distribution.promise_tolerance > 0 else ""
    return f"{number(distribution.promise)}{tolerance} {unit}"


def method_of(joint: JointDistributions, *, queues: bool, numeric: bool) -> str:
    """How the figures were computed, in words; ``numeric`` where parallel inputs needed the time grid."""
    words = [
        "queues by two-moment approximations" if queues else "no queues",
        f"distributions by transforms on {joint.conforming.atoms.shape[1]} points {joint.step:.4g} apart",
        "means and standard deviations by linear equations"
        + (", with parallel inputs from the time grid" if numeric else ""),
    ]
    if joint.settled > 0:
        words.append(f"circles of needs iterated until changes below {joint.settled:.1g}")
    return "; ".join(words)


def _some(time: float | str) -> bool:
    return isinstance(time, str) or time > 0


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")

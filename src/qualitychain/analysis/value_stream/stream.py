"""What the tables of a value stream are made of: visits, and the times of each visit and pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.time.reasons import NO_CYCLE_TIME, OVERLOADED
from qualitychain.analysis.value_stream.critical_path import MeanTimes
from qualitychain.engine.distributions.named import Distribution
from qualitychain.engine.moments.input_races import Races
from qualitychain.engine.moments.step_times import StepTimes, needing
from qualitychain.engine.network.network import Flags, Floats, Integers
from qualitychain.engine.queues.timing import Timing
from qualitychain.vocabulary.reason import Reason, Why


@dataclass(frozen=True)
class Stream:
    """Everything the tables are made of."""

    compiled: Compiled
    timing: Timing
    times: StepTimes
    of: Races
    means: MeanTimes
    own: Floats
    """Working time without stops, per visit, shape (V,)."""
    unknown: Flags
    """Nodes whose time is not known: no cycle time, or overloaded."""
    waiting_unknown: Flags
    """Nodes whose wait for inputs is not known."""

    @cached_property
    def departments(self) -> frozenset[str]:
        """Names of the departments."""
        return frozenset(d.name for d in self.compiled.chain.departments)

    @property
    def release_rate(self) -> float:
        """Units started per time unit."""
        return self.compiled.release_rate

    def spent(self, targets: Sequence[int]) -> dict[str, Floats]:
        """Times per started unit that ends at one of the targets: (V,) of nodes, (F,) of handoffs, by kind of time."""
        picked = list(targets)
        visits = self.times.visits[:, picked].sum(axis=1)
        means = self.means
        return {
            "cycle_time": product(visits, means.work),
            "waiting_time": product(visits, means.wait),
            "inputs_time": np.where(
                self.waiting_unknown & (visits > 0), np.nan, self.times.inputs[:, picked].sum(axis=1)
            ),
            "transport_time": product(self.times.carried[:, picked].sum(axis=1), means.flow_transport),
            "inspection_time": product(self.times.tried[:, picked].sum(axis=1), means.flow_inspection),
        }

    def mean_time(self, targets: Sequence[int]) -> float:
        """Mean time of the units that end at one of the targets, per started unit."""
        return float(sum(values.sum() for values in self.spent(targets).values()))

    def working_time(self, targets: Sequence[int]) -> float:
        """Mean working time on a unit that ends at one of the targets, stops of the servers left out."""
        picked = list(targets)
        ends = float(self.times.ends[picked].sum())
        return float(product(self.times.visits[:, picked].sum(axis=1), self.own).sum()) / ends

    @property
    def lacking(self) -> Why:
        """Why a lead time is not known: endless behind an overloaded department, however long the others take."""
        names = [f"'{self.compiled.nodes[n]}'" for n in np.flatnonzero(self.unknown)]
        listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        reason = Reason.OVERLOADED if self.timing.stations.overloaded.any() else Reason.NO_CYCLE_TIME
        return Why(reason, f"the time of a step on the way is not known ({listed})")

    def why_unknown(self, node: int) -> Why:
        """Why the time at a node is not known."""
        return OVERLOADED if self.timing.stations.overloaded[node] else NO_CYCLE_TIME


def mean_times(timing: Timing) -> MeanTimes:
    """Mean times of one visit and one pass; NaN where not known."""

    def means(distributions: Sequence[Distribution]) -> Floats:
        return np.array([distribution.mean for distribution in distributions], dtype=np.float64)

    wait, work = means(timing.wait_distribution), means(timing.work_distribution)
    wait[timing.missing_nodes] = work[timing.missing_nodes] = np.nan
    wait[timing.stations.overloaded] = np.nan
    return MeanTimes(
        wait,
        work,
        means(timing.flow_transport),
        means(timing.flow_inspection),
        means(timing.pulled_transport),
        means(timing.pulled_inspection),
    )


def unknown_inputs(compiled: Compiled, missing: Integers) -> Flags:
    """Nodes whose wait for inputs is not known, because a department without a cycle time takes part in it."""
    return needing(compiled.network, missing)


def product(count: Floats, time: Floats) -> Floats:
    """Times of counts."""
    # what never happens takes no time, known or not
    return np.where(count > 0, count * np.where(count > 0, time, 0.0), 0.0)

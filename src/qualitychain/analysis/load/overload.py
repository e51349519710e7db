"""Why is a department loaded? The logarithm of its utilization as a sum of causes (formulas: Bottlenecks)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.chain.chain import Chain
from qualitychain.model.values.times import distribution_or_time, moments
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

DEMAND = "too much demand"
BREAKDOWNS = "inability to serve: breakdowns and absence"
REWORK = "inability to serve: rework and repeated requests"
SLOW = "inability to serve: slow work"
NO_TIME = Why(Reason.NO_CYCLE_TIME, "no cycle_time is given")
NO_WORK = Why(Reason.NO_WORK, "no work reaches it")
NO_LIMIT = Why(Reason.NOT_APPLICABLE, "its work takes no time")
ONLY_REDO = Why(
    Reason.NOT_APPLICABLE,
    "all its work comes from rejects, so the share of demand is 0 and that of rework has no limit",
)
NO_BENCHMARK = Why(Reason.NOT_GIVEN, "no benchmark time is given")
ROUNDING = 1e-13


@dataclass(frozen=True)
class Loads:
    """The load of every department, arrays of shape (departments,); NaN where no cycle time is given."""

    names: tuple[str, ...]
    release_rate: float
    per_start: Floats
    """Work units per started unit."""
    needed: Floats
    """Work units per started unit that the same deliveries would take if nothing were ever rejected."""
    servers: Floats
    own_time: Floats
    """Mean working time on one unit, t0."""
    availability: Floats

    @property
    def work(self) -> Floats:
        """Work units per time unit."""
        return self.per_start * self.release_rate

    @property
    def effective_time(self) -> Floats:
        """Time that one unit takes of a server, stops included: t0 / availability."""
        return self.own_time / self.availability

    @property
    def utilization(self) -> Floats:
        """Share of the servers' time that the work takes."""
        return self.work * self.effective_time / self.servers

    @property
    def limits(self) -> Floats:
        """Starts per time unit that would use each department fully: infinite where its work takes no time."""
        with np.errstate(divide="ignore"):
            return self.servers / (self.per_start * self.effective_time)

    @property
    def overloaded(self) -> list[int]:
        """Numbers of the departments with a utilization of 1 or more: they have no steady state."""
        return np.flatnonzero(self.utilization >= 1).tolist()

    def shortfalls(self, time_unit: str) -> list[str]:
        """A sentence for each department that cannot keep up."""
        said = []
        for i in self.overloaded:
            can = self.servers[i] / self.effective_time[i]
            short = self.work[i] - can
            tail = f"short by {number(short)}" if short > 0 else "nothing to spare, so its queue grows for ever"
            said.append(
                f"department '{self.names[i]}': demand {number(self.work[i])} work units per {time_unit}, "
                f"capacity {number(can)}, {tail} (utilization {percent(self.utilization[i])})"
            )
        return said


def loads_of(study: Study) -> Loads:
    """The load of every department of a study's chain."""
    return loads(study.compiled, study.solution, study.perfect)


def loads(compiled: Compiled, solution: Solution, perfect: Solution) -> Loads:
    """The loads of a solved chain, ``perfect`` being the same chain without defects and false alarms."""
    chain, offset = compiled.chain, len(compiled.chain.suppliers)
    mine = slice(offset, offset + len(chain.departments))
    delivered, ideal = float(solution.absorbed[:-2].sum()), float(perfect.absorbed[:-2].sum())
    times = [math.nan if d.cycle_time is None else mean_time(chain, d.cycle_time) for d in chain.departments]
    return Loads(
        names=tuple(d.name for d in chain.departments),
        release_rate=compiled.release_rate,
        per_start=solution.work[mine],
        needed=perfect.work[mine] * (delivered / ideal),
        servers=np.array([float(d.servers) for d in chain.departments]),
        own_time=np.array(times, dtype=float),
        availability=np.array([d.availability for d in chain.departments], dtype=float),
    )


def mean_time(chain: Chain, value: object) -> float:
    """Mean of a time of the chain, in its time unit."""
    return moments(distribution_or_time(value), chain.clock)[0]


def benchmark_times(chain: Chain, benchmark: Mapping[str, object] | None) -> Floats:
    """The benchmark time of each department, NaN where none is given, shape (departments,).

    Raises
    ------
    ValueError
        For a name that is not a department of the chain, or a time that is not above 0.
    """
    names = [d.name for d in chain.departments]
    times = np.full(len(names), np.nan)
    for name, value in (benchmark or {}).items():
        if name not in names:
            raise ValueError(f"benchmark: {name!r} is not a department of the chain{did_you_mean(name, names)}")
        try:
            mean = mean_time(chain, value)
        except ValueError:
            mean = math.nan
        if not 0 < mean < math.inf:
            raise ValueError(f"benchmark of '{name}' must be a time above 0 (a number or text such as '6 min')")
        times[names.index(name)] = mean
    return times


def why_table(of: Loads, target: float, benchmark: Floats, missing: dict[Place, Why]) -> pd.DataFrame:
    """The terms of ln utilization of every department, and the cause of a utilization above the target in words.

    ln utilization = ``demand`` + ``breakdowns`` + ``rework`` (+ ``slow_work`` where a benchmark time is given), with
    demand the logarithm of the net utilization (what the deliveries by themselves would take), at the
    benchmark time where there is one. Reasons for figures that do not exist go into ``missing``.
    """
    import pandas as pd

    used = of.utilization
    compared = np.isfinite(benchmark)
    reference = np.where(compared, benchmark, of.own_time)
    with np.errstate(divide="ignore", invalid="ignore"):
        net = of.release_rate * of.needed * reference / of.servers
        terms = {
            "demand": np.log(net),
            "breakdowns": -np.log(of.availability) + 0.0,
            "rework": np.log(of.per_start / of.needed),
            "slow_work": np.where(compared, np.log(of.own_time / reference), np.nan),
        }
    told = used > 0
    redo_only = told & (of.needed == 0)
    for name, values in terms.items():
        values[~told] = np.nan
        # equal but for rounding: no inflation
        values[np.abs(values) < ROUNDING] = 0.0
        if name in ("demand", "rework"):
            values[redo_only] = np.nan
    causes = [_cause(i, used, net, terms, target) for i in range(len(used))]
    for i, name in enumerate(of.names):
        reason = _untold(of, i) if not told[i] else ONLY_REDO if redo_only[i] else None
        if reason is not None:
            missing.update((Place("why", name, c), reason) for c in ("demand", "rework"))
        if told[i] and not compared[i] and compared.any():
            missing[Place("why", name, "slow_work")] = NO_BENCHMARK
    if not compared.any():
        missing[Place("why", column="slow_work")] = NO_BENCHMARK
    return pd.DataFrame(
        {"utilization": used, "net_utilization": np.where(told, net, np.nan), **terms, "cause": causes},
        index=pd.Index(of.names, name="department"),
    )


def _untold(of: Loads, i: int) -> Why:
    if math.isnan(of.own_time[i]):
        return NO_TIME
    return NO_WORK if of.work[i] == 0 else NO_LIMIT


def _cause(i: int, used: Floats, net: Floats, terms: Mapping[str, Floats], target: float) -> str:
    """Why department ``i`` is above the target; nothing at or below it."""
    if not used[i] > target:
        return ""
    if net[i] > target:
        return DEMAND
    if net[i] == 0:
        return REWORK
    served = {BREAKDOWNS: terms["breakdowns"][i], REWORK: terms["rework"][i], SLOW: terms["slow_work"][i]}
    # the first of equal terms, and rounding must not decide between them
    best = max(v for v in served.values() if not math.isnan(v))
    return next(cause for cause, v in served.items() if v >= best - 1e-12)

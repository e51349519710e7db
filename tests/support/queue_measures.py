"""What a simulation of queues reports: means over independent replications, with their standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

QUANTILES = {"q50": 0.5, "q95": 0.95, "q99": 0.99}


@dataclass(frozen=True)
class Estimate:
    """The mean of independent replications and the standard error of that mean."""

    mean: float
    error: float
    replications: int

    @property
    def half_width(self) -> float:
        """Half the width of the 95 % confidence interval (Student's t)."""
        return float(stats.t.ppf(0.975, self.replications - 1)) * self.error

    def off_by(self, value: float) -> float:
        """How many standard errors a value is away from the mean."""
        return abs(value - self.mean) / self.error if self.error else math.inf * abs(value - self.mean)


@dataclass(slots=True)
class Seen:
    """What one replication counts at one department, within the window of measurement."""

    visits: int = 0
    waited: int = 0
    wait: float = 0.0
    work: float = 0.0
    area: float = 0.0

    def figures(self, servers: int, length: float) -> dict[str, float]:
        return {
            "arrival_rate": self.visits / length,
            "utilization": self.work / (servers * length),
            "waiting_time": self.wait / max(self.visits, 1),
            "wait_probability": self.waited / max(self.visits, 1),
            "queue_length": self.area / length,
        }


@dataclass(slots=True)
class Delivered:
    """The deliveries of one replication to one customer: how long each took, and whether it is conforming."""

    times: list[float] = field(default_factory=list)
    good: list[bool] = field(default_factory=list)

    def figures(self, promise: float) -> dict[str, float]:
        if not self.times:
            return {}
        times, good = np.array(self.times), np.array(self.good)
        early = times <= promise * (1 + 1e-12)
        return {
            "lead_time": float(times.mean()),
            "sd": float(times.std()),
            **{name: float(np.quantile(times, p)) for name, p in QUANTILES.items()},
            "conforming": float(good.mean()),
            "on_time": float(early.mean()),
            "satisfied": float((early & good).mean()),
            "good_time": float(times[good].mean()) if good.any() else math.nan,
            "bad_time": float(times[~good].mean()) if not good.all() else math.nan,
        }


@dataclass(frozen=True)
class Replication:
    departments: dict[str, dict[str, float]]
    customers: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Told:
    """Estimates by department (or customer) and figure."""

    departments: dict[str, dict[str, Estimate]]
    customers: dict[str, dict[str, Estimate]]

    def __getitem__(self, node: str) -> dict[str, Estimate]:
        return self.departments[node] if node in self.departments else self.customers[node]


def replicate(
    once: Callable[[Mapping[str, Any], Any, float, float], Replication],
    chain: Mapping[str, Any],
    *,
    seed: int,
    warm_up: float,
    length: float,
    replications: int,
) -> Told:
    """Run independent replications, each from an empty chain, each measured for `length` after `warm_up`."""
    runs = [once(chain, [seed, number], warm_up, length) for number in range(replications)]
    return Told(_estimates([run.departments for run in runs]), _estimates([run.customers for run in runs]))


def estimate(values: Iterable[float]) -> Estimate:
    """Mean and standard error of independent values."""
    numbers = np.array(list(values))
    return Estimate(float(numbers.mean()), float(numbers.std(ddof=1) / math.sqrt(numbers.size)), numbers.size)


def _estimates(runs: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, Estimate]]:
    return {node: {key: estimate(run[node][key] for run in runs) for key in runs[0][node]} for node in runs[0]}

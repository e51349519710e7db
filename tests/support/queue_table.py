"""The library's waits and lead times beside simulated ones, and the tables of the manual made of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from scipy import stats
from support.queue_chains import BY_KEY, CASES, Case

import qualitychain as qc

Stored = Mapping[str, Any]
LEAD_TIME = ("lead_time", "sd", "q50", "q95", "q99")
SHORT = 0.01
"""Mean waits shorter than this part of a working time are not compared in percent."""
DEPARTMENT = ("arrival_rate", "utilization", "waiting_time", "wait_probability", "queue_length")


@dataclass(frozen=True)
class Compared:
    """One figure: as the library gives it, and as simulated with its standard error."""

    found: float
    simulated: float
    error: float
    replications: int

    @property
    def off(self) -> float:
        """Relative difference of the library from the simulation."""
        return self.found / self.simulated - 1 if self.simulated else 0.0 if abs(self.found) < 1e-12 else float("inf")

    @property
    def noise(self) -> float:
        """Relative standard error of the simulation."""
        return self.error / self.simulated if self.simulated else 0.0

    @property
    def half_width(self) -> float:
        """Half the width of the 95 % confidence interval of the simulation."""
        return float(stats.t.ppf(0.975, self.replications - 1)) * self.error

    def text(self) -> str:
        return f"{number(self.found)} | {number(self.simulated)} ± {number(self.half_width, 2)} | {percent(self.off)}"


@cache
def library(key: str) -> dict[str, dict[str, float]]:
    """Every figure that the library gives for a chain of the list, by node."""
    result = qc.lead_times(qc.Chain.from_dict(BY_KEY[key].chain))
    figures: dict[str, dict[str, float]] = {}
    for name, line in result.departments.iterrows():
        kept = (*DEPARTMENT, "waiting_low", "waiting_high")
        figures[str(name)] = {column: float(line[column]) for column in kept}
    client = result["Client"]
    quantiles = {name: float(client.quantile(p)) for name, p in (("q50", 0.5), ("q95", 0.95), ("q99", 0.99))}
    figures["Client"] = {"lead_time": float(client.mean), "sd": float(client.sd), **quantiles}
    return figures


def compared(key: str, stored: Stored) -> dict[str, dict[str, Compared]]:
    """By node and figure, the library beside the stored simulation."""
    simulated, found = stored["cases"][key], library(key)
    return {
        node: {
            name: Compared(found[node][name], *simulated[node][name])
            for name in (LEAD_TIME if node == "Client" else DEPARTMENT)
        }
        for node in found
    }


def grid(stored: Stored) -> Iterable[tuple[Mapping[str, Any], Compared, Compared]]:
    """Departments alone: their shape, mean wait and probability of waiting."""
    for row in stored["grid"]:
        rate = row["utilization"] * row["servers"]
        spread = row["arrival_scv"], row["service_scv"]
        wait = float(qc.queues.ggc_wait(rate, 1.0, row["servers"], *spread))
        chance = float(qc.queues.wait_probability(row["utilization"], row["servers"], *spread))
        yield row, Compared(wait, *row["waiting_time"]), Compared(chance, *row["wait_probability"])


def number(value: float, digits: int = 3) -> str:
    """A figure with so many significant digits, without exponents."""
    if value == 0 or abs(value) < 1e-9:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}"
    return f"{value:#.{digits}g}".rstrip(".")


def percent(share: float, digits: int = 1) -> str:
    if share == float("inf"):
        return "-"
    rounded = round(100 * share, digits)
    return f"{rounded:+.{digits}f} %" if rounded else f"{0:.{digits}f} %"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---" if i == 0 else "---:" for i in range(len(heads))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def waits_table(stored: Stored, *, several: bool) -> str:
    """Utilization, mean wait and probability of waiting at every department of the chains."""
    rows = []
    for case in _stored_cases(stored, several=several):
        for node, figures in compared(case.key, stored).items():
            if node == "Client":
                continue
            load, wait, chance = (figures[k] for k in ("utilization", "waiting_time", "wait_probability"))
            rows.append([case.title, node, number(load.found), number(load.simulated), wait.text(), _both(chance)])
    heads = ["Chain", "Department", "Utilization", "simulated", "Mean wait", "simulated", "difference"]
    return table([*heads, "Waiting probability, simulated"], rows)


def times_table(stored: Stored, *, several: bool) -> str:
    """Mean and quantiles of the lead time of the chains."""
    rows = []
    for case in _stored_cases(stored, several=several):
        figures = compared(case.key, stored)["Client"]
        others = [percent(figures[k].off) for k in ("sd", "q50", "q95", "q99")]
        rows.append([case.title, figures["lead_time"].text(), *others])
    heads = ["Chain", "Mean lead time", "simulated", "difference", "sd", "50 %", "95 %", "99 %"]
    return table(heads, rows)


def grid_table(stored: Stored) -> str:
    """Departments alone: the difference of the mean wait, by number of servers."""
    cells: dict[tuple[float, float, float], list[tuple[Compared, Compared]]] = {}
    for row, wait, chance in grid(stored):
        shape = (row["utilization"], row["arrival_scv"], row["service_scv"])
        cells.setdefault(shape, []).append((wait, chance))
    rows = []
    for shape, found in sorted(cells.items()):
        waits = [percent(w.off, 0) if w.simulated >= SHORT else f"under {SHORT}" for w, _ in found]
        most = max(abs(w.found - w.simulated) for w, _ in found)
        chances = [p.found - p.simulated for _, p in found]
        span = f"{round(min(chances), 2) + 0.0:+.2f} to {round(max(chances), 2) + 0.0:+.2f}"
        rows.append([*(f"{value:g}" for value in shape), *waits, number(most, 2), span.replace("+0.00", "0.00")])
    servers = [
        "1 server" if count == 1 else f"{count} servers" for count in sorted({row["servers"] for row in stored["grid"]})
    ]
    heads = ["Utilization", "Arrival scv", "Work scv", *servers, "at most, in working times"]
    return table([*heads, "Waiting probability"], rows)


def tables(stored: Stored) -> dict[str, str]:
    """All tables of the manual's page on accuracy, by name."""
    return {
        "single-waits": waits_table(stored, several=False),
        "single-times": times_table(stored, several=False),
        "several-waits": waits_table(stored, several=True),
        "several-times": times_table(stored, several=True),
        "alone": grid_table(stored),
    }


def with_tables(page: str, made: Mapping[str, str]) -> str:
    """The page with every table put between its two marks."""
    for name, text in made.items():
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, rest = page.split(start)
        page = f"{before}{start}\n{text}\n\n{end}{rest.split(end, 1)[1]}"
    return page


def _stored_cases(stored: Stored, *, several: bool) -> list[Case]:
    return [case for case in CASES if case.key in stored["cases"] and case.several is several]


def _both(value: Compared) -> str:
    return f"{value.found:.3f}, {value.simulated:.3f}"

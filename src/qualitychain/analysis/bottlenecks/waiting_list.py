"""Second list: waiting. Where the lead time is spent in queues, and what one more server saves.

Formulas: Bottlenecks.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.specs import WAITING
from qualitychain.analysis.time.reasons import NO_TIMES
from qualitychain.analysis.time.timing import timing_of
from qualitychain.engine.distributions.named import Distribution
from qualitychain.engine.moments.input_races import Races, races
from qualitychain.engine.moments.step_times import StepTimes, needing, step_times, timed_scenarios
from qualitychain.engine.network.network import Floats, Integers
from qualitychain.engine.queues.timing import Timing
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why, joined
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_PRICES = 30
"""Departments for which the lead time with one more server is worked out: those where most time is waited."""
GROWING = Why(Reason.OVERLOADED, "more work arrives than can be done, so the queue grows without end")
UNTIMED = Why(Reason.NO_CYCLE_TIME, "no cycle_time is given")
NOTHING_DELIVERED = Why(Reason.NOTHING_DELIVERED, "nothing is delivered")
SHARES = ("share", "inputs_share", "lead_time_price")


@dataclass(frozen=True, kw_only=True)
class WaitingList(Result):
    """Where delivered units wait.

    Attributes
    ----------
    departments : DataFrame, index ``department``
        ``visits`` (of a delivered unit; requests not included), ``waiting_time`` (mean wait of one visit),
        ``share`` (visits x waiting time / mean lead time), ``inputs_time`` (mean wait of a visit for its pulled
        inputs), ``inputs_share`` (the same as a share of the lead time), ``lead_time_price`` (fall of the mean lead
        time of all deliveries with one more server, all queues evaluated anew; this is also where a department shows
        that only serves requests). Negative where one more server only sends more variation on.
    customers : DataFrame
        ``share``, ``inputs_share`` and ``lead_time_price`` for each ``customer`` and ``department``.
    inputs : DataFrame, index ``handoff``
        For each pulled handoff its ``handoff_customer``, ``request_time`` (mean, from asking to having), ``last``
        (probability that a visit of that customer waits for this one last) and ``delay`` (mean wait of a visit that
        this causes; the delays of one customer's inputs add up to its ``inputs_time``).
    lead_time : float
        Mean lead time of all deliveries.
    """

    departments: pd.DataFrame
    customers: pd.DataFrame
    inputs: pd.DataFrame
    lead_time: float
    name: str = dataclasses.field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = WAITING.tables

    def summary(self) -> str:
        """The queues that take most of the lead time."""
        if math.isnan(self.lead_time):
            return f"Waiting is not available: {self.reason_for('', None, 'lead_time') or 'no lead time is known'}."
        both, unit = self.departments["share"] + self.departments["inputs_share"], self.units.time
        lines = [f"Of a mean lead time of {number(self.lead_time)} {unit}, {percent(float(both.sum()))} is waiting."]
        for name, row in self.departments.sort_values("share", ascending=False, kind="stable").head(3).iterrows():
            price = row["lead_time_price"]
            saved = (
                ""
                if math.isnan(price)
                else f"; one more server would save {number(price)} {self.units.time} on average"
            )
            if row["share"] > 0:
                lines.append(f"  {name}: {percent(row['share'])} of it{saved}")
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Share of the lead time spent waiting at each department, the largest first.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.pareto import pareto

        shown = (self.departments["share"] + self.departments["inputs_share"]).dropna()
        return pareto(
            [str(name) for name in shown.index],
            shown.to_numpy(),
            ax=ax,
            xlabel="share of the lead time spent waiting (queue and inputs)",
            title=f"Waiting: {self.name}",
            cumulative=False,
        )


def waiting_list_of(study: Study) -> WaitingList:
    """The waiting list of a study's chain; where a department is overloaded, what does not touch it."""
    import pandas as pd

    compiled, solution, chain = study.compiled, study.solution, study.chain
    missing: dict[Place, Why] = {}
    timing = timing_of(compiled, solution)
    scenarios = timed_scenarios(compiled.network, timing)
    steps, raced = step_times(compiled.network, scenarios), races(compiled.network, timing, scenarios)
    told, reason = _told(compiled, timing, steps)
    for customer, good in zip(chain.customers, told, strict=True):
        if not good:
            missing.update((Place("customers", customer.name, column), reason) for column in SHARES)
    if not told.all():
        missing.update((Place("departments", None, column), reason) for column in SHARES)
        missing[Place(column="lead_time")] = reason
    prices = _prices(study, timing, steps, told=told, missing=missing)
    offset, count = len(chain.suppliers), len(chain.departments)
    mine = slice(offset, offset + count)
    names = [d.name for d in chain.departments]
    wait = np.where(
        timing.stations.overloaded, np.inf, [distribution.mean for distribution in timing.wait_distribution]
    )
    wait[timing.missing_nodes] = np.nan
    totals = np.append(_totals(timing, steps), np.nan)
    ends, every = np.append(steps.ends[:-1], np.nan), np.append(steps.visits[:, :-1], steps.visits[:, -1:], axis=1)
    shares, inputs = _shares(steps, wait, totals, told)
    departments = pd.DataFrame(
        {
            "visits": every[mine, :-1].sum(axis=1) / max(float(steps.ends[:-1].sum()), 1e-300),
            "waiting_time": np.where(np.isfinite(wait[mine]), wait[mine], np.nan),
            "share": shares[mine, -1],
            "inputs_time": _inputs_time(raced, compiled, timing)[mine],
            "inputs_share": inputs[mine, -1],
            "lead_time_price": prices[:, -1],
        },
        index=pd.Index(names, name="department"),
    )
    _say_queues(compiled, timing, missing)
    whole = float(totals[:-1].sum() / ends[:-1].sum()) if told.all() and ends[:-1].sum() > 0 else math.nan
    return WaitingList(
        departments=departments,
        customers=_by_customer(compiled, shares[mine, :-1], inputs[mine, :-1], prices[:, :-1]),
        inputs=_inputs(compiled, raced),
        lead_time=whole,
        name=chain.name,
        exact=False,
        method="mean times of every step, exact for the waits given; waits by the queue layer",
        assumptions=(
            "Waits are approximations (Jackson's case apart); the mean times are exact given them.",
            "Shares are of the time that delivered units take; what is scrapped is left out.",
        ),
        missing=missing,
        units=study.units,
    )


def _means(distributions: tuple[Distribution, ...]) -> Floats:
    return np.array([distribution.mean for distribution in distributions], dtype=float)


def _told(compiled: Compiled, timing: Timing, steps: StepTimes) -> tuple[np.typing.NDArray[np.bool_], Why]:
    """Which customers' units meet no department whose wait is infinite or whose working time is not known."""
    nodes = compiled.network.nodes
    overloaded = np.flatnonzero(timing.stations.overloaded)
    unknown = timing.missing_nodes
    lacking = np.union1d(overloaded, unknown).astype(np.int64)
    met = np.zeros(nodes, dtype=bool)
    met[lacking] = True
    met |= needing(compiled.network, lacking)
    touched = steps.visits[met, :-1].sum(axis=0) > 0

    def named(which: Integers) -> str:
        return " and ".join(f"'{compiled.nodes[n]}'" for n in which[:6])

    said: list[Why] = []
    if len(unknown) == len(compiled.chain.departments) and len(unknown):
        said.append(NO_TIMES)
    elif len(unknown):
        said.append(Why(Reason.NO_CYCLE_TIME, f"no cycle_time is given for {named(unknown)}"))
    if len(overloaded):
        verb = "has" if len(overloaded) == 1 else "have"
        words = f"{named(overloaded)} {verb} more work than can be done, so the wait grows without end"
        said.append(Why(Reason.OVERLOADED, words))
    return np.asarray(~touched & (steps.ends[:-1] > 0)), joined(*said) or NOTHING_DELIVERED


def _totals(timing: Timing, steps: StepTimes) -> Floats:
    """Time of the units that end at each customer, per started unit, shape (K,)."""
    stay = _means(timing.wait_distribution) + _means(timing.work_distribution)
    total = stay @ steps.visits + steps.inputs.sum(axis=0)
    total += _means(timing.flow_inspection) @ steps.tried + _means(timing.flow_transport) @ steps.carried
    return np.asarray(total[:-1])


def _shares(steps: StepTimes, wait: Floats, totals: Floats, told: np.typing.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Shares of queues and of inputs, shape (V, K + 1): by customer, then of all deliveries."""
    queues = np.where(steps.visits > 0, steps.visits, 0.0) * np.where(np.isfinite(wait), wait, 0.0)[:, None]
    out = []
    for part in (queues[:, :-1], steps.inputs[:, :-1]):
        known = np.where(told, part, np.nan)
        time = np.where(told, totals[:-1], np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            each, whole = known / time, known.sum(axis=1) / time.sum()
        # where nothing takes any time nobody waits
        each[:, time == 0] = 0.0
        out.append(np.column_stack((each, np.zeros(len(wait)) if time.sum() == 0 else whole)))
    return out[0], out[1]


def _prices(
    study: Study,
    timing: Timing,
    steps: StepTimes,
    *,
    told: np.typing.NDArray[np.bool_],
    missing: dict[Place, Why],
) -> Floats:
    """Fall of the mean lead time with one more server: by customer, then of all deliveries, (departments, K + 1)."""
    compiled, solution, chain, offset = study.compiled, study.solution, study.chain, len(study.chain.suppliers)
    prices = np.full((len(chain.departments), len(chain.customers) + 1), np.nan)
    before = _lead_times(timing, steps, told)
    stations = timing.stations
    waited = np.where(np.isfinite(stations.waiting_time), stations.waiting_time, 0.0) * stations.arrival_rate
    order = np.argsort(-waited[offset : offset + len(chain.departments)], kind="stable")
    for rank, i in enumerate(order.tolist()):
        department, node = chain.departments[i], offset + i
        if department.cycle_time is None or stations.overloaded[node]:
            continue
        if waited[node] == 0:
            prices[i] = np.where(np.isnan(before), np.nan, 0.0)
            continue
        if rank >= MOST_PRICES:
            missing[Place("departments", department.name, "lead_time_price")] = Why(
                Reason.LEFT_OUT,
                f"left out: it is worked out for the {MOST_PRICES} departments where most time is waited",
            )
            continue
        more = changed(chain, {department.name: {"servers": department.servers + 1}})
        eased = timing_of(dataclasses.replace(compiled, chain=more), solution)
        scenarios = timed_scenarios(compiled.network, eased)
        prices[i] = before - _lead_times(eased, step_times(compiled.network, scenarios), told)
    return prices


def _lead_times(timing: Timing, steps: StepTimes, told: np.typing.NDArray[np.bool_]) -> Floats:
    """Mean lead time of each customer, then of all deliveries, shape (K + 1,); NaN where it is not known."""
    totals, ends = np.where(told, _totals(timing, steps), np.nan), steps.ends[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.append(totals / ends, totals.sum() / ends.sum())


def _inputs_time(raced: Races, compiled: Compiled, timing: Timing) -> Floats:
    lacking = np.union1d(np.flatnonzero(timing.stations.overloaded), timing.missing_nodes).astype(np.int64)
    return np.where(needing(compiled.network, lacking), np.nan, raced.inputs)


def _by_customer(compiled: Compiled, shares: Floats, inputs: Floats, prices: Floats) -> pd.DataFrame:
    import pandas as pd

    names = [d.name for d in compiled.chain.departments]
    parts = [
        pd.DataFrame(
            {
                "customer": customer.name,
                "department": names,
                "share": shares[:, k],
                "inputs_share": inputs[:, k],
                "lead_time_price": prices[:, k],
            }
        )
        for k, customer in enumerate(compiled.chain.customers)
    ]
    return pd.concat(parts, ignore_index=True)


def _inputs(compiled: Compiled, raced: Races) -> pd.DataFrame:
    import pandas as pd

    handoffs = [compiled.chain.handoffs[i] for i in compiled.pulled_rows]
    return pd.DataFrame(
        {
            "handoff_customer": [h.customer for h in handoffs],
            "request_time": raced.request,
            "last": raced.last,
            "delay": raced.delay,
        },
        index=pd.Index([h.full_name for h in handoffs], name="handoff"),
    )


def _say_queues(compiled: Compiled, timing: Timing, missing: dict[Place, Why]) -> None:
    for nodes, why in ((np.flatnonzero(timing.stations.overloaded), GROWING), (timing.missing_nodes, UNTIMED)):
        for node in nodes.tolist():
            name = compiled.nodes[node]
            missing.update((Place("departments", name, c), why) for c in ("waiting_time", "lead_time_price"))

"""Where is the bottleneck, and why? Four lists and the remedies: capacity, waiting, quality, internal service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qualitychain.analysis.base.result import Result, answered
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.specs import BOTTLENECKS
from qualitychain.analysis.bottlenecks.splitting import Outside, outside_terms
from qualitychain.analysis.load.capacity import Capacity, capacity_assumptions, capacity_list
from qualitychain.analysis.load.overload import benchmark_times, loads_of
from qualitychain.errors import UnstableQueueError
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from qualitychain.analysis.bottlenecks.quality_list import QualityList
    from qualitychain.analysis.bottlenecks.remedies import Remedies
    from qualitychain.analysis.bottlenecks.service_list import ServiceList
    from qualitychain.analysis.bottlenecks.waiting_list import WaitingList

Which = Literal["capacity", "waiting", "quality", "service"]
LISTS: tuple[Which, ...] = ("capacity", "waiting", "quality", "service")
TARGET, SLA_LEVEL = 0.85, 0.95


@dataclass(frozen=True)
class Options:
    """What the lists after the first are asked with."""

    costs: tuple[tuple[str, float], ...] = ()
    outside: tuple[tuple[str, Outside], ...] = ()
    remedies_for: tuple[str, ...] | None = None
    sla_level: float = SLA_LEVEL


@dataclass(frozen=True, kw_only=True)
class Bottlenecks(Result):
    """What limits the chain, in four lists, and what would help.

    The capacity list is there at once and costs two solutions of the chain. The other lists and the remedies are
    worked out when they are first asked for; ``waiting``, ``service`` and ``remedies`` need lead times and cost most.

    Attributes
    ----------
    capacity : DataFrame, index ``department``
        ``work`` (work units per time unit), ``servers``, ``time_per_unit`` (effective: cycle time over availability),
        ``utilization``, ``max_release_rate`` (per time unit, that would use it fully), ``shadow_price`` (rise of the
        release rate that a small addition to its servers gains, per server; 0 but at a bottleneck that is alone),
        ``cause`` (why it is loaded above the target).
    why : DataFrame, index ``department``
        The logarithm of the ``utilization`` as a sum: ``demand`` (ln of ``net_utilization``: that by
        the deliveries themselves), ``breakdowns`` (ln 1/availability), ``rework`` (ln of work over the work without any
        rejection) and, where a benchmark time is given, ``slow_work`` (ln of cycle time over benchmark;
        the net utilization is then at the benchmark).
    max_release_rate : float
        Starts per time unit, all suppliers together in their present proportions, that the chain can sustain.
    tied : tuple of str
        The bottleneck: the smallest set of departments to elevate together before ``max_release_rate`` rises.
    sequence : DataFrame, index ``step``
        Which departments bind one after the other as those before are elevated, with ``max_release_rate`` before it,
        the ``factor`` that elevating them gains until the next binds, and ``servers_added``, all the servers (in
        fractions) that it takes from now to get there.
    target : float
        Utilization above which a department counts as overloaded in ``cause`` and ``remedies``.
    """

    capacity: pd.DataFrame
    why: pd.DataFrame
    max_release_rate: float
    release_rate: float
    tied: tuple[str, ...]
    sequence: pd.DataFrame
    target: float
    name: str = field(default="", repr=False)
    study: Study = field(repr=False, compare=False)
    options: Options = field(repr=False, compare=False)

    tables: ClassVar[tuple[TableSpec, ...]] = BOTTLENECKS.tables

    @property
    def unstable(self) -> pd.DataFrame:
        """Departments with a utilization of 1 or more: they have no steady state."""
        return self.capacity[self.capacity["utilization"] >= 1]

    def raise_if_unstable(self) -> None:
        """Raise when a department cannot keep up.

        Raises
        ------
        UnstableQueueError
            Naming each such department, its demand, its capacity and the shortfall.
        """
        if len(self.unstable):
            raise UnstableQueueError("\n".join(self.shortfalls()))

    def shortfalls(self) -> list[str]:
        """A sentence for each department that cannot keep up."""
        return self.study.ask(loads_of).shortfalls(self.units.time_unit)

    @answered
    def waiting_list(self) -> WaitingList:
        """The second list with its reasons and assumptions: where time is spent waiting."""
        from qualitychain.analysis.bottlenecks.waiting_list import waiting_list_of

        return self.study.ask(waiting_list_of)

    @property
    def waiting(self) -> pd.DataFrame:
        """Second list, index ``department``: share of the lead time spent waiting, and the price of it."""
        return self.waiting_list.departments

    @answered
    def quality_list(self) -> QualityList:
        """The third list with its reasons and assumptions: which handoffs' defects matter."""
        from qualitychain.analysis.bottlenecks.quality_list import quality_list_of

        return self.study.ask(quality_list_of, costs=self.options.costs)

    @property
    def quality(self) -> pd.DataFrame:
        """Third list: what halving and removing each handoff's defects gains each ``customer``, ranked."""
        return self.quality_list.handoffs

    @answered
    def service_list(self) -> ServiceList:
        """The fourth list with its reasons and assumptions: which internal promises are broken."""
        from qualitychain.analysis.bottlenecks.service_list import service_list_of

        return self.study.ask(service_list_of, level=self.options.sla_level)

    @property
    def service(self) -> pd.DataFrame:
        """Fourth list, index ``handoff``: how each promise to an internal customer is kept, and what breaking costs."""
        return self.service_list.handoffs

    @answered
    def remedy_list(self) -> Remedies:
        """The remedies with their reasons and assumptions."""
        from qualitychain.analysis.bottlenecks.remedies import remedies_of

        asked = self.options
        return self.study.ask(remedies_of, target=self.target, outside=asked.outside, departments=asked.remedies_for)

    @property
    def remedies(self) -> pd.DataFrame:
        """What would bring overloaded departments to the target, best first, index ``number``."""
        return self.remedy_list.table

    def remedy_chain(self, remedy: int) -> Chain:
        """The changed chain of a remedy, by its number in ``remedies``."""
        return self.remedy_list.chain(remedy)

    def summary(self) -> str:
        """The binding departments and what comes after them; the other lists have summaries of their own."""
        if not self.tied:
            return "No department limits the chain: none has both work and a cycle time."
        who = " and ".join(self.tied)
        verb = "limit" if len(self.tied) > 1 else "limits"
        least, per = number(self.max_release_rate), self.units.time_unit
        lines = [f"{who} {verb} the release rate to {least} per {per} (now {number(self.release_rate)})."]
        if len(self.sequence) > 1:
            gain, following = float(self.sequence["factor"].iloc[0]), self.sequence.iloc[1]
            lines.append(f"Elevating gains up to a factor of {number(gain)}; then {following['departments']} binds.")
        return "\n".join([*lines, *self.shortfalls()])

    def to_dict(self, *, whole: bool = False) -> dict[str, Any]:
        """The result as JSON-safe data: the capacity list, and with ``whole`` all four lists and the remedies."""
        data = super().to_dict()
        if whole:
            data |= {
                "waiting": self.waiting_list.to_dict(),
                "quality": self.quality_list.to_dict(),
                "service": self.service_list.to_dict(),
                "remedies": self.remedy_list.to_dict(),
            }
        return data

    def plot(self, which: Which = "capacity", *, ax: Axes | None = None) -> Axes:
        """One of the lists as a chart.

        Parameters
        ----------
        which : "capacity", "waiting", "quality" or "service"
            Utilization of every department with the line that none may reach; shares of the lead time spent waiting;
            gains for the first customer; internal promises kept.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.bars import bars

        match which:
            case "waiting":
                return self.waiting_list.plot(ax)
            case "quality":
                return self.quality_list.plot(ax=ax)
            case "service":
                return self.service_list.plot(ax)
            case "capacity":
                shown = self.capacity["utilization"].dropna().sort_values()
                return bars(
                    [str(name) for name in shown.index],
                    shown.to_numpy(),
                    ax=ax,
                    xlabel="utilization",
                    title=f"Capacity: {self.name}",
                    reference=1.0,
                )
        raise ValueError(f"which must be one of {', '.join(LISTS)}, got {which!r}")


def bottlenecks(
    chain: Chain,
    *,
    target: float = TARGET,
    benchmark: Mapping[str, object] | None = None,
    costs: Mapping[str, float] | None = None,
    outsource: Mapping[str, Mapping[str, Any]] | None = None,
    remedies_for: str | Sequence[str] | None = None,
    sla_level: float = SLA_LEVEL,
) -> Bottlenecks:
    """Where the bottlenecks are: of capacity, waiting, quality and internal service; why; and what would help.

    Parameters
    ----------
    chain : Chain
    target : float
        Utilization above which a department's load is explained in ``cause`` and remedies are sized, in (0, 1].
    benchmark : mapping of department to time, optional
        Working time that is possible (of the best, of a competitor), to tell slow work from demand.
    costs : mapping of handoff to number, optional
        What halving its defect rate costs, for the gain per cost in ``quality``.
    outsource : mapping of department to mapping, optional
        Terms of a supplier who would do part of the department's work: ``defect_rate`` (chance that it spoils a unit),
        ``lead_time`` (from asking to having it done) and ``cost`` (per unit of work). What is not given is assumed to
        be as the department itself does it, without waiting, and said in ``change``.
    remedies_for : department or sequence of departments, optional
        Where to look for remedies; by default at those above the target (the 10 most loaded).
    sla_level : float
        Share of the handoffs that must keep a promised lead time (``sla``) for the promise to count as kept, in (0, 1).

    Returns
    -------
    Bottlenecks
        ``capacity`` and ``why`` are worked out at once, ``waiting``, ``quality``, ``service`` and ``remedies`` when
        first asked for. Overloaded departments do not raise: what stays meaningful is there, what lacks has a reason;
        ``raise_if_unstable`` raises.

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    ValueError
        When ``target`` is not in (0, 1], or an option names what the chain does not have.

    Notes
    -----
    utilization = work x effective time / servers, effective time = cycle time / availability; the greatest
    release rate is the least of servers / (work per start x effective time), exact because work is linear in it; its
    shadow price at a bottleneck that is alone is max_release_rate / servers, and 0 at each of several that are tied.
    The cause is "too much demand" where the net utilization is above the target, else the largest
    of ln 1/availability, ln of the inflation by rework, and ln of cycle time over benchmark. The section "Bottlenecks"
    of the formulas page has all of it.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain(
    ...     "Rework loop",
    ...     suppliers=[qc.Supplier("Stock", rate=0.5)],
    ...     departments=[qc.Department("Make", cycle_time=1)],
    ...     customers=[qc.Customer("Shop")],
    ...     handoffs=[qc.Handoff("Stock", "Make", defect_rate=0),
    ...               qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(0.75))],
    ... )
    >>> b = bottlenecks(chain)
    >>> round(b.max_release_rate, 6), b.tied
    (0.85, ('Make',))
    >>> b.quality[["handoff", "conforming_gain_removed"]].round(4).values.tolist()
    [['Make -> Shop', 0.0588], ['Stock -> Make', 0.0]]
    """
    if not 0 < target <= 1:
        raise ValueError(f"target must be greater than 0 and at most 1, got {target}")
    if not 0 < sla_level < 1:
        raise ValueError(f"sla_level must be greater than 0 and less than 1, got {sla_level}")
    study = Study(chain)
    benchmarks = benchmark_times(chain, benchmark)
    named = (remedies_for,) if isinstance(remedies_for, str) else remedies_for
    options = Options(
        costs=tuple((costs or {}).items()),
        outside=tuple(outside_terms(chain, outsource).items()),
        remedies_for=None if named is None else tuple(named),
        sla_level=sla_level,
    )
    return study.ask(bottlenecks_of, target=target, benchmarks=tuple(benchmarks.tolist()), options=options)


def bottlenecks_of(
    study: Study,
    *,
    target: float = TARGET,
    benchmarks: tuple[float, ...] | None = None,
    options: Options = Options(),
) -> Bottlenecks:
    """The bottlenecks of a study's chain; ``benchmarks`` is a time for each department, NaN where there is none."""
    compared = None if benchmarks is None else np.array(benchmarks, dtype=float)
    capacity: Capacity = capacity_list(study.ask(loads_of), target, compared)
    return Bottlenecks(
        capacity=capacity.table,
        why=capacity.why,
        max_release_rate=capacity.max_release_rate,
        release_rate=study.compiled.release_rate,
        tied=capacity.tied,
        sequence=capacity.sequence,
        target=target,
        name=study.chain.name,
        study=study,
        options=options,
        exact=True,
        method="loads from the exact flow and request equations, linear in the release rate",
        assumptions=tuple(capacity_assumptions(study.compiled)),
        missing=capacity.missing,
        units=study.units,
    )


__all__ = ["Bottlenecks", "bottlenecks", "bottlenecks_of"]

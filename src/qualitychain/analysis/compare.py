"""Chains side by side: before, after and change for every customer and every department."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from qualitychain.analysis.bottlenecks import bottlenecks
from qualitychain.analysis.quality import Quality, quality
from qualitychain.analysis.result import Result, number
from qualitychain.model.chain import Chain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CUSTOMER_MEASURES = ("delivered", "defect_rate", "accepted_defect_rate", "dpmo", "z_lt", "sigma_level")
DEPARTMENT_MEASURES = ("work", "utilization", "max_starts", "hidden_factory")
CHAIN_MEASURES = ("rolled_throughput_yield", "first_pass_yield", "final_yield", "scrap_rate", "max_starts")


@dataclass(frozen=True, kw_only=True)
class Comparison(Result):
    """Variants of a chain side by side.

    Attributes
    ----------
    customers, departments : DataFrame, index (``customer`` or ``department``, ``measure``)
        One column for each chain; then, for two chains, ``change`` (after less before), for more, one ``change: NAME``
        for each after the first. NaN where a chain lacks the node or the figure.
    chain : DataFrame, index ``measure``
        Yields, scrap and greatest starts of the whole chain, in the same columns.
    names : tuple of str
        The column of each chain.
    """

    customers: pd.DataFrame
    departments: pd.DataFrame
    chain: pd.DataFrame
    names: tuple[str, ...]
    shift: float = field(default=1.5)

    def summary(self) -> str:
        """The change of each customer's defect rate, variant by variant."""
        lines = []
        for name in self.customers.index.get_level_values("customer").unique():
            figures = ", ".join(f"{v} {number(self.customers.loc[(name, 'defect_rate'), v])}" for v in self.names)
            lines.append(f"{name}: defect rate {figures}")
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None, *, measure: str = "defect_rate") -> Axes:
        """One measure of every customer, variant beside variant.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        measure : str
            A measure of the customers table.
        """
        from qualitychain.plot.bars import side_by_side

        if measure not in CUSTOMER_MEASURES:
            raise ValueError(f"measure must be one of {', '.join(CUSTOMER_MEASURES)}, got {measure!r}")
        table = self.customers.xs(measure, level="measure")[list(self.names)]
        return side_by_side(
            list(table.index),
            {v: table[v].to_numpy() for v in self.names},
            ax=ax,
            xlabel=measure.replace("_", " "),
            title="Comparison",
        )


def compare(*chains: Chain, names: tuple[str, ...] | list[str] | None = None, shift: float = 1.5) -> Comparison:
    """Quality and capacity of two or more chains side by side.

    Parameters
    ----------
    *chains : Chain
        Two or more; changes are against the first.
    names : sequence of str, optional
        A column name for each chain; by default ``before`` and ``after`` for two, else the chains' names (numbered
        where equal).
    shift : float
        The sigma shift, as in ``quality``.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        With fewer than two chains, names that do not fit, or chains of different time units.
    AnalysisError
        When one of the chains cannot be solved.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.1)])
    >>> better = qc.what_if(chain, {"S -> K": {"defect_rate": 0.04}})
    >>> compare(chain, better).customers.loc[("K", "defect_rate")].round(6).to_dict()
    {'before': 0.1, 'after': 0.04, 'change': -0.06}
    """
    if len(chains) < 2:
        raise ValueError(f"compare needs at least two chains, got {len(chains)}")
    units = {c.time_unit for c in chains}
    if len(units) > 1:
        raise ValueError(
            f"the chains count time by {' and by '.join(sorted(units))}; give them one time_unit to compare work"
        )
    columns = _columns(chains, names)
    solved = [quality(c, shift=shift) for c in chains]
    capacity = [bottlenecks(c) for c in chains]
    departments = [
        q.departments[["work", "hidden_factory"]].join(b.capacity[["utilization", "max_starts"]])
        for q, b in zip(solved, capacity, strict=True)
    ]
    whole = [
        pd.Series({m: b.max_starts if m == "max_starts" else getattr(q, m) for m in CHAIN_MEASURES})
        for q, b in zip(solved, capacity, strict=True)
    ]
    chain_table = pd.DataFrame(dict(zip(columns, whole, strict=True)))
    chain_table.index.name = "measure"
    return Comparison(
        customers=_side_by_side([q.customers for q in solved], CUSTOMER_MEASURES, columns),
        departments=_side_by_side(departments, DEPARTMENT_MEASURES, columns),
        chain=_with_changes(chain_table, columns),
        names=columns,
        shift=shift,
        exact=all(q.exact for q in solved),
        method="each chain solved on its own",
        assumptions=tuple(dict.fromkeys(a for q in solved for a in q.assumptions)),
        missing=_missing(solved, columns),
    )


def _missing(solved: list[Quality], columns: tuple[str, ...]) -> dict[str, str]:
    return {
        f"{place} ({column})": why
        for q, column in zip(solved, columns, strict=True)
        for place, why in q.missing.items()
    }


def _columns(chains: tuple[Chain, ...], names: tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    if names is not None:
        if len(names) != len(chains) or len(set(names)) != len(names) or "change" in names:
            raise ValueError(f"names must be {len(chains)} different names, none of them 'change', got {list(names)}")
        return tuple(names)
    if len(chains) == 2:
        return ("before", "after")
    own = [c.name for c in chains]
    return tuple(n if own.count(n) == 1 else f"{n} ({i})" for i, n in enumerate(own, start=1))


def _side_by_side(tables: list[pd.DataFrame], measures: tuple[str, ...], columns: tuple[str, ...]) -> pd.DataFrame:
    names = list(dict.fromkeys(n for t in tables for n in t.index))
    index = pd.MultiIndex.from_product([names, measures], names=[tables[0].index.name, "measure"])
    side = {
        column: table.reindex(index=names, columns=list(measures)).to_numpy(dtype=float).ravel()
        for column, table in zip(columns, tables, strict=True)
    }
    return _with_changes(pd.DataFrame(side, index=index), columns)


def _with_changes(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    first = columns[0]
    for column in columns[1:]:
        with np.errstate(invalid="ignore"):
            change = table[column] - table[first]
        # infinite before and after (no defects, no limit) is no change
        change = change.where(table[column] != table[first], 0.0)
        table["change" if len(columns) == 2 else f"change: {column}"] = change
    return table

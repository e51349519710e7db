"""The tables of the cost of quality: the breakdown, categories, places, and the user's figures about people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.cost_lines import CATEGORIES, EXTERNAL, PREVENTION, Line, where_lacking
from qualitychain.analysis.money.prices import Period
from qualitychain.analysis.time.kept_promises import kept_of
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.chain.chain import Chain
from qualitychain.model.values.fields import echo
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

PERIODS = ("per_time", "per_period", "per_delivered")


def people_table(people: Mapping[str, Mapping[str, Any]] | None) -> pd.DataFrame:
    """The user's own figures about people, checked; index ``name``."""
    import pandas as pd

    if people is not None and not isinstance(people, Mapping):
        raise ValueError(f"people must map names to {{'cost': ..., 'source': ...}}, got {echo(people)}")
    rows = []
    for name, given in (people or {}).items():
        where = f"people: {echo(name)}"
        if not isinstance(cast("object", given), Mapping) or set(given) != {"cost", "source"}:
            raise ValueError(f"{where} must have exactly cost and source, got {echo(given)}")
        cost, source = given["cost"], given["source"]
        if isinstance(cost, bool) or not isinstance(cost, Real) or not 0 <= float(cost) < math.inf:
            raise ValueError(f"{where}: cost must be a number of 0 or more, per period, got {echo(cost)}")
        if not isinstance(source, str) or not source.strip():
            raise ValueError(f"{where}: source must say where the figure comes from, got {echo(source)}")
        rows.append((str(name), float(cost), source))
    return pd.DataFrame(rows, columns=["name", "cost", "source"]).set_index("name")


def late_lines(study: Study, missing: dict[Place, Why], *, lead_times: bool) -> tuple[list[Line], tuple[str, ...]]:
    """Late deliveries to the customers who give what one costs, and what is counted by convention."""
    chain, delivered = study.chain, study.solution.absorbed[:-2].reshape(-1, 2).sum(axis=1)
    priced = [c for c in chain.customers if c.late_cost is not None and c.promise is not None]
    found = study.ask(kept_of, lead_times=lead_times) if priced else None
    lines: list[Line] = []
    for k, customer in enumerate(chain.customers):
        name, late = customer.name, Line(EXTERNAL, "late", None, None, customer.name, 0.0, 0.0)
        where = Place("lines", late.key)
        if customer.late_cost is None:
            if customer.promise is not None:
                missing[where] = Why(Reason.NO_COST, f"customer '{name}' gives no late_cost")
        elif customer.promise is None:
            missing[where] = Why(Reason.NO_PROMISE, f"customer '{name}' gives a late_cost but no promise")
        elif found is not None and name in found.reasons:
            why = found.reasons[name]
            missing[where] = Why(why.reason, f"late deliveries to customer '{name}': {why}")
        elif found is not None:
            lines.append(replace(late, count=float(delivered[k] * (1.0 - found.on_time[k])), price=customer.late_cost))
    return lines, () if found is None else found.remarks


def breakdown_of(chain: Chain, lines: list[Line], period: Period, rate: float, delivered: float) -> pd.DataFrame:
    """The lines with a price, and prevention, in money per time, per period and per delivered unit."""
    import pandas as pd

    columns = ["category", "kind", "department", "handoff", "customer", "count", "price"]
    priced = [line for line in lines if not math.isnan(line.price)]
    table = pd.DataFrame([[getattr(line, c) for c in columns] for line in priced], columns=columns)
    amount = np.array([line.amount for line in priced], dtype=float)
    per_delivered = 1.0 / delivered if delivered > 0 else math.nan
    for column, scale in zip(PERIODS, (rate, period.starts, per_delivered), strict=True):
        table[column] = amount * scale
    if chain.prevention_cost is not None:
        per_start = chain.prevention_cost / period.starts if period.starts > 0 else math.nan
        figures = math.nan, math.nan, per_start * rate, chain.prevention_cost, per_start * per_delivered
        first = pd.DataFrame([[PREVENTION, "prevention", None, None, None, *figures]], columns=table.columns)
        table = first if table.empty else pd.concat([first.astype(table.dtypes.to_dict()), table], ignore_index=True)
    order = {c: i for i, c in enumerate(CATEGORIES)}
    return table.sort_values("category", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)


def category_table(
    breakdown: pd.DataFrame, lines: list[Line], missing: dict[Place, Why], period: Period
) -> pd.DataFrame:
    """Sums by category and their total; what is lacking goes into ``missing``."""
    import pandas as pd

    table = pd.DataFrame(0.0, index=pd.Index([*CATEGORIES, "total"], name="category"), columns=list(PERIODS))
    for category in CATEGORIES:
        mine = breakdown[breakdown["category"] == category]
        lacking = [line for line in lines if line.category == category and math.isnan(line.price)]
        if mine.empty and lacking:
            table.loc[category] = math.nan
            why = where_lacking(lacking[0])
            missing[Place("categories", category)] = Why(why.reason, f"no figure is given: {why}")
        elif len(mine):
            table.loc[category] = mine[list(PERIODS)].sum(skipna=False)
    if isinstance(period.how, Why):
        missing[Place("categories", None, "per_period")] = period.how
        if len(breakdown[breakdown["category"] == PREVENTION]):
            why = Why(period.how.reason, f"it is given per period, and {period.how}")
            missing |= {Place("categories", PREVENTION, column): why for column in ("per_time", "per_delivered")}
    flow = breakdown[breakdown["category"] != PREVENTION]
    for column in PERIODS:
        known = table[column].drop("total").dropna()
        # zeros alone are no total while something that costs has no figure, nor is a part that cannot be converted
        told = len(breakdown) or len(known) == len(CATEGORIES)
        table.loc["total", column] = math.fsum(known) if told and not flow[column].isna().any() else math.nan
    # shares are the same per time and per delivered unit; prevention is known per period only where all else is
    base = table["per_period"] if period.known else table["per_time"]
    whole = float(base["total"])
    table["share"] = base / whole if whole > 0 else math.nan
    return table


def table_by(breakdown: pd.DataFrame, place: str, column: str) -> pd.DataFrame:
    """The lines that have such a place, by category, the most costly place first; the total also per delivered unit."""
    mine = breakdown[breakdown[place].notna()]
    shown = [c for c in CATEGORIES if c != PREVENTION]
    table = mine.pivot_table(index=place, columns="category", values=column, aggfunc="sum", observed=True)
    table = table.reindex(columns=shown).fillna(0.0)
    table.columns.name = None
    table["total"] = table.sum(axis=1)
    table["per_delivered"] = mine.groupby(place)["per_delivered"].sum(min_count=1).reindex(table.index)
    return table.sort_values("total", ascending=False, kind="stable")


def defect_balance_of(solution: Solution) -> pd.Series[float]:
    """Where the defects went, per started unit."""
    import pandas as pd

    counted = solution.tally
    return pd.Series(
        {
            "made": float(counted.made.sum()),
            "cleared": float(counted.cleared.sum()),
            "escaped": float(solution.absorbed[1:-2:2].sum()),
            "scrapped": float(solution.absorbed[-1]),
        },
        name="per started unit",
    )

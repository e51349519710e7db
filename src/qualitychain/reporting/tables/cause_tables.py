"""Who is behind it: for each customer the handoffs that made its defects beside what perfecting each would bring."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qualitychain.analysis.causes.lateness import Lateness
from qualitychain.analysis.causes.root_causes import RootCauses
from qualitychain.plot.svg.bars import Panel, bars_svg
from qualitychain.reporting.cards.time_cards import Picture
from qualitychain.reporting.page.escaping import one_line
from qualitychain.reporting.page.table import Cell, Column, Table, bar, make_table
from qualitychain.reporting.tables.quality_tables import NONE
from qualitychain.reporting.tables.shaded import MOST_ACROSS, shaded_table
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Reason, because

MOST_PARETOS, MOST_BARS, MOST_DRAWN, MOST_STEPS = 12, 15, 10, 8
"""Customers with causes of their own; rows of a table, and of a picture; steps of the lead time."""
WIDE, NARROW = 630.0, 300.0
"""Widths of the pictures in px: on a tablet, a screen or paper, and on a phone."""
ROUNDING = 1e-12
"""An effect so small beside the rate is none."""
NOBODY = "No handoff's own defects reach this customer."


@dataclass(frozen=True)
class Pareto:
    """Who made the defects that one customer keeps: pictures, a table, and what must be said of them."""

    customer: str
    pictures: tuple[Picture, ...] = ()
    table: Table | None = None
    words: tuple[str, ...] = ()


def paretos(causes: RootCauses, effects: pd.DataFrame | None, period: str) -> list[Pareto]:
    """The causes for each of the first customers.

    Parameters
    ----------
    causes : RootCauses
    effects : DataFrame, optional
        ``handoffs`` of ``CustomerEffects``, for what is avoided per period, and for effects that the causes leave out.
    period : str
    """
    found = []
    for name in [str(n) for n in causes.customers.index[:MOST_PARETOS]]:
        mine = causes.table[causes.table["customer"] == name].set_index("handoff")
        if effects is not None:
            theirs = effects[effects["customer"] == name].set_index("handoff")
            mine = mine.assign(removal_effect=theirs["removal_effect"], avoided=theirs["defects_avoided_per_period"])
        else:
            mine = mine.assign(avoided=math.nan)
        rate = float(causes.customers["accepted_defect_rate"].loc[name])
        # what is only rounding is no effect, least of all a harmful one
        mine = mine.assign(
            removal_effect=mine["removal_effect"].mask(mine["removal_effect"].abs() <= ROUNDING * rate, 0.0)
        )
        found.append(_pareto(name, mine, rate, _reason(causes, name), period))
    return found


def _reason(causes: RootCauses, customer: str) -> str:
    """Why a customer's shares are not known; nothing where they are."""
    return (
        causes.reason_for("table", customer, "share")
        or causes.reason_for("customers", customer, "accepted_defect_rate")
        or ""
    )


def _told(causes: RootCauses, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows without those of customers whose shares rest on an unknown rate."""
    left = [n for n in causes.customers.index if because(_reason(causes, str(n)), Reason.UNKNOWN_RATE)]
    return rows[~rows["customer"].isin(left)]


def _pareto(customer: str, rows: pd.DataFrame, rate: float, reason: str, period: str) -> Pareto:
    effect = rows["removal_effect"].fillna(0.0)
    share = rows["share"].fillna(0.0)
    felt = rows[(effect != 0) | (share != 0)]
    if felt.empty:
        return Pareto(customer, words=(NOBODY if not reason or rate == 0 else f"Not known: {reason}.",))
    # a handoff that makes nothing bad itself, but blinds an inspection, matters by its effect
    by_effect = felt["removal_effect"].abs().fillna(0.0).to_numpy() / (rate or 1.0)
    weight = np.maximum(felt["share"].fillna(0.0).to_numpy(), by_effect)
    shown = felt.iloc[np.sort(np.argsort(-weight, kind="stable")[:MOST_BARS])]
    words: list[str] = []
    if reason:
        words.append(f"Shares are not known: {reason}.")
    if len(felt) > len(shown):
        rest = float(felt["share"].sum() - shown["share"].sum())
        made = f", with {percent(rest)} of its defects together" if rest > 1e-12 else ""
        words.append(
            f"{len(felt) - len(shown):,} further handoffs matter less{made}; "
            "`qualitychain show --table root_causes` lists them."
        )
    blind = [str(n) for n in shown.index[(shown["share"] == 0) & (shown["removal_effect"] > 0)]]
    if blind:
        words.append(
            "A share of 0 beside an effect above 0: the handoff makes no delivered unit nonconforming itself, but what "
            "it spoils lets the defects of others through."
        )
    harmful = int((effect < 0).sum())
    if harmful:
        words.append(
            f"{harmful:,} with a negative effect: there, defects make an inspection scrap or reroute units, "
            "and that hides others from this customer."
        )
    pictures = _pictures(customer, shown)
    return Pareto(customer, pictures, _table(customer, shown, period, bars=not pictures), tuple(words))


def _table(customer: str, shown: pd.DataFrame, period: str, *, bars: bool) -> Table:
    effects = shown["removal_effect"].dropna()
    low, high = min(0.0, effects.min()) if len(effects) else 0.0, max(0.0, effects.max()) if len(effects) else 0.0
    counted = bool(shown["avoided"].notna().any())
    told = bool(shown["share"].notna().any())

    def cells(share: float, so_far: float, effect: float, avoided: float) -> list[Cell | str]:
        made = Cell(NONE, tone="quiet")
        if not math.isnan(share):
            made = Cell(percent(share), bar(share, min(0.0, share), 1.0) if bars else None)
        fall = Cell("not worked out", tone="quiet")
        if not math.isnan(effect):
            fall = Cell(points(effect), bar(effect, low, high) if bars else None, "bad" if effect < 0 else "")
        shares: list[Cell | str] = [made, percent(so_far)] if told else []
        return [*shares, fall, *([number(avoided)] if counted else [])]

    return make_table(
        f"Behind the defects kept by {customer}",
        [
            Column("Handoff", figures=False),
            *([Column("Made of its defects"), Column("So far together")] if told else []),
            Column("Fall of the rate if it were perfect (points)"),
            *([Column(f"Fewer per {period}")] if counted else []),
        ],
        (
            [str(name), *cells(*row)]
            for name, *row in zip(
                shown.index,
                shown["share"],
                shown["share"].fillna(0.0).cumsum(),
                shown["removal_effect"],
                shown["avoided"],
                strict=True,
            )
        ),
        where="root_causes",
    )


def points(change: float) -> str:
    """A change of a rate in points of per cent.

    Examples
    --------
    >>> points(0.0012), points(-0.5), points(0.0)
    ('0.12', '-50', '0')
    """
    return number(100.0 * change)


def _pictures(customer: str, shown: pd.DataFrame) -> tuple[Picture, ...]:
    """Shares with their cumulative line, and effects beside them, at two widths; none of a single row."""
    drawn = shown.head(MOST_DRAWN)
    if len(drawn) < 2 or not (drawn["share"] > 0).any():
        return ()
    shares = drawn["share"].fillna(0.0)
    so_far = shares.cumsum()
    panels = (
        Panel(
            "made of its defects; dots: together so far",
            tuple(shares),
            tuple(percent(s) for s in drawn["share"]),
            tuple(so_far),
        ),
        Panel(
            "fall of the rate, in points, if it were perfect",
            tuple(drawn["removal_effect"]),
            tuple(points(e) for e in drawn["removal_effect"]),
        ),
    )
    title = f"Causes of the defects that {one_line(customer)} keeps"
    said = "; ".join(f"{one_line(str(n))} made {percent(s)}" for n, s in list(shares.items())[:5])
    labels = [one_line(str(name)) for name in drawn.index]
    return tuple(
        Picture(media, bars_svg(labels, panels, title=title, description=f"{said}.", width=width))
        for media, width in (("narrow", NARROW), ("from-medium", WIDE))
    )


def department_table(causes: RootCauses) -> Table | None:
    """Shares added up by who gave, for each of the first customers."""
    return _summed(
        _told(causes, causes.departments),
        ["department"],
        "Defects that customers keep, by who handed them on",
        "Supplier",
    )


def pair_table(causes: RootCauses) -> Table | None:
    """Shares added up by who gave to whom; nothing where each pair has one handoff, as those rows are there."""
    per_customer = len(causes.table) // max(1, len(causes.customers))
    if len(causes.pairs) >= per_customer * len(causes.customers):
        return None
    caption = "Defects that customers keep, by supplier and customer of the handoff"
    return _summed(_told(causes, causes.pairs), ["handoff_supplier", "handoff_customer"], caption, "Handed on")


def _summed(rows: pd.DataFrame, by: list[str], caption: str, head: str) -> Table | None:
    names = rows[by[0]] if len(by) == 1 else rows[by[0]] + " \u2192 " + rows[by[1]]
    wide = rows.assign(place=names).pivot_table(
        index="place", columns="customer", values="share", aggfunc="sum", sort=False
    )
    wide = wide[[c for c in dict.fromkeys(rows["customer"]) if c in wide.columns]]
    wide = wide[(wide > 0).any(axis=1)]
    if wide.empty:
        return None
    order = np.argsort(-wide.iloc[:, :MOST_ACROSS].sum(axis=1).to_numpy(), kind="stable")
    where = "cause_departments" if len(by) == 1 else "cause_pairs"
    return shaded_table(caption, head, wide.iloc[order], percent, where=where)


def lateness_tables(late: Lateness) -> list[Table]:
    """For each of the first customers the steps that take most of its lead time, and make it vary most."""
    tables = []
    for name in [str(n) for n in late.customers.index[:MOST_PARETOS]]:
        mine = late.table[late.table["customer"] == name]
        if not mine["share"].notna().any():
            continue
        weight = np.maximum(mine["share"].to_numpy(), mine["variance_share"].abs().fillna(0.0).to_numpy())
        shown = mine.iloc[np.sort(np.argsort(-weight, kind="stable")[:MOST_STEPS])]
        low = min(0.0, float(shown["variance_share"].min()))
        tables.append(
            make_table(
                f"Behind the lead time of {name}",
                [
                    Column("Step", figures=False),
                    Column(f"Mean time ({late.unit})"),
                    Column("Of the mean lead time"),
                    Column("Of its variance"),
                ],
                (
                    [
                        f"{place}: {step}",
                        number(mean),
                        Cell(percent(share), bar(share, 0.0, 1.0)),
                        _varying(vary, low),
                    ]
                    for place, step, mean, share, vary in shown[
                        ["place", "step", "mean", "share", "variance_share"]
                    ].itertuples(index=False)
                ),
                where="lateness",
            )
        )
    return tables


def _varying(share: float, low: float) -> Cell:
    if math.isnan(share):
        return Cell("it does not vary", tone="quiet")
    return Cell(tidy(share), bar(share, low, 1.0))


def tidy(share: float) -> str:
    """A share in per cent, what is only rounding as 0.

    Examples
    --------
    >>> tidy(1.8e-15), tidy(0.95)
    ('0 %', '95 %')
    """
    return percent(0.0 if abs(share) < 1e-9 else share)

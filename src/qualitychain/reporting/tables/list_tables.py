"""Tables of the bottleneck lists beside capacity: why, waiting, quality, internal service, and remedies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks
from qualitychain.analysis.bottlenecks.quality_list import QualityList
from qualitychain.analysis.bottlenecks.remedies import Remedies
from qualitychain.analysis.bottlenecks.service_list import ServiceList
from qualitychain.analysis.bottlenecks.waiting_list import WaitingList
from qualitychain.reporting.page.table import Cell, Column, Table, bar, make_table, records
from qualitychain.reporting.tables.quality_tables import NONE, figure
from qualitychain.reporting.tables.time_tables import short_reason
from qualitychain.vocabulary.figures import number, percent

MOST_GAINS = 5
"""Handoffs shown for each customer."""
QUIET = Cell(NONE, tone="quiet")


def why_table(b: Bottlenecks) -> Table | None:
    """Utilization as a product: net utilization, times breakdowns, times rework, times slow work."""
    shown = b.why[b.why["utilization"] > 0].sort_values("utilization", ascending=False, kind="stable")
    if shown.empty:
        return None
    compared = bool(shown["slow_work"].notna().any())
    factors = ["breakdowns", "rework", *(["slow_work"] if compared else [])]

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        return [
            name,
            Cell(percent(r["utilization"]), tone="bad" if r["utilization"] >= 1 else ""),
            figure(r["net_utilization"], percent(r["net_utilization"])),
            *(_factor(float(r[f])) for f in factors),
            str(r["cause"]) or QUIET,
        ]

    return make_table(
        "Why departments are loaded",
        [
            Column("Department", figures=False),
            Column("Utilization"),
            Column("= net utilization"),
            Column("\u00d7 breakdowns"),
            Column("\u00d7 rework, repeated requests"),
            *([Column("\u00d7 slower than the benchmark")] if compared else []),
            Column(f"Cause of more than {percent(b.target)}", figures=False),
        ],
        (row(name, r) for name, r in records(shown)),
        total=len(shown),
        where="why",
    )


def _factor(logarithm: float) -> Cell:
    if math.isnan(logarithm):
        return QUIET
    return Cell(f"{math.exp(logarithm):.4g}") if logarithm else QUIET


def waiting_table(w: WaitingList, unit: str) -> Table | None:
    """Where delivered units wait, the largest share of the lead time first."""
    both = w.departments["share"].fillna(0.0) + w.departments["inputs_share"].fillna(0.0)
    # where no share is known, the time waited for one delivered unit tells as much
    spent = (w.departments["visits"] * w.departments["waiting_time"]).fillna(0.0)
    order = pd.DataFrame({"share": both, "spent": spent}).sort_values(
        ["share", "spent"], ascending=False, kind="stable"
    )
    shown = w.departments.loc[order.index]
    waits = (shown["waiting_time"] > 0) | (shown["inputs_time"] > 0) | shown["waiting_time"].isna()
    shown = shown[waits]
    if shown.empty:
        return None
    top = max([*both, 0.0]) or 1.0

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        why = w.reason_for("departments", name, "waiting_time")
        share = r["share"] + r["inputs_share"]
        saved = short_reason(w.reason_for("departments", name, "lead_time_price"))
        return [
            name,
            number(r["visits"]),
            figure(r["waiting_time"], number(r["waiting_time"]), why),
            figure(r["inputs_time"], number(r["inputs_time"])),
            Cell(percent(share), bar(share, 0.0, top)) if not math.isnan(share) else QUIET,
            figure(r["lead_time_price"], number(r["lead_time_price"]), saved),
        ]

    return make_table(
        f"Where delivered units wait ({unit})",
        [
            Column("Department", figures=False),
            Column("Visits of a delivered unit"),
            Column("Mean wait in the queue"),
            Column("Mean wait for inputs"),
            Column("Share of the mean lead time"),
            Column("One more server saves"),
        ],
        (row(name, r) for name, r in records(shown)),
        total=len(shown),
        where="waiting",
    )


def gain_table(q: QualityList) -> Table | None:
    """What half the defects of a handoff would bring each customer: the best of each."""
    gains = q.handoffs[(q.handoffs["rank"] <= MOST_GAINS) & (q.handoffs["sigma_gain_halved"] > 0)]
    if gains.empty:
        return None
    money = bool(gains["revenue_gain_halved"].notna().any())
    counted = bool(gains["deliveries_gain_halved"].notna().any())
    top = float(gains["sigma_gain_halved"].replace(math.inf, math.nan).max())
    columns = [
        Column("Customer", figures=False),
        Column("Handoff", figures=False),
        Column("Own defect rate"),
        Column("Sigma level if halved"),
        Column("Conforming if halved"),
        Column("Conforming if none"),
        *([Column("More conforming deliveries if halved")] if counted else []),
        *([Column("Less revenue at risk if halved")] if money else []),
    ]

    def row(r: Mapping[str, Any]) -> list[Cell | str]:
        gain = float(r["sigma_gain_halved"])
        return [
            str(r["customer"]),
            str(r["handoff"]),
            percent(r["defect_rate"]),
            Cell(f"+{number(gain)}", bar(gain, 0.0, top)) if math.isfinite(gain) else "no defects left",
            figure(r["conforming_gain_halved"], f"+{percent(r['conforming_gain_halved'])}"),
            figure(r["conforming_gain_removed"], f"+{percent(r['conforming_gain_removed'])}"),
            *([figure(r["deliveries_gain_halved"], number(r["deliveries_gain_halved"]))] if counted else []),
            *([figure(r["revenue_gain_halved"], number(r["revenue_gain_halved"]))] if money else []),
        ]

    return make_table(
        "What fewer defects would bring",
        columns,
        (row({str(k): v for k, v in r.items()}) for r in gains.to_dict("records")),
        where="quality_gains",
    )


def gain_remarks(q: QualityList) -> list[str]:
    """Handoffs where more defects would look better to a customer."""
    said: dict[str, list[str]] = {}
    odd = q.handoffs[q.handoffs["note"] != ""]
    for handoff, note in zip(odd["handoff"], odd["note"], strict=True):
        said.setdefault(str(handoff), []).append(str(note))
    return [f"{handoff}: {'; '.join(dict.fromkeys(notes))}." for handoff, notes in list(said.items())[:5]]


def service_table(s: ServiceList, unit: str) -> Table | None:
    """How promises between departments are kept, the most costly broken ones first."""
    shown = s.handoffs
    if shown.empty:
        return None
    money = bool(shown["revenue_gain"][shown["broken"] != ""].notna().any())

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        kept = r["broken"] == ""
        judged = not (math.isnan(r["sla_attainment"]) and not math.isnan(r["sla_lead_time"]) and kept)
        verdict = Cell("kept", tone="good") if kept else Cell(f"broken: {r['broken']}", tone="bad")
        reason = short_reason(s.reason_for("handoffs", name, "satisfied_gain")) or NONE
        return [
            name,
            verdict if judged else Cell("cannot be judged", tone="quiet"),
            figure(r["sla_lead_time"], number(r["sla_lead_time"])),
            figure(r["sla_attainment"], percent(r["sla_attainment"])),
            figure(r["sla_defect_rate"], percent(r["sla_defect_rate"])),
            figure(r["presented_defect_rate"], percent(r["presented_defect_rate"])),
            str(r["change"]) or QUIET,
            QUIET if kept else figure(r["satisfied_gain"], _more(r["satisfied_gain"]), reason),
            *([QUIET if kept else figure(r["revenue_gain"], number(r["revenue_gain"]))] if money else []),
        ]

    return make_table(
        "Promises between departments",
        [
            Column("Handoff", figures=False),
            Column("Verdict", figures=False),
            Column(f"Promised time ({unit})"),
            Column("Kept by"),
            Column("Promised defect rate"),
            Column("Presented"),
            Column("What would keep it", figures=False),
            Column("Satisfied deliveries if kept"),
            *([Column("Less revenue at risk")] if money else []),
        ],
        (row(name, r) for name, r in records(shown)),
        total=len(shown),
        where="service",
    )


def _more(value: float) -> str:
    return f"+{percent(value)}" if value > 0 else percent(value)


def remedy_table(r: Remedies, unit: str) -> Table | None:
    """The remedies that reach the target, best first, beside the chain as it is."""
    shown = r.table[r.table["feasible"]]
    if shown.empty:
        return None
    money = bool(shown["cost_change"].notna().any())
    now = r.before

    def figures(row: Mapping[str, Any] | pd.Series[Any]) -> list[Cell | str]:
        return [
            figure(float(row["utilization"]), percent(float(row["utilization"]))),
            figure(float(row["max_release_rate"]), number(float(row["max_release_rate"]))),
            finite_time(float(row["lead_time"])),
            figure(float(row["on_time"]), percent(float(row["on_time"])), "not known"),
            figure(float(row["satisfied"]), percent(float(row["satisfied"])), "not known"),
            figure(float(row["defect_rate"]), percent(float(row["defect_rate"]))),
        ]

    def one(number_: str, row: Mapping[str, Any]) -> list[Cell | str]:
        change = float(row["cost_change"])
        costs = figure(change, f"{'+' if change > 0 else ''}{number(change)}", "not known")
        return [
            f"{number_}. {row['remedy']} at {row['department']}",
            str(row["change"]),
            *figures(row),
            *([costs] if money else []),
            str(row["next_bottleneck"]),
        ]

    before: list[Cell | str] = ["as it is", QUIET, *figures(now), *([QUIET] if money else []), QUIET]
    return make_table(
        f"Each sized to a utilization of {percent(r.target)}",
        [
            Column("Remedy", figures=False),
            Column("Change", figures=False),
            Column("Utilization"),
            Column("Greatest release rate"),
            Column(f"Mean lead time ({unit})"),
            Column("On time (worst customer)"),
            Column("On time and conforming"),
            Column("Defect rate (worst customer)"),
            *([Column(f"Change of running cost ({r.units.money} per {r.units.time_unit})")] if money else []),
            Column("Next bottleneck", figures=False),
        ],
        [before, *(one(name, row) for name, row in records(shown))],
        where="remedies",
    )


def finite_time(value: float) -> Cell:
    """A time, or that it is not known."""
    return Cell(number(value)) if math.isfinite(value) else Cell("not known", tone="quiet")


def infeasible(r: Remedies) -> list[str]:
    """Remedies that cannot reach the target, and why."""
    shown = r.table[~r.table["feasible"]]
    return [f"{row['remedy']} at {row['department']}: {row['reason']}." for row in shown.to_dict("records")]

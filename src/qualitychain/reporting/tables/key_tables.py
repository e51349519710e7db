"""Customer impact matrix: what a change for the worse costs, shaded, and the promises ranked by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from qualitychain.analysis.customers.key_costs import COLUMNS
from qualitychain.analysis.customers.key_to_customer_result import KeyToCustomer, Of
from qualitychain.reporting.page.table import Cell, Column, Table, make_table, records
from qualitychain.reporting.tables.quality_tables import figure
from qualitychain.reporting.tables.shaded import shaded_table
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Reason, because


def stepped(k: KeyToCustomer, of: Of) -> str:
    """The step that is spoken of."""
    if of == "defects":
        return f"{100 * k.point:g} more in 100 defective"
    return f"{number(k.delay)} {k.unit} slower"


def key_table(k: KeyToCustomer, of: Of) -> Table | None:
    """Handoffs against external customers; nothing where nothing is known."""
    wide, what = k.matrix(of), "money"
    if k.table[_COLUMNS[of]].isna().all():
        what = "units"
    known = wide[wide.notna().any(axis=1)]
    if known.empty or not (known.fillna(0.0) != 0).any(axis=None):
        return None
    known = known[(known.fillna(0.0) != 0).any(axis=1)]
    if len(known.columns) > 1:
        unknown = [because(k.reason_for("handoffs", n, COLUMNS[of, what]), Reason.UNKNOWN_RATE) for n in known.index]
        known = known.assign(**{_ALL: known.sum(axis=1).mask(np.array(unknown))})[[_ALL, *known.columns]]
    worth = "cost" if what == "money" else "more dissatisfied deliveries"
    period = k.units.period
    return shaded_table(
        f"{stepped(k, of).capitalize()}: {worth} per {period}", "Handoff", known, number, where="key_to_customer"
    )


_ALL = "All customers"
_COLUMNS = {"defects": "cost_of_defects", "time": "cost_of_time"}


def promise_table(k: KeyToCustomer) -> Table | None:
    """Promises between departments, the one whose breach costs external customers most first."""
    if k.slas.empty:
        return None
    money = bool(k.slas[["cost_of_defects", "cost_of_time"]].notna().any(axis=None))
    names = ("cost_of_defects", "cost_of_time") if money else ("dissatisfied_by_defects", "dissatisfied_by_time")
    timed = bool(k.slas[names[1]].notna().any())
    worth = "costs" if money else "dissatisfies"

    def row(place: int, name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        return [
            f"{place}. {name}",
            figure(r["sla_defect_rate"], percent(r["sla_defect_rate"])),
            figure(r["sla_lead_time"], number(r["sla_lead_time"])),
            figure(r[names[0]], number(r[names[0]]), "not known"),
            *([figure(r[names[1]], number(r[names[1]]), "not known")] if timed else []),
            str(r["most_affected_customer"] or ""),
        ]

    return make_table(
        "Promises between departments, ranked by what their breach does to external customers",
        [
            Column("Handoff", figures=False),
            Column("Promised defect rate"),
            Column(f"Promised time ({k.unit})"),
            Column(f"{stepped(k, 'defects').capitalize()} {worth}"),
            *([Column(f"{stepped(k, 'time').capitalize()} {worth}")] if timed else []),
            Column("Most affected customer", figures=False),
        ],
        (row(i + 1, name, r) for i, (name, r) in enumerate(records(k.slas))),
        total=len(k.slas),
        where="key_promises",
    )


def unknown_times(k: KeyToCustomer, *, left_out: str) -> str:
    """Why nothing is said of time, or of some of it; nothing where all is said."""
    if k.evaluated:
        count = sum(why.reason is Reason.LEFT_OUT for why in k.missing.values())
        return f"Time is worked out for the {k.evaluated} handoffs that hand over most. {left_out}" if count else ""
    if not k.table["dissatisfied_by_time"].isna().all():
        return ""
    return left_out


def nothing_known(k: KeyToCustomer) -> str:
    """Which figures would tell what defects cost, where none do."""
    if not k.table["dissatisfied_by_defects"].isna().all():
        return ""
    if k.table["nonconforming"].notna().any() or any(
        place.column == "nonconforming" and why.reason is Reason.NOT_GIVEN for place, why in k.missing.items()
    ):
        return "No customer gives a volume, or nothing is known of lateness, so this cannot be counted per period."
    return "No customer gets anything."

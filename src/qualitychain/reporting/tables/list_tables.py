"""Tables of the bottleneck lists beside capacity: waiting, quality, internal service, and remedies."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from qualitychain.analysis.bottlenecks.quality_list import QualityList
from qualitychain.analysis.bottlenecks.remedies import Remedies
from qualitychain.analysis.bottlenecks.service_list import ServiceList
from qualitychain.analysis.bottlenecks.specs import GAINS, PROMISES, RANKED_REMEDIES, WAITS
from qualitychain.analysis.bottlenecks.waiting_list import WaitingList
from qualitychain.reporting.page.table import Table
from qualitychain.reporting.tables.described import described_table
from qualitychain.vocabulary.figures import percent


def waiting_table(w: WaitingList) -> Table | None:
    """Where delivered units wait, the largest share of the lead time first."""
    all_of = w.departments
    # where no share is known, the time waited for one delivered unit tells as much
    order = pd.DataFrame(
        {
            "share": all_of["share"].fillna(0.0) + all_of["inputs_share"].fillna(0.0),
            "spent": (all_of["visits"] * all_of["waiting_time"]).fillna(0.0),
        }
    ).sort_values(["share", "spent"], ascending=False, kind="stable")
    shown = all_of.loc[order.index]
    waits = (shown["waiting_time"] > 0) | (shown["inputs_time"] > 0) | shown["waiting_time"].isna()
    show = ("department", "visits", "waiting_time", "inputs_time", "share", "inputs_share", "lead_time_price")
    return described_table(w, WAITS, rows=shown[waits], show=show, bars=("share",))


def gain_table(q: QualityList) -> Table | None:
    """What half the defects of a handoff would bring each customer: the best of each."""
    show = (
        "customer", "handoff", "defect_rate", "sigma_gain_halved", "conforming_gain_halved", "conforming_gain_removed",
        "deliveries_gain_halved", "revenue_gain_halved",
    )  # fmt: skip
    return described_table(q, GAINS, show=show, bars=("sigma_gain_halved",), optional=show[-2:])


def gain_remarks(q: QualityList) -> list[str]:
    """Handoffs where more defects would look better to a customer."""
    said: dict[str, list[str]] = {}
    odd = q.handoffs[q.handoffs["note"] != ""]
    for handoff, note in zip(odd["handoff"], odd["note"], strict=True):
        said.setdefault(str(handoff), []).append(str(note))
    return [f"{handoff}: {'; '.join(dict.fromkeys(notes))}." for handoff, notes in list(said.items())[:5]]


def service_table(s: ServiceList) -> Table | None:
    """How promises between departments are kept, the most costly broken ones first."""
    shown = s.handoffs
    kept, unjudged = shown["broken"] == "", shown["sla_attainment"].isna() & shown["sla_lead_time"].notna()
    verdicts = ("broken: " + shown["broken"]).mask(kept, "kept").mask(kept & unjudged, "cannot be judged")
    show = (
        "handoff", "verdict", "sla_lead_time", "sla_attainment", "sla_defect_rate", "presented_defect_rate", "change",
        "satisfied_gain", "revenue_gain",
    )  # fmt: skip
    return described_table(s, PROMISES, rows=shown.assign(verdict=verdicts), show=show, optional=("revenue_gain",))


def remedy_table(r: Remedies) -> Table | None:
    """The remedies that reach the target, best first, beside the chain as it is."""
    found = r.table[r.table["feasible"]]
    if found.empty:
        return None
    named = found.index.astype(str) + ". " + found["remedy"] + " at " + found["department"]
    now = pd.DataFrame([{**r.before, "remedy": "as it is", "change": "", "next_bottleneck": ""}], index=[0])
    show = (
        "remedy", "change", "utilization", "max_release_rate", "lead_time", "on_time", "satisfied", "defect_rate",
        "cost_change", "next_bottleneck",
    )  # fmt: skip
    return described_table(
        r,
        replace(RANKED_REMEDIES, index=()),
        rows=pd.concat([now, found.assign(remedy=named)])[list(show)],
        show=show,
        optional=("cost_change",),
        title=f"Each sized to a utilization of {percent(r.target)}; on time and defect rate of the worst customer",
    )


def infeasible(r: Remedies) -> list[str]:
    """Remedies that cannot reach the target, and why."""
    shown = r.table[~r.table["feasible"]]
    return [f"{row['remedy']} at {row['department']}: {row['reason']}." for row in shown.to_dict("records")]

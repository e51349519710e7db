"""Counts of a log to a chain: departments, handoffs, and notes that say what each number rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from qualitychain.discovery.names import free
from qualitychain.discovery.plan import END, START, Plan, Planned
from qualitychain.model.chain.chain import Chain, TimeUnit
from qualitychain.model.records.handoff import Handoff, Inspection, Sample
from qualitychain.model.records.nodes import Customer, Department, Supplier
from qualitychain.model.values.distributions import Gamma
from qualitychain.model.values.durations import SECONDS
from qualitychain.model.values.fields import LARGEST

DIGITS = 12
"""Significant digits of times and rates in the chain; shares and inspections keep all of theirs."""
LEAST_SCV = 1e-9


@dataclass(frozen=True)
class Labels:
    """Names of the nodes, and of where the numbers come from."""

    chain: str
    supplier: str
    customer: str
    departments: Sequence[str]
    time_unit: str
    source: str | None


def build_chain(
    plan: Plan, departments: pd.DataFrame, cases: int, window: float, labels: Labels, *, evidence: str
) -> Chain:
    """The chain of a plan.

    Parameters
    ----------
    plan : Plan
        Handoffs by department number.
    departments : DataFrame
        By department number: visits, cases, servers, cycle_time_mean (seconds), cycle_time_scv, timed, ...
    cases : int
        Number of cases.
    window : float
        Seconds between the first and the last start of a case.
    labels : Labels
        Names.
    evidence : str
        What the log says of defects.
    """
    names = {START: labels.supplier, END: labels.customer, **dict(enumerate(labels.departments))}
    rate = release_rate(cases, window, labels.time_unit)
    taken = set(names.values())
    return Chain(
        labels.chain,
        suppliers=[
            Supplier(
                labels.supplier, rate=rate, source=labels.source,
                note=f"{_counted(cases, 'case')}, rate over the time from the first to the last start"
                if rate is not None else f"{_counted(cases, 'case')}; no time between starts, so no rate",
            )
        ],
        departments=[_department(names[int(str(k))], row, labels) for k, row in departments.iterrows()],
        customers=[Customer(labels.customer, source=labels.source)],
        handoffs=[_handoff(p, names, taken, labels, evidence=evidence) for p in plan.handoffs],
        time_unit=cast(TimeUnit, labels.time_unit),  # the record checks it
        note="discovered from an event log; aggregates only",
        source=labels.source,
    )  # fmt: skip


def release_rate(cases: int, window: float, time_unit: str) -> float | None:
    """Cases per time unit, or None where the log has no time between starts."""
    if not window > 0:
        return None
    rate = _rounded(cases / window * SECONDS[time_unit])
    return rate if rate <= LARGEST else None


def _counted(count: float, what: str) -> str:
    return f"{count:,.15g} {what}{'' if count == 1 else 's'}"


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _time(mean: float, scv: float, time_unit: str, fixed_scv: float) -> Any:
    """A time in the chain's unit: a bare number where it has its field's default scv, gamma otherwise."""
    mean = min(_rounded(mean / SECONDS[time_unit]), LARGEST)
    if not mean > 0:
        return 0.0
    if np.isnan(scv):
        return mean
    if scv < LEAST_SCV:
        return mean if fixed_scv == 0 else {"fixed": mean}
    return Gamma(mean=mean, scv=_rounded(scv))


def _department(name: str, row: pd.Series[Any], labels: Labels) -> Department:
    note = f"{_counted(row.visits, 'visit')} of {_counted(row.cases, 'case')}"
    given: dict[str, Any] = {}
    if row.timed > 0:
        note += f"; cycle time from {_counted(row.timed, 'event')} with start and end"
        note += "; servers: greatest number at work at once"
        given["cycle_time"] = _time(row.cycle_time_mean, row.cycle_time_scv, labels.time_unit, 1.0)
        if np.isnan(row.cycle_time_scv):
            note += "; too few whole visits for a variation"
    else:
        note += "; no durations in the log, so no cycle time"
    return Department(name, servers=max(int(row.servers), 1), note=note, source=labels.source, **given)


def _handoff(planned: Planned, names: dict[int, str], taken: set[str], labels: Labels, *, evidence: str) -> Handoff:
    supplier, customer = names[planned.supplier], names[planned.customer]
    given: dict[str, Any] = {"share": planned.share, **_quality(planned, evidence)}
    note = f"{_counted(planned.count, 'step')}"
    if planned.returns:
        note += f", {planned.returns:,} of them back to where the case had been"
    if planned.n == 0:
        note += "; nothing was looked at, " + (
            "so its defect rate is not known" if _unknown(planned, evidence) else "defect rate taken as 0"
        )
    if planned.wait_mean > 0:
        given["lead_time"] = _time(planned.wait_mean, planned.wait_scv, labels.time_unit, 0.0)
    full = f"{supplier} -> {customer}"
    if planned.rework_to is not None:
        target = names[planned.rework_to]
        given["inspection"] = Inspection(
            detect=planned.detect,
            false_alarm=planned.false_alarm,
            by="supplier",
            on_reject="rework",
            rework_to=target,
        )
        if planned.rejected > 0:
            note += f"; {supplier} sends back {planned.rejected:.4g} of its visits, detection is set to that"
        else:
            note += f"; {supplier} only ever sends back: what comes this way is redone"
        if not planned.main:
            full += f" (returns to {target})"
            note += "; same defect rate as the handoff of this pair that carries the sample"
    if not planned.main or full in taken:
        given["name"] = full = free(full, taken)
    taken.add(full)
    return Handoff(supplier, customer, note=note, source=labels.source, **given)


def _unknown(planned: Planned, evidence: str) -> bool:
    """Whether nothing is known of its defects: not where all defects of a case stand at its last handoff."""
    return planned.n == 0 and (evidence == "none" or (evidence != "case" and planned.customer != END))


def _quality(planned: Planned, evidence: str) -> dict[str, Any]:
    if _unknown(planned, evidence):
        return {}
    counts = planned.n >= 1 and planned.n <= LARGEST and planned.n.is_integer() and planned.defects.is_integer()
    if planned.main and counts:
        return {"sample": Sample(n=int(planned.n), defects=int(planned.defects))}
    return {"defect_rate": planned.defect_rate}

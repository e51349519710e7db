"""The tables of ``lead_times``: customers, departments, handoffs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.distribution import LeadTimeDistribution
from qualitychain.analysis.time.lead_time_words import accuracy_of
from qualitychain.analysis.time.reasons import (
    NO_CYCLE_TIME,
    NO_INTERVAL,
    NO_PROMISE,
    NO_SLA,
    NO_TIME_OF_INPUTS,
    NO_TIME_OF_SUPPLIER,
    NO_UNIT,
    OVERLOADED,
)
from qualitychain.engine.moments.flow_moments import LeadTimeMoments, with_needs
from qualitychain.engine.network.network import Flags, Floats
from qualitychain.engine.queues.timing import Timing
from qualitychain.errors import AnalysisError
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

_TABLED = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
PROMISED = ("promise", "promise_tolerance", "on_time", "satisfied")
CUSTOMER_COLUMNS = ("lead_time", "sd", *_TABLED, *PROMISED, "conforming", "rework_passes")
_OF_STATION = (
    "arrival_rate",
    "service_time",
    "service_scv",
    "utilization",
    "arrival_scv",
    "wait_probability",
    "waiting_time",
    "waiting_low",
    "waiting_high",
    "queue_length",
)
_UNKNOWN_WITHOUT_TIME = tuple(c for c in _OF_STATION if c not in ("arrival_rate", "arrival_scv"))


def customer_table(
    compiled: Compiled,
    found: Mapping[str, CustomerLeadTime],
    reasons: Mapping[str, Why],
    per_customer: Mapping[str, Floats],
    missing: dict[Place, Why],
) -> pd.DataFrame:
    """Lead times of every customer, beside what is known of all; reasons for missing figures go into ``missing``."""
    import pandas as pd

    rows = []
    for i, customer in enumerate(compiled.chain.customers):
        promise = math.nan if customer.promise is None else in_units(customer.promise, compiled.chain.clock)
        row = dict.fromkeys(CUSTOMER_COLUMNS, math.nan)
        tolerance = math.nan if customer.promise is None else in_units(customer.tolerance, compiled.chain.clock)
        row |= {"promise": promise, "promise_tolerance": tolerance}
        row |= {column: float(values[i]) for column, values in per_customer.items()}
        if customer.promise is None:
            missing.update((Place("customers", customer.name, c), NO_PROMISE) for c in PROMISED)
        if customer.name in found:
            row |= _figures(found[customer.name], missing)
        else:
            absent = [Place("customers", customer.name, c) for c in CUSTOMER_COLUMNS if math.isnan(row[c])]
            missing.update((place, reasons[customer.name]) for place in absent if place not in missing)
        rows.append(row)
    names = pd.Index([c.name for c in compiled.chain.customers], name="customer")
    return pd.DataFrame(rows, columns=list(CUSTOMER_COLUMNS), index=names, dtype=float)


def _figures(distribution: CustomerLeadTime, missing: dict[Place, Why]) -> dict[str, float]:
    row = {"lead_time": distribution.mean, "sd": distribution.sd}
    for name, p in _TABLED.items():
        try:
            row[name] = float(distribution.quantile(p))
        except AnalysisError as error:
            missing[Place("customers", distribution.customer, name)] = Why(Reason.NO_SOLUTION, str(error))
    if not math.isnan(distribution.promise):
        try:
            row |= {"on_time": distribution.on_time, "satisfied": distribution.satisfied}
        except AnalysisError as error:
            beyond = Why(Reason.NO_SOLUTION, str(error))
            missing.update((Place("customers", distribution.customer, c), beyond) for c in ("on_time", "satisfied"))
    return row


def _unknown_nodes(timing: Timing) -> Flags:
    """Departments whose time is not known, because no cycle time is given or the queue grows for ever, shape (V,)."""
    unknown = np.array(timing.stations.overloaded, dtype=bool)
    unknown[timing.missing_nodes] = True
    return unknown


def department_table(
    compiled: Compiled, timing: Timing, moments: LeadTimeMoments, missing: dict[Place, Why]
) -> pd.DataFrame:
    """Queues and times of every department; reasons for figures that do not exist go into ``missing``."""
    import pandas as pd

    chain, stations = compiled.chain, timing.stations
    first = len(chain.suppliers)
    place = slice(first, first + len(chain.departments))
    names = [d.name for d in chain.departments]
    table = pd.DataFrame(
        {c: np.array(getattr(stations, c), dtype=float)[place] for c in _OF_STATION},
        index=pd.Index(names, name="department"),
    )
    table.insert(0, "servers", [d.servers for d in chain.departments])
    table["time_in_department"] = table["waiting_time"] + table["service_time"]
    table["inputs_time"] = np.where(_inputs_unknown(compiled, timing), np.nan, moments.inputs)[place]
    table["accuracy"] = [accuracy_of(timing, i, d.servers) for i, d in enumerate(chain.departments, first)]
    for i, name in enumerate(names, first):
        if i in timing.missing_nodes:
            lacking = [*_UNKNOWN_WITHOUT_TIME, "time_in_department"]
            table.loc[name, lacking] = np.nan
            missing.update((Place("departments", name, c), NO_CYCLE_TIME) for c in lacking)
        elif stations.overloaded[i]:
            lacking = ["waiting_time", "queue_length", "time_in_department"]
            missing.update((Place("departments", name, c), OVERLOADED) for c in lacking)
        if math.isnan(table["inputs_time"].loc[name]):
            missing[Place("departments", name, "inputs_time")] = NO_TIME_OF_INPUTS
        if i not in timing.missing_nodes and math.isnan(table["waiting_low"].loc[name]):
            missing.update((Place("departments", name, c), NO_INTERVAL) for c in ("waiting_low", "waiting_high"))
    return table


def _inputs_unknown(compiled: Compiled, timing: Timing) -> Flags:
    """Nodes that ask, however indirectly, one whose time is not known, shape (V,)."""
    network = compiled.network
    needing = with_needs(network, np.flatnonzero(_unknown_nodes(timing)).astype(np.int64))
    found = np.zeros(network.nodes, dtype=bool)
    used = network.uses > 0
    found[network.pulled.receiver[used & needing[network.pulled.giver]]] = True
    return found


def handoff_times(compiled: Compiled, timing: Timing, moments: LeadTimeMoments) -> tuple[Floats, Floats, Flags]:
    """Mean transport and turnaround of every handoff, and whether the time of its supplier is not known."""
    network, count = compiled.network, len(compiled.names)
    needing = with_needs(network, np.flatnonzero(_unknown_nodes(timing)).astype(np.int64))
    transport, lead_time, lost = np.zeros(count), np.zeros(count), np.zeros(count, dtype=bool)
    for rows, distributions, mean, giver in (
        (compiled.flow_rows, timing.flow_transport, moments.turnaround, network.flow.giver),
        (compiled.pulled_rows, timing.pulled_transport, moments.requests, network.pulled.giver),
    ):
        transport[rows] = [distribution.mean for distribution in distributions]
        lead_time[rows] = np.where(needing[giver], np.nan, mean)
        lost[rows] = needing[giver]
    return transport, lead_time, lost


def handoff_table(
    compiled: Compiled,
    timing: Timing,
    moments: LeadTimeMoments,
    kept: Mapping[int, LeadTimeDistribution],
    missing: dict[Place, Why],
) -> pd.DataFrame:
    """Turnaround of every handoff against its promise; ``kept`` are the distributions of those that have one."""
    import pandas as pd

    chain, count = compiled.chain, len(compiled.names)
    transport, lead_time, lost = handoff_times(compiled, timing, moments)
    promised, attained = np.full(count, np.nan), np.full(count, np.nan)
    for i, h in enumerate(chain.handoffs):
        name = compiled.names[i]
        if np.isnan(lead_time[i]):
            missing[Place("handoffs", name, "lead_time")] = NO_TIME_OF_SUPPLIER if lost[i] else NO_UNIT
        if h.sla is None or h.sla.lead_time is None:
            missing.update((Place("handoffs", name, c), NO_SLA) for c in ("sla_lead_time", "sla_attainment"))
            continue
        promised[i] = in_units(h.sla.lead_time, chain.clock)
        if lost[i]:
            missing[Place("handoffs", name, "sla_attainment")] = NO_TIME_OF_SUPPLIER
            continue
        if np.isnan(lead_time[i]):
            missing[Place("handoffs", name, "sla_attainment")] = NO_UNIT
            continue
        try:
            attained[i] = kept[i].cdf(promised[i])
        except AnalysisError as error:
            missing[Place("handoffs", name, "sla_attainment")] = Why(Reason.NO_SOLUTION, str(error))
    return pd.DataFrame(
        {
            "handoff_supplier": [h.supplier for h in chain.handoffs],
            "handoff_customer": [h.customer for h in chain.handoffs],
            "kind": ["pulled" if h.pulled else "flow" for h in chain.handoffs],
            "transport": transport,
            "lead_time": lead_time,
            "sla_lead_time": promised,
            "sla_attainment": attained,
        },
        index=pd.Index(compiled.names, name="handoff"),
    )

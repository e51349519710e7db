"""The tables of ``value_stream``: steps in flow order, customers, takt, inputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.time.reasons import NO_CYCLE_TIME
from qualitychain.analysis.value_stream.stream import Stream, product
from qualitychain.engine.network.network import Flags
from qualitychain.metrics import flow_efficiency, takt_ratio
from qualitychain.plot.chain_map.layering import assign_layers, backward_edges
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

AT_NODES = ("cycle_time", "waiting_time", "inputs_time")
ON_HANDOFFS = ("transport_time", "inspection_time")
TIMES = (*AT_NODES, *ON_HANDOFFS)
NO_INPUT_TIME = Why(Reason.UNKNOWN_TIME, "it waits for inputs of a department whose time is not known")
NO_UNIT = Why(Reason.NOTHING_DELIVERED, "no unit ends here")
NO_TIME_AT_ALL = Why(Reason.NOT_APPLICABLE, "nothing takes time")
NOTHING_TAKES_TIME = Why(Reason.NOT_APPLICABLE, "nothing on the way takes time")
NOT_A_DEPARTMENT = Why(Reason.NOT_APPLICABLE, "only departments have a takt ratio")
SCRAP = "scrap"


def flow_order(compiled: Compiled, visited: Flags) -> list[int]:
    """The visited nodes from the starts to the customers, rework and returns left out."""
    f = compiled.network.flow
    nodes = np.flatnonzero(visited).tolist()
    place = {n: i for i, n in enumerate(nodes)}
    pairs = dict.fromkeys(
        (place[g], place[r])
        for g, r in zip(f.giver.tolist(), f.receiver.tolist(), strict=True)
        if g in place and r in place and g != r
    )
    edges = list(pairs)
    turned = backward_edges(len(nodes), edges)
    ahead = [(b, a) if back else (a, b) for (a, b), back in zip(edges, turned, strict=True)]
    layer = assign_layers(len(nodes), ahead)
    last = max(layer, default=0) + 1
    ends = [last if compiled.network.absorbing[n] >= 0 else layer[i] for i, n in enumerate(nodes)]
    return [nodes[i] for i in sorted(range(len(nodes)), key=lambda i: (ends[i], i))]


def step_table(stream: Stream, targets: Sequence[int], takt: pd.DataFrame, missing: dict[Place, Why]) -> pd.DataFrame:
    """One row for each node and flow handoff that units pass, in flow order."""
    import pandas as pd

    compiled, network = stream.compiled, stream.compiled.network
    picked = list(targets)
    ends = float(stream.times.ends[picked].sum())
    spent, inside = stream.spent(picked), stream.spent(_inside(stream, picked))
    visits = stream.times.visits[:, picked].sum(axis=1)
    working = product(visits, stream.own)
    # customers are where units end: a visit each
    visits[network.customers] = [
        stream.times.ends[k] if k in set(picked) else 0.0 for k in range(len(network.customers))
    ]
    tried = stream.times.tried[:, picked].sum(axis=1)
    names, rows, nodes = list[str](), list[dict[str, object]](), list[int | None]()
    by_giver: dict[int, list[int]] = {}
    for e in np.flatnonzero(tried > 0).tolist():
        by_giver.setdefault(int(network.flow.giver[e]), []).append(e)
    for node in flow_order(compiled, visits > 0):
        names.append(compiled.nodes[node])
        nodes.append(node)
        times = {kind: float(spent[kind][node]) / ends for kind in AT_NODES}
        within = stream.release_rate * sum(float(inside[kind][node]) for kind in AT_NODES)
        rows.append(_row("node", float(visits[node]) / ends, times, float(working[node]) / ends, within))
        for e in by_giver.get(node, []):
            names.append(compiled.names[compiled.flow_rows[e]])
            nodes.append(None)
            times = {kind: float(spent[kind][e]) / ends for kind in ON_HANDOFFS}
            within = stream.release_rate * sum(float(inside[kind][e]) for kind in ON_HANDOFFS)
            rows.append(_row("handoff", float(tried[e]) / ends, times, 0.0, within))
    table = pd.DataFrame(rows, index=pd.Index(names, name="step"))
    table["share"] = table["time"] / table["time"].sum(skipna=False) if table["time"].sum(skipna=False) > 0 else np.nan
    ratios = dict(zip(takt.index, takt["ratio"], strict=True))
    table["takt_ratio"] = [
        float(ratios.get(name, math.nan)) if place is not None else math.nan
        for name, place in zip(names, nodes, strict=True)
    ]
    for row, column in np.argwhere(table.isna().to_numpy()).tolist():
        name = names[row]
        place = Place("steps", name, str(table.columns[column]))
        missing[place] = _reason(stream, name, place.column, nodes[row])
    return table


def _inside(stream: Stream, targets: list[int]) -> list[int]:
    """Whose presence counts as WIP: everybody's for the chain as a whole, also of what is scrapped."""
    everybody = len(stream.times.ends)
    return list(range(everybody)) if len(targets) == everybody - 1 else targets


def _row(kind: str, visits: float, times: dict[str, float], working: float, within: float) -> dict[str, object]:
    """One row: visits and times per delivered unit, and the units there on average."""
    every = dict.fromkeys(TIMES, 0.0) | times
    return {
        "kind": kind,
        "visits": visits,
        **every,
        "time": sum(every.values()),
        "working_time": working,
        "wip": within,
    }


def _reason(stream: Stream, name: str, column: str, node: int | None) -> Why:
    """Why a figure of a step does not exist; ``node`` is None for a handoff."""
    if column == "inputs_time":
        return NO_INPUT_TIME
    if column == "share":
        return stream.lacking if stream.unknown.any() else NO_TIME_AT_ALL
    if column == "takt_ratio":
        return NO_CYCLE_TIME if node is not None and name in stream.departments else NOT_A_DEPARTMENT
    return stream.why_unknown(node) if node is not None and stream.unknown[node] else NO_INPUT_TIME


def customer_table(stream: Stream, missing: dict[Place, Why]) -> pd.DataFrame:
    """Every customer and, last, scrap: rate, mean lead time, working time, flow efficiency, WIP."""
    import pandas as pd

    compiled = stream.compiled
    names = [c.name for c in compiled.chain.customers]
    rows = []
    for k, name in enumerate([*names, SCRAP]):
        ends = float(stream.times.ends[k])
        rate, inside = stream.release_rate * ends, stream.mean_time([k])
        if ends > 0:
            lead = inside / ends
            working = stream.working_time([k])
            efficiency = float(flow_efficiency(working, lead)) if lead > 0 else math.nan
        else:
            lead = working = efficiency = math.nan
        row = {
            "throughput": rate,
            "lead_time": lead,
            "working_time": working,
            "flow_efficiency": efficiency,
            "wip": stream.release_rate * inside,
        }
        reason = NO_UNIT if ends == 0 else stream.lacking
        if ends > 0 and lead == 0:
            reason = NOTHING_TAKES_TIME
        places = (Place("customers", name, c) if k < len(names) else Place(SCRAP, c) for c in row)
        missing.update((place, reason) for place, v in zip(places, row.values(), strict=True) if math.isnan(v))
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index([*names, SCRAP], name="customer"))


def takt_table(stream: Stream, takt: float, growth: float, missing: dict[Place, Why]) -> pd.DataFrame:
    """Whether each department keeps takt when starts grow by ``growth`` so that the demand is met.

    ``time_per_unit`` is the time that one of its servers needs for all the work that one unit of the demand brings.
    """
    import pandas as pd

    chain, stations = stream.compiled.chain, stream.timing.stations
    place = slice(len(chain.suppliers), len(chain.suppliers) + len(chain.departments))
    servers = np.array([d.servers for d in chain.departments], dtype=np.int64)
    work, effective = stations.arrival_rate[place] * growth * takt, stream.means.work[place]
    known = ~np.isnan(effective)
    ratio = np.full(len(servers), np.nan)
    ratio[known] = takt_ratio(work[known] * effective[known], servers[known].astype(float), takt)
    for i in np.flatnonzero(~known).tolist():
        lacking = ("effective_time", "time_per_unit", "ratio")
        missing.update((Place("takt_table", chain.departments[i].name, c), NO_CYCLE_TIME) for c in lacking)
    return pd.DataFrame(
        {
            "work": work,
            "effective_time": effective,
            "servers": servers,
            "time_per_unit": work * effective,
            "ratio": ratio,
        },
        index=pd.Index([d.name for d in chain.departments], name="department"),
    )


def input_table(stream: Stream, missing: dict[Place, Why]) -> pd.DataFrame:
    """Every pulled input that is used: how long a request takes, how often it is the last, and the wait it causes."""
    import pandas as pd

    compiled, network = stream.compiled, stream.compiled.network
    rows, names = [], []
    for h in np.flatnonzero(network.uses > 0).tolist():
        giver, receiver = int(network.pulled.giver[h]), int(network.pulled.receiver[h])
        name = compiled.names[compiled.pulled_rows[h]]
        lost = bool(stream.unknown[giver] or stream.waiting_unknown[giver])
        race_lost = bool(stream.waiting_unknown[receiver])
        names.append(name)
        rows.append(
            {
                "handoff_supplier": compiled.nodes[giver],
                "handoff_customer": compiled.nodes[receiver],
                "uses": float(network.uses[h]),
                "request_time": math.nan if lost else float(stream.of.request[h]),
                "criticality": math.nan if race_lost else float(min(stream.of.last[h], 1.0)),
                "delay": math.nan if race_lost else float(stream.of.delay[h]),
            }
        )
        missing.update(
            (Place("inputs", name, c), NO_INPUT_TIME)
            for c, v in rows[-1].items()
            if isinstance(v, float) and math.isnan(v)
        )
    columns = ["handoff_supplier", "handoff_customer", "uses", "request_time", "criticality", "delay"]
    table = pd.DataFrame(rows, columns=columns, index=pd.Index(names, name="handoff"))
    return table.astype(dict.fromkeys(columns[2:], float))

"""The result of ``value_stream``: where the time of a delivered unit goes, in tables, words and a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.result import Result
from qualitychain.analysis.value_stream.specs import VALUE_STREAM
from qualitychain.engine.network.network import Floats
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from qualitychain.plot.base.marks import Kind


@dataclass(frozen=True, kw_only=True)
class ValueStream(Result):
    """Where the time of a delivered unit goes. Times in the chain's time unit, per delivered unit, repeats counted.

    Attributes
    ----------
    steps : DataFrame, index ``step``
        Nodes and flow handoffs in flow order: ``kind`` ("node" or "handoff"), ``visits`` of one delivered unit,
        ``cycle_time`` (work on it, stops of the server included), ``waiting_time`` (in the queue), ``inputs_time``
        (until kitting is complete), ``transport_time``, ``inspection_time``, ``time`` (their sum),
        ``working_time`` (the part of it that is work on the unit, stops left out), ``wip`` (units there on average),
        ``share`` of the lead time, ``takt_ratio`` (of departments: above 1 it cannot keep takt).
    customers : DataFrame, index ``customer``
        ``throughput`` (deliveries per time unit), ``lead_time`` (mean), ``working_time`` (work on the unit, stops left
        out), ``flow_efficiency`` (working time / lead time), ``wip`` (units inside that will be delivered to it).
    scrap : Series
        The same figures of the units that are scrapped: they take time and room as well.
    takt_table : DataFrame, index ``department``
        ``work`` (units of work for one unit of the demand), ``effective_time`` of one, ``servers``, ``time_per_unit``
        (work x effective time: what one unit of the demand takes of the servers together), ``ratio`` (time per unit /
        servers / takt): above 1 the department cannot keep takt.
    critical_path : DataFrame, index ``order``
        The most likely route and, at each step of it, the input that is waited for: ``step``, ``kind``, ``time``,
        ``cumulative``, ``why``.
    route_share : float
        Share of the units that take all steps of this route.
    inputs : DataFrame, index ``handoff``
        Every pulled input: ``handoff_supplier``, ``handoff_customer``, ``uses`` per visit, ``request_time``
        (asking to having),
        ``criticality`` (probability that a visit waits for it longest), ``delay`` (mean wait of a visit that it causes
        by being the last; the delays of a customer of handoffs add up to its wait for inputs per visit).
    little : DataFrame, index ``place``, ``figure``
        WIP, throughput and lead time of the chain (and of what was measured): ``measured``, ``implied`` by the other
        two, ``gap`` (measured / implied - 1), ``model``, ``model_gap`` (measured / model - 1).
    verdicts : mapping of place to str
        What the measured figures say of each other and of the model.
    only : tuple of str
        The customers the figures are for; all deliveries where it is empty.
    takt : float
        Time between two deliveries that just meets the demand.
    demand_rate : float
        Deliveries per time unit that the demand asks for.
    lead_time, flow_efficiency : float
        Mean of the deliveries, and the share of it in which somebody works on the unit.
    wip : float
        Units inside on average: start rate x mean time, scrapped units included when ``customer`` is None.
    """

    steps: pd.DataFrame
    customers: pd.DataFrame
    scrap: pd.Series[float]
    takt_table: pd.DataFrame
    critical_path: pd.DataFrame
    route_share: float
    inputs: pd.DataFrame
    little: pd.DataFrame
    verdicts: Mapping[str, str]
    only: tuple[str, ...]
    takt: float
    demand_rate: float
    lead_time: float
    flow_efficiency: float
    wip: float
    unit: str
    name: str = field(default="", repr=False)
    kinds: Mapping[str, Kind] = field(default_factory=dict, repr=False)
    ends: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = VALUE_STREAM.tables

    @property
    def late(self) -> tuple[str, ...]:
        """Departments that cannot keep takt."""
        return tuple(map(str, self.takt_table.index[self.takt_table["ratio"] > 1]))

    def summary(self) -> str:
        """Lead time, where it goes, who cannot keep takt, the critical path, and what the measured figures say."""
        lines = [self._headline()]
        if self.lead_time > 0:
            largest = self.steps["time"].sort_values(ascending=False, kind="stable").head(3)
            told = [
                f"{step} {number(time)} ({percent(time / self.lead_time)})" for step, time in largest.items() if time
            ]
            lines.append(f"  most time: {', '.join(told)}")
        known = "" if self.takt_table["ratio"].notna().all() else " whose time is known"
        kept = f"not kept by {', '.join(self.late)}" if self.late else f"kept by every department{known}"
        lines.append(f"  takt {number(self.takt)} {self.unit} a unit: {kept}")
        if len(self.critical_path):
            lines.append(self._path_line())
        lines.extend(f"  {place}: {said}" for place, said in self.verdicts.items())
        return "\n".join(lines)

    def _path_line(self) -> str:
        length = float(self.critical_path["cumulative"].iloc[-1])
        of = (
            "the only route"
            if self.route_share > 1 - 1e-9
            else f"the route of {percent(self.route_share)} of the units"
        )
        said = f"  critical path {number(length)} {self.unit} ({of})"
        largest = self.critical_path.nlargest(3, "time")
        told = [f"{step} {number(t)}" for step, t in zip(largest["step"], largest["time"], strict=True) if t > 0]
        return f"{said}: {', '.join(told)}" if told else said

    def _headline(self) -> str:
        who = f"to {', '.join(self.only)}" if self.only else "of a delivered unit"
        if math.isnan(self.lead_time):
            return f"{self.name}: the mean lead time {who} is not known: {self.reason_for('', None, 'lead_time')}"
        said = f"{self.name}: mean lead time {who} {number(self.lead_time)} {self.unit}"
        if not math.isnan(self.flow_efficiency):
            said += f", flow efficiency {percent(self.flow_efficiency)}"
        return said if math.isnan(self.wip) else f"{said}, WIP {number(self.wip)} units"

    def plot(self, ax: Axes | None = None) -> Axes:
        """The value stream map: steps in flow order, and the ladder of waiting and working time.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.value_stream_map import value_stream_map

        nodes = self.steps[self.steps["kind"] == "node"]
        ways = {kind: self._before(kind, list(nodes.index)) for kind in ("transport_time", "inspection_time")}
        kinds = [self.kinds[str(name)] for name in nodes.index]
        return value_stream_map(
            [str(name) for name in nodes.index],
            nodes["working_time"].to_numpy(),
            {
                "queue": nodes["waiting_time"].to_numpy(),
                "inputs": nodes["inputs_time"].to_numpy(),
                "stops": (nodes["cycle_time"] - nodes["working_time"]).clip(lower=0).fillna(0.0).to_numpy(),
                "transport": ways["transport_time"],
                "inspection": ways["inspection_time"],
            },
            kinds=kinds,
            notes=[self._notes(str(name), row) for name, row in nodes.iterrows()],
            givers=self._givers(list(nodes.index)),
            highlight=self.late,
            unit=self.unit,
            ax=ax,
            title=f"Value stream: {self.name}" + (f", {', '.join(self.only)}" if self.only else ""),
        )

    def _before(self, kind: str, names: list[object]) -> Floats:
        """Time of this kind on the handoffs into each of the nodes."""
        ways = self.steps[self.steps["kind"] == "handoff"]
        into = ways[kind].groupby([self.ends[str(name)][1] for name in ways.index]).sum()
        return np.array([float(into.get(name, 0.0)) for name in names])

    def _givers(self, names: list[Any]) -> list[list[str]]:
        """From which nodes each of the nodes gets its units."""
        found: dict[str, dict[str, None]] = {str(name): {} for name in names}
        for way in self.steps.index[self.steps["kind"] == "handoff"]:
            supplier, customer = self.ends[str(way)]
            if supplier != customer:
                found[customer][supplier] = None
        return [list(givers) for givers in found.values()]

    def _notes(self, name: str, row: pd.Series[Any]) -> list[str]:
        """The facts in a box of the map."""
        if self.kinds[name] != "department":
            return []
        said = [] if abs(row["visits"] - 1) < 1e-9 else [f"visits {number(row['visits'])}"]
        said.append(f"servers {int(self.takt_table['servers'][name])}")
        if not math.isnan(row["takt_ratio"]):
            said.append(f"takt ratio {number(row['takt_ratio'])}")
        if not math.isnan(row["wip"]):
            said.append(f"WIP {number(row['wip'])}")
        return said

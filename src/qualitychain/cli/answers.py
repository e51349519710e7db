"""What ``show`` shows: each analysis made when a table first needs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from qualitychain.analysis.lead_time_words import shortfalls
from qualitychain.analysis.lead_times import LeadTimes
from qualitychain.analysis.result import Result, plain
from qualitychain.checks.findings import of_verdict
from qualitychain.checks.findings import table as findings_table
from qualitychain.cli.table_names import TEXT, YIELDS
from qualitychain.cli.tables import text_table
from qualitychain.reporting.analyses import Analyses

_EFFECTS = ("defects", "effects")
_TIMES = ("lead_times", "queues", "sla")
_STREAM = ("value_stream", "flow", "takt", "critical_path")


class Answers(Analyses):
    """The tables of a chain by name."""

    def table(self, name: str) -> pd.DataFrame:
        """One table, whole."""
        return TABLES[name](self)

    def shortfalls(self) -> list[str]:
        """A sentence for each department without a steady state."""
        return self.bottlenecks.shortfalls()

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Why tables are not made unless they are asked for by name."""
        parts, found = self.parts, dict[str, str]()
        for given, names, what in (
            (
                self.effects_affordable,
                _EFFECTS,
                "effects of handoffs on customers, which need a solution for each handoff",
            ),
            (parts.lead_times, _TIMES, "lead times and queues, which take long in a chain like this"),
            (parts.value_stream, _STREAM, "where the time goes, which takes long in a chain like this"),
            (
                parts.waiting,
                ("waiting",),
                "waiting, with the chain evaluated anew for one more server in each department",
            ),
            (
                parts.service,
                ("service",),
                "promises between departments, with the chain analysed anew for each broken one",
            ),
            (parts.remedies, ("remedies",), "remedies, with the chain analysed anew for each"),
        ):
            if not given:
                how = " or ".join(f"--table {n}" for n in names)
                found.update(dict.fromkeys(names, f"Left out: {what}; show {how} computes it."))
        if not self.promises:
            found["service"] = "Promises between departments: no handoff has one (sla)."
        if not self.above:
            found["remedies"] = "Remedies: no department is used more than the target."
        if parts.lead_times and self.no_lead_times:
            found.update(dict.fromkeys(_TIMES, f"No lead times: {self.no_lead_times}."))
        if parts.value_stream and self.no_stream:
            found.update(dict.fromkeys(_STREAM, f"No value stream: {self.no_stream}."))
        return found


def _requirements(a: Answers) -> pd.DataFrame:
    return findings_table([of_verdict(v) for v in a.verdicts])


def _yields(a: Answers) -> pd.DataFrame:
    values = pd.Series({n: float(getattr(a.quality, n)) for n in YIELDS}, name="value")
    return values.rename_axis("figure").to_frame()


TABLES: Mapping[str, Callable[[Answers], pd.DataFrame]] = {
    "customers": lambda a: a.quality.customers,
    "lead_times": lambda a: a.times.customers,
    "handoffs": lambda a: a.quality.handoffs,
    "samples": lambda a: a.quality.handoffs[a.quality.handoffs["n"].notna()],
    "departments": lambda a: a.quality.departments,
    "worksheet": lambda a: a.quality.worksheet,
    "yields": _yields,
    "ledger": lambda a: a.quality.ledger.rename("per_started_unit").rename_axis("entry").to_frame(),
    "dependence": lambda a: a.quality.dependence.table,
    "value_stream": lambda a: a.stream.steps,
    "flow": lambda a: a.stream.customers,
    "takt": lambda a: a.stream.takt_table,
    "critical_path": lambda a: a.stream.critical_path,
    "capacity": lambda a: a.bottlenecks.capacity,
    "why": lambda a: a.bottlenecks.why,
    "sequence": lambda a: a.bottlenecks.sequence,
    "queues": lambda a: a.times.departments,
    "waiting": lambda a: a.bottlenecks.waiting,
    "quality_gains": lambda a: a.bottlenecks.quality,
    "sla": lambda a: a.times.handoffs[a.times.handoffs["sla_lead_time"].notna()],
    "service": lambda a: a.bottlenecks.service,
    "remedies": lambda a: a.bottlenecks.remedies,
    "defects": lambda a: a.effects.customers,
    "effects": lambda a: a.effects.handoffs,
    "requirements": _requirements,
}
"""How each table is made."""


def as_json(asked: Answers, table: str | None) -> str:
    """One table as a list of records, or every result."""
    data: Any
    if table is not None:
        data = plain(asked.table(table))
    else:
        left_out = asked.left_out

        def whole(name: str, result: Callable[[], Result]) -> dict[str, Any] | None:
            return None if name in left_out else result().to_dict()

        data = {
            "chain": asked.chain.name,
            "time_unit": asked.chain.time_unit,
            "times_in": asked.chain.clock.said,
            "period": asked.chain.period,
            "shift": asked.shift,
            "quality": asked.quality.to_dict(),
            "lead_times": whole("lead_times", lambda: asked.times),
            "value_stream": whole("value_stream", lambda: asked.stream),
            "bottlenecks": asked.bottlenecks.to_dict(),
            "waiting": whole("waiting", lambda: asked.bottlenecks.waiting_list),
            "quality_gains": whole("quality_gains", lambda: asked.bottlenecks.quality_list),
            "service": whole("service", lambda: asked.bottlenecks.service_list),
            "remedies": whole("remedies", lambda: asked.bottlenecks.remedy_list),
            "customer_effects": whole("effects", lambda: asked.effects),
            "requirements": plain(asked.table("requirements")),
            "no_steady_state": asked.shortfalls(),
            "left_out": list(dict.fromkeys(left_out.values())),
        }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_text(asked: Answers, table: str | None) -> str:
    """One table, or the summaries and all tables, for people."""
    unit = asked.chain.clock.said
    if table is not None:
        timed = table in TEXT and TEXT[table].timed
        return text_table(f"{table} (times in {unit})" if timed else table, asked.table(table), None)
    left_out = asked.left_out
    parts = [asked.quality.summary()]
    if "lead_times" not in left_out:
        parts.append(_without_shortfalls(asked.times))
    if "value_stream" not in left_out:
        parts.append(asked.stream.summary())
    parts.append(asked.bottlenecks.summary())
    for name, shown in TEXT.items():
        if name in left_out:
            continue
        frame = asked.table(name)
        if shown.where is not None:
            frame = shown.where(frame)
        if len(frame):
            title = f"{shown.title} (times in {unit})" if shown.timed else shown.title
            parts.append(text_table(title, frame, shown.columns, source=name))
    if "lead_times" not in left_out:
        parts.append(f"Accuracy of times: {asked.times.accuracy}")
    parts.extend(dict.fromkeys(left_out.values()))
    said = dict.fromkeys(sentence for result in _shown(asked, left_out) for sentence in result.assumptions)
    parts.append("\n".join(["Assumptions", *(f"- {sentence}" for sentence in said)]))
    return "\n\n".join(parts)


def _without_shortfalls(times: LeadTimes) -> str:
    """The lead times in words; that a department is overloaded is said with the bottleneck."""
    said = {f"  {sentence}" for sentence in shortfalls(times.compiled, times.timing)}
    return "\n".join(line for line in times.summary().splitlines() if line not in said)


def _shown(asked: Answers, left_out: Mapping[str, str]) -> list[Result]:
    """The results whose tables the text shows."""
    made: list[tuple[str, Callable[[], Result]]] = [
        ("customers", lambda: asked.quality),
        ("lead_times", lambda: asked.times),
        ("value_stream", lambda: asked.stream),
        ("capacity", lambda: asked.bottlenecks),
        ("waiting", lambda: asked.bottlenecks.waiting_list),
        ("quality_gains", lambda: asked.bottlenecks.quality_list),
        ("service", lambda: asked.bottlenecks.service_list),
        ("remedies", lambda: asked.bottlenecks.remedy_list),
        ("effects", lambda: asked.effects),
    ]
    return [result() for name, result in made if name not in left_out]

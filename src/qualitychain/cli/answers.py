"""What ``show`` shows: each analysis made when a table first needs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from qualitychain.analysis.lateness import Lateness, lateness_of
from qualitychain.analysis.lead_time_words import shortfalls
from qualitychain.analysis.lead_times import LeadTimes
from qualitychain.analysis.requirement_figures import Figures, needs_lead_times
from qualitychain.analysis.requirements import Verdict, verdicts_of
from qualitychain.analysis.result import Result, plain
from qualitychain.cli.answer_tables import TABLES
from qualitychain.cli.for_people import PER, for_people
from qualitychain.cli.lacking import lacking_figures
from qualitychain.cli.left_out import left_out
from qualitychain.cli.table_names import TEXT
from qualitychain.cli.tables import text_table
from qualitychain.errors import AnalysisError
from qualitychain.reporting.analyses import Analyses
from qualitychain.reporting.budget import causes_affordable


class Answers(Analyses):
    """The tables of a chain by name."""

    def table(self, name: str) -> pd.DataFrame:
        """One table, whole."""
        return TABLES[name](self)

    def shortfalls(self) -> list[str]:
        """A sentence for each department without a steady state."""
        return self.bottlenecks.shortfalls()

    @cached_property
    def late(self) -> Lateness:
        """Whose time it is."""
        if causes_affordable(self.chain):
            return self.causes.late
        return lateness_of(self.quality.compiled, self.quality.solution)

    @cached_property
    def figures(self) -> Figures:
        """What requirements bound, from the results that are there already."""
        return Figures(
            self.chain,
            shift=self.shift,
            quality_result=self.quality,
            bottlenecks_result=self.bottlenecks,
            lead_times_result=self.times if needs_lead_times(self.chain) else None,
        )

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each requirement."""
        return verdicts_of(self.figures)

    def raise_if_nothing_is_chosen(self) -> None:
        """Raise where the chain has projects, but none can be chosen by any objective."""
        if self.chosen[1] and not self.choices:
            raise AnalysisError("; ".join(dict.fromkeys(self.chosen[1].values())))

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Why tables are not made unless they are asked for by name."""
        return left_out(self)


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
            "root_causes": None if "root_causes" in left_out else _causes(asked),
            "sensitivities": whole("sensitivities", lambda: asked.slopes),
            "key_to_customer": whole("key_to_customer", lambda: asked.key),
            "cost_of_quality": whole("cost", lambda: asked.cost),
            "parity": whole("parity", lambda: asked.parity),
            "improvement": None
            if "projects" in left_out
            else {name: found.to_dict() for name, found in asked.choices.items()},
            "requirements": plain(asked.table("requirements")),
            "no_steady_state": asked.shortfalls(),
            "left_out": list(dict.fromkeys(left_out.values())),
        }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _causes(asked: Answers) -> dict[str, Any]:
    """The root causes, with the reading by time only where that takes seconds."""
    late = None if "lateness" in asked.left_out else asked.late.to_dict()
    return {**Result.to_dict(asked.causes), "lateness": late}


def as_text(asked: Answers, table: str | None) -> str:
    """One table, or the summaries and all tables, for people."""
    unit = asked.chain.clock.said
    if table is not None:
        timed = table in TEXT and TEXT[table].timed
        return _alone(asked, table, f"{table} (times in {unit})" if timed else table)
    period = asked.chain.period or "period"
    left_out = asked.left_out
    parts = [asked.quality.summary()]
    if "lead_times" not in left_out:
        parts.append(_without_shortfalls(asked.times))
    if "value_stream" not in left_out:
        parts.append(asked.stream.summary())
    parts.append(asked.bottlenecks.summary())
    parts.extend(said for name, told in _TOLD.items() if name not in left_out for said in told(asked))
    for name, shown in TEXT.items():
        if name in left_out:
            continue
        frame = asked.table(name)
        if shown.where is not None:
            frame = shown.where(frame)
        if len(frame):
            title = f"{shown.title} per {period}" if shown.per_period else shown.title
            title += f" (times in {unit})" if shown.timed else ""
            frame = for_people(name, frame, whole=False)
            columns = [c if c in frame or c in frame.index.names else f"gain_per_{PER:,}" for c in shown.columns]
            parts.append(text_table(title, frame, columns, source=name))
    if "lead_times" not in left_out:
        parts.append(f"Accuracy of times: {asked.times.accuracy}")
    parts.extend(dict.fromkeys(left_out.values()))
    said = dict.fromkeys(sentence for result in _shown(asked, left_out) for sentence in result.assumptions)
    parts.append("\n".join(["Assumptions", *(f"- {sentence}" for sentence in said)]))
    return "\n\n".join(parts)


def _alone(asked: Answers, table: str, title: str) -> str:
    """One table whole, with why it is empty or what it lacks."""
    frame = for_people(table, asked.table(table), whole=True)
    if not len(frame) and table in asked.left_out:
        return f"{title}\n{asked.left_out[table]}"
    lacking = lacking_figures(asked, table)
    return "\n".join([text_table(title, frame, None), *([lacking] if lacking else [])])


_TOLD: Mapping[str, Callable[[Answers], list[str]]] = {
    "key_to_customer": lambda a: [a.key.summary()],
    "cost": lambda a: [a.cost.summary()],
    "parity": lambda a: [a.parity.summary()],
    "projects": lambda a: [found.summary() for found in a.choices.values()],
}
"""Results in words, where those say what the text's tables do not."""


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
        ("root_causes", lambda: asked.causes),
        ("lateness", lambda: asked.late),
        ("sensitivities", lambda: asked.slopes),
        ("key_to_customer", lambda: asked.key),
        ("cost", lambda: asked.cost),
        ("parity", lambda: asked.parity),
    ]
    chosen = [] if "projects" in left_out else list(asked.choices.values())
    return [*(result() for name, result in made if name not in left_out), *chosen]

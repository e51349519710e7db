"""What ``show`` shows, as JSON and as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from qualitychain.analysis.base.result import Result, plain
from qualitychain.analysis.time.lead_time_words import shortfalls
from qualitychain.analysis.time.lead_times import LeadTimes
from qualitychain.cli.answer_tables import TABLES
from qualitychain.cli.answers import Answers
from qualitychain.cli.for_people import PER, for_people
from qualitychain.cli.lacking import lacking_figures
from qualitychain.cli.left_out import left_out
from qualitychain.cli.table_names import TEXT
from qualitychain.cli.tables import text_table


def as_json(asked: Answers, table: str | None) -> str:
    """One table as a list of records, or every result."""
    data: Any
    if table is not None:
        data = plain(TABLES[table](asked))
    else:
        missing_tables = left_out(asked)

        def whole(name: str, result: Callable[[], Result]) -> dict[str, Any] | None:
            return None if name in missing_tables else result().to_dict()

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
            "root_causes": None if "root_causes" in missing_tables else _causes(asked, missing_tables),
            "sensitivities": whole("sensitivities", lambda: asked.slopes),
            "key_to_customer": whole("key_to_customer", lambda: asked.key),
            "cost_of_quality": whole("cost", lambda: asked.cost),
            "sla_adequacy": whole("sla_adequacy", lambda: asked.sla_adequacy),
            "improvement": None
            if "projects" in missing_tables
            else {name: found.to_dict() for name, found in asked.choices.items()},
            "requirements": plain(TABLES["requirements"](asked)),
            "no_steady_state": asked.shortfalls(),
            "left_out": list(dict.fromkeys(missing_tables.values())),
        }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _causes(asked: Answers, missing_tables: Mapping[str, str]) -> dict[str, Any]:
    """The root causes, with the reading by time only where that takes seconds."""
    late = None if "lateness" in missing_tables else asked.late.to_dict()
    return {**Result.to_dict(asked.causes), "lateness": late}


def as_text(asked: Answers, table: str | None) -> str:
    """One table, or the summaries and all tables, for people."""
    unit = asked.chain.clock.said
    if table is not None:
        timed = table in TEXT and TEXT[table].timed
        return _alone(asked, table, f"{table} (times in {unit})" if timed else table)
    period = asked.chain.period or "period"
    missing_tables = left_out(asked)
    parts = [asked.quality.summary()]
    if "lead_times" not in missing_tables:
        parts.append(_without_shortfalls(asked.times))
    if "value_stream" not in missing_tables:
        parts.append(asked.stream.summary())
    parts.append(asked.bottlenecks.summary())
    parts.extend(said for name, told in _TOLD.items() if name not in missing_tables for said in told(asked))
    for name, shown in TEXT.items():
        if name in missing_tables:
            continue
        frame = TABLES[name](asked)
        if shown.where is not None:
            frame = shown.where(frame)
        if len(frame):
            title = f"{shown.title} per {period}" if shown.per_period else shown.title
            title += f" (times in {unit})" if shown.timed else ""
            frame = for_people(name, frame, whole=False)
            columns = [c if c in frame or c in frame.index.names else f"gain_per_{PER:,}" for c in shown.columns]
            parts.append(text_table(title, frame, columns, source=name))
    if "lead_times" not in missing_tables:
        parts.append(f"Accuracy of times: {asked.times.accuracy}")
    parts.extend(dict.fromkeys(missing_tables.values()))
    said = dict.fromkeys(sentence for result in _shown(asked, missing_tables) for sentence in result.assumptions)
    parts.append("\n".join(["Assumptions", *(f"- {sentence}" for sentence in said)]))
    return "\n\n".join(parts)


def _alone(asked: Answers, table: str, title: str) -> str:
    """One table whole, with why it is empty or what it lacks."""
    frame = for_people(table, TABLES[table](asked), whole=True)
    if not len(frame) and table in (why := left_out(asked)):
        return f"{title}\n{why[table]}"
    lacking = lacking_figures(asked, table)
    return "\n".join([text_table(title, frame, None), *([lacking] if lacking else [])])


_TOLD: Mapping[str, Callable[[Answers], list[str]]] = {
    "key_to_customer": lambda a: [a.key.summary()],
    "cost": lambda a: [a.cost.summary()],
    "sla_adequacy": lambda a: [a.sla_adequacy.summary()],
    "projects": lambda a: [found.summary() for found in a.choices.values()],
}
"""Results in words, where those say what the text's tables do not."""


def _without_shortfalls(times: LeadTimes) -> str:
    """The lead times in words; that a department is overloaded is said with the bottleneck."""
    said = {f"  {sentence}" for sentence in shortfalls(times.compiled, times.timing)}
    return "\n".join(line for line in times.summary().splitlines() if line not in said)


def _shown(asked: Answers, missing_tables: Mapping[str, str]) -> list[Result]:
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
        ("sla_adequacy", lambda: asked.sla_adequacy),
    ]
    chosen = [] if "projects" in missing_tables else list(asked.choices.values())
    return [*(result() for name, result in made if name not in missing_tables), *chosen]

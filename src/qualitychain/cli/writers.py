"""What ``show`` shows: one table, or the summaries and what there is, or all; as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qualitychain.analysis.base.frames import heading, texts
from qualitychain.analysis.base.result import Result, plain
from qualitychain.cli.table_words import table_words
from qualitychain.cli.tables import Tables
from qualitychain.cli.text_table import text_table
from qualitychain.errors import AnalysisError
from qualitychain.vocabulary.registry import analyses, found

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 200
"""Rows that the text of all tables shows of one."""
MOST_REASONS = 3
"""Reasons named under a table."""


def table_json(t: Tables, name: str) -> str:
    """One table as a list of records."""
    return _dumped(plain(t.frame(name)))


def all_json(t: Tables) -> str:
    """Every result; null for what there is not, with the reason among ``left_out``."""
    from qualitychain.analysis.bottlenecks.bottlenecks import bottlenecks_of

    chain = t.study.chain
    results, without = all_results(t)
    data: dict[str, Any] = {
        "chain": chain.name,
        "time_unit": chain.time_unit,
        "times_in": chain.clock.said,
        "period": chain.period,
        "shift": t.study.shift,
        **{name: None if result is None else result.to_dict() for name, result in results.items()},
        "no_steady_state": t.study.ask(bottlenecks_of).shortfalls(),
        "left_out": list(dict.fromkeys(without.values())),
    }
    return _dumped(data)


def _dumped(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def all_results(t: Tables) -> tuple[dict[str, Result | None], dict[str, str]]:
    """Every result by the name of its analysis, and why tables are not there."""
    results: dict[str, Result | None] = {}
    without: dict[str, str] = {}
    for analysis in analyses():
        reasons = {spec.name: why for spec in analysis.tables if (why := t.without(spec.name))}
        without.update(reasons)
        results[analysis.name] = None
        if len(reasons) == len(analysis.tables) and analysis.tables:
            continue
        try:
            results[analysis.name] = t.study.ask(found(analysis.question))
        except AnalysisError as error:
            without.update((spec.name, f"{analysis.title}: {error}.") for spec in analysis.tables)
    return results, without


def all_frames(t: Tables) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Every table that has rows, and why the others have none, by name."""
    frames: dict[str, pd.DataFrame] = {}
    without: dict[str, str] = {}
    for name in table_words():
        why = t.without(name)
        if not why:
            try:
                frame = t.frame(name)
            except AnalysisError as error:
                why = f"{t.spec(name).title}: {error}."
            else:
                if len(frame):
                    frames[name] = frame
                    continue
                why = t.nothing_in(name)
        without[name] = why
    return frames, without


def table_text(t: Tables, name: str) -> str:
    """One table whole, with why figures are not in it."""
    spec, frame = t.spec(name), t.frame(name)
    if not len(frame):
        return t.nothing_in(name)
    lines = [spec.title, *_lines(t, name, frame, None)]
    whys = t.lacking(name)
    if whys:
        more = f" (and {len(whys) - MOST_REASONS} more)" if len(whys) > MOST_REASONS else ""
        lines += ["", f"Not available: {'; '.join(whys[:MOST_REASONS])}{more}"]
    return "\n".join(lines)


def _lines(t: Tables, name: str, frame: pd.DataFrame, wanted: list[str] | None) -> list[str]:
    spec = t.spec(name)
    names = [*spec.index, *(c.name for c in spec.columns)] if wanted is None else wanted
    heads = [heading(spec.column(column), t.study.units) for column in names]
    return text_table(heads, texts(frame, spec, names), len(spec.index))


def brief_text(t: Tables) -> str:
    """The summaries that are read first, and every table by name with what it holds."""
    parts = []
    for analysis in analyses():
        if analysis.brief and not t.without(analysis.tables[0].name):
            try:
                parts.append(t.study.ask(found(analysis.question)).summary())
            except AnalysisError as error:
                parts.append(f"{analysis.title}: {error}.")
    lines = ["Tables: --table NAME shows one, --all shows all, --format csv -o FOLDER writes all"]
    for name, words in table_words().items():
        lines.append(f"  {name:<18} {words}")
        if why := t.without(name):
            lines.append(f"  {'':<18} ({why})")
    return "\n\n".join([*parts, "\n".join(lines)])


def all_text(t: Tables) -> str:
    """Every summary and every table as far as people are shown it unasked, and what was assumed."""
    without: dict[str, str] = {}
    parts = list(_all_parts(t, without))
    results = [result for result in all_results(t)[0].values() if result is not None]
    said = dict.fromkeys(sentence for result in results for sentence in result.assumptions)
    parts += dict.fromkeys(without.values())
    parts.append("\n".join(["Assumptions", *(f"- {sentence}" for sentence in said)]))
    return "\n\n".join(parts)


def _all_parts(t: Tables, without: dict[str, str]) -> Iterator[str]:
    frames, reasons = all_frames(t)
    results, more = all_results(t)
    without.update({**more, **reasons})
    told = set()
    for name in table_words():
        analysis = t.analysis(name)
        if analysis.name not in told:
            told.add(analysis.name)
            if (result := results[analysis.name]) is not None:
                yield result.summary()
        if name in frames and (part := _part(t, name, frames[name])):
            yield part


def _part(t: Tables, name: str, frame: pd.DataFrame) -> str:
    """A table as far as people are shown it unasked; nothing where none of its rows says anything."""
    spec = t.spec(name)
    some = frame if spec.rows is None else spec.rows(frame)
    if not len(some):
        return ""
    wanted = [*spec.index, *(c for c in spec.shown if c not in spec.index)] if spec.shown else None
    lines = [spec.title, *_lines(t, name, some.head(MOST_ROWS), wanted)]
    if len(some) > MOST_ROWS:
        lines.append(f"(first {MOST_ROWS:,} of {len(some):,}; show --table {name} gives all)")
    return "\n".join(lines)

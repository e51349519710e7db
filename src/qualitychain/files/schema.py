"""The JSON Schema of a chain file, made from the model, and the page that explains it.

What a schema can say is here exactly what the model accepts: kinds, ranges, exclusive fields, short forms. What it
cannot say (shares add up, every unit gets out, ``defects`` at most ``n``, 2.0 is no whole number) is left to reading.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
import textwrap
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from qualitychain.files.probing import accepts, bounds, ways
from qualitychain.model.chain.chain import LISTS, Chain
from qualitychain.model.records.calendar import Calendar
from qualitychain.model.records.handoff import RATE_FIELDS, TRANSIT_FIELDS, Handoff, Inspection, Sample, Sla
from qualitychain.model.records.nodes import Nps
from qualitychain.model.records.requirement import CHAIN, SUBJECTS, Requirement, bounded
from qualitychain.model.rules.programme import MOST_PROJECTS
from qualitychain.model.values import durations
from qualitychain.model.values.distributions import KINDS
from qualitychain.model.values.duration_text import CALENDAR_UNITS
from qualitychain.model.values.record import adapter
from qualitychain.vocabulary.measure import Unit

__all__ = ["json_schema"]

RECORDS: dict[str, Any] = {
    k.__name__: k for k in (*LISTS.values(), Calendar, Inspection, Sample, Sla, Nps, *KINDS.values())
}
_BARE = {"fixed": "value", "exponential": "mean", "empirical": "values"}
_NULL = {"type": "null"}
_GIVEN = {"not": _NULL}
_INVISIBLE = r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"


def _any_case(word: str) -> str:
    return "".join(f"[{c}{c.upper()}]" for c in word)


def _unit_words(units: Iterable[str]) -> str:
    words = [word for word, unit in durations.WORDS.items() if unit in units]
    return "|".join(_any_case(word) for word in sorted(words, key=lambda w: (-len(w), w)))


_NUMBER = r"[0-9]+(\.[0-9]+)?"
_WORKING = rf"({_NUMBER}\s*({_unit_words(durations.SECONDS)})(?![A-Za-z])\s*,?\s*)+"
_CALENDAR = rf"({_NUMBER}\s*{_any_case('calendar')}\s+({_unit_words(CALENDAR_UNITS)})(?![A-Za-z])\s*,?\s*)+"
_SPELT = rf"{_WORKING}|{_CALENDAR}"
_ISO_TIME = rf"[Tt](?=[0-9])({_NUMBER}[Hh])?({_NUMBER}[Mm])?({_NUMBER}[Ss])?"
_ISO = rf"[Pp](?=[0-9Tt])({_NUMBER}[Ww])?({_NUMBER}[Dd])?({_ISO_TIME})?"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a chain file.

    Returns
    -------
    dict
        JSON-safe, in a fixed order.

    Examples
    --------
    >>> schema = json_schema()
    >>> schema["required"]
    ['name', 'suppliers', 'customers', 'handoffs']
    >>> schema["$defs"]["Handoff"]["properties"]["share"]["anyOf"][0]
    {'type': 'number', 'minimum': 0, 'maximum': 1}
    """
    chain = _record(Chain)
    for key in ("suppliers", "customers", "handoffs"):
        chain["properties"][key]["minItems"] = 1
    chain["properties"]["projects"]["maxItems"] = MOST_PROJECTS
    definitions: dict[str, Any] = {"Name": _name(), "Duration": _duration(), "Time": _time()}
    definitions |= {name: _record(kind) for name, kind in RECORDS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A qualitychain chain, version 1",
        **chain,
        "$defs": definitions,
    }


def _name() -> dict[str, Any]:
    pattern = rf"^(?=.*\S)[^{_INVISIBLE}]+$"
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": pattern,
        "description": "1 to 200 visible characters",
    }


def _duration() -> dict[str, Any]:
    return {
        "type": "string",
        "maxLength": 100,
        "pattern": rf"^\s*({_SPELT}|{_ISO})\s*$",
        "description": "a duration such as '2 d 4 h', 'PT36H' or '5 calendar days'; "
        "months and years have no fixed length",
    }


def _time() -> dict[str, Any]:
    """A number, a duration, {mean, scv}, or one distribution by name."""
    fixed_or_gamma = {
        "type": "object",
        "properties": {
            "mean": {"anyOf": [{"type": "number", "minimum": 0}, _ref("Duration")]},
            "scv": {"type": "number", "minimum": 0},
        },
        "required": ["mean"],
        "additionalProperties": False,
    }
    named: dict[str, Any] = {}
    for word, kind in KINDS.items():
        whole = _ref(kind.__name__)
        bare = _BARE.get(word)
        named[word] = {"anyOf": [_record(kind)["properties"][bare], whole]} if bare else whole
    one_of_them = {
        "type": "object",
        "properties": named,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {
        "anyOf": [{"type": "number", "minimum": 0}, _ref("Duration"), fixed_or_gamma, one_of_them],
        "description": "number in time_unit, a duration, {mean, scv}, or a distribution with its parameters",
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _record(kind: Any) -> dict[str, Any]:
    """The schema of one record, with ranges and exclusive fields."""
    made = adapter(kind).json_schema()
    made.pop("$defs", None)
    for field, said in _docstrings(kind).items():
        if field in made["properties"]:
            made["properties"][field] = dict(sorted({**made["properties"][field], "description": said}.items()))
    properties = {field: _property(kind, field, value) for field, value in made["properties"].items()}
    if kind is Requirement:
        properties["measure"]["description"] += f" {_measures()} Money is per period."
    result: dict[str, Any] = {
        "type": "object",
        "description": re.split(r"\n\s*\n", made.get("description", "").strip())[0].replace("``", "`"),
        "properties": properties,
        "additionalProperties": False,
    }
    if made.get("required"):
        result["required"] = made["required"]
    rules = _rules(kind)
    if rules:
        result["allOf"] = rules
    return result


def _docstrings(kind: Any) -> dict[str, str]:
    """What stands below each field of a record in its source."""
    [made] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    body = made.body if isinstance(made, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(said.value.value)
        for field, said in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(said, ast.Expr)
        and isinstance(said.value, ast.Constant)
        and isinstance(said.value.value, str)
    }


def _property(kind: Any, field: str, made: dict[str, Any]) -> dict[str, Any]:
    branches = made.get("anyOf", [made])
    kinds = {b.get("type") for b in branches if not {"enum", "const"} & b.keys()}
    described = {k: v for k, v in made.items() if k in ("description", "default") and v is not None}
    nothing = [_NULL] if accepts(kind, field, None) else []
    if "propertyNames" in made:
        return {**{k: v for k, v in made.items() if k != "title"}, "propertyNames": _ref("Name")}
    if {"array", "string"} <= kinds:
        return _either([_ref("Name"), {"type": "array", "items": _ref("Name")}, *nothing], described)
    if "object" in kinds and not any("properties" in b for b in branches):
        return _either([_ref("Time"), *nothing], described)
    if kinds & {"number", "integer"}:
        number = {"type": "integer" if "integer" in kinds else "number", **_without_huge(bounds(kind, field))}
        duration = [_ref("Duration")] if "string" in kinds else []
        return _either([number, *duration, *nothing], described)
    if "string" in kinds and not accepts(kind, field, ""):
        return _either([_ref("Name"), *nothing], described)
    kept = {k: v for k, v in made.items() if k != "title" and not (k == "default" and v is None)}
    if kept.get("type") == "array" and kept.get("items", {}).get("type") == ["number", "string"]:
        kept["items"] = {"anyOf": [{"type": "number", "minimum": 0}, _ref("Duration")]}
    if nothing and "anyOf" not in kept:
        plain = {k: v for k, v in kept.items() if k not in described}
        return _either([plain, _NULL], described)
    return {k: [] if k == "default" and v == () else v for k, v in kept.items()}


def _either(branches: list[dict[str, Any]], described: dict[str, Any]) -> dict[str, Any]:
    told = {k: [] if k == "default" and v == () else v for k, v in described.items()}
    return {**(branches[0] if len(branches) == 1 else {"anyOf": branches}), **told}


def _without_huge(limits: dict[str, float]) -> dict[str, float]:
    return {k: v for k, v in limits.items() if not (k == "maximum" and v > 1e15)}


def _rules(kind: Any) -> list[dict[str, Any]]:
    if kind is Handoff:
        return [
            _one_way([(), *(_rate_way(field) for field in RATE_FIELDS)], {*RATE_FIELDS, "opportunities"}),
            {"anyOf": [{"properties": {field: _NULL}} for field in TRANSIT_FIELDS]},
            _PULLED,
        ]
    if kind is Requirement:
        subjects = [rule for subject in (*SUBJECTS, CHAIN) for rule in _subject(subject)]
        return [{"anyOf": subjects}, _one_way([("at_least",), ("at_most",)], {"at_least", "at_most"})]
    if kind is Calendar:
        return [{"minProperties": 1}]
    if kind is Inspection:
        rework = {"properties": {"on_reject": {"const": "rework"}}}
        return [{"anyOf": [rework, {"properties": {"rework_to": _NULL}}]}]
    if kind is Sla:
        return [{"anyOf": [_exactly((f,), set()) for f in ("lead_time", "defect_rate")]}]
    if kind in KINDS.values() and not adapter(kind).json_schema().get("required"):
        return [_one_way(ways(kind), set(kind.__pydantic_fields__))]
    return []


_PULLED = {"anyOf": [
    {"required": ["per_unit"], "properties": {"per_unit": _GIVEN}},
    {"properties": {"affects": _NULL, "common_cause": _NULL}},
]}  # fmt: skip


def _rate_way(field: str) -> tuple[str, ...]:
    return (field, "opportunities") if field == "dpo" else (field,)


def _one_way(choices: list[tuple[str, ...]], among: set[str]) -> dict[str, Any]:
    return {"anyOf": [_exactly(choice, among) for choice in choices]}


def _exactly(given: tuple[str, ...], among: set[str]) -> dict[str, Any]:
    """These fields are given, the others among some are not (or null, which is the same)."""
    absent = sorted(among - set(given))
    return {
        "required": list(given),
        "properties": {**dict.fromkeys(given, _GIVEN), **dict.fromkeys(absent, _NULL)},
    }


def _measures() -> str:
    """Which measures there are, in words."""
    named = [f"Of a {subject}: {', '.join(bounded(subject))}." for subject in SUBJECTS]
    return " ".join([*named, f"Of the whole chain, where none of them is named: {', '.join(bounded(CHAIN))}."])


def _subject(subject: str) -> list[dict[str, Any]]:
    """What a requirement on such a subject may be, measures of one range together."""
    ranges: dict[tuple[float, float, bool], list[str]] = {}
    for name, measure in bounded(subject).items():
        ranges.setdefault((measure.low, measure.high, measure.unit is Unit.TIME), []).append(name)
    found = []
    for (low, high, timed), some in ranges.items():
        rule = _exactly((subject,) if subject in SUBJECTS else (), set(SUBJECTS))
        limit: dict[str, Any] = {k: v for k, v in (("minimum", low), ("maximum", high)) if math.isfinite(v)}
        if not timed:
            # only a time may be a duration text, and only a time has quantiles
            limit["not"] = {"type": "string"}
            rule["properties"]["quantile"] = _NULL
        rule["properties"] |= {"measure": {"enum": some}, "at_least": limit, "at_most": limit}
        found.append(rule)
    return found

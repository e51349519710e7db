"""The page of the documentation that explains the chain file, made from its schema."""

from __future__ import annotations

from typing import Any

from qualitychain.files.schema import json_schema
from qualitychain.model.records.requirement import CHAIN, SUBJECTS, bounded, range_text
from qualitychain.vocabulary.measure import Units

__all__ = ["schema_markdown"]

_PLACES: tuple[tuple[str, str], ...] = (
    ("Calendar", "The field `calendar` of the chain"),
    ("Supplier", "An entry of `suppliers`"),
    ("Department", "An entry of `departments`"),
    ("Customer", "An entry of `customers`"),
    ("Nps", "The field `nps` of a customer"),
    ("Handoff", "An entry of `handoffs`"),
    ("Sample", "The field `sample` of a handoff"),
    ("Inspection", "The field `inspection` of a handoff"),
    ("Sla", "The field `sla` of a handoff"),
    ("Requirement", "An entry of `requirements`"),
    ("Project", "An entry of `projects`"),
)
_DISTRIBUTIONS = (
    "Fixed",
    "Exponential",
    "Gamma",
    "Lognormal",
    "Weibull",
    "Uniform",
    "Triangular",
    "Empirical",
)
_HEAD = """\
# The chain file

A chain is a file `NAME.chain.yaml` or `NAME.chain.json` with the same fields. This page is made from
the model; the same rules as JSON Schema are in `schemas/chain.schema.json`.

## How a file is read

* The suffix decides: `.json` is read as JSON, everything else as YAML. The text is UTF-8.
* Unquoted words: `true` and `false`, `null` and `~`, and decimal numbers (`2`, `0.02`, `1e-3`) are what they
  look like;
  `NO`, `on` and `yes` are text. `010`, `0x10`, `1:30` and `1_000`, which programs read differently, are not
  numbers here.
* A name that looks like a number needs quotes: `name: "12"`.
* A percentage is written as a fraction: `0.02`, not `2%`.
* A time is a number in `time_unit`, or a text such as `2 d 4 h`, `90 min` or `PT36H`. Months and years have
  no fixed length.
* With a `calendar`, every time is working time: `1 d` has its hours per day, `1 w` its days per week, and rates are per
  unit of working time. A promise in calendar time says so: `5 calendar days`, `2 calendar weeks`, `36 calendar hours`;
  it is converted to working time on average. Without a calendar both are the same.
* In the `changes` of a project, a value replaces the present one and `x0.55` multiplies it; a mapping such as
  `{inspection: {detect: 0.95}}` changes fields of what is there, and `null` removes it. Names are those of the chain as
  the file has it, also after a project that renames. What projects set comes first, then all scales multiply.
* Refused: a key given twice, an unknown key, aliases (`*`), anchors (`&`), merge keys (`<<`), tags other
  than the core ones
  (`!!str` and the like, where they say what is there), tabs for indentation, a second document, control
  characters.
* At most 64 MB, 32 levels and 5,000,000 elements, unless the caller raises the limits.
* Everything wrong is reported at once, each as `file:line:column: code message`.
"""


def schema_markdown() -> str:
    """The page as Markdown.

    Examples
    --------
    >>> schema_markdown().splitlines()[0]
    '# The chain file'
    """
    schema = json_schema()
    definitions = schema["$defs"]
    parts = [_HEAD, "## The chain\n", _table(schema)]
    for name, place in _PLACES:
        parts += [f"## {place}\n", f"{definitions[name]['description']}\n", _table(definitions[name])]
        if name == "Requirement":
            parts += ["### Measures\n", _measures()]
    parts.append(
        "## Times that vary\n\n"
        "`cycle_time`, `lead_time` and an inspection's `time` also take `{mean, scv}` (fixed where scv\n"
        "is 0, otherwise gamma) or one distribution by name, for instance `{gamma: {mean: 3, scv: 0.5}}`.\n"
    )
    for name in _DISTRIBUTIONS:
        parts += [f"### {name.lower()}\n", f"{definitions[name]['description']}\n", _table(definitions[name])]
    return "\n".join(parts)


def _table(record: dict[str, Any]) -> str:
    required = record.get("required", [])
    rows = ["| Field | Kind | Default | Meaning |", "| --- | --- | --- | --- |"]
    for field, value in record["properties"].items():
        default = "**required**" if field in required else _shown(value.get("default"))
        meaning = value.get("description", "").replace("|", "\\|").replace("\n", " ")
        rows.append(f"| `{field}` | {_kind(value)} | {default} | {meaning} |")
    return "\n".join(rows) + "\n"


def _measures() -> str:
    """What a requirement may bound."""
    rows = ["| Measure | Of a | Unit | Range | Meaning |", "| --- | --- | --- | --- | --- |"]
    for subject in (*SUBJECTS, CHAIN):
        for name, measure in bounded(subject).items():
            per = Units().per(measure.per)
            unit = measure.unit.value + (f" per {per}" if per else "")
            rows.append(f"| `{name}` | {subject} | {unit} | {range_text(measure)} | {measure.words} |")
    return "\n".join(rows) + "\n"


def _shown(default: Any) -> str:
    if default is None:
        return ""
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _kind(value: dict[str, Any]) -> str:
    """A kind in words: *number 0 to 1*, *one of case*, *list of Handoff*."""
    if "anyOf" in value:
        return " or ".join(_kind(branch) for branch in value["anyOf"] if branch.get("type") != "null")
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[1]
        return name.lower() if name in ("Name", "Duration", "Time") else f"mapping ({name})"
    if "enum" in value:
        return "one of " + ", ".join(f"`{word}`" for word in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if "propertyNames" in value:
        return "mapping of names to mappings of fields"
    if value["type"] == "array":
        kind = _kind(value["items"])
        return f"list of {'names' if kind == 'name' else kind}"
    words = {"string": "text", "integer": "whole number", "number": "number"}
    return words[value["type"]] + _range(value)


def _range(value: dict[str, Any]) -> str:
    ends = []
    if "minimum" in value:
        ends.append(f"from {value['minimum']:g}")
    if "exclusiveMinimum" in value:
        ends.append(f"above {value['exclusiveMinimum']:g}")
    if value.get("maximum", 1e15) < 1e15:
        ends.append(f"to {value['maximum']:g}")
    if "exclusiveMaximum" in value:
        ends.append(f"below {value['exclusiveMaximum']:g}")
    return " " + " ".join(ends) if ends else ""

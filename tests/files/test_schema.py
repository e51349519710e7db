"""The published schema and page are current, and the schema accepts and refuses what the model does."""

# ruff: noqa: E501
# A table reads better with one entry on a line.

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from support.file_projects import with_projects
from support.random_chains import as_floats, random_chain
from support.small_files import GOOD

from qualitychain.errors import ChainError
from qualitychain.files.format_page import schema_markdown
from qualitychain.files.schema import json_schema
from qualitychain.model.chain.chain import Chain

ROOT = Path(__file__).parents[2]
HANDOFF: dict[str, Any] = {"supplier": "Production", "customer": "Retail", "defect_rate": 0.05}
PROJECT: dict[str, Any] = {"name": "P", "cost": 1, "changes": {"Production": {"cycle_time": "x0.5", "servers": 2}}}
MADE = "python -m qualitychain.files.publish"


@pytest.fixture(scope="module")
def schema() -> Any:
    made = json_schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def test_the_published_schema_is_current() -> None:
    published = (ROOT / "schemas" / "chain.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", f"run: {MADE}"


def test_the_page_about_the_file_is_current() -> None:
    assert (ROOT / "docs" / "file-format.md").read_text(encoding="utf-8") == schema_markdown(), f"run: {MADE}"


def loads(data: Any) -> bool:
    try:
        Chain.from_dict(data)
    except ChainError:
        return False
    return True


def changed(place: tuple[Any, ...], value: object) -> Any:
    data = yaml.safe_load(GOOD)
    inner = data
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return data


TIMES = [0, 3, 2.5, "2 h", "2 d 4 h", "PT36H", "1.5 Days", "90", "P1M", "P", "PT", "-1 h", -1, True, [1], {}, {"mean": 3},
         {"mean": 3, "scv": 0.5}, {"mean": 3, "scv": 0}, {"mean": "1 h", "scv": 2}, {"scv": 1}, {"mean": 3, "sd": 1}, {"fixed": 3},
         {"fixed": {"value": "1 h"}}, {"exponential": 3}, {"exponential": {"mean": 2}}, {"exponential": 0}, {"gamma": {"mean": 3, "scv": 0.5}},
         {"gamma": {"shape": 2, "scale": 1}}, {"gamma": {"mean": 3}}, {"gamma": {"mean": 3, "scv": 0.5, "shape": 1}}, {"gamma": 3},
         {"gamma": {"mean": 3, "scv": 0.5, "shape": None}}, {"lognormal": {"mu": 1, "sigma": 0.5}}, {"lognormal": {"mu": 1, "sigma": 0}},
         {"weibull": {"shape": 0.01, "scale": 1}}, {"weibull": {"shape": 2, "scale": "1 h"}}, {"uniform": {"low": 1, "high": 2}},
         {"triangular": {"low": 1, "mode": 2, "high": 3}}, {"triangular": {"low": 1, "high": 3}}, {"empirical": [1, 2, "3 h"]},
         {"empirical": []}, {"empirical": {"values": [1], "weights": [2]}}, {"empirical": {"values": [1], "weights": None}},
         {"gama": {"mean": 1}}, {"fixed": 1, "gamma": {"mean": 1, "scv": 1}}]  # fmt: skip
VALUES: list[tuple[tuple[Any, ...], list[Any]]] = [
    (("name",), ["A", "", " ", "x" * 200, "x" * 201, 12, None, True, "a\tb", "a\u202eb", "Größe", "=HYPERLINK(1)"]),
    (("schema_version",), [1, 2, 0, "1", None, True]),
    (("time_unit",), ["hour", "month", None, 3]),
    (("calendar",), [{"hours_per_day": 8, "days_per_week": 5}, {"hours_per_day": 8}, {"days_per_week": 5.5}, {"hours_per_day": 24}, {}, None,
                     {"hours_per_day": 0}, {"hours_per_day": 24.5}, {"days_per_week": 0}, {"days_per_week": 7.5}, {"hours_per_day": "8"},
                     {"hours_per_day": None}, {"hours_per_day": True}, {"hour_per_day": 8}, [8, 5], 8, "8x5"]),
    (("period",), ["month", None, 3]),
    (("prevention_cost",), [0, 10, -1, 1e15, 1e16, None, "3"]),
    (("departments", 0, "cycle_time"), [*TIMES, None]),
    (("departments", 0, "availability"), [0, 0.5, 1, 1.1, None]),
    (("departments", 0, "servers"), [1, 0, 2.5, "2", None, True]),
    (("departments", 0, "mttr"), [0, 3, "2 h", -1, None]),
    (("suppliers", 0, "rate"), [5, 0.5, -1, None, "5"]),
    (("customers", 0, "promise"), ["5 d", "5 calendar days", "1 Calendar Week 2 calendar  days", "36calendar hours", "5 calendar", "5 calendardays",
                                   "5 calendar months", "30 calendar min", "5 calendar days 4 h", "4 h 5 calendar days", "5 working days", 40, None]),
    (("customers", 0, "segment"), ["b2c", "b2x", None]),
    (("customers", 0, "nps"), [{"satisfied": 0.5, "dissatisfied": -1}, {"satisfied": 0.5}, {"satisfied": 2, "dissatisfied": 0}, None]),
    (("customers", 0, "deliveries_per_customer"), [1, 0, 0.5]),
    (("handoffs", 1, "lead_time"), TIMES),
    (("handoffs", 1), [
        HANDOFF,
        {**HANDOFF, "defect_rate": None},
        {**HANDOFF, "defect_rate": 1.1},
        {**HANDOFF, "dpu": 0.1},
        {**HANDOFF, "defect_rate": None, "dpu": 0.1},
        {**HANDOFF, "defect_rate": None, "dpo": 0.1},
        {**HANDOFF, "defect_rate": None, "dpo": 0.1, "opportunities": 3},
        {**HANDOFF, "opportunities": 3},
        {**HANDOFF, "defect_rate": None, "sample": {"n": 50, "defects": 1}},
        {**HANDOFF, "defect_rate": None, "sample": {"n": 0, "defects": 0}},
        {**HANDOFF, "affects": "time"},
        {**HANDOFF, "common_cause": "case"},
        {**HANDOFF, "unknown": 1},
        {**HANDOFF, "item": ""},
        {**HANDOFF, "sla": {}},
        {**HANDOFF, "sla": {"lead_time": "5 d"}},
        {**HANDOFF, "inspection": {"detect": 0.9}},
        {**HANDOFF, "inspection": {}},
        {**HANDOFF, "inspection": {"detect": 0.9, "on_reject": "scrap", "rework_to": "Production"}},
        {**HANDOFF, "inspection": {"detect": 0.9, "on_reject": "rework", "rework_to": "Production"}},
        {**HANDOFF, "inspection": {"detect": 0.9, "by": "nobody"}},
        {"supplier": "Production", "defect_rate": 0.1},
    ]),
    (("requirements",), [
        [], None, [{"customer": "Retail", "measure": "sigma_level", "at_least": 4}],
        [{"customer": "Retail", "measure": "lead_time", "at_most": "5 d", "quantile": 0.95}],
        [{"customer": "Retail", "measure": "lead_time", "at_most": "5 d", "quantile": 1}],
        [{"customer": "Retail", "measure": "utilization", "at_least": 4}],
        [{"department": "Production", "measure": "utilization", "at_most": 0.9}],
        [{"customer": "Retail", "department": "Production", "measure": "utilization", "at_most": 0.9}],
        [{"customer": "Retail", "measure": "sigma_level", "at_least": 4, "at_most": 5}],
        [{"customer": "Retail", "measure": "sigma_level"}],
    ]),
    (("budget",), [0, 12.5, -1, 1e16, None, "12", True]),
    (("projects",), [[], None, {}, ["P"], [PROJECT], [{**PROJECT, "group": "g", "requires": None}], [{**PROJECT, "group": ["g", "h"]}],
                     [{**PROJECT, "group": 3}], [{**PROJECT, "group": [3]}], [{**PROJECT, "requires": []}], [{**PROJECT, "cost": -1}],
                     [{**PROJECT, "cost": None}], [{"name": "P", "cost": 1}], [{**PROJECT, "changes": {}}], [{**PROJECT, "changes": {"Retail": {}}}],
                     [{**PROJECT, "changes": {"Retail": 3}}], [{**PROJECT, "changes": None}], [{**PROJECT, "name": ""}], [{**PROJECT, "effect": 1}],
                     [{**PROJECT, "changes": {"Retail": {"note": None}}, "note": "n", "source": "s"}]]),
    (("handoffs",), [[], None, {}]),
    (("departments",), [None, {}, "x"]),
]  # fmt: skip
CASES = [(place, value) for place, values in VALUES for value in values]


@pytest.mark.parametrize(("place", "value"), CASES, ids=lambda part: json.dumps(part)[:60])
def test_the_schema_accepts_what_the_model_accepts_and_nothing_else(
    schema: Any, place: tuple[Any, ...], value: object
) -> None:
    data = changed(place, value)
    assert schema.is_valid(data) == loads(data)


@pytest.mark.filterwarnings("ignore::qualitychain.errors.ChainWarning")
@pytest.mark.parametrize("seed", range(20))
def test_the_schema_accepts_random_chains_as_they_are_written(schema: Any, seed: int) -> None:
    rng = random.Random(seed)
    data = with_projects({"name": "Random", **as_floats(random_chain(rng))}, rng)
    schema.validate(json.loads(json.dumps(Chain.from_dict(copy.deepcopy(data)).to_dict())))


def test_a_missing_or_unknown_field_of_the_chain_is_refused(schema: Any) -> None:
    data = yaml.safe_load(GOOD)
    for key in ("name", "suppliers", "customers", "handoffs"):
        assert not schema.is_valid({k: v for k, v in data.items() if k != key})
    assert not schema.is_valid({**data, "naem": "x"})

"""Random projects as a file has them, for chains given as plain data."""

from __future__ import annotations

import random
from typing import Any

HARD_NAMES = (
    "NO",
    "12",
    "a: b",
    "x0.5",
    "<script>1</script>",
    "=HYPERLINK(1)",
    "Größe \N{GRINNING FACE}",
    "{{7*7}}",
    "- a",
    "P" * 200,
)


def with_projects(data: dict[str, Any], rng: random.Random, count: int = 5) -> dict[str, Any]:
    """The same chain with projects that fit it: rates, times and inspections."""
    from qualitychain.model.chain.chain import Chain

    handoffs = list(Chain.from_dict(data).handoffs)
    names = rng.sample(HARD_NAMES, count)
    projects: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        handoff = rng.choice(handoffs)
        fields: dict[str, Any] = rng.choice(
            [
                {"defect_rate": f"x{rng.choice([0.5, 1e-7, 0, 1])}"},
                {"lead_time": rng.choice(["x2", "3 h", 0.1]), "note": "x0.5"},
                {"inspection": {"detect": "x0.9"}} if handoff.inspection else {"defect_rate": "x0.9"},
                {"inspection": None, "sla": {"lead_time": "PT2H"}},
                {"source": None, "external_failure_cost": rng.randint(0, 5)},
            ]
        )
        project: dict[str, Any] = {
            "name": name,
            "cost": rng.choice([0, 1.5, 3]),
            "changes": {handoff.full_name: fields},
        }
        sets = any(not str(value).startswith("x") for value in fields.values())
        alone = sets or fields.keys() & {"inspection", "note"}
        project["group"] = [f"only {place}", "one"] if alone else []
        if place and not project["group"] and rng.random() < 0.5:
            project["requires"] = [names[rng.randrange(place)]]
        projects.append(project)
    return {**data, "projects": projects, "budget": rng.choice([0, 2.5])}

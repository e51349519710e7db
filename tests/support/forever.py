"""Whether a unit or a request can go round for ever: the story of a chain as a matrix of numbers, and linear algebra.

An independent witness for small chains; it shares no code with the library but its records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Row = dict[str, Any]


def can_circulate(data: Mapping[str, Any]) -> bool:
    """Whether the part of I - P that the starts reach is singular, in the flow or in a request that is used.

    Pulled needs must not form a circle, and each must have one source.
    """
    givers = [
        row["name"] for key in ("suppliers", "departments") for row in data["suppliers" if key == "suppliers" else key]
    ]
    pulled = [row for row in data["handoffs"] if row.get("per_unit")]
    good = dict.fromkeys(givers, 1.0)
    sighted = dict.fromkeys(givers, 1.0)
    for _ in range(len(givers) + 1):  # a need depends on those behind it: enough rounds settle all
        fresh_good, fresh_sighted = dict.fromkeys(givers, 1.0), dict.fromkeys(givers, 1.0)
        for row in pulled:
            target = {"unit": fresh_good, "inspection": fresh_sighted}.get(row["affects"])
            if target is not None:
                target[row["customer"]] *= _all_good(_request(row, good, sighted)[0], row["per_unit"])
        good, sighted = fresh_good, fresh_sighted
    if any(_request(row, good, sighted)[1] for row in pulled):
        return True
    states = [(name, bad) for name in givers for bad in (0, 1)]
    number = {state: i for i, state in enumerate(states)}
    matrix = np.zeros((len(states), len(states)))
    for row in data["handoffs"]:
        if "per_unit" not in row:
            for bad in (0, 1):
                for name, now_bad, chance in _moves(row, bad, good, sighted):
                    if name in good:
                        matrix[number[row["supplier"], bad], number[name, now_bad]] += row["share"] * chance
    return _singular(matrix, [number[row["name"], 0] for row in data["suppliers"]])


def _singular(matrix: np.typing.NDArray[np.float64], starts: Sequence[int]) -> bool:
    size = len(matrix)
    steps = np.linalg.matrix_power(np.eye(size) + (matrix > 0), size) > 0
    reached = np.flatnonzero(steps[list(starts)].any(axis=0))
    part = np.eye(len(reached)) - matrix[np.ix_(reached, reached)]
    return bool(np.linalg.matrix_rank(part, tol=1e-9) < len(reached))


def _all_good(one: float, uses: float) -> float:
    whole = np.floor(uses)
    return float(one**whole * (1 - (uses - whole) * (1 - one)))


def _odds(
    row: Row, good: Mapping[str, float], sighted: Mapping[str, float]
) -> tuple[float, float, float, float, str, float]:
    """Spoilt before the inspection, found, alarmed, fixed, what then, and damaged on the way after it."""
    look = row.get("inspection", {"detect": 0.0, "on_reject": "concession"})
    by_supplier, way = look.get("by") == "supplier", row.get("transit_defect_rate", 0.0)
    spoilt = 1 - good[row["supplier"]] * (1 - row["defect_rate"]) * (1.0 if by_supplier else 1 - way)
    made = sighted[row["supplier"]] if by_supplier else 1.0
    detect, alarm = look["detect"] * made, look.get("false_alarm", 0.0) * made
    return spoilt, detect, alarm, look.get("fix", 1.0), look.get("on_reject", "rework"), way if by_supplier else 0.0


def _request(row: Row, good: Mapping[str, float], sighted: Mapping[str, float]) -> tuple[float, bool]:
    """(chance of a good result, whether the request can go on for ever)."""
    bad, detect, alarm, fix, how, way = _odds(row, good, sighted)
    if how in ("concession", "repair"):
        return (1 - bad + (bad * detect * fix if how == "repair" else 0.0)) * (1 - way), False
    fix = 1.0 if how == "scrap" else fix
    again = np.array(
        [[(1 - bad) * alarm + bad * detect * fix, bad * detect * (1 - fix)], [detect * fix, detect * (1 - fix)]]
    )
    if _singular(again, [0]):
        return 0.0, True
    part = np.eye(2) - again
    part[1] += np.array([0.0, 1.0]) * (part[1, 1] == 0)  # a state that is not reached
    return (1 - way) * float(np.linalg.solve(part, np.array([(1 - bad) * (1 - alarm), 0.0]))[0]), False


def _moves(row: Row, bad: int, good: Mapping[str, float], sighted: Mapping[str, float]) -> list[tuple[str, int, float]]:
    spoilt, detect, alarm, fix, how, way = _odds(row, good, sighted)
    spoilt = 1.0 if bad else spoilt
    receiver = row["customer"]
    found, alarmed = spoilt * detect, (1 - spoilt) * alarm

    def onward(chance: float) -> list[tuple[str, int, float]]:
        return [(receiver, 0, chance * (1 - way)), (receiver, 1, chance * way)]

    accepted = [*onward((1 - spoilt) * (1 - alarm)), (receiver, 1, spoilt * (1 - detect))]
    if how == "scrap":
        return accepted
    if how == "concession":
        return [*accepted, (receiver, 1, found), *onward(alarmed)]
    if how == "repair":
        return [*accepted, *onward(found * fix + alarmed), (receiver, 1, found * (1 - fix))]
    place = row.get("inspection", {}).get("rework_to", row["supplier"])
    return [*accepted, (place, 0, found * fix + alarmed), (place, 1, found * (1 - fix))]

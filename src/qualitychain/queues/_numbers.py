"""What the formulas of queues check first, and how they give back what was asked with."""

from __future__ import annotations

import math
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from qualitychain.errors import UnstableQueueError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

Value = TypeVar("Value", float, NDArray[np.float64])
"""A number, or an array of them. Parameters are ``Value | float``: numbers and arrays may be mixed."""

MOST_SERVERS = 1e15
"""Above it floating point no longer counts single servers."""

ROUNDING = 1e-12
"""A utilization that is 1 but for rounding is 1."""

RATE = "give a count per unit of time that is not negative"
TIME = "give a time that is not negative"
SCV = "a squared coefficient of variation is a variance over a squared mean: 1 is exponential, 0 does not vary"


def checked(
    name: str, value: Any, remedy: str, *, low: float = 0.0, high: float = math.inf, inside: bool = False
) -> Array:
    """``value`` as floats in ``low <= value <= high``, or strictly inside; a ValueError names the first that is not."""
    array = _floats(name, value, remedy)
    if inside:
        fact = f"must be above {low:g}" if math.isinf(high) else f"must be between {low:g} and {high:g}, both excluded"
        refuse(name, array, ~((array > low) & (array < high)), fact, remedy)
    else:
        fact = f"must be at least {low:g}" if math.isinf(high) else f"must be between {low:g} and {high:g}"
        refuse(name, array, ~((array >= low) & (array <= high)), fact, remedy)
    refuse(name, array, np.isinf(array), "must be finite", remedy)
    return array


def whole(name: str, value: Any) -> Array:
    """Numbers of servers or places: whole and at least 1."""
    remedy = "give a whole number from 1"
    array = checked(name, value, remedy, low=1)
    refuse(name, array, array > MOST_SERVERS, f"must be at most {MOST_SERVERS:g}", remedy)
    refuse(name, array, array != np.floor(array), "must be a whole number", remedy)
    return array


def refuse(name: str, array: Array, wrong: Flags, fact: str, remedy: str) -> None:
    """Raise a ValueError that names the first value where ``wrong`` is true, if there is one."""
    if not np.any(wrong):
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    raise ValueError(f"{name} {fact}, got {float(array[index])!r}{_place(index)}; {remedy}")


def refuse_unstable(demand: Array, capacity: Array, what: str) -> None:
    """Raise an UnstableQueueError for the first demand that is not below its capacity."""
    demand, capacity = np.broadcast_arrays(demand, capacity)
    wrong = demand >= capacity * (1.0 - ROUNDING)
    if not np.any(wrong):
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    need, can = float(demand[index]), float(capacity[index])
    tail = (
        f"short by {need - can:.6g}"
        if need > can * (1.0 + ROUNDING)
        else "nothing to spare, so the queue grows for ever"
    )
    ratio = need / can if can else math.inf
    raise UnstableQueueError(
        f"demand {need:.6g} {what}, capacity {can:.6g}, {tail} (utilization {ratio:.6g}{_place(index)}); "
        "there is a steady state only below a utilization of 1: add servers, shorten the service or lower the demand"
    )


def plain(result: Any, *_like: Value | float) -> Value:
    """One number as a float, several as an array. The arguments after ``result`` only carry the type."""
    array = np.asarray(result, dtype=np.float64) + 0.0  # adding zero turns -0.0 into 0.0
    return cast("Value", array if array.ndim else float(array))


def _floats(name: str, value: Any, remedy: str) -> Array:
    raw = np.asarray(value)
    if raw.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be a number or an array of numbers, got {value!r:.60}; {remedy}")
    return raw.astype(np.float64)


def _place(index: tuple[int, ...]) -> str:
    return f" at index {index[0] if len(index) == 1 else index}" if index else ""

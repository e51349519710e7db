"""What every formula does first and last: check what came in, give back what was asked with."""

from __future__ import annotations

import math
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Value = TypeVar("Value", float, NDArray[np.float64])
"""A number, or an array of them. Parameters are ``Value | float``: numbers and arrays may be mixed."""

ROUNDING = 1e-12
"""How far a sum or product of inputs may pass its limit before it is a mistake and not rounding."""

PROBABILITY = "give a fraction of 1 (2 % is 0.02)"
COUNT = "give a count that is not negative"
POSITIVE = "give a number above 0"


def checked(
    name: str,
    value: Any,
    remedy: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float | None = None,
    finite: bool = True,
) -> Array:
    """``value`` as an array of floats; a ValueError if any is not a number, NaN, or out of range.

    The range is ``low <= value <= high``; with ``above`` the lower end is open. Infinity passes only with
    ``finite=False``.
    """
    array = as_floats(name, value, remedy)
    if above is not None:
        refuse(name, array, ~(array > above), f"must be above {above:g}", remedy)
    outside = ~((array >= low) & (array <= high))
    refuse(name, array, outside, f"must be {_range(low, high)}", remedy)
    if finite:
        refuse(name, array, np.isinf(array), "must be finite", remedy)
    return array


def as_floats(name: str, value: Any, remedy: str) -> Array:
    """``value`` as an array of floats. True, False and None are refused: they are answers, not quantities."""
    raw = np.asarray(value)
    not_quantities = raw.dtype.kind == "b" or (
        raw.dtype.kind == "O" and any(item is None or isinstance(item, bool | np.bool_) for item in raw.flat)
    )
    if not_quantities or raw.dtype.kind not in "iufO":
        raise ValueError(f"{name} must be a number or an array of numbers, got {_shown(value)}; {remedy}")
    try:
        return np.array(raw, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be a number or an array of numbers, got {_shown(value)}; {remedy}") from error


def refuse(name: str, array: Array, wrong: NDArray[np.bool_] | np.bool_, fact: str, remedy: str) -> None:
    """Raise a ValueError that names the first value of ``array`` where ``wrong`` is true, if there is one."""
    if not np.any(wrong):
        return
    where, values = np.broadcast_arrays(wrong, array)
    index = tuple(int(i) for i in np.argwhere(where)[0])
    place = f" at index {index[0] if len(index) == 1 else index}" if index else ""
    raise ValueError(f"{name} {fact}, got {float(values[index])!r}{place}; {remedy}")


def plain(result: Any, *_like: Value | float) -> Value:
    """One number as a float, several as an array. The arguments after ``result`` only carry the type."""
    array = np.asarray(result, dtype=np.float64) + 0.0  # adding zero turns -0.0 into 0.0
    return cast("Value", array if array.ndim else float(array))


def _range(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return "a number"
    if math.isinf(high):
        return f"at least {low:g}"
    return f"between {low:g} and {high:g}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

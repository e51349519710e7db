"""Numbers and arrays given to a formula: what every formula does first and last.

A formula checks what came in with ``checked`` (or ``whole``, ``one_shift``) and gives back what was asked with by
``plain``: a number for numbers, an array for arrays.
"""

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
MOST_COUNTED = 1e15
"""Above it floating point no longer counts by ones."""

PROBABILITY = "give a fraction of 1 (2 % is 0.02)"
COUNT = "give a count that is not negative"
POSITIVE = "give a number above 0"
RATE = "give a count per unit of time that is not negative"
TIME = "give a time that is not negative"
SHIFT = "give 1.5 for the usual convention or 0 for no shift"


def checked(
    name: str,
    value: Any,
    remedy: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float | None = None,
    below: float | None = None,
    finite: bool = True,
) -> Array:
    """``value`` as an array of floats; a ValueError names the first that is no number, NaN, or out of range.

    The range is ``low <= value <= high``; ``above`` and ``below`` exclude their ends. Infinity passes only with
    ``finite=False``.
    """
    array = as_floats(name, value, remedy)
    if not (math.isinf(low) and math.isinf(high)):
        refuse(name, array, ~((array >= low) & (array <= high)), f"must be {_range(low, high)}", remedy)
    if above is not None and below is not None:
        fact = f"must be between {above:g} and {below:g}, both excluded"
        refuse(name, array, ~((array > above) & (array < below)), fact, remedy)
    elif above is not None:
        refuse(name, array, ~(array > above), f"must be above {above:g}", remedy)
    elif below is not None:
        refuse(name, array, ~(array < below), f"must be below {below:g}", remedy)
    refuse(name, array, np.isnan(array), "must be a number", remedy)
    if finite:
        refuse(name, array, np.isinf(array), "must be finite", remedy)
    return array


def whole(name: str, value: Any) -> Array:
    """Numbers of things, such as servers: whole and at least 1."""
    remedy = "give a whole number from 1"
    array = checked(name, value, remedy, low=1)
    refuse(name, array, array > MOST_COUNTED, f"must be at most {MOST_COUNTED:g}", remedy)
    refuse(name, array, array != np.floor(array), "must be a whole number", remedy)
    return array


def shifts(shift: Any) -> Array:
    """Shifts between long-term and short-term sigma: standard deviations, at least 0."""
    return checked("shift", shift, SHIFT, low=0)


def one_shift(shift: Any) -> float:
    """The one shift of an analysis.

    Examples
    --------
    >>> one_shift(1.5)
    1.5
    >>> one_shift(-1)
    Traceback (most recent call last):
        ...
    ValueError: shift must be at least 0, got -1.0; give 1.5 for the usual convention or 0 for no shift
    """
    if np.ndim(shift):
        raise ValueError(f"shift must be one number, got {_shown(shift)}; {SHIFT}")
    return float(shifts(shift))


def as_floats(name: str, value: Any, remedy: str) -> Array:
    """``value`` as an array of floats: numbers of any real type pass, Fractions and Decimals too.

    True, False and None are refused: they are answers, not quantities. So are numbers written as text.
    """
    try:
        # a list of True and 0.5 would become numbers both before anyone could look at them
        raw = np.asarray(value, dtype=object if isinstance(value, list | tuple) else None)
        if raw.dtype.kind in "iuf" or (raw.dtype.kind == "O" and all(map(_is_quantity, raw.flat))):
            return np.array(raw, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(f"{name} must be a number or an array of numbers, got {_shown(value)}; {remedy}")


def refuse(name: str, array: Array, wrong: NDArray[np.bool_] | np.bool_, fact: str, remedy: str) -> None:
    """Raise a ValueError that names the first value of ``array`` where ``wrong`` is true, if there is one."""
    if not np.any(wrong):
        return
    where, values = np.broadcast_arrays(wrong, array)
    index = tuple(int(i) for i in np.argwhere(where)[0])
    raise ValueError(f"{name} {fact}, got {float(values[index])!r}{place(index)}; {remedy}")


def place(index: tuple[int, ...]) -> str:
    """Where in an array, in words; nothing for a single number."""
    return f" at index {index[0] if len(index) == 1 else index}" if index else ""


def plain(result: Any, *_like: Value | float) -> Value:
    """One number as a float, several as an array. The arguments after ``result`` only carry the type."""
    array = np.asarray(result, dtype=np.float64) + 0.0  # adding zero turns -0.0 into 0.0
    return cast("Value", array if array.ndim else float(array))


def _is_quantity(item: object) -> bool:
    # text has no __float__; a nested array is a cell of more than one number
    return hasattr(item, "__float__") and not isinstance(item, bool | np.bool_ | np.ndarray)


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"at least {low:g}"
    if math.isinf(low):
        return f"at most {high:g}"
    return f"between {low:g} and {high:g}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

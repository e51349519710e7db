"""Handoffs that state no defect rate: which they are, and the chain with rates put in their place."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable

from qualitychain.errors import AnalysisError, ChainWarning
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import Handoff

_GOLDEN = 0.6180339887498949
LISTED = 6


def unknown_handoffs(chain: Chain) -> tuple[Handoff, ...]:
    """The handoffs that state no defect rate, in file order."""
    return tuple(h for h in chain.handoffs if h.rate_unknown)


def with_rates(chain: Chain, rate: Callable[[int], float]) -> Chain:
    """The chain with a rate for each handoff that states none; ``rate`` gives that of the n-th.

    Handoffs of one common cause, which one draw serves, count as one.
    """
    numbers: dict[object, int] = {}
    handoffs = []
    for i, h in enumerate(chain.handoffs):
        if h.rate_unknown:
            key = (h.supplier, h.item) if h.common_cause else i
            h = dataclasses.replace(h, defect_rate=rate(numbers.setdefault(key, len(numbers))))  # noqa: PLW2901  by copy
        handoffs.append(h)
    with warnings.catch_warnings():
        # what it warns of was said of the chain itself
        warnings.simplefilter("ignore", ChainWarning)
        return dataclasses.replace(chain, handoffs=handoffs)


def tried_rate(number: int) -> float:
    """A rate to try, different for each number and in no simple proportion to the others.

    Examples
    --------
    >>> round(tried_rate(0), 6), round(tried_rate(1), 6)
    (0.036229, 0.02144)
    """
    return 0.0123 + 0.03871733 * math.fmod((number + 1) * _GOLDEN, 1.0)


def with_unknown_as(chain: Chain, unknown_as: float | None) -> Chain:
    """The chain with ``unknown_as`` in the place of every unknown rate; refused where there is none to put there.

    Raises
    ------
    AnalysisError
        Without ``unknown_as``, naming the handoffs that lack a figure.
    ValueError
        When it is no probability.
    """
    if unknown_as is not None and (isinstance(unknown_as, bool) or not 0 <= unknown_as <= 1):
        raise ValueError(f"unknown_as must be a probability, from 0 to 1, got {unknown_as!r}")
    lacking = unknown_handoffs(chain)
    if not lacking:
        return chain
    if unknown_as is None:
        raise AnalysisError(refusal(tuple(h.full_name for h in lacking)))
    return with_rates(chain, lambda _: float(unknown_as))


def refusal(lacking: tuple[str, ...]) -> str:
    """Why nothing is chosen while rates are unknown."""
    return (
        f"the defect rate of {named(lacking, len(lacking))} is not known, and what is best depends on it; "
        "state it, or give a rate to take in its place (unknown_as=)"
    )


def named(names: tuple[str, ...], most: int = LISTED) -> str:
    """Handoffs in words, at most ``most`` of them."""
    some = ", ".join(f"'{name}'" for name in names[:most])
    return some + (f" and {len(names) - most} more" if len(names) > most else "")

"""A change that multiplies: ``Scale(0.55)`` in Python, ``x0.55`` in a file."""

from __future__ import annotations

import re

from qualitychain.errors import ChainError
from qualitychain.model.values.fields import NonNegative, echo, refuse
from qualitychain.model.values.record import record

_MEANT = re.compile(r"\s*[xX*\u00d7]\s*[-+.,]*[0-9]")
_WRITTEN = re.compile(r"\s*x\s*([0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?)\s*", re.ASCII)


@record
class Scale:
    """A change that multiplies the present value: ``Scale(0.5)`` halves it. A time keeps its kind and scv.

    Examples
    --------
    >>> Scale(0.55).factor
    0.55
    """

    factor: NonNegative
    """What the present value is multiplied by."""

    @property
    def written(self) -> str:
        """How a file says it: ``x0.55``."""
        return f"x{self.factor!r}"


def read_scale(text: str) -> Scale | None:
    """The scale that a text says, or None when it is a text like any other.

    Raises
    ------
    ChainError
        When it begins like a scale, but is none.

    Examples
    --------
    >>> read_scale("x0.55"), read_scale("2 h")
    (Scale(factor=0.55), None)
    """
    if not _MEANT.match(text):
        return None
    match = _WRITTEN.fullmatch(text)
    try:
        if match is not None:
            return Scale(float(match[1]))
    except ChainError:
        pass
    raise refuse("QC012", f"must be x and a number of 0 or more, such as x0.55, got {echo(text)}")

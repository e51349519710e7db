"""What a picture shows, made once from a result; Axes and SVG say the same words and numbers of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class LeadTimePicture:
    """The lead time of one customer as a picture.

    Attributes
    ----------
    times : tuple of float, length n
        Ascending; the last one is where the picture ends. A jump is two equal times, or nearly.
    delivered : tuple of float, length n
        Share of the units delivered within each time, 0 to 1.
    conforming : tuple of float, length n, or empty
        Share delivered within each time and conforming; empty where that is not told apart.
    promise : float
        Until when a delivery is on time, in the unit of the times; NaN without a promise.
    promise_words : str
        What is promised: ``promise 120 + tolerance 12 hours``.
    mark : (time, share), optional
        A point of the curve to be shown, such as the time that 95 % keep.
    words : tuple of str, up to 2
        What the promise and the mark mean, in this order, as far as there are both.
    title, xlabel : str
        Words over the picture, and what the times are, with their unit.
    description : str
        The picture in a sentence or two, for those who cannot see it.

    Raises
    ------
    ValueError
        Shares and times of different lengths, times that do not ascend or end above 0, a promise that is infinite.
    """

    times: tuple[float, ...]
    delivered: tuple[float, ...]
    conforming: tuple[float, ...] = ()
    promise: float = math.nan
    promise_words: str = "promise"
    mark: tuple[float, float] | None = None
    words: tuple[str, ...] = ()
    title: str = ""
    xlabel: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if len(self.delivered) != len(self.times) or len(self.conforming) not in (0, len(self.times)):
            raise ValueError(f"there are {len(self.times)} times; give one share for each")
        if (
            len(self.times) < 2
            or any(b < a for a, b in pairwise(self.times))
            or not 0 < self.times[-1] < math.inf
            or any(map(math.isnan, self.times))
        ):
            raise ValueError("times must ascend and end above 0")
        if math.isinf(self.promise):
            raise ValueError(f"promise must be a finite time, got {self.promise}")

    @property
    def promised(self) -> bool:
        """Whether a promise is shown."""
        return not math.isnan(self.promise)

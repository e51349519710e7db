"""The picture of one customer's lead time: made once, drawn by ``.plot()`` and in the report."""

from __future__ import annotations

import math

import numpy as np

from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.lead_time_words import promise_words
from qualitychain.errors import AnalysisError
from qualitychain.plot.base.contents import LeadTimePicture
from qualitychain.vocabulary.figures import number, percent

Floats = np.typing.NDArray[np.float64]
POINTS = 240
"""Places at which the curve is drawn, jumps aside."""
JUMP, MOST_JUMPS = 0.002, 200
"""Jumps of at least this share of the units are drawn upright, the greatest ones first."""
JUST_BEFORE = 1e-7
FAR = 4.0
"""A promise so many times as long as nearly all lead times lies beyond the picture."""
SOFT = 1e-5
"""A share closer to 0 or 1 than this is within what the time grid leaves open."""
_MARKS = ((0.5, "half"), (0.9, "90 %"), (0.95, "95 %"), (0.99, "99 %"))


def lead_time_picture(lead_time: CustomerLeadTime, unit: str) -> LeadTimePicture | None:
    """The picture of a lead time; None where nothing takes time or too little of it is known."""
    far = _shown_until(lead_time)
    if not far > 0:
        return None
    times = _places(lead_time, far)
    conforming: tuple[float, ...] = ()
    if SOFT < lead_time.conforming < 1 - SOFT:
        good = lead_time.conforming * np.asarray(lead_time.distribution(conforming=True).cdf(times))
        conforming = tuple(good.tolist())
    on_time, p95 = lead_time.on_time, _within(lead_time, 0.95)
    promised = not math.isnan(on_time)
    words = [f"late: {percent(1.0 - on_time)}; on time: {percent(on_time)}"] if promised else []
    if not math.isnan(p95):
        words.append(f"95 % within {number(p95)} {unit}")
    return LeadTimePicture(
        times=tuple(times.tolist()),
        delivered=tuple(np.asarray(lead_time.cdf(times)).tolist()),
        conforming=conforming,
        promise=lead_time.promise_with_tolerance if promised else math.nan,
        promise_words=f"promise {promise_words(lead_time, unit)}",
        mark=None if math.isnan(p95) else (p95, 0.95),
        words=tuple(words),
        title=f"Lead time of {lead_time.customer}",
        xlabel=f"lead time in {unit}",
        description=_described(lead_time, unit),
    )


def _within(lead_time: CustomerLeadTime, share: float) -> float:
    """The time that a share of the units keeps; NaN where it is not known."""
    try:
        return float(lead_time.quantile(share))
    except AnalysisError:
        return math.nan


def _described(lead_time: CustomerLeadTime, unit: str) -> str:
    """The picture in words."""
    known = [(words, _within(lead_time, share)) for share, words in _MARKS]
    within = [f"{words} within {number(time)}" for words, time in known if not math.isnan(time)]
    said = [f"Share of the deliveries within each time, in {unit}: {', '.join(within)}."]
    if not math.isnan(lead_time.on_time):
        said.append(
            f"The promise of {promise_words(lead_time, unit)} is kept by {percent(lead_time.on_time)}; "
            f"{percent(lead_time.satisfied)} are on time and conforming."
        )
    elif lead_time.conforming < 1:
        said.append(f"{percent(lead_time.conforming)} are conforming.")
    return " ".join(said)


def _shown_until(lead_time: CustomerLeadTime) -> float:
    """How far the picture goes: past nearly all of the units, and past the promise unless that is far beyond."""
    try:
        far = 1.15 * float(lead_time.quantile(0.995))
    except AnalysisError:
        far = lead_time.horizon
    if not math.isnan(lead_time.promise) and lead_time.promise_with_tolerance <= FAR * far:
        far = max(far, 1.1 * lead_time.promise_with_tolerance)
    # beyond the horizon the distribution is not known, unless hardly anything is left there
    whole = lead_time.distributions[0]
    return min(far, lead_time.horizon) if whole.beyond > whole.tolerance else far


def _places(lead_time: CustomerLeadTime, far: float) -> Floats:
    """Where the curve is drawn: evenly, at the promise, and just before and at each jump."""
    whole = lead_time.distributions[0]
    masses = np.diff(whole.atoms, prepend=0.0)
    jumps = np.flatnonzero(masses >= JUMP)
    if len(jumps) > MOST_JUMPS:
        jumps = jumps[np.argsort(-masses[jumps], kind="stable")[:MOST_JUMPS]]
    at = jumps * whole.step
    at = at[(at <= far) & (at > 0)]
    places = np.sort(np.concatenate((np.linspace(0.0, far, POINTS), at, at * (1 - JUST_BEFORE))))
    # a promise of the picture's very end must not lie beyond the horizon by rounding
    places[-1] = far
    return places

"""When each external customer gets its units: a card with the distribution of the lead time and its promise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qualitychain.analysis.time.lead_times import CustomerLeadTime, LeadTimes
from qualitychain.errors import AnalysisError
from qualitychain.model.records.nodes import Customer
from qualitychain.plot.svg.lead_time import lead_time_svg
from qualitychain.reporting.cards.headline import MOST_CARDS
from qualitychain.reporting.page.escaping import one_line
from qualitychain.reporting.page.words import one_in, rounded
from qualitychain.vocabulary.figures import number, percent

Floats = np.typing.NDArray[np.float64]

WIDE, NARROW = 560.0, 300.0
"""Widths of the picture in px: beside or above the figures, and on a phone."""
POINTS = 240
"""Places at which the curve is drawn, jumps aside."""
JUMP, MOST_JUMPS = 0.002, 200
"""Jumps of at least this share of the units are drawn upright, the greatest ones first."""
JUST_BEFORE = 1e-7
FAR = 4.0
"""A promise so many times as long as nearly all lead times lies beyond the picture."""
SOFT = 1e-5
"""A share closer to 0 or 1 than this is within what the time grid leaves open."""


@dataclass(frozen=True)
class Picture:
    """A picture at a width: ``media`` is the class that shows it there."""

    media: str
    svg: str


@dataclass(frozen=True)
class TimeCard:
    """When one customer gets its units: a figure, a picture, and sentences."""

    name: str
    figure: str
    meaning: str
    pictures: tuple[Picture, ...]
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]


def time_cards(customers: tuple[Customer, ...], t: LeadTimes, period: str) -> list[TimeCard]:
    """A card for each of the first customers that have a lead time."""
    shown = customers[:MOST_CARDS]
    return [_card(c, t[c.name], t, period) for c in shown if c.name in t.found]


def without_lead_time(customers: tuple[Customer, ...], t: LeadTimes) -> list[str]:
    """A sentence for each of the first customers that have none."""
    return [f"{c.name}: no lead time can be told, {t.reasons[c.name]}." for c in customers if c.name in t.reasons]


def _card(customer: Customer, distribution: CustomerLeadTime, t: LeadTimes, period: str) -> TimeCard:
    row = {str(k): float(v) for k, v in t.customers.loc[customer.name].to_dict().items()}
    why = {column: (t.reason_for("customers", customer.name, column) or "") for column in row}
    promised = not math.isnan(distribution.promise)
    facts = [("mean", f"{number(row['lead_time'])} {t.unit}")]
    facts += [
        (label, f"{number(row[column])} {t.unit}" if not why[column] else why[column])
        for label, column in (("half within", "median"), ("90 % within", "p90"), ("95 % within", "p95"))
    ]
    if promised:
        facts.append(("promise", f"{number(distribution.promise)} {t.unit}"))
        if distribution.promise_with_tolerance > distribution.promise:
            facts.append(("counts as on time until", f"{number(distribution.promise_with_tolerance)} {t.unit}"))
        facts.append(("on time", why["on_time"] or percent(row["on_time"])))
        facts.append(("on time and conforming", why["satisfied"] or percent(row["satisfied"])))
    if row["rework_passes"] > 0:
        facts.append(("passes of rework, mean", number(row["rework_passes"])))
    if not promised or math.isnan(row["on_time"]):
        figure, meaning = (
            number(row["lead_time"]),
            f"{t.unit} on average" + ("" if promised else "; no promise is given"),
        )
    else:
        late = 1.0 - row["on_time"]
        figure = percent(row["on_time"])
        meaning = f"on time; late: {one_in(late) if late > SOFT else 'fewer than 1 in 100,000'}"
    return TimeCard(
        name=customer.name,
        figure=figure,
        meaning=meaning,
        pictures=_pictures(customer.name, distribution, t, row),
        facts=tuple(facts),
        sentences=tuple(_sentences(customer, distribution, t, row, period)),
    )


def _sentences(
    customer: Customer, distribution: CustomerLeadTime, t: LeadTimes, row: dict[str, float], period: str
) -> list[str]:
    said = []
    if customer.volume is not None and row["satisfied"] == row["satisfied"]:
        bad = customer.volume * (1.0 - row["satisfied"])
        late = customer.volume * (1.0 - row["on_time"])
        said.append(
            f"Of {number(customer.volume)} deliveries per {period}, {rounded(late)} are late, and {rounded(bad)} are "
            "late, nonconforming or both."
        )
    said.extend(
        r.split(": ", 1)[1][:1].upper() + r.split(": ", 1)[1][1:] + "." for r in t.remarks if _about(r, distribution)
    )
    return said


def _about(remark: str, distribution: CustomerLeadTime) -> bool:
    return remark.startswith(f"{distribution.customer}: ")


def _pictures(name: str, distribution: CustomerLeadTime, t: LeadTimes, row: dict[str, float]) -> tuple[Picture, ...]:
    """The distribution at two widths; none where nothing takes time or too little of it is known."""
    far = _shown_until(distribution)
    if not far > 0:
        return ()
    times = _places(distribution, far)
    delivered = distribution.cdf(times)
    conforming = None
    if SOFT < distribution.conforming < 1 - SOFT:
        conforming = distribution.conforming * distribution.distribution(conforming=True).cdf(times)
    promised = not math.isnan(row["on_time"])
    words = []
    if promised:
        words.append(f"late: {percent(1.0 - row['on_time'])}; on time: {percent(row['on_time'])}")
    mark = None if math.isnan(row["p95"]) else (row["p95"], 0.95)
    if mark is not None:
        words.append(f"95 % within {number(row['p95'])} {t.unit}")

    def draw(width: float) -> str:
        return lead_time_svg(
            times.tolist(),
            np.asarray(delivered).tolist(),
            conforming=None if conforming is None else np.asarray(conforming).tolist(),
            promise=distribution.promise_with_tolerance if promised else None,
            mark=mark,
            words=words,
            title=f"Lead time of {one_line(name)}",
            description=_described(distribution, t, row),
            xlabel=f"lead time in {t.unit}",
            width=width,
        )

    return Picture("narrow", draw(NARROW)), Picture("from-medium", draw(WIDE))


def _described(distribution: CustomerLeadTime, t: LeadTimes, row: dict[str, float]) -> str:
    """The picture in words."""
    marks = (("median", "half"), ("p90", "90 %"), ("p95", "95 %"), ("p99", "99 %"))
    within = [f"{share} within {number(row[column])}" for column, share in marks if not math.isnan(row[column])]
    said = [f"Share of the deliveries within each time, in {t.unit}: {', '.join(within)}."]
    if not math.isnan(row["on_time"]):
        tolerance = distribution.promise_with_tolerance > distribution.promise
        said.append(
            f"The promise of {number(distribution.promise)}"
            + (f", {number(distribution.promise_with_tolerance)} with its tolerance," if tolerance else "")
            + f" is kept by {percent(row['on_time'])}; {percent(row['satisfied'])} are on time and conforming."
        )
    elif distribution.conforming < 1:
        said.append(f"{percent(distribution.conforming)} are conforming.")
    return " ".join(said)


def _shown_until(distribution: CustomerLeadTime) -> float:
    """How far the picture goes: past nearly all of the units, and past the promise unless that is far beyond."""
    try:
        far = 1.15 * float(distribution.quantile(0.995))
    except AnalysisError:
        far = distribution.horizon
    if not math.isnan(distribution.promise) and distribution.promise_with_tolerance <= FAR * far:
        far = max(far, 1.1 * distribution.promise_with_tolerance)
    # beyond the horizon the distribution is not known, unless hardly anything is left there
    return (
        min(far, distribution.horizon)
        if distribution.distributions[0].beyond > distribution.distributions[0].tolerance
        else far
    )


def _places(distribution: CustomerLeadTime, far: float) -> Floats:
    """Where the curve is drawn: evenly, and just before and at each jump."""
    whole = distribution.distributions[0]
    masses = np.diff(whole.atoms, prepend=0.0)
    jumps = np.flatnonzero(masses >= JUMP)
    if len(jumps) > MOST_JUMPS:
        jumps = jumps[np.argsort(-masses[jumps], kind="stable")[:MOST_JUMPS]]
    at = jumps * whole.step
    at = at[(at <= far) & (at > 0)]
    places = np.concatenate((np.linspace(0.0, far, POINTS), at, at * (1 - JUST_BEFORE)))
    places = np.sort(places)
    # a promise of the picture's very end must not lie beyond the horizon by rounding
    places[-1] = far
    return places

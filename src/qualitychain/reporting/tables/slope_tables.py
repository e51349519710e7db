"""What a little more of each number does to a customer: a tornado, and why some signs are what they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.analysis.sensitivity.sensitivities import LEAST, Sensitivities
from qualitychain.analysis.sensitivity.specs import RATES
from qualitychain.plot.svg.bars import Panel, bars_svg
from qualitychain.reporting.cards.time_cards import Picture
from qualitychain.reporting.page.escaping import one_line
from qualitychain.reporting.tables.cause_tables import NARROW, WIDE, points

MOST_ROWS, MOST_REASONS = 12, 5
BECAUSE = "because inspection removes them"
WHAT = {
    "defect_rate": "more defects",
    "detect": "better detection",
    "false_alarm": "more false alarms",
    "fix": "more rejects cleared",
}
"""A point more of each probability, in words."""


@dataclass(frozen=True)
class Tornado:
    """What moves one customer's rate most: pictures, and sentences on signs that surprise."""

    customer: str
    pictures: tuple[Picture, ...] = ()
    words: str = ""
    sentences: tuple[str, ...] = ()


def tornado(slopes: Sensitivities, customer: str) -> Tornado:
    """The largest gradients to probabilities, falls to the left."""
    mine = slopes.table[(slopes.table["customer"] == customer) & slopes.table["parameter"].isin(RATES)]
    mine = mine[mine["gradient"].notna() & (mine["gradient"] != 0)]
    if mine.empty:
        reason = slopes.reason_for("table", customer)
        return Tornado(customer, words=f"Not known: {reason}." if reason else "No number moves this customer's rate.")
    ranked = mine.iloc[np.argsort(-mine["gradient"].abs().to_numpy(), kind="stable")]
    seen = ranked[ranked["gradient"].abs() >= LEAST * ranked["gradient"].abs().max()]
    shown = seen.head(MOST_ROWS)
    changes = [0.01 * float(g) for g in shown["gradient"]]
    labels = [
        f"{WHAT[name]}: {one_line(str(of))}" for of, name in zip(shown["handoff"], shown["parameter"], strict=True)
    ]
    panel = Panel(
        "change of the rate, in points, for one point more",
        tuple(changes),
        tuple(("+" if c > 0 else "") + points(c) for c in changes),
        rise_is_worse=True,
    )
    said = "; ".join(str(m) for m in shown["meaning"].head(3))
    pictures = tuple(
        Picture(
            media,
            bars_svg(
                labels,
                (panel,),
                title=f"What moves the accepted defect rate of {one_line(customer)}",
                description=one_line(said) + ".",
                width=width,
            ),
        )
        for media, width in (("narrow", NARROW), ("from-medium", WIDE))
    )
    surprising = [str(m) for m in ranked["meaning"] if BECAUSE in str(m)]
    sentences = [m[:1].upper() + m[1:] + "." for m in surprising[:MOST_REASONS]]
    if len(surprising) > MOST_REASONS:
        sentences.append(f"The same of {len(surprising) - MOST_REASONS:,} further handoffs.")
    words = ""
    if len(ranked) > len(shown):
        every = "`qualitychain show --table sensitivities` lists all."
        words = f"The {len(shown)} of {len(ranked):,} that move it most; {every}"
    return Tornado(customer, pictures, words, tuple(sentences))

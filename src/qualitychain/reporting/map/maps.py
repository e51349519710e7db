"""The chain map of the report, at the widths of a screen, a tablet or paper, and a phone."""

from __future__ import annotations

from typing import Literal

from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks
from qualitychain.analysis.customers.customer_effects import CustomerEffects
from qualitychain.analysis.quality.quality import Quality
from qualitychain.model.chain.chain import Chain
from qualitychain.plot.chain_map.svg import chain_svg
from qualitychain.reporting.cards.time_cards import Picture
from qualitychain.reporting.map.chain_map import MOST_EDGES, main_edges, map_records
from qualitychain.reporting.page.escaping import one_line
from qualitychain.reporting.page.words import plural

MOST_NODES = 60
"""A map of more is not readable, and words stand in its place."""
WIDE, MEDIUM, NARROW = 1200.0, 600.0, 343.0
"""Room for the map in px on a screen, on a tablet or paper, and on a phone."""


def maps_of(chain: Chain, q: Quality, b: Bottlenecks, e: CustomerEffects | None) -> tuple[list[Picture], str]:
    """The map at each width, and words on what it shows."""
    count = len(chain.suppliers) + len(chain.departments) + len(chain.customers)
    size = (
        f"{plural(len(chain.suppliers), 'supplier')}, {plural(len(chain.departments), 'department')}, "
        f"{plural(len(chain.customers), 'customer')} and {plural(len(chain.handoffs), 'handoff')}"
    )
    if count > MOST_NODES:
        reason = "too many for a picture that can be read. The tables below hold the figures."
        return [], f"The chain has {size}: {reason}"
    effects = None
    if e is not None:
        largest = e.handoffs.groupby("handoff")["removal_effect"].max()
        effects = {str(name): float(effect) for name, effect in largest.items()}
    nodes, every = map_records(chain, q, b, effects=effects)
    words, edges = f"{size}.", every
    if len(every) > MOST_EDGES:
        edges = main_edges(every, MOST_EDGES)
        words = (
            f"{size}. Shown are the {len(edges)} of {len(every):,} ways (handoffs and rework) that carry "
            "most, at least one into and out of each place; the tables hold all."
        )
    title = f"Chain map of {one_line(chain.name)}"

    def draw(width: float, direction: Literal["right", "down"]) -> str:
        return chain_svg(nodes, edges, title=title, description=words, direction=direction, width=width)

    wide, medium = draw(WIDE, "right"), draw(MEDIUM, "down")
    maps = [Picture("narrow", draw(NARROW, "down"))]
    # a chain too long for the screen is drawn downwards there too
    if _width(wide) <= MEDIUM + 100:
        return [*maps, Picture("from-medium", medium)], words
    return [*maps, Picture("medium", medium), Picture("wide", wide)], words


def _width(svg: str) -> float:
    return float(svg.split('width="', 1)[1].split('"', 1)[0])

"""Colours of the map and the plots: told apart in greyscale too, text at 4.5 to 1 or better on its ground."""

from __future__ import annotations

import math

from qualitychain.plot.base.marks import MapNode

PAPER = "#ffffff"
INK = "#1b2733"
QUIET = "#46525e"
LINE = "#5b6673"
ALERT = "#9c2f08"
SHADE = "#fcdfc4"
BAR = "#3f6a91"
PALE = "#b9cbdc"

_GROUND = {"supplier": "#e9eef3", "department": PAPER, "customer": "#e3f0ea", "service": "#f4f1fa"}


def mix(from_colour: str, to_colour: str, share: float) -> str:
    """The colour ``share`` of the way between two, as ``#rrggbb``.

    Examples
    --------
    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    share = 0.0 if math.isnan(share) else min(1.0, max(0.0, share))
    parts = []
    for i in (1, 3, 5):
        a, b = int(from_colour[i : i + 2], 16), int(to_colour[i : i + 2], 16)
        parts.append(f"{int(a + (b - a) * share + 0.5):02x}")
    return "#" + "".join(parts)


def fill_of(node: MapNode) -> str:
    """Ground of a node's box."""
    return mix(_GROUND[node.kind], SHADE, node.emphasis)


def line_of(emphasis: float) -> str:
    """Colour of an edge."""
    return mix(LINE, ALERT, emphasis)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours.

    References
    ----------
    Web Content Accessibility Guidelines 2.2, "contrast ratio" and "relative luminance".

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 6)


def _luminance(colour: str) -> float:
    total = 0.0
    for i, weight in ((1, 0.2126), (3, 0.7152), (5, 0.0722)):
        c = int(colour[i : i + 2], 16) / 255
        total += weight * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
    return total

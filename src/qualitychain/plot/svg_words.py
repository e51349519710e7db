"""What every picture in SVG shares: its fonts, words that are only ever text, and numbers of few digits."""

from __future__ import annotations

from xml.sax.saxutils import escape

from qualitychain.plot.marks import clean

FONTS = "'Segoe UI', Roboto, Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Fonts of known, ordinary width: what stands in the pictures is measured for them."""


def svg_text(words: str) -> str:
    """Words as the text of an element.

    Examples
    --------
    >>> svg_text("A <b>")
    'A &lt;b&gt;'
    """
    return escape(clean(words), {'"': "&quot;", "'": "&#39;"})


def svg_number(value: float) -> str:
    """A length or place in px, to a tenth.

    Examples
    --------
    >>> svg_number(12.04), svg_number(-0.01)
    ('12', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text

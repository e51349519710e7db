"""What every picture in SVG shares: its frame and fonts, words that are only ever text, and numbers of few digits."""

from __future__ import annotations

import zlib
from xml.sax.saxutils import escape, quoteattr

from qualitychain.plot.base import palette
from qualitychain.plot.base.marks import FONT, clean

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


def svg_head(kind: str, content: object, *, width: float, height: float, title: str, description: str) -> list[str]:
    """The beginning of a picture that screen readers read out, on white ground; close it with ``</svg>``.

    Parameters
    ----------
    kind : str
        First part of the identifiers within, a plain word.
    content : object
        What else the picture shows: its ``repr`` tells pictures of one title apart, and is the same in every process.
    width, height : px
    title, description : str
        Read out in place of the picture.

    Examples
    --------
    >>> print(svg_head("bars", 1, width=100, height=50, title="A & B", description="")[1])
    <title id="bars-7b850508-title">A &amp; B</title>
    """
    ident = f"{kind}-{zlib.crc32(repr((title, description, content, width)).encode('utf-8', 'replace')):08x}"
    w, h = svg_number(width), svg_number(height)
    return [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
            f'aria-labelledby="{ident}-title {ident}-desc" font-family={quoteattr(FONTS)} '
            f'font-size="{svg_number(FONT)}" fill="{palette.INK}">'
        ),
        f'<title id="{ident}-title">{svg_text(title)}</title>',
        f'<desc id="{ident}-desc">{svg_text(description)}</desc>',
        f'<rect width="{w}" height="{h}" fill="{palette.PAPER}"/>',
    ]


def svg_words(x: float, y: float, words: str, *, anchor: str = "start", colour: str = palette.INK) -> str:
    """A text element at a place; ``anchor`` is start, middle or end.

    Examples
    --------
    >>> svg_words(1, 2, "<A>")
    '<text x="1" y="2" fill="#1b2733">&lt;A&gt;</text>'
    """
    aligned = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{svg_number(x)}" y="{svg_number(y)}"{aligned} fill="{colour}">{svg_text(words)}</text>'

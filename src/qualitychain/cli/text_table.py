"""Tables as aligned text: rows of words and figures cut into parts that fit a line."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from qualitychain.reporting.page.escaping import one_line

WIDEST = 120
"""Width of text that is not shown on a terminal."""
MOST_KEYS, WIDEST_WORDS, GAP = 3, 44, 2
"""Columns that name the rows of a table without an index, the room that words have, and the room between two."""
_FIGURE = re.compile(r"-|[+-]?[\d.,]+(e[+-]?\d+)?( %)?|no limit|none|yes|no")


def text_table(headings: Sequence[str], rows: Sequence[Sequence[str]], keys: int) -> list[str]:
    r"""Lines of an aligned table; columns that do not fit a line follow in parts that repeat the names of the rows.

    Parameters
    ----------
    headings : sequence of str, length n
    rows : sequence of sequences of str, length n each
    keys : int
        How many first columns name the rows; 0 where that is to be found out.

    Examples
    --------
    >>> print("\n".join(text_table(["customer", "defect rate"], [["Shop", "2 %"], ["Retail", "10.5 %"]], 1)))
    customer  defect rate
    --------  -----------
    Shop              2 %
    Retail         10.5 %
    """
    columns = [_Column(head, [one_line(row[i]) for row in rows]) for i, head in enumerate(headings)]
    count = keys or _naming(columns)
    room = max(60, shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST)
    lines: list[str] = []
    for part in _parts(columns, count, room):
        spare = room + GAP - sum(column.width + GAP for column in part)
        # words that are folded take what is left of the line
        widths = [c.width + min(spare, c.natural - c.width) if c is part[-1] else c.width for c in part]
        lines += ([""] if lines else []) + _laid_out(part, widths, len(rows))
    return lines


class _Column:
    """A column: its heading, its cells, whether they are figures, and how wide it is."""

    def __init__(self, heading: str, cells: list[str]) -> None:
        self.cells = cells
        self.figures = bool(cells) and all(_FIGURE.fullmatch(cell) for cell in cells)
        longest = max(map(len, cells), default=0)
        # a heading may take two lines, so that figures stand close together
        self.heading = _wrapped(heading, max(min(longest, WIDEST_WORDS), *map(len, heading.split()), 12))
        self.natural = max(longest, *map(len, self.heading))
        self.width = self.natural if self.figures else min(self.natural, max(WIDEST_WORDS, *map(len, self.heading)))


def _naming(columns: Sequence[_Column]) -> int:
    """How many first columns hold words, which name the rows; never all of them."""
    count = 0
    while count < min(MOST_KEYS, len(columns) - 1) and not columns[count].figures:
        count += 1
    return count


def _parts(columns: Sequence[_Column], keys: int, room: int) -> list[list[_Column]]:
    named = list(columns[:keys])
    taken = sum(column.width + GAP for column in named)
    parts: list[list[_Column]] = []
    left = 0
    for column in columns[keys:]:
        if not parts or column.width + GAP > left:
            parts.append([*named])
            left = room + GAP - taken
        parts[-1].append(column)
        left -= column.width + GAP
    return parts or [named]


def _laid_out(part: Sequence[_Column], widths: Sequence[int], count: int) -> list[str]:
    deep = max(len(column.heading) for column in part)
    heads = [["" for _ in range(deep - len(c.heading))] + c.heading for c in part]
    lines = [_line(part, widths, [head[i] for head in heads]) for i in range(deep)]
    lines.append((" " * GAP).join("-" * width for width in widths))
    for row in range(count):
        cells = [_wrapped(column.cells[row], width) for column, width in zip(part, widths, strict=True)]
        lines += [_line(part, widths, words) for words in zip_longest(*cells, fillvalue="")]
    return lines


def _line(part: Sequence[_Column], widths: Sequence[int], words: Sequence[str]) -> str:
    placed = [w.rjust(n) if c.figures else w.ljust(n) for c, n, w in zip(part, widths, words, strict=True)]
    return (" " * GAP).join(placed).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    """Words on lines of at most ``width``; a longer word is cut."""
    lines = [""]
    for word in text.split(" "):
        rest = word
        if lines[-1] and len(lines[-1]) + 1 + len(rest) <= width:
            lines[-1] += f" {rest}"
            continue
        if lines[-1]:
            lines.append("")
        cuts = [*range(0, len(rest), width), len(rest)] if rest else [0, 0]
        pieces = [rest[a:b] for a, b in pairwise(cuts)]
        lines[-1:] = pieces or [""]
    return lines

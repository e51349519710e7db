"""Figures as words for people."""

from __future__ import annotations

import math

from qualitychain.vocabulary.figures import number


def short_percent(share: float) -> str:
    """A share as a percentage of three digits.

    Examples
    --------
    >>> short_percent(0.89991), short_percent(0.0079), short_percent(0.0), short_percent(1.0)
    ('90 %', '0.79 %', '0 %', '100 %')
    """
    return "-" if math.isnan(share) else f"{float(f'{100 * share:.3g}'):g} %"


def rounded(value: float) -> str:
    """A number of three digits, in thousands without decimals.

    Examples
    --------
    >>> rounded(11.614), rounded(12096.4), rounded(0.0)
    ('11.6', '12,096', '0')
    """
    return number(value) if abs(value) >= 1000 or math.isnan(value) else f"{value:.3g}"


def one_in(rate: float) -> str:
    """A rate as people say it.

    Examples
    --------
    >>> one_in(0.0121), one_in(0.4), one_in(0.0), one_in(1.0), one_in(3.4e-6)
    ('about 1 in 83', 'about 40 in 100', 'none', 'every one', 'about 1 in 294,000')
    """
    if math.isnan(rate):
        return "-"
    if rate <= 0:
        return "none"
    if rate >= 1:
        return "every one"
    if rate > 0.1:
        return f"about {100 * rate:.2g} in 100" if rate < 0.995 else "nearly every one"
    each = 1 / rate
    if each >= 1e15:
        return "fewer than 1 in 1,000,000,000,000,000"
    scale = 10 ** max(0, math.floor(math.log10(each)) - 2)
    return f"about 1 in {round(each / scale) * scale:,}"


def listed(names: list[str], most: int = 5) -> str:
    """Names as a list in a sentence, the surplus counted.

    Examples
    --------
    >>> listed(["A", "B", "C"]), listed(["A"]), listed(["A", "B", "C"], 2)
    ('A, B and C', 'A', 'A, B and 1 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)


def plural(count: float, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Examples
    --------
    >>> plural(1, "handoff"), plural(1200, "handoff")
    ('1 handoff', '1,200 handoffs')
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"

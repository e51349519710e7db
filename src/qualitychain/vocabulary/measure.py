"""What a measure is: its unit, its direction, its range, what it is counted per, and how a person reads it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from qualitychain.vocabulary.figures import number, percent, sigma_text


class Unit(Enum):
    """What a measure is counted in."""

    SHARE = "share"
    """From 0 to 1, shown in per cent."""
    TIME = "time"
    """In the chain's time unit."""
    COUNT = "count"
    """Of units, defects, requests, servers, customers."""
    MONEY = "money"
    SIGMA = "sigma"
    """Standard deviations: a sigma level or a Z."""
    PPM = "parts per million"
    RATIO = "ratio"
    """A number without a unit."""
    WORDS = "words"
    """No figure: a name, a kind, a sentence."""


class Direction(Enum):
    """Which way is better."""

    MORE = "more is better"
    LESS = "less is better"
    NEITHER = "neither"


class Per(Enum):
    """What a figure is counted per."""

    NOTHING = ""
    STARTED = "started unit"
    DELIVERED = "delivered unit"
    VISIT = "visit"
    TIME = "time unit"
    PERIOD = "period"
    COST = "what costs are per"
    """The period where it is known, else the time unit."""


@dataclass(frozen=True)
class Units:
    """The units that a chain's figures are in, for headings.

    Attributes
    ----------
    time : str
        What times are counted in: ``hours``, ``working days``.
    time_unit : str
        One of them: ``hour``.
    period : str
        What volumes and money per period refer to.
    shift : float
        The shift of sigma levels; NaN where none is used.
    cost : str
        What the cost of quality is per: the period where it is known, else the time unit.
    money : str
        What money is counted in: the currency of the chain, or just "money".
    """

    time: str = "time units"
    time_unit: str = "time unit"
    period: str = "period"
    shift: float = math.nan
    cost: str = "period"
    money: str = "money"

    def per(self, per: Per) -> str:
        """What a figure is per, in this chain: ``hour``, ``month``, ``started unit``."""
        return {Per.TIME: self.time_unit, Per.PERIOD: self.period, Per.COST: self.cost}.get(per, per.value)


@dataclass(frozen=True)
class At:
    """Where a measure of a subject stands: in which analysis, in which of its tables ("" for a figure of its own)."""

    subject: str
    """``customer``, ``handoff``, ``department`` or ``chain``."""
    analysis: str
    attribute: str


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes
    ----------
    name : str
        The field's term, as columns, requirements and objectives name it.
    unit : Unit
    words : str
        What it is, in one line.
    direction : Direction
    per : Per
        What it is counted per.
    low, high : float
        Its range.
    label : str
        How a heading names it; the name with spaces by default.
    at : tuple of At
        Where a requirement finds it; empty for what no requirement may bound.
    objective : bool
        Whether a choice of projects may aim at it.
    """

    name: str
    unit: Unit
    words: str
    direction: Direction = Direction.NEITHER
    per: Per = Per.NOTHING
    low: float = 0.0
    high: float = math.inf
    label: str = ""
    at: tuple[At, ...] = ()
    objective: bool = False

    def text(self, value: float) -> str:
        """A value as a person reads it, the same everywhere.

        Examples
        --------
        >>> Measure("on_time", Unit.SHARE, "share on time").text(0.98)
        '98 %'
        """
        if self.unit is Unit.SHARE:
            return percent(value)
        return sigma_text(value) if self.unit is Unit.SIGMA else number(value)

    def unit_in(self, units: Units) -> str:
        """The unit, and what it is per, in a chain: ``hours``, ``per month``; empty where the figure says it itself.

        Examples
        --------
        >>> Measure("wait", Unit.TIME, "wait", per=Per.VISIT).unit_in(Units(time="hours"))
        'hours per visit'
        """
        own = {Unit.TIME: units.time, Unit.MONEY: units.money}.get(self.unit, "")
        if self.unit is Unit.SIGMA and self.name == "sigma_level" and not math.isnan(units.shift):
            own = f"shift {units.shift:g}"
        per = units.per(self.per)
        return " ".join(filter(None, (own, f"per {per}" if per else "")))


def share(
    name: str,
    words: str,
    direction: Direction = Direction.NEITHER,
    *,
    low: float = 0.0,
    label: str = "",
    at: tuple[At, ...] = (),
    objective: bool = False,
) -> Measure:
    """A measure of at most 1, shown in per cent."""
    return Measure(name, Unit.SHARE, words, direction, low=low, high=1.0, label=label, at=at, objective=objective)


def named(*measures: Measure) -> dict[str, Measure]:
    """Measures by name; a name that stands twice is a mistake of the house."""
    found: dict[str, Measure] = {}
    for measure in measures:
        if measure.name in found:
            raise ValueError(f"the measure {measure.name!r} is stated twice")
        found[measure.name] = measure
    return found

"""Do measured figures agree with Little's law, and with the model? WIP = throughput x lead time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.metrics import lead_time, little_gap, throughput, wip
from qualitychain.model.values.durations import Clock
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

FIGURES = ("wip", "throughput", "lead_time")
SAID = {"wip": "WIP", "throughput": "throughput", "lead_time": "lead time"}
COLUMNS = ("measured", "implied", "gap", "model", "model_gap")
Figures = dict[str, float]
NOT_MEASURED = Why(Reason.NOT_GIVEN, "not measured")
NOT_BOTH_MEASURED = Why(Reason.NOT_GIVEN, "the other two are not both measured")
NO_UNIT_HERE = Why(Reason.NO_WORK, "no unit comes here")
IMPLIED_ZERO = Why(Reason.NOT_APPLICABLE, "the other two make it 0")
MODEL_ZERO = Why(Reason.NOT_APPLICABLE, "the model's figure is 0")


@dataclass(frozen=True)
class LittleCheck:
    """The table of ``ValueStream.little``, what it says in words for each place, and why figures are missing."""

    table: pd.DataFrame
    verdicts: dict[str, str]
    missing: dict[Place, Why]


def read_measured(measured: Any, places: Mapping[str, Any], whole: str, clock: Clock) -> dict[str, Figures]:
    """What the user has measured, by place, lead times in the chain's time unit.

    Parameters
    ----------
    measured : mapping or None
        ``{"wip": ..., "throughput": ..., "lead_time": ...}`` for the whole chain, or such figures by name of a place.
    places : mapping
        The names of the places that can be measured.
    whole : str
        The name of the whole chain among them.

    Raises
    ------
    ValueError
        For an unknown place or figure, a figure that is no number, or one out of range.
    """
    if measured is None:
        return {}
    if not isinstance(measured, Mapping) or not measured:
        raise ValueError(
            'measured must say what was measured, for instance {"wip": 30, "throughput": 6, "lead_time": "5 d"}, '
            f"or such figures by name, got {measured!r}"
        )
    one_place = set(measured) <= set(FIGURES) and not any(isinstance(v, Mapping) for v in measured.values())
    by_place = {whole: measured} if one_place else measured
    found = {}
    for place, figures in by_place.items():
        if place not in places:
            if not isinstance(figures, Mapping):
                near = did_you_mean(place, FIGURES)
                raise ValueError(f"measured: {place!r} is not one of {', '.join(FIGURES)}{near}")
            near = did_you_mean(place, list(places))
            raise ValueError(f"measured: {place!r} is not a department, a customer or the name of the chain{near}")
        found[str(place)] = _figures(str(place), figures, clock)
    return found


def _figures(place: str, figures: Any, clock: Clock) -> Figures:
    if not isinstance(figures, Mapping) or not figures:
        raise ValueError(f"measured at '{place}' must be figures among {', '.join(FIGURES)}, got {figures!r}")
    read = {}
    for name, value in figures.items():
        if name not in FIGURES:
            near = did_you_mean(name, FIGURES)
            raise ValueError(f"measured at '{place}': {name!r} is not one of {', '.join(FIGURES)}{near}")
        read[str(name)] = _figure(place, str(name), value, clock)
    return read


def _figure(place: str, name: str, value: Any, clock: Clock) -> float:
    if isinstance(value, str) and name == "lead_time":
        try:
            value = clock.in_unit(value)
        except ValueError as error:
            raise ValueError(f"measured at '{place}': lead_time {value!r} {error}") from None
    told = float(value) if _is_number(value) else math.nan
    # nothing inside is a measurement; nothing coming out, or taking no time, tells nothing of the others
    if not (0 <= told < math.inf if name == "wip" else 0 < told < math.inf):
        form = "a number or a duration such as '5 d'" if name == "lead_time" else "a number"
        least = "at least 0" if name == "wip" else "above 0"
        raise ValueError(f"measured at '{place}': {name} must be {form}, {least}, got {value!r}")
    return told


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def little_check(
    measured: Mapping[str, Figures], model: Mapping[str, Figures], reasons: Mapping[str, Why], tolerance: float
) -> LittleCheck:
    """Compare measured figures with each other and with the model's, place by place.

    Parameters
    ----------
    measured : mapping of place to figures
    model : mapping of place to figures
        The model's own; NaN where not known.
    reasons : mapping of place to Why
        Why the model does not know them.
    tolerance : float
        Greatest relative difference that still counts as agreement.
    """
    import pandas as pd

    rows, keys, verdicts, missing = [], [], {}, dict[Place, Why]()
    for place, of_model in model.items():
        given = measured.get(place, {})
        implied = _implied(given)
        for name in FIGURES:
            here = given.get(name, math.nan)
            gap, model_gap = _gap(here, implied[name]), _gap(here, of_model[name])
            rows.append((here, implied[name], gap, of_model[name], model_gap))
            keys.append((place, name))
            values = dict(zip(COLUMNS, rows[-1], strict=True))
            missing.update(
                (Place("little", (place, name), column), _reason(column, values, given, reasons.get(place)))
                for column in COLUMNS
                if math.isnan(values[column])
            )
        if given:
            verdicts[place] = _verdict(given, implied, of_model, tolerance)
    index = pd.MultiIndex.from_tuples(keys, names=["place", "figure"])
    return LittleCheck(pd.DataFrame(rows, columns=list(COLUMNS), index=index, dtype=float), verdicts, missing)


def _implied(given: Figures) -> Figures:
    """Each figure from the other two, NaN where one of them is not measured."""
    inside, rate, time = (given.get(name, math.nan) for name in FIGURES)
    known = {name: not math.isnan(v) for name, v in zip(FIGURES, (inside, rate, time), strict=True)}
    return {
        "wip": wip(rate, time) if known["throughput"] and known["lead_time"] else math.nan,
        "throughput": throughput(inside, time) if known["wip"] and known["lead_time"] else math.nan,
        "lead_time": lead_time(inside, rate) if known["wip"] and known["throughput"] else math.nan,
    }


def _gap(here: float, other: float) -> float:
    return here / other - 1.0 if other > 0 else math.nan


def _reason(column: str, values: Figures, given: Figures, unknown: Why | None) -> Why:
    if column == "model":
        return unknown or NO_UNIT_HERE
    if column == "measured" or (column != "implied" and math.isnan(values["measured"])):
        return NOT_MEASURED
    if column == "implied":
        return NOT_BOTH_MEASURED if given else NOT_MEASURED
    if column == "gap":
        return NOT_BOTH_MEASURED if len(given) < 3 else IMPLIED_ZERO
    return unknown or MODEL_ZERO


def _verdict(given: Figures, implied: Figures, model: Figures, tolerance: float) -> str:
    """What the figures of one place say of each other, in words."""
    if len(given) == 1:
        [(name, value)] = given.items()
        return f"only {SAID[name]} is measured ({number(value)}): Little's law needs two figures to give the third"
    if len(given) == 2:
        third = next(name for name in FIGURES if name not in given)
        against = _against_model(implied[third], model[third], tolerance)
        return f"{SAID[third]} is not measured; the other two make it {number(implied[third])}{against}"
    gap = float(little_gap(given["wip"], given["throughput"], given["lead_time"]))
    off = {name: _gap(given[name], model[name]) for name in FIGURES}
    if abs(gap) <= tolerance:
        apart = [name for name in FIGURES if abs(off[name]) > tolerance]
        if not apart:
            known = not any(math.isnan(v) for v in off.values())
            return "the three agree with each other" + (" and with the model" if known else "")
        listed = ", ".join(f"{SAID[n]} {_signed(off[n])}" for n in apart)
        return f"the three agree with each other, but not with the model ({listed})"
    said = (
        f"WIP is {number(given['wip'])}, but throughput x lead time makes {number(implied['wip'])} "
        f"({_signed(gap)}): one of the three is wrong, or the flow is not steady"
    )
    return f"{said}; {_odd_one(given, implied, off, tolerance)}"


def _odd_one(given: Figures, implied: Figures, off: Figures, tolerance: float) -> str:
    """Which of three figures disagrees with the other two: three alone cannot tell, with the model's they may."""
    wrong = [name for name in FIGURES if abs(off[name]) > tolerance]
    if any(math.isnan(v) for v in off.values()):
        return "without the model's figures there is no telling which"
    if len(wrong) != 1:
        return "the model's figures do not tell which"
    [name] = wrong
    return (
        f"the model agrees with the other two, so look at {SAID[name]}: measured {number(given[name])}, "
        f"the other two make it {number(implied[name])} ({_signed(given[name] / implied[name] - 1.0)})"
    )


def _against_model(value: float, model: float, tolerance: float) -> str:
    gap = _gap(value, model)
    if math.isnan(gap):
        return ""
    return (
        ", as the model has it" if abs(gap) <= tolerance else f" ({_signed(gap)} against the model's {number(model)})"
    )


def _signed(gap: float) -> str:
    return f"{'+' if gap > 0 else '-'}{percent(abs(gap))}"


def checked_tolerance(tolerance: Any) -> float:
    """A relative tolerance above 0; ValueError for anything else."""
    told = float(tolerance) if _is_number(tolerance) else math.nan
    if not 0 < told < math.inf:
        raise ValueError(f"tolerance must be a relative difference above 0, such as 0.1, got {tolerance!r}")
    return told

"""Tables as the text shows them: rates in per cent where only the row says that they are, the steepest slopes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from qualitychain.vocabulary.figures import number, percent

PER = 1000
"""What a project's gain is shown for: cost of 1 buys too little to read."""
_RATE_OBJECTIVES = frozenset({"accepted_defect_rate", "defect_rate"})


def _sla_adequacy(frame: pd.DataFrame) -> pd.DataFrame:
    rates = frame["measure"] == "defect_rate"
    return frame.assign(**{c: _either(frame[c], rates) for c in ("promised", "needed", "gap")})


def _of_projects(frame: pd.DataFrame) -> pd.DataFrame:
    """Projects under an objective; their gain for a thousand of cost."""
    if "objective" not in frame or not len(frame):
        return frame
    rates = frame["objective"].isin(_RATE_OBJECTIVES)
    columns = [c for c in ("value_alone", "gain_alone", "marginal_value", "value", "bound", "gap") if c in frame]
    shown = frame.assign(**{c: _either(frame[c], rates) for c in columns})
    if "gain_per_cost" in frame:
        shown["gain_per_cost"] = _either(PER * frame["gain_per_cost"], rates)
        shown = shown.rename(columns={"gain_per_cost": f"gain_per_{PER:,}"})
    return shown


def _slopes(frame: pd.DataFrame) -> pd.DataFrame:
    """Every slope, of each customer the one whose step moves it most first; sentences are in the other formats."""
    from qualitychain.analysis.sensitivity.sensitivity_words import step_of

    size = (frame["gradient"] * frame["parameter"].map(step_of)).abs()
    place = frame["customer"].map({name: i for i, name in enumerate(frame["customer"].unique())})
    order = frame.assign(place=place, size=size).sort_values(
        ["place", "size"], ascending=[True, False], kind="stable", na_position="last"
    )
    return frame.loc[order.index, ["customer", "handoff", "parameter", "gradient"]]


def _either(values: pd.Series[Any], rates: pd.Series[Any]) -> list[str]:
    """Rates in per cent, everything else as a number."""
    return [percent(float(v)) if r else number(float(v)) for v, r in zip(values, rates, strict=True)]


_SHOWN: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "sla_adequacy": _sla_adequacy,
    "projects": _of_projects,
    "frontier": _of_projects,
}
_WHOLE: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"sensitivities": _slopes}


def for_people(name: str, frame: pd.DataFrame, *, whole: bool) -> pd.DataFrame:
    """A table by its name as the text shows it; ``whole``: it was asked for alone, and all rows are shown."""
    if whole and name in _WHOLE:
        return _WHOLE[name](frame)
    return _SHOWN[name](frame) if name in _SHOWN else frame

"""What rests on an unknown rate: figures that differ between a chain with 0 for its unknown rates and with others.

A figure depends on an unknown rate just where another rate gives another figure. So every answer is worked out with 0
and once more with rates that stand in no simple proportion, and whatever differs does not exist. This is the one place
where that is done; no analysis knows of unknown rates.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.unknown import named, unknown_handoffs
from qualitychain.model.records.handoff import Handoff
from qualitychain.vocabulary.figures import number
from qualitychain.vocabulary.measure import Direction, Measure
from qualitychain.vocabulary.measures.all import MEASURES
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

RELATIVE, ABSOLUTE = 1e-9, 1e-14
"""Differences that are rounding."""
NOT_KNOWN = "not known"
"""Stands for words that rest on an unknown rate."""
WITHOUT = "Without the unknown defect rates: "
RISING = frozenset({
    "nonconforming", "defect_rate", "accepted_defect_rate", "presented_defect_rate", "dpmo",
    "conforming", "z_lt", "sigma_level", "rolled_throughput_yield",
})  # fmt: skip
"""Figures that no defect more can better where no inspection sorts units."""
_WAYS = {Direction.LESS: "at least", Direction.MORE: "at most"}
_AS_THEY_ARE = ("method", "accuracy")
_SAID = ("assumptions", "remarks", "left_out")


@dataclass(frozen=True)
class Unknown:
    """The unknown rates of a chain, and what is said of figures that rest on them."""

    handoffs: tuple[str, ...]
    one_way: bool
    """Whether no inspection that sends units back or scraps them sees what these handoffs spoil."""

    @property
    def words(self) -> str:
        """That a figure rests on them."""
        rate = "rate" if len(self.handoffs) == 1 else "rates"
        return f"the defect {rate} of {named(self.handoffs, 3)} {'is' if rate == 'rate' else 'are'} not known"

    def why(self, value: object = math.nan, measure: Measure | None = None) -> Why:
        """Why a figure does not exist, with what the known rates alone give."""
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or math.isnan(value):
            return Why(Reason.UNKNOWN_RATE, self.words)
        text = number(float(value)) if measure is None else measure.text(float(value))
        bound = None
        if self.one_way and measure is not None and measure.name in RISING:
            bound = _WAYS.get(measure.direction)
        return Why(Reason.UNKNOWN_RATE, f"{self.words}; {bound or 'without the unknown'} {text}")


def unknown_of(chain: Chain) -> Unknown | None:
    """The unknown rates of a chain; None where it has none."""
    lacking = unknown_handoffs(chain)
    if not lacking:
        return None
    return Unknown(tuple(h.full_name for h in lacking), not _sorted_behind(chain, lacking))


def _sorted_behind(chain: Chain, lacking: tuple[Handoff, ...]) -> bool:
    """Whether units that these handoffs spoil can come to an inspection that sends back or scraps."""
    leaving: dict[str, list[Handoff]] = {}
    for h in chain.handoffs:
        leaving.setdefault(h.supplier, []).append(h)
    waiting, seen = list(lacking), set[str]()
    while waiting:
        h = waiting.pop()
        check = h.inspection
        if check is not None and check.returns and check.rejects:
            return True
        if h.customer not in seen:
            seen.add(h.customer)
            waiting.extend(leaving.get(h.customer, ()))
    return False


def differs(one: Any, other: Any) -> bool:
    """Whether two figures or words differ by more than rounding."""
    if isinstance(one, float | int | np.number) and isinstance(other, float | int | np.number):
        a, b = float(one), float(other)
        if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
            return not (a == b or (math.isnan(a) and math.isnan(b)))
        return abs(a - b) > RELATIVE * max(abs(a), abs(b)) + ABSOLUTE
    return bool(one != other)


def rested(known: Any, tried: Any, of: Unknown) -> Any:
    """An answer without what rests on unknown rates: ``known`` as it is with 0 for them, ``tried`` with others."""
    # the base of all results, without importing it here
    if hasattr(known, "missing") and hasattr(known, "described"):
        return _result(known, tried, of)
    if dataclasses.is_dataclass(known) and hasattr(known, "table"):
        return dataclasses.replace(known, table=_table((known.table, tried.table), None, "table", of, {}))  # type: ignore[type-var]  # it is one
    return _value(known, tried)


def _value(known: Any, tried: Any) -> Any:
    if isinstance(known, bool | np.bool_):
        return None if known != tried else known
    if isinstance(known, float | np.floating):
        return math.nan if differs(known, tried) else known
    if isinstance(known, int | np.integer):
        return known if known == tried else math.nan
    if isinstance(known, str):
        return known if known == tried else NOT_KNOWN
    if isinstance(known, np.ndarray) and known.dtype.kind == "f" and known.shape == tried.shape:
        same = np.isclose(known, tried, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
        return np.where(same, known, np.nan)
    if isinstance(known, Mapping) and isinstance(tried, Mapping):
        return {k: _value(v, tried[k]) if k in tried else v for k, v in known.items()}
    return known


def _result(known: Any, tried: Any, of: Unknown) -> Any:
    specs = {spec.attribute: spec for spec in known.described()}
    missing = {
        place: why if place in tried.missing and tried.missing[place] == why else of.why()
        for place, why in known.missing.items()
    }
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(known):
        name = field.name
        if not field.repr or name in ("missing", "units", *_AS_THEY_ARE):
            continue
        one, other = getattr(known, name), getattr(tried, name)
        if name in _SAID:
            changes[name] = tuple(said if said in other else f"{WITHOUT}{said}" for said in one)
        elif name == "exact":
            changes[name] = one and other
        elif hasattr(one, "columns") or hasattr(one, "to_frame"):
            changes[name] = _table((one, other), specs.get(name), name, of, missing)
        elif isinstance(one, tuple):
            changes[name] = one if one == other else ()
        else:
            changes[name] = _value(one, other)
            if isinstance(one, float) and differs(one, other):
                missing[Place(column=name)] = of.why(one, MEASURES.get(name))
    made = dataclasses.replace(known, **changes, missing=missing)
    # parts that are worked out later come from both too
    vars(made)["apart"] = (known, tried, of)
    return made.resting()


def _table(
    pair: tuple[Any, Any], spec: TableSpec | None, name: str, of: Unknown, missing: dict[Place, Why]
) -> pd.DataFrame:
    known, tried = pair
    series = not hasattr(known, "columns")
    one, other = (known.to_frame(), tried.to_frame()) if series else (known, tried)
    mine, theirs = _keys(one), _keys(other)
    place = {key: i for i, key in enumerate(theirs)}
    more = [i for key, i in place.items() if key not in set(mine)]
    if more:
        import pandas as pd

        one = pd.concat([one, other.iloc[more]], ignore_index=all(n is None for n in one.index.names))
        mine = [*mine, *(theirs[i] for i in more)]
    result = one.copy()
    for column in one.columns:
        label = str(column)
        ours, others = one[column].tolist(), other[column].tolist() if column in other.columns else []
        words = _is_words(one[column])
        gone = [
            i
            for i, key in enumerate(mine)
            if i >= len(known) or key not in place or not others or differs(ours[i], others[place[key]])
        ]
        if words:
            # rows that are only there with other rates keep what names them
            gone = [i for i in gone if i < len(known)]
        if not gone:
            continue
        values: list[Any] = [*ours]
        for i in gone:
            if words:
                values[i] = NOT_KNOWN if isinstance(ours[i], str) else None
                continue
            at = _measure(spec, label, one, i)
            row = _place(one, i, spec)
            own = label == "defect_rate" and row in of.handoffs
            missing[Place(name, row, label)] = of.why(ours[i] if i < len(known) and not own else math.nan, at)
            values[i] = math.nan
        import pandas as pd

        result[column] = pd.Series(values, index=one.index, dtype=object if words else float)
    return result.iloc[:, 0] if series else result  # type: ignore[no-any-return]  # frames of any kind


def _is_words(column: Any) -> bool:
    return bool(str(column.dtype) in ("object", "bool", "str", "string"))


def _keys(frame: Any) -> list[Hashable]:
    """What tells the rows apart: the index, or the names at the beginning of a row."""
    if any(n is not None for n in frame.index.names) and frame.index.is_unique:
        return list(frame.index)
    leading = _leading(frame)
    rows = zip(*(frame[c].tolist() for c in leading), strict=True) if leading else ((i,) for i in range(len(frame)))
    seen: dict[Hashable, int] = {}
    keys: list[Hashable] = []
    for row in rows:
        seen[row] = seen.get(row, -1) + 1
        keys.append((*row, seen[row]))
    return keys


def _leading(frame: Any) -> list[Any]:
    """Columns at the beginning of a frame that hold names."""
    leading = []
    for column in frame.columns:
        if not _is_words(frame[column]) or frame[column].dtype == bool:
            break
        leading.append(column)
    return leading


def _place(frame: Any, i: int, spec: TableSpec | None) -> Hashable:
    if any(n is not None for n in frame.index.names) or (spec is not None and spec.index):
        return frame.index[i]  # type: ignore[no-any-return]  # whatever the index holds
    row = tuple(frame[c].iloc[i] for c in _leading(frame))
    return row if len(row) > 1 else row[0] if row else i


def _measure(spec: TableSpec | None, column: str, frame: Any, i: int) -> Measure | None:
    found = next((c for c in spec.columns if c.name == column), None) if spec is not None else None
    if found is not None and found.measure_in:
        return MEASURES.get(str(frame[found.measure_in].iloc[i])) if found.measure_in in frame.columns else None
    return MEASURES.get(found.measure or column if found is not None else column)


__all__ = ["NOT_KNOWN", "Unknown", "differs", "rested", "unknown_of"]

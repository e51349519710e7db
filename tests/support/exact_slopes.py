"""Exact derivatives of everything a chain does, by dual numbers over fractions or by differences in many digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from support.dual import Dual
from support.exact import _counts
from support.exact_chain import is_bad
from support.exact_story import ZERO, read_story

Chain = Mapping[str, Any]
Outcome = tuple[str, str]
OF_INSPECTION = ("detect", "false_alarm", "fix")
DEFAULTS = {"transit_defect_rate": 0, "share": 1, "fix": 1, "false_alarm": 0}


def outcomes(chain: Chain) -> dict[Outcome, Any]:
    """Delivered, nonconforming, presented and presented bad units of each customer, scrap, rejects and work, each per
    started unit, and the two defect rates; fractions, or dual numbers where the chain holds them."""
    story = read_story(chain)
    counts, _ = _counts(story)
    seen = counts["visits"]

    def total(step: str, place: str | None = None, *, bad: bool = False) -> Any:
        return sum(
            (m for s, m in seen.items() if s[0] == step and place in (None, s[1]) and (is_bad(s[2]) or not bad)), ZERO
        )

    found: dict[Outcome, Any] = {("scrap_rate", ""): total("scrapped")}
    for k in story.customers:
        doors = [h.name for h in story.handoffs if h.receiver == k and h.per_unit is None]
        found["delivered", k] = total("delivered", k)
        found["nonconforming", k] = total("delivered", k, bad=True)
        found["presented", k] = sum((total("incoming", d) for d in doors), ZERO)
        found["presented_bad", k] = sum((total("incoming", d, bad=True) for d in doors), ZERO)
    for h in story.handoffs:
        if h.per_unit is None:
            found["rejected", h.name] = total("rejected", h.name)
            found["tried", h.name] = total("sent", h.name)
    for node in story.nodes:
        found["work", node] = counts["work"].get(node, ZERO)
    for k in story.customers:
        for rate, part, whole in (
            ("accepted_defect_rate", "nonconforming", "delivered"),
            ("defect_rate", "presented_bad", "presented"),
        ):
            if plain(found[whole, k]) != 0:
                found[rate, k] = found[part, k] / found[whole, k]
    return found


def plain(number: Any) -> Fraction:
    """The number without its derivative."""
    return number.value if isinstance(number, Dual) else Fraction(number)


def moves(chain: Chain) -> Iterator[tuple[str, dict[int, int]]]:
    """Every way to move parameters that the chain allows: (field, {position of a handoff: direction}).

    Shares move in pairs, the uses of one item together, and what belongs to a common cause together.
    """
    handoffs, seen = chain["handoffs"], set()
    for i, h in enumerate(handoffs):
        pulled = "per_unit" in h
        alike = [j for j, o in enumerate(handoffs) if pulled and _one_draw(h, o)] or [i]
        fields = ["defect_rate", "transit_defect_rate"]
        look = h.get("inspection")
        if look:
            fields += ["detect", "false_alarm"] + ["fix"] * (look.get("on_reject", "rework") in ("rework", "repair"))
        found = [(field, dict.fromkeys(alike, 1)) for field in fields]
        same = [j for j, o in enumerate(handoffs) if _one_group(h, o) or j == i]
        if pulled:
            found.append(("per_unit", dict.fromkeys(same, 1)))
        if len(same) > 1 and same[0] == i:
            found += [("share", {i: 1, j: -1}) for j in same[1:]]
        for field, steps in found:
            if (field, *steps) not in seen:
                seen.add((field, *steps))
                yield field, steps


def _one_draw(h: Mapping[str, Any], o: Mapping[str, Any]) -> bool:
    return bool(h.get("common_cause")) and all(h.get(f) == o.get(f) for f in ("supplier", "item", "common_cause"))


def _one_group(h: Mapping[str, Any], o: Mapping[str, Any]) -> bool:
    if "per_unit" in h:
        return (
            "per_unit" in o and h.get("item") is not None and (h["customer"], h["item"]) == (o["customer"], o["item"])
        )
    return "per_unit" not in o and h["supplier"] == o["supplier"]


def moved(chain: Chain, field: str, steps: Mapping[int, int], by: Any) -> dict[str, Any]:
    """The chain with the field of these handoffs moved by so much times their direction."""
    handoffs = [dict(h) for h in chain["handoffs"]]
    for i, direction in steps.items():
        target = handoffs[i]
        if field in OF_INSPECTION:
            target["inspection"] = target = dict(target["inspection"])
        target[field] = by * direction + Fraction(target.get(field, DEFAULTS.get(field)))
    return {**chain, "handoffs": handoffs}


def slopes(chain: Chain, field: str, steps: Mapping[int, int]) -> dict[Outcome, Fraction]:
    """Exact derivatives of all outcomes along a move. ValueError where a circle of needs is not linear."""
    found = outcomes(moved(chain, field, steps, Dual(Fraction(0), Fraction(1))))
    return {key: Dual.slope_of(value) for key, value in found.items()}


def differences(
    chain: Chain, field: str, steps: Mapping[int, int], now: Mapping[Outcome, Any]
) -> dict[Outcome, Fraction]:
    """The same by differences to the right of the solution ``now``, in numbers of 30 digits and more.

    Steps of 1e-8 and a formula of third order: f'(0) h = -11/6 f(0) + 3 f(h) - 3/2 f(2h) + 1/3 f(3h).
    """
    step = Fraction(1, 10**8)
    ahead = [outcomes(moved(chain, field, steps, step * i)) for i in (1, 2, 3)]
    weights = (3, Fraction(-3, 2), Fraction(1, 3))
    return {
        key: (value * Fraction(-11, 6) + sum(w * f[key] for w, f in zip(weights, ahead, strict=True))) / step
        for key, value in now.items()
    }

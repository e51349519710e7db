"""The oracle's answers: every quality number of a small chain as an exact fraction.

``exact_quality(chain)`` follows the chain in every scenario of its common causes and adds up expected
counts; ratios are formed last. ``exact_root_cause`` and ``exact_gradient`` answer the two questions that
need more than one pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from support.dual import Dual
from support.exact_chain import (
    Pulls,
    State,
    is_bad,
    key_request,
    keys_in_pull_order,
    scenarios,
    start_mix,
    unit_moves,
)
from support.exact_solve import expected_visits
from support.exact_story import ONE, ZERO, Handoff, Key, Story, read_story, without_defects


def exact_quality(chain: Mapping[str, Any]) -> dict[str, Any]:
    """Return all quality numbers of `chain` (a plain dictionary) as fractions.

    Per started unit unless said otherwise: ``customers[k]`` (delivered, conforming, nonconforming, presented,
    defect_rate, accepted_defect_rate), the yields and scrap rates, ``defect_balance``, ``work_per_unit``, ``visits``
    (of travelling units only), ``hidden_factory``, ``handoffs[name]`` (flow: flow = times sent, rejected,
    presented, passed_on and the two defect rates; pulled: bad_use, draws), and ``work`` per time. A ratio
    without a denominator is None. ``exact`` is False when a nonlinear pull cycle was followed to 30 digits.
    """
    story = read_story(chain)
    counts, exact = _counts(story)
    ideal, ideal_exact = _counts(without_defects(story))
    seen = counts["visits"]

    def total(step: str, place: str | None = None, *, bad: bool | None = None) -> Fraction:
        return sum(
            (
                mass
                for state, mass in seen.items()
                if state[0] == step
                and (place is None or state[1] == place)
                and (bad is None or is_bad(state[2]) == bad)
            ),
            ZERO,
        )

    delivered, ideally_delivered = total("delivered"), _delivered(ideal)
    marks = {
        mark: sum((seen.get(("delivered", k, mark), ZERO) for k in story.customers), ZERO)
        for mark in ("fresh", "touched")
    }
    rate = sum(story.starts.values(), ZERO)
    work = {node: counts["work"].get(node, ZERO) for node in story.nodes}
    ideal_work = {node: ideal["work"].get(node, ZERO) for node in story.nodes}
    return {
        "exact": exact and ideal_exact,
        "customers": {k: _customer(story, k, total) for k in story.customers},
        "rolled_throughput_yield": marks["fresh"] + marks["touched"],
        "first_pass_yield": marks["fresh"],
        "final_yield": delivered,
        "scrap_rate": total("scrapped"),
        "scrap_rate_true": total("scrapped", bad=True),
        "scrap_rate_false_alarm": total("scrapped", bad=False),
        "defect_balance": {
            "made": counts["made"],
            "cleared": counts["cleared"],
            "escaped": total("delivered", bad=True),
            "scrapped": total("scrapped", bad=True),
        },
        "work": {node: rate * amount for node, amount in work.items()},
        "work_per_unit": work,
        "visits": {node: total("at", node) for node in story.nodes},
        "hidden_factory": {
            node: 1 - (ideal_work[node] / ideally_delivered) / (work[node] / delivered)
            if work[node] and delivered and ideally_delivered
            else None
            for node in story.nodes
        },
        "handoffs": {h.name: _handoff(h, counts, total) for h in story.handoffs},
    }


def _customer(story: Story, name: str, total: Any) -> dict[str, Fraction | None]:
    doors = [h.name for h in story.handoffs if h.receiver == name and h.per_unit is None]
    presented = sum((total("incoming", incoming) for incoming in doors), ZERO)
    presented_bad = sum((total("incoming", incoming, bad=True) for incoming in doors), ZERO)
    bad, every = total("delivered", name, bad=True), total("delivered", name)
    return {
        "delivered": every,
        "conforming": every - bad,
        "nonconforming": bad,
        "presented": presented,
        "defect_rate": presented_bad / presented if presented else None,
        "accepted_defect_rate": bad / every if every else None,
    }


def _handoff(handoff: Handoff, counts: Mapping[str, Any], total: Any) -> dict[str, Fraction | None]:
    name = handoff.name
    if handoff.per_unit is not None:
        return {"bad_use": counts["bad_use"][name], "draws": counts["draws"][name]}
    presented, kept = total("incoming", name), total("kept", name)
    return {
        "flow": total("sent", name),
        "rejected": total("rejected", name),
        "presented": presented,
        "passed_on": kept,
        "presented_defect_rate": total("incoming", name, bad=True) / presented if presented else None,
        "accepted_defect_rate": total("kept", name, bad=True) / kept if kept else None,
    }


def _delivered(counts: Mapping[str, Any]) -> Fraction:
    return sum((mass for state, mass in counts["visits"].items() if state[0] == "delivered"), ZERO)


def _counts(story: Story) -> tuple[dict[str, Any], bool]:
    """Add up expected counts over the scenarios of the common causes."""
    visits: dict[State, Fraction] = {}
    work: dict[str, Fraction] = {}
    pulled = [h for h in story.handoffs if h.per_unit is not None]
    bad_use = {h.name: ZERO for h in pulled}
    draws = {h.name: ZERO for h in pulled}
    made = cleared = ZERO
    exact = True
    for p, scenario in scenarios(story):
        pulls = Pulls(story, scenario)
        moves = unit_moves(story, pulls)
        seen = expected_visits(start_mix(story), moves, pulls.digits)
        for state, mass in seen.items():
            visits[state] = visits.get(state, ZERO) + p * mass
            for target, q in moves.get(state, {}).items():
                change = is_bad(target[2]) - is_bad(state[2])
                made += p * mass * q if change > 0 else ZERO
                cleared += p * mass * q if change < 0 else ZERO
        base: dict[str, Fraction] = {}
        for state, mass in seen.items():
            if state[0] == "at":
                base[state[1]] = base.get(state[1], ZERO) + mass
        _add(work, pulls.work(base), p)
        for h in pulled:
            bad_use[h.name] += p * pulls.use(h)[1]
            draws[h.name] += p * pulls.request(h)[1]
        exact = exact and pulls.exact
    for key in keys_in_pull_order(story):
        _add(work, _common_cause_work(story, key), ONE)
    numbers = {
        "visits": visits,
        "work": work,
        "made": made,
        "cleared": cleared,
        "bad_use": bad_use,
        "draws": draws,
    }
    return numbers, exact


def _add(total: dict[str, Fraction], more: Mapping[str, Fraction], weight: Fraction) -> None:
    for node, amount in more.items():
        total[node] = total.get(node, ZERO) + weight * amount


def _common_cause_work(story: Story, key: Key) -> dict[str, Fraction]:
    """Return the work of the one draw of `key`, weighted by the chance that a case uses it at all."""
    order = keys_in_pull_order(story)
    earlier = order[: order.index(key)]
    unused: dict[tuple[Any, ...], Fraction] = {}
    for p, scenario in scenarios(story, avoid=key):
        pulls = Pulls(story, scenario)
        moves = unit_moves(story, pulls)
        seen = expected_visits(start_mix(story), moves, pulls.digits)
        left = sum((mass for state, mass in seen.items() if state[0] in ("delivered", "scrapped")), ZERO)
        before = tuple(scenario[k] for k in earlier)
        unused[before] = unused.get(before, ZERO) + p * left
    chance: dict[tuple[Any, ...], Fraction] = {}
    for p, scenario in scenarios(story):
        before = tuple(scenario[k] for k in earlier)
        chance[before] = chance.get(before, ZERO) + p
    work: dict[str, Fraction] = {}
    for before, p in chance.items():
        scenario = dict(zip(earlier, before, strict=True))
        draws = key_request(story, key, scenario)[1]
        used = p - unused.get(before, ZERO)
        _add(work, Pulls(story, scenario).work({key[0]: used * draws}), ONE)
    return work


def exact_root_cause(chain: Mapping[str, Any]) -> dict[str, dict[str, Fraction]]:
    """Return, per customer, the expected nonconforming deliveries blamed on each handoff.

    Every bad unit carries the name of the handoff that last turned it from good to bad; causes that strike
    in the same step share the blame equally.
    """
    story = read_story(chain)
    blamed = {k: {n: ZERO for h in story.handoffs for n in (h.name, f"{h.name} (way)")} for k in story.customers}
    for p, scenario in scenarios(story):
        pulls = Pulls(story, scenario)
        walk = {("request", h.name): _request_causes(story, pulls, h) for h in story.handoffs if h.per_unit is not None}

        def blame(handoff: Handoff, pulls: Pulls = pulls, walk: Any = walk) -> dict[str, Fraction]:
            ends = expected_visits(_causes(story, pulls, handoff), walk, pulls.digits)
            return {name: mass for (kind, name), mass in ends.items() if kind == "own"}

        moves = unit_moves(story, pulls, blame)
        seen = expected_visits(start_mix(story), moves, pulls.digits)
        for (step, place, mark, *_), mass in seen.items():
            if step == "delivered" and is_bad(mark):
                blamed[place][mark.removeprefix("bad")] += p * mass
    return blamed


def _request_causes(story: Story, pulls: Pulls, handoff: Handoff) -> dict[State, Fraction]:
    """Return who shares the blame for a bad request: the way first, then the giver's step."""
    causes = _causes(story, pulls, handoff)
    if handoff.transit == 0:
        return causes
    # draws until the request ends; a bad result carries the name of what made it so
    moves: dict[State, dict[State, Fraction]] = {}
    look = handoff.inspection
    for began in ("", "step", "way"):
        row: dict[State, Fraction] = {}
        for (spoiled, blinded), p in pulls.inputs(handoff.giver).items():
            for own, chance in ((True, handoff.defect_rate), (False, 1 - handoff.defect_rate)):
                mark = began or ("step" if spoiled or own else "")
                ways = [(1 - handoff.transit, ""), (handoff.transit, "way")] if not mark else [(ONE, mark)]
                for before, arrives in ways if look.by == "customer" else [(ONE, mark)]:
                    for q, rejected, bad in look.verdicts(bool(arrives), blinded):
                        after = arrives if bad else ""
                        mass = p * chance * before * q
                        if rejected and look.on_reject in ("rework", "scrap"):
                            target: State = ("work", after if look.on_reject == "rework" else "")
                            row[target] = row.get(target, ZERO) + mass
                            continue
                        last = [(ONE, after)]
                        if look.by == "supplier" and not after:
                            last = [(1 - handoff.transit, ""), (handoff.transit, "way")]
                        for r, ends in last:
                            row["done", ends] = row.get(("done", ends), ZERO) + mass * r
        moves["work", began] = row
    seen = expected_visits({("work", ""): ONE}, moves, pulls.digits)
    by_step, by_way = seen.get(("done", "step"), ZERO), seen.get(("done", "way"), ZERO)
    if by_step + by_way == 0:
        return causes
    part = by_way / (by_step + by_way)
    shares = {cause: share * (1 - part) for cause, share in causes.items()}
    return {**shares, ("own", f"{handoff.name} (way)"): part}


def _causes(story: Story, pulls: Pulls, handoff: Handoff) -> dict[State, Fraction]:
    """Return who shares the blame for a good-to-bad step at the giver, summing to 1 (or empty)."""
    strikes: list[tuple[Fraction, dict[State, Fraction]]] = [(handoff.defect_rate, {("own", handoff.name): ONE})]
    for sources in story.groups.get(handoff.giver, ()):
        bad = sum((h.share * pulls.use(h)[1] for h in sources), ZERO)
        number = sources[0].per_unit
        if sources[0].affects != "unit" or bad == 0 or number is None:
            continue
        split: dict[State, Fraction] = {("request", h.name): h.share * pulls.use(h)[1] / bad for h in sources}
        whole = number.__floor__()
        strikes += [(bad, split)] * whole + [((number - whole) * bad, split)]
    shares: dict[State, Fraction] = {}
    for position, (chance, split) in enumerate(strikes):
        others = [ONE]
        for other, (q, _) in enumerate(strikes):
            if other != position:
                stay, move = [(1 - q) * v for v in others] + [ZERO], [ZERO] + [q * v for v in others]
                others = [a + b for a, b in zip(stay, move, strict=True)]
        mine = chance * sum((v / (1 + count) for count, v in enumerate(others)), ZERO)
        for cause, part in split.items():
            shares[cause] = shares.get(cause, ZERO) + mine * part
    total = sum(shares.values(), ZERO)
    return {cause: share / total for cause, share in shares.items() if share != 0}


def exact_gradient(chain: Mapping[str, Any], handoff: int, field: str = "defect_rate") -> dict[str, Fraction | None]:
    """Return, per customer, d accepted_defect_rate / d `field` of the handoff at position `handoff`.

    `field` is ``defect_rate``, ``share``, ``per_unit`` (right derivative) or ``detect``, ``false_alarm``,
    ``fix`` of its inspection. Computed with dual numbers, so exact where the numbers are.
    """
    handoffs = [dict(raw) for raw in chain["handoffs"]]
    target = handoffs[handoff]
    if field in ("detect", "false_alarm", "fix"):
        target["inspection"] = target = dict(target["inspection"])
    default = {"share": 1, "fix": 1, "false_alarm": 0}.get(field)
    target[field] = Dual.variable(target.get(field, default))
    quality = exact_quality({**chain, "handoffs": handoffs})
    return {
        k: None if numbers["accepted_defect_rate"] is None else Dual.slope_of(numbers["accepted_defect_rate"])
        for k, numbers in quality["customers"].items()
    }

"""The story of a chain written down as moves with exact probabilities.

The life of a unit is written down move by move (at a node, sent, at the door, rejected, kept) as a Markov chain whose
states also remember what RTY, first-pass yield and root cause ask about; that chain is then solved exactly. Nothing is
shared with the library: a difference between the two is an error in one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from support.dual import Dual
from support.exact_solve import DIGITS, expected_visits, fixed_point
from support.exact_story import ONE, ZERO, Handoff, Key, Story

NOISE = Fraction(1, 10**25)
Pair = tuple[Fraction, Fraction]
State = tuple[Any, ...]


class Pulls:
    """Everything pulled, in one scenario: how each use ends and how much work one use costs.

    A use ends as a pair (good, bad) of probabilities. `scenario` gives the pair of every common cause: (1, 0)
    good, (0, 1) bad. A pair that sums to less than 1 leaks: the missing mass stands for "the story stops
    being followed here", which is how the chance that an item is never used is found.
    """

    def __init__(self, story: Story, scenario: Mapping[Key, Pair]) -> None:
        self.story = story
        self.scenario = scenario
        self.exact = True
        self._uses: dict[str, Pair] = {}
        self._inputs: dict[str, dict[tuple[bool, bool], Fraction]] = {}
        self._requests: dict[str, tuple[Pair, Fraction]] = {}

    @property
    def digits(self) -> int | None:
        """Return None while every number is exact, else the number of digits worth carrying."""
        return None if self.exact else DIGITS

    def use(self, handoff: Handoff) -> Pair:
        """Return (P(good), P(bad)) of one use through `handoff`."""
        if handoff.key is not None:
            return self.scenario[handoff.key]
        if handoff.name not in self._uses:
            ring = self._ring(handoff.giver)
            if ring:
                self._solve_ring(ring)
            if handoff.name not in self._uses:
                self._uses[handoff.name] = self.request(handoff)[0]
        return self._uses[handoff.name]

    def needs(self, node: str) -> set[str]:
        """Return every node that work at `node` may need, directly or through others."""
        seen: set[str] = set()
        todo = [node]
        while todo:
            for sources in self.story.groups.get(todo.pop(), ()):
                for source in sources:
                    if source.giver not in seen:
                        seen.add(source.giver)
                        todo.append(source.giver)
        return seen

    def _ring(self, node: str) -> set[str]:
        return {other for other in self.needs(node) if node in self.needs(other)}

    def _solve_ring(self, ring: set[str]) -> None:
        inside = [h for h in self.story.handoffs if h.giver in ring and h.receiver in ring and h.per_unit is not None]
        if any(h.key for h in inside):
            raise ValueError("a common cause inside a pull cycle")
        for sources in (group for node in ring for group in self.story.groups.get(node, ())):
            for source in sources:
                if source not in inside:
                    self.use(source)

        def one_deeper(values: list[Fraction]) -> list[Fraction]:
            trial = Pulls(self.story, self.scenario)
            trial._uses = dict(self._uses)
            for position, handoff in enumerate(inside):
                trial._uses[handoff.name] = (values[2 * position], values[2 * position + 1])
            return [part for handoff in inside for part in trial.request(handoff)[0]]

        proper = all(sum(pair) == 1 for pair in self.scenario.values())
        values, exact = fixed_point(one_deeper, 2 * len(inside), paired=proper)
        self.exact = self.exact and exact
        for position, handoff in enumerate(inside):
            self._uses[handoff.name] = (values[2 * position], values[2 * position + 1])

    def inputs(self, node: str) -> dict[tuple[bool, bool], Fraction]:
        """Return the probability of each (unit spoiled, inspection blinded) by what `node` pulls."""
        if node in self._inputs:
            return self._inputs[node]
        outcome = {(False, False): ONE}
        for sources in self.story.groups.get(node, ()):
            good = sum((h.share * self.use(h)[0] for h in sources), ZERO)
            finished = good + sum((h.share * self.use(h)[1] for h in sources), ZERO)
            number = sources[0].per_unit
            assert number is not None
            whole = number.__floor__()
            part = number - whole
            all_good = good**whole * (1 - part + part * good)
            all_finished = finished**whole * (1 - part + part * finished)
            spread: dict[tuple[bool, bool], Fraction] = {}
            for (spoiled, blinded), p in outcome.items():
                harmed = {
                    "unit": (True, blinded),
                    "inspection": (spoiled, True),
                    "time": (spoiled, blinded),
                }[sources[0].affects]
                for state, mass in (
                    ((spoiled, blinded), p * all_good),
                    (harmed, p * (all_finished - all_good)),
                ):
                    if mass != 0:
                        spread[state] = spread.get(state, ZERO) + mass
            outcome = spread
        self._inputs[node] = outcome
        return outcome

    def request(self, handoff: Handoff) -> tuple[Pair, Fraction]:
        """Return ((P(good), P(bad)), expected pieces of work at the giver) of one fresh request."""
        if handoff.name in self._requests:
            return self._requests[handoff.name]
        moves: dict[State, dict[State, Fraction]] = {}
        for began_bad in (False, True):
            row: dict[State, Fraction] = {}
            for (spoiled, blinded), p in self.inputs(handoff.giver).items():
                for own, chance in ((True, handoff.defect_rate), (False, 1 - handoff.defect_rate)):
                    for target, q in _request_ends(handoff, began_bad or spoiled or own, blinded):
                        row[target] = row.get(target, ZERO) + p * chance * q
            moves["work", began_bad] = row
        seen = expected_visits({("work", False): ONE}, moves, self.digits)
        draws = seen.get(("work", False), ZERO) + seen.get(("work", True), ZERO)
        result = (seen.get(("done", False), ZERO), seen.get(("done", True), ZERO)), draws
        self._requests[handoff.name] = result
        return result

    def work(self, base: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """Return all work caused by the pieces of work `base`, common-cause draws left out."""
        moves: dict[State, dict[State, Fraction]] = {}
        todo = [node for node, amount in base.items() if amount != 0]
        while todo:
            node = todo.pop()
            if (node,) in moves:
                continue
            row = moves[(node,)] = {}
            for source in (h for sources in self.story.groups.get(node, ()) for h in sources):
                if source.key is None and source.per_unit and source.share:
                    amount = source.per_unit * source.share * self.request(source)[1]
                    row[(source.giver,)] = row.get((source.giver,), ZERO) + amount
                    todo.append(source.giver)
        start: dict[State, Fraction] = {(node,): amount for node, amount in base.items()}
        return {state[0]: amount for state, amount in expected_visits(start, moves, self.digits).items()}


def way(handoff: Handoff, bad: bool) -> Iterator[tuple[Fraction, bool]]:
    """Yield (probability, nonconforming) after the way from the giver to the receiver."""
    damaged = ZERO if bad else handoff.transit
    yield 1 - damaged, bad
    if damaged != 0:
        yield damaged, True


def _request_ends(handoff: Handoff, bad: bool, blinded: bool) -> Iterator[tuple[State, Fraction]]:
    """Yield where the result of one draw goes: accepted, or back to work."""
    look = handoff.inspection
    by_giver = look.by == "supplier"
    for before, arrives in [(ONE, bad)] if by_giver else way(handoff, bad):
        for q, rejected, after in look.verdicts(arrives, blinded):
            if rejected and look.on_reject in ("rework", "scrap"):
                yield ("work", after and look.on_reject == "rework"), before * q
            else:
                for last, ends in way(handoff, after) if by_giver else [(ONE, after)]:
                    yield ("done", ends), before * q * last


Blame = Callable[[Handoff], Mapping[str, Fraction]]


def is_bad(mark: str) -> bool:
    """Tell whether a unit carrying `mark` is nonconforming."""
    return mark.startswith("bad")


def unit_moves(story: Story, pulls: Pulls, blame: Blame | None = None) -> dict[State, dict[State, Fraction]]:
    """Write down every move of a travelling unit.

    Marks: fresh (never bad, never rejected), touched (rejected, never bad), cleared (was bad), bad; with
    `blame` the bad mark also names the handoff that made the defect.
    """
    moves: dict[State, dict[State, Fraction]] = {}
    todo: list[State] = [("at", node, "fresh") for node in story.starts]
    by_name = {h.name: h for h in story.handoffs}
    while todo:
        state = todo.pop()
        if state in moves or state[0] in ("delivered", "scrapped"):
            continue
        row: dict[State, Fraction] = {}
        for target, p in _next(story, pulls, by_name, state, blame):
            if p != 0:
                row[target] = row.get(target, ZERO) + p
        moves[state] = row
        todo.extend(row)
    return moves


def _next(
    story: Story, pulls: Pulls, by_name: Mapping[str, Handoff], state: State, blame: Blame | None
) -> Iterator[tuple[State, Fraction]]:
    step, place, mark = state[:3]
    if step == "at":
        yield from _work_done(story, pulls, place, mark, blame)
        return
    handoff = by_name[place]
    look = handoff.inspection
    if step == "kept":
        arrived = "delivered" if handoff.receiver in story.customers else "at"
        yield (arrived, handoff.receiver, mark), ONE
    elif step == "rejected":
        if look.on_reject == "rework":
            yield ("at", look.rework_to, mark), ONE
        elif look.on_reject == "scrap":
            yield ("scrapped", place, mark), ONE
        else:
            yield from _arrive(handoff, mark, blame) if look.by == "supplier" else [(("kept", place, mark), ONE)]
    elif (step == "sent") != (look.by == "supplier"):
        yield from _arrive(handoff, mark, blame) if step == "sent" else [(("kept", place, mark), ONE)]
    else:
        blinded = step == "sent" and state[3]
        for p, rejected, bad in look.verdicts(is_bad(mark), blinded):
            if not rejected and step == "sent":
                for target, q in _arrive(handoff, mark, blame):
                    yield target, p * q
            elif not rejected:
                yield ("kept", place, mark), p
            else:
                after = "touched" if mark == "fresh" else "cleared" if is_bad(mark) and not bad else mark
                yield ("rejected", place, after), p


def _arrive(handoff: Handoff, mark: str, blame: Blame | None) -> Iterator[tuple[State, Fraction]]:
    """Yield how a unit comes to the receiver, damaged on the way or not."""
    for p, bad in way(handoff, is_bad(mark)):
        fresh = bad and not is_bad(mark)
        yield ("incoming", handoff.name, f"bad{_way_of(handoff) if blame else ''}" if fresh else mark), p


def _way_of(handoff: Handoff) -> str:
    return f"{handoff.name} (way)"


def _work_done(
    story: Story, pulls: Pulls, place: str, mark: str, blame: Blame | None
) -> Iterator[tuple[State, Fraction]]:
    """Yield how a unit leaves the hands of `place`: inputs first, then route and own defect."""
    for (spoiled, blinded), p in pulls.inputs(place).items():
        for handoff in story.flows[place]:
            for own, chance in ((True, handoff.defect_rate), (False, 1 - handoff.defect_rate)):
                sent = p * handoff.share * chance
                if is_bad(mark) or not (spoiled or own):
                    yield ("sent", handoff.name, mark, blinded), sent
                elif sent != 0:
                    for name, part in (blame(handoff) if blame else {"": ONE}).items():
                        yield ("sent", handoff.name, f"bad{name}", blinded), sent * part


def keys_in_pull_order(story: Story) -> list[Key]:
    """Return the common causes, each after those that its own giver may need."""
    needs = Pulls(story, {}).needs
    keys = {h.key for h in story.handoffs if h.key is not None}
    return sorted(keys, key=lambda key: (len(needs(key[0]) | {key[0]}), key))


def scenarios(story: Story, avoid: Key | None = None) -> Iterator[tuple[Fraction, dict[Key, Pair]]]:
    """Yield (probability, scenario); with `avoid`, scenarios in which using that item stops the story."""
    keys = keys_in_pull_order(story)

    def settle(position: int, p: Fraction, scenario: dict[Key, Pair]) -> Iterator[tuple[Fraction, dict[Key, Pair]]]:
        if position == len(keys):
            yield p, scenario
            return
        key = keys[position]
        if key == avoid:
            yield from settle(position + 1, p, {**scenario, key: (ZERO, ZERO)})
            return
        good, bad = key_request(story, key, scenario)[0]
        leak = 1 - good - bad
        if leak <= NOISE and abs(Dual.slope_of(leak)) <= NOISE:
            bad, leak = 1 - good, ZERO
        for chance, pair in ((good, (ONE, ZERO)), (bad, (ZERO, ONE)), (leak, (ZERO, ZERO))):
            if chance != 0:
                yield from settle(position + 1, p * chance, {**scenario, key: pair})

    yield from settle(0, ONE, {})


def key_request(story: Story, key: Key, scenario: Mapping[Key, Pair]) -> tuple[Pair, Fraction]:
    """Return how the one draw of a common cause ends, and its pieces of work, given what it needs."""
    return Pulls(story, scenario).request(next(h for h in story.handoffs if h.key == key))


def start_mix(story: Story) -> dict[State, Fraction]:
    """Return where units start, summing to 1."""
    total = sum(story.starts.values(), ZERO)
    return {("at", node, "fresh"): rate / total for node, rate in story.starts.items() if rate}

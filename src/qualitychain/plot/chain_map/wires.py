"""The paths of the edges of a chain map: smooth curves from port to port, with arrow heads."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qualitychain.plot.base.marks import MapEdge
from qualitychain.plot.chain_map.arrangement import Arrangement
from qualitychain.plot.chain_map.layout import Point
from qualitychain.plot.chain_map.sizing import Measure, back_depth, is_around

HEAD = 9.0
"""Length of an arrow head in px."""

Curve = tuple[Point, Point, Point]
"""A cubic from where the last one ended: two control points and the end."""


@dataclass(frozen=True)
class Wire:
    """One edge as drawn, from giver to receiver; ``gaps`` are the curves on which a label may sit."""

    edge: int
    start: Point
    curves: tuple[Curve, ...]
    head: tuple[Point, Point, Point]
    thickness: float
    around: bool
    loop: bool
    gaps: tuple[int, ...]

    def points(self) -> Iterator[Point]:
        """Every point that bounds the path (a cubic stays within its control points)."""
        yield self.start
        for curve in self.curves:
            yield from curve
        yield from self.head

    def moved(self, x: float, y: float) -> Wire:
        """The same wire elsewhere."""

        def to(p: Point) -> Point:
            return p[0] + x, p[1] + y

        curves = tuple((to(a), to(b), to(c)) for a, b, c in self.curves)
        head = (to(self.head[0]), to(self.head[1]), to(self.head[2]))
        return replace(self, start=to(self.start), curves=curves, head=head)

    def at(self, curve: int, share: float) -> Point:
        """The point at parameter ``share`` of a curve."""
        p0 = self.start if curve == 0 else self.curves[curve - 1][2]
        p1, p2, p3 = self.curves[curve]
        a, b = (1 - share) ** 3, 3 * share * (1 - share) ** 2
        c, d = 3 * share**2 * (1 - share), share**3
        return (
            a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0],
            a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1],
        )


def wire_all(edges: Sequence[MapEdge], made: Arrangement, measure: Measure) -> list[Wire]:
    """The wires of all edges, in their order."""
    ports = _ports(made, measure)
    wires = []
    loops: dict[int, int] = {}
    for e, edge in enumerate(edges):
        thickness = 1.3 + 2.9 * min(1.0, max(0.0, edge.weight))
        chain = made.chains[e]
        if chain[0] == chain[-1]:
            rank = loops[chain[0]] = loops.get(chain[0], -1) + 1
            path, around = _loop(measure, made, chain[0], rank), True
        else:
            path, around = _through(made, measure, e, ports, bowed=edge.back), is_around(made, e)
            if made.backward[e]:
                path.reverse()
        loop, right = chain[0] == chain[-1], measure.direction == "right"
        wires.append(_finish(e, path, thickness, around=around, loop=loop, right=right))
    return wires


@dataclass(frozen=True)
class _Stop:
    """A point of a path and the tangent there: along the flow, or across it."""

    at: Point
    along: bool
    bow: float = 0.0


def _ports(made: Arrangement, measure: Measure) -> dict[tuple[int, bool], float]:
    """For each end of each edge (edge, is the higher end), where on its box it begins.

    For ordinary edges a place across; for edges that run around, their rank under the box.
    """
    sides: dict[tuple[int, str], list[tuple[float, int, bool]]] = {}
    for e, chain in enumerate(made.chains):
        if chain[0] == chain[-1]:
            continue
        low_side, high_side = ("under", "under") if is_around(made, e) else ("front", "rear")
        sides.setdefault((chain[0], low_side), []).append((measure.place[chain[1]], e, False))
        sides.setdefault((chain[-1], high_side), []).append((measure.place[chain[-2]], e, True))
    ports: dict[tuple[int, bool], float] = {}
    for (node, side), ends in sides.items():
        ends.sort()
        room = measure.across[node] - 16
        step = min(14.0, room / (len(ends) - 1)) if len(ends) > 1 else 0.0
        for rank, (_, e, high) in enumerate(ends):
            middle = measure.place[node] + (rank - (len(ends) - 1) / 2) * step
            ports[e, high] = float(rank) if side == "under" else middle
    return ports


def _through(
    made: Arrangement, measure: Measure, e: int, ports: dict[tuple[int, bool], float], *, bowed: bool
) -> list[_Stop]:
    chain = made.chains[e]
    first, last = chain[0], chain[-1]
    around = is_around(made, e)
    stops: list[_Stop] = []
    k = made.layer[first]
    edge_of_first = measure.starts[k] + (measure.depths[k] + measure.deep(first)) / 2
    if around:
        stops.extend(_under(measure, first, edge_of_first, -1, int(ports[e, False])))
    else:
        stops.append(_Stop((edge_of_first, ports[e, False]), True, 12.0 if bowed else 0.0))
    for bend in chain[1:-1]:
        k += 1
        v = measure.place[bend]
        stops.append(_Stop((measure.starts[k], v), True))
        stops.append(_Stop((measure.starts[k] + measure.depths[k], v), True))
    k = made.layer[last]
    edge_of_last = measure.starts[k] + (measure.depths[k] - measure.deep(last)) / 2
    if around:
        stops.extend(reversed(_under(measure, last, edge_of_last, 1, int(ports[e, True]))))
    else:
        stops.append(_Stop((edge_of_last, ports[e, True]), True))
    return stops


def _under(measure: Measure, node: int, edge: float, inwards: int, rank: int) -> list[_Stop]:
    """From the underside of a box to the level of its edge: the end of a path that runs around."""
    side = measure.place[node] + measure.across[node] / 2
    inset = min(measure.deep(node) / 2 - 3, 15.0 + 9.0 * rank)
    return [
        _Stop((edge + inwards * inset, side), False),
        _Stop((edge - inwards * 2, side + back_depth(rank)), True),
    ]


def _loop(measure: Measure, made: Arrangement, node: int, rank: int) -> list[_Stop]:
    k = made.layer[node]
    u = measure.starts[k] + measure.depths[k] / 2
    v = measure.place[node] - measure.across[node] / 2
    reach = 12.0 + 6.0 * rank
    top = v - 14.0 - 8.0 * rank
    return [_Stop((u + reach, v), False), _Stop((u, top), True), _Stop((u - reach, v), False)]


def _finish(e: int, stops: list[_Stop], thickness: float, *, around: bool, loop: bool, right: bool) -> Wire:
    """Join stops by cubics, cut the last one back by the arrow head, and turn (u, v) into (x, y)."""

    def turn(p: Point) -> Point:
        return p if right else (p[1], p[0])

    curves: list[Curve] = []
    gaps: list[int] = []
    start = stops[0].at
    here = stops[0]
    ending = stops[-1]
    approach = _approach(stops)
    size = HEAD + thickness
    tip = ending.at
    neck = (tip[0] - approach[0] * size * 0.8, tip[1] - approach[1] * size * 0.8)
    for there in stops[1:]:
        end = neck if there is ending else there.at
        (u0, v0), (u1, v1) = here.at, end
        straight = here.along and there.along and abs(v0 - v1) < 0.5
        if here.along and there.along:
            half = (u1 - u0) / 2
            bow = here.bow or there.bow
            one, two = (u0 + half, v0 + bow), (u1 - half, v1 + bow)
            gaps.append(len(curves))
        elif here.along:
            one, two = (u0 + (u1 - u0) * 0.6, v0), (u1, v1 + (v0 - v1) * 0.6)
        else:
            one, two = (u0, v0 + (v1 - v0) * 0.6), (u1 + (u0 - u1) * 0.6, v1)
        if straight and curves and _is_straight(start if len(curves) == 1 else curves[-2][2], curves[-1], v0):
            # Straight runs through several layers are one piece: smaller files.
            begin = start if len(curves) == 1 else curves[-2][2]
            third = (end[0] - begin[0]) / 3
            curves[-1] = ((begin[0] + third, begin[1]), (end[0] - third, end[1]), end)
            gaps = [g for g in gaps if g < len(curves)]
        else:
            curves.append((one, two, end))
        here = there
    wide = size * 0.5
    across = (-approach[1], approach[0])
    back = (tip[0] - approach[0] * size, tip[1] - approach[1] * size)
    head = (
        turn(tip),
        turn((back[0] + across[0] * wide, back[1] + across[1] * wide)),
        turn((back[0] - across[0] * wide, back[1] - across[1] * wide)),
    )
    turned = tuple((turn(a), turn(b), turn(c)) for a, b, c in curves)
    return Wire(e, turn(start), turned, head, thickness, around, loop, tuple(gaps) or (len(curves) // 2,))


def _approach(stops: list[_Stop]) -> Point:
    """Direction of the path at its end, as a unit vector."""
    (u0, v0), (u1, v1) = stops[-2].at, stops[-1].at
    if stops[-1].along:
        return math.copysign(1.0, u1 - u0), 0.0
    return 0.0, math.copysign(1.0, v1 - v0)


def _is_straight(begin: Point, curve: Curve, v: float) -> bool:
    return all(abs(p[1] - v) < 0.5 for p in (begin, *curve))

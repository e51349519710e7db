"""The independence check of shared inputs: one draw per case, or one per use (formulas: Flow of units)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.analysis.base.compile import Compiled, with_common_causes
from qualitychain.analysis.base.result import plain
from qualitychain.engine.quality.scenarios import MOST_KEYS, Solution
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import Handoff, quality_of_handoff
from qualitychain.vocabulary.reason import Reason, Why

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

Cause = tuple[str, str]
SAME = Why(Reason.NOT_APPLICABLE, "no case uses an input more than once, so both readings are the same")


@dataclass(frozen=True)
class Dependence:
    """Each customer's figures under both readings. Neither is a bound: inside rework the order can reverse.

    Attributes
    ----------
    table : DataFrame, index (``reading``, ``customer``)
        ``delivered``, ``accepted_defect_rate``, ``conforming``; the reading ``declared`` is the chain's own.
    shared : tuple of (supplier, item)
        Inputs that one case can use more than once, drawn once per case in the reading ``shared``.
    left_out : Why or None
        Why the independence check is not given.
    """

    table: pd.DataFrame
    shared: tuple[Cause, ...]
    left_out: Why | None

    def to_dict(self) -> dict[str, Any]:
        """The readings as JSON-safe data."""
        return {
            "table": plain(self.table),
            "shared": [list(c) for c in self.shared],
            "left_out": self.left_out,
        }


def dependence_of(compiled: Compiled, declared: Solution) -> Dependence:
    """Solve the reading that the chain does not declare.

    All independent, or all inputs that a case can reuse shared.
    """
    readings = {"declared": declared}
    import pandas as pd

    left_out: Why | None = None
    shared = compiled.keys
    try:
        if compiled.keys:
            readings["independent"] = compiled.solve(compiled.network.independent(), work=False)
        else:
            shared = reusable_inputs(compiled.chain)
            if len(shared) > MOST_KEYS:
                left_out = Why(
                    Reason.LEFT_OUT,
                    f"{len(shared)} or more inputs can be used more than once by a case; "
                    f"at most {MOST_KEYS} are conditioned on",
                )
                shared = ()
            elif shared:
                variant = with_common_causes(compiled, shared)
                readings["shared"] = variant.solve(work=False)
            else:
                left_out = SAME
    except AnalysisError as error:
        left_out = Why(Reason.NO_SOLUTION, str(error))
    names = [c.name for c in compiled.chain.customers]
    return Dependence(pd.concat([_rows(k, s, names) for k, s in readings.items()]), shared, left_out)


def _rows(reading: str, solution: Solution, names: list[str]) -> pd.DataFrame:
    import pandas as pd

    conforming, nonconforming = solution.absorbed[:-2:2], solution.absorbed[1:-2:2]
    delivered = conforming + nonconforming
    with np.errstate(invalid="ignore"):
        kept = np.where(delivered > 0, nonconforming / np.where(delivered > 0, delivered, 1.0), np.nan)
    index = pd.MultiIndex.from_product([[reading], names], names=["reading", "customer"])
    return pd.DataFrame({"delivered": delivered, "conforming": conforming, "accepted_defect_rate": kept}, index=index)


def reusable_inputs(chain: Chain) -> tuple[Cause, ...]:
    """The (supplier, item) pairs that one case can use more than once and that one draw could serve, in file order.

    A pair is counted when it may be used twice on some way through the chain; on branches that exclude each other it is
    not. Pairs whose handoffs differ in quality, or that lie in a circle of needs, cannot be one draw and are left out.
    """
    import networkx as nx

    users: dict[Cause, list[Handoff]] = {}
    for h in chain.handoffs:
        if h.per_unit and h.share != 0 and h.item is not None:
            users.setdefault((h.supplier, h.item), []).append(h)
    pulls: nx.DiGraph[str] = nx.DiGraph((h.customer, h.supplier) for h in chain.handoffs if h.per_unit and h.share != 0)
    circles = {n: i for i, c in enumerate(nx.strongly_connected_components(pulls)) for n in c}
    repeated = _worked_on_repeatedly(chain)
    found = [
        cause
        for cause, handoffs in users.items()
        if _one_draw(handoffs)
        and not any(circles[h.customer] == circles[h.supplier] for h in handoffs)
        and (len(handoffs) > 1 or (handoffs[0].per_unit or 0) > 1 or handoffs[0].customer in repeated)
    ]
    if len(found) > 4 * MOST_KEYS:
        return tuple(found)  # too many in any case: no need to tell branches apart
    routes = _routes(chain)
    return tuple(c for c in found if _twice_on_a_way(users[c], repeated, routes))


def _one_draw(handoffs: list[Handoff]) -> bool:
    first = handoffs[0]
    return all(quality_of_handoff(h) == quality_of_handoff(first) for h in handoffs)


def _routes(chain: Chain) -> nx.DiGraph[str]:
    """Where units can go from node to node, rejects included."""
    import networkx as nx

    routes: nx.DiGraph[str] = nx.DiGraph()
    for h in chain.handoffs:
        if not h.pulled and h.share != 0:
            routes.add_edge(h.supplier, h.customer)
            check = h.inspection
            if check is not None and check.reworks and check.rejects:
                routes.add_edge(h.supplier, check.rework_to or h.supplier)
    return routes


def _worked_on_repeatedly(chain: Chain) -> set[str]:
    """Nodes that may work more than once for one case."""
    import networkx as nx

    routes = _routes(chain)
    repeated = {n for c in nx.strongly_connected_components(routes) for n in c if len(c) > 1 or routes.has_edge(n, n)}
    requested: dict[str, set[str]] = {}
    asked: dict[str, list[Handoff]] = {}
    for h in chain.handoffs:
        if h.per_unit and h.share != 0:
            requested.setdefault(h.supplier, set()).add(h.customer)
            asked.setdefault(h.customer, []).append(h)
            check = h.inspection
            redone = check is not None and check.returns and check.rejects
            if h.per_unit > 1 or redone or h.supplier in routes:
                repeated.add(h.supplier)
    repeated.update(supplier for supplier, customers in requested.items() if len(customers) > 1)
    frontier = list(repeated)
    while frontier:
        for h in asked.get(frontier.pop(), ()):
            if h.supplier not in repeated:
                repeated.add(h.supplier)
                frontier.append(h.supplier)
    return repeated


def _twice_on_a_way(handoffs: list[Handoff], repeated: set[str], routes: nx.DiGraph[str]) -> bool:
    import networkx as nx

    if any((h.per_unit or 0) > 1 or h.customer in repeated for h in handoffs):
        return True
    customers = list(dict.fromkeys(h.customer for h in handoffs))
    if any(c not in routes for c in customers):
        return len(customers) > 1
    return any(b in nx.descendants(routes, a) for a in customers for b in customers if a != b)

"""What makes defects: the work on every handoff, and the way of those that state damage in transit."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.engine.network.network import Floats, Network

IN_TRANSIT = "{} (in transit)"
"""How damage on the way of a handoff is named where its work has a row too."""


class Cause(NamedTuple):
    """One cause of defects."""

    place: int
    """Of its handoff in the chain."""
    kind: Literal["flow", "pulled"]
    row: int
    """Of its handoff among those of its kind."""
    rate: Literal["defect", "transit"]


def causes_of(compiled: Compiled) -> list[Cause]:
    """The work on each handoff, in the order of the chain, and after them the ways that damage."""
    kinds: dict[int, tuple[Literal["flow", "pulled"], int]] = {}
    kinds |= {place: ("flow", row) for row, place in enumerate(compiled.flow_rows.tolist())}
    kinds |= {place: ("pulled", row) for row, place in enumerate(compiled.pulled_rows.tolist())}
    work = [Cause(place, *kinds[place], "defect") for place in range(len(kinds))]
    ways = [cause._replace(rate="transit") for cause in work]
    return work + [cause for cause in ways if rate_of(compiled.network, cause) > 0]


def cause_names(compiled: Compiled) -> list[str]:
    """What the causes are called: the handoff, and "(in transit)" for its way."""
    names = compiled.names
    return [names[c.place] if c.rate == "defect" else IN_TRANSIT.format(names[c.place]) for c in causes_of(compiled)]


def rate_of(network: Network, cause: Cause) -> float:
    """The defect rate of one cause."""
    return float(getattr(getattr(network, cause.kind), cause.rate)[cause.row])


def by_cause(compiled: Compiled, flow: Floats, pulled: Floats, flow_transit: Floats, pulled_transit: Floats) -> Floats:
    """One array of what each kind of handoff makes by its work and on its way, shape (causes, ...)."""
    found = {
        ("flow", "defect"): flow,
        ("pulled", "defect"): pulled,
        ("flow", "transit"): flow_transit,
        ("pulled", "transit"): pulled_transit,
    }
    return np.array([found[c.kind, c.rate][c.row] for c in causes_of(compiled)])


def made_by_cause(compiled: Compiled, made: Floats, made_in_transit: Floats, uses: Floats) -> Floats:
    """About how many defects each cause makes per started unit, shape (causes,): which to look at first."""
    pulled = compiled.network.pulled
    return by_cause(compiled, made - made_in_transit, uses * pulled.defect, made_in_transit, uses * pulled.transit)


def reduced(network: Network, cause: Cause, factor: float) -> Network:
    """The network with the rate of one cause multiplied; handoffs of one common cause change together."""
    handoffs = getattr(network, cause.kind)
    rates = getattr(handoffs, cause.rate).copy()
    mine = np.arange(len(rates)) == cause.row
    if cause.kind == "pulled" and network.key[cause.row] >= 0:
        # one draw serves all handoffs of a common cause
        mine |= network.key == network.key[cause.row]
    rates[mine] *= factor
    return replace(network, **{cause.kind: replace(handoffs, **{cause.rate: rates})})

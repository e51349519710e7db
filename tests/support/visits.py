"""Expected visits and deliveries of a chain without pulled items, from the story alone.

Formulas: What happens to a unit.
"""

from __future__ import annotations

import numpy as np

from qualitychain.model.records.handoff import defect_rate_of


def expected(chain):
    """Visits per started unit of each department, units delivered, and the nonconforming share of those."""
    places = {
        (node.name, bad): k
        for k, (node, bad) in enumerate((n, b) for n in (*chain.suppliers, *chain.departments) for b in (0, 1))
    }
    customers = {customer.name for customer in chain.customers}
    moves = np.zeros((len(places), len(places)))
    delivered = np.zeros((len(places), 2))

    def send(origin, to, bad, chance):
        if to in customers:
            delivered[origin, bad] += chance
        else:
            moves[origin, places[to, bad]] += chance

    for handoff in chain.handoffs:
        rate, check = 0.0 if handoff.rate_unknown else defect_rate_of(handoff), handoff.inspection
        for before in (0, 1):
            origin = places[handoff.supplier, before]
            spoilt = 1.0 if before else rate
            for bad, part in ((1, spoilt), (0, 1 - spoilt)):
                chance = part * handoff.share
                caught = 0.0 if check is None else check.detect if bad else check.false_alarm
                send(origin, handoff.customer, bad, chance * (1 - caught))
                if caught:
                    fixed = check.fix if bad else 1.0
                    send(origin, check.rework_to, 0, chance * caught * fixed)
                    send(origin, check.rework_to, bad, chance * caught * (1 - fixed))
    start = np.zeros(len(places))
    start[places[chain.suppliers[0].name, 0]] = 1.0
    visits = np.linalg.lstsq((np.eye(len(places)) - moves).T, start, rcond=None)[0]
    out = visits @ delivered
    by_node = {d.name: visits[places[d.name, 0]] + visits[places[d.name, 1]] for d in chain.departments}
    return by_node, out.sum(), out[1] / out.sum()

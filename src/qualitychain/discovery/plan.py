"""Counts to planned handoffs: which flows there are, their shares, and the inspections that send back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from qualitychain.discovery.returns import calibrate

START = -1
END = -2


@dataclass(frozen=True)
class Planned:
    """One flow handoff of the chain to be: ends are department numbers, ``START`` or ``END``."""

    supplier: int
    customer: int
    count: int
    share: float
    n: float = 0.0
    defects: float = 0.0
    wait_mean: float = 0.0
    wait_scv: float = 0.0
    returns: int = 0
    rework_to: int | None = None
    rejected: float = 0.0
    detect: float = 0.0
    false_alarm: float = 0.0
    main: bool = True
    """The greatest part where a handoff is split by where its rejects go; it carries the sample."""

    @property
    def defect_rate(self) -> float:
        """Defects in what was looked at; 0 when nothing was."""
        return min(self.defects / self.n, 1.0) if self.n > 0 else 0.0


@dataclass(frozen=True)
class Plan:
    """All handoffs, and what the log has that no handoff can hold."""

    handoffs: tuple[Planned, ...]
    reworking: int
    only_back: tuple[int, ...]
    """Departments that only ever sent back."""
    lost_n: float
    lost_defects: float
    """Counts at visits that a reworking step brought, between departments without any other step."""


def plan(steps: pd.DataFrame, ends: pd.DataFrame, ability: Mapping[int, float], cases: int) -> Plan:
    """The handoffs that reproduce the counted steps, each with its observed frequency.

    Parameters
    ----------
    steps : DataFrame
        ``queries.handoffs``: previous, department, reworking, count, returns, n, defects, wait_mean,
        wait_scv.
    ends : DataFrame
        ``queries.ends``: department, count, n, defects.
    ability : mapping
        By department: the share of visits in which something was found that were followed by rework.
    cases : int
        Number of cases, which is the number of units started.
    """
    flows: dict[int, list[Planned]] = defaultdict(list)
    back: dict[int, list[Planned]] = defaultdict(list)
    for row in steps.to_dict("records"):
        made = Planned(
            int(row["previous"]),
            int(row["department"]),
            int(row["count"]),
            share=0.0,
            n=float(row["n"]),
            defects=float(row["defects"]),
            wait_mean=float(np.nan_to_num(row["wait_mean"])),
            wait_scv=float(np.nan_to_num(row["wait_scv"])),
            returns=int(row["returns"]),
        )
        (back if row["reworking"] else flows)[made.supplier].append(made)
    for row in ends.to_dict("records"):
        flows[int(row["department"])].append(
            Planned(int(row["department"]), END, int(row["count"]), 0.0, float(row["n"]), float(row["defects"]))
        )
    lost_n = lost_defects = 0.0
    for supplier, sent in back.items():
        kept = {f.customer: i for i, f in enumerate(flows[supplier])}
        for step in sent if flows[supplier] else ():
            place = kept.get(step.customer)
            if place is None:
                lost_n, lost_defects = lost_n + step.n, lost_defects + step.defects
            else:
                flow = flows[supplier][place]
                flows[supplier][place] = replace(flow, n=flow.n + step.n, defects=flow.defects + step.defects)
    made_all: list[Planned] = []
    for supplier in sorted(flows):
        made_all.extend(_from_supplier(flows[supplier], back.get(supplier, [])))
    only_back = tuple(g for g in sorted(flows) if not flows[g])
    reworking = sum(s.count for sent in back.values() for s in sent)
    handoffs = _inspected(made_all, ability, cases) if reworking else made_all
    return Plan(tuple(handoffs), reworking, only_back, lost_n, lost_defects)


def _from_supplier(flows: list[Planned], back: list[Planned]) -> list[Planned]:
    onward, sent_back = sum(f.count for f in flows), sum(b.count for b in back)
    if not back:
        return [replace(f, share=f.count / onward) for f in flows]
    if not flows:
        # nothing ever went on from here, so there is no outgoing handoff to inspect but the way back itself
        return [replace(b, share=b.count / sent_back, rework_to=b.customer, rejected=0.0, detect=1.0) for b in back]
    rejected = sent_back / (onward + sent_back)
    pieces = []
    for flow, target, mass in _coupled(flows, back):
        share = mass / (onward * sent_back)
        pieces.append(replace(flow, share=share, rework_to=target.customer, rejected=rejected, main=False))
    seen: set[int] = set()
    for i in sorted(range(len(pieces)), key=lambda i: -pieces[i].share):
        if pieces[i].customer not in seen:
            seen.add(pieces[i].customer)
            pieces[i] = replace(pieces[i], main=True)
    return pieces


def _coupled(flows: list[Planned], back: list[Planned]) -> list[tuple[Planned, Planned, int]]:
    """Pair onward flows with places of return, keeping the frequencies of both, in few pairs.

    Every handoff of the supplier rejects the same share, so any pairing with these margins sends back the right
    amounts.
    """
    onward, sent_back = sum(f.count for f in flows), sum(b.count for b in back)
    left = sorted(flows, key=lambda f: (-f.count, f.customer))
    right = sorted(back, key=lambda b: (-b.count, b.customer))
    pairs, i, j = [], 0, 0
    rest_i, rest_j = left[0].count * sent_back, right[0].count * onward
    while True:
        mass = min(rest_i, rest_j)
        pairs.append((left[i], right[j], mass))
        rest_i, rest_j = rest_i - mass, rest_j - mass
        if not rest_i:
            i += 1
            if i == len(left):
                return pairs
            rest_i = left[i].count * sent_back
        if not rest_j:
            j += 1
            rest_j = right[j].count * onward


def _inspected(handoffs: list[Planned], ability: Mapping[int, float], cases: int) -> list[Planned]:
    departments = 1 + max(max(h.supplier, h.customer) for h in handoffs)
    # what leaves a department is what came: onward steps plus those sent back
    out = np.zeros(departments + 2)
    done: set[tuple[int, int]] = set()
    for h in handoffs:
        if (h.supplier, h.customer) not in done:
            done.add((h.supplier, h.customer))
            out[h.supplier] += h.count / (1 - h.rejected)
    supplier = np.array([h.supplier for h in handoffs]) % (departments + 2)
    customer = np.array([h.customer for h in handoffs]) % (departments + 2)
    share = np.array([h.share for h in handoffs])
    rate = np.array([h.defect_rate for h in handoffs])
    rejected = np.array([h.rejected for h in handoffs])
    # the way back of a department that only sends back clears everything: as if all of it were rejected
    whole = np.array([h.rework_to is not None and h.rejected == 0.0 for h in handoffs])
    sent_back = np.where(whole, 1.0, rejected)
    able = np.maximum([ability.get(h.supplier, 0.0) for h in handoffs], sent_back)
    found = calibrate(
        supplier, customer, out[supplier] / cases * share, rate, sent_back, ability=able, nodes=departments + 2
    )
    return [
        replace(h, detect=float(found.detect[k]), false_alarm=float(found.false_alarm[k]))
        if h.rework_to is not None and h.rejected > 0.0
        else h
        for k, h in enumerate(handoffs)
    ]

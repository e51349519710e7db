"""A derivative in words: what a small step of one number does, and why a wrong sign is right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qualitychain.analysis.sensitivity.parameters import Parameter
from qualitychain.engine.network.network import ON_INSPECTION, ON_UNIT, Flags, Floats, Network
from qualitychain.vocabulary.figures import number

STEPS = {"n": 1.0, "defects": 1.0, "per_unit": 0.1, "rate": 0.1, "dpu": 0.01, "dpo": 0.0001}
"""The step that a sentence speaks of; 0.01, one point, for what is a probability."""
LEAST_SAID = 0.0001
"""An amount below which a sentence only says that it is less."""
RISE_IS_BETTER = ("sigma_level", "delivered")
"""Outcomes of which more is better; of all others less is."""
WORDS = {
    "accepted_defect_rate": "the accepted defect rate",
    "defect_rate": "the defect rate",
    "sigma_level": "the sigma level",
    "delivered": "the share of started units delivered",
    "nonconforming": "the share of started units delivered nonconforming",
    "revenue_at_risk": "the revenue at risk per period",
    "scrap_rate": "the scrap rate",
    "work": "the work per time unit",
    "cost": "the cost of poor quality per time unit",
}
COUNTED = ("sigma_level", "revenue_at_risk", "work", "cost")
"""Outcomes that are no shares."""
OF_DEFECTS = ("defect_rate", "defects", "dpu", "dpo")
"""Parameters that grow with the defects made."""
SCRAP, ELSEWHERE, REWORK, BLIND = "scrap", "elsewhere", "rework", "blind"
REMOVED = "because inspection removes them: "
WHY_BETTER = {
    SCRAP: REMOVED + "it scraps units that are worse than the rest, so scrap shifts the mix",
    ELSEWHERE: REMOVED + "units that are worse than the rest then end with other customers",
    REWORK: REMOVED + "rework sends the bad units to a better line",
    BLIND: "because they blind an inspection whose rejects make its mix worse",
}


CAUSES = {
    "defect_rate": "one point more defects at {}",
    "dpu": "0.01 more defects per unit at {}",
    "dpo": "0.0001 more defects per opportunity at {}",
    "n": "one unit more in the sample of {}, conforming,",
    "defects": "one defect more in the sample of {}",
    "transit_defect_rate": "one point more damage in transit at {}",
    "transit_n": "one unit more in the transit sample of {}, conforming,",
    "transit_defects": "one damaged unit more in the transit sample of {}",
    "detect": "one point more detection at {}",
    "false_alarm": "one point more false alarms at {}",
    "fix": "one point more of the rejects of {} cleared",
    "share": "one point more of the share of {}",
    "per_unit": "0.1 more uses per unit of {}",
    "rate": "0.1 more units started per time unit by {}",
}


def step_of(parameter: str) -> float:
    """The step that the sentence about a parameter speaks of."""
    return STEPS.get(parameter, 0.01)


@dataclass(frozen=True)
class Teller:
    """Says what small steps of parameters do to one outcome of one node.

    Examples
    --------
    >>> p = Parameter("A -> B", "defect_rate", "defect", "flow", 0)
    >>> Teller("accepted_defect_rate", "Shop").sentence(p, 0.5)
    "one point more defects at 'A -> B' raises the accepted defect rate of 'Shop' by 0.5 points"
    """

    outcome: str
    node: str | None

    @cached_property
    def what(self) -> str:
        """The outcome, with whose it is."""
        if self.node is None:
            return WORDS[self.outcome]
        link = "to" if self.outcome in ("delivered", "nonconforming") else "of"
        return f"{WORDS[self.outcome]} {link} '{self.node}'"

    def sentence(self, p: Parameter, slope: float, why: str | None = None) -> str:
        """What a small step of the parameter does, to first order; ``why`` a wrong sign is right."""
        cause = CAUSES[p.name].format(f"'{p.of}'")
        if slope == 0:
            return f"{cause} changes nothing in {self.what}"
        change = slope * step_of(p.name)
        counted = self.outcome in COUNTED
        amount = _plain(abs(change)) if counted else f"{_plain(100 * abs(change))} points"
        said = f"{cause} {'raises' if change > 0 else 'lowers'} {self.what} by {amount}"
        if p.name == "share":
            said += ", less the same figure of the share it is taken from"
        if p.together > 1:
            said += f" (in all {p.together} handoffs it stands in)"
        if why is not None:
            said += f": more defects here would look better at '{self.node}', {WHY_BETTER[why]}"
        return said


def _plain(amount: float) -> str:
    """An amount without powers of ten.

    Examples
    --------
    >>> _plain(5.26e-6), _plain(0.0), _plain(0.00012)
    ('less than 0.0001', '0', '0.00012')
    """
    if 0 < amount < LEAST_SAID:
        return f"less than {LEAST_SAID}"
    return f"{float(number(amount)):f}".rstrip("0") if amount < 1e-3 and amount > 0 else number(amount)


def why_better(bad: Floats, every: Floats, scrapped: Floats) -> list[str]:
    """Why more defects lower a defect rate, from the derivatives of bad units, of all units, and of scrap.

    Bad units that vanish with the units they were (or fewer) are removed: scrapped, or sent elsewhere. When more bad
    units vanish than units, those that come back have been made better on the way.
    """
    lost, lost_bad = -every, -bad
    removed = (lost > 0) & (lost_bad <= lost * (1 + 1e-9))
    scrap = scrapped >= lost / 2
    return [SCRAP if r and s else ELSEWHERE if r else REWORK for r, s in zip(removed, scrap, strict=True)]


def only_blind(network: Network) -> Flags:
    """Pulled handoffs whose bad results never spoil a unit, but keep an inspection from finding bad ones, (H,)."""
    pulled, kind = network.pulled, network.affects[network.group]
    giver, receiver, used = pulled.giver, pulled.receiver, network.uses > 0
    felt = np.zeros((2, network.nodes), dtype=bool)
    felt[0] = network.transient >= 0
    while True:
        # a spoilt giver, or one whose own inspection is blind, hands on bad results
        bad = used & np.where(kind == ON_UNIT, felt[0][receiver], (kind == ON_INSPECTION) & felt[1][receiver])
        before = felt.copy()
        felt[0][giver[bad]] = True
        felt[1][giver[bad & pulled.by_giver]] = True
        if np.array_equal(before, felt):
            break
    return np.asarray(~np.where(kind == ON_UNIT, felt[0][receiver], (kind == ON_INSPECTION) & felt[1][receiver]))


def surely_negative(slopes: Floats) -> Floats:
    """Where derivatives are below zero by more than rounding."""
    largest = np.nanmax(np.abs(slopes), initial=0.0)
    return np.asarray(slopes < -1e-12 * largest)

"""Measures of quality: defects, yields, sigma."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import At, Direction, Measure, Per, Unit, named, share

_LESS, _MORE = Direction.LESS, Direction.MORE
_CUSTOMER = At("customer", "quality", "customers")
_HANDOFF = At("handoff", "quality", "handoffs")
_CHAIN = At("chain", "quality", "")


def _per_started(name: str, words: str, direction: Direction = Direction.NEITHER, *at: At) -> Measure:
    return Measure(name, Unit.COUNT, words, direction, Per.STARTED, at=at)


QUALITY = named(
    _per_started("delivered", "units delivered", _MORE, _CUSTOMER),
    _per_started("conforming", "conforming units delivered", _MORE),
    _per_started("nonconforming", "nonconforming units delivered", _LESS),
    share("defect_rate", "nonconforming among the incoming units", _LESS, at=(_CUSTOMER,), objective=True),
    share(
        "accepted_defect_rate",
        "nonconforming among the outgoing units, those that are kept",
        _LESS,
        at=(_CUSTOMER, _HANDOFF),
        objective=True,
    ),
    Measure(
        "dpmo",
        Unit.PPM,
        "defects per million opportunities, from the defect rate",
        _LESS,
        high=1e6,
        label="DPMO",
        at=(_CUSTOMER,),
    ),
    Measure(
        "z_lt",
        Unit.SIGMA,
        "long-term Z, from the defect rate",
        _MORE,
        low=-math.inf,
        label="Z long-term",
        at=(_CUSTOMER,),
    ),
    Measure(
        "sigma_level",
        Unit.SIGMA,
        "long-term Z plus the shift",
        _MORE,
        low=-math.inf,
        at=(_CUSTOMER,),
        objective=True,
    ),
    Measure("work", Unit.COUNT, "work units, requests and redo included", per=Per.TIME),
    _per_started("visits", "visits of units"),
    share(
        "hidden_factory",
        "work that would vanish if nothing were ever rejected",
        _LESS,
        at=(_CHAIN,),
        low=-math.inf,
    ),
    _per_started("flow", "units handed over, or uses of a pulled item"),
    _per_started("rejected", "units rejected", _LESS),
    share("presented_defect_rate", "nonconforming among the units presented", _LESS, at=(_HANDOFF,)),
    _per_started("made", "conforming units made nonconforming here", _LESS),
    Measure("n", Unit.COUNT, "units counted"),
    Measure("defects", Unit.COUNT, "nonconforming among those counted", _LESS),
    share("lower", "lower end of the 95 % interval (Clopper-Pearson)"),
    share("upper", "upper end of the 95 % interval (Clopper-Pearson)"),
    share("transit_defect_rate", "conforming units damaged on the way", _LESS),
    share("sla_defect_rate", "defect rate promised to the customer of the handoff", label="SLA defect rate"),
    _per_started("units", "units handed over, redo included"),
    _per_started("defective", "units made nonconforming"),
    Measure("opportunities", Unit.COUNT, "opportunities for a defect per unit"),
    Measure("dpu", Unit.RATIO, "defects per unit, D/U; a nonconforming unit is one", _LESS, label="DPU"),
    Measure("poisson_dpu", Unit.RATIO, "-ln(throughput yield)", _LESS, label="DPU (Poisson)"),
    share("throughput_yield", "share of units that a step leaves conforming", _MORE),
    share("first_pass_yield", "share never nonconforming and never rejected", _MORE, at=(_CHAIN,)),
    share("rolled", "never nonconforming up to here, of the units that come this way", _MORE),
    share("throughput_yield_product", "plain product of the throughput yields, each step once", _MORE),
    share("rolled_throughput_yield", "share delivered and never nonconforming", _MORE, at=(_CHAIN,)),
    share("final_yield", "share delivered", _MORE, at=(_CHAIN,)),
    share("normalized_yield", "rolled throughput yield per step", _MORE),
    share("scrap_rate", "share scrapped", _LESS, at=(_CHAIN,)),
    share("scrap_rate_true", "share scrapped while nonconforming", _LESS),
    share("scrap_rate_false_alarm", "share scrapped while conforming", _LESS),
    _per_started("per_started_unit", "defects"),
)

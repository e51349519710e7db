"""Why a study does without a table unless it is asked for by name: counted from the chain, in a sentence.

Each function takes the study and the name of a table, as ``Analysis.left_out`` wants it.
"""

from __future__ import annotations

import math

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks, bottlenecks_of
from qualitychain.reporting.compute import budget
from qualitychain.reporting.compute.budget import TimeParts, time_parts

ROUNDING = 1e-12


def above(b: Bottlenecks) -> list[str]:
    """Departments above the target utilization."""
    used = b.capacity["utilization"]
    return [str(name) for name in used.index[used > b.target * (1 + ROUNDING)]]


def parts_of(study: Study) -> TimeParts:
    """Which time parts take seconds."""
    return time_parts(study.chain, above=len(above(study.ask(bottlenecks_of))))


def _too_long(study: Study, given: bool, what: str, table: str) -> str:
    return "" if given or not study.unasked else f"Left out: {what}; show --table {table} computes it."


def lead_times(study: Study, table: str) -> str:
    """Lead times and queues."""
    if table == "sla" and not any(h.sla is not None and h.sla.lead_time is not None for h in study.chain.handoffs):
        return "Lead times promised between departments: no handoff has one (sla)."
    what = "lead times and queues, which take long in a chain like this"
    return _too_long(study, parts_of(study).lead_times, what, table)


def value_stream(study: Study, table: str) -> str:
    """Where the time goes."""
    what = "where the time goes, which takes long in a chain like this"
    return _too_long(study, parts_of(study).value_stream, what, table)


def waiting(study: Study, table: str) -> str:
    """Waiting with its prices."""
    what = "waiting, with the chain evaluated anew for one more server in each department"
    return _too_long(study, parts_of(study).waiting, what, table)


def service(study: Study, table: str) -> str:
    """Promises between departments."""
    if all(h.sla is None for h in study.chain.handoffs):
        return "Promises between departments: no handoff has one (sla)."
    what = "promises between departments, with the chain analysed anew for each broken one"
    return _too_long(study, parts_of(study).service, what, table)


def remedies(study: Study, table: str) -> str:
    """What would help loaded departments."""
    if not above(study.ask(bottlenecks_of)):
        return "Remedies: no department is used more than the target."
    return _too_long(study, parts_of(study).remedies, "remedies, with the chain analysed anew for each", table)


def effects(study: Study, table: str) -> str:
    """Effects of handoffs; what customers get is always there."""
    if table != "effects":
        return segments(study) if table == "segments" else ""
    what = "effects of handoffs on customers, which need a solution for each handoff"
    return _too_long(study, budget.effects_affordable(study.chain), what, table)


def segments(study: Study) -> str:
    """Customers by segment."""
    none = all(customer.segment is None for customer in study.chain.customers)
    return "Segments: no customer gives its segment." if none else ""


def cost(study: Study, table: str) -> str:
    """The cost of quality."""
    from qualitychain.analysis.money.cost_of_quality import cost_of_quality_of

    del table
    found = study.ask(cost_of_quality_of, lead_times=False)
    if not math.isnan(found.total) or len(found.lines):
        return ""
    why = next(iter(found.missing.values()), "no figure of cost is given")
    return f"Cost of quality: no figure of it is given ({why})."


def causes(study: Study, table: str) -> str:
    """Root causes."""
    what = "root causes, which need a solution for each handoff"
    return _too_long(study, budget.causes_affordable(study.chain), what, table)


def lateness(study: Study, table: str) -> str:
    """Whose time it is."""
    what = "the time of each step, which takes long in a chain like this"
    return _too_long(study, parts_of(study).lead_times, what, table)


def sensitivities(study: Study, table: str) -> str:
    """What a little more of each number does."""
    affordable = budget.slopes_affordable(study.chain, len(study.chain.customers))
    return _too_long(study, affordable, "what a little more of each number does, with a sentence about each", table)


def key(study: Study, table: str) -> str:
    """The customer impact matrix."""
    if table == "key_promises" and all(h.sla is None for h in study.chain.handoffs):
        return "Key promises: no handoff between departments has one (sla)."
    affordable = budget.slopes_affordable(study.chain, len(study.chain.customers))
    return _too_long(study, affordable, "the customer impact matrix", table)


def sla_adequacy(study: Study, table: str) -> str:
    """Promises against requirements."""
    from qualitychain.improvement.allocate.sla_adequacy import RATE_MEASURES, TIME_MEASURES

    bearing = {r.measure for r in study.chain.requirements if r.customer is not None}
    if bearing.isdisjoint((*RATE_MEASURES, *TIME_MEASURES)):
        return "Promises against requirements: no requirement of a customer bears on them."
    what = "promises against requirements, each split over the chain"
    return _too_long(study, budget.sla_adequacy_affordable(study.chain), what, table)


def projects(study: Study, table: str) -> str:
    """Projects to choose from."""
    if not study.chain.projects:
        return "Projects: the chain names none (projects)."
    affordable = budget.choice_cost(study.chain, timed=False, frontier=True) <= budget.MOST_CHOICES
    return _too_long(study, affordable or table != "frontier", "the best outcome for each budget", table)

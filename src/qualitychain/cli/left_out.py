"""Which tables ``show`` does not make unless they are asked for by name, and why, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qualitychain.improvement.allocate.sla_adequacy import RATE_MEASURES, TIME_MEASURES
from qualitychain.reporting.compute.budget import causes_affordable, sla_adequacy_affordable, slopes_affordable

if TYPE_CHECKING:
    from qualitychain.cli.answers import Answers

_TIMES = ("lead_times", "queues", "sla")
_STREAM = ("value_stream", "flow", "takt", "critical_path")
_CAUSES = ("root_causes", "cause_departments", "cause_pairs")
_KEY = ("key_to_customer", "key_promises")
_COST = ("cost", "cost_lines", "cost_by_stage", "cost_places")
_CHOICES = ("projects", "frontier")


def left_out(a: Answers) -> dict[str, str]:
    """Why tables are not made unless they are asked for by name, by name of the table.

    Parameters
    ----------
    a : Answers
    """
    found = dict[str, str]()
    for given, names, what in _too_long(a):
        if not given:
            how = " or ".join(f"--table {n}" for n in names)
            found.update(dict.fromkeys(names, f"Left out: {what}; show {how} computes it."))
    for names, why in _nothing_there(a, found):
        found.update(dict.fromkeys(names, why))
    return found


def _too_long(a: Answers) -> Iterator[tuple[bool, tuple[str, ...], str]]:
    """Whether a part takes seconds, its tables, and what it is."""
    parts, slopes = a.parts, slopes_affordable(a.chain, len(a.chain.customers))
    yield (
        a.effects_affordable,
        ("effects",),
        "effects of handoffs on customers, which need a solution for each handoff",
    )
    yield causes_affordable(a.chain), _CAUSES, "root causes, which need a solution for each handoff"
    yield parts.lead_times, ("lateness",), "the time of each step, which takes long in a chain like this"
    yield slopes, ("sensitivities",), "what a little more of each number does, with a sentence about each"
    yield slopes, _KEY, "what a little worse in each handoff costs each customer"
    yield (
        sla_adequacy_affordable(a.chain),
        ("sla_adequacy",),
        "promises against requirements, each split over the chain",
    )
    yield parts.lead_times, _TIMES, "lead times and queues, which take long in a chain like this"
    yield parts.value_stream, _STREAM, "where the time goes, which takes long in a chain like this"
    yield (
        parts.waiting,
        ("waiting",),
        "waiting, with the chain evaluated anew for one more server in each department",
    )
    yield (
        parts.service,
        ("service",),
        "promises between departments, with the chain analysed anew for each broken one",
    )
    yield parts.remedies, ("remedies",), "remedies, with the chain analysed anew for each"


def _nothing_there(a: Answers, found: dict[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Tables of what the chain does not have, and what is not there."""
    if not a.promises:
        yield ("service",), "Promises between departments: no handoff has one (sla)."
        yield ("key_promises",), "Key promises: no handoff between departments has one (sla)."
    if not a.above:
        yield ("remedies",), "Remedies: no department is used more than the target."
    if "lead_times" not in found and a.no_lead_times:
        yield _TIMES, f"No lead times: {a.no_lead_times}."
    if "value_stream" not in found and a.no_stream:
        yield _STREAM, f"No value stream: {a.no_stream}."
    if "lateness" not in found and not len(a.late.table):
        yield ("lateness",), f"No time by step: {next(iter(a.late.missing.values()), 'no step takes any time')}."
    if all(customer.segment is None for customer in a.chain.customers):
        yield ("segments",), "Segments: no customer gives its segment."
    if math.isnan(a.cost.total) and not len(a.cost.lines):
        why = next(iter(a.cost.missing.values()), "no figure of cost is given")
        yield _COST, f"Cost of quality: no figure of it is given ({why})."
    bearing = {r.measure for r in a.chain.requirements if r.customer is not None}
    if bearing.isdisjoint((*RATE_MEASURES, *TIME_MEASURES)):
        yield ("sla_adequacy",), "Promises against requirements: no requirement of a customer bears on them."
    if not a.chain.projects:
        yield _CHOICES, "Projects: the chain names none (projects)."
    else:
        yield from _unchosen(a)


def _unchosen(a: Answers) -> Iterator[tuple[tuple[str, ...], str]]:
    """Objectives by which no projects are chosen; all tables of choices where there is none."""
    found, refused, too_long = a.chosen.found, a.chosen.refused, a.chosen.left_out
    whys = [f"No projects chosen by {name.replace('_', ' ')}: {why}." for name, why in refused.items()]
    if not found and len(set(refused.values())) == 1:
        whys = [f"No projects chosen: {next(iter(refused.values()))}."]
    if too_long:
        what = " and ".join(name.replace("_", " ") for name in too_long)
        whys.append(f"Left out: projects chosen by {what}, which takes long; show --table projects computes it.")
    if whys:
        yield ("projects by other objectives",) if found else _CHOICES, " ".join(whys)
    if found and not any(len(choice.frontier) for choice in found.values()):
        yield ("frontier",), "Left out: the best outcome for each budget; show --table frontier computes it."

"""What the report says about causes, customers, money and choices; what would take long is left out in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from qualitychain.analysis.base.result import Result
from qualitychain.analysis.time.kept_promises import needs_times
from qualitychain.errors import AnalysisError
from qualitychain.model.records.handoff import defect_rate_of, transit_rate_of
from qualitychain.reporting.compute.analyses import Analyses
from qualitychain.reporting.compute.budget import (
    causes_affordable,
    delayed_handoffs,
    sla_adequacy_affordable,
    slopes_affordable,
)
from qualitychain.reporting.content.time_content import left_out
from qualitychain.reporting.page.table import Table
from qualitychain.reporting.tables import cause_tables, choice_tables, key_tables, slope_tables
from qualitychain.reporting.tables.cost_tables import CostSection, cost_section
from qualitychain.reporting.tables.customer_tables import InFull, in_full

MOST_TORNADOES = 6


@dataclass(frozen=True)
class CauseSection:
    """Who is behind what customers get."""

    words: str = ""
    paretos: list[cause_tables.Pareto] = field(default_factory=list)
    more: int = 0
    sums: list[Table] = field(default_factory=list)
    lateness: list[Table] = field(default_factory=list)
    lateness_words: str = ""


@dataclass(frozen=True)
class SlopeSection:
    """What moves customers' rates."""

    words: str = ""
    tornadoes: list[slope_tables.Tornado] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class KeySection:
    """Which handoff is key to which customer."""

    words: str = ""
    tables: list[Table] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    promises: Table | None = None


@dataclass(frozen=True)
class FirstSection:
    """What to do first."""

    words: list[str] = field(default_factory=list)
    choices: list[choice_tables.Choice] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    adequacy_words: str = ""
    sla_adequacy: Table | None = None
    adequacy_remarks: list[str] = field(default_factory=list)


def customers_in_full(a: Analyses) -> InFull:
    """Customers in units and money."""
    now = a.outcomes
    return in_full(now.customers, now.segments, now.missing, a.chain.period or "period")


def cause_section(a: Analyses) -> CauseSection:
    """Root causes, with removal effects beside them, and causes of lateness."""
    if not causes_affordable(a.chain):
        defective = sum(defect_rate_of(h) > 0 or transit_rate_of(h) > 0 for h in a.chain.handoffs)
        return CauseSection(
            f"Left out: {defective:,} handoffs make defects, and their effects together would take too long here. "
            "`qualitychain show --table root_causes` and `qualitychain show --table effects` compute them all."
        )
    c, count = a.causes, len(a.chain.customers)
    effects = a.effects.handoffs if a.effects_affordable else None
    late = c.late
    timed = [t for t in late.customers.index if late.reason_for("table", t) is None]
    lateness_words = (
        "Each step's share of the mean lead time, and of what makes it vary: a step that takes long is not always the "
        "one that makes deliveries late. Both columns add up to 100 % over all steps."
    )
    if not timed:
        why = next(iter(late.missing.values()), "nothing takes time")
        lateness_words = f"Who takes the time is not available: {why}."
    pairs = (cause_tables.department_table(c), cause_tables.pair_table(c))
    return CauseSection(
        words=(
            "Two answers to two questions. Made: of the nonconforming units that a customer keeps, the share whose "
            "last defect came from this handoff; these add up to 100 %. If it were perfect: how far the rate would "
            "fall if this handoff alone made no defects and everything else stayed as it is; these overlap, so they "
            "do not add up."
        ),
        paretos=cause_tables.paretos(c, effects, a.chain.period or "period"),
        more=max(0, count - cause_tables.MOST_PARETOS),
        sums=[t for t in pairs if t is not None],
        lateness=cause_tables.lateness_tables(late) if timed else [],
        lateness_words=lateness_words,
    )


def slope_section(a: Analyses) -> SlopeSection:
    """A tornado for each of the first customers."""
    names = [c.name for c in a.chain.customers]
    if not slopes_affordable(a.chain, len(names)):
        return SlopeSection(left_out("sensitivities", "sensitivities"))
    try:
        slopes = a.slopes
    except AnalysisError as error:
        return SlopeSection(f"Sensitivities are not available: {error}.")
    return SlopeSection(
        "How far a customer's accepted defect rate moves, to first order, when one probability of the chain rises by "
        "one point. Bars to the left lower the rate, which is better; bars to the right, in red, raise it.",
        [slope_tables.tornado(slopes, name) for name in names[:MOST_TORNADOES]],
        max(0, len(names) - MOST_TORNADOES),
    )


def key_section(a: Analyses) -> KeySection:
    """Customer impact matrix: heat maps, and the promises ranked."""
    if not slopes_affordable(a.chain, len(a.chain.customers)):
        return KeySection(left_out("the customer impact matrix", "key_to_customer"))
    try:
        k = a.key
    except AnalysisError as error:
        return KeySection(f"The customer impact matrix is not available: {error}.")
    nothing = key_tables.nothing_known(k)
    words = (
        "Sensitivity of each external customer to each handoff, in money or units: the slope at the present figures, "
        "the darker the more. The most costly handoffs come first."
    )
    later = left_out("what a delay of each handoff costs", "key_to_customer")
    skipped = needs_times(a.chain) and (k.evaluated > 0 or not delayed_handoffs(a.chain))
    remark = key_tables.unknown_times(k, left_out=later if skipped else "")
    tables = [key_tables.key_table(k, of) for of in ("defects", "time")]
    return KeySection(
        nothing or words,
        [t for t in tables if t is not None],
        [remark] if remark else [],
        key_tables.promise_table(k) if not nothing else None,
    )


def money_section(a: Analyses) -> CostSection:
    """The cost of quality."""
    try:
        return cost_section(a.cost)
    except AnalysisError as error:
        return CostSection((f"The cost of quality is not available: {error}.",))


def first_section(a: Analyses) -> FirstSection:
    """Projects within the budget, and promises weaker than needed."""
    words, remarks, made = [], [], []
    if not a.chain.projects:
        words.append(choice_tables.NO_PROJECTS)
    else:
        found, refused, skipped = a.chosen.found, a.chosen.refused, a.chosen.left_out
        made = [choice_tables.choice_of(name, one, a.chain.period or "period") for name, one in found.items()]
        if a.chain.budget is None:
            words.append("No `budget:` is given, so what all projects cost together may be spent.")
        remarks += [f"For {name.replace('_', ' ')} nothing can be chosen: {why}." for name, why in refused.items()]
        if skipped:
            named = " and ".join(name.replace("_", " ") for name in skipped)
            remarks.append(left_out(f"the best choice for {named}", "projects"))
        if any(len(one.frontier) == 0 for one in found.values()):
            remarks.append(left_out("the best choice at other budgets", "frontier"))
    adequacy_words, sla_adequacy, adequacy_remarks = _sla_adequacy(a)
    return FirstSection(words, made, remarks, adequacy_words, sla_adequacy, adequacy_remarks)


def _sla_adequacy(a: Analyses) -> tuple[str, Table | None, list[str]]:
    if not any(r.customer is not None for r in a.chain.requirements):
        words = "No requirement on a customer is given, so nothing is known of what promises inside would have to be."
        return words, None, []
    if not sla_adequacy_affordable(a.chain):
        return left_out("what each handoff must promise for the requirements of customers", "sla_adequacy"), None, []
    try:
        p = a.sla_adequacy
    except AnalysisError as error:
        return f"SLA adequacy is not available: {error}.", None, []
    remarks = [f"Not split: {why}." for why in p.unsplit]
    return choice_tables.adequacy_words(p), choice_tables.adequacy_table(p), remarks


def results_of(a: Analyses) -> list[tuple[str, Result]]:
    """The results that these sections come from, as far as they were worked out."""
    named: list[tuple[str, str]] = [
        ("Effects", "effects"),
        ("Root causes", "causes"),
        ("Sensitivities", "slopes"),
        ("Customer impact matrix", "key"),
        ("Cost of quality", "cost"),
        ("SLA adequacy", "sla_adequacy"),
    ]
    found: list[tuple[str, Result]] = [(title, a.__dict__[name]) for title, name in named if name in a.__dict__]
    return [*found, *(("Projects", one) for one in a.chosen.found.values())] if a.chain.projects else found

"""The tables of promises, described: against what is required, and as targets of customers ask for them."""

from __future__ import annotations

from qualitychain.vocabulary.rows import weak
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

PROMISED = TableSpec(
    "sla_adequacy",
    "table",
    "Promises weaker than requirements need",
    "promises between departments against what is required",
    index=(),
    columns=columns(
        "handoff",
        Column("measure", "bounded"),
        "customer",
        "requirement",
        Column("promised", measure_in="measure"),
        Column("needed", measure_in="measure"),
        Column("gap", measure_in="measure"),
        "verdict",
    ),
    shown=("handoff", "measure", "promised", "needed", "customer", "requirement"),
    rows=weak,
)
SLA_ADEQUACY = Analysis(
    "sla_adequacy",
    "SLA adequacy",
    "improvement.allocate.sla_adequacy:sla_adequacy_of",
    (PROMISED,),
    left_out="reporting.compute.left_out:sla_adequacy",
)

TARGETS = columns(
    "customer",
    Column("measure", "bounded"),
    "within",
    *(Column(name, measure_in="measure") for name in ("asked", "now", "reached")),
    "binding",
    Column("price", "target_price"),
)


def of_allocation(rates: tuple[str, ...], *, timed: bool) -> tuple[TableSpec, ...]:
    """The tables of an allocation: ``rates`` are the columns of its gradients, ``timed`` has targets in time."""
    promised = columns(
        "defect_rate",
        Column("promised", "defect_rate"),
        "sigma_level",
        "presented_defect_rate",
        "weight",
        "unchanged",
        "effect",
        *((Column("lead_time", "handoff_time"), "sla_lead_time") if timed else ()),
    )
    times = columns(
        "kind",
        Column("now", "time_now"),
        Column("budget", "time_budget"),
        Column("factor", "time_factor"),
        "weight",
        "unchanged",
    )
    gradients = tuple(Column(name, "gradient", heading=name) for name in rates)
    return (
        TableSpec("promises", "table", "Promises", "what every handoff must promise", ("handoff",), promised),
        TableSpec("time_budgets", "times", "Budgets of time", "how long each place may take", ("place",), times),
        TableSpec("targets", "targets", "Targets", "what customers accept, now and as promised", (), TARGETS),
        TableSpec(
            "target_gradients",
            "gradients",
            "Gradients of the rates asked for",
            "change of each customer's rate per 1 of a handoff's defect rate",
            ("handoff",),
            gradients,
        ),
    )


ALLOCATION = Analysis(
    "allocate",
    "Allocation of targets",
    "improvement.allocate.allocate:allocation_of",
    of_allocation(("customer",), timed=True),
)

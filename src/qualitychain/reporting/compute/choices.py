"""The best projects of a chain for each objective that its figures allow, and which of them are worked out unasked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.cost_of_quality import cost_of_quality_of
from qualitychain.analysis.time.kept_promises import needs_times
from qualitychain.errors import AnalysisError, ChainError
from qualitychain.improvement.choose.choice.improve import improved
from qualitychain.improvement.choose.choice.improvement import Improvement
from qualitychain.improvement.choose.specs import CHOICES
from qualitychain.model.chain.chain import Chain
from qualitychain.reporting.compute.budget import MOST_CHOICES, choice_cost
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

RATE, REVENUE, COST = "accepted_defect_rate", "revenue_at_risk", "cost_of_quality"


@dataclass(frozen=True, kw_only=True)
class Choices(Result):
    """The best projects under each objective.

    Attributes
    ----------
    found : mapping of objective to Improvement
    refused : mapping of objective to str
        Why nothing can be chosen by it.
    left_out : tuple of str
        Objectives whose choice would take long and was not asked for.
    """

    tables: ClassVar[tuple[TableSpec, ...]] = CHOICES.tables

    found: Mapping[str, Improvement] = field(repr=False)
    refused: Mapping[str, str]
    left_out: tuple[str, ...]

    @property
    def projects(self) -> pd.DataFrame:
        """Every project under every objective."""
        return self._together(lambda one: one.table.reset_index(), PROJECTS)

    @property
    def frontier(self) -> pd.DataFrame:
        """The best choice for a range of budgets, under every objective."""
        return self._together(
            lambda one: one.frontier.assign(chosen=["; ".join(names) for names in one.frontier["chosen"]]), FRONTIER
        )

    def _together(self, frame_of: Callable[[Improvement], pd.DataFrame], spec: TableSpec) -> pd.DataFrame:
        import pandas as pd

        names = [column.name for column in spec.columns]
        if not self.found:
            return pd.DataFrame(columns=names)
        parts = [frame_of(one).assign(objective=objective) for objective, one in self.found.items()]
        return pd.concat(parts, ignore_index=True)[names]

    def summary(self) -> str:
        """What to choose under each objective."""
        return "\n".join(one.summary() for one in self.found.values()) or "The chain names no projects."

    def to_dict(self) -> dict[str, Any]:
        """The choices as JSON-safe data, by objective."""
        return super().to_dict() | {"found": {name: one.to_dict() for name, one in self.found.items()}}


PROJECTS, FRONTIER = CHOICES.tables


def objectives_of(study: Study) -> tuple[str, ...]:
    """Objectives for which the chain gives the figures."""
    chain = study.chain
    if not chain.projects:
        return ()
    priced = all(None not in (c.volume, c.value, c.churn_if_dissatisfied) for c in chain.customers)
    costs = not math.isnan(study.ask(cost_of_quality_of).total)
    return (RATE, *([REVENUE] if priced else []), *([COST] if costs else []))


def choices_of(study: Study) -> Choices:
    """The best projects of a study's chain; unasked, without what would take long."""
    found: dict[str, Improvement] = {}
    refused: dict[str, str] = {}
    left_out = []
    for objective in objectives_of(study):
        try:
            made = _chosen_unasked(study, objective) if study.unasked else improved(study, objective=objective)
        except (AnalysisError, ChainError) as error:
            refused[objective] = str(error)
            continue
        if made is None:
            left_out.append(objective)
        else:
            found[objective] = made
    return Choices(
        found=found,
        refused=refused,
        left_out=tuple(left_out),
        exact=all(one.exact for one in found.values()),
        method="; ".join(dict.fromkeys(one.method for one in found.values())),
        assumptions=tuple(dict.fromkeys(said for one in found.values() for said in one.assumptions)),
        units=study.units,
    )


def projects_of(study: Study) -> Choices:
    """The best projects of a study's chain, for those who ask for them.

    Raises
    ------
    AnalysisError
        When there are projects, but none can be chosen by any objective.
    """
    choices = study.ask(choices_of)
    if choices.refused and not choices.found:
        raise AnalysisError("; ".join(dict.fromkeys(choices.refused.values())))
    return choices


def _chosen_unasked(study: Study, objective: str) -> Improvement | None:
    """The best projects for an objective, without the frontier where that would take long; None where all would."""
    chain = study.chain
    timed = needs_times(chain) and (objective == REVENUE or (objective == COST and _late_costs(chain)))
    for frontier in (True, False):
        if choice_cost(chain, timed=timed, frontier=frontier) <= MOST_CHOICES:
            return improved(study, objective=objective, budgets=None if frontier else ())
    return None


def _late_costs(chain: Chain) -> bool:
    return any(c.late_cost is not None and c.promise is not None for c in chain.customers)

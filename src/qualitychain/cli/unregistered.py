"""Tables of analyses that the registry does not know yet; a table goes from here when it is registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qualitychain.analysis.base.result import Result, plain
from qualitychain.analysis.base.study import Study
from qualitychain.cli.table_names import NAMES, TEXT
from qualitychain.vocabulary.reason import Reason, Why
from qualitychain.vocabulary.registry import tables
from qualitychain.vocabulary.table import Column, TableSpec

if TYPE_CHECKING:
    import pandas as pd

    from qualitychain.cli.answers import Answers

_SHARES = frozenset(
    {
        "defect_rate", "accepted_defect_rate", "presented_defect_rate", "sla_defect_rate", "removal_effect",
        "lower", "upper", "throughput_yield", "first_pass_yield", "rolled", "utilization", "hidden_factory",
        "conforming", "on_time", "satisfied", "share", "inputs_share", "wait_probability", "sla_attainment",
        "satisfied_gain", "conforming_gain_halved", "contribution", "variance_share", "churn", "retention",
        "defect_share", "satisfied_share", "revenue_at_risk_share", "share_by_defects",
        "share_by_time",
    }
)  # fmt: skip


class Unregistered:
    """The old way to tables."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def answers(self) -> Answers:
        """All analyses of the chain."""
        from qualitychain.cli.answers import Answers

        return Answers(self.study.chain, self.study.shift, self.study.progress, unasked=self.study.unasked)

    @cached_property
    def without(self) -> dict[str, str]:
        """Why tables are left out."""
        from qualitychain.cli.left_out import left_out

        return left_out(self.answers)

    def frame(self, name: str) -> pd.DataFrame:
        """A table."""
        from qualitychain.cli.answer_tables import TABLES

        return TABLES[name](self.answers)

    def for_people(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """A table as text shows it."""
        from qualitychain.cli.for_people import for_people

        return for_people(name, frame, whole=False).rename(columns={"gain_per_1,000": "gain_per_cost"})

    def spec(self, name: str) -> TableSpec:
        """Its description, as far as it is known."""
        shown, frame = TEXT.get(name), self.frame(name)
        index = tuple(str(n) for n in frame.index.names if n is not None)
        columns = tuple(Column(str(c), "defect_rate" if c in _SHARES else "number") for c in frame.columns)
        if shown is None:
            return TableSpec(name, name, name, NAMES[name], index, columns)
        return TableSpec(name, name, shown.title, NAMES[name], index, columns, shown.columns, shown.where)

    def results(self, without: Mapping[str, str]) -> dict[str, Any]:
        """What JSON says of everything."""
        a = self.answers
        lists = a.bottlenecks

        def whole(name: str, result: Callable[[], Any]) -> Any:
            return None if name in without else result().to_dict()

        return {
            "lead_times": whole("lead_times", lambda: a.times),
            "value_stream": whole("value_stream", lambda: a.stream),
            "bottlenecks": lists.to_dict(),
            "waiting": whole("waiting", lambda: lists.waiting_list),
            "quality_gains": whole("quality_gains", lambda: lists.quality_list),
            "service": whole("service", lambda: lists.service_list),
            "remedies": whole("remedies", lambda: lists.remedy_list),
            "customer_effects": whole("effects", lambda: a.effects),
            "root_causes": None
            if "root_causes" in without
            else {**Result.to_dict(a.causes), "lateness": None if "lateness" in without else a.late.to_dict()},
            "sensitivities": whole("sensitivities", lambda: a.slopes),
            "key_to_customer": whole("key_to_customer", lambda: a.key),
            "cost_of_quality": whole("cost", lambda: a.cost),
            "sla_adequacy": whole("sla_adequacy", lambda: a.sla_adequacy),
            "improvement": None if "projects" in without else {n: f.to_dict() for n, f in a.chosen.found.items()},
            "requirements": plain(self.frame("requirements")),
            "no_steady_state": a.shortfalls(),
        }

    def summaries(self) -> list[str]:
        """What is said of what is there."""
        a, without = self.answers, self.without
        told: list[tuple[str, Callable[[], Any]]] = [
            ("lead_times", lambda: a.times),
            ("value_stream", lambda: a.stream),
            ("capacity", lambda: a.bottlenecks),
            ("key_to_customer", lambda: a.key),
            ("cost", lambda: a.cost),
            ("sla_adequacy", lambda: a.sla_adequacy),
        ]
        said = [str(result().summary()) for name, result in told if name not in without and name not in tables()]
        return said + ([] if "projects" in without else [found.summary() for found in a.chosen.found.values()])

    def lacking(self, name: str) -> list[Why]:
        """Why figures of money are not there."""
        from qualitychain.cli.lacking import lacking_figures

        words = lacking_figures(self.answers, name)
        return [Why(Reason.NOT_GIVEN, words.removeprefix("Not in it: "))] if words else []

"""Every analysis of one chain, each made once and only when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from qualitychain.analysis.bottlenecks import Bottlenecks, bottlenecks
from qualitychain.analysis.customer_effects import CustomerEffects, customer_effects
from qualitychain.analysis.lead_times import LeadTimes, lead_times
from qualitychain.analysis.quality import Quality, quality
from qualitychain.analysis.requirements import Verdict, judge, needs_lead_times
from qualitychain.analysis.value_stream import ValueStream, value_stream
from qualitychain.errors import AnalysisError
from qualitychain.model.chain import Chain
from qualitychain.reporting.budget import TimeParts, effects_affordable, time_parts

Progress = Callable[[int, int], None]

CRUDE = 0.1
"""Tolerance of laws that nobody will see: those of a chain of which no customer has a lead time."""
ROUNDING = 1e-12


class Analyses:
    """Results about a chain; what is overloaded or not known is reported in them, not raised."""

    def __init__(self, chain: Chain, shift: float = 1.5, progress: Progress | None = None) -> None:
        self.chain, self.shift, self.progress = chain, shift, progress

    @cached_property
    def quality(self) -> Quality:
        """Quality of the chain."""
        return quality(self.chain, shift=self.shift)

    @cached_property
    def bottlenecks(self) -> Bottlenecks:
        """Load of the chain, its four lists and remedies."""
        return bottlenecks(self.chain)

    @cached_property
    def effects(self) -> CustomerEffects:
        """Effects on external customers."""
        return customer_effects(self.chain, progress=self.progress)

    @cached_property
    def stream(self) -> ValueStream:
        """Where the time goes."""
        return value_stream(self.chain, overloaded="report")

    @cached_property
    def times(self) -> LeadTimes:
        """Lead times and queues."""
        promised = any(h.sla is not None and h.sla.lead_time is not None for h in self.chain.handoffs)
        if not promised and self._nobody_has_a_lead_time():
            # only the queues will be seen, and they do not depend on the tolerance
            return lead_times(self.chain, overloaded="report", tolerance=CRUDE)
        return lead_times(self.chain, overloaded="report")

    def _nobody_has_a_lead_time(self) -> bool:
        try:
            return bool(self.stream.customers["lead_time"].isna().all())
        except AnalysisError:
            return True

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each requirement."""
        timed = needs_lead_times(self.chain)
        return judge(
            self.chain,
            shift=self.shift,
            quality_result=self.quality,
            bottlenecks_result=self.bottlenecks,
            lead_times_result=self.times if timed else None,
        )

    @cached_property
    def effects_affordable(self) -> bool:
        """Whether removal effects take seconds."""
        return effects_affordable(self.chain)

    @cached_property
    def parts(self) -> TimeParts:
        """Which time parts take seconds."""
        return time_parts(self.chain, above=len(self.above))

    @property
    def above(self) -> list[str]:
        """Departments above the target utilization."""
        used = self.bottlenecks.capacity["utilization"]
        return [str(name) for name in used.index[used > self.bottlenecks.target * (1 + ROUNDING)]]

    @property
    def promises(self) -> bool:
        """Whether any handoff has a promise."""
        return any(h.sla is not None for h in self.chain.handoffs)

    @cached_property
    def no_lead_times(self) -> str:
        """Why there are no lead times and queues at all; nothing where there are some."""
        try:
            return "" if len(self.times.customers) else "the chain has no customer"
        except AnalysisError as error:
            return str(error)

    @cached_property
    def no_stream(self) -> str:
        """Why there is no value stream; nothing where there is one."""
        try:
            return "" if len(self.stream.steps) else "the chain has no step"
        except AnalysisError as error:
            return str(error)

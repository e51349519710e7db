"""Every analysis of one chain, each made once and only when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks, bottlenecks_of
from qualitychain.analysis.causes.root_causes import RootCauses, root_causes_of
from qualitychain.analysis.customers.customer_effects import CustomerEffects, customer_effects_of
from qualitychain.analysis.customers.customer_outcomes import CustomerOutcomes, customer_outcomes_of
from qualitychain.analysis.customers.key_to_customer import EVALUATIONS, key_to_customer_of
from qualitychain.analysis.customers.key_to_customer import FEWEST as FEWEST_DELAYED
from qualitychain.analysis.customers.key_to_customer import MOST as MOST_DELAYED
from qualitychain.analysis.customers.key_to_customer_result import KeyToCustomer
from qualitychain.analysis.money.cost_of_quality import CostOfQuality, cost_of_quality_of
from qualitychain.analysis.quality.quality import Quality, quality_of
from qualitychain.analysis.sensitivity.sensitivities import Sensitivities, sensitivities_of
from qualitychain.analysis.time.kept_promises import needs_times
from qualitychain.analysis.time.lead_times import LeadTimes, lead_times_of
from qualitychain.analysis.value_stream.value_stream import ValueStream, value_stream
from qualitychain.analysis.verdicts.requirements import Verdict, verdicts_of
from qualitychain.errors import AnalysisError
from qualitychain.improvement.allocate.sla_adequacy import SlaAdequacy, sla_adequacy
from qualitychain.model.chain.chain import Chain
from qualitychain.quantities import one_shift
from qualitychain.reporting.compute.budget import TimeParts, delayed_handoffs, effects_affordable, time_parts
from qualitychain.reporting.compute.choices import Choices, choices_of

Progress = Callable[[int, int], None]

CRUDE = 0.1
"""Tolerance of distributions that nobody will see: those of a chain of which no customer has a lead time."""
ROUNDING = 1e-12


class Analyses:
    """Results about a chain; what is overloaded or not known is reported in them, not raised.

    With ``unasked`` nobody asked for any one of them, so each does without what would take minutes.
    """

    chain: Chain
    shift: float
    progress: Progress | None
    unasked: bool
    study: Study

    def __init__(
        self, chain: Chain, shift: float = 1.5, progress: Progress | None = None, *, unasked: bool = False
    ) -> None:
        self.chain, self.shift, self.progress, self.unasked = chain, one_shift(shift), progress, unasked
        self.study = Study(chain, shift=shift, progress=progress, unasked=unasked)

    @cached_property
    def quality(self) -> Quality:
        """Quality of the chain."""
        return self.study.ask(quality_of)

    @cached_property
    def bottlenecks(self) -> Bottlenecks:
        """Load of the chain, its four lists and remedies."""
        return self.study.ask(bottlenecks_of)

    @cached_property
    def effects(self) -> CustomerEffects:
        """Effects on external customers."""
        return self.study.ask(customer_effects_of, lead_times=self._timed)

    @cached_property
    def outcomes(self) -> CustomerOutcomes:
        """What customers get, without the removal effects that may take long."""
        return self.study.ask(customer_outcomes_of, lead_times=self._timed)

    @cached_property
    def causes(self) -> RootCauses:
        """Who made the defects that customers keep."""
        return self.study.ask(root_causes_of)

    @cached_property
    def slopes(self) -> Sensitivities:
        """What a little more of each number does to each customer."""
        return self.study.ask(sensitivities_of)

    @cached_property
    def cost(self) -> CostOfQuality:
        """The cost of quality."""
        return self.study.ask(cost_of_quality_of, lead_times=self._timed)

    @cached_property
    def key(self) -> KeyToCustomer:
        """What a little worse in each handoff costs each customer."""
        if not self._timed:
            return self.study.ask(key_to_customer_of, most=0, lead_times=False)
        if not self.unasked:
            return self.study.ask(key_to_customer_of)
        default = min(MOST_DELAYED, max(FEWEST_DELAYED, EVALUATIONS // max(1, len(self.chain.handoffs))))
        return self.study.ask(key_to_customer_of, most=min(default, delayed_handoffs(self.chain)))

    @cached_property
    def sla_adequacy(self) -> SlaAdequacy:
        """Whether promises inside keep up with the requirements outside."""
        return sla_adequacy(self.chain, shift=self.shift)

    @property
    def chosen(self) -> Choices:
        """Choices by objective, why there are none for others, and objectives left out."""
        return self.study.ask(choices_of)

    @cached_property
    def _timed(self) -> bool:
        """Whether a customer was promised a lead time that does not take too long."""
        return needs_times(self.chain) and not (self.unasked and not self.parts.lead_times)

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
            return self.study.ask(lead_times_of, tolerance=CRUDE)
        return self.study.ask(lead_times_of)

    def _nobody_has_a_lead_time(self) -> bool:
        try:
            return bool(self.stream.customers["lead_time"].isna().all())
        except AnalysisError:
            return True

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each requirement."""
        return self.study.ask(verdicts_of)

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

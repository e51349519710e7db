"""What ``show`` shows: each analysis made when a table first needs it."""

from __future__ import annotations

from functools import cached_property

from qualitychain.analysis.causes.lateness import Lateness, lateness_of
from qualitychain.errors import AnalysisError
from qualitychain.reporting.compute.analyses import Analyses
from qualitychain.reporting.compute.budget import causes_affordable


class Answers(Analyses):
    """The tables of a chain by name."""

    def shortfalls(self) -> list[str]:
        """A sentence for each department without a steady state."""
        return self.bottlenecks.shortfalls()

    @cached_property
    def late(self) -> Lateness:
        """Whose time it is."""
        if causes_affordable(self.chain):
            return self.causes.late
        return self.study.ask(lateness_of)

    def raise_if_nothing_is_chosen(self) -> None:
        """Raise where the chain has projects, but none can be chosen by any objective."""
        if self.chosen.refused and not self.chosen.found:
            raise AnalysisError("; ".join(dict.fromkeys(self.chosen.refused.values())))

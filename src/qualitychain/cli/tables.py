"""The tables of one chain by name, each from an answer of its study, as their descriptions say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualitychain.analysis.base.frames import frame_of
from qualitychain.analysis.base.study import Study
from qualitychain.vocabulary.reason import Why
from qualitychain.vocabulary.registry import found, tables
from qualitychain.vocabulary.table import Analysis, TableSpec

if TYPE_CHECKING:
    import pandas as pd

    from qualitychain.analysis.base.result import Result


class Tables:
    """The tables of a study's chain.

    Parameters
    ----------
    study : Study
        Where every answer is worked out once.
    """

    study: Study

    def __init__(self, study: Study) -> None:
        self.study, self._known = study, tables()

    def analysis(self, name: str) -> Analysis:
        """The analysis that makes a table."""
        return self._known[name][0]

    def spec(self, name: str) -> TableSpec:
        """The description of a table."""
        return self._known[name][1]

    def result(self, name: str) -> Result:
        """The result that holds a table; AnalysisError where there is none."""
        result: Result = self.study.ask(found(self.analysis(name).question))
        return result

    def frame(self, name: str) -> pd.DataFrame:
        """A table; AnalysisError where it cannot be worked out."""
        return frame_of(self.result(name), self.spec(name))

    def without(self, name: str) -> str:
        """Why a table is done without unless it is asked for by name, in a sentence; nothing where it is made."""
        analysis = self.analysis(name)
        return str(found(analysis.left_out)(self.study, name)) if analysis.left_out else ""

    def nothing_in(self, name: str) -> str:
        """What is said in place of a table without rows."""
        spec = self.spec(name)
        return self.without(name) or f"{spec.title}: {spec.empty}."

    def lacking(self, name: str) -> list[Why]:
        """Why figures of a table do not exist, each reason once."""
        spec = self.spec(name)
        whys: dict[Why, None] = {}
        for place, why in self.result(name).missing.items():
            if place.table in (spec.name, spec.attribute):
                whys[why] = None
        return list(whys)

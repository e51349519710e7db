"""The tables of one chain by name, each from an answer of its study, as their descriptions say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from qualitychain.analysis.base.frames import frame_of
from qualitychain.analysis.base.study import Study
from qualitychain.cli.table_names import NAMES
from qualitychain.vocabulary.reason import Why
from qualitychain.vocabulary.registry import found, tables
from qualitychain.vocabulary.table import Analysis, TableSpec

if TYPE_CHECKING:
    import pandas as pd

    from qualitychain.analysis.base.result import Result
    from qualitychain.cli.unregistered import Unregistered


class Tables:
    """The tables of a study's chain.

    Parameters
    ----------
    study : Study
        Where every answer is worked out once.
    """

    def __init__(self, study: Study) -> None:
        self.study, self._known = study, tables()

    def analysis(self, name: str) -> Analysis | None:
        """The analysis that makes a table."""
        return self._known[name][0] if name in self._known else None

    def spec(self, name: str) -> TableSpec:
        """The description of a table."""
        return self._known[name][1] if name in self._known else self._others.spec(name)

    def result(self, name: str) -> Result | None:
        """The result that holds a table; AnalysisError where there is none."""
        analysis = self.analysis(name)
        return None if analysis is None else self.study.ask(found(analysis.question))

    def frame(self, name: str) -> pd.DataFrame:
        """A table; AnalysisError where it cannot be worked out."""
        result = self.result(name)
        return self._others.frame(name) if result is None else frame_of(result, self.spec(name))

    def for_people(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """A table as text shows it."""
        return frame if name in self._known else self._others.for_people(name, frame)

    def without(self, name: str) -> str:
        """Why a table is done without unless it is asked for by name, in a sentence; nothing where it is made."""
        analysis = self.analysis(name)
        if analysis is None:
            return self._others.without.get(name, "")
        return str(found(analysis.left_out)(self.study, name)) if analysis.left_out else ""

    def nothing_in(self, name: str) -> str:
        """What is said in place of a table without rows."""
        spec = self.spec(name)
        return self.without(name) or f"{spec.title}: {spec.empty}."

    def lacking(self, name: str) -> list[Why]:
        """Why figures of a table do not exist, each reason once."""
        result, spec = self.result(name), self.spec(name)
        if result is None:
            return self._others.lacking(name)
        whys: dict[Why, Any] = {}
        for place, why in result.missing.items():
            if place.table in (spec.name, spec.attribute):
                whys[why] = None
        return list(whys)

    def unregistered(self) -> Unregistered | None:
        """Tables that the registry does not know; None where it knows all."""
        return self._others if set(NAMES) - set(self._known) else None

    @cached_property
    def _others(self) -> Unregistered:
        from qualitychain.cli.unregistered import Unregistered

        return Unregistered(self.study)

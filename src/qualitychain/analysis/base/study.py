"""A study: one chain under one shift, with every answer about it worked out once, when first asked for.

Contract for the next author: a *question* is a function from a Study (and keywords) to an answer, and
``study.ask(question)`` remembers the answer by the question and its keywords. Whatever needs another answer asks the
study for it, so that the report, ``show``, ``check``, requirements, comparison and improvement share what they have in
common. There is no other cache.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from qualitychain.analysis.base.compile import Compiled, compile_chain, expect_chain
from qualitychain.analysis.base.unknown import Unknown, rested, unknown_of
from qualitychain.engine.network.network import Network
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.unknown import tried_rate, with_rates
from qualitychain.quantities import one_shift
from qualitychain.vocabulary.measure import Units

Keywords = ParamSpec("Keywords")
Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]
SHIFT = 1.5
"""The shift of the Six Sigma convention."""
MOST_OTHERS = 200
"""Changed chains remembered; of more, those asked for longest ago are forgotten."""
MOST_SOLVED = 2 * MOST_OTHERS
"""Networks whose solution is remembered: of each chain its own and the perfect one."""


@dataclass
class Family:
    """What a chain and its changed chains share."""

    studies: dict[Chain, Study] = field(default_factory=dict)
    solutions: dict[bytes, Solution] = field(default_factory=dict)


class Study:
    """A chain and all answers about it.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift of sigma levels, in standard deviations.
    progress : callable, optional
        Called with (done, all) while long answers are worked out.
    unasked : bool
        Nobody asked for any one answer: what would take minutes is left out.
    family : Family, optional
        What it shares with the studies of changed chains.
    """

    chain: Chain
    shift: float
    progress: Progress | None
    unasked: bool
    lacking: tuple[str, ...] = ()
    """Handoffs in the place of whose unknown rates others stand here."""

    def __init__(
        self,
        chain: Chain,
        *,
        shift: float = SHIFT,
        progress: Progress | None = None,
        unasked: bool = False,
        family: Family | None = None,
    ) -> None:
        expect_chain(chain)
        self.chain, self.shift, self.progress, self.unasked = chain, one_shift(shift), progress, unasked
        self._answers: dict[Hashable, tuple[bool, Any]] = {}
        self._family = Family() if family is None else family

    def ask(
        self,
        question: Callable[Concatenate[Study, Keywords], Answer],
        *given: Keywords.args,
        **keywords: Keywords.kwargs,
    ) -> Answer:
        """The answer to a question, worked out the first time it is asked with these keywords (defaults included).

        An answer that cannot be had is remembered too: the same ``AnalysisError`` is raised again.
        """
        key = (question, _given(question, given, keywords))
        if key not in self._answers:
            try:
                self._answers[key] = (True, self._answered(question, *given, **keywords))
            except AnalysisError as error:
                self._answers[key] = (False, error)
        good, answer = self._answers[key]
        if not good:
            raise cast(AnalysisError, answer)
        return cast(Answer, answer)

    def _answered(
        self,
        question: Callable[Concatenate[Study, Keywords], Answer],
        *given: Keywords.args,
        **keywords: Keywords.kwargs,
    ) -> Answer:
        if self.unknown is None or question in _JUDGING:
            return question(self, *given, **keywords)
        return self.worked_out(lambda study: study.ask(question, *given, **keywords))

    def worked_out(self, question: Callable[[Study], Answer]) -> Answer:
        """The answer to a question that is not remembered; what rests on an unknown rate does not exist in it."""
        if self.unknown is None:
            return question(self)
        return cast(Answer, rested(question(self.known), question(self.tried), self.unknown))

    @cached_property
    def unknown(self) -> Unknown | None:
        """The unknown rates of its chain; None where it has none."""
        return unknown_of(self.chain)

    @cached_property
    def known(self) -> Study:
        """The study of the chain with 0 in the place of every unknown rate; of the chain itself where it has none."""
        return self if self.unknown is None else self._with(lambda _: 0.0)

    @cached_property
    def tried(self) -> Study:
        """The same with other rates in their place."""
        return self if self.unknown is None else self._with(tried_rate)

    def _with(self, rate: Callable[[int], float]) -> Study:
        of = Study(
            with_rates(self.chain, rate),
            shift=self.shift,
            progress=self.progress,
            unasked=self.unasked,
            family=self._family,
        )
        of.lacking = () if self.unknown is None else self.unknown.handoffs
        return of

    def of(self, chain: Chain) -> Study:
        """The study of a changed chain; the same one for an equal chain, and this one for this chain."""
        if chain == self.chain:
            return self
        studies = self._family.studies
        found = studies.pop(chain, None) or Study(chain, shift=self.shift, family=self._family)
        _remember(studies, chain, found, MOST_OTHERS)
        return found

    def solve(self, network: Network) -> Solution:
        """The quality solution of a network, also one that changed chains have in common: times do not change it."""
        solutions, content = self._family.solutions, network.content
        found = solutions.pop(content, None) or self.compiled.solve(network)
        _remember(solutions, content, found, MOST_SOLVED)
        return found

    @cached_property
    def compiled(self) -> Compiled:
        """The chain as arrays, with 0 in the place of unknown rates."""
        return compile_chain(self.chain) if self.unknown is None else self.known.compiled

    @cached_property
    def solution(self) -> Solution:
        """The quality solution of the chain, with work."""
        return self.solve(self.compiled.network)

    @cached_property
    def perfect(self) -> Solution:
        """The quality solution of the same chain without defects and false alarms."""
        return self.solve(self.compiled.network.perfect())

    @cached_property
    def units(self) -> Units:
        """What the figures of the chain are counted in."""
        chain = self.chain
        money = chain.currency or "money"
        return Units(chain.clock.said, chain.clock.unit, chain.period or "period", self.shift, money=money)


_JUDGING: set[Callable[..., Any]] = set()


def judging(question: Callable[Concatenate[Study, Keywords], Answer]) -> Callable[Concatenate[Study, Keywords], Answer]:
    """Mark a question that says itself what is unknown: it is asked of the chain as it is."""
    _JUDGING.add(question)
    return question


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def _remember(kept: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Keep a value as the one asked for last, and forget the oldest of too many."""
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]


@lru_cache(maxsize=256)
def _signature(question: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(question)


def _given(question: Callable[..., Any], given: tuple[Any, ...], keywords: dict[str, Any]) -> Hashable:
    """What a question is asked with, defaults included: a default said aloud asks nothing else."""
    asked = _signature(question).bind(None, *given, **keywords)
    asked.apply_defaults()
    values = list(asked.arguments.values())[1:]
    # a question that takes any keywords has them in a dict
    return tuple(tuple(sorted(one.items())) if isinstance(one, dict) else one for one in values)

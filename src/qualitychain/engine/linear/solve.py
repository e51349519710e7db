"""Expected visits and expected rewards of a transient chain, with a certificate of their accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags_array, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.linear.iterate import EPSILON, NEGLIGIBLE, IteratedBlock
from qualitychain.engine.linear.order import SolveOrder, components, solve_order
from qualitychain.errors import AnalysisError

__all__ = ["TransientSystem", "components", "solve_order"]

Floats = np.typing.NDArray[np.float64]
Integers = np.typing.NDArray[np.int64]

COLUMNS_AT_ONCE = 8
"""Right-hand sides solved together: more would only cost memory."""

LARGEST_ERROR = 1e-6
"""Answers whose error bound is larger are refused: six digits, or none."""

LIKELY = 0.5
"""Chance of staying in a state from which on what is missing to 1 is summed up where it can be."""

NAMED = 10
"""How many states a message names."""


@dataclass(frozen=True)
class _Stage:
    """Consecutive positions solved together, and where they lead afterwards."""

    place: slice
    solver: Any
    later: Integers
    onward: Any


class TransientSystem:
    """``I - P`` of a chain all of whose states reach an exit, to be solved many times.

    Parameters
    ----------
    transitions : sparse array or matrix, shape (n, n)
        Probabilities of going from state ``i`` to state ``j`` in one step. Not negative; a row adds up to
        at most 1, and what is missing to 1 leaves the chain.
    leaving : array, shape (n,), optional
        Chance of leaving the chain in one step from each state, where it is known by itself: next to a sure stay, what
        is missing to 1 has lost its digits.
    rtol : float
        Largest relative residual accepted, in the worst component.

    Attributes
    ----------
    certificate : float
        The worst call so far: its answer is the exact one of a chain in which no probability (and no
        probability of not staying) differs by more than this fraction.
    error_bound : float
        The worst call so far: upper bound, to first order in the rounding error, of the relative error of
        any component. For right-hand sides of mixed sign it is relative to the sum of the magnitudes of
        the two parts. Components below 1e-290 of the largest input are not counted.

    Raises
    ------
    ValueError
        If the matrix is not square, or has an entry that is negative or not finite.
    AnalysisError
        If a row adds up to more than 1, or states never reach an exit.

    Notes
    -----
    States are numbered by strongly connected component, so that the matrix is block triangular, and factorised once,
    without pivoting. ``I - P`` is an M-matrix: off the diagonal, elimination adds numbers of one sign, and so does
    substitution with a non-negative right-hand side. Nothing cancels but on the diagonal, so an expected number of
    visits of 1e-18 has as many right digits as one of 1 [1]_. Components that a factorisation would fill in are
    iterated instead.

    For the residual ``r`` of an answer, ``(I - P)^{-1} |r|`` bounds its error. It is computed for every call,
    with the rounding error of the residual added, and checked to be an upper bound.

    References
    ----------
    .. [1] C. A. O'Cinneide, Entrywise perturbation theory and error analysis for Markov chains,
       Numerische Mathematik 65 (1993).

    Examples
    --------
    A station passes 90 % on; the rest comes back once it is reworked.

    >>> import numpy as np, scipy.sparse as sp
    >>> P = sp.csr_array(np.array([[0.0, 1.0], [0.1, 0.0]]))
    >>> system = TransientSystem(P)
    >>> system.visits(np.array([1.0, 0.0])).round(6)
    array([1.111111, 1.111111])
    >>> system.values(np.array([2.0, 1.0])).round(6)
    array([3.333333, 1.333333])
    >>> system.certificate < 1e-15, system.error_bound < 1e-14
    (True, True)
    """

    certificate: float
    error_bound: float

    def __init__(self, transitions: Any, *, leaving: Floats | None = None, rtol: float = 1e-13) -> None:
        chain = csr_matrix(transitions, dtype=np.float64, copy=True)
        chain.sum_duplicates()
        chain.eliminate_zeros()
        if chain.shape[0] != chain.shape[1]:
            raise ValueError(f"the matrix has shape {chain.shape}; it must be square")
        if not np.all(np.isfinite(chain.data)) or np.any(chain.data < 0):
            raise ValueError("the matrix has a negative or infinite entry; probabilities are 0 to 1")
        self.rtol = rtol
        self._leaving = leaving
        self.certificate = 0.0
        self.error_bound = 0.0
        self.size: int = chain.shape[0]
        self._given = chain
        self._ordered: SolveOrder = solve_order(chain)
        self._refuse_traps()

    @property
    def method(self) -> str:
        """How the systems are solved, in words for a result."""
        heavy = int(self._ordered.heavy.sum())
        if not heavy:
            return "sparse LU by strongly connected components"
        used = sorted({name for stage in self._stages for name in getattr(stage.solver, "used", ())})
        words = f" ({', '.join(used)})" if used else ""
        return f"sparse LU by strongly connected components; {heavy} large ones by certified iteration{words}"

    def visits(self, start: Floats) -> Floats:
        """Give the expected visits of each state, ``(I - P^T)^{-1} start``.

        Parameters
        ----------
        start : array, shape (n,) or (n, m)
            How much starts in each state.

        Returns
        -------
        array, the shape of ``start``
            Expected number of times each state is visited.

        Raises
        ------
        ValueError
            If ``start`` has the wrong shape or an entry that is not finite.
        AnalysisError
            If no answer of the required accuracy was found.

        Examples
        --------
        >>> import numpy as np, scipy.sparse as sp
        >>> TransientSystem(sp.csr_array(np.array([[0.5]]))).visits(np.array([1.0]))
        array([2.])
        """
        return self._answer(start, transposed=True)

    def values(self, reward: Floats) -> Floats:
        """Give the expected reward from each state on, ``(I - P)^{-1} reward``.

        Parameters
        ----------
        reward : array, shape (n,) or (n, m)
            What one visit of each state is worth, in any unit.

        Returns
        -------
        array, the shape of ``reward``
            Expected sum over all visits until the exit, from a start in each state, in the same unit.

        Raises
        ------
        ValueError
            If ``reward`` has the wrong shape or an entry that is not finite.
        AnalysisError
            If no answer of the required accuracy was found.

        Examples
        --------
        >>> import numpy as np, scipy.sparse as sp
        >>> TransientSystem(sp.csr_array(np.array([[0.0, 0.5], [0.0, 0.0]]))).values(np.array([1.0, 4.0]))
        array([3., 4.])
        """
        return self._answer(reward, transposed=False)

    def _answer(self, right: Floats, transposed: bool) -> Floats:
        given = np.asarray(right, dtype=np.float64)
        if given.ndim not in (1, 2) or given.shape[0] != self.size:
            raise ValueError(f"the right-hand side has shape {given.shape}; it must begin with {self.size}")
        if not np.all(np.isfinite(given)):
            raise ValueError("the right-hand side has an entry that is not a finite number")
        if not given.size:
            return np.zeros_like(given)
        wide = given.reshape(self.size, -1)[self._ordered.order]
        answer = np.zeros_like(wide)
        for first in range(0, wide.shape[1], COLUMNS_AT_ONCE):
            part = wide[:, first : first + COLUMNS_AT_ONCE]
            found = self._certified(np.maximum(part, 0.0), transposed)
            # Only non-negative systems are solved, so that nothing cancels before this subtraction.
            if np.any(part < 0):
                found = found - self._certified(np.maximum(-part, 0.0), transposed)
            answer[self._ordered.order, first : first + COLUMNS_AT_ONCE] = found
        return answer.reshape(given.shape)

    def _certified(self, right: Floats, transposed: bool) -> Floats:
        # A power of two as the unit changes no digit and keeps small units away from underflow.
        unit = np.ldexp(1.0, np.frexp(right.max(axis=0, initial=0.0))[1])
        b = right / unit
        x = self._staged(b, transposed, loose=False)
        stay, inflow = self._terms(transposed)
        taken, came = stay * x, inflow @ x
        scale = b + taken + came
        residual = np.abs(b - taken + came)
        counted = scale > NEGLIGIBLE
        certificate = float(np.max(residual[counted] / scale[counted], initial=0.0))
        if not (np.all(x >= 0) and certificate <= self.rtol):
            raise AnalysisError(
                f"the equations of the chain could not be solved: the relative residual is {certificate:.1e} "
                f"and may be at most {self.rtol:.1e}; {self._weakest()}"
            )
        bound = self._bounded(x, residual + self._rounding(transposed) * scale, transposed)
        self.certificate = max(self.certificate, certificate)
        self.error_bound = max(self.error_bound, bound)
        return np.asarray(x * unit)

    def _bounded(self, x: Floats, doubt: Floats, transposed: bool) -> float:
        """Upper bound of the relative error in any component, where the residual is at most ``doubt``."""
        stay, inflow = self._terms(transposed)
        error = self._staged(doubt, transposed, loose=True)
        asked = doubt > NEGLIGIBLE * EPSILON
        # (I - P) error >= covered * doubt makes error / covered an upper bound, because (I - P)^{-1} >= 0.
        covered = float(np.min((stay * error - inflow @ error)[asked] / doubt[asked], initial=1.0))
        counted = x > NEGLIGIBLE
        ratio = np.where(counted, error / np.where(counted, x, 1.0), 0.0).max(axis=1, initial=0.0)
        bound = float(ratio.max(initial=0.0)) / covered if covered > 0.1 else np.inf
        if not bound <= LARGEST_ERROR:
            worst = int(self._ordered.order[int(np.argmax(ratio))])
            raise AnalysisError(
                f"the equations of the chain are too close to having no solution: state {worst} could be "
                f"wrong by a part of {bound:.1e}, at most {LARGEST_ERROR:.0e} may be; {self._weakest()}"
            )
        return bound

    def _rounding(self, transposed: bool) -> Floats:
        """Relative rounding error of a residual, a sum of as many terms as a state has neighbours."""
        moves = self._split[1]
        terms = np.bincount(moves.indices, minlength=self.size) if transposed else np.diff(moves.indptr)
        return np.asarray((terms + 3.0) * (0.5 * EPSILON))[:, None]

    def _terms(self, transposed: bool) -> tuple[Floats, Any]:
        stay, moves = self._split
        return stay, moves.T if transposed else moves

    @cached_property
    def _chain(self) -> Any:
        """The transition matrix in the order of solution."""
        order = self._ordered.order
        if np.array_equal(order, np.arange(self.size)):
            return self._given
        position = np.empty(self.size, dtype=self._given.indices.dtype)
        position[order] = np.arange(self.size)
        rows = self._given[order]
        chain = csr_matrix((rows.data, position[rows.indices], rows.indptr), shape=rows.shape)
        chain.sort_indices()
        return chain

    @cached_property
    def _split(self) -> tuple[Floats, Any]:
        """Probability of not staying in a state, and the moves between different states."""
        own = self._chain.diagonal()
        off = self._chain
        if own.any():
            off = (off - diags_array(own)).tocsr()
            off.eliminate_zeros()
        stay = 1.0 - own
        if self._leaving is not None:
            summed = np.asarray(off.sum(axis=1)).ravel() + self._leaving[self._ordered.order]
            stay = np.where(self._sure_to_stay, summed, stay)
        return stay[:, None], off

    @cached_property
    def _sure_to_stay(self) -> Any:
        """States whose chance of not staying is better summed up than subtracted from 1, shape (n,), in order."""
        if self._leaving is None:
            return np.zeros(self.size, dtype=bool)
        light = np.repeat(~self._ordered.heavy, np.diff(self._ordered.starts))
        return (self._chain.diagonal() > LIKELY) & light

    @cached_property
    def _stages(self) -> list[_Stage]:
        """Light components that follow each other are one stage, each heavy one is a stage of its own."""
        starts, heavy = self._ordered.starts, np.flatnonzero(self._ordered.heavy)
        envelope = dict(zip(starts[heavy].tolist(), self._ordered.envelope[heavy].tolist(), strict=True))
        cuts = np.unique(np.concatenate(([0, self.size], starts[heavy], starts[heavy + 1])))
        return [
            self._stage(begin, end, envelope.get(begin))
            for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
        ]

    def _stage(self, begin: int, end: int, envelope: float | None) -> _Stage:
        whole = end - begin == self.size
        rows = self._chain if whole else self._chain[begin:end]
        own = rows if whole else rows[:, begin:end]
        later, onward = np.zeros(0, dtype=np.int64), None
        if not whole:
            leaving = rows.indices >= end
            line = np.repeat(np.arange(end - begin), np.diff(rows.indptr))[leaving]
            later, target = np.unique(rows.indices[leaving], return_inverse=True)
            onward = csr_matrix((rows.data[leaving], (line, target)), shape=(end - begin, later.size))
        solver: Any
        if envelope is not None:
            solver = IteratedBlock(own, self.rtol, envelope)
        else:
            if self._sure_to_stay[begin:end].any():
                stay, moves = self._split
                matrix = (diags_array(stay[begin:end, 0]) - moves[begin:end, begin:end]).tocsc()
            else:
                matrix = (identity(end - begin, format="csc") - own.tocsc()).tocsc()
            try:
                solver = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, relax=1, panel_size=4)
            except RuntimeError as fault:
                raise AnalysisError(
                    f"the equations of the chain have no solution to working precision; {self._weakest()}"
                ) from fault
        return _Stage(slice(begin, end), solver, later, onward)

    def _staged(self, right: Floats, transposed: bool, loose: bool) -> Floats:
        """Solve stage by stage, along the flow for visits and against it for values."""
        x = np.array(right)
        for stage in self._stages if transposed else reversed(self._stages):
            mine = x[stage.place]
            if not transposed and stage.later.size:
                mine = mine + stage.onward @ x[stage.later]
            if isinstance(stage.solver, IteratedBlock):
                mine = stage.solver.solve(mine, transposed, loose)
            else:
                mine = stage.solver.solve(mine, "T" if transposed else "N")
            x[stage.place] = mine
            if transposed and stage.later.size:
                x[stage.later] += stage.onward.T @ mine
        return x

    @cached_property
    def _leaks(self) -> tuple[Integers, Floats]:
        """Component of each state, and the chance of leaving each component summed over its states."""
        chain, found = self._given, self._ordered
        count = found.heavy.size
        labels = np.empty(self.size, dtype=np.int64)
        labels[found.order] = np.repeat(np.arange(count), np.diff(found.starts))
        entries = np.diff(chain.indptr)
        missing = 1.0 - np.asarray(chain.sum(axis=1)).ravel()
        unclear = (entries + 2) * EPSILON
        sure = np.zeros(self.size) if self._leaving is None else self._leaving
        if np.any(missing < -unclear):
            row = int(np.argmin(missing))
            raise AnalysisError(
                f"the probabilities of leaving state {row} add up to {float(1.0 - missing[row])!r}; "
                "they must not exceed 1"
            )
        tail = np.repeat(labels, entries)
        outside = tail != labels[chain.indices]
        leak: Floats = np.zeros(count)
        leak += np.bincount(labels, weights=np.where(missing > unclear, missing, sure), minlength=count)
        leak += np.bincount(tail[outside], weights=chain.data[outside], minlength=count)
        return labels, leak

    def _refuse_traps(self) -> None:
        labels, leak = self._leaks
        trapped = np.flatnonzero((leak <= 0)[labels])
        if trapped.size:
            raise AnalysisError(
                f"no exit is reached from {_named(trapped)}: what enters circulates for ever; "
                "give it a way out, or leave these states out"
            )

    def _weakest(self) -> str:
        labels, leak = self._leaks
        weakest = int(np.argmin(leak))
        states = _named(np.flatnonzero(labels == weakest))
        return f"the way out of {states} is taken least often: make it likelier"


def _named(states: Integers) -> str:
    shown = ", ".join(str(s) for s in states[:NAMED])
    more = f" and {states.size - NAMED} more" if states.size > NAMED else ""
    return f"state{'s' if states.size > 1 else ''} {shown}{more}"

"""Solve one large component that a factorisation would fill in: iterate, in relative terms, to rounding.

Everything here solves ``D x = F x + b`` with ``F`` non-negative, ``D`` a positive diagonal and ``b``
non-negative: both questions of a transient chain have this form, with the transition matrix or its transpose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import diags_array, tril, triu
from scipy.sparse.linalg import LinearOperator, gmres, spilu, splu

from qualitychain.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Callable

    _Method = tuple[str, Callable[["Question", np.typing.NDArray[np.float64]], np.typing.NDArray[np.float64]]]

__all__ = ["IteratedBlock"]

Floats = np.typing.NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)
TARGET = 4 * EPSILON
"""Relative residual at which an iteration has nothing left to gain."""

NEGLIGIBLE = 1e-290
"""Below this part of the largest input numbers lose digits by underflow: nothing is promised."""

LOOSE = 1e-3
"""Part of the right-hand side that a loose answer may leave open before it is enlarged to an upper bound."""

CHECKED_EVERY = 8
LARGEST_FACTOR, LARGEST_PLANE = 20_000, 400_000
"""Above so many states no factorisation with fill-in is tried: in general, and where it is bearable."""


class Side:
    """One of the two systems of a block: ``D x = F x + b``, with what is needed to solve it often.

    Parameters
    ----------
    inflow : sparse matrix in CSR format, shape (m, m)
        ``F``: row ``i`` says from which ``j`` the value of ``i`` comes. No diagonal.
    outflow : sparse matrix in CSR format, shape (m, m)
        The transpose of ``inflow``.
    diagonal : array, shape (m,)
        ``D``.
    """

    def __init__(self, inflow: Any, outflow: Any, diagonal: Floats) -> None:
        self.inflow = inflow
        self.outflow = outflow
        self.diagonal = diagonal

    @cached_property
    def balance(self) -> tuple[Floats, Floats]:
        """Weights ``y`` near the slowest left mode, and ``y (D - F)``: they give a candidate its right size.

        Mixing may be quick inside a block that is hardly ever left. Then only the size of a candidate
        converges slowly, and ``y b = y (D - F) x`` fixes it at once (aggregation to a single state).
        """
        weights = np.ones(self.diagonal.size)
        for _ in range(32):
            weights = (self.outflow @ weights) / self.diagonal
            weights /= weights.max()
        return weights, self.diagonal * weights - self.outflow @ weights

    def resized(self, x: Floats, b: Floats) -> Floats:
        """Scale candidates, one a column, so that weighted inflow and loss balance."""
        weights, lost = self.balance
        with np.errstate(all="ignore"):
            factor = (weights @ b) / (lost @ x)
        return np.asarray(x * np.where(np.isfinite(factor) & (factor > 0), factor, 1.0))


@dataclass(frozen=True)
class Question:
    """A system, its right-hand sides (one a column, non-negative, largest entry 1), and how well to solve it.

    An answer is wanted to rounding, or ``loose``: as an upper bound of the solution, a little too large.
    """

    side: Side
    b: Floats
    transposed: bool
    loose: bool

    @property
    def target(self) -> float:
        """Gap at which nothing is left to gain."""
        return LOOSE if self.loose else TARGET

    @property
    def letter(self) -> str:
        """What the factor of the untransposed matrix is to be asked for."""
        return "T" if self.transposed else "N"

    def column(self, k: int) -> Question:
        """One right-hand side alone."""
        return replace(self, b=self.b[:, [k]])

    def gap(self, x: Floats) -> float:
        """How far a candidate is from an answer, in the worst component.

        Strictly: the residual relative to the terms it is the difference of (Oettli and Prager). Loosely:
        the part of ``b`` that the candidate does not cover; if it is less than 1, dividing by what is
        covered makes an upper bound of the solution, because the inverse of ``D - F`` is non-negative.
        """
        if not (np.all(np.isfinite(x)) and np.all(x >= 0)):
            return np.inf
        taken, given = self.side.diagonal[:, None] * x, self.side.inflow @ x
        residual = self.b - taken + given
        scale = self.b if self.loose else self.b + taken + given
        counted = scale > NEGLIGIBLE
        residual = residual[counted] if self.loose else np.abs(residual[counted])
        return float(np.max(residual / scale[counted], initial=0.0))


class IteratedBlock:
    """One strongly connected component, solved without filling in.

    Parameters
    ----------
    inside : sparse array or matrix in CSR format, shape (m, m)
        Transition probabilities within the component, in an order in which most edges lead forward.
    rtol : float
        Relative residual that an answer must reach.
    envelope : float
        Upper bound of the fill of a factorisation in a good order.

    Notes
    -----
    Methods are tried in turn, each from the result of the one before: Jacobi sweeps, Gauss-Seidel sweeps along the
    order, GMRES, and where it is bearable a factorisation that fills in. Sweeps only add and multiply numbers that are
    not negative, so small components are as accurate relatively as large ones. GMRES corrects in parts of the current
    candidate, for the same reason.

    References
    ----------
    W. J. Stewart, Introduction to the Numerical Solution of Markov Chains, Princeton 1994, chapters 3 to 6.
    """

    def __init__(self, inside: Any, rtol: float, envelope: float = np.inf) -> None:
        own = inside.diagonal()
        off = (inside - diags_array(own)).tocsr()
        off.eliminate_zeros()
        back = off.T.tocsr()
        self.diagonal: Floats = 1.0 - own
        self.off = off
        self.rtol = rtol
        self.envelope = envelope
        self.used: set[str] = set()
        self._sides = {False: Side(off, back, self.diagonal), True: Side(back, off, self.diagonal)}

    def solve(self, b: Floats, transposed: bool, loose: bool = False) -> Floats:
        """Solve for non-negative right-hand sides, shape (m, k); ``loose`` asks for an upper bound only.

        Raises
        ------
        AnalysisError
            If no method reaches the required residual.
        """
        size = b.max(axis=0, initial=0.0)
        asked = size > 0
        x = np.zeros_like(b)
        if asked.any():
            x[:, asked] = self._solve(b[:, asked] / size[asked], transposed, loose) * size[asked]
        return x

    def _solve(self, b: Floats, transposed: bool, loose: bool) -> Floats:
        question = Question(self._sides[transposed], b, transposed, loose)
        best, gap, last = b / self.diagonal[:, None], np.inf, ""
        for name, method in self._methods():
            try:
                x = method(question, best)
            except (RuntimeError, MemoryError):  # a factor is singular or too large: the next method may do
                continue
            reached = question.gap(x)
            if reached < gap:
                best, gap, last = x, reached, name
            if gap <= (question.target if loose else self._floor):
                break
        enough = question.target if loose else self.rtol
        if gap > enough:
            raise AnalysisError(
                f"a component of {self.diagonal.size} states that reach each other could not be solved: the "
                f"relative residual is {gap:.1e}, and at most {enough:.1e} is accepted; units probably leave "
                "it too rarely, so raise the probability of leaving, or split the component"
            )
        self.used.add(last)
        return best / (1.0 - gap) if loose else best

    def _methods(self) -> list[_Method]:
        m = self.diagonal.size
        sweeps: list[_Method] = [("Jacobi sweeps", self._jacobi), ("Gauss-Seidel sweeps", self._gauss_seidel)]
        krylov: list[_Method] = [
            ("GMRES after Gauss-Seidel", self._gmres),
            ("GMRES after incomplete LU", self._helped),
        ]
        complete: list[_Method] = [("sparse LU with fill-in", self._factorised)]
        # What mixes slowly has narrow places, and where places are narrow, as in a plane, elimination fills
        # in little if it starts between them. What has none mixes quickly, but for a few modes left to GMRES.
        if self.envelope <= 4 * m**1.5 and m <= LARGEST_PLANE:
            return sweeps + complete + krylov
        return sweeps + krylov + (complete if m <= LARGEST_FACTOR else [])

    @cached_property
    def _floor(self) -> float:
        """Rounding level of a residual: a state with many neighbours adds up many rounded terms."""
        most = max(int(np.diff(s.inflow.indptr).max(initial=0)) for s in self._sides.values())
        return float(max(TARGET, min(self.rtol, EPSILON * (4 + np.sqrt(most)))))

    def _jacobi(self, asked: Question, x: Floats) -> Floats:
        side = asked.side
        return self._sweeps(asked, x, lambda now: (side.inflow @ now + asked.b) / side.diagonal[:, None], 240)

    def _gauss_seidel(self, asked: Question, x: Floats) -> Floats:
        factor, rest = self._triangle
        remaining = rest.T if asked.transposed else rest
        return self._sweeps(asked, x, lambda now: factor.solve(remaining @ now + asked.b, asked.letter), 160)

    @cached_property
    def _triangle(self) -> tuple[Any, Any]:
        """Factor of the diagonal with the edges one way (they fill nothing), and the edges the other way."""
        forward, backward = triu(self.off, format="csc"), tril(self.off, format="csc")
        if backward.sum() > forward.sum():
            forward, backward = backward, forward
        matrix = (diags_array(self.diagonal) - forward).tocsc()
        factor = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, relax=1, panel_size=1)
        return factor, backward.tocsr()

    def _sweeps(self, asked: Question, x: Floats, step: Callable[[Floats], Floats], limit: int) -> Floats:
        """Repeat a positive step until nothing is left to gain, or ``limit`` steps would not be enough."""
        before = np.inf
        for done in range(CHECKED_EVERY, limit + 1, CHECKED_EVERY):
            for _ in range(CHECKED_EVERY):
                x = step(x)
            x = asked.side.resized(x, asked.b)
            gap = asked.gap(x)
            stalled = not asked.loose and gap <= self._floor and gap > 0.5 * before
            if gap <= asked.target or stalled or not np.isfinite(gap):
                break
            if done >= 4 * CHECKED_EVERY:
                rate = np.log(before / gap) if gap < before else 0.0
                if rate * (limit - done) < CHECKED_EVERY * np.log(gap / asked.target):
                    break
            before = gap
        return x

    @cached_property
    def _matrix(self) -> Any:
        return (diags_array(self.diagonal) - self.off).tocsc()

    @cached_property
    def _incomplete(self) -> Any:
        return spilu(self._matrix, drop_tol=1e-4, fill_factor=10.0, permc_spec="COLAMD", diag_pivot_thresh=0.0)

    @cached_property
    def _complete(self) -> Any:
        return splu(self._matrix, permc_spec="COLAMD", diag_pivot_thresh=0.0)

    def _factorised(self, asked: Question, _: Floats) -> Floats:
        return np.asarray(self._complete.solve(asked.b, asked.letter))

    def _gmres(self, asked: Question, x: Floats) -> Floats:
        return _corrected(asked, x, self._triangle[0])

    def _helped(self, asked: Question, x: Floats) -> Floats:
        return _corrected(asked, x, self._incomplete)


def _corrected(asked: Question, x: Floats, helper: Any) -> Floats:
    """Correct each column by GMRES, with a factor of a similar matrix as the helper."""
    return np.column_stack([_column(asked.column(k), x[:, k], helper) for k in range(x.shape[1])])


def _column(asked: Question, x: Floats, helper: Any) -> Floats:
    """Correct one column, with unknowns and equations divided by the current candidate.

    What GMRES keeps small in norm is then small relative to each component. (The scaled matrix is that of the reversed
    chain.) Components that the candidate does not know yet are first taken to be as large as a part of the largest, and
    this part is reduced from turn to turn.
    """
    side, b = asked.side, asked.b[:, 0]
    best, gap = x, asked.gap(x[:, None])
    now, worse = best, 0
    for turn in range(24):
        if gap <= asked.target or worse > 3:
            break
        size = np.maximum(now, now.max() * 10.0 ** (-3 - 2 * turn))
        weight = side.diagonal * size

        def scaled(v: Floats, size: Floats = size, weight: Floats = weight) -> Floats:
            return np.asarray(v - (side.inflow @ (size * v)) / weight)

        def eased(v: Floats, size: Floats = size, weight: Floats = weight) -> Floats:
            return np.asarray(helper.solve(weight * v, asked.letter) / size)

        shape = (b.size, b.size)
        residual = (b - side.diagonal * now + side.inflow @ now) / weight
        matrix = LinearOperator(shape, matvec=scaled, dtype=np.float64)
        easier = LinearOperator(shape, matvec=eased, dtype=np.float64)
        change, _ = gmres(matrix, residual, rtol=1e-6, atol=0.0, restart=40, maxiter=2, M=easier)
        moved = now + size * change
        now = np.where(moved > 0, moved, 0.5 * now)
        for _ in range(2):
            now = (side.inflow @ now + b) / side.diagonal
        reached = asked.gap(now[:, None])
        worse = 0 if reached < 0.5 * gap else worse + 1
        if reached < gap:
            best, gap = now, reached
    return best

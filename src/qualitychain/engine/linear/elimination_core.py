"""Iterating on the states that an elimination would fill in, with a bound of what is left out."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from qualitychain.engine.linear.elimination_plan import Core

Floats = np.typing.NDArray[np.float64]
Complexes = np.typing.NDArray[np.complex128]

__all__ = ["Loop", "iterate", "sweeps_needed"]

NEGLECTED = 1e-12
"""An iteration stops when it leaves out fewer visits than this, over the whole chain."""
SWEEPS_TRIED = 2000
"""Sweeps after which the rest of an iteration is estimated from its rate."""
CHECKED_EVERY = 4


class Loop:
    """The core's equations ``x = b + A x`` with ways back to the same state divided out, for one block."""

    inward: csr_matrix

    def __init__(self, core: Core, entries: Complexes) -> None:
        count, m = entries.shape[1], core.states.size
        own = core.givers == core.receivers
        giver, receiver = (np.searchsorted(core.states, s[~own]) for s in (core.givers, core.receivers))
        by_receiver = np.argsort(receiver, kind="stable")
        self.staying = np.ones((count, m), dtype=np.complex128)
        self.staying[:, np.searchsorted(core.states, core.givers[own])] -= entries[core.entries[own]].T
        data = entries[core.entries[~own][by_receiver]].T / self.staying[:, receiver[by_receiver]]
        starts = np.concatenate(([0], np.cumsum(np.bincount(receiver, minlength=m))))
        frequency = np.arange(count)[:, None]
        pointers = np.append((starts[:-1] + starts[-1] * frequency).ravel(), starts[-1] * count)
        indices = (giver[by_receiver] + m * frequency).ravel()
        self.inward = csr_matrix((data.ravel(), indices, pointers), shape=(count * m, count * m))


def iterate(core: Core, entries: Complexes, x: Complexes, steps_left: Floats) -> Floats:
    """Replace what starts in the core by its visits; upper bound of the visits this leaves out, per frequency."""
    loop = Loop(core, entries)
    shape = loop.staying.shape
    start = (x[core.states].T / loop.staying).ravel()
    now, before = start, np.inf
    while True:
        for _ in range(CHECKED_EVERY):
            last, now = now, start + loop.inward @ now
        left = np.abs((now - last).reshape(shape) * loop.staying) @ steps_left
        # the sweeps contract in a weighted norm, so what no longer shrinks is rounding
        if left.max() <= NEGLECTED or not left.max() < before:
            break
        before = left.max()
    x[core.states] = now.reshape(shape).T
    return np.asarray(left)


def sweeps_needed(core: Core, entries: Floats, steps_left: Floats) -> float:
    """Sweeps after which even a start in the worst state leaves out nothing worth mention."""
    loop = Loop(core, entries[:, None].astype(np.complex128))
    onward = loop.inward.real.T.tocsr()
    left = loop.staying[0].real * steps_left
    halfway = left.max()
    for done in range(1, SWEEPS_TRIED + 1):
        left = onward @ left
        if left.max() <= NEGLECTED:
            return float(done)
        if done == SWEEPS_TRIED // 2:
            halfway = left.max()
    rate = np.log(halfway / left.max())
    return SWEEPS_TRIED * (1.0 + np.log(left.max() / NEGLECTED) / (2.0 * rate)) if rate > 0 else np.inf

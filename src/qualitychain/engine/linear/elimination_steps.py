"""The numeric steps of an elimination: each on vectors over frequencies, in memory that is asked for once."""

from __future__ import annotations

import numpy as np

from qualitychain.engine.linear.elimination_plan import Pivot

Complexes = np.typing.NDArray[np.complex128]

__all__ = ["Room", "eliminate", "recover"]


class Room:
    """Memory to work in, for one block of frequencies after the other: asking for it anew costs more than the work."""

    def __init__(self, entries: int, together: int, width: int, size: int) -> None:
        shapes = (size, entries, together, together, together)
        self._all = tuple(np.empty(rows * width, dtype=np.complex128) for rows in shapes)
        self._rows = shapes
        self.of(width)

    def of(self, width: int) -> Room:
        """The same memory for blocks of another width, at most the first."""
        cut = (a[: rows * width].reshape(rows, width) for a, rows in zip(self._all, self._rows, strict=True))
        self.x, self.entries, self.onward, self.product, self.gathered = cut
        return self


def eliminate(pivot: Pivot, room: Room) -> None:
    """Pass what is at a state on to its receivers, now and for all that will come through its givers.

    The entry of its own way back becomes the number of visits that each arrival makes.
    """
    entries, x, count = room.entries, room.x, pivot.receivers.size
    if pivot.own >= 0:
        entries[pivot.own] = 1.0 / (1.0 - entries[pivot.own])
    if not count:
        return
    # "clip" lets take write in place
    onward = entries.take(pivot.outgoing, axis=0, out=room.onward[:count], mode="clip")
    if pivot.own >= 0:
        onward *= entries[pivot.own]
    product, gathered = room.product[:count], room.gathered[:count]
    np.multiply(onward, x[pivot.state], out=product)
    x.take(pivot.receivers, axis=0, out=gathered, mode="clip")
    gathered += product
    x[pivot.receivers] = gathered
    rows = max(len(room.product) // count, 1)
    for begin in range(0, pivot.givers.size, rows):
        incoming, past = pivot.incoming[begin : begin + rows], pivot.past[begin : begin + rows].ravel()
        product, gathered = room.product[: past.size], room.gathered[: past.size]
        entries.take(incoming, axis=0, out=gathered[: incoming.size], mode="clip")
        width = entries.shape[1]
        np.multiply(gathered[: incoming.size, None], onward, out=product.reshape(incoming.size, count, width))
        entries.take(past, axis=0, out=gathered, mode="clip")
        gathered += product
        entries[past] = gathered


def recover(pivot: Pivot, room: Room) -> None:
    """Visits of an eliminated state, from those of its givers that were eliminated later or iterated."""
    here = room.x[pivot.state]
    for begin in range(0, pivot.givers.size, len(room.product)):
        givers, incoming = pivot.givers[begin:][: len(room.product)], pivot.incoming[begin:][: len(room.product)]
        visits = room.x.take(givers, axis=0, out=room.product[: givers.size], mode="clip")
        shares = room.entries.take(incoming, axis=0, out=room.gathered[: givers.size], mode="clip")
        here += np.einsum("ij,ij->j", visits, shares)
    if pivot.own >= 0:
        here *= room.entries[pivot.own]

"""Erlang's two formulas: the chance that all servers are busy, where units are lost and where they wait."""

from __future__ import annotations

import numpy as np

from qualitychain.quantities import Array, Value, checked, plain, whole
from qualitychain.queues._stability import refuse_unstable

__all__ = ["erlang_b", "erlang_c"]

LOAD = "give arrival rate times mean service time, not negative"
ENTRIES = 1 << 20
"""Terms added up at once, at most: more would only cost memory."""


def erlang_b(load: Value | float, servers: Value | float) -> Value:
    """Chance that an arrival finds all servers busy when nobody waits (Erlang's loss formula).

    Parameters
    ----------
    load : float or array
        Offered load: arrival rate times mean service time, at least 0. It may exceed ``servers``.
    servers : int or array
        Number of servers, at least 1.

    Returns
    -------
    float or array
        A probability; 0 without load.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Notes
    -----
    1 / B is a sum of positive terms, 1 + c/a + c(c-1)/a^2 + ..., so nothing cancels; terms beyond some sixty times the
    root of the number of servers do not count. 10,000 servers take about a millisecond.

    References
    ----------
    A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
    exchanges", 1917.

    Examples
    --------
    >>> round(erlang_b(3, servers=5), 6)
    0.110054
    >>> erlang_b([0.0, 1.0, 3.0], servers=1).tolist()
    [0.0, 0.5, 0.75]
    """
    a, c = np.broadcast_arrays(checked("load", load, LOAD, low=0), whole("servers", servers))
    return plain(blocking(a, c), load, servers)


def erlang_c(load: Value | float, servers: Value | float) -> Value:
    """Chance that an arrival has to wait in an M/M/c queue (Erlang's delay formula).

    Parameters
    ----------
    load : float or array
        Offered load: arrival rate times mean service time, at least 0 and below ``servers``.
    servers : int or array
        Number of servers, at least 1.

    Returns
    -------
    float or array
        A probability; 0 without load.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.
    UnstableQueueError
        If a load is not below its number of servers: there is no steady state.

    References
    ----------
    A. K. Erlang, 1917, as for ``erlang_b``.

    Examples
    --------
    >>> round(erlang_c(1.5, servers=2), 6)
    0.642857
    >>> round(erlang_c(199.8, servers=200), 6)
    0.982704
    """
    a, c = np.broadcast_arrays(checked("load", load, LOAD, low=0), whole("servers", servers))
    refuse_unstable(a, c, "servers' worth of load")
    return plain(delay(a, c), load, servers)


def delay(load: Array, servers: Array) -> Array:
    """``erlang_c`` of checked arrays of one shape, loads below the servers."""
    lost = blocking(load, servers)
    idle = (servers - load) / servers
    return np.asarray(lost / (idle + (load / servers) * lost))


def blocking(load: Array, servers: Array) -> Array:
    """``erlang_b`` of checked arrays of one shape."""
    lost = np.asarray(load / (1.0 + load))
    several = servers > 1
    for count in np.unique(servers[several]):
        here = servers == count
        loads = load[here]
        at_once = max(1, ENTRIES // _terms(count))
        pieces = [_lost(count, loads[i : i + at_once]) for i in range(0, len(loads), at_once)]
        lost[here] = np.concatenate(pieces)
    return lost


def _lost(servers: float, loads: Array) -> Array:
    with np.errstate(divide="ignore", over="ignore"):
        # what overflows is the inverse of a probability below 1e-308
        ratios = (servers - np.arange(_terms(servers)))[None, :] / loads[:, None]
        return np.asarray(1.0 / (1.0 + np.cumprod(ratios, axis=1).sum(axis=1)))


def _terms(servers: float) -> int:
    # where the load is so small that more terms would count, these already overflow
    return int(min(servers, 64.0 * np.sqrt(servers) + 64.0))

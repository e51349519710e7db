"""How variability arises at a station and travels on: breakdowns, departures, splitting, merging, feedback."""

from __future__ import annotations

import numpy as np

from qualitychain.quantities import PROBABILITY, TIME, Value, checked, plain, whole
from qualitychain.queues._stability import SCV, UTILIZATION

__all__ = ["departure_scv", "effective_time", "immediate_feedback", "merge_weight", "split_scv"]

ABLE = "give the share of the time that a server can work (0.95 is 95 %)"
LEAST_SERVICE_SCV = 0.2
"""Departures of a busy station of whatever regularity are taken to vary at least as if its service had this scv."""


def effective_time(
    cycle_time: Value | float,
    cycle_scv: Value | float = 1.0,
    availability: Value | float = 1.0,
    mttr: Value | float = 0.0,
    mttr_scv: Value | float = 1.0,
) -> tuple[Value, Value]:
    """Mean and scv of the time a unit occupies its server, breakdowns or absences included.

    Parameters
    ----------
    cycle_time : float or array
        Mean working time, at least 0.
    cycle_scv : float or array
        Its squared coefficient of variation, at least 0.
    availability : float or array
        Share of the time that a server can work, in (0, 1].
    mttr : float or array
        Mean time to repair (or length of an absence), in the unit of ``cycle_time``, at least 0.
    mttr_scv : float or array
        Its squared coefficient of variation, at least 0.

    Returns
    -------
    mean, scv : float or array
        A working time of 0 stays 0, with scv 0.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Notes
    -----
    mean = t0 / A; scv = c0^2 + (1 + cr^2) A (1 - A) mttr / t0, for servers that fail only while they work, after
    exponential times.

    References
    ----------
    W. J. Hopp and M. L. Spearman, Factory Physics, chapter 8.

    Examples
    --------
    >>> effective_time(15, 0.05, availability=0.75, mttr=248)
    (20.0, 6.25)
    """
    time, varies, able, repair, repair_varies = np.broadcast_arrays(
        checked("cycle_time", cycle_time, TIME, low=0),
        checked("cycle_scv", cycle_scv, SCV, low=0),
        checked("availability", availability, ABLE, above=0, low=0, high=1),
        checked("mttr", mttr, TIME, low=0),
        checked("mttr_scv", mttr_scv, SCV, low=0),
    )
    some = time > 0
    with np.errstate(over="ignore"):
        down = (1.0 + repair_varies) * able * (1.0 - able) * repair / np.where(some, time, 1.0)
    like = (cycle_time, cycle_scv, availability, mttr, mttr_scv)
    return plain(time / able, *like), plain(np.where(some, varies + down, 0.0), *like)


def departure_scv(
    utilization: Value | float,
    servers: Value | float = 1,
    arrival_scv: Value | float = 1.0,
    service_scv: Value | float = 1.0,
) -> Value:
    """Squared coefficient of variation of the times between departures from a station.

    Parameters
    ----------
    utilization : float or array
        Share of the time that a server is busy, in [0, 1]; 0 passes the arrivals on as they are.
    servers : int or array
        Number of servers, at least 1.
    arrival_scv, service_scv : float or array
        Squared coefficients of variation of the times between arrivals and of service, at least 0.

    Returns
    -------
    float or array
        1 for M/M/c (Burke), else an approximation.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    References
    ----------
    W. Whitt, "The Queueing Network Analyzer", Bell System Technical Journal 62 (1983), equation 39.

    Examples
    --------
    >>> round(departure_scv(0.958333, servers=1, arrival_scv=1, service_scv=6.25), 2)
    5.82
    """
    rho = checked("utilization", utilization, UTILIZATION, low=0, high=1.0)
    ca, cs = checked("arrival_scv", arrival_scv, SCV, low=0), checked("service_scv", service_scv, SCV, low=0)
    c = whole("servers", servers)
    # a utilization of 0 passes an scv of 1e-30 on unrounded
    passed = (1.0 - rho**2) * ca
    made = 1.0 + (np.maximum(cs, LEAST_SERVICE_SCV) - 1.0) / np.sqrt(c)
    return plain(passed + rho**2 * made, utilization, servers, arrival_scv, service_scv)


def split_scv(share: Value | float, scv: Value | float) -> Value:
    """Squared coefficient of variation of a stream of which each unit is taken with a chance, independently.

    Parameters
    ----------
    share : float or array
        Chance of each unit, in [0, 1].
    scv : float or array
        Squared coefficient of variation of the stream split, at least 0.

    Returns
    -------
    float or array
        Exact for streams whose times between units are independent.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Examples
    --------
    >>> split_scv(0.25, scv=3.0)
    1.5
    """
    q, c2 = checked("share", share, PROBABILITY, low=0, high=1.0), checked("scv", scv, SCV, low=0)
    return plain(q * c2 + (1.0 - q), share, scv)


def merge_weight(utilization: Value | float, streams: Value | float) -> Value:
    """How much of the variability of merging streams counts at a station: the rest is that of a Poisson stream.

    Parameters
    ----------
    utilization : float or array
        Share of the time that a server is busy, in [0, 1].
    streams : float or array
        Effective number of streams, 1 / (sum of squared shares), at least 1.

    Returns
    -------
    float or array
        1 for one stream, or in heavy traffic; less the more streams there are.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    References
    ----------
    W. Whitt, "The Queueing Network Analyzer", Bell System Technical Journal 62 (1983), equation 29.

    Examples
    --------
    >>> merge_weight(0.5, streams=2)
    0.5
    """
    rho = checked("utilization", utilization, UTILIZATION, low=0, high=1.0)
    number = checked("streams", streams, "one stream counts as 1", low=1.0)
    return plain(1.0 / (1.0 + 4.0 * (1.0 - rho) ** 2 * (number - 1.0)), utilization, streams)


def immediate_feedback(
    chance: Value | float, service_time: Value | float, service_scv: Value | float
) -> tuple[Value, Value]:
    """Mean and scv of all the service a unit gets, when after each service it comes back at once with some chance.

    Parameters
    ----------
    chance : float or array
        Chance of coming back, in [0, 1).
    service_time, service_scv : float or array
        Mean and squared coefficient of variation of one service, at least 0.

    Returns
    -------
    mean, scv : float or array
        Of the sum of the services, exact.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Notes
    -----
    A station at which the unit stays until all its services are done has the same number of units as one in which it
    joins the queue anew each time; the wait of one pass is then (1 - chance) times the wait in the former.

    References
    ----------
    W. Whitt, "The Queueing Network Analyzer", Bell System Technical Journal 62 (1983), section III.

    Examples
    --------
    >>> immediate_feedback(0.2, service_time=4.0, service_scv=0.0)
    (5.0, 0.2)
    """
    p = checked("chance", chance, "what always comes back is never done", low=0, below=1)
    time, varies = checked("service_time", service_time, TIME, low=0), checked("service_scv", service_scv, SCV, low=0)
    like = (chance, service_time, service_scv)
    return plain(time / (1.0 - p), *like), plain(p + (1.0 - p) * varies, *like)

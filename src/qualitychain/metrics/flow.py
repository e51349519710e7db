"""Time and flow: takt, flow efficiency and Little's law, in any one unit of time."""

from __future__ import annotations

import numpy as np

from qualitychain.quantities import COUNT, POSITIVE, ROUNDING, Value, checked, plain, refuse

__all__ = ["flow_efficiency", "lead_time", "little_gap", "takt_ratio", "takt_time", "throughput", "wip"]


def takt_time(available_time: Value | float, demand: Value | float) -> Value:
    """Time between two units that just meets the demand.

    Parameters
    ----------
    available_time : float or array
        Working time in a period, at least 0.
    demand : float or array
        Units asked for in the same period, above 0.

    Returns
    -------
    float or array
        Available time divided by demand, in the unit of ``available_time``.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Examples
    --------
    >>> takt_time(450, 90)
    5.0
    """
    time = checked("available_time", available_time, "give the working time of one period", low=0)
    units = checked("demand", demand, POSITIVE, above=0)
    with np.errstate(over="ignore"):
        return plain(time / units, available_time, demand)


def takt_ratio(work_time: Value | float, servers: Value | float, takt: Value | float) -> Value:
    """How much of the takt a step needs: above 1 it cannot keep up with the demand.

    Parameters
    ----------
    work_time : float or array
        Time one server needs for everything that one delivered unit asks of the step, at least 0: the effective time
        of one unit of work times the units of work, rework included.
    servers : float or array
        How many work in parallel, above 0.
    takt : float or array
        Time between two delivered units, in the unit of ``work_time``, above 0.

    Returns
    -------
    float or array
        work_time / (servers x takt).

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Examples
    --------
    >>> takt_ratio(12, servers=2, takt=5)
    1.2
    """
    work = checked("work_time", work_time, COUNT, low=0)
    many = checked("servers", servers, POSITIVE, above=0)
    beat = checked("takt", takt, POSITIVE, above=0)
    with np.errstate(over="ignore"):
        return plain(work / (many * beat), work_time, servers, takt)


def flow_efficiency(work_time: Value | float, lead_time: Value | float) -> Value:
    """Share of the lead time in which somebody works on the unit.

    Parameters
    ----------
    work_time : float or array
        Time worked on a unit, at least 0 and at most ``lead_time``.
    lead_time : float or array
        Time from start to delivery in the same unit of time, above 0.

    Returns
    -------
    float or array
        Work time divided by lead time, between 0 and 1.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range, or the work takes longer than the lead time.

    Examples
    --------
    >>> flow_efficiency(2, lead_time=40)
    0.05
    """
    work = checked("work_time", work_time, COUNT, low=0)
    total = checked("lead_time", lead_time, POSITIVE, above=0)
    remedy = "the work happens within the lead time: check the units of both"
    refuse("work_time", work, work > total * (1 + ROUNDING), "must not exceed lead_time", remedy)
    return plain(np.minimum(work / total, 1.0), work_time, lead_time)


def wip(throughput: Value | float, lead_time: Value | float) -> Value:
    """Work in process by Little's law: throughput times lead time.

    Parameters
    ----------
    throughput : float or array
        Units finished per unit of time, at least 0.
    lead_time : float or array
        Mean time a unit spends inside, at least 0.

    Returns
    -------
    float or array
        Mean number of units inside.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or negative.

    References
    ----------
    J. D. C. Little, "A proof for the queuing formula L = lambda W", Operations Research 9 (1961).

    Examples
    --------
    >>> wip(throughput=6, lead_time=2.5)
    15.0
    """
    rate = checked("throughput", throughput, COUNT, low=0)
    time = checked("lead_time", lead_time, "give a time that is not negative", low=0)
    with np.errstate(over="ignore"):
        return plain(rate * time, throughput, lead_time)


def throughput(wip: Value | float, lead_time: Value | float) -> Value:
    """Throughput by Little's law: work in process divided by lead time.

    Parameters
    ----------
    wip : float or array
        Mean number of units inside, at least 0.
    lead_time : float or array
        Mean time a unit spends inside, above 0.

    Returns
    -------
    float or array
        Units finished per unit of time.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    References
    ----------
    J. D. C. Little, "A proof for the queuing formula L = lambda W", Operations Research 9 (1961).

    Examples
    --------
    >>> throughput(wip=15, lead_time=2.5)
    6.0
    """
    inside = checked("wip", wip, COUNT, low=0)
    time = checked("lead_time", lead_time, POSITIVE, above=0)
    with np.errstate(over="ignore"):
        return plain(inside / time, wip, lead_time)


def lead_time(wip: Value | float, throughput: Value | float) -> Value:
    """Lead time by Little's law: work in process divided by throughput.

    Parameters
    ----------
    wip : float or array
        Mean number of units inside, at least 0.
    throughput : float or array
        Units finished per unit of time, above 0.

    Returns
    -------
    float or array
        Mean time a unit spends inside.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    References
    ----------
    J. D. C. Little, "A proof for the queuing formula L = lambda W", Operations Research 9 (1961).

    Examples
    --------
    >>> lead_time(wip=15, throughput=6)
    2.5
    """
    inside = checked("wip", wip, COUNT, low=0)
    rate = checked("throughput", throughput, POSITIVE, above=0)
    with np.errstate(over="ignore"):
        return plain(inside / rate, wip, throughput)


def little_gap(wip: Value | float, throughput: Value | float, lead_time: Value | float) -> Value:
    """How far three measured figures are from Little's law: 0 when they agree.

    Parameters
    ----------
    wip : float or array
        Mean number of units inside, at least 0.
    throughput : float or array
        Units finished per unit of time, above 0.
    lead_time : float or array
        Mean time a unit spends inside, above 0.

    Returns
    -------
    float or array
        wip / (throughput x lead_time) - 1: 0.25 when there is a quarter more inside than the other two allow.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    References
    ----------
    J. D. C. Little, "A proof for the queuing formula L = lambda W", Operations Research 9 (1961).

    Examples
    --------
    >>> little_gap(wip=30, throughput=6, lead_time=4)
    0.25
    """
    inside = checked("wip", wip, COUNT, low=0)
    rate = checked("throughput", throughput, POSITIVE, above=0)
    time = checked("lead_time", lead_time, POSITIVE, above=0)
    with np.errstate(over="ignore"):
        return plain(inside / rate / time - 1.0, wip, throughput, lead_time)

"""Queues with Poisson arrivals and exponential service: M/M/c, and M/M/c/K with a limited waiting room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.quantities import RATE, TIME, Value, checked, plain, whole
from qualitychain.queues._stability import refuse_unstable
from qualitychain.queues.erlang import blocking, delay

__all__ = ["MMcKQueue", "MMcQueue", "mmc", "mmck"]

IDLE_TERMS = 3000
"""An empty station with more load than this is less likely than 1e-308."""
MOST_PLACES = 10_000_000
"""Each number of units at the station has its own chance to be computed."""


@dataclass(frozen=True)
class MMcQueue:
    """An M/M/c queue in its steady state, made by ``mmc``.

    Examples
    --------
    >>> mmc(2, 0.25, servers=1).number_in_system
    1.0
    """

    arrival_rate: float
    service_time: float
    servers: int
    utilization: float
    """Share of the time that a server is busy."""
    idle_probability: float
    """Chance that nobody is at the station."""
    wait_probability: float
    """Chance that an arrival has to wait (Erlang C)."""
    queue_length: float
    """Mean number waiting."""
    number_in_system: float
    """Mean number waiting or served."""
    waiting_time: float
    """Mean time before service."""
    time_in_system: float
    """Mean time before and in service."""

    def wait_quantile(self, p: Value | float) -> Value:
        """Time that the wait does not exceed with probability ``p``.

        Parameters
        ----------
        p : float or array
            Probability, in (0, 1).

        Returns
        -------
        float or array
            0 where p is at most the chance of not having to wait.

        Raises
        ------
        ValueError
            If ``p`` is outside (0, 1).

        Examples
        --------
        >>> mmc(5, 0.1, servers=2).wait_quantile([0.5, 0.95]).round(6).tolist()
        [0.0, 0.04621]
        """
        level = checked("p", p, "give a probability (0.95 is 95 %)", above=0, below=1)
        spare = self.servers - self.arrival_rate * self.service_time
        with np.errstate(divide="ignore"):
            exceeded = np.log(self.wait_probability) - np.log1p(-level)
        return plain(np.maximum(exceeded, 0.0) * self.service_time / spare, p)


def mmc(arrival_rate: float, service_time: float, servers: int = 1) -> MMcQueue:
    """M/M/c: Poisson arrivals, exponential service, c servers, first come first served, no limit to the queue.

    Parameters
    ----------
    arrival_rate : float
        Units per unit of time, at least 0. Without arrivals the waiting time is that of a single unit: 0.
    service_time : float
        Mean time one server takes for one unit, at least 0; with a time of 0 nobody waits.
    servers : int
        Number of servers, at least 1.

    Returns
    -------
    MMcQueue
        All means are exact, and so is the distribution of the wait.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.
    UnstableQueueError
        If the utilization is 1 or more, with demand, capacity and shortfall.

    Notes
    -----
    P(wait > t) = C exp(-(c / service_time - arrival_rate) t), C by Erlang's formula; the means follow by Little's law.

    References
    ----------
    D. Gross and C. M. Harris, Fundamentals of Queueing Theory, chapter 2.

    Examples
    --------
    >>> counter = mmc(8, 1 / 3, servers=4)
    >>> round(counter.waiting_time, 6), round(counter.wait_probability, 6)
    (0.094605, 0.378418)
    >>> mmc(3, 1, servers=3)
    Traceback (most recent call last):
        ...
    qualitychain.errors.UnstableQueueError: demand 3 servers' worth of work, capacity 3, nothing to spare, so the \
queue grows for ever (utilization 1); there is a steady state only below a utilization of 1: add servers, shorten \
the service or lower the demand
    """
    rate = float(checked("arrival_rate", arrival_rate, RATE, low=0))
    time = float(checked("service_time", service_time, TIME, low=0))
    c = whole("servers", servers)
    count = float(c)
    load = np.asarray(rate * time)
    refuse_unstable(load, c, "servers' worth of work")
    lost, wait = float(blocking(load, c)), float(delay(load, c))
    utilization = float(load) / count
    waiting = wait * time / (count - float(load))
    # (1 - B) of the states up to c are below c, and those from c on go on geometrically
    with np.errstate(over="ignore"):
        states = 1.0 + np.cumprod(load / np.arange(1.0, min(count, IDLE_TERMS) + 1.0)).sum()
    return MMcQueue(
        arrival_rate=rate,
        service_time=time,
        servers=int(count),
        utilization=utilization,
        idle_probability=float(1.0 / (states * ((1.0 - lost) + lost / (1.0 - utilization)))),
        wait_probability=wait,
        queue_length=rate * waiting,
        number_in_system=rate * waiting + float(load),
        waiting_time=waiting,
        time_in_system=waiting + time,
    )


@dataclass(frozen=True)
class MMcKQueue:
    """An M/M/c queue with room for K units in its steady state, made by ``mmck``.

    Examples
    --------
    >>> mmck(1, 1, servers=1, capacity=4).blocking
    0.2
    """

    arrival_rate: float
    service_time: float
    servers: int
    capacity: int
    utilization: float
    """Share of the time that a server is busy."""
    idle_probability: float
    """Chance that nobody is at the station."""
    blocking: float
    """Share of the arrivals turned away because the station is full."""
    throughput: float
    """Units served per unit of time."""
    queue_length: float
    """Mean number waiting."""
    number_in_system: float
    """Mean number waiting or served."""
    waiting_time: float
    """Mean time before service of those let in."""
    time_in_system: float
    """Mean time before and in service of those let in."""


def mmck(arrival_rate: float, service_time: float, servers: int, capacity: int) -> MMcKQueue:
    """M/M/c/K: as ``mmc``, but an arrival that finds ``capacity`` units at the station is turned away.

    Parameters
    ----------
    arrival_rate : float
        Units per unit of time, at least 0; any load has a steady state. Without arrivals nobody waits.
    service_time : float
        Mean time one server takes for one unit, at least 0; with a time of 0 nobody waits.
    servers : int
        Number of servers, at least 1.
    capacity : int
        Room for so many units, those in service included; at least ``servers``.

    Returns
    -------
    MMcKQueue
        All means are exact.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Notes
    -----
    The chances of n and n - 1 units at the station are as arrival_rate * service_time to min(n, c). They are computed
    from the likeliest number outwards, so nothing overflows.

    References
    ----------
    D. Gross and C. M. Harris, Fundamentals of Queueing Theory, chapter 2.

    Examples
    --------
    >>> small = mmck(5, 0.25, servers=1, capacity=3)
    >>> round(small.blocking, 6), round(small.throughput, 6), round(small.number_in_system, 6)
    (0.338753, 3.306233, 1.775068)
    """
    rate = float(checked("arrival_rate", arrival_rate, RATE, low=0))
    time = float(checked("service_time", service_time, TIME, low=0))
    count, room = float(whole("servers", servers)), float(whole("capacity", capacity))
    if room < count:
        raise ValueError(
            f"capacity counts those in service too, so it must be at least servers ({count:g}), got {room:g}; "
            "give servers plus the places in the queue"
        )
    if room > MOST_PLACES:
        raise ValueError(f"capacity must be at most {MOST_PLACES:g}, got {room:g}; use mmc for a queue without a limit")
    number = np.arange(1.0, room + 1.0)
    ratio = rate * time / np.minimum(number, count)
    likeliest = int(np.count_nonzero(ratio >= 1.0))
    up = np.cumprod(ratio[likeliest:])
    down = np.cumprod(1.0 / ratio[:likeliest][::-1])[::-1]
    chance = np.concatenate((down, [1.0], up))
    chance /= chance.sum()
    number = np.concatenate(([0.0], number))
    waiting = float(np.maximum(number - count, 0.0) @ chance)
    served = float(np.minimum(number, count) @ chance)
    passed = served / time if time > 0 else rate
    delayed = waiting / passed if passed > 0 else 0.0
    return MMcKQueue(
        arrival_rate=rate,
        service_time=time,
        servers=int(count),
        capacity=int(room),
        utilization=served / count,
        idle_probability=float(chance[0]),
        blocking=float(chance[-1]),
        throughput=passed,
        queue_length=waiting,
        number_in_system=waiting + served,
        waiting_time=delayed,
        time_in_system=delayed + time,
    )

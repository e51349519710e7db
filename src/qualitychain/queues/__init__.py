"""Pure queueing formulas on numbers and arrays; no chain, no tables.

Every queue is given by how often units arrive and how long one server takes for one: ``arrival_rate``, per unit of
time, and ``service_time``, in that unit, any one. Formulas of ratios take the ``load`` (arrival rate times service
time) or the ``utilization`` (load over servers). Then comes the number of ``servers``. Variability is the squared
coefficient of variation (scv): the variance over the squared mean, 1 for exponential times, 0 for times that do not
vary.

A value that is NaN, out of range or not a number is a ``ValueError`` that says what was wrong; a queue without a
steady state is an ``UnstableQueueError``. Where nothing arrives, or service takes no time, nobody waits: these are
limits, not errors.

Examples
--------
>>> from qualitychain import queues
>>> desk = queues.mmc(arrival_rate=10, service_time=0.25, servers=3)
>>> round(desk.utilization, 4), round(desk.waiting_time, 4), round(desk.wait_quantile(0.95), 4)
(0.8333, 0.3511, 1.3211)
>>> round(queues.ggc_wait(arrival_rate=10, service_time=0.25, servers=3, arrival_scv=1, service_scv=0.3), 4)
0.2309
"""

from __future__ import annotations

from qualitychain.queues.erlang import erlang_b, erlang_c
from qualitychain.queues.general import conditional_wait_scv, ggc_wait, wait_probability
from qualitychain.queues.markov import MMcKQueue, MMcQueue, mmc, mmck
from qualitychain.queues.variability import departure_scv, effective_time, immediate_feedback, merge_weight, split_scv

__all__ = [
    "MMcKQueue",
    "MMcQueue",
    "conditional_wait_scv",
    "departure_scv",
    "effective_time",
    "erlang_b",
    "erlang_c",
    "ggc_wait",
    "immediate_feedback",
    "merge_weight",
    "mmc",
    "mmck",
    "split_scv",
    "wait_probability",
]

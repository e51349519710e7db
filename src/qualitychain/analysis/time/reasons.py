"""Why figures of time do not exist."""

from __future__ import annotations

from qualitychain.vocabulary.reason import Reason, Why

NO_PROMISE = Why(Reason.NO_PROMISE, "no promise is given")
NO_SLA = Why(Reason.NO_PROMISE, "no lead time is promised")
NO_TIMES = Why(Reason.NO_CYCLE_TIME, "no department has a cycle time, so nothing is known of waiting and lead times")
NO_CYCLE_TIME = Why(Reason.NO_CYCLE_TIME, "no cycle time is given")
NOT_ASKED = Why(Reason.NOT_ASKED, "lead times were not asked for")
OVERLOADED = Why(Reason.OVERLOADED, "overloaded: its queue grows for ever")
NO_UNIT = Why(Reason.NO_WORK, "no unit comes this way")
NO_INTERVAL = Why(Reason.NOT_APPLICABLE, "no interval: the mean wait is not one of those known to be far off")
NO_TIME_OF_INPUTS = Why(Reason.UNKNOWN_TIME, "the time of one that it asks for inputs is not known")
NO_TIME_OF_SUPPLIER = Why(
    Reason.UNKNOWN_TIME, "the time of its supplier, or of one that the supplier asks for inputs, is not known"
)

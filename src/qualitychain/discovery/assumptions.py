"""What a discovery takes for granted, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from qualitychain.discovery import queries
from qualitychain.discovery.chain import Labels, release_rate
from qualitychain.discovery.log import EventLog
from qualitychain.discovery.plan import Plan
from qualitychain.model.values.durations import SECONDS

UNIT = "The unit is the case; consecutive events of a case in one department are one visit."
ROUTES = """Where a case goes next depends on the department it is in, not on where it came from: shares
    are the observed frequencies of steps."""
EVIDENCE = {
    "quantities": """Completed and rejected amounts of a visit count against the handoff that brought
        the case; at the start of a case, against the supplier. The rate of the amounts is taken as
        the rate of the cases.""",
    "rejects": """A visit with rejects counts as one defect against the handoff that brought the case:
        the log has no completed amounts.""",
    "defect": "A visit with the defect flag counts as one defect against the handoff that brought the case.",
    "rework": """The log has neither amounts nor defects: a visit that is followed by rework counts as
        one defect against the handoff that brought the case.""",
    "none": """The log says nothing about defects: defect rates are not known, and what rests on them
        is not reported.""",
    "case": "A case with the defect flag counts as one defect against its last handoff, to the customer.",
}
ENDS = """The customer looked at nothing in the log: the last handoff has defect rate 0. A defect that was
    found and not sent back stays with the case, although rejected pieces may have been taken out: the
    customer's defect rate is that of cases as if nothing had been taken out."""
RETURNS = """{returning:,} steps go to a department that the case had visited; {reworking:,} of them are
    rework (the visit they leave has a reject or defect, or the visit they reach the rework flag), the
    others are handoffs with their share."""
REWORK = """The department that sends back inspects what it hands on, as its own last act. It finds a
    nonconforming case as often as its visits with a reject or defect were in fact sent back, and false
    alarms make up the rest, so that it sends back the observed share of its visits. Rework clears the
    defect. That inspection also sees what the department's own handoff spoils, which the log counted after it, so
    the rate presented there is below that of the sample. The wait on the way back is not in the chain:
    {back:.4g} {unit}s a case."""
ONLY_BACK = "{count:,} of the departments only ever sent back: the handoff back clears what it carries."
LOST = """{defects:,.15g} defects among {n:,.15g} looked at after rework stand in the handoffs table,
    not in the chain: rework has no handoff of its own there."""
STAMPS = """There is one stamp an event: lead times run from stamp to stamp and contain the work of the
    department that receives; no cycle times, one server a department. {inside:.1%} of the time of cases lies
    between events of one visit and is not in the chain."""
TIMES = """Lead time runs from the end of the last event of a visit to the start of the next visit. The
    cycle time of a visit is its events times their mean duration; its variation is that of visits whose
    events all have one. Servers are the greatest number of events at work at once, one where no
    durations are known."""
NEGATIVE = "{count:,} waits are negative (work overlaps) and count as 0."
STARTS = """Cases start at random, {cases:,} in {window:.6g} {unit}s (from the first to the last start);
    the handoffs from the supplier and to the customer take no time."""
ONE_START = "All cases start at once, so there is no release rate: one unit starts in a time unit."
RENAMED = "The node '{}' is called '{}': a department has its name, or it was not fit for a model."
DROPPED = "{count:,} rows were dropped (see log_quality); their amounts are not in the chain."


def assumed(
    log: EventLog,
    plan: Plan,
    visits: pd.DataFrame,
    cases: pd.DataFrame,
    *,
    evidence: str,
    window: float,
    labels: Labels,
    renamed: Sequence[tuple[str, str]],
) -> tuple[str, ...]:
    """The assumptions of this discovery; ``evidence`` is a key of ``EVIDENCE``."""
    sentences = [UNIT, ROUTES, EVIDENCE[evidence]]
    if evidence not in ("none", "case"):
        sentences.append(ENDS)
    sentences += _returns(plan, visits, len(cases), labels.time_unit)
    sentences += _times(log, visits, cases)
    if release_rate(len(cases), window, labels.time_unit) is None:
        sentences.append(ONE_START)
    else:
        length = window / SECONDS[labels.time_unit]
        sentences.append(STARTS.format(cases=len(cases), window=length, unit=labels.time_unit))
    sentences += [RENAMED.format(*names) for names in renamed]
    dropped = int(log.quality["count"]["rows dropped"])
    if dropped:
        sentences.append(DROPPED.format(count=dropped))
    return tuple(" ".join(sentence.split()) for sentence in sentences)


def _returns(plan: Plan, visits: pd.DataFrame, cases: int, unit: str) -> Iterator[str]:
    returning = int(visits["returning"].sum())
    if returning:
        yield RETURNS.format(returning=returning, reworking=plan.reworking)
    if plan.reworking:
        back = float(np.maximum(visits.loc[visits["reworking"], "wait"], 0).sum()) / SECONDS[unit] / cases
        yield REWORK.format(back=back, unit=unit)
    if plan.only_back:
        yield ONLY_BACK.format(count=len(plan.only_back))
    if plan.lost_n:
        yield LOST.format(defects=plan.lost_defects, n=plan.lost_n)


def _times(log: EventLog, visits: pd.DataFrame, cases: pd.DataFrame) -> Iterator[str]:
    if log.columns.start is None:
        whole = float(cases["duration"].sum())
        inside = float((visits["end"] - visits["begin"]).sum()) / queries.SECOND
        yield STAMPS.format(inside=inside / whole if whole > 0 else 0.0)
    else:
        yield TIMES
    negative = int((visits["wait"] < 0).sum())
    if negative:
        yield NEGATIVE.format(count=negative)

"""What the report says about time: lead times, where the time goes, and the lists that need them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from qualitychain.analysis.base.result import Result
from qualitychain.analysis.time.specs import CUSTOMERS, SLAS
from qualitychain.analysis.value_stream.specs import CRITICAL_PATH, FLOW
from qualitychain.reporting.cards.time_cards import TimeCard, time_cards, without_lead_time
from qualitychain.reporting.compute.analyses import Analyses
from qualitychain.reporting.page.table import Table
from qualitychain.reporting.tables import list_tables, stream_tables, time_tables
from qualitychain.reporting.tables.described import described_table
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.rows import MOST

MOST_SENTENCES = 12
PATH = ("step", "kind", "time", "cumulative", "why")
SERVICE = "No handoff has a promise (`sla`) to keep."


def left_out(what: str, *tables: str) -> str:
    """What is left out, and how to get it."""
    asked = " and ".join(f"`qualitychain show --table {name}`" for name in tables)
    verb = "works" if len(tables) == 1 else "work"
    return f"Left out: {what} would take too long here. {asked} {verb} it out."


@dataclass(frozen=True)
class LeadTimeSection:
    """When external customers get their units, and the queues before that."""

    cards: list[TimeCard] = field(default_factory=list)
    more: int = 0
    without: list[str] = field(default_factory=list)
    accuracy: str = ""
    table: Table | None = None
    queues: Table | None = None
    queue_words: str = ""
    accuracies: list[str] = field(default_factory=list)
    left_out: str = ""


def lead_time_section(a: Analyses) -> LeadTimeSection:
    """The section on lead times."""
    if not a.parts.lead_times:
        return LeadTimeSection(left_out=left_out("the distributions of the lead times", "lead_times", "queues"))
    if a.no_lead_times:
        return LeadTimeSection(left_out=f"No lead time is available: {a.no_lead_times}.")
    t, customers = a.times, tuple(a.chain.customers)
    timed = [d for d in a.chain.departments if d.cycle_time is not None]
    queue_words = "" if timed else "No department has a cycle time, so nothing is known of queues."
    cards = time_cards(customers, t, a.chain.period or "period")
    return LeadTimeSection(
        cards=cards,
        more=max(0, len(t.found) - len(cards)),
        without=_some(without_lead_time(customers, t)),
        accuracy=t.accuracy if t.found else "",
        table=described_table(t, CUSTOMERS) if t.found else None,
        queues=time_tables.queue_table(t) if timed else None,
        queue_words=queue_words,
        accuracies=time_tables.accuracies(t) if timed else [],
    )


@dataclass(frozen=True)
class StreamSection:
    """Where the time of a delivered unit goes."""

    sentences: list[str] = field(default_factory=list)
    table: Table | None = None
    flow: Table | None = None
    path: Table | None = None
    path_words: str = ""
    left_out: str = ""


def stream_section(a: Analyses) -> StreamSection:
    """The section on the value stream."""
    if not a.parts.value_stream:
        return StreamSection(left_out=left_out("where the time goes", "value_stream", "critical_path"))
    if a.no_stream:
        return StreamSection(left_out=f"The value stream is not available: {a.no_stream}.")
    v = a.stream
    takes_time = not (v.steps["time"] == 0).all()
    path = described_table(v, CRITICAL_PATH, show=PATH, bars=("time",))
    words = f"The critical path is not available: {lost}." if (lost := v.reason_for("critical_path")) else ""
    if path is not None:
        words = (
            "The way that most units take, and at each step of it the input that is waited for longest. Times are "
            "means; shortening what is not on it does not make this way faster."
        )
    return StreamSection(
        sentences=stream_tables.stream_sentences(v),
        table=stream_tables.stream_table(v) if takes_time else None,
        flow=described_table(v, FLOW) if takes_time and v.lead_time == v.lead_time else None,
        path=path,
        path_words=words,
    )


@dataclass(frozen=True)
class Listed:
    """One of the bottleneck lists: its table, and what is said of it."""

    words: str = ""
    table: Table | None = None
    remarks: list[str] = field(default_factory=list)


def waiting_listed(a: Analyses) -> Listed:
    """Second list."""
    if not a.parts.waiting:
        return Listed(left_out("where time is spent waiting and what one more server saves", "waiting"))
    w = a.bottlenecks.waiting_list
    if math.isnan(w.lead_time):
        words = (
            "Which share of the lead time is waiting is not available: "
            f"{w.reason_for('', None, 'lead_time') or 'it is not known'}."
        )
    elif w.lead_time == 0:
        words = "Nothing takes time, so nobody waits."
    else:
        both = float(w.departments["share"].sum() + w.departments["inputs_share"].sum())
        words = (
            f"Of a mean lead time of {number(w.lead_time)} {a.chain.clock.said}, {percent(both)} is waiting, in queues "
            "and for inputs. The last column evaluates all queues anew with one more server in that place."
        )
    return Listed(words, list_tables.waiting_table(w))


def quality_listed(a: Analyses) -> Listed:
    """Third list."""
    q = a.bottlenecks.quality_list
    table = list_tables.gain_table(q)
    if table is None:
        return Listed("No handoff's own defects reach a customer.", remarks=list_tables.gain_remarks(q))
    words = (
        f"For each customer the {MOST} handoffs whose defects matter most: what halving their own "
        "defect rate, or removing it, would bring. Gains of several handoffs do not add up; "
        "`qualitychain show --table quality_gains` lists all."
    )
    return Listed(words, table, list_tables.gain_remarks(q))


def service_listed(a: Analyses) -> Listed:
    """Fourth list; where its prices take too long, the promised times alone."""
    if not a.promises:
        return Listed(SERVICE)
    if not a.parts.service:
        kept = (
            described_table(a.times, SLAS, bars=("sla_attainment",))
            if a.parts.lead_times and not a.no_lead_times
            else None
        )
        return Listed(left_out("what broken promises between departments cost customers", "service"), kept)
    s = a.bottlenecks.service_list
    broken = int((s.handoffs["broken"] != "").sum())
    words = (
        f"{broken} of {len(s.handoffs)} promises between departments are broken. A promised time counts as kept when "
        f"{percent(s.level)} of the handoffs keep it. The last columns say what external customers would gain if the "
        "promise were just kept."
    )
    return Listed(words, list_tables.service_table(s))


def remedies_listed(a: Analyses) -> Listed:
    """What would help departments above the target."""
    target = a.bottlenecks.target
    if not a.above:
        return Listed(f"No department is used more than {percent(target)}, so none needs a remedy.")
    if not a.parts.remedies:
        return Listed(left_out("what would help loaded departments", "remedies"))
    r = a.bottlenecks.remedy_list
    words = (
        f"What would bring departments used more than {percent(target)} there, each applied alone and the whole chain "
        "evaluated anew, the best first."
    )
    lost = [f"{name}: {r.reason_for('table', name)}." for name in r.left_out]
    return Listed(words, list_tables.remedy_table(r), [*list_tables.infeasible(r), *lost])


def results_of(a: Analyses) -> list[tuple[str, Result]]:
    """The results that these sections come from, for their methods and assumptions."""
    found: list[tuple[str, Result]] = []
    if a.parts.lead_times and not a.no_lead_times:
        found.append(("Lead times", a.times))
    if a.parts.value_stream and not a.no_stream:
        found.append(("Value stream", a.stream))
    if a.parts.waiting:
        found.append(("Waiting", a.bottlenecks.waiting_list))
    found.append(("Quality gains", a.bottlenecks.quality_list))
    if a.promises and a.parts.service:
        found.append(("Internal service", a.bottlenecks.service_list))
    if a.above and a.parts.remedies:
        found.append(("Remedies", a.bottlenecks.remedy_list))
    return found


def _some(sentences: list[str]) -> list[str]:
    if len(sentences) <= MOST_SENTENCES:
        return sentences
    return [*sentences[:MOST_SENTENCES], f"The same of {len(sentences) - MOST_SENTENCES:,} further customers."]


__all__ = [
    "LeadTimeSection",
    "Listed",
    "StreamSection",
    "lead_time_section",
    "quality_listed",
    "remedies_listed",
    "results_of",
    "service_listed",
    "stream_section",
    "waiting_listed",
]

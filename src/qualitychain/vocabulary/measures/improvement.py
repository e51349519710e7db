"""Measures of what to do: projects and inspections under a budget, and promises that reach targets."""

from __future__ import annotations

from qualitychain.vocabulary.measure import Measure, Per, Unit, named, share

IMPROVEMENT = named(
    Measure("objective", Unit.WORDS, "what the choice aims at"),
    Measure("project", Unit.WORDS, "an improvement that may be chosen"),
    Measure("chosen", Unit.WORDS, "whether it is chosen, or what is"),
    Measure("optimal", Unit.WORDS, "whether no choice is better, by proof"),
    Measure("budget", Unit.MONEY, "what may be spent once"),
    share("detect", "probability that a nonconforming unit is rejected"),
    share("false_alarm", "probability that a conforming unit is rejected"),
    Measure("on_reject", Unit.WORDS, "what happens to rejected units"),
    Measure("by", Unit.WORDS, "who inspects: the supplier or the customer of the handoff"),
    Measure("inspected", Unit.COUNT, "units inspected in the time that the budget is for"),
    Measure("spent", Unit.MONEY, "what it costs in the time that the budget is for"),
    Measure("time_budget", Unit.TIME, "mean time that it must promise", per=Per.VISIT),
    Measure("time_now", Unit.TIME, "mean time as it is, waiting included", per=Per.VISIT),
    Measure("time_factor", Unit.RATIO, "multiple of its working time, or of its transport and inspection"),
    Measure("weight", Unit.RATIO, "how dear an improvement of it is, k of the cost -k ln(figure)"),
    Measure("unchanged", Unit.WORDS, "whether it may keep what it has now"),
    Measure("effect", Unit.WORDS, "what more defects here do to the rates asked for"),
    share("share_within", "share delivered within a time"),
    Measure("within", Unit.TIME, "the time within which units are asked for"),
    Measure("binding", Unit.WORDS, "whether the target is reached just so"),
    Measure("target_price", Unit.RATIO, "what the cost would fall by per unit by which the target is eased"),
)

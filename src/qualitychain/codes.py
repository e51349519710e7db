"""The codes of findings, as data: a code never changes its meaning once released."""

from __future__ import annotations

CODES: dict[str, str] = {
    # the file
    "QC001": "the file is empty",
    "QC002": "control character",
    "QC003": "not UTF-8",
    "QC004": "not well-formed YAML or JSON",
    "QC005": "over a limit of size or depth",
    "QC006": "more than one document",
    "QC007": "alias or anchor",
    "QC008": "tag",
    "QC009": "duplicate key",
    "QC019": "the file cannot be read",
    # a value
    "QC010": "wrong kind of value",
    "QC011": "not a finite number",
    "QC012": "out of range",
    "QC013": "a number written as text",
    "QC014": "duration",
    "QC015": "unknown key",
    "QC016": "missing key",
    "QC017": "schema version",
    "QC018": "name",
    # the structure of the chain
    "QC020": "two nodes of one name",
    "QC021": "unknown node",
    "QC022": "two handoffs of one name",
    "QC023": "shares of handoffs",
    "QC024": "direction of a handoff",
    "QC025": "exactly one of several fields",
    "QC026": "units can circulate for ever",
    "QC027": "departments need each other more than once per request",
    "QC028": "a customer nobody supplies",
    "QC029": "release rates",
    "QC030": "inspection",
    "QC031": "sources of one item disagree",
    "QC032": "common cause",
    "QC033": "requirement",
    "QC034": "distribution",
    "QC035": "improvement projects",
    # warnings
    "QC040": "rounds to zero",
    "QC041": "names that look alike",
    "QC042": "a node from which no customer is reached",
    "QC043": "a figure that nothing reads",
    "QC044": "a project that no longer fits",
    # what the chain achieves
    "QC100": "requirement met",
    "QC101": "requirement not met",
    "QC102": "requirement cannot be judged",
    "QC103": "department without a steady state",
    "QC104": "promise weaker than a requirement behind it needs",
    "QC105": "share of units that goes back and mends nothing",
}

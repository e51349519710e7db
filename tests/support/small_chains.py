"""Small chains and hostile names that several tests of the outside share."""

from __future__ import annotations

from typing import Any

import qualitychain as qc

HOSTILE = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "javascript:window.pwned=1",
    "{{7*7}} {% raw %} ${7*7}",
    "</style></title></svg><script>window.pwned=1</script>",
    "' onload='window.pwned=1",
    "W" * 200,
    "[red]=HYPERLINK(1) ]]> %0A::error::x",
)
"""Names that a careless page, terminal or spreadsheet would obey. All are valid names of nodes."""


def two_steps(**fields: Any) -> qc.Chain:
    """Stock to Make to Shop, with 2 % defects at the end."""
    return qc.Chain(
        "Two steps",
        suppliers=[qc.Supplier("Stock", rate=fields.pop("rate", 0.5))],
        departments=[qc.Department("Make", cycle_time=1)],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=fields.pop("defect_rate", 0.02)),
        ],
        **fields,
    )


def hostile_chain() -> qc.Chain:
    """A chain with a hostile name, note or source in every field that takes text."""
    stock, make, test, shop, back, item, title, help_desk = HOSTILE
    said = {
        "note": "note \u2028 <b onclick=window.pwned=1>x</b>\n{{7*7}}",
        "source": '"><script>window.pwned=1</script>',
    }
    return qc.Chain(
        title,
        period="<i>month</i>",
        suppliers=[qc.Supplier(stock, rate=1, **said)],
        departments=[
            qc.Department(make, kind="<img src=x onerror=window.pwned=1>", cycle_time=0.2, **said),
            qc.Department(test, kind=test, cycle_time=0.1, **said),
            qc.Department(help_desk, cycle_time=2, **said),
        ],
        customers=[
            qc.Customer(shop, segment="b2c", volume=100, **said),
            qc.Customer(back, segment="reseller", **said),
        ],
        handoffs=[
            qc.Handoff(stock, make, sample=qc.Sample(n=50, defects=0), **said),
            qc.Handoff(make, test, name="=1+1 " + item, defect_rate=0.05, sla=qc.Sla(defect_rate=0.01), **said),
            qc.Handoff(
                test,
                shop,
                item=item,
                share=0.5,
                defect_rate=0.01,
                inspection=qc.Inspection(0.9, rework_to=make),
                **said,
            ),
            qc.Handoff(test, back, share=0.5, defect_rate=0.02, **said),
            qc.Handoff(help_desk, test, item=title, per_unit=1, defect_rate=0.1, affects="inspection", **said),
        ],
        requirements=[
            qc.Requirement(customer=shop, measure="sigma_level", at_least=3, **said),
            qc.Requirement(department=make, measure="utilization", at_most=0.9, **said),
        ],
        **said,
    )

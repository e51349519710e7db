"""The discovered machine shop that ships as an example: aggregates only, and what the log gives today."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from qualitychain.analysis.quality.quality import quality
from qualitychain.discovery.discover import discover
from qualitychain.discovery.records import LogColumns
from qualitychain.files.reading import read_chain
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.change import what_if
from qualitychain.vocabulary.reason import Reason

EXAMPLE = Path(__file__).parents[2] / "examples" / "machine-shop.chain.yaml"
SOURCE = "Levy 2014, Production Analysis with Process Mining Technology, 4TU.ResearchData"


def known(chain: Chain) -> Chain:
    """The chain with a defect rate of 0 wherever nothing was looked at."""
    return what_if(chain, {h.full_name: {"defect_rate": 0} for h in chain.handoffs if h.rate_unknown})


def test_the_example_is_read_and_every_case_reaches_the_customer():
    result = quality(read_chain(EXAMPLE))
    assert result.customers.loc["Customer", "delivered"] == pytest.approx(1, abs=1e-9)
    # at some handoffs nothing was looked at: what reaches the customer is not known, and what is known is said
    assert math.isnan(result.customers.loc["Customer", "defect_rate"])
    assert result.reason_for("customers", "Customer", "defect_rate").reason is Reason.UNKNOWN_RATE
    assert 0 < quality(known(read_chain(EXAMPLE))).customers.loc["Customer", "defect_rate"] < 0.1


def test_the_example_says_where_each_number_comes_from_and_names_no_single_case():
    chain = read_chain(EXAMPLE)
    records = [*chain.suppliers, *chain.departments, *chain.customers, *chain.handoffs]
    assert {record.source for record in records} == {SOURCE}
    assert all(record.note for record in (*chain.departments, *chain.handoffs))
    assert "Case " not in EXAMPLE.read_text(encoding="utf-8")


def test_the_example_is_what_the_log_gives_and_visits_machines_as_often(data_folder):
    found = discover(
        data_folder / "production_log.csv",
        columns=LogColumns(
            case="Case ID",
            department="Resource",
            timestamp="Complete Timestamp",
            start="Start Timestamp",
            completed="Qty Completed",
            rejected="Qty Rejected",
            rework="Rework",
            durations_where={"ts_status": "exact"},
        ),
        name="Machine shop",
        source=SOURCE,
    )
    assert read_chain(EXAMPLE) == found.chain
    observed = (found.departments["visits"] / len(found.cases)).loc[lambda v: v > 0]
    expected = quality(known(found.chain)).departments["visits"]
    assert expected.reindex(observed.index).notna().all()
    assert (expected.reindex(observed.index) - observed).abs().max() < 1e-6

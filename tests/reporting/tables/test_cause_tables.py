"""Causes beside effects."""

from __future__ import annotations

from support.small_chains import hostile_chain, two_steps

import qualitychain as qc
from qualitychain.reporting.tables.cause_tables import NOBODY, paretos


def test_an_effect_that_is_only_rounding_is_not_told_as_harm() -> None:
    chain = hostile_chain()
    found = paretos(qc.root_causes(chain), qc.customer_effects(chain).handoffs, "month")
    assert all(p.table is not None for p in found)
    assert not [w for p in found for w in p.words if "negative effect" in w]
    assert [len(p.table.rows) for p in found if p.table is not None] == [2, 2]


def test_a_customer_that_no_defect_reaches_has_words_and_no_table() -> None:
    chain = two_steps(defect_rate=0.0)
    (found,) = paretos(qc.root_causes(chain), None, "month")
    assert (found.table, found.pictures, found.words) == (None, (), (NOBODY,))

"""Whatever loads is shown, checked and reported: an answer or a documented refusal, never a crash."""

from __future__ import annotations

import json
import random
import re
import warnings

import pytest
from support.random_chains import as_floats, random_chain
from support.seeds import seeds

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.cli.tables import Tables
from qualitychain.cli.writers import all_frames, all_json, all_text


def some_chain(seed: int) -> qc.Chain:
    rng = random.Random(seed)
    data = as_floats(random_chain(rng, cycles=rng.choice(["none", "linear"]), common_causes=rng.random() < 0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        return qc.Chain.from_dict({"name": f"Chain {seed}", **data})


@pytest.mark.parametrize("seed", seeds(range(4)))
def test_any_chain_is_reported_checked_and_shown(seed: int) -> None:
    chain = some_chain(seed)
    before = chain.to_dict()
    page = qc.report_html(chain)
    assert not re.search(r">\s*-?(nan|inf)\b", page)
    assert qc.check(chain).ok
    tables = Tables(Study(chain))
    assert chain.customers[0].name in all_text(tables)
    data = json.loads(all_json(tables))
    assert [row["customer"] for row in data["quality"]["customers"]] == [c.name for c in chain.customers]
    assert len(all_frames(tables)[0]["customers"]) == len(chain.customers)
    assert chain.to_dict() == before

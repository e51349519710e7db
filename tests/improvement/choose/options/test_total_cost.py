import math
import random
import warnings

import pytest
from support.priced import with_costs
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.improvement.choose.options.evaluate import total_cost_of


@pytest.mark.parametrize("seed", range(8))
def test_the_total_alone_is_that_of_the_whole_book(seed):
    rng = random.Random(seed)
    data = with_costs(as_floats(random_chain(rng, departments=(2, 4), common_causes=seed == 0)), rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        chain = qc.Chain.from_dict({"name": "C", **data, "prevention_cost": 7.0 * (seed % 2)})
    assert Study(chain).ask(total_cost_of) == pytest.approx(qc.cost_of_quality(chain).total, rel=1e-12)


def test_late_deliveries_are_part_of_the_total():
    chain = qc.Chain(
        "Late",
        suppliers=[qc.Supplier("S", rate=0.5)],
        departments=[qc.Department("D", cycle_time=1.0)],
        customers=[qc.Customer("K", promise=2.0, late_cost=7, volume=100)],
        handoffs=[qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0)],
    )
    # an M/M/1 queue: the time in it is exponential with mean 2
    assert Study(chain).ask(total_cost_of) == pytest.approx(700 * 0.36787944117, rel=1e-5)
    assert Study(chain).ask(total_cost_of) == pytest.approx(qc.cost_of_quality(chain).total, rel=1e-12)


def test_without_any_figure_there_is_no_total():
    chain = qc.Chain(
        "Free",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0.1)],
    )
    assert math.isnan(Study(chain).ask(total_cost_of))

import numpy as np
import pytest

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.quality.pulls import solve_pulls
from qualitychain.improvement.choose.search.visit_cost import visit_cost


def costs_of(chain):
    compiled = compile_chain(chain)
    pulls = solve_pulls(compiled.network)
    return compiled, visit_cost(compiled, pulls.spoilt[None], pulls.blind[None], pulls.draws[None])


def chain_of(**asked):
    return qc.Chain(
        "Pull",
        suppliers=[qc.Supplier("S", rate=2), qc.Supplier("M")],
        departments=[qc.Department("D", work_cost=5), qc.Department("Lab", work_cost=3)],
        customers=[qc.Customer("K", external_failure_cost=40)],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1, inspection=qc.Inspection(0.8, on_reject="scrap", cost=0.5),
                       scrap_cost=9),
            qc.Handoff("Lab", "D", item="test", per_unit=2, defect_rate=0, **asked),
            qc.Handoff("M", "Lab", item="part", per_unit=0.5, defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0.1),
        ],
    )  # fmt: skip


def node(compiled, name):
    chain = compiled.chain
    return [n.name for n in (*chain.suppliers, *chain.departments, *chain.customers)].index(name)


def test_a_visit_costs_its_own_work_and_that_of_all_it_asks_for():
    compiled, found = costs_of(chain_of())
    assert found.visit[0, node(compiled, "D")] == pytest.approx(5 + 2 * 3)
    assert found.visit[0, node(compiled, "Lab")] == pytest.approx(3)
    assert found.visit[0, node(compiled, "K")] == 0


def test_a_request_that_is_refused_is_made_again():
    check = qc.Inspection(1, on_reject="rework", cost=0.25)
    chain = qc.what_if(chain_of(), {"Lab -> D: test": {"inspection": check, "defect_rate": 0.2}})
    compiled, found = costs_of(chain)
    # each use takes 1 / 0.8 draws, each of them made and inspected
    assert found.visit[0, node(compiled, "D")] == pytest.approx(5 + 2 * 1.25 * (3 + 0.25))


def test_handing_over_costs_the_inspection_and_rejection_what_is_thrown_away():
    compiled, found = costs_of(chain_of())
    row = [compiled.names[i] for i in compiled.flow_rows].index("S -> D")
    last = [compiled.names[i] for i in compiled.flow_rows].index("D -> K")
    assert found.tried[row] == pytest.approx(0.5)
    assert found.rejected[row] == pytest.approx(9)
    assert found.presented_bad[last] == pytest.approx(40)
    assert np.isfinite(found.visit).all()

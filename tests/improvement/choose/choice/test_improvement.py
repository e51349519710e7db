import pytest

import qualitychain as qc


def chain_of():
    return qc.Chain(
        "C",
        suppliers=[qc.Supplier("S", rate=10)],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K", volume=1000, external_failure_cost=50)],
        handoffs=[qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0.00792123)],
    )


HALF = qc.Project("Half", cost=1, changes={"D -> K": {"defect_rate": qc.Scale(0.5)}})


@pytest.mark.parametrize(
    ("objective", "line"),
    [
        ("accepted_defect_rate", "accepted defect rate: 0.7921 % -> 0.3961 % (proven best)"),
        ("defect_rate", "defect rate: 0.7921 % -> 0.3961 % (proven best)"),
        ("sigma_level", "sigma level: 3.91 -> 4.16 (proven best)"),
        ("cost_of_quality", "cost of quality: 396.1 -> 198 (proven best)"),
        ("satisfied", "satisfied: 992.1 -> 996 (proven best)"),
        ({("satisfied", "K"): 5, "conforming_deliveries": 2}, "5 satisfied of K + 2 conforming deliveries: "),
        ({"cost_of_quality": 0.5, "satisfied": 5}, "0.5 cost of quality - 5 satisfied: "),
        ({"satisfied": 5, "defect_rate": 2}, "- 5 satisfied + 2 defect rate: "),
    ],
)
def test_the_summary_says_values_as_people_read_them(objective, line):
    said = qc.improve(chain_of(), [HALF], budget=1, objective=objective, budgets=[]).summary()
    assert said.splitlines()[1].strip().startswith(line)

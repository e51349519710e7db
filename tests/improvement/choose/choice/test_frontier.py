import pytest

from qualitychain.improvement.choose.choice.frontier import usual_budgets


@pytest.mark.parametrize(
    ("budget", "together", "expected"),
    [
        (40000, 80000, [0, 10000, 20000, 30000, 40000, 50000, 60000, 70000, 80000]),
        (3, 4.5, [0, 1, 2, 3, 4, 4.5]),
        (0.3, 1, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        (9, 1, [0, 2, 4, 6, 8, 9]),
        (0, 0, [0]),
    ],
)
def test_the_usual_budgets_are_round(budget, together, expected):
    assert usual_budgets(budget, together) == expected


@pytest.mark.parametrize("budget", [1, 7, 12.5, 99, 1234, 5000, 8888, 1e-3])
def test_there_are_at_most_eleven_usual_budgets_and_the_budget_is_one_of_them(budget):
    found = usual_budgets(budget, 4 * budget)
    assert budget in found
    assert 2 * budget == found[-1]
    assert 5 <= len(found) <= 11
    assert all(len(f"{one:.12g}") <= 8 for one in found)

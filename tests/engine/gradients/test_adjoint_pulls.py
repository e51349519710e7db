"""Derivatives through pulled services: circles of needs in many digits, and products of hundreds of inputs."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from support.chains import quietly

from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.gradients.adjoint_pulls import products_of_others
from qualitychain.engine.gradients.gradients import gradient, value
from qualitychain.engine.gradients.reward import delivered


def _needs_itself(per_unit: float, defect: float, detect: float) -> dict[str, Any]:
    return {
        "name": "needs itself",
        "suppliers": [{"name": "S"}],
        "departments": [{"name": "IT"}, {"name": "D"}],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"supplier": "S", "customer": "D", "defect_rate": 0.0},
            {"supplier": "D", "customer": "K", "defect_rate": 0.0},
            {"supplier": "IT", "customer": "D", "item": "help", "per_unit": 1.0, "defect_rate": 0.0},
            {
                "supplier": "IT",
                "customer": "IT",
                "item": "ring",
                "per_unit": per_unit,
                "defect_rate": defect,
                "inspection": {"detect": detect, "on_reject": "rework", "fix": 0.5, "false_alarm": 0.1},
            },
        ],
    }


def _spoilt_in_50_digits(per_unit: Any, defect: Any, detect: Any) -> Any:
    """x = n r(x): the chance that a request of a department that needs itself is bad; the least root, by bisection."""
    alarm, fix = mpmath.mpf(1) / 10, mpmath.mpf(1) / 2

    def gap(x: Any) -> Any:
        p = 1 - (1 - x) * (1 - defect)
        # the two-state equations of the formulas, written for good results and solved for them
        u_bad_keeps = detect * fix / (1 - detect * (1 - fix))
        good = (1 - p) * (1 - alarm) / (1 - (1 - p) * alarm - p * detect * (fix + (1 - fix) * u_bad_keeps))
        return per_unit * (1 - good) - x

    low, high = mpmath.mpf(0), mpmath.mpf(1) / 2
    assert gap(low) > 0 > gap(high)
    for _ in range(220):
        middle = (low + high) / 2
        low, high = (middle, high) if gap(middle) > 0 else (low, middle)
    return low


def test_a_department_that_needs_itself_has_the_slopes_of_its_fixed_point_in_50_digits() -> None:
    at = {"per_unit": 0.6, "defect": 0.05, "detect": 0.8}
    chain = _needs_itself(at["per_unit"], at["defect"], at["detect"])
    compiled = compile_chain(quietly(chain))
    n = compiled.network
    # every unit of D is spoilt with the chance x that the needs of IT spoil its help
    g = gradient(n, delivered(n, 0, bad_only=True))
    row = int(np.flatnonzero(n.pulled.giver == n.pulled.receiver)[0])
    found = {
        "per_unit": g.per_unit[n.group[row]],
        "defect": g.pulled.defect[row],
        "detect": g.pulled.detect[row],
    }
    with mpmath.workdps(60):
        exact = {name: mpmath.mpf(str(number)) for name, number in at.items()}
        step = mpmath.mpf(10) ** -15
        assert value(n, delivered(n, 0, bad_only=True)) == pytest.approx(
            float(_spoilt_in_50_digits(**exact)), rel=1e-12
        )
        for name, slope in found.items():
            up, down = (_spoilt_in_50_digits(**exact | {name: exact[name] + way * step}) for way in (1, -1))
            assert float(slope) == pytest.approx(float((up - down) / (2 * step)), rel=1e-11), name


def test_many_inputs_cost_no_division_by_zero() -> None:
    count = 500
    data = {
        "name": "inputs",
        "suppliers": [{"name": "S"}],
        "departments": [{"name": "D"}, *({"name": f"H{i}"} for i in range(count))],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"supplier": "S", "customer": "D", "defect_rate": 0},
            {"supplier": "D", "customer": "K", "defect_rate": 0},
            *(
                {
                    "supplier": f"H{i}",
                    "customer": "D",
                    "item": f"i{i}",
                    "per_unit": 1,
                    "defect_rate": 1.0 if i < 1 else 0.001,
                }
                for i in range(count)
            ),
        ],
    }
    n = compile_chain(quietly(data)).network
    g = gradient(n, delivered(n, 0, bad_only=True))
    # one input is always bad: only mending that one helps, and then all the others must be good
    assert g.pulled.defect[0] == pytest.approx(0.999 ** (count - 1), rel=1e-12)
    assert np.all(g.pulled.defect[1:] == 0.0)


def test_products_of_others_need_no_division() -> None:
    rng = np.random.default_rng(3)
    segment, values = rng.integers(0, 7, 60), rng.choice([0.0, 0.5, 0.9, 1.0], 60)
    for place, found in enumerate(products_of_others(segment, values)):
        others = (segment == segment[place]) & (np.arange(60) != place)
        assert found == pytest.approx(values[others].prod(), rel=1e-14)

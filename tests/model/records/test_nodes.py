from __future__ import annotations

import dataclasses

import pytest

import qualitychain as qc


def test_the_defaults_are_those_of_the_formulas() -> None:
    supplier, department, customer = qc.Supplier("S"), qc.Department("D"), qc.Customer("K")
    assert (supplier.rate, supplier.arrival_scv) == (None, 1.0)
    assert (department.servers, department.availability, department.mttr, department.mttr_scv) == (1, 1.0, 0.0, 1.0)
    assert (customer.tolerance, customer.opportunities, customer.deliveries_per_customer) == (0.0, 1, 1.0)


@pytest.mark.parametrize("kind", [qc.Department, qc.Customer])
def test_money_churn_and_satisfaction_are_absent_unless_given(kind: type) -> None:
    made = kind("X")
    invented = {
        f.name
        for f in dataclasses.fields(made)
        if "cost" in f.name or f.name in ("value", "churn_if_dissatisfied", "nps")
    }
    assert invented
    assert all(getattr(made, name) is None for name in invented)


def test_an_unknown_segment_is_named_with_its_near_miss() -> None:
    with pytest.raises(
        qc.ChainError,
        match=r"customer 'K': segment must be one of b2c, .*, got 'goverment'; did you mean 'government'\?",
    ):
        qc.Customer("K", segment="goverment")  # type: ignore[arg-type]


def test_availability_is_above_zero() -> None:
    with pytest.raises(qc.ChainError, match="department 'D': availability must be greater than 0 and at most 1, got 0"):
        qc.Department("D", availability=0)


def test_promoters_less_detractors_may_be_negative_but_not_below_minus_one() -> None:
    assert qc.Nps(satisfied=1, dissatisfied=-1).dissatisfied == -1
    with pytest.raises(qc.ChainError, match=r"customer 'K': nps\.satisfied must be between -1 and 1, got 2"):
        qc.Customer("K", nps={"satisfied": 2, "dissatisfied": 0})  # type: ignore[arg-type]

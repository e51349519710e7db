"""Variants side by side."""

from __future__ import annotations

import dataclasses
import math

import pytest
from support.chains import line

import qualitychain as qc


def test_before_after_and_change_stand_side_by_side() -> None:
    before = line(0.1, 0.2)
    after = qc.what_if(before, {"D1 -> Shop": {"defect_rate": 0.05}, "D1": {"servers": 2}})
    c = qc.compare(before, after)
    assert c.customers.loc[("Shop", "defect_rate")].tolist() == pytest.approx([0.28, 0.145, -0.135])
    assert c.departments.loc[("D1", "utilization")].tolist() == pytest.approx([0.5, 0.25, -0.25])
    assert c.chain.loc["rolled_throughput_yield"].tolist() == pytest.approx([0.72, 0.855, 0.135])
    assert "0.28" in c.summary()


def test_a_node_of_only_one_chain_has_no_change() -> None:
    before = line(0.1, 0.2)
    after = qc.what_if(before, {"Shop": {"name": "Store"}})
    c = qc.compare(before, after)
    assert math.isnan(c.customers.loc[("Shop", "defect_rate"), "after"])
    assert math.isnan(c.customers.loc[("Store", "defect_rate"), "change"])


def test_no_defects_before_and_after_is_no_change() -> None:
    assert qc.compare(line(0.0), line(0.0)).customers.loc[("Shop", "sigma_level"), "change"] == 0


def test_any_number_of_variants_is_compared_with_the_first() -> None:
    chains = [line(r) for r in (0.3, 0.2, 0.1)]
    c = qc.compare(*chains, names=["now", "soon", "later"])
    assert c.customers.loc[("Shop", "defect_rate"), "change: later"] == pytest.approx(-0.2)
    assert qc.compare(*chains).names == ("Line (1)", "Line (2)", "Line (3)")


def test_one_chain_or_wrong_names_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        qc.compare(line(0.1))
    with pytest.raises(ValueError, match="2 different names"):
        qc.compare(line(0.1), line(0.2), names=["same", "same"])
    with pytest.raises(ValueError, match="measure"):
        qc.compare(line(0.1), line(0.2)).plot(measure="speed")


def test_chains_of_different_time_units_are_not_put_side_by_side() -> None:
    daily = dataclasses.replace(line(0.1), time_unit="day")
    with pytest.raises(ValueError, match="time by day and by hour"):
        qc.compare(line(0.1), daily)


def test_the_plot_takes_an_axes_and_any_number_of_variants() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, ax = plt.subplots()
    assert qc.compare(line(0.1), line(0.2)).plot(ax=ax) is ax
    assert qc.compare(line(0.1), line(0.2), line(0.3)).plot(ax=plt.subplots()[1], measure="sigma_level") is not None
    plt.close("all")
    assert figure is not None

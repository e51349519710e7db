"""The yield worksheet of the flow, against product reports and products worked out by hand."""

import math
from itertools import pairwise

import pytest

import qualitychain as qc


def steps(*handoffs: qc.Handoff, customers: tuple[str, ...] = ("Shop",), **more: object) -> qc.Quality:
    """Quality of a chain whose departments are whatever the handoffs name."""
    givers = list(dict.fromkeys(h.supplier for h in handoffs))
    return qc.quality(
        qc.Chain(
            "Worksheet",
            suppliers=[qc.Supplier(givers[0], rate=1)],
            departments=[qc.Department(name) for name in givers[1:]],
            customers=[qc.Customer(name) for name in customers],
            handoffs=list(handoffs),
            **more,
        )
    )


def test_the_product_of_three_throughput_yields_is_the_one_that_minitab_prints() -> None:
    # source: Minitab support, the page on throughput yield (YTP) and rolled throughput yield (YRT)
    names = ["Stock", "A", "B", "Shop"]
    rates = [0.05, 0.16, 0.12]
    q = steps(*(qc.Handoff(a, b, defect_rate=d) for (a, b), d in zip(pairwise(names), rates, strict=True)))
    assert q.throughput_yield_product == pytest.approx(0.70224, rel=1e-12)
    assert q.rolled_throughput_yield == pytest.approx(0.70224, rel=1e-12)
    assert q.worksheet["rolled"].tolist() == pytest.approx([0.95, 0.798, 0.70224], rel=1e-12)


def test_a_step_shows_its_counts_as_a_product_report_does() -> None:
    # 34 defects on 200 units of 5 opportunities each: D/U .17, DPO .034, 34,000 DPMO, Z.lt 1.825
    q = steps(
        qc.Handoff("Stock", "A", dpo=0.034, opportunities=5),
        qc.Handoff("A", "B", sample=qc.Sample(n=200, defects=34)),
        qc.Handoff("B", "C", dpu=0.17),
        qc.Handoff("C", "Shop", defect_rate=0.17),
    )
    sheet = q.worksheet
    assert sheet["dpu"].tolist() == pytest.approx([0.17] * 4, rel=1e-12)
    assert sheet["poisson_dpu"].tolist() == pytest.approx(
        [-5 * math.log(0.966), -math.log(0.83), 0.17, -math.log(0.83)], rel=1e-12
    )
    assert sheet["opportunities"].tolist() == [5, 1, 1, 1]
    assert sheet["dpmo"].tolist() == pytest.approx([34_000, 170_000, 1e6 * -math.expm1(-0.17), 170_000], rel=1e-12)
    assert sheet["z_lt"].iloc[0] == pytest.approx(1.8250, abs=5e-5)  # normal tables: P(Z > 1.825) = .034
    assert sheet["sigma_level"].iloc[0] == sheet["z_lt"].iloc[0] + 1.5
    counted = sheet.loc["A -> B"]
    assert (counted["n"], counted["defects"]) == (200, 34)
    assert counted["lower"] < 0.17 < counted["upper"]
    assert sheet.drop(index="A -> B")[["n", "defects", "lower", "upper"]].isna().all(axis=None)


def test_pulled_inputs_count_as_one_defect_per_spoilt_unit() -> None:
    q = steps(
        qc.Handoff("Stock", "A", defect_rate=0),
        qc.Handoff("Help", "A", item="advice", per_unit=1, defect_rate=0.1),
        qc.Handoff("A", "Shop", dpu=0.2),
    )
    row = q.worksheet.loc["A -> Shop"]
    assert row["dpu"] == pytest.approx(0.2 + 0.1)
    assert row["throughput_yield"] == pytest.approx(0.9 * math.exp(-0.2))


def test_shares_at_a_split_do_not_shrink_what_is_rolled_so_far() -> None:
    q = steps(
        qc.Handoff("Stock", "A", defect_rate=0.1),
        qc.Handoff("A", "Near", share=0.75, defect_rate=0.2),
        qc.Handoff("A", "Far", share=0.25, defect_rate=0),
        customers=("Near", "Far"),
    )
    assert q.worksheet["rolled"].tolist() == pytest.approx([0.9, 0.72, 0.9], rel=1e-12)
    assert q.rolled_throughput_yield == pytest.approx(0.75 * 0.72 + 0.25 * 0.9, rel=1e-12)
    # the plain product knows nothing of shares, and is named so
    assert q.throughput_yield_product == pytest.approx(0.9 * 0.8, rel=1e-12)


def test_a_step_that_nothing_goes_through_has_no_rolled_yield_and_says_why() -> None:
    q = steps(
        qc.Handoff("Stock", "A", share=1, defect_rate=0.1),
        qc.Handoff("Stock", "Idle", share=0, defect_rate=0.1),
        qc.Handoff("A", "Shop", defect_rate=0),
        qc.Handoff("Idle", "Shop", defect_rate=0),
    )
    assert math.isnan(q.worksheet.loc["Idle -> Shop", "rolled"])
    assert q.reason_for("worksheet", "Idle -> Shop", "rolled").reason.name == "NO_WORK"
    assert q.reason_for("worksheet", "A -> Shop", "sigma_level").reason.name == "NO_DEFECTS"

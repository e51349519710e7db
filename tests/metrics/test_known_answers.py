"""Every entry of the reference file of yields and sigma levels, to the tolerance that the entry states."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from qualitychain import metrics

FILE = Path(__file__).parents[1] / "reference" / "yield_sigma.json"
ENTRIES = {entry["id"]: entry for entry in json.loads(FILE.read_text(encoding="utf-8"))["entries"]}


def entry(name):
    return ENTRIES[name]["inputs"], ENTRIES[name]["expected"], ENTRIES[name]["tolerance"]


def test_every_entry_has_a_test_here():
    tested = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in ENTRIES if f'entry("{name}")' not in tested] == []


def test_yields_of_three_steps_with_the_same_opportunities():
    given, expected, tolerance = entry("sixsigma_yield_example")
    places, defects, rework = given["opportunities"], given["defects"], given["rework"]
    steps = metrics.first_time_yield(places, np.array(defects), np.array(rework))
    assert metrics.final_yield(places, sum(defects)) == pytest.approx(expected["Yield"], abs=tolerance["Yield"])
    first_time = metrics.first_time_yield(places, sum(defects), sum(rework))
    assert first_time == pytest.approx(expected["FTY"], abs=tolerance["FTY"])
    assert metrics.rolled_throughput_yield(steps) == pytest.approx(expected["RTY"], abs=tolerance["RTY"])
    dpmo = metrics.dpmo(sum(defects), units=1, opportunities=places)
    assert dpmo == pytest.approx(expected["DPMO"], abs=tolerance["DPMO"])


def test_three_throughput_yields_roll_to_seventy_per_cent():
    given, expected, tolerance = entry("minitab_rty")
    rolled = metrics.rolled_throughput_yield(given["throughput_yields"])
    assert rolled == pytest.approx(expected["RTY"], abs=tolerance)
    assert round(rolled, 2) == expected["rounded"]
    assert 1000 * rolled == pytest.approx(expected["good_of_1000"], abs=1e-6)


def test_first_time_yield_counts_rework_as_lost():
    given, expected, tolerance = entry("isssp_step")
    first_time = metrics.first_time_yield(given["units_in"], given["scrap"], given["rework"])
    assert first_time == pytest.approx(expected["first_time_through_yield"], abs=tolerance)
    final = metrics.final_yield(given["units_in"], given["scrap"])
    assert final == pytest.approx(expected["classic_yield_out_over_in"], abs=tolerance)


def test_a_table_that_counts_both_tails():
    given, expected, _ = entry("qualityamerica_two_tail_table")
    dpmo = metrics.dpmo_from_sigma(given["sigma_level"], shift=given["shift"], tails=2)
    np.testing.assert_allclose(dpmo, expected["dpmo_exact"], rtol=1e-12)
    printed = np.array(expected["dpmo_printed"])
    assert (np.abs(dpmo - printed) <= np.where(printed < 10, 0.05, 0.5)).all()
    back = metrics.sigma_level(expected["dpmo_exact"], shift=given["shift"], tails=2)
    np.testing.assert_allclose(back, given["sigma_level"], rtol=1e-12)


def test_the_usual_table_of_one_tail():
    given, expected, _ = entry("one_tail_table")
    dpmo = metrics.dpmo_from_sigma(given["sigma_level"], shift=given["shift"])
    np.testing.assert_allclose(dpmo, expected["dpmo"], rtol=1e-12)
    np.testing.assert_allclose(1 - dpmo / 1e6, expected["yield_"], rtol=1e-12)
    unshifted = metrics.dpmo_from_sigma(given["sigma_level"], shift=0)
    np.testing.assert_allclose(unshifted, expected["dpmo_without_shift"], rtol=1e-12)


def test_sigma_levels_of_a_dpmo():
    given, expected, _ = entry("dpmo_to_sigma")
    levels = metrics.sigma_level(given["dpmo"], shift=given["shift"])
    np.testing.assert_allclose(levels, expected["sigma_short_term"], rtol=1e-12)
    np.testing.assert_allclose(metrics.sigma_level(given["dpmo"], shift=0), expected["z_long_term"], rtol=1e-12)
    np.testing.assert_allclose(metrics.z_lt(np.array(given["dpmo"]) / 1e6), expected["z_long_term"], rtol=1e-12)


def test_the_edges_of_the_range():
    given, _, _ = entry("dpmo_edge")
    assert metrics.sigma_level(given["dpmo"], shift=1.5).tolist() == [math.inf]
    assert metrics.sigma_level(1e6, shift=1.5) == -math.inf
    for wrong in (-1, 1e6 + 1, math.nan):
        with pytest.raises(ValueError, match=r"^dpmo must be between 0 and 1e"):
            metrics.sigma_level(wrong, shift=1.5)


def test_five_steps_roll():
    given, expected, tolerance = entry("rty_chain5")
    assert metrics.rolled_throughput_yield(given["yields"]) == pytest.approx(expected["RTY"], abs=tolerance)
    assert metrics.normalized_yield(given["yields"]) == pytest.approx(expected["normalized_yield"], abs=tolerance)
    assert metrics.total_dpu(given["yields"]) == pytest.approx(expected["TDPU"], abs=tolerance)


def test_the_hidden_factory_is_what_the_final_yield_hides():
    given, expected, tolerance = entry("hidden_factory")
    final = metrics.final_yield(given["units_in"], given["scrapped"])
    first_time = metrics.first_time_yield(given["units_in"], given["scrapped"], given["reworked_ok"])
    assert final == pytest.approx(expected["final_yield"], abs=tolerance)
    assert first_time == pytest.approx(expected["throughput_yield"], abs=tolerance)
    assert final - first_time == pytest.approx(expected["hidden_factory_share_of_units"], abs=tolerance)
    assert 1 - first_time / final == pytest.approx(expected["hidden_factory_of_good"], abs=tolerance)


def test_from_a_count_of_defects_to_a_sigma_level():
    given, expected, tolerance = entry("dpu_dpmo_yield")
    counts = (given["defects"], given["units"], given["opportunities_per_unit"])
    assert metrics.dpu(*counts[:2]) == pytest.approx(expected["DPU"], abs=tolerance)
    assert metrics.dpo(*counts) == pytest.approx(expected["DPO"], abs=tolerance)
    assert metrics.dpmo(*counts) == pytest.approx(expected["DPMO"], abs=1e-6)
    from_dpu = metrics.throughput_yield(metrics.dpu(*counts[:2]))
    assert from_dpu == pytest.approx(expected["yield_from_dpu_poisson"], abs=tolerance)
    level = metrics.sigma_level(metrics.dpmo(*counts), shift=1.5)
    assert level == pytest.approx(expected["sigma_with_shift"], abs=tolerance)

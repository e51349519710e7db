import dataclasses
import random

import pytest
from support.choices import carried_out, random_projects, some_chain
from support.seeds import seeds

import qualitychain as qc
from qualitychain.improvement.choose.options.projects import programme
from qualitychain.improvement.choose.search.combine import Combination


def chain(**first):
    return qc.Chain(
        "C",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D", servers=3, cycle_time="2 h")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", **(first or {"defect_rate": 0.1})),
            qc.Handoff("D", "K", defect_rate=0.2, inspection=qc.Inspection(0.8)),
        ],
    )


def project(name, target="S -> D", /, *, group=None, requires=(), **fields):
    return qc.Project(name, cost=1, changes={target: fields}, group=group, requires=requires)


def combined(projects, **first):
    return Combination(chain(**first), programme(projects)).chain_with(range(len(projects)))


def test_scales_of_several_projects_multiply():
    made = combined([project("P", defect_rate=qc.Scale(0.5)), project("Q", defect_rate=qc.Scale(0.2))])
    assert made.handoffs[0].defect_rate == pytest.approx(0.01)


def test_what_is_set_is_scaled_whichever_project_comes_first():
    scale, value = project("P", defect_rate=qc.Scale(0.5)), project("Q", defect_rate=0.04)
    assert combined([scale, value]) == combined([value, scale])
    assert combined([value, scale]).handoffs[0].defect_rate == pytest.approx(0.02)


def test_a_rate_is_scaled_after_what_states_it():
    made = combined(
        [project("P", defect_rate=qc.Scale(0.5)), project("Q", dpo=qc.Scale(0.5))], dpo=0.02, opportunities=3
    )
    assert made.handoffs[0].defect_rate == pytest.approx(0.5 * (1 - 0.99**3))


def test_counts_round_once_after_all_scales():
    made = combined([project("P", "D", servers=qc.Scale(0.7)), project("Q", "D", servers=qc.Scale(0.7))])
    assert made.departments[0].servers == 1  # 3 * 0.49, not 2 * 0.7


def test_times_scale_as_texts():
    assert combined([project("P", "D", cycle_time=qc.Scale(0.5))]).departments[0].cycle_time == "1 h"


def test_an_inspection_that_one_project_brings_is_changed_by_another_that_requires_it():
    brings = project("P", inspection=qc.Inspection(0.5, on_reject="scrap"))
    better = project("Q", inspection={"detect": qc.Scale(1.8)}, requires="P")
    made = combined([better, brings])
    assert made.handoffs[0].inspection.detect == pytest.approx(0.9)
    assert made.handoffs[0].inspection.on_reject == "scrap"


def test_fields_of_one_inspection_come_from_several_projects():
    made = combined(
        [project("P", "D -> K", inspection={"detect": 0.9}), project("Q", "D -> K", inspection={"false_alarm": 0.1})]
    )
    assert made.handoffs[1].inspection == qc.Inspection(0.9, false_alarm=0.1)


@pytest.mark.parametrize(
    ("one", "two", "words"),
    [
        ({"defect_rate": 0.1}, {"defect_rate": 0.2}, "both set defect_rate of 'D -> K'"),
        ({"defect_rate": 0.1}, {"dpu": 0.2}, "both set"),
        ({"inspection": None}, {"inspection": {"detect": 0.9}}, "both set inspection.detect"),
        ({"inspection": None}, {"inspection": {"detect": qc.Scale(0.9)}}, "which one of them removes"),
    ],
)
def test_two_projects_that_set_one_field_are_refused_unless_they_share_a_group(one, two, words):
    with pytest.raises(qc.ChainError, match="give them one group") as error:
        combined([project("P", "D -> K", **one), project("Q", "D -> K", **two)])
    assert words in str(error.value)
    assert "'P' and 'Q'" in str(error.value)
    plan = programme([project("P", "D -> K", group="g", **one), project("Q", "D -> K", group="g", **two)])
    Combination(chain(), plan)


@pytest.mark.parametrize(
    ("target", "fields", "words"),
    [
        ("S -> E", {"defect_rate": 0.1}, "did you mean 'S -> D'"),
        ("S -> D", {"defect_rat": 0.1}, "did you mean 'defect_rate'"),
        ("S -> D", {"defect_rate": 1.1}, "must be between 0 and 1"),
        ("S -> D", {"defect_rate": qc.Scale(11)}, "must be between 0 and 1"),
        ("S -> D", {"inspection": {"detect": qc.Scale(0.5)}}, "inspection"),
        ("D -> K", {"share": 0.5}, "share"),
        ("D -> K", {"inspection": {"detect": 1, "fix": 0}, "defect_rate": 1}, "ever"),
    ],
)
def test_a_change_that_breaks_the_chain_names_the_project(target, fields, words):
    with pytest.raises(qc.ChainError) as error:
        combined([project("Good", defect_rate=0.01), project("Bad one", target, **fields)])
    assert all(f.message.startswith("project 'Bad one': ") for f in error.value.faults)
    assert all(f.path[:2] == ("projects", 1) for f in error.value.faults)
    assert words in str(error.value)


def test_a_sample_that_one_project_changes_is_scaled_by_another():
    projects = [project("Halve", defect_rate=qc.Scale(0.5)), project("Count", sample={"defects": 4})]
    made = combined(projects, sample=qc.Sample(n=100, defects=10))
    assert made.handoffs[0].defect_rate == pytest.approx(0.02)


def test_projects_call_things_by_their_first_names_also_after_one_that_renames_them():
    rename = project("Rename", "D", name="Make")
    later = qc.Project(
        "ShiftedDistribution",
        cost=1,
        changes={
            "D": {"servers": 5},
            "S -> D": {"defect_rate": "x0.5"},
            "D -> K": {"inspection": {"on_reject": "rework", "rework_to": "D"}},
        },
        requires="Rename",
    )
    made = combined([rename, later])
    assert (made.departments[0].name, made.departments[0].servers) == ("Make", 5)
    assert made.handoffs[0].full_name == "S -> Make"
    assert made.handoffs[0].defect_rate == pytest.approx(0.05)
    assert made.handoffs[1].inspection.rework_to == "Make"


def test_a_name_that_only_another_project_brings_is_unknown():
    with pytest.raises(qc.ChainError, match="project 'Q': change: 'Make' is not a node or handoff") as error:
        combined([project("P", "D", name="Make"), project("Q", "Make", servers=2, requires="P")])
    assert error.value.faults[0].path == ("projects", 1, "changes", "Make")


def test_a_fault_after_a_renaming_keeps_the_place_that_the_project_names():
    with pytest.raises(qc.ChainError, match="servers must be") as error:
        combined([project("P", "D", name="Make"), project("Q", "D", servers=0, requires="P")])
    assert error.value.faults[0].path == ("projects", 1, "changes", "D", "servers")


def test_a_fault_of_the_changed_chain_is_placed_at_the_changes():
    with pytest.raises(qc.ChainError) as error:
        combined([project("P", "D -> K", share=0.5)])
    assert {f.path for f in error.value.faults} == {("projects", 0, "changes")}


def test_trial_chains_do_not_carry_the_projects_of_the_chain():
    first = chain()
    own = [project("P", defect_rate=qc.Scale(0.5)), project("Q", "D", servers=4)]
    made = dataclasses.replace(first, projects=own, budget=9)
    combination = Combination(made, programme(made.projects))
    for chosen in ((), (0,), (0, 1)):
        trial = combination.chain_with(chosen)
        assert (trial.projects, trial.budget) == ((), None)
    assert combination.chain_with(()) == first


def test_a_chain_that_warns_is_combined_without_warning_again():
    with pytest.warns(qc.ChainWarning, match="QC042"):
        made = dataclasses.replace(chain(), departments=[*chain().departments, qc.Department("Idle")], budget=1)
    assert Combination(made, programme([project("P", defect_rate=0.1)])).chain_with((0,)).handoffs[0].defect_rate == 0.1


def test_the_projects_of_a_chain_are_chosen_as_those_given():
    own = [project("P", defect_rate=qc.Scale(0.5)), project("Q", "D -> K", defect_rate=0.01, requires="P")]
    made = dataclasses.replace(chain(), projects=own, budget=2)
    kept = qc.improve(made, made.projects, budget=made.budget, objective="defect_rate")
    given = qc.improve(chain(), own, budget=2, objective="defect_rate")
    assert kept.chosen == given.chosen == ("P", "Q")
    assert kept.value == given.value


@pytest.mark.parametrize("seed", seeds(range(12)))
def test_random_projects_make_the_same_chain_as_one_change_after_the_other(seed):
    rng = random.Random(seed)
    made = some_chain(rng)
    projects = random_projects(rng, made, 6)
    combination = Combination(made, programme(projects))
    tried = 0
    for _ in range(10):
        chosen = [i for i in range(6) if rng.random() < 0.5]
        try:
            expected = carried_out(made, [projects[i] for i in chosen])
        except qc.ChainError:
            continue
        tried += 1
        before, after = qc.quality(expected), qc.quality(combination.chain_with(chosen))
        assert before.customers["defect_rate"].to_list() == pytest.approx(after.customers["defect_rate"].to_list())
    assert tried >= 2

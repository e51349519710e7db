"""What the report says, and what it never does."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from support.reports import EXAMPLE, rendered
from support.small_chains import HOSTILE, two_steps

import qualitychain as qc
from qualitychain.reporting.compute.budget import effects_affordable
from qualitychain.reporting.content.report import report, report_html
from qualitychain.reporting.map.maps import MOST_NODES

TAGS = {"img", "script", "iframe", "object", "embed", "link", "form", "base", "b", "i"}


@pytest.fixture(scope="session")
def example() -> str:
    return rendered("example")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_the_headline_says_what_each_customer_gets(example: str) -> None:
    text = Page(example).text
    for words in (
        "1.39 %",
        "about 1 in 72",
        "13,913",
        "sigma level (with a shift of 1.5)",
        "3.70",
        "Reseller",
    ):
        assert words in text
    assert "The handoff that matters most is Production -> Quality control" in text


def test_every_section_is_there(example: str) -> None:
    for section in (
        "headline", "requirements", "map", "causes", "moves", "cost", "key", "first", "quality", "lead-time",
        "value-stream", "bottleneck", "assumptions",
    ):  # fmt: skip
        assert f'<h2 id="{section}">' in example


def test_none_of_fifty_is_not_shown_as_perfection(example: str) -> None:
    text = Page(example).text
    assert "0 of 50" in text
    assert "0 % to 7.112 %" in text


def test_the_promise_to_each_customer_is_marked_judged_and_told_in_words(example: str) -> None:
    text = Page(example).text
    for words in (
        "98.97 % on time; late: about 1 in 97",
        "promise 120 + tolerance 12 hours",
        "95 % within 99.4 hours",
        "The promise of 120 + tolerance 12 hours is kept by 98.97 %; 97.6 % are on time and conforming.",
        "Of 960 deliveries per month, 9.85 are late",
        "mean lead times within",
    ):
        assert words in text.replace("\u00a0", " ")
    assert example.count('<title id="time-') == 4  # two customers, on a screen and on a phone


def test_it_is_told_where_time_goes(example: str) -> None:
    text = Page(example).text.replace("\u00a0", " ")
    assert "Of a mean lead time of 70.66 hours, somebody works on the unit for 0.6713" in text
    assert "On average 706.6 units are inside" in text
    assert "Quality control waits for it in 25 % of its visits" in text


def test_all_four_lists_and_the_ranked_remedies_are_there(example: str) -> None:
    text = Page(example).text.replace("\u00a0", " ")
    for words in (
        "Capacity of departments",
        "Where delivered units wait",
        "What fewer defects would bring",
        "4 of 6 promises between departments are broken",
        "broken: lead time",
        "1. fix quality at Production",
        "1 more server: 5 instead of 4",
    ):
        assert words in text


def test_utilization_is_the_product_of_its_causes(example: str) -> None:
    table = example[example.index("Why departments are loaded") :]
    row = table[table.index("Production") : table.index("</tr>", table.index("Production"))]
    cells = [c.replace("\u00a0%", "") for c in re.findall(r"<span>([^<]*)</span>", row)]
    used, alone, broken, redone = map(float, cells[:4])
    assert used == pytest.approx(alone * broken * redone, rel=1e-3)


def test_remedies_that_are_impossible_are_listed_with_their_reasons() -> None:
    text = Page(report_html(two_steps(rate=0.95))).text
    assert "1 more server: 2 instead of 1" in text
    assert "fix quality at Make: without any defect that leads to its work it would still be used" in text


def test_a_chain_without_times_says_what_is_missing_instead_of_empty_tables() -> None:
    chain = qc.Chain(
        "Bare",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K", promise="2 d")],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0)],
    )
    text = Page(report_html(chain)).text
    assert "K: no lead time is available, no cycle time is given for 'D'." in text
    assert "No department has a cycle time, so nothing is known of queues." in text
    assert "The mean lead time of a delivered unit is not known" in text
    assert "Queues of departments" not in text
    assert "Lead times of external customers" not in text


def test_a_chain_in_which_nothing_takes_time_is_told_in_words() -> None:
    chain = qc.Chain(
        "At once",
        suppliers=[qc.Supplier("S")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "K", defect_rate=0.1)],
    )
    assert "Nothing in the model takes time." in Page(report_html(chain)).text


def test_an_overload_leaves_the_lead_times_of_other_customers() -> None:
    chain = qc.Chain(
        "Two ways",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("Slow", cycle_time=3), qc.Department("Quick", cycle_time=0.1)],
        customers=[qc.Customer("Patient"), qc.Customer("Hasty", promise=1)],
        handoffs=[
            qc.Handoff("S", "Slow", share=0.5, defect_rate=0),
            qc.Handoff("S", "Quick", share=0.5, defect_rate=0),
            qc.Handoff("Slow", "Patient", defect_rate=0),
            qc.Handoff("Quick", "Hasty", defect_rate=0),
        ],
    )
    text = Page(report_html(chain)).text.replace("\u00a0", " ")
    assert "Patient: no lead time is available, 'Slow' cannot keep up, so its queue grows for ever." in text
    assert "99.99 % on time" in text
    assert "grows for ever" in text


def test_time_parts_that_would_take_minutes_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.reporting.compute.budget.MOST_TIME", -1.0)
    text = Page(report_html(two_steps(rate=0.95))).text
    for name in ("lead_times", "value_stream", "waiting", "remedies"):
        assert f"`qualitychain show --table {name}`" in text
    assert "What fewer defects would bring" in text


def test_progress_goes_forward_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    report_html(two_steps(), progress=lambda done, every: told.append((done, every)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
    assert len({every for _, every in told}) == 1


def test_promises_to_internal_customers_are_judged(example: str) -> None:
    rows = re.findall(r"<th scope=\"row\">([^<]*)</th>(.*?)</tr>", example, re.DOTALL)
    kept = {name: "not kept" not in cells for name, cells in rows if 'data-label="Promise"' in cells}
    assert kept["Component supplier -&gt; Procurement: component set"]
    assert not kept["Procurement -&gt; Production"]


def test_the_page_reaches_for_nothing(example: str) -> None:
    page = Page(example)
    assert not TAGS.intersection(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "srcset", "style", "action")
        if name == "href":
            assert (value or "").startswith("#")
    assert "url(" not in example
    assert "@import" not in example


def test_the_policy_allows_this_style_and_nothing_else(example: str) -> None:
    style = re.search(r"<style>(.*?)</style>", example, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;; img-src data:" in example.replace(
        "'", "&#39;"
    )


def test_the_same_chain_gives_the_same_bytes_in_another_process(example: str) -> None:
    code = (
        "import sys, qualitychain as qc\n"
        "sys.stdout.reconfigure(encoding='utf-8', newline='')\n"
        "sys.stdout.write(qc.report_html(qc.read_chain(sys.argv[1])))"
    )
    source = str(Path(qc.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, str(EXAMPLE)],
        capture_output=True, check=True, env={"PYTHONPATH": source, "PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert done.stdout.decode("utf-8") == example


def test_hostile_names_are_text_wherever_they_stand() -> None:
    page = Page(rendered("hostile"))
    assert not TAGS.intersection(page.tags)
    assert not [n for n, _ in page.attributes if n.startswith("on")]
    for name in HOSTILE:
        assert " ".join(name.split()) in page.text
    assert "49" not in re.sub(r"[0-9.,]*49[0-9.,]+|[0-9.,]+49", "", page.text)
    assert "\u2028" not in page.text


def test_the_report_is_written_whole_and_returned_as_path(tmp_path: Path) -> None:
    target = tmp_path / "r.html"
    assert report(two_steps(), target) == target
    assert target.read_text(encoding="utf-8") == rendered("two steps")


def test_a_chain_without_defects_is_told_in_words_and_not_as_infinity() -> None:
    text = Page(report_html(two_steps(defect_rate=0.0))).text
    assert "&gt;= 6.0+ (no defects in the model)" in text.replace(">=", "&gt;=")
    assert "No handoff's own defects reach this customer." in text
    assert not re.search(r"\b(inf|nan|infinity)\b", text, re.IGNORECASE)


def test_an_overloaded_department_is_stated_without_hiding_the_figures() -> None:
    text = Page(report_html(two_steps(rate=1.5))).text
    assert "No steady state" in text
    assert "demand 1.5 work units per hour, capacity 1, short by 0.5" in text
    assert "20,000" in text
    assert "150 %" in text


def test_a_requirement_that_cannot_be_judged_does_not_stop_the_report() -> None:
    chain = two_steps(requirements=[{"customer": "Shop", "measure": "on_time", "at_least": 0.9}])
    text = Page(report_html(chain)).text
    assert "0 of 1 met." in text
    assert "cannot be judged" in text
    assert "no promise is given" in text


def test_the_shift_is_the_one_asked_for() -> None:
    assert "Sigma levels with a shift of 0." in Page(report_html(two_steps(), shift=0.0)).text


def test_inputs_that_a_case_shares_are_told_in_both_readings(example: str) -> None:
    text = Page(example).text
    assert "If one draw per case served every use" in text
    assert "test software from IT support" in text


def test_a_common_cause_is_set_against_independent_draws() -> None:
    chain = qc.Chain(
        "Shared",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("A"), qc.Department("B"), qc.Department("IT")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "B", defect_rate=0.01),
            qc.Handoff("B", "K", defect_rate=0.01),
            *(qc.Handoff("IT", d, item="spec", per_unit=1, defect_rate=0.1, common_cause="case") for d in ("A", "B")),
        ],
    )
    assert "If every use were an independent draw" in Page(report_html(chain)).text


def test_a_chain_of_hundreds_stays_readable() -> None:
    count = 500
    names = [f"Step {i}" for i in range(count)]
    chain = qc.Chain(
        "Long",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department(n, cycle_time=0.1) for n in names],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", names[0], defect_rate=0),
            *(qc.Handoff(a, b, defect_rate=1e-5) for a, b in pairwise(names)),
            qc.Handoff(names[-1], "K", defect_rate=0),
        ],
    )
    page = report_html(chain)
    text = Page(page).text
    assert count > MOST_NODES
    assert "too many for a picture that can be read" in text
    assert "The first 200 of 501; `qualitychain show --format csv --table handoffs` gives all." in text
    assert "Behind the defects kept by K" in text
    assert "further handoffs matter less" in text
    assert "The 40 of 500 steps that take most" in text
    assert len(page) < 1_000_000


def test_effects_that_would_take_hours_are_left_out() -> None:
    def shared(count: int) -> qc.Chain:
        return qc.Chain(
            "Shared",
            suppliers=[qc.Supplier("S")],
            departments=[qc.Department("A"), *(qc.Department(f"IT {i}") for i in range(count))],
            customers=[qc.Customer("K")],
            handoffs=[
                qc.Handoff("S", "A", defect_rate=0.01),
                qc.Handoff("A", "K", defect_rate=0.01),
                *(
                    qc.Handoff(f"IT {i}", "A", item=f"x{i}", per_unit=1, defect_rate=0.01, common_cause="case")
                    for i in range(count)
                ),
            ],
        )

    assert effects_affordable(shared(5))
    assert not effects_affordable(shared(12))
    assert "Left out: 14 handoffs make defects" in Page(report_html(shared(12))).text


def test_a_chain_of_many_customers_counts_those_without_a_card() -> None:
    names = [f"Town {i}" for i in range(20)]
    chain = qc.Chain(
        "Wide",
        suppliers=[qc.Supplier("S")],
        customers=[qc.Customer(n) for n in names],
        departments=[qc.Department("D")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            *(qc.Handoff("D", n, share=1 / 20, defect_rate=0.01) for n in names),
        ],
    )
    text = Page(report_html(chain)).text
    assert "8 further customers are in the tables." in text


def test_the_page_reads_from_customers_to_causes_to_money_to_what_to_do(example: str) -> None:
    places = [example.index(f'<h2 id="{name}">') for name in ("headline", "causes", "cost", "first", "quality")]
    assert places == sorted(places)


def test_customers_are_told_in_units_and_in_money(example: str) -> None:
    text = plain(example)
    for words in (
        "What external customers get per month", "What may be lost per month", "Revenue at risk", "218.7",
        "no late_cost is given", "Not available, as figures are not given: NPS (no nps is given).",
    ):  # fmt: skip
        assert words in text


def test_who_made_the_defects_stands_beside_what_perfecting_it_would_bring(example: str) -> None:
    text = plain(example)
    row = text[text.index("Behind the defects kept by Consumers") :]
    assert "Production -> Quality control 36.99 % 36.99 % 0.5107 4.903" in row
    assert "it makes no delivered unit" not in text
    assert "lets the defects of others through" in text
    assert example.count('<title id="bars-') >= 8


def test_a_sign_that_surprises_is_explained(example: str) -> None:
    text = plain(example)
    assert "more defects here would look better at 'Consumers', because inspection removes them" in text


def test_the_cost_of_quality_says_what_it_lacks(example: str) -> None:
    text = plain(example)
    assert "The cost of quality is 13,885 per month" in text
    assert "Not in the total, for lack of a figure: customer 'Reseller' gives no late_cost." in text
    assert "Quality control -> Shipping inspection 4 11 43.74 54.74 6.392" in text


def test_the_chosen_projects_come_with_their_proof(example: str) -> None:
    text = plain(example)
    assert "That is proven: no other choice within the budget is better." in text
    assert '<title id="frontier-' in example


def test_promises_that_are_too_weak_are_told(example: str) -> None:
    text = plain(example)
    assert "weaker than what is needed" in text
    assert "too weak 48 hours" in text


def test_key_handoffs_are_shaded_in_a_table(example: str) -> None:
    assert re.search(r'class="figure shade9"><span>515.7</span>', example)
    assert "1. Production -&gt; Quality control" in example


def test_a_chain_without_figures_says_which_would_tell_more() -> None:
    text = plain(rendered("two steps"))
    for words in (
        "No figure of cost is given that would count, so there is no cost of quality.",
        "The chain names no project to choose from.",
        "No requirement on a customer is given",
        "late (no promise is given; no volume is given)",
    ):
        assert words in text, words


def plain(page: str) -> str:
    return Page(page).text.replace("\u00a0", " ")

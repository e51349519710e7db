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
from support.small_chains import HOSTILE, hostile_chain, two_steps

import qualitychain as qc
from qualitychain.reporting.content import MOST_NODES, effects_affordable
from qualitychain.reporting.report import report

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"
TAGS = {"img", "script", "iframe", "object", "embed", "link", "form", "base", "b", "i"}


@pytest.fixture(scope="module")
def example() -> str:
    return report(qc.read_chain(EXAMPLE))


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
        "1.21 %",
        "about 1 in 83",
        "12,096",
        "sigma level (with a shift of 1.5)",
        "3.75",
        "Reseller",
    ):
        assert words in text
    assert "The handoff that matters most is Production -> Quality control" in text


def test_every_section_is_there(example: str) -> None:
    for section in ("headline", "requirements", "map", "effects", "quality", "bottleneck", "assumptions"):
        assert f'<h2 id="{section}">' in example


def test_none_of_fifty_is_not_shown_as_perfection(example: str) -> None:
    text = Page(example).text
    assert "0 of 50" in text
    assert "0 % to 7.112 %" in text


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
        "sys.stdout.write(qc.report(qc.read_chain(sys.argv[1])))"
    )
    source = str(Path(qc.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, str(EXAMPLE)],
        capture_output=True, timeout=50, check=True, env={"PYTHONPATH": source, "PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert done.stdout.decode("utf-8") == example


def test_hostile_names_are_text_wherever_they_stand() -> None:
    page = Page(report(hostile_chain()))
    assert not TAGS.intersection(page.tags)
    assert not [n for n, _ in page.attributes if n.startswith("on")]
    for name in HOSTILE:
        assert " ".join(name.split()) in page.text
    assert "49" not in re.sub(r"[0-9.,]*49[0-9.,]+|[0-9.,]+49", "", page.text)
    assert "\u2028" not in page.text


def test_the_report_is_written_whole_and_returned_as_path(tmp_path: Path) -> None:
    target = tmp_path / "r.html"
    assert report(two_steps(), target) == target
    assert target.read_text(encoding="utf-8") == report(two_steps())


def test_a_chain_without_defects_is_told_in_words_and_not_as_infinity() -> None:
    text = Page(report(two_steps(defect_rate=0.0))).text
    assert "&gt;= 6.0+ (no defects in the model)" in text.replace(">=", "&gt;=")
    assert "No handoff's own defects reach this customer." in text
    assert not re.search(r"\b(inf|nan|infinity)\b", text, re.IGNORECASE)


def test_an_overloaded_department_is_stated_without_hiding_the_figures() -> None:
    text = Page(report(two_steps(rate=1.5))).text
    assert "No steady state" in text
    assert "demand 1.5 work units per time unit, capacity 1, short by 0.5" in text
    assert "20,000" in text
    assert "150 %" in text


def test_a_requirement_that_cannot_be_judged_does_not_stop_the_report() -> None:
    chain = two_steps(requirements=[{"customer": "Shop", "measure": "on_time", "at_least": 0.9}])
    text = Page(report(chain)).text
    assert "0 of 1 met." in text
    assert "cannot be judged" in text
    assert "not computed by this release" in text


def test_the_shift_is_the_one_asked_for() -> None:
    assert "Sigma levels with a shift of 0." in Page(report(two_steps(), shift=0.0)).text


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
    assert "If every use were an independent draw" in Page(report(chain)).text


def test_a_chain_of_thousands_stays_readable() -> None:
    count = 1500
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
    page = report(chain)
    text = Page(page).text
    assert count > MOST_NODES
    assert "too many for a picture that can be read" in text
    assert "The first 200 of 1,501; `qualitychain show --format csv --table handoffs` gives all." in text
    assert "If one handoff were perfect" in text
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
    assert "Left out: 14 handoffs make defects" in Page(report(shared(12))).text


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
    text = Page(report(chain)).text
    assert "8 further customers are in the tables." in text

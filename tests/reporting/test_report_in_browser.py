"""The report as a browser shows it: nothing runs, is fetched, overlaps or sticks out, and all is legible."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.reports import rendered

import qualitychain as qc
from qualitychain.reporting.content.report import report_html

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"
WIDTHS = (1280, 375)

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium"),
]

SMALL_TEXT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    if (['TITLE', 'DESC', 'STYLE'].includes(element.tagName.toUpperCase())) continue;
    if (element.getClientRects().length === 0) continue;
    const svg = element.closest('svg');
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (size < 11.99) found.push([walker.currentNode.data.trim().slice(0, 40), size]);
  }
  return found;
}"""

BOXES = """(selector) => [...document.querySelectorAll(selector)]
  .filter(e => e.getClientRects().length)
  .map(e => { const r = e.getBoundingClientRect();
              return [e.textContent.trim().slice(0, 40), r.left, r.top, r.right, r.bottom]; })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


def long_chain() -> qc.Chain:
    names = [f"Department of long words number {i}" for i in range(1, 13)]
    return qc.Chain(
        "Long and overloaded",
        suppliers=[qc.Supplier("Supplier", rate=20)],
        departments=[qc.Department(n, cycle_time=0.07) for n in names],
        customers=[qc.Customer("Customer")],
        handoffs=[
            qc.Handoff("Supplier", names[0], defect_rate=0.01),
            *(qc.Handoff(a, b, defect_rate=0.01) for a, b in pairwise(names)),
            qc.Handoff(names[-1], "Customer", defect_rate=0.01, inspection=qc.Inspection(0.5, rework_to=names[0])),
        ],
    )


CHAINS = {
    "example": lambda: rendered("example"),
    "two steps": lambda: rendered("two steps"),
    "hostile": lambda: rendered("hostile"),
    "long": lambda: report_html(long_chain()),
}


@pytest.fixture(scope="module", params=CHAINS)
def opened(request: pytest.FixtureRequest, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A report in the browser, opened once for all widths."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(CHAINS[request.param](), encoding="utf-8")
    page = browser.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.goto(file.as_uri())
    yield page
    page.close()


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, opened: Any) -> Any:
    """The report as wide as a desk's screen and as a phone's."""
    opened.set_viewport_size({"width": request.param, "height": 800})
    return opened


def test_the_console_stays_silent(page: Any) -> None:
    assert page.said == []


def test_nothing_is_fetched_but_the_file(page: Any) -> None:
    assert page.asked == [page.url]


def test_nothing_in_the_model_runs(page: Any) -> None:
    page.evaluate(
        "() => [...document.querySelectorAll('h1, h3, th, td, svg text')].slice(0, 80).forEach(e => "
        "['click', 'mouseover'].forEach(n => e.dispatchEvent(new MouseEvent(n, {bubbles: true}))))"
    )
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.evaluate("document.querySelectorAll('script, img, iframe, b, i').length") == 0


def test_the_page_has_no_sideways_scroll(page: Any) -> None:
    wide, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= room
    sticking_out = page.evaluate(
        "() => [...document.querySelectorAll('body *')].filter(e => e.getClientRects().length "
        "&& !e.closest('thead') && e.getBoundingClientRect().right > window.innerWidth + 1)"
        ".map(e => e.tagName + e.textContent.slice(0, 40))"
    )
    assert sticking_out == []


def test_no_text_is_smaller_than_12_pixels(page: Any) -> None:
    assert page.evaluate(SMALL_TEXT) == []


def overlaps(boxes: list[list[Any]], slack: float) -> list[tuple[str, str]]:
    found = []
    for i, (words, left, top, right, bottom) in enumerate(boxes):
        for other, a, b, c, d in boxes[i + 1 :]:
            if min(right, c) - max(left, a) > slack and min(bottom, d) - max(top, b) > slack:
                found.append((words, other))
    return found


def test_words_on_the_map_do_not_overlap(page: Any) -> None:
    boxes = page.evaluate(BOXES, "svg text")
    assert len(boxes) >= 5
    assert overlaps(boxes, 1.5) == []


def test_headings_and_paragraphs_do_not_overlap(page: Any) -> None:
    assert overlaps(page.evaluate(BOXES, "h1, h2, h3, p, caption, main li, dl"), 1.0) == []


def test_cells_of_a_table_do_not_overlap(page: Any) -> None:
    boxes = page.evaluate(BOXES, "tbody th, td")[:400]
    assert overlaps(boxes, 1.0) == []


def test_one_map_is_shown_and_has_words_for_those_who_cannot_see_it(page: Any) -> None:
    shown = page.evaluate(
        "() => [...document.querySelectorAll('section[aria-labelledby=map] .map svg')]"
        ".filter(e => e.getClientRects().length).map(e => "
        "[e.getAttribute('role'), "
        "e.getAttribute('aria-labelledby').split(' ').every(i => document.getElementById(i))])"
    )
    assert shown == [["img", True]]


def test_each_customer_with_a_lead_time_has_one_distribution_and_its_words(page: Any) -> None:
    shown = page.evaluate(
        "() => [...document.querySelectorAll('.timed')].map(card => [...card.querySelectorAll('svg')]"
        ".filter(e => e.getClientRects().length).map(e => [e.getAttribute('role'), "
        "e.getAttribute('aria-labelledby').split(' ').every(i => document.getElementById(i))]))"
    )
    assert all(card == [["img", True]] for card in shown)


def test_text_stands_out_from_its_ground(page: Any) -> None:
    lowest = page.evaluate(
        """() => {
          const light = c => { const [r, g, b] = c.match(/[0-9.]+/g).map(Number).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const ground = e => { for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
          const words = document.querySelectorAll('p, td, th, h1, h2, h3, a, dt, dd, caption');
          return Math.min(...[...words].map(e => {
            const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => x - y);
            return (b + 0.05) / (a + 0.05); })); }"""
    )
    assert lowest >= 4.5

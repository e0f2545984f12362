"""In a real browser: every page on a phone and a desk, in light and dark, for all who read it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.dashboard.conftest import OpenPage
from tests.dashboard.played import realistic
from tests.dashboard.serving import Served, served

CORP = "route53:main:corp.example."
SHOP = "route53:main:shop.example."
PAGES = [
    "/",
    f"/zone/{CORP}",
    f"/zone/{SHOP}",
    f"/diff/{SHOP}?from=newest&to=held",
    "/hub/frankfurt",
    "/hub/office",
    "/target/standby",
    "/secondary/ns-tokyo",
    "/hub/nowhere",
]
CONTRAST = 4.5  # WCAG 2.2, 1.4.3

# For each text that is seen: its colour, and the colours behind it, the outermost last.
TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const each = walker.currentNode.parentElement;
    if (!walker.currentNode.nodeValue.trim() || !each.checkVisibility()) continue;
    if (each.closest(".unseen, .skip, noscript")) continue;
    const behind = [];
    for (let at = each; at; at = at.parentElement) {
      behind.push(getComputedStyle(at).backgroundColor);
    }
    found.push([getComputedStyle(each).color, behind, walker.currentNode.nodeValue.trim()]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def run() -> Iterator[Served]:
    with served(realistic(), every=2.0) as run:
        yield run


def visit(page: Page, run: Served) -> Iterator[str]:
    for path in PAGES:
        page.goto(run.root + path)
        yield path


def test_no_page_scrolls_sideways_on_a_phone(run: Served, open_page: OpenPage) -> None:
    page = open_page(run, width=375)
    for path in visit(page, run):
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_keeps_its_contrast(run: Served, open_page: OpenPage, scheme: str) -> None:
    page = open_page(run, color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(rgb(ground)) < 0.1) == (scheme == "dark")
    for path in visit(page, run):
        texts = page.evaluate(TEXTS)
        assert len(texts) > 5
        for colour, behind, text in texts:
            there = next(rgb(each) for each in behind if not each.endswith(", 0)"))
            assert contrast(rgb(colour), there) >= CONTRAST, (path, text, colour, there)


def rgb(colour: str) -> tuple[float, ...]:
    """Read `rgb(1, 2, 3)`; what is partly transparent has no business here."""
    assert colour.startswith("rgb("), colour
    return tuple(float(part) for part in colour[4:-1].split(","))


def luminance(colour: tuple[float, ...]) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_pages_are_made_so_that_they_can_be_read_aloud(run: Served, open_page: OpenPage) -> None:
    page = open_page(run)
    for path in visit(page, run):
        assert page.locator("h1").count() == 1, path
        assert page.locator("html[lang=en]").count() == 1
        assert page.locator("main").count() == 1
        assert page.title().endswith("zonemesh")
        assert page.locator("img:not([alt])").count() == 0
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
        assert all(after - before <= 1 for before, after in pairwise(levels))
        unnamed = page.evaluate(
            """[...document.querySelectorAll("input:not([type=hidden]), button, a, select")]
               .filter(each => !(each.innerText || "").trim() && !each.labels?.length
                               && !each.getAttribute("aria-label"))
               .map(each => each.outerHTML)"""
        )
        assert unnamed == [], path
        loose = "[...document.querySelectorAll('thead th:not([scope])')].length"
        assert page.evaluate(loose) == 0
        twice = page.evaluate(
            """[...document.querySelectorAll("[id]")].map(each => each.id)
               .filter((id, at, all) => all.indexOf(id) !== at)"""
        )
        assert twice == [], path


def test_each_state_is_told_in_words_and_by_a_sign_not_by_colour_alone(
    run: Served, open_page: OpenPage
) -> None:
    page = open_page(run)
    for tag in page.locator(".tag:not(.read-only)").all():
        sign, _, word = tag.inner_text().partition("\n")
        assert (sign + word).strip("●▲✕○ \n"), tag
        assert tag.locator(".sign[aria-hidden=true]").count() == 1


def test_nothing_moves_when_a_page_is_refreshed(run: Served, open_page: OpenPage) -> None:
    page = open_page(run)
    page.evaluate(
        """() => {
          window.moved = 0;
          new PerformanceObserver(list => {
            for (const each of list.getEntries()) window.moved += each.value;
          }).observe({type: "layout-shift", buffered: false});
          window.swaps = 0;
          document.addEventListener("htmx:after:swap", () => window.swaps++);
        }"""
    )
    for ago in (3, 2, 1):
        before = page.evaluate("window.swaps")
        run.mesh.heartbeat("virginia", ago=ago)
        page.wait_for_function("before => window.swaps > before", arg=before)
    assert page.evaluate("window.moved") < 0.01


def test_no_animation_for_those_who_want_none(run: Served, open_page: OpenPage) -> None:
    page = open_page(run, reduced_motion="reduce")
    page.wait_for_selector(".dot.beat")
    assert page.evaluate("document.getAnimations().length") == 0


def test_nothing_is_asked_of_anybody_else(run: Served, open_page: OpenPage) -> None:
    page = open_page(run)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for _ in visit(page, run):
        pass
    assert asked
    assert {url for url in asked if not url.startswith(f"{run.root}/")} == set()

"""Every page of the report: quiet, without a request, accessible, on a phone and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from reports.pages.render import PAGES

if TYPE_CHECKING:
    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
EACH = pytest.mark.parametrize("name", PAGES)
PHONE, DESK = 390, 1440
PAPER = 672  # CSS pixels, of 96 to an inch: A4 less the margins of the style sheet, 178 mm
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
FAULTY = """<!doctype html><html lang="en"><title>Faulty</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'">
<script>console.warn("a warning"); setTimeout(() => { throw Error("an exception") })</script>
<img src="http://127.0.0.1:9/image.png" alt="refused">"""
CUT = """all => all.flatMap(one => {
  const faults = [];
  if (one.getBoundingClientRect().right > innerWidth) faults.push("beyond the paper");
  const inside = [...one.querySelectorAll("*")];
  if (inside.some(part => getComputedStyle(part).position === "sticky"))
    faults.push("with cells that cover others");
  for (let box = one.parentElement; box !== document.body; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== "visible") faults.push("cut by ." + box.className);
  return faults.map(fault => one.closest("[id]").id + ": " + one.tagName + " " + fault);
})"""


@EACH
def test_nothing_is_complained_of_and_nothing_fetched(visit: Visitor, name: str) -> None:
    seen = visit(name)
    for media in ("print", "screen"):
        seen.page.emulate_media(media=media)
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []


def test_a_faulty_page_would_be_noticed(visit: Visitor, tmp_path: Path) -> None:
    (tmp_path / "faulty.html").write_text(FAULTY, encoding="utf-8")
    seen = visit("faulty.html", tmp_path)
    seen.page.wait_for_timeout(100)
    text = "\n".join(seen.complaints)
    for words in ("a warning", "an exception", "Content Security Policy"):
        assert words in text


@EACH
def test_a_page_says_what_it_is(visit: Visitor, name: str) -> None:
    page = visit(name).page
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title().startswith(PAGES[name])


def test_every_link_leads_somewhere(visit: Visitor, report: Path) -> None:
    ids, links = {}, {}
    for name in PAGES:
        page = visit(name).page
        found = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
        hrefs = page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        ids[name], links[name] = set(found), [urljoin(page.url, href) for href in hrefs]
        assert len(found) == len(ids[name]), name
    for name in PAGES:
        assert links[name]
        for link in links[name]:
            parts = urlsplit(link)
            if parts.scheme == "https":  # a source of a published number
                continue
            target = Path(unquote(parts.path))
            assert parts.scheme == "file" and target.is_file(), (name, link)
            assert not parts.fragment or unquote(parts.fragment) in ids[target.name], (name, link)


@EACH
@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_no_fault(visit: Visitor, name: str, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, width=width, scheme=scheme).page
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    assert [_fault(one) for one in found] == []


def _fault(violation: dict[str, Any]) -> str:
    where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']} ({len(violation['nodes'])}: {where})"


@EACH
def test_a_phone_scrolls_only_down(visit: Visitor, name: str) -> None:
    page = visit(name).page
    for width in (PHONE, 320, 800):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_a_wide_window_shows_the_last_column_of_each_of_the_papers_tables(visit: Visitor) -> None:
    page = visit("tables.html", width=1440).page
    page.locator(".versus thead small").evaluate_all(
        "all => all.forEach(one => {"
        "one.textContent = 'memnet-small-denoise; 14,000 steps, 86 minutes, released' })"
    )
    wider = "all => all.map(one => one.scrollWidth - one.clientWidth)"
    assert max(page.locator(".scroll:has(.versus)").evaluate_all(wider)) <= 0


@EACH
def test_paper_shows_whole_tables(visit: Visitor, name: str) -> None:
    page = visit(name, width=PAPER).page
    page.emulate_media(media="print")
    assert page.locator("table, pre, img, svg:not(svg svg)").evaluate_all(CUT) == []


@EACH
def test_the_first_tab_leads_past_the_navigation(visit: Visitor, name: str) -> None:
    page = visit(name).page
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus, footer :focus").count() == 1

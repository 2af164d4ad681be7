"""What the pages can do beyond being read, and what remains of it without scripts."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest

from reports.pages.render import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
ROWS = """all => all.flatMap(table => [...table.tBodies].map(
  body => [...body.querySelectorAll("tr:not(.group)")].map(
    row => [...row.cells].map(cell => cell.innerText.trim()))))"""
VISIBLE = "all => all.map(one => one.checkVisibility())"
Rows = list[list[list[str]]]  # of each <tbody>, the cells as they are read


@pytest.fixture
def images(visit: Visitor) -> Page:
    return visit("images.html").page


@pytest.fixture
def tables(visit: Visitor) -> Page:
    return visit("tables.html").page


# Two crops over one another


def hidden_percent(page: Page) -> float:
    """What the cut hides of the left crop, which lies on top."""
    over = page.locator(".stage .over").first
    clip = over.evaluate("image => getComputedStyle(image).clipPath")
    found = re.fullmatch(r"inset\(0px ([\d.]+)% 0px 0px\)", clip)
    assert found, clip
    return float(found[1])


def test_the_cut_moves_by_key_and_by_value(images: Page) -> None:
    cut = images.get_by_role("slider").first
    assert hidden_percent(images) == 50
    cut.focus()
    images.keyboard.press("ArrowRight")
    assert hidden_percent(images) == 49
    images.keyboard.press("Home")
    assert hidden_percent(images) == 100
    cut.fill("20")
    assert hidden_percent(images) == 80
    assert cut.get_attribute("aria-valuetext").startswith("20 % target, the rest ")


def test_the_cut_follows_the_pointer(images: Page) -> None:
    stage = images.locator(".stage").first
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    images.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    assert hidden_percent(images) == 50
    images.mouse.down()
    images.mouse.move(box["x"] + box["width"] / 4, box["y"] + 5)
    assert hidden_percent(images) == 75
    images.mouse.up()
    images.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    assert hidden_percent(images) == 75


@pytest.mark.parametrize(("side", "layer"), [("Left", ".over"), ("Right", ".under")])
def test_a_choice_changes_the_image(images: Page, side: str, layer: str) -> None:
    comparison = images.locator(".comparison").first
    choice = comparison.get_by_role("combobox", name=side)
    labels = choice.locator("option").all_inner_texts()
    assert labels == ["target", "input", "MemNet M3R3, 24 features (memnet-sr), 300 steps"]
    choice.focus()
    images.keyboard.press("Home")
    for label in labels:
        shown = comparison.locator(f".stage {layer}").get_attribute("src")
        figure = comparison.locator(".crop", has_text=label)
        assert shown == figure.locator(".image").get_attribute("src")
        images.keyboard.press("ArrowDown")


def test_images_and_error_maps_are_switched(images: Page) -> None:
    figure = images.locator(".crop", has_text="memnet-sr").first
    target = images.locator(".crop", has_text="target").first
    image, error = figure.locator(".image"), figure.locator(".error")
    assert image.is_visible() and not error.is_visible()
    images.get_by_role("radio", name="images").focus()
    images.keyboard.press("ArrowRight")
    assert images.get_by_role("radio", name="error maps").is_checked()
    assert error.is_visible() and not image.is_visible()
    assert target.locator(".image").is_visible()  # it has no error
    images.keyboard.press("ArrowLeft")
    assert image.is_visible() and not error.is_visible()


def test_the_controls_follow_one_another_by_tab(images: Page) -> None:
    images.get_by_role("radio", name="images").focus()
    roles = []
    for _ in range(3):
        images.keyboard.press("Tab")
        roles.append(images.locator(":focus").evaluate("one => one.type"))
    assert roles == ["range", "select-one", "select-one"]


# Sorting


def number(text: str) -> float:
    """What a cell begins with; NaN: no number."""
    found = re.match(r"[-−]?[\d,]+(\.\d+)?", text)
    return float(found[0].replace("−", "-").replace(",", "")) if found else math.nan


def assert_ordered(rows: Rows, column: int, *, descending: bool) -> None:
    """In each group the numbers are in order, and what is no number comes last."""
    for group in rows:
        found = [number(row[column]) for row in group]
        known = [value for value in found if not math.isnan(value)]
        assert found[: len(known)] == sorted(known, reverse=descending), group


def sort(page: Page, heading: Locator) -> None:
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("name", ["tables.html", "images.html"])
def test_a_third_time_restores_the_order(visit: Visitor, name: str) -> None:
    page = visit(name).page
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    moved = 0
    for table in page.locator("table:has(thead button)").all():
        heading = table.locator("thead th").nth(1)
        before: Rows = table.evaluate_all(ROWS)
        for state in ("ascending", "descending"):
            sort(page, heading)
            assert heading.get_attribute("aria-sort") == state
            rows: Rows = table.evaluate_all(ROWS)
            assert_ordered(rows, 1, descending=state == "descending")
            assert [sorted(group) for group in rows] == [sorted(group) for group in before]
            moved += rows != before
        sort(page, heading)
        assert heading.get_attribute("aria-sort") == "none"
        assert table.evaluate_all(ROWS) == before
    assert moved > 5


# PSNR, SSIM or both


def choose(page: Page, presses: int) -> None:
    page.get_by_role("radio", name="PSNR and SSIM").focus()
    for _ in range(presses):
        page.keyboard.press("ArrowRight")


@pytest.mark.parametrize(("presses", "half"), [(1, 0), (2, -1)], ids=["PSNR", "SSIM"])
def test_a_metric_hides_exactly_the_other_numbers(tables: Page, presses: int, half: int) -> None:
    cells = tables.locator("tbody td")
    both = cells.all_inner_texts()
    assert sum("/" in text for text in both) > 100
    choose(tables, presses)
    one = cells.all_inner_texts()
    assert [text.split() for text in one] == [_without(text, half) for text in both]
    tables.keyboard.press("ArrowRight" if presses == 2 else "ArrowLeft")
    assert cells.all_inner_texts() == both


def _without(cell: str, half: int) -> list[str]:
    """Words of a cell with one number of each pair, as "37.78 / 0.9597", a pair in each line."""
    lines = re.sub(r"\s*/\s*", "/", cell).splitlines()
    return " ".join(line.split("/")[half] for line in lines).split()


def test_what_is_shown_is_what_is_sorted(tables: Page) -> None:
    table = tables.locator("#table-3 table").first
    heading = table.locator("thead th").nth(1)
    sort(tables, heading)
    by_psnr: Rows = table.evaluate_all(ROWS)
    choose(tables, 2)
    by_ssim: Rows = table.evaluate_all(ROWS)
    for rows in (by_psnr, by_ssim):
        assert_ordered(rows, 1, descending=False)
    assert [[row[0] for row in group] for group in by_psnr] == [
        [row[0] for row in reversed(group)] for group in by_ssim
    ]


# Without scripts


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_no_control_is_shown(visit: Visitor, name: str) -> None:
    seen = visit(name, scripts=False)
    controls = seen.page.locator("button, input:not(#recalled), select, fieldset")
    assert not any(controls.evaluate_all(VISIBLE))
    assert seen.complaints == []


@pytest.mark.parametrize(
    ("name", "parts"), [("tables.html", ".psnr, .ssim"), ("images.html", ".crop img")]
)
def test_without_scripts_all_is_shown(visit: Visitor, name: str, parts: str) -> None:
    plain = visit(name, scripts=False).page.locator(parts).evaluate_all(VISIBLE)
    assert len(plain) == visit(name).page.locator(parts).count() > 0
    assert all(plain)

"""PSNR image by image, and the images on which a method gains least and most."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from memnet.published.cells import load_published
from memnet.results.rows import ResultKey
from reports.pages.images import Gain, ImageTable, image_tables, shown_extremes
from reports.pages.model import Report
from reports.pages.render import render_report
from reports.pages.results import Results

PLACE = ("denoising", "s14", 50)
COLUMNS = ["method", "task", "dataset", "level", "image", "seed", "psnr"]


def scored(scores: dict[str, dict[str, list[float]]], place: tuple[str, str, int] = PLACE):
    """PSNR by method and image, a value for each seed of the noise."""
    rows = [
        (method, *place, image, seed, value)
        for method, images in scores.items()
        for image, values in images.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def tables(build: Callable[..., Report]) -> Callable[[pd.DataFrame], ImageTable]:
    """Function from scores to the table of `PLACE`."""

    def table(image_psnr: pd.DataFrame) -> ImageTable:
        report = build({"denoising": ("s14",)}, image_psnr=image_psnr)
        found = image_tables(report, Results.of(report, load_published()))
        assert [(t.task, t.dataset, t.level) for t in found] == [
            ("denoising", "s14", level) for level in (30, 50, 70)
        ]
        return found[1]

    return table


def test_a_row_is_the_mean_over_seeds(tables: Callable[[pd.DataFrame], ImageTable]) -> None:
    found = tables(
        scored(
            {
                "input": {"zebra": [14.0, 15.0], "101": [20.0, 22.0], "barbara": [10.0, 10.0]},
                "memnet-denoise": {"zebra": [16.0, 18.0], "101": [20.0, 21.0], "barbara": [17, 18]},
            }
        )
    )
    assert [column.label for column in found.columns] == ["Noisy", "memnet-denoise"]
    assert found.rows == (
        ("zebra", (14.5, 17.0)), ("101", (21.0, 20.5)), ("barbara", (10.0, 17.5))
    )  # fmt: skip
    ((column, worst, best),) = found.gains
    assert column.method == "memnet-denoise"
    assert worst == Gain("101", 21.0, 20.5)
    assert best == Gain("barbara", 10.0, 17.5)
    assert (str(worst.printed), str(best.printed)) == ("-0.50", "7.50")


def test_what_was_not_run_is_missing(tables: Callable[[pd.DataFrame], ImageTable]) -> None:
    inputs = {"input": {"a": [20.0], "b": [21.0]}}
    found = tables(scored(inputs))
    assert found.rows == (("a", (20.0, None)), ("b", (21.0, None)))
    assert found.gains[0][1:] == (None, None)
    half = tables(scored({**inputs, "memnet-denoise": {"b": [21.5]}}))
    assert half.rows == (("a", (20.0, None)), ("b", (21.0, 21.5)))
    assert half.gains[0].worst == half.gains[0].best == Gain("b", 21.0, 21.5)
    without_inputs = tables(scored({"memnet-denoise": {"b": [21.5]}}))
    assert without_inputs.rows == (("b", (None, 21.5)),)
    assert without_inputs.gains[0][1:] == (None, None)
    assert tables(scored({})).rows == ()


def test_perfect_images_are_compared_too(tables: Callable[[pd.DataFrame], ImageTable]) -> None:
    inputs = {"a": [math.inf], "b": [20.0], "c": [20.0]}
    ours = {"a": [math.inf], "b": [19.0], "c": [math.inf]}
    (gains,) = tables(scored({"input": inputs, "memnet-denoise": ours})).gains
    assert gains.worst == Gain("b", 20.0, 19.0)
    assert gains.best == Gain("c", 20.0, math.inf)
    assert gains.best.printed.is_infinite()
    assert str(Gain("a", math.inf, math.inf).printed) == "0.00"


def test_levels_that_a_method_does_not_restore_have_no_column(full: Report) -> None:
    grid = tuple(p for p in full.grid if p != ResultKey("vdsr-sr", "super_resolution", "set5", 3))
    report = replace(full, grid=grid)
    found = image_tables(report, Results.of(report, load_published()))
    by_level = {t.level: t for t in found if t.dataset == "set5"}
    assert "vdsr-sr" in [column.method for column in by_level[2].columns]
    assert "vdsr-sr" not in [column.method for column in by_level[3].columns]
    assert len(by_level[3].rows) == 6
    assert all(len(values) == 5 for _, values in by_level[3].rows)


def test_pictures_are_found_by_their_place(full: Report) -> None:
    methods = {"super_resolution": "memnet-sr", "jpeg_deblocking": "memnet-jpeg"}
    found = dict(shown_extremes(full, methods))
    assert [place[1:] for place in found] == [
        *(("super_resolution", name, level) for name in ("set5", "set14") for level in (2, 3, 4)),
        *(("jpeg_deblocking", "classic5", level) for level in (10, 20)),
    ]
    with_pictures = {place for place, pictures in found.items() if pictures}
    assert with_pictures == {ResultKey("memnet-sr", "super_resolution", "set5", 2)}
    assert found[with_pictures.pop()] == full.extremes


# The page


def page_of(report: Report, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    render_report(report, folder)
    return (folder / "images.html").read_text(encoding="utf-8")


def test_the_page_says_where_something_is_missing(full: Report, tmp_path: Path) -> None:
    page = page_of(full, tmp_path)
    promised = sum(
        place.method in ("memnet-sr", "memnet-denoise", "memnet-jpeg") for place in full.grid
    )
    assert page.count("the evaluation wrote no pictures") == promised - 1
    shown = page.split('id="extremes-1"')[1].split("</section>")[0]
    loss = '(?:<span class="verdict bad">worse than its input</span>)? '
    found = re.findall(rf"(smallest|largest) gain</span> {loss}(image-\d), 16×16 pixels", shown)
    assert found == [("smallest", "image-0"), ("largest", "image-5")]
    losses = [e.crops[2].psnr < e.crops[1].psnr for e in full.extremes]
    assert any(losses) and shown.count("worse than its input") == sum(losses)
    assert shown.count('class="crop mapped"') == 2 * 2 and shown.count('class="crop"') == 2
    assert "column 4" in shown and "27.90 dB" in shown


def test_without_results_nothing_is_made_up(full: Report, tmp_path: Path) -> None:
    nothing = replace(
        full, comparisons=(), extremes=(), image_psnr=full.image_psnr.iloc[:0], columns={}
    )
    page = page_of(nothing, tmp_path)
    for words in ("not run: no crops", "not run: no network of this profile", ", 0 images"):
        assert words in page
    runs = [place for place in full.grid if place.method != "input"]
    cells = re.findall(r'<td class="text"[^>]*><span class="none">not run</span></td>', page)
    assert len(cells) == 2 * len(runs)


def test_a_loss_is_marked(build: Callable[..., Report], tmp_path: Path) -> None:
    report = build({"denoising": ("s14",)}, comparisons=(), extremes=())
    scores = scored(
        {"input": {"a": [20.0], "b": [20.0]}, "memnet-denoise": {"a": [19.996], "b": [19.99]}}
    )
    page = page_of(replace(report, image_psnr=scores), tmp_path)
    assert page.count("−0.01 loss</span>") == 1
    assert page.count(" loss</span>") == 1  # 19.996 is printed as 20.00


def test_a_comparison_has_a_slider_of_its_crops(full: Report, tmp_path: Path) -> None:
    page = page_of(full, tmp_path)
    section = page.split('id="comparison-1"')[1].split("</section>")[0]
    selects = re.findall(r'<select class="(\w+)".*?</select>', section, re.DOTALL)
    assert selects == ["left", "right"]
    options = re.findall(r'<option value="(\d)"( selected)?>([^<]+)</option>', section)
    labels = ["target", "input", "MemNet M3R3, 24 features (memnet-sr), 300 steps"]
    assert [option[2] for option in options] == labels * 2
    assert [option[2] for option in options if option[1]] == [labels[0], labels[2]]
    assert [int(option[0]) for option in options] == [0, 1, 2] * 2
    assert section.count('class="image"') == 3 and section.count('class="error"') == 2
    alone = replace(full.comparisons[0], crops=full.comparisons[0].crops[:1])
    page = page_of(replace(full, comparisons=(alone,)), tmp_path / "alone")
    assert 'class="comparison"' in page and 'class="slider' not in page

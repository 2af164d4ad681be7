"""The chart of PSNR against weights: which networks are on it, and that no label hides another."""

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from memnet.published.cells import load_published
from reports.pages.labels import LINE, OFFSET, Spot, label_spots
from reports.pages.model import Report
from reports.pages.render import render_report
from reports.pages.results import Results
from reports.pages.tradeoff import PUBLISHED as HOLLOW
from reports.pages.tradeoff import Point, TradeOff, trade_off, trade_off_figure
from tests.records import of_others

PUBLISHED = load_published()
SR = "super_resolution"


def found_in(report: Report) -> TradeOff | None:
    return trade_off(Results.of(report, PUBLISHED), PUBLISHED, {})


def overview(report: Report, folder: Path) -> str:
    render_report(report, folder)
    return " ".join((folder / "index.html").read_text(encoding="utf-8").split())


def test_every_network_is_a_point_at_x3(bundled: Report) -> None:
    found = found_in(bundled)
    assert found is not None
    assert (found.dataset, found.level, found.left_out) == ("bundled-test", 3, {})
    summary = bundled.summary.set_index(["method", "task", "dataset", "level"]).psnr
    points = {point.label: (point.weights, point.psnr) for point in found.points}
    methods = {place.method for place in bundled.grid if place.task == SR} - {"input"}
    assert points == {m: (30500, summary[m, SR, "bundled-test", 3]) for m in methods}
    assert found.input_psnr == summary["input", SR, "bundled-test", 3]
    assert "published" not in found.budgets  # nobody has published numbers on these images


def test_published_networks_stand_beside_ours_on_the_papers_images(full: Report) -> None:
    found = found_in(full)
    assert found is not None and found.dataset == "set5"
    papers = {p.label: (p.weights, p.psnr) for p in found.points if p.spent == HOLLOW}
    assert papers == {
        "VDSR": (665_000, 33.66),
        "DRCN": (1_774_000, 33.82),
        "RED": (4_131_000, 33.82),
        "MemNet multi 291, M6R6": (676_992, 34.09),
    }


@pytest.mark.parametrize(("levels", "chosen"), [((2, 4), 4), ((2,), 2)])
def test_the_middle_level_stands_in_where_there_is_no_x3(
    full: Report, levels: tuple[int, ...], chosen: int
) -> None:
    grid = tuple(place for place in full.grid if place.level in levels)
    found = found_in(replace(full, grid=grid))
    assert found is not None and found.level == chosen
    papers = [p for p in found.points if p.spent == HOLLOW and p.label.startswith("MemNet")]
    assert [p.psnr for p in papers] == [{2: 37.78, 4: 31.74}[chosen]]


def test_what_is_no_point_is_named(full: Report, tmp_path: Path) -> None:
    grid = tuple(p for p in full.grid if (p.method, p.level) != ("drcn-sr", 3))
    summary = full.summary[full.summary.method != "memnet-nl-sr"].copy()
    summary.loc[summary.method == "memnet-ns-sr", "psnr"] = np.inf
    kinds = tuple(
        of_others("vdsr-sr", "super_resolution", "images") if r.method == "vdsr-sr" else r
        for r in full.records
    )
    report = replace(full, records=kinds, grid=grid, summary=summary)
    found = found_in(report)
    assert found is not None
    assert [point.label for point in found.points if point.spent != HOLLOW] == ["memnet-sr"]
    assert found.left_out == {
        "memnet-nl-sr": "not run",
        "memnet-ns-sr": "infinite PSNR",
        "vdsr-sr": "no number of weights",
        "drcn-sr": "not offered",
    }
    page = overview(report, tmp_path)
    assert "Left out: <code>memnet-nl-sr</code> (not run); <code>memnet-ns-sr</code> (inf" in page


@pytest.mark.parametrize("kept", ["input", "memnet-jpeg"])
def test_without_a_network_of_super_resolution_it_is_not_run(
    full: Report, tmp_path: Path, kept: str
) -> None:
    report = replace(full, summary=full.summary[full.summary.method == kept])
    assert found_in(report) is None
    assert "not run: no network of this profile has a super-resolution result" in overview(
        report, tmp_path
    )
    assert not list((tmp_path / "exports/figures").glob("weights-*"))


def test_the_figure_is_on_the_overview_and_in_the_files(full: Report, tmp_path: Path) -> None:
    page = overview(full, tmp_path)
    assert "Set5 ×3: mean PSNR against the number of convolution weights" in page
    for suffix in ("svg", "pdf"):
        assert f'href="exports/figures/weights-set5-x3.{suffix}"' in page
        assert (tmp_path / f"exports/figures/weights-set5-x3.{suffix}").is_file()
    networks = ("MemNet M3R3, 24 features (memnet-sr)", "VDSR")
    for name in (*networks, "degraded input", "300 steps"):
        assert f"{name}<" in page
    assert not re.search("#[0-9a-f]{6}", page.split("<figure>")[1].split("</figure>")[0])


CLOSE = (  # weights and PSNR that lie as near to each other as those of small networks do
    ("memnet-sr", 17952, 29.60), ("memnet-nl-sr", 16416, 29.56), ("memnet-ns-sr", 16416, 29.56),
    ("memnet-basic-sr", 17952, 29.56), ("memnet-shallow-sr", 11808, 29.53),
    ("vdsr-sr", 31536, 29.57), ("drcn-sr", 15984, 29.53),
)  # fmt: skip


@pytest.mark.parametrize("input_psnr", [28.94, 29.55, None])
@pytest.mark.parametrize("copies", [1, 4])
def test_labels_of_nearly_equal_networks_do_not_overlap(
    input_psnr: float | None, copies: int
) -> None:
    points = [
        Point(f"{name}-{copy}", weights, psnr, "300 steps")
        for name, weights, psnr in CLOSE
        for copy in range(copies)
    ]
    found = TradeOff("bundled-test", 3, tuple(points), input_psnr, {})
    svg = trade_off_figure(found).svg
    width, height = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', svg)[0])
    texts = re.findall(r'<text [^>]*?x="([^"]+)" y="([^"]+)"[^>]*>([^<]+)</text>', svg)
    spots = {label: (float(x), float(y)) for x, y, label in texts}
    names = [point.label for point in points]
    assert set(names) <= set(spots)
    ends = {name: spots[name][0] + 4.5 * len(name) for name in names}
    for a, b in combinations(names, 2):
        beside = ends[a] < spots[b][0] or ends[b] < spots[a][0]
        assert beside or abs(spots[a][1] - spots[b][1]) >= LINE - 0.01, (a, b)
    assert all(ends[name] < width and LINE / 2 < spots[name][1] < height for name in names)


def test_points_far_apart_have_their_labels_beside_them() -> None:
    spots = label_spots([Spot(10, 50, "a"), Spot(200, 40, "b")], 0, 100)
    assert spots == [Spot(10 + OFFSET, 50, "a"), Spot(200 + OFFSET, 40, "b")]


def test_a_label_gives_way_to_labels_and_points() -> None:
    points = [Spot(10, 50, "first"), Spot(10, 50, "second"), Spot(30, 50, "third")]
    spots = label_spots(points, 0, 100)
    assert {spot.y for spot in spots[:2]} == {40, 60}  # the third point stands between them
    assert all(abs(a.y - b.y) >= LINE for a, b in combinations(spots, 2))


def test_without_room_a_label_stays_at_its_point() -> None:
    spots = label_spots([Spot(10, 5, "a")] * 3, 5, 16)
    assert [spot.y for spot in spots] == [5, 16, 5]

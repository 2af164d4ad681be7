"""The page "What a budget buys", of the run's own trainings or of the committed ones."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from memnet.results.frontier import Point
from memnet.results.rows import ResultKey
from reports.pages.model import Report
from reports.pages.render import render_report
from tests.records import make_record

BUDGETS = (1e13, 3e13, 1e14, 3e14)
COMMITTED = tuple(
    Point(f"{network}-{cost:g}", name, network, kind, 0.004, 0, cost, cost, 5.0, gain, 31.0 + gain)
    for name, network, kind, gains in (
        ("MemNet M2R2, 32 features", "m2r2", "memnet", (1.0, 1.2, 1.3, 1.35)),
        ("MemNet M6R6, 64 features", "m6r6", "memnet", (0.2, 0.9, 1.5, 1.9)),
        ("VDSR, 14 layers, 48 features", "vdsr", "vdsr", (0.8, 1.1)),
    )
    for cost, gain in zip(BUDGETS, gains, strict=False)
)


def page(report: Report, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    render_report(report, folder)
    return " ".join((folder / "frontier.html").read_text(encoding="utf-8").split())


def test_without_points_it_is_not_run(full: Report, tmp_path: Path) -> None:
    assert "not run: no network has been trained for this page yet." in page(full, tmp_path)
    assert "networks of several sizes: <span" in (tmp_path / "index.html").read_text()


def test_the_committed_points_are_called_so(full: Report, tmp_path: Path) -> None:
    text = page(replace(full, frontier=COMMITTED), tmp_path)
    assert "These are committed results, not those of this run. They are judged" in text
    assert len(pd.read_csv(tmp_path / "frontier.csv")) == len(COMMITTED)
    table = text.split('id="gains"')[1].split("</table>")[0]
    assert table.count("<strong>") == 4 and "<strong>1.90</strong>" in table
    assert table.count("not run") == 2  # of VDSR
    paper = text.split('id="paper"')[1]
    assert "5,767 times the largest budget here" in paper and "the paper prints 37.78 dB" in paper


def test_three_budgets_have_no_curve(full: Report, tmp_path: Path) -> None:
    few = tuple(point for point in COMMITTED if point.budget < 3e14)
    text = page(replace(full, frontier=few), tmp_path)
    assert "It takes four budgets to fit a curve; there are 3." in text
    assert 'id="paper"' not in text


def test_a_run_shows_its_own(full: Report, tmp_path: Path) -> None:
    asked: Any = {"experiment": {"network": "n", "budget": {"steps": None, "operations": 1e13}}}
    scores = {
        "validation_psnr": {"2": 33.0, "3": 31.0},
        "validation_input_psnr": {"2": 31.0, "3": 30.0},
    }
    record = make_record("memnet-new", "super_resolution", operations=1.002e13, **scores, **asked)
    place = ResultKey("memnet-new", "super_resolution", "set5", 2)
    row = {**full.summary.iloc[0].to_dict(), **place._asdict(), "psnr": 36.5}
    report = replace(
        full, frontier=COMMITTED, profile="frontier", grid=(*full.grid, place),
        records=(*full.records, record),
        summary=pd.concat([full.summary, pd.DataFrame([row])], ignore_index=True),
    )  # fmt: skip
    assert "This run trained them." in page(report, tmp_path)
    points = pd.read_csv(tmp_path / "frontier.csv")
    assert points.method.tolist() == ["memnet-new"]
    np.testing.assert_allclose(
        points[["budget", "operations", "gain", "set5"]], [[1e13, 1.002e13, 1.5, 36.5]]
    )

"""Recipes at equal budget: who is compared with whom, and what the page says of it."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isnan
from pathlib import Path

import pandas as pd
import pytest

from memnet.results.run_record import RunRecord
from reports.pages.model import Report
from reports.pages.recipes import CURVE_COLUMNS, learned_by_task, recipe_curves_csv, recipe_studies
from reports.pages.render import render_report
from tests.records import changed, make_record
from tests.reports.conftest import make_history

SR = "super_resolution"


def trained(method: str, recipe: str, seed: int, final: float, **plan: str | float) -> RunRecord:
    """A training whose held-out images reach `final` at one level and 2 dB more at another."""
    experiment = {
        "task": SR, "network": "small", "training_set": "set", "recipe": recipe, "seed": seed,
        "learning_rate": 0.01,
    }  # fmt: skip
    return make_record(
        method, SR, experiment=experiment | plan, recipe={"batch_size": 8}, steps=1000,
        validation_psnr={"2": final + 2, "3": final},
        validation_input_psnr={"2": 29.5, "3": 27.5},
    )  # fmt: skip


@pytest.fixture
def study(bundled: Report) -> Callable[[Mapping[str, list[float]]], Report]:
    """A report of trainings: the final PSNR of each seed by recipe."""

    def build(recipes: Mapping[str, list[float]]) -> Report:
        records = [
            trained(f"{recipe}-{seed}", recipe, seed, final)
            for recipe, finals in recipes.items()
            for seed, final in enumerate(finals)
        ]
        histories = {
            r.method: make_history().assign(seconds=lambda h: h["step"] / 5) for r in records
        }
        return replace(bundled, records=tuple(records), histories=histories, gate_norms={})

    return build


Study = Callable[[Mapping[str, list[float]]], Report]


def page(report: Report, folder: Path) -> str:
    render_report(report, folder)
    return " ".join((folder / "training.html").read_text(encoding="utf-8").split())


def test_the_best_recipe_comes_first_with_its_margin(study: Study, tmp_path: Path) -> None:
    report = study({"paper": [26.0, 26.5], "modern": [28.0, 28.2, 28.4]})
    (found,) = recipe_studies(report)
    assert [row.plan.recipe for row in found.rows] == ["modern", "paper"]
    assert found.rows[0].final == pytest.approx({0: 29.0, 1: 29.2, 2: 29.4})
    assert found.rows[0].mean == pytest.approx(29.2)
    assert found.rows[0].spread == pytest.approx(0.2)
    assert found.rows[0].pixels == 1000 * 8 * 32 * 32
    assert found.rows[0].input_psnr == 28.5
    assert found.margin == pytest.approx(29.0 - 27.5)
    text = page(report, tmp_path)
    assert (
        "Every seed of <strong>modern</strong> lies above every seed of paper, by 1.50 dB" in text
    )
    assert "29.20 ± 0.20" in text and "+0.70" in text and "−1.25" in text


def test_seeds_that_overlap_have_no_winner(study: Study, tmp_path: Path) -> None:
    report = study({"a": [28.0, 28.4], "b": [28.3, 27.0]})
    assert recipe_studies(report)[0].margin == pytest.approx(-0.3)
    assert "The seeds of a and b overlap: no winner." in page(report, tmp_path)


def test_a_recipe_at_two_rates_is_no_rival_of_its_own(study: Study, tmp_path: Path) -> None:
    report = study({"modern": [28.0, 28.2], "paper": [26.0, 26.5]})
    slow = [trained(f"slow-{s}", "modern", s, 27.0 + s, learning_rate=0.001) for s in (0, 1)]
    histories = report.histories | {record.method: make_history() for record in slow}
    report = replace(report, records=(*report.records, *slow), histories=histories)
    (found,) = recipe_studies(report)
    rows = [(row.plan.recipe, row.plan.learning_rate) for row in found.rows]
    assert rows == [("modern", 0.01), ("modern", 0.001), ("paper", 0.01)]
    assert found.second is found.rows[2]
    assert found.margin == pytest.approx(29.0 - 27.5)
    assert "lies above every seed of paper, by 1.50 dB" in page(report, tmp_path)


def test_one_recipe_is_no_study(study: Study, tmp_path: Path) -> None:
    report = study({"modern": [28.0, 28.2]})
    assert recipe_studies(report) == ()
    assert "Recipes at equal budget" not in page(report, tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("task", "denoising"), ("network", "n"), ("training_set", "s")]
)
def test_only_like_is_compared_with_like(study: Study, key: str, value: str) -> None:
    report = study({"a": [28.0], "b": [28.3]})
    other = trained("b-0", "b", 0, 28.3, **{key: value})
    assert recipe_studies(replace(report, records=(report.records[0], other))) == ()


def test_without_validation_nothing_is_compared(study: Study) -> None:
    report = study({"a": [28.0], "b": [28.3]})
    records = tuple(changed(r, validation_psnr=None) for r in report.records)
    assert recipe_studies(replace(report, records=records)) == ()
    assert recipe_curves_csv(replace(report, records=records)) == ",".join(CURVE_COLUMNS) + "\n"


def test_the_seeds_of_a_recipe_are_one_training(study: Study, tmp_path: Path) -> None:
    report = study({"modern": [28.0, 28.2], "paper": [26.0]})
    (learned,) = learned_by_task(report).values()
    name = "MemNet M3R3, 24 features, 1,000 steps"
    assert {entry: found.methods for entry, found in learned.items()} == {
        f"{name} (modern-0)": ("modern-0", "modern-1"), f"{name} (paper-0)": ("paper-0",)
    }  # fmt: skip
    first = learned[f"{name} (modern-0)"]
    assert first.input_psnr == 28.5 and len(first.curves) == 2
    text = page(report, tmp_path)
    assert '<td data-label="Seeds">2</td>' in text
    assert '<td data-label="PSNR, held-out images">29.10 ± 0.14</td>' in text
    assert '<td data-label="Gain">+0.60</td>' in text


def test_a_training_without_held_out_images_is_listed(study: Study, tmp_path: Path) -> None:
    report = study({"modern": [28.0]})
    records = [changed(r, validation_psnr=None, validation_input_psnr=None) for r in report.records]
    report = replace(report, records=tuple(records))
    ((entry,),) = (found.values() for found in learned_by_task(report).values())
    assert entry.name == "MemNet M3R3, 24 features, 1,000 steps"
    assert entry.final == {} and isnan(entry.input_psnr)
    assert "not measured" in page(report, tmp_path)


def test_a_recipe_is_shown_as_text(study: Study, tmp_path: Path) -> None:
    text = page(study({"<b>": [28.0], "c&d": [28.3]}), tmp_path)
    assert "<b>" not in text and "&lt;b&gt;" in text and "c&amp;d" in text


def test_curves_for_machines(study: Study) -> None:
    report = study({"a": [28.0, 28.1], "b": [28.3]})
    rows = pd.read_csv(io.StringIO(recipe_curves_csv(report)))
    assert list(rows) == list(CURVE_COLUMNS)
    assert len(rows) == 3 * len(make_history())
    assert set(zip(rows["method"], rows["recipe"], rows["seed"], strict=True)) == {
        ("a-0", "a", 0), ("a-1", "a", 1), ("b-0", "b", 0)
    }  # fmt: skip

"""Recipes compared: trainings that differ in nothing but how, and in their seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import NamedTuple

import pandas as pd

from memnet.params import Experiment, Recipe
from memnet.results.rows import rows_csv
from memnet.results.run_record import RunRecord
from reports.pages.model import Report

KEYS = ("network", "training_set", "recipe", "seed")
CURVE_COLUMNS = [
    *("method", *KEYS),
    *("step", "seconds", "loss", "validation_psnr", "validation_input_psnr"),
]


@dataclass(frozen=True)
class RecipeRow:
    """One recipe of a study.

    Attributes
    ----------
    pixels : how many were trained on, patches counted as often as they were seen
    minutes : mean over the seeds
    final : PSNR on the held-out images at the end (dB), by seed
    curves : one for each seed
    """

    recipe: str
    settings: Recipe
    learning_rate: float
    steps: int
    pixels: int
    minutes: float
    final: Mapping[int, float]
    curves: tuple[pd.DataFrame, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return fmean(self.final.values())

    @property
    def spread(self) -> float | None:
        """Standard deviation over the seeds (n - 1); None for one seed."""
        return stdev(self.final.values()) if len(self.final) > 1 else None


@dataclass(frozen=True)
class RecipeStudy:
    """The recipes that one network was trained by, the best first."""

    task: str
    network: str
    training_set: str
    input_psnr: float
    rows: tuple[RecipeRow, ...]

    @property
    def name(self) -> str:
        """Network and training set."""
        return f"{self.network} on {self.training_set}"

    @property
    def margin(self) -> float:
        """Worst seed of the best recipe above the best seed of the next one, in dB."""
        first, second = self.rows[:2]
        return min(first.final.values()) - max(second.final.values())


def recipe_studies(report: Report) -> tuple[RecipeStudy, ...]:
    """Every network that was trained by two recipes or more, on the same images."""
    groups: dict[tuple[str, str, str], dict[str, list[Training]]] = {}
    for training in _validated(report):
        plan = training.plan
        place = (plan.task, plan.network, plan.training_set)
        groups.setdefault(place, {}).setdefault(plan.recipe, []).append(training)
    return tuple(_study(place, recipes) for place, recipes in groups.items() if len(recipes) > 1)


class Training(NamedTuple):
    """A training that held images out: its record, what was asked for, and its curve."""

    record: RunRecord
    plan: Experiment
    curve: pd.DataFrame


def _validated(report: Report) -> Iterator[Training]:
    """Trainings of this profile that held images out."""
    for record in report.records:
        curve = report.histories.get(record.method)
        if curve is not None and record.experiment and record.validation_psnr is not None:
            yield Training(record, record.experiment, curve)


def _study(place: tuple[str, str, str], recipes: Mapping[str, list[Training]]) -> RecipeStudy:
    rows = sorted(map(_row, recipes.values()), key=lambda row: row.mean, reverse=True)
    first = next(iter(recipes.values()))[0].record
    return RecipeStudy(*place, _mean(first.validation_input_psnr), tuple(rows))


def _row(trainings: list[Training]) -> RecipeRow:
    record, plan, _ = trainings[0]
    recipe, steps = record.recipe, record.steps or 0
    assert recipe is not None
    return RecipeRow(
        recipe=plan.recipe,
        settings=recipe,
        learning_rate=plan.learning_rate,
        steps=steps,
        pixels=steps * recipe.batch_size * recipe.patch_size**2,
        minutes=fmean(t.record.minutes or 0 for t in trainings),
        final={t.plan.seed: _mean(t.record.validation_psnr) for t in trainings},
        curves=tuple(t.curve for t in trainings),
    )


def _mean(by_level: Mapping[str, float] | None) -> float:
    return fmean((by_level or {}).values())


def recipe_curves_csv(report: Report) -> str:
    """Curves of all trainings that held images out, for machines; one row per validation."""
    frames = [
        curve.assign(method=record.method, **{key: getattr(plan, key) for key in KEYS})
        for record, plan, curve in _validated(report)
    ]
    rows = pd.concat(frames) if frames else pd.DataFrame(columns=CURVE_COLUMNS)
    return rows_csv(rows[CURVE_COLUMNS])

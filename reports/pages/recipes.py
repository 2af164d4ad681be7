"""Trainings and their recipes, and which recipe is better: equal but for that and the seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import NamedTuple

import pandas as pd

from memnet.params import Experiment, Recipe
from memnet.results.rows import rows_csv
from memnet.results.run_record import RunRecord
from reports.claims.evidence import pixels
from reports.pages.model import Report
from reports.pages.names import training_name

KEYS = ("network", "training_set", "recipe", "seed")
CURVE_COLUMNS = [
    *("method", *KEYS),
    *("step", "seconds", "loss", "validation_psnr", "validation_input_psnr"),
]


@dataclass(frozen=True)
class RecipeRow:
    """One recipe, of a study or by itself.

    Attributes
    ----------
    pixels : how many were trained on, patches counted as often as they were seen
    minutes : mean over the seeds
    final : PSNR on the held-out images at the end (dB), by seed; empty where none was held out
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
    """What was trained: its record, what was asked for, and its curve."""

    record: RunRecord
    plan: Experiment
    curve: pd.DataFrame


class Learned(NamedTuple):
    """One network by one recipe, with all its seeds.

    `input_psnr` is that of the held-out images (dB), None where no image was held out.
    """

    name: str
    methods: tuple[str, ...]
    row: RecipeRow
    input_psnr: float | None


def learned_by_task(report: Report) -> dict[str, list[Learned]]:
    """Every training, those of one network by one recipe as one, by task; no name occurs twice."""
    groups: dict[str, list[Training]] = {}
    for training in _trainings(report):
        asked = training.plan.model_copy(update={"seed": 0}).model_dump_json()
        groups.setdefault(asked, []).append(training)
    names = [(g[0].plan.task, training_name(g[0].record)) for g in groups.values()]
    found: dict[str, list[Learned]] = {}
    for (task, name), trainings in zip(names, groups.values(), strict=True):
        methods = tuple(training.record.method for training in trainings)
        if names.count((task, name)) > 1:
            name = f"{name} ({methods[0]})"
        inputs = (t.record.validation_input_psnr for t in trainings)
        degraded = next(filter(None, inputs), None)
        entry = Learned(name, methods, _row(trainings), _mean(degraded) if degraded else None)
        found.setdefault(task, []).append(entry)
    return found


def _trainings(report: Report) -> Iterator[Training]:
    for record in report.records:
        curve = report.histories.get(record.method)
        if curve is not None and record.experiment:
            yield Training(record, record.experiment, curve)


def _validated(report: Report) -> Iterator[Training]:
    """Trainings that held images out."""
    return (t for t in _trainings(report) if t.record.validation_psnr is not None)


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
        pixels=pixels(record),
        minutes=fmean(t.record.minutes or 0 for t in trainings),
        final={
            t.plan.seed: _mean(t.record.validation_psnr)
            for t in trainings
            if t.record.validation_psnr
        },
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

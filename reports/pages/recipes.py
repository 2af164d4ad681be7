"""Trainings and their recipes, and which recipe is better: equal but for that and the seed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import nan
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


class Learned(NamedTuple):
    """One network by one recipe at one learning rate, with all its seeds.

    `name` says what was trained: two of these may share it, and `learned_by_task` then adds a
    method. `plan.seed` is 0 whatever the seeds were. `pixels` counts a patch as often as it was
    seen; `minutes` is the mean over the seeds. `final` is the PSNR (dB) of the held-out images by
    seed, `input_psnr` that of their degraded inputs: empty and NaN if no image was held out.
    """

    name: str
    methods: tuple[str, ...]
    plan: Experiment
    settings: Recipe
    steps: int
    pixels: int
    operations: float | None
    minutes: float
    final: Mapping[int, float]
    input_psnr: float
    curves: tuple[pd.DataFrame, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return fmean(self.final.values())

    @property
    def spread(self) -> float | None:
        """Standard deviation over the seeds (n - 1); None for one seed."""
        return stdev(self.final.values()) if len(self.final) > 1 else None


class RecipeStudy(NamedTuple):
    """The recipes of one network, the best first; a row for each recipe and learning rate."""

    task: str
    network: str
    training_set: str
    rows: tuple[Learned, ...]

    @property
    def name(self) -> str:
        """Network and training set."""
        return f"{self.network} on {self.training_set}"

    @property
    def second(self) -> Learned:
        """The best row of another recipe than that of the first row."""
        return next(row for row in self.rows if row.plan.recipe != self.rows[0].plan.recipe)

    @property
    def margin(self) -> float:
        """Worst seed of the first row minus best seed of `second`, in dB."""
        return min(self.rows[0].final.values()) - max(self.second.final.values())


def recipe_studies(report: Report) -> tuple[RecipeStudy, ...]:
    """Every network that was trained by two recipes or more, on the same images."""
    groups: dict[tuple[str, str, str], list[Learned]] = {}
    for entry in _learned(report):
        if entry.final:
            place = (entry.plan.task, entry.plan.network, entry.plan.training_set)
            groups.setdefault(place, []).append(entry)
    return tuple(
        RecipeStudy(*place, tuple(sorted(rows, key=lambda row: row.mean, reverse=True)))
        for place, rows in groups.items()
        if len({row.plan.recipe for row in rows}) > 1
    )


def learned_by_task(report: Report) -> dict[str, dict[str, Learned]]:
    """Every `Learned` by task and name, with its first method where two share a name."""
    entries = list(_learned(report))
    count = Counter((entry.plan.task, entry.name) for entry in entries)
    found: dict[str, dict[str, Learned]] = {}
    for entry in entries:
        task, name = entry.plan.task, entry.name
        name = f"{name} ({entry.methods[0]})" if count[task, name] > 1 else name
        found.setdefault(task, {})[name] = entry
    return found


def _learned(report: Report) -> Iterator[Learned]:
    groups: dict[Experiment, list[RunRecord]] = {}
    for record in report.records:
        if record.experiment and record.method in report.histories:
            asked = record.experiment.model_copy(update={"seed": 0})
            groups.setdefault(asked, []).append(record)
    for plan, records in groups.items():
        first, degraded = records[0], [r.validation_input_psnr for r in records]
        assert first.recipe is not None and first.steps is not None
        yield Learned(
            name=training_name(first),
            methods=tuple(record.method for record in records),
            plan=plan,
            settings=first.recipe,
            steps=first.steps,
            pixels=pixels(first),
            operations=first.operations,
            minutes=fmean(record.minutes or 0 for record in records),
            final={
                r.seed or 0: fmean(r.validation_psnr.values()) for r in records if r.validation_psnr
            },
            input_psnr=next((fmean(psnr.values()) for psnr in degraded if psnr), nan),
            curves=tuple(report.histories[record.method] for record in records),
        )


def recipe_curves_csv(report: Report) -> str:
    """Curves of all trainings that held images out, for machines; one row per validation."""
    frames = [
        report.histories[r.method].assign(
            method=r.method, **r.experiment.model_dump(include=set(KEYS))
        )
        for r in report.records
        if r.experiment and r.validation_psnr and r.method in report.histories
    ]
    rows = pd.concat(frames) if frames else pd.DataFrame(columns=CURVE_COLUMNS)
    return rows_csv(rows[CURVE_COLUMNS])

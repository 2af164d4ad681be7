"""Recipes compared: trainings that differ in nothing but how, and in their seed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

import pandas as pd

from reports.model import Report

CURVE_COLUMNS = (
    *("method", "network", "training_set", "recipe", "seed"),
    *("step", "seconds", "loss", "validation_psnr", "validation_input_psnr"),
)  # fmt: skip


@dataclass(frozen=True)
class RecipeRow:
    """One recipe of a study.

    Attributes
    ----------
    pixels : how many were trained on, patches counted as often as they were seen
    minutes : mean over the seeds
    final : PSNR on the held-out images at the end (dB), by seed
    """

    recipe: str
    settings: Mapping[str, Any]
    learning_rate: float
    steps: int
    pixels: int
    minutes: float
    final: Mapping[int, float]

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
    curves: Mapping[str, tuple[pd.DataFrame, ...]]

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
    groups: dict[tuple[str, str, str], dict[str, list[Mapping[str, Any]]]] = {}
    for run in _validated(report):
        plan = run["experiment"]
        place = (plan["task"], plan["network"], plan["training_set"])
        groups.setdefault(place, {}).setdefault(plan["recipe"], []).append(run)
    return tuple(
        _study(report, place, recipes) for place, recipes in groups.items() if len(recipes) > 1
    )


def _validated(report: Report) -> Iterable[Mapping[str, Any]]:
    """Trainings of this profile that held images out."""
    for run in report.runs:
        if run["method"] in report.histories and run["validation_psnr"] is not None:
            yield run


def _study(
    report: Report,
    place: tuple[str, str, str],
    recipes: Mapping[str, list[Mapping[str, Any]]],
) -> RecipeStudy:
    rows = sorted(map(_row, recipes.values()), key=lambda row: row.mean, reverse=True)
    first = next(iter(recipes.values()))[0]
    curves = {
        row.recipe: tuple(report.histories[run["method"]] for run in recipes[row.recipe])
        for row in rows
    }
    return RecipeStudy(*place, _mean(first["validation_input_psnr"]), tuple(rows), curves)


def _row(runs: list[Mapping[str, Any]]) -> RecipeRow:
    run = runs[0]
    recipe, plan = run["recipe"], run["experiment"]
    return RecipeRow(
        recipe=plan["recipe"],
        settings=recipe,
        learning_rate=plan["learning_rate"],
        steps=run["steps"],
        pixels=run["steps"] * recipe["batch_size"] * recipe["patch_size"] ** 2,
        minutes=fmean(r["minutes"] for r in runs),
        final={r["experiment"]["seed"]: _mean(r["validation_psnr"]) for r in runs},
    )


def _mean(by_level: Mapping[str, float]) -> float:
    return fmean(by_level.values())


def recipe_curves_csv(report: Report) -> str:
    """Curves of all trainings that held images out, for machines; one row a validation."""
    frames = [
        report.histories[run["method"]].assign(
            method=run["method"],
            **{
                key: run["experiment"][key] for key in ("network", "training_set", "recipe", "seed")
            },
        )
        for run in _validated(report)
    ]
    rows = pd.concat(frames) if frames else pd.DataFrame(columns=list(CURVE_COLUMNS))
    return rows[list(CURVE_COLUMNS)].to_csv(index=False, lineterminator="\n")

"""A method on a benchmark, as a run is made of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from memnet.results.rows import CELL_COLUMNS, summarise
from memnet.results.run_record import require
from memnet.results.scores import made_by, read_scores, score_files
from memnet.tasks import TASKS
from memnet.tracking.tracked import Point, TrackedEvaluation, metric_name

if TYPE_CHECKING:
    from memnet.params import Benchmark

SCORES = ("psnr", "ssim", "seconds")


def read_evaluation(
    results: Path, method: str, name: str, benchmark: "Benchmark", weights: str | None
) -> TrackedEvaluation:
    """Record of a method on the benchmark `name`.

    Parameters
    ----------
    benchmark : with the levels alone that the method restores
    weights : hash that the method has now; None for the degraded input

    Raises
    ------
    InputError
        When a file is missing, holds other cells, or was made with other weights.
    """
    rows, facts = read_scores(results, method, name, benchmark, weights)
    folder = score_files(results, method, name)[0].parent
    return TrackedEvaluation(
        benchmark=name,
        dataset=benchmark.dataset,
        facts=facts,
        points=list(_points(rows)),
        rows=rows,
        crops=_crops(folder / "crops", method, name, benchmark),
    )


def _points(rows: pd.DataFrame) -> Iterator[Point]:
    """Mean scores of every cell, and the mean seconds an image took."""
    summary = summarise(rows)
    seconds = rows.groupby(CELL_COLUMNS)["seconds"].mean()
    for cell in summary.assign(seconds=seconds.to_numpy()).to_dict("records"):
        for score in (*SCORES, "num_images", "num_seeds", "psnr_seed_std"):
            if pd.notna(cell[score]):
                name = metric_name(score, cell["task"], cell["dataset"], cell["level"])
                yield Point(name, float(cell[score]))


def _crops(folder: Path, method: str, name: str, benchmark: "Benchmark") -> dict[str, Path]:
    """Crops of the benchmark's showcase, if it has one, by level."""
    if benchmark.showcase is None:
        return {}
    prefix = TASKS[benchmark.task].level_prefix
    crops = {}
    for level in benchmark.levels:
        if method == "input":
            crops[f"{prefix}{level}"] = folder / f"{level}-input.png"
            crops[f"{prefix}{level}-target"] = folder / f"{level}-target.png"
        else:
            crops[f"{prefix}{level}"] = folder / f"{level}.png"
    return {key: require(path, made_by(method, name)) for key, path in crops.items()}

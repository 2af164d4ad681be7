"""What results/evaluate/ and results/calibrate/ say about a method on a benchmark."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from memnet.errors import InputError
from memnet.files import read_json
from memnet.records.record import EvaluationRecord, Point, metric_name, require
from memnet.rows import CELL_COLUMNS, IMAGE_COLUMNS, read_rows, summarise
from memnet.tasks import TASKS

if TYPE_CHECKING:
    from memnet.params import Benchmark

_FACTS = ("tiling", "engine", "device")  # how a method was evaluated
SCORES = ("psnr", "ssim", "seconds")


def read_evaluation(
    results: Path, method: str, name: str, benchmark: "Benchmark", weights: str | None
) -> EvaluationRecord:
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
    return EvaluationRecord(
        benchmark=name,
        dataset=benchmark.dataset,
        facts=facts,
        points=list(_points(rows)),
        rows=rows,
        crops=_crops(folder / "crops", method, name, benchmark),
    )


def score_files(results: Path, method: str, name: str) -> list[Path]:
    """Files that `read_scores` reads, the rows first."""
    if method == "input":
        return [results / "calibrate" / name / "rows.csv"]
    folder = results / "evaluate" / method / name
    return [folder / "rows.csv", folder / "evaluation.json"]


def read_scores(
    results: Path, method: str, name: str, benchmark: "Benchmark", weights: str | None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Scores of every image, and how they were made; parameters and errors of `read_evaluation`."""
    rows, *facts = score_files(results, method, name)
    scored = _benchmark_rows(rows, method, name, benchmark)
    return scored, {} if weights is None else _facts(facts[0], name, weights)


def scores_sha256(rows: pd.DataFrame) -> str:
    """Hash of the scores of every image, whatever the time they took."""
    scores = rows[[*IMAGE_COLUMNS, "psnr", "ssim"]].sort_values(IMAGE_COLUMNS)
    return hashlib.sha256(scores.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _stage(method: str, name: str) -> str:
    made_by = "calibrate of" if method == "input" else f"evaluate of {method} on"
    return f"stage {made_by} {name}"


def _benchmark_rows(path: Path, method: str, name: str, benchmark: "Benchmark") -> pd.DataFrame:
    """Rows of one benchmark, which must be exactly its cells."""
    stage = _stage(method, name)
    rows = read_rows(require(path, stage))
    wanted = {(method, benchmark.task, benchmark.dataset, level) for level in benchmark.levels}
    found = set(rows[CELL_COLUMNS].itertuples(index=False, name=None))
    if odd := sorted(wanted ^ found):
        what = "lacks" if odd[0] in wanted else "must not hold"
        raise InputError(
            f"{path} {what} {', '.join(map(str, odd[0]))}: run `dvc repro` to make it again "
            f"({stage})"
        )
    return rows


def _facts(path: Path, name: str, weights: str) -> dict[str, str]:
    """How a method was evaluated on the benchmark `name`."""
    facts = read_json(require(path, f"stage evaluate on {name}"))
    if lacking := [key for key in (*_FACTS, "method", "method_sha256") if key not in facts]:
        raise InputError(f"{path} lacks {lacking[0]}: delete it, then run `dvc repro`")
    if facts["method_sha256"] != weights:
        raise InputError(
            f"{path} was made with weights {facts['method_sha256']:.12}, but "
            f"{facts['method']} has {weights:.12} now: run `dvc repro` to evaluate it again"
        )
    return {fact: str(facts[fact]) for fact in _FACTS}


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
    return {key: require(path, _stage(method, name)) for key, path in crops.items()}

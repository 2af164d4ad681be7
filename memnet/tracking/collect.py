"""Records of all methods of a profile, in the order of its grid, as runs are made of them."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from memnet.params import Benchmark, Cells, Params
from memnet.results.rows import CELL_COLUMNS, INPUT, SCORE_COLUMNS, check_rows, summarise
from memnet.results.run_record import HISTORY, RECORD, RunRecord, read_record, require
from memnet.results.scores import TARGET, crop_file, made_by, read_scores, scores_sha256
from memnet.tasks import TASKS
from memnet.tracking.method import method_key, method_points, method_tags, short_params
from memnet.tracking.tracked import (
    RESULT_COLUMNS,
    Point,
    TrackedEvaluation,
    TrackedRun,
    key_of,
    metric_name,
)

SCORES = ("psnr", "ssim", "seconds")  # what methods are compared by


def collect_records(params: Params, results: str | Path = "results") -> list[TrackedRun]:
    """Records of every run that params.yaml asks for, in its order.

    Parameters
    ----------
    params : the grid, its benchmarks and experiments, and the profile and budget of every run
    results : folder with `methods/`, `evaluate/` and `calibrate/`

    Returns
    -------
    For each task of the grid one record of `input` and one per method; then one per experiment
    that is trained without being evaluated, as in a comparison of recipes.

    Raises
    ------
    InputError : a result file is missing, does not hold the levels of its benchmark, or was made
        with other weights than the method has now
    """
    wanted = [
        (task, method, cells.benchmarks)
        for task, cells in grid_cells(params)
        for method in (INPUT, *cells.methods)
    ]
    gridded = {method for _, method, _ in wanted}
    wanted += [(e.task, name, []) for name, e in params.experiments.items() if name not in gridded]
    return [_tracked(params, Path(results), *one) for one in wanted]


def grid_cells(params: Params) -> list[tuple[str, Cells]]:
    """Tasks that the grid evaluates, with their methods and benchmarks."""
    return [(task, cells) for task, cells in params.grid if cells.benchmarks]


def summarise_records(records: list[TrackedRun]) -> pd.DataFrame:
    """Results of the evaluated records, one row per cell, sorted, in `RESULT_COLUMNS`."""
    cells = [summarise(r.rows).assign(run_key=r.key) for r in records if r.rows is not None]
    return pd.concat(cells).sort_values(CELL_COLUMNS, ignore_index=True)[RESULT_COLUMNS]


def _tracked(
    params: Params, results: Path, task: str, method: str, benchmarks: list[str]
) -> TrackedRun:
    """One method, or what every method must beat, on each benchmark."""
    record: RunRecord | None = None
    history: Path | None = None
    key: str | None = None
    short = {"network": "none", "origin": "input"}
    tags = {"origin": "input", "files": "results/calibrate"}
    points: list[Point] = []
    if method != INPUT:
        folder = results / "methods" / method
        require(folder / RECORD, f"stage train, convert or adopt of {method}")
        record = read_record(folder)
        if record.trained:
            history = require(folder / HISTORY, f"stage train of {method}")
        key = method_key(params, task, record)
        short, tags = short_params(record), method_tags(record)
        points += method_points(record, history, task)
    evaluations = tuple(
        _evaluation(results, record, name, params.benchmarks[name]) for name in benchmarks
    )
    rows: pd.DataFrame | None = None
    if evaluations:
        rows = pd.concat([evaluation.rows for evaluation in evaluations], ignore_index=True)
        rows = check_rows(rows, f"{method} of {task}")
        weights = record.method_sha256 if record else None
        evaluated = [task, method, params.profile, params.budget, weights]
        key = key_of({"evaluation": evaluated, "training": key, "rows": scores_sha256(rows)})
        # counts and spreads stay with their evaluation
        scored = (point for evaluation in evaluations for point in evaluation.points)
        points += (point for point in scored if point.name.split("/")[0] in SCORES)
    assert key is not None  # the degraded input is evaluated wherever it is collected
    return TrackedRun(
        method=method, task=task, key=key, params=short, tags=tags, points=points,
        record=record, history=history, evaluations=evaluations, rows=rows,
    )  # fmt: skip


def _evaluation(
    results: Path, record: RunRecord | None, name: str, benchmark: Benchmark
) -> TrackedEvaluation:
    """A method, or the degraded input, on one benchmark."""
    rows, facts = read_scores(results, name, benchmark, record)
    method, offered = INPUT, benchmark
    if record is not None:
        method, offered = record.method, record.part_of(benchmark)
    return TrackedEvaluation(
        benchmark=name, dataset=benchmark.dataset, facts=facts, points=list(_points(rows)),
        rows=rows, crops=_crops(results, method, name, offered),
    )  # fmt: skip


def _points(rows: pd.DataFrame) -> Iterator[Point]:
    """Mean scores of every cell, and the mean seconds per image."""
    summary = summarise(rows)
    seconds = rows.groupby(CELL_COLUMNS)["seconds"].mean()
    for cell in summary.assign(seconds=seconds.to_numpy()).to_dict("records"):
        for score in (*SCORE_COLUMNS, "seconds"):
            if pd.notna(cell[score]):
                name = metric_name(score, cell["task"], cell["dataset"], cell["level"])
                yield Point(name, float(cell[score]))


def _crops(results: Path, method: str, name: str, benchmark: Benchmark) -> dict[str, Path]:
    """Crops of the benchmark's showcase, if it has one, by level."""
    shown = {"": method, "-target": TARGET} if method == INPUT else {"": method}
    prefix, stage = TASKS[benchmark.task].level_prefix, made_by(method, name)
    return {
        f"{prefix}{level}{suffix}": require(crop_file(results, of, name, level), stage)
        for level in (benchmark.levels if benchmark.showcase else ())
        for suffix, of in shown.items()
    }

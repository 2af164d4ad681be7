"""Records of all methods of a profile, in the order of its grid, as runs are made of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from memnet.params import Benchmark, Cells, Params
from memnet.results.rows import CELL_COLUMNS, INPUT, check_rows, summarise
from memnet.results.run_record import RECORD, RunRecord, read_record, require
from memnet.results.scores import made_by, read_scores, score_files, scores_sha256
from memnet.tasks import TASKS
from memnet.tracking.method import (
    full_config,
    history_file,
    method_key,
    method_points,
    method_tags,
    short_params,
    training_began,
)
from memnet.tracking.tracked import (
    RESULT_COLUMNS,
    Point,
    TrackedEvaluation,
    TrackedRun,
    key_of,
    metric_name,
)

SCORES = ("psnr", "ssim", "seconds")


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
    InputError
        When a result file is missing, does not hold the levels of its benchmark, or was made with
        other weights than the method has now.
    """
    folder = Path(results)
    records = []
    for task, cells in grid_cells(params):
        benchmarks = {name: params.benchmarks[name] for name in cells.benchmarks}
        records.append(_degraded_input(params, folder, task, benchmarks))
        records += [_method(params, folder, task, name, benchmarks) for name in cells.methods]
    gridded = {name for _, cells in grid_cells(params) for name in cells.methods}
    for name, experiment in params.experiments.items():
        if name not in gridded:
            records.append(_method(params, folder, experiment.task, name, {}))
    return records


def grid_cells(params: Params) -> list[tuple[str, Cells]]:
    """Tasks that the grid evaluates, with their methods and benchmarks."""
    return [(task, cells) for task, cells in dict(params.grid).items() if cells.benchmarks]


def summarise_records(records: list[TrackedRun]) -> pd.DataFrame:
    """Results of the evaluated records, one row per cell, sorted, in `RESULT_COLUMNS`."""
    cells = [summarise(r.rows).assign(run_key=r.key) for r in records if r.rows is not None]
    return pd.concat(cells).sort_values(CELL_COLUMNS, ignore_index=True)[RESULT_COLUMNS]


def _degraded_input(
    params: Params, results: Path, task: str, benchmarks: Mapping[str, Benchmark]
) -> TrackedRun:
    """Record of what every method must beat."""
    evaluations = _evaluations(results, None, benchmarks)
    rows = _rows(evaluations, f"input of {task}")
    return TrackedRun(
        method=INPUT,
        task=task,
        key=_key(params, task, INPUT, None, None, rows),
        params={"network": "none", "origin": "input"},
        tags={"origin": "input", "files": "results/calibrate"},
        points=list(_scores(evaluations)),
        config={},
        record=None,
        history=None,
        began=None,
        minutes=0.0,
        evaluations=evaluations,
        rows=rows,
    )


def _method(
    params: Params, results: Path, task: str, method: str, benchmarks: Mapping[str, Benchmark]
) -> TrackedRun:
    folder = results / "methods" / method
    require(folder / RECORD, f"stage train, convert or adopt of {method}")
    record = read_record(folder)
    evaluations = _evaluations(results, record, benchmarks)
    rows = _rows(evaluations, f"{method} of {task}") if evaluations else None
    key = trained = method_key(params, task, record)
    if rows is not None:
        key = _key(params, task, method, record.method_sha256, trained, rows)
    return TrackedRun(
        method=method,
        task=task,
        key=key,
        params=short_params(record),
        tags=method_tags(record),
        points=[*method_points(folder, record, task), *_scores(evaluations)],
        config=full_config(record),
        record=record,
        history=history_file(folder, record),
        began=training_began(record),
        minutes=record.minutes or 0.0,
        evaluations=evaluations,
        rows=rows,
    )


def _evaluations(
    results: Path, record: RunRecord | None, benchmarks: Mapping[str, Benchmark]
) -> tuple[TrackedEvaluation, ...]:
    """A method, or the degraded input, on each benchmark."""
    return tuple(_evaluation(results, record, *named) for named in benchmarks.items())


def _evaluation(
    results: Path, record: RunRecord | None, name: str, benchmark: Benchmark
) -> TrackedEvaluation:
    rows, facts = read_scores(results, name, benchmark, record)
    method = INPUT if record is None else record.method
    offered = benchmark if record is None else record.part_of(benchmark)
    crops = score_files(results, method, name)[0].parent / "crops"
    return TrackedEvaluation(
        benchmark=name,
        dataset=benchmark.dataset,
        facts=facts,
        points=list(_points(rows)),
        rows=rows,
        crops=_crops(crops, method, name, offered),
    )


def _points(rows: pd.DataFrame) -> Iterator[Point]:
    """Mean scores of every cell, and the mean seconds per image."""
    summary = summarise(rows)
    seconds = rows.groupby(CELL_COLUMNS)["seconds"].mean()
    for cell in summary.assign(seconds=seconds.to_numpy()).to_dict("records"):
        for score in (*SCORES, "num_images", "num_seeds", "psnr_seed_std"):
            if pd.notna(cell[score]):
                name = metric_name(score, cell["task"], cell["dataset"], cell["level"])
                yield Point(name, float(cell[score]))


def _crops(folder: Path, method: str, name: str, benchmark: Benchmark) -> dict[str, Path]:
    """Crops of the benchmark's showcase, if it has one, by level."""
    if benchmark.showcase is None:
        return {}
    prefix = TASKS[benchmark.task].level_prefix
    crops = {}
    for level in benchmark.levels:
        if method == INPUT:
            crops[f"{prefix}{level}"] = folder / f"{level}-input.png"
            crops[f"{prefix}{level}-target"] = folder / f"{level}-target.png"
        else:
            crops[f"{prefix}{level}"] = folder / f"{level}.png"
    return {key: require(path, made_by(method, name)) for key, path in crops.items()}


def _rows(evaluations: tuple[TrackedEvaluation, ...], origin: str) -> pd.DataFrame:
    return check_rows(pd.concat([e.rows for e in evaluations], ignore_index=True), origin)


def _scores(evaluations: tuple[TrackedEvaluation, ...]) -> Iterator[Point]:
    """What methods are compared by; counts and spreads stay with their evaluation."""
    for evaluation in evaluations:
        yield from (p for p in evaluation.points if p.name.split("/")[0] in SCORES)


def _key(
    params: Params,
    task: str,
    method: str,
    weights: str | None,
    trained: str | None,
    rows: pd.DataFrame,
) -> str:
    """Hash of a method's results with the configuration and the weights that gave them."""
    return key_of(
        {
            "evaluation": [task, method, params.profile, params.budget, weights],
            "training": trained,
            "rows": scores_sha256(rows),
        }
    )

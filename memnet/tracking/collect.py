"""Records of all methods of a profile, in the order of its grid, as runs are made of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from memnet.params import Benchmark, Cells, Params
from memnet.results.rows import CELL_COLUMNS, INPUT, SCORE_COLUMNS, check_rows, summarise
from memnet.results.run_record import HISTORY, RECORD, RunRecord, read_history, read_record, require
from memnet.results.scores import TARGET, crop_file, made_by, read_scores, scores_sha256
from memnet.tasks import TASKS
from memnet.tracking.tracked import (
    CURVES,
    RESULT_COLUMNS,
    Point,
    TrackedEvaluation,
    TrackedRun,
    key_of,
    metric_name,
)

SCORES = ("psnr", "ssim", "seconds")  # what methods are compared by
# Already in `network`, `budget`, `training_set` and `training_levels`, or the same in all runs of
# an experiment; the artifact config.yaml has everything.
_LEFT_OUT = {
    "network": {"kind"},
    "experiment": {"task", "network", "training_set", "budget"},
    "recipe": set[str](),
    "training_set": {"task", "dataset", "levels", "validation", "num_images"},
}


def collect_records(params: Params, results: Path = Path("results")) -> list[TrackedRun]:
    """Records of every run that params.yaml asks for, in its order.

    For each task of the grid one of `input` and one per method; then one per experiment that is
    trained but not evaluated. Errors are those of `read_scores`.
    """
    wanted = [
        (task, method, cells.benchmarks)
        for task, cells in grid_cells(params)
        for method in (INPUT, *cells.methods)
    ]
    gridded = {method for _, method, _ in wanted}
    wanted += [(e.task, name, []) for name, e in params.experiments.items() if name not in gridded]
    return [_tracked(params, results, *one) for one in wanted]


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
        key = _method_key(params, task, record)
        short, tags = short_params(record), _method_tags(record)
        points += _method_points(record, history, task)
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


def _method_key(params: Params, task: str, record: RunRecord) -> str:
    """Hash of a method's configuration, data and weights in a profile."""
    hashes = {"data_sha256": record.data_sha256, "method_sha256": record.method_sha256}
    identity = ["training", task, record.method, params.profile, params.budget]
    return key_of([*identity, full_config(record), hashes])


def full_config(record: RunRecord) -> dict[str, Any]:
    """Network, experiment, recipe and training set as they were resolved."""
    return record.model_dump(mode="json", include=set(_LEFT_OUT))


def short_params(record: RunRecord) -> dict[str, str]:
    """The settings by which methods are compared, under their last keys, which all differ."""
    config = {name: part or {} for name, part in full_config(record).items()}
    budget = config["experiment"].get("budget", {})
    values = {
        "network": record.what,
        "origin": record.kind,
        "budget": " or ".join(f"{amount} {unit}" for unit, amount in budget.items() if amount),
        "training_set": config["training_set"].get("dataset"),
        "training_levels": config["training_set"].get("levels"),
    }
    for name, left_out in _LEFT_OUT.items():
        values |= {key: value for key, value in config[name].items() if key not in left_out}
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if value not in (None, "")
    }


def _method_tags(record: RunRecord) -> dict[str, str]:
    """Where a method comes from, and what it was trained with; what is unknown gets no tag."""
    tags = {
        "network_kind": record.what,
        "origin": record.kind,
        "config_key": key_of(full_config(record)),
        "data_sha256": record.data_sha256,
        "method_sha256": record.method_sha256,
        "code_sha256": record.code_sha256,
        "mlflow.source.git.commit": record.git_commit,  # under this name the UI shows it
        "git_commit": record.git_commit,  # and under this one it can be searched
        "git_dirty": record.git_dirty,
        "files": f"results/methods/{record.method}",
        **_environment(record),
    }
    return {name: str(value) for name, value in tags.items() if value is not None}


def _environment(record: RunRecord) -> dict[str, str]:
    """Tags of the environment of a training; all values of one in which its pieces differ."""
    pieces = [piece.environment for piece in record.environments] or [record.environment or {}]
    return {
        f"environment.{name}": ", ".join(dict.fromkeys(str(piece[name]) for piece in pieces))
        for name in pieces[-1]
    }


def _method_points(record: RunRecord, history: Path | None, task: str) -> Iterator[Point]:
    """Totals of a method, and its curves if it was trained here."""
    for name in ("num_parameters", "num_conv_weights", "steps", "epochs", "minutes"):
        if (total := getattr(record, name)) is not None:
            yield Point(name, total)
    for name in ("validation_psnr", "validation_input_psnr"):
        for level, value in (getattr(record, name) or {}).items():
            yield Point(f"{name}/{TASKS[task].level_prefix}{level}", value)
    if history is not None:
        for row in read_history(history.parent).to_dict("records"):
            for name in CURVES:
                if pd.notna(row[name]):
                    yield Point(name, row[name], int(row["step"]), row["seconds"])

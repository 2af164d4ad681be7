"""Results read back from MLflow, for the report."""

import math
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd

from memnet.results.rows import CELL_COLUMNS
from memnet.tracking.collect import grid_cells
from memnet.tracking.store import (
    PARENT,
    experiment_of,
    open_store,
    profile_runs,
)
from memnet.tracking.tracked import RESULT_COLUMNS, metric_name

if TYPE_CHECKING:
    from mlflow.entities import Run

    from memnet.params import Params


def read_results(params: "Params", uri: str) -> pd.DataFrame:
    """Results of the grid's methods, read back from MLflow.

    Returns
    -------
    One row per method, task, dataset and level, sorted, with the mean scores of
    `memnet.results.rows.summarise` and the key of the run they come from. A cell that MLflow lacks
    is left out: whether it should have it, the files say (`memnet.results.rows.cross_check`).
    """
    cells = []
    with open_store(uri) as client:
        for task, grid in grid_cells(params):
            runs = profile_runs(client, experiment_of(client, task, uri), params.profile)
            found = _evaluations(runs)
            for method in ["input", *grid.methods]:
                for name in grid.benchmarks:
                    run = found.get((method, name))
                    if run is None:
                        continue
                    benchmark = params.benchmarks[name]
                    for level in benchmark.levels:
                        if metric_name("psnr", task, benchmark.dataset, level) in run.data.metrics:
                            cells.append(_read_cell(run, task, benchmark.dataset, level))
    frame = pd.DataFrame(cells, columns=RESULT_COLUMNS)
    return frame.sort_values(CELL_COLUMNS, ignore_index=True)


def _evaluations(runs: list["Run"]) -> dict[tuple[str, str], "Run"]:
    """Children of complete runs, by method and benchmark."""
    complete = {run.info.run_id for run in runs if "complete" in run.data.tags}
    return {
        (run.data.tags["method"], run.data.tags["benchmark"]): run
        for run in runs
        if run.data.tags.get(PARENT) in complete
    }


def _read_cell(run: "Run", task: str, dataset: str, level: int) -> dict[str, Any]:
    """One row of `read_results`."""
    tags = run.data.tags
    values: dict[str, Any] = {}
    for column in RESULT_COLUMNS[len(CELL_COLUMNS) : -1]:
        name = metric_name(column, task, dataset, level)
        values[column] = _from_store(run.data.metrics.get(name, math.nan))
    for column in ("num_images", "num_seeds"):
        values[column] = int(values[column])
    cell = {"method": tags["method"], "task": task, "dataset": dataset, "level": level}
    return {**cell, **values, "run_key": tags["run_key"]}


def _from_store(value: float) -> float:
    """Value of a metric: SQL has no infinity, so MLflow keeps the greatest float in its place."""
    return math.inf if value >= sys.float_info.max else value

"""Results read back from MLflow, for the report."""

import math
import sys
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd

from memnet.params import Benchmark, Params
from memnet.results.rows import CELL_COLUMNS, INPUT, SCORE_COLUMNS, ResultKey
from memnet.tracking.collect import grid_cells
from memnet.tracking.store import PARENT, experiment_of, open_store, profile_runs
from memnet.tracking.tracked import RESULT_COLUMNS, metric_name

if TYPE_CHECKING:
    from mlflow.entities import Run


def read_results(params: Params, uri: str) -> pd.DataFrame:
    """Results of the grid's methods as MLflow has them, a row per cell, in `RESULT_COLUMNS`.

    A cell that MLflow lacks is left out; `cross_check` with the files finds it.
    """
    cells: list[dict[str, Any]] = []
    with open_store(uri) as client:
        for task, grid in grid_cells(params):
            runs = profile_runs(client, experiment_of(client, task, uri), params.profile)
            complete = {run.info.run_id for run in runs if "complete" in run.data.tags}
            evaluations = {
                (run.data.tags["method"], run.data.tags["benchmark"]): run
                for run in runs
                if run.data.tags.get(PARENT) in complete
            }
            for method, name in product((INPUT, *grid.methods), grid.benchmarks):
                if run := evaluations.get((method, name)):
                    cells += _cells(run, params.benchmarks[name])
    frame = pd.DataFrame(cells, columns=RESULT_COLUMNS)
    frame = frame.astype({"num_images": int, "num_seeds": int})
    return frame.sort_values(CELL_COLUMNS, ignore_index=True)


def _cells(run: "Run", benchmark: Benchmark) -> Iterator[dict[str, Any]]:
    """Rows of `read_results`, one for each level that a run has."""
    tags, metrics = run.data.tags, run.data.metrics
    for level in benchmark.levels:
        place = (benchmark.task, benchmark.dataset, level)
        scores = {
            column: metrics.get(metric_name(column, *place), math.nan) for column in SCORE_COLUMNS
        }
        if not math.isnan(scores["psnr"]):
            if scores["psnr"] >= sys.float_info.max:  # what MLflow keeps for infinity in SQL
                scores["psnr"] = math.inf
            cell = ResultKey(tags["method"], *place)._asdict()
            yield {**cell, **scores, "run_key": tags["run_key"]}

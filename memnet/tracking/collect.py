"""Records of all methods of a profile, in the order of its grid."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from memnet.results.rows import CELL_COLUMNS, check_rows, summarise
from memnet.results.run_record import offered_part
from memnet.results.scores import scores_sha256
from memnet.tracking.evaluation import SCORES, read_evaluation
from memnet.tracking.method import (
    full_config,
    history_file,
    method_key,
    method_points,
    method_tags,
    read_card,
    short_params,
    training_began,
)
from memnet.tracking.tracked import RESULT_COLUMNS, Point, TrackedEvaluation, TrackedRun, key_of

if TYPE_CHECKING:
    from memnet.params import Benchmark, Cells, Params


def collect_records(params: "Params", results: str | Path = "results") -> list[TrackedRun]:
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


def grid_cells(params: "Params") -> list[tuple[str, "Cells"]]:
    """Tasks that the grid evaluates, with their methods and benchmarks."""
    return [(task, cells) for task, cells in dict(params.grid).items() if cells.benchmarks]


def summarise_records(records: list[TrackedRun]) -> pd.DataFrame:
    """Results of the evaluated records, one row per cell, sorted, in `RESULT_COLUMNS`."""
    cells = [summarise(r.rows).assign(run_key=r.key) for r in records if r.rows is not None]
    return pd.concat(cells).sort_values(CELL_COLUMNS, ignore_index=True)[RESULT_COLUMNS]


def _degraded_input(
    params: "Params", results: Path, task: str, benchmarks: Mapping[str, "Benchmark"]
) -> TrackedRun:
    """Record of what every method must beat."""
    evaluations = tuple(
        read_evaluation(results, "input", name, benchmark, None)
        for name, benchmark in benchmarks.items()
    )
    rows = _rows(evaluations, f"input of {task}")
    return TrackedRun(
        method="input",
        task=task,
        key=_key(params, task, "input", None, None, rows),
        params={"network": "none", "origin": "input"},
        tags={"origin": "input", "files": "results/calibrate"},
        points=list(_scores(evaluations)),
        config={},
        card=None,
        history=None,
        began=None,
        minutes=0.0,
        evaluations=evaluations,
        rows=rows,
    )


def _method(
    params: "Params",
    results: Path,
    task: str,
    method: str,
    benchmarks: Mapping[str, "Benchmark"],
) -> TrackedRun:
    folder = results / "methods" / method
    run = read_card(folder, method)
    weights = run["method_sha256"]
    evaluations = tuple(
        read_evaluation(results, method, name, offered_part(benchmark, run), weights)
        for name, benchmark in benchmarks.items()
    )
    rows = _rows(evaluations, f"{method} of {task}") if evaluations else None
    trained = method_key(params, task, run)
    return TrackedRun(
        method=method,
        task=task,
        key=trained if rows is None else _key(params, task, method, weights, trained, rows),
        params=short_params(run),
        tags=method_tags(run),
        points=[*method_points(folder, run, task), *_scores(evaluations)],
        config=full_config(run),
        card=run,
        history=history_file(folder, run),
        began=training_began(run),
        minutes=run["minutes"] or 0.0,
        evaluations=evaluations,
        rows=rows,
    )


def _rows(evaluations: tuple[TrackedEvaluation, ...], origin: str) -> pd.DataFrame:
    return check_rows(pd.concat([e.rows for e in evaluations], ignore_index=True), origin)


def _scores(evaluations: tuple[TrackedEvaluation, ...]) -> Iterator[Point]:
    """What methods are compared by; counts and spreads stay with their evaluation."""
    for evaluation in evaluations:
        yield from (p for p in evaluation.points if p.name.split("/")[0] in SCORES)


def _key(
    params: "Params",
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

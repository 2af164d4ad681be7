"""MLflow as a projection of files: deleting its store loses nothing, tracking brings it back."""

import logging
import math
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import pandas as pd

from memnet.errors import InputError
from memnet.records import CURVES, RESULT_COLUMNS, Point, RunRecord, grid_cells, metric_name
from memnet.rows import CELL_COLUMNS, rows_csv

if TYPE_CHECKING:  # importing mlflow takes over a second, so functions do it
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from memnet.params import Params

DEFAULT_URI = "sqlite:///mlflow.db"  # what plain `mlflow ui` reads in the project folder
ARTIFACT_FOLDER = "mlartifacts"  # not mlruns: data in there makes `mlflow ui` read that instead
SQLITE = "sqlite:///"
SCHEMES = ("sqlite", "http", "https", "postgresql", "mysql", "mssql")


def tracking_uri() -> str:
    """Where runs are kept: `MLFLOW_TRACKING_URI` if it is set, else `mlflow.db` in this folder.

    Raises
    ------
    InputError : the variable is neither a database nor a server
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI
    scheme, separator, place = uri.partition("://")
    if not separator or scheme.split("+")[0] not in SCHEMES or not place.strip("/"):
        raise InputError(
            f"MLFLOW_TRACKING_URI must be sqlite:///FILE or start with one of "
            f"{', '.join(SCHEMES)} and ://, got {uri!r}"
        )
    return uri


def upsert(
    records: list[RunRecord], profile: str, budget: str, uri: str
) -> list[tuple[RunRecord, str]]:
    """Make the runs of a profile in MLflow those of `records`.

    A run with the key of a record is left alone when it is complete. Other runs of the profile
    in the records' tasks are deleted once the new ones stand: older results, runs that a crash
    left half written, live runs that the records complete. Runs of other profiles, and runs that
    this project did not make, stay.

    Parameters
    ----------
    records : every run of the profile's grid
    profile, budget : tags of the runs
    uri : tracking URI of MLflow

    Returns
    -------
    Each record with "made" or "kept", in order.

    Raises
    ------
    InputError
        When MLflow cannot read or write its store.
    """
    done: list[tuple[RunRecord, str]] = []
    with _store(uri) as client:
        for task in dict.fromkeys(record.task for record in records):
            wanted = [record for record in records if record.task == task]
            experiment = _experiment(client, task, uri)
            kept, stale = _sort_runs(_profile_runs(client, experiment, profile), wanted)
            for record in wanted:
                if record.key not in kept:
                    _make_run(client, experiment, record, {"profile": profile, "budget": budget})
                done.append((record, "kept" if record.key in kept else "made"))
            for run in stale:
                client.delete_run(run.info.run_id)
    return done


def read_results(params: "Params", uri: str) -> pd.DataFrame:
    """Results of the grid's methods, read back from MLflow.

    Returns
    -------
    One row per method, task, dataset and level, sorted, with the mean scores of
    `memnet.rows.summarise` and the key of the run they come from. A cell that MLflow lacks, such
    as a level that its method does not restore, is left out.

    Raises
    ------
    InputError
        When MLflow lacks a method of the grid.
    """
    cells = []
    with _store(uri) as client:
        for task, grid in grid_cells(params):
            runs = _profile_runs(client, _experiment(client, task, uri), params.profile)
            by_method = {
                run.data.tags["method"]: run
                for run in runs
                if run.data.tags.get("kind") == "evaluation" and "complete" in run.data.tags
            }
            for method in ["input", *grid.methods]:
                if method not in by_method:
                    raise InputError(
                        f"MLflow ({uri}) has no evaluation of {method} for {task} in the profile "
                        f"{params.profile}: run `dvc repro track`"
                    )
                run = by_method[method]
                for benchmark in (params.benchmarks[name] for name in grid.benchmarks):
                    for level in benchmark.levels:
                        if metric_name("psnr", task, benchmark.dataset, level) in run.data.metrics:
                            cells.append(_read_cell(run, task, benchmark.dataset, level))
    frame = pd.DataFrame(cells, columns=RESULT_COLUMNS)
    return frame.sort_values(CELL_COLUMNS, ignore_index=True)


class LiveRun:
    """Curves of a training under way, which `upsert` replaces by the finished run.

    The first `log` makes the run and deletes an older live one of the same method and profile. A
    fault of MLflow warns once and ends the curves, never the training; so does mlflow that is not
    installed (a bare GPU machine). A step that was logged already adds nothing, so that a training
    may call as often as it likes.
    """

    def __init__(self, method: str, task: str, profile: str, uri: str) -> None:
        self._tags = {"kind": "training", "method": method, "profile": profile, "live": "true"}
        self._task = task
        self._uri = uri
        self._run_id: str | None = None
        self._open = True
        self._last_step = -1

    def log(self, step: int, values: Mapping[str, float | None]) -> None:
        """Add a point to each of `CURVES`; None and NaN stand for "not measured"."""
        if not self._open or step <= self._last_step:
            return
        self._last_step = step
        measured = {name: value for name in CURVES if (value := values.get(name)) is not None}
        try:
            with _store(self._uri) as client:
                if self._run_id is None:
                    self._run_id = self._start(client)
                points = [Point(n, v, step) for n, v in measured.items() if not math.isnan(v)]
                _log_points(client, self._run_id, points, int(time() * 1000))
        except ImportError as error:
            self._open = False
            print(f"training goes on without live curves: {error}", file=sys.stderr)
        except Exception as error:  # whatever it is, hours of training are worth more
            self._open = False
            warnings.warn(f"live curves in MLflow end at step {step}: {error}", stacklevel=2)

    def _start(self, client: "MlflowClient") -> str:
        experiment = _experiment(client, self._task, self._uri)
        for run in _profile_runs(client, experiment, self._tags["profile"]):
            if run.data.tags.get("live") and run.data.tags["method"] == self._tags["method"]:
                client.delete_run(run.info.run_id)
        name = f"{self._tags['method']} (training)"
        return str(client.create_run(experiment, run_name=name, tags=self._tags).info.run_id)


@contextmanager
def _store(uri: str) -> Iterator["MlflowClient"]:
    """Client of a store that no other process of this project writes meanwhile.

    Two first starts at once would both migrate an empty SQLite file, and two upserts would each
    find a run missing and make it twice.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # A server that does not answer is told of in seconds; MLflow would try for minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    from filelock import FileLock, Timeout
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    lock = uri.removeprefix(SQLITE) if uri.startswith(SQLITE) else "mlflow.db"
    try:
        with FileLock(f"{lock}.lock", timeout=120):
            yield MlflowClient(tracking_uri=uri)
    except Timeout:
        raise InputError(
            f"another process has held {lock}.lock for two minutes: end it, then run "
            "`dvc repro track`"
        ) from None
    except (MlflowException, SQLAlchemyError, ModuleNotFoundError) as error:
        first_line = str(error).splitlines()[0]
        remedy = (
            "delete mlflow.db, which loses nothing, and run `dvc repro track`"
            if uri == DEFAULT_URI
            else "correct MLFLOW_TRACKING_URI, or unset it"
        )
        raise InputError(f"MLflow cannot use {uri} ({first_line}): {remedy}") from error


def _experiment(client: "MlflowClient", task: str, uri: str) -> str:
    """Id of the experiment of a task, made or restored as needed."""
    place = None  # a server decides for itself
    if uri.startswith(SQLITE):
        folder = Path(uri.removeprefix(SQLITE)).resolve().parent / ARTIFACT_FOLDER / task
        place = folder.as_uri()
    found = client.get_experiment_by_name(task)
    if found is not None and place is not None and found.artifact_location != place:
        # MLflow keeps absolute paths: in a project that was moved, the old ones lead nowhere
        client.rename_experiment(found.experiment_id, f"{task} before move {found.experiment_id}")
        if found.lifecycle_stage == "active":
            client.delete_experiment(found.experiment_id)
        found = None
    if found is None:
        return str(client.create_experiment(task, artifact_location=place))
    if found.lifecycle_stage != "active":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _profile_runs(client: "MlflowClient", experiment: str, profile: str) -> list["Run"]:
    """Active runs of this project in an experiment, of one profile."""
    runs = client.search_runs([experiment], max_results=50_000)
    ours = (run for run in runs if {"kind", "method"} <= run.data.tags.keys())
    return [run for run in ours if run.data.tags.get("profile") == profile]


def _sort_runs(runs: list["Run"], wanted: list[RunRecord]) -> tuple[set[str], list["Run"]]:
    """Keys of the complete runs to keep, and the runs to delete."""
    keys = {record.key for record in wanted}
    methods = {record.method for record in wanted}
    kept: set[str] = set()
    stale = []
    for run in runs:
        tags = run.data.tags
        key = tags.get("run_key")
        if key in keys - kept and "complete" in tags:
            kept.add(key)
        elif "live" not in tags or tags["method"] in methods:
            stale.append(run)
    return kept, stale


def _make_run(
    client: "MlflowClient", experiment: str, record: RunRecord, tags: dict[str, str]
) -> None:
    """Write a run whole; its last tag says that it is."""
    from mlflow.entities import Param

    began = int((record.began.timestamp() if record.began else time()) * 1000)
    tags = {**record.tags, **tags, "kind": record.kind, "method": record.method}
    tags |= {"run_key": record.key, "mlflow.source.name": "dvc repro"}
    name = record.method if record.kind == "training" else f"{record.method} (evaluation)"
    run_id = client.create_run(experiment, start_time=began, tags=tags, run_name=name).info.run_id
    params = [Param(key, value) for key, value in record.params.items()]
    for start in range(0, len(params), 100):  # the most that a server takes in a call
        client.log_batch(run_id, params=params[start : start + 100])
    _log_points(client, run_id, record.points, began)
    if record.rows is not None:
        client.log_text(run_id, rows_csv(record.rows), "rows.csv")
    client.set_tag(run_id, "complete", "true")
    minutes = sum(point.value for point in record.points if point.name == "minutes")
    client.set_terminated(run_id, end_time=began + int(minutes * 60_000))


def _log_points(client: "MlflowClient", run_id: str, points: list[Point], began: int) -> None:
    from mlflow.entities import Metric

    metrics = [Metric(p.name, p.value, began + int(p.seconds * 1000), p.step) for p in points]
    for start in range(0, len(metrics), 1000):  # the most that a server takes in a call
        client.log_batch(run_id, metrics=metrics[start : start + 1000])


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

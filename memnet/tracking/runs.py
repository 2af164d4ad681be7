"""The runs of a profile: a parent for each method, a child for each of its evaluations."""

import json
from datetime import UTC, datetime, timedelta
from time import time
from typing import TYPE_CHECKING

from memnet.tracking.artifacts import log_evaluation_files, log_method_files
from memnet.tracking.notes import evaluation_note, run_note
from memnet.tracking.store import (
    NOTE,
    PARENT,
    SQLITE,
    experiment_of,
    has_files,
    log_points,
    open_store,
    profile_runs,
)
from memnet.tracking.tracked import TrackedEvaluation, TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

WRITING = timedelta(minutes=10)  # longer than a run takes to be written through a slow server


def upsert(
    records: list[TrackedRun], profile: str, budget: str, uri: str
) -> list[tuple[TrackedRun, str]]:
    """Make the runs of a profile in MLflow those of `records`.

    A run with the key of a record is left alone when it and its children are complete and its files
    are there. Other runs
    of the profile in the records' tasks are deleted once the new ones stand: older results, runs
    that a crash left half written, live runs that the records complete. Runs of other profiles,
    runs that this project did not make, and on a server those that another clone is writing, stay.

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
    done: list[tuple[TrackedRun, str]] = []
    with open_store(uri) as client:
        for task in dict.fromkeys(record.task for record in records):
            wanted = [record for record in records if record.task == task]
            degraded = next((record for record in wanted if record.method == "input"), None)
            experiment = experiment_of(client, task, uri)
            kept, stale = _sort_runs(profile_runs(client, experiment, profile), wanted, uri)
            for record in wanted:
                if record.key not in kept:
                    note = run_note(record, degraded, profile, budget)
                    tags = {"profile": profile, "budget": budget, NOTE: note}
                    _make_run(client, experiment, record, tags)
                done.append((record, "kept" if record.key in kept else "made"))
            for run in stale:
                if uri.startswith(SQLITE) or not _being_written(run, stale):
                    client.delete_run(run.info.run_id)
    return done


def _sort_runs(
    runs: list["Run"], wanted: list[TrackedRun], uri: str
) -> tuple[set[str], list["Run"]]:
    """Keys of the complete runs to keep, and the runs to delete."""
    records = {record.key: record for record in wanted}
    methods = {record.method for record in wanted}
    children: dict[str, int] = {}
    for run in runs:
        parent = run.data.tags.get(PARENT, "")
        children[parent] = children.get(parent, 0) + 1
    kept: dict[str, str] = {}  # run id -> key
    for run in runs:
        tags = run.data.tags
        record = records.get(tags.get("run_key", ""))
        if (
            record is not None
            and record.key not in kept.values()
            and tags["kind"] == "method"
            and "complete" in tags
            and tags.get("shown") == record.shown
            and children.get(run.info.run_id, 0) == len(record.evaluations)
            and has_files(run, uri)
        ):
            kept[run.info.run_id] = record.key
    stale = [
        run
        for run in runs
        if not {run.info.run_id, run.data.tags.get(PARENT)} & kept.keys()
        and ("live" not in run.data.tags or run.data.tags["method"] in methods)
    ]
    return set(kept.values()), stale


def _being_written(run: "Run", runs: list["Run"]) -> bool:
    """Whether another clone may be at work on a run: it, or its parent, is new and not complete."""
    parents = {other.info.run_id: other for other in runs}
    tags = parents.get(run.data.tags.get(PARENT, ""), run).data.tags
    if "complete" in tags or "tracked" not in tags:
        return False
    return datetime.now(UTC) - datetime.fromisoformat(tags["tracked"]) < WRITING


def _make_run(
    client: "MlflowClient", experiment: str, record: TrackedRun, tags: dict[str, str]
) -> None:
    """Write a method and its evaluations whole; the last tag says that they are."""
    began = int((record.began.timestamp() if record.began else time()) * 1000)
    tags = tags | {
        "task": record.task,
        "method": record.method,
        "run_key": record.key,
        "tracked": datetime.now(UTC).isoformat(timespec="seconds"),
        "mlflow.source.name": "dvc repro",
    }
    own = {
        "kind": "method",
        "shown": record.shown,
        "dataset": ", ".join(dict.fromkeys(e.dataset for e in record.evaluations)),
    }
    run = client.create_run(
        experiment, start_time=began, tags={**record.tags, **tags, **own}, run_name=record.method
    )
    run_id = run.info.run_id
    _log_params(client, run_id, {"profile": tags["profile"], **record.params})
    _log_training_set(client, run_id, record)
    log_points(client, run_id, record.points, began)
    log_method_files(client, run_id, record)
    for evaluation in record.evaluations:
        _make_child(client, experiment, record, evaluation, tags | {PARENT: run_id})
    client.set_tag(run_id, "complete", "true")
    client.set_terminated(run_id, end_time=began + int(record.minutes * 60_000))


def _make_child(
    client: "MlflowClient",
    experiment: str,
    record: TrackedRun,
    evaluation: TrackedEvaluation,
    tags: dict[str, str],
) -> None:
    own = {
        "kind": "evaluation",
        "dataset": evaluation.dataset,
        "benchmark": evaluation.benchmark,
        NOTE: evaluation_note(record, evaluation),
    }
    took = int(evaluation.rows["seconds"].sum() * 1000)
    began = int(time() * 1000) - took
    name = f"{record.method} on {evaluation.dataset}"
    run = client.create_run(experiment, start_time=began, tags=tags | own, run_name=name)
    params = {"benchmark": evaluation.benchmark, **evaluation.facts}
    _log_params(client, run.info.run_id, params)
    log_points(client, run.info.run_id, evaluation.points, began)
    log_evaluation_files(client, run.info.run_id, evaluation)
    client.set_terminated(run.info.run_id, end_time=began + took)


def _log_training_set(client: "MlflowClient", run_id: str, record: TrackedRun) -> None:
    """Name what a method was trained on in the UI's column of datasets."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    trained_on, digest = record.config.get("training_set"), record.tags.get("data_sha256")
    if not trained_on or not digest:
        return
    source = json.dumps({"registry": "datasets/registry.yaml"})
    dataset = Dataset(trained_on["dataset"], digest[:16], "registry", source)
    tag = InputTag("mlflow.data.context", "training")
    client.log_inputs(run_id, [DatasetInput(dataset, [tag])])


def _log_params(client: "MlflowClient", run_id: str, values: dict[str, str]) -> None:
    from mlflow.entities import Param

    params = [Param(key, value) for key, value in values.items()]
    for start in range(0, len(params), 100):  # the most that a server takes in a call
        client.log_batch(run_id, params=params[start : start + 100])

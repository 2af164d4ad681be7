"""The runs of a profile: a parent for each method, a child for each of its evaluations."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from memnet.results.rows import rows_csv
from memnet.results.run_record import RunRecord
from memnet.tracking import store
from memnet.tracking.collect import full_config
from memnet.tracking.notes import evaluation_note, run_note
from memnet.tracking.tracked import TrackedEvaluation, TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_TABLE = ["dataset", "level", "image", "seed", "psnr", "ssim", "seconds"]
WRITING = timedelta(minutes=10)  # longer than a run takes to be written through a slow server


def upsert(
    records: list[TrackedRun], profile: str, budget: str, uri: str
) -> list[tuple[TrackedRun, str]]:
    """Make the runs of a profile in MLflow those of `records`, and say which are "made" or "kept".

    A run with the key of a record is kept if it and its children are complete and its files are
    there. The profile's other runs of these tasks are deleted once the new ones are written: older
    results, runs that a crash left half written, live runs of the same methods. Runs of other
    profiles stay, and so do runs that this project did not make and, on a server, runs that another
    clone is writing. InputError if MLflow cannot use its store.
    """
    done: list[tuple[TrackedRun, str]] = []
    with store.open_store(uri) as client:
        for task in dict.fromkeys(record.task for record in records):
            wanted = [record for record in records if record.task == task]
            degraded = next((record for record in wanted if record.method == "input"), None)
            experiment = store.experiment_of(client, task, uri)
            kept, stale = _sort_runs(store.profile_runs(client, experiment, profile), wanted, uri)
            for record in wanted:
                if record.key not in kept:
                    note = run_note(record, degraded, profile, budget)
                    tags = {"profile": profile, "budget": budget, store.NOTE: note}
                    _make_run(client, experiment, record, tags)
                done.append((record, "kept" if record.key in kept else "made"))
            for run in stale:
                if store.store_file(uri) or not _being_written(run, stale):
                    client.delete_run(run.info.run_id)
    return done


def _sort_runs(
    runs: list["Run"], wanted: list[TrackedRun], uri: str
) -> tuple[set[str], list["Run"]]:
    """Keys of the complete runs to keep, and the runs to delete."""
    records = {record.key: record for record in wanted}
    methods = {record.method for record in wanted}
    children = Counter(run.data.tags.get(store.PARENT) for run in runs)
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
            and children[run.info.run_id] == len(record.evaluations)
            and store.has_files(run, uri)
        ):
            kept[run.info.run_id] = record.key
    stale = [
        run
        for run in runs
        if not {run.info.run_id, run.data.tags.get(store.PARENT)} & kept.keys()
        and ("live" not in run.data.tags or run.data.tags["method"] in methods)
    ]
    return set(kept.values()), stale


def _being_written(run: "Run", runs: list["Run"]) -> bool:
    """Whether another clone may be at work on a run: it, or its parent, is new and not complete."""
    parents = {other.info.run_id: other for other in runs}
    tags = parents.get(run.data.tags.get(store.PARENT, ""), run).data.tags
    if "complete" in tags or "tracked" not in tags:
        return False
    return datetime.now(UTC) - datetime.fromisoformat(tags["tracked"]) < WRITING


def _make_run(
    client: "MlflowClient", experiment: str, record: TrackedRun, tags: dict[str, str]
) -> None:
    """Write a method and its evaluations whole; the last tag says that they are."""
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
    minutes = (record.record and record.record.minutes) or 0.0
    began = int(time() * 1000)
    if record.record and record.record.created:  # when its training ended
        ended = datetime.fromisoformat(record.record.created)
        began = int((ended - timedelta(minutes=minutes)).timestamp() * 1000)
    run = client.create_run(
        experiment, start_time=began, tags={**record.tags, **tags, **own}, run_name=record.method
    )
    run_id = run.info.run_id
    _log_params(client, run_id, {"profile": tags["profile"], **record.params})
    store.log_points(client, run_id, record.points, began)
    _log_files(client, run_id, record)
    for evaluation in record.evaluations:
        _make_child(client, experiment, record, evaluation, tags | {store.PARENT: run_id})
    client.set_tag(run_id, "complete", "true")
    client.set_terminated(run_id, end_time=began + int(minutes * 60_000))


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
        store.NOTE: evaluation_note(record, evaluation),
    }
    took = int(evaluation.rows["seconds"].sum() * 1000)
    began = int(time() * 1000) - took
    name = f"{record.method} on {evaluation.dataset}"
    run = client.create_run(experiment, start_time=began, tags=tags | own, run_name=name)
    run_id = run.info.run_id
    _log_params(client, run_id, {"benchmark": evaluation.benchmark, **evaluation.facts})
    store.log_points(client, run_id, evaluation.points, began)
    client.log_text(run_id, rows_csv(evaluation.rows), "rows.csv")
    for crop, path in evaluation.crops.items():
        with path.open("rb") as stream:
            client.log_stream(run_id, stream, f"crops/{crop}.png")
    client.set_terminated(run_id, end_time=began + took)


def _log_params(client: "MlflowClient", run_id: str, values: dict[str, str]) -> None:
    from mlflow.entities import Param

    client.log_batch(run_id, params=[Param(key, value) for key, value in values.items()])


def _log_files(client: "MlflowClient", run_id: str, record: TrackedRun) -> None:
    """Log what belongs to a method: the UI lays tables and crops of chosen runs side by side."""
    from PIL import Image

    if record.record is not None:
        _log_training_set(client, run_id, record.record)
        client.log_dict(run_id, _public(record.record), "run.json")
        client.log_dict(run_id, full_config(record.record), "config.yaml")
    if record.history is not None:
        client.log_artifact(run_id, str(record.history))
    if record.rows is not None:
        client.log_text(run_id, rows_csv(record.rows), "rows.csv")
        table = record.rows[_TABLE].astype({"dataset": object, "image": object})  # as it wants text
        client.log_table(run_id, table, "rows.json")
    for evaluation in record.evaluations:
        for name, path in evaluation.crops.items():
            with Image.open(path) as crop:
                client.log_image(run_id, crop, key=f"{evaluation.dataset}/{name}")


def _log_training_set(client: "MlflowClient", run_id: str, record: RunRecord) -> None:
    """Name what a method was trained on in the UI's column of datasets."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    if not record.training_set or not record.data_sha256:
        return
    source = json.dumps({"registry": "memnet/datasets/registry.yaml"})
    name, digest = record.training_set.dataset, record.data_sha256[:16]
    tag = InputTag("mlflow.data.context", "training")
    client.log_inputs(run_id, [DatasetInput(Dataset(name, digest, "registry", source), [tag])])


def _public(record: RunRecord) -> dict[str, Any]:
    """A record in which of a path the last name alone is left: its place names its user."""
    paths = {"folder": record.folder, "released": record.released}
    names = {key: path and f".../{Path(path).name}" for key, path in paths.items()}
    return record.model_dump(mode="json") | names

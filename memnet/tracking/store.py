"""Where runs are kept, and what every part of this package does there."""

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from memnet.errors import InputError
from memnet.files import atomic_path
from memnet.tracking.notes import experiment_note
from memnet.tracking.tracked import Point

if TYPE_CHECKING:  # importing mlflow takes over a second, so functions do it
    from mlflow import MlflowClient
    from mlflow.entities import Run

DEFAULT_URI = "sqlite:///mlflow.db"  # what plain `mlflow ui` reads in the project folder
NOTE = "mlflow.note.content"  # the tag that the UI shows as a description, in Markdown
PARENT = "mlflow.parentRunId"
SQLITE = "sqlite:///"
SCHEMES = ("sqlite", "http", "https", "postgresql", "mysql", "mssql")

ARTIFACT_FOLDER = "mlartifacts"  # not mlruns: data in there makes `mlflow ui` read that instead
FOLDERS = ("mlruns", ARTIFACT_FOLDER)  # where MLflow and this project put files, beside the store
PLACES = (
    ("experiments", "artifact_location"), ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"), ("model_versions", "source"),
    ("model_versions", "storage_location"),
)  # fmt: skip
"""Tables and columns in which MLflow keeps the paths of files."""


def tracking_uri() -> str:
    """Where runs are kept: `MLFLOW_TRACKING_URI` if it is set, else `mlflow.db` in this folder."""
    uri = os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI
    scheme, separator, place = uri.partition("://")
    if not separator or scheme.split("+")[0] not in SCHEMES or not place.strip("/"):
        raise InputError(
            f"MLFLOW_TRACKING_URI must be sqlite:///FILE or start with one of "
            f"{', '.join(SCHEMES)} and ://, got {without_password(uri)!r}"
        )
    return uri


def store_file(uri: str) -> Path | None:
    """File of an SQLite store; a server has none."""
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def without_password(text: str) -> str:
    """A text in which no URI shows a password."""
    return re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", text)


@contextmanager
def open_store(uri: str) -> Iterator["MlflowClient"]:
    """Client of a store that no other process of this project writes to in the meantime.

    Two processes could otherwise migrate the same empty SQLite file, or find the same run missing
    and make it twice. On a server, this holds only for processes in the same folder; `upsert` heeds
    what others write there. InputError if MLflow cannot use the store.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # A server that does not answer is told of in seconds; MLflow would try for minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    # Through a server, each run would print two links and each artifact draw a progress bar.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from filelock import FileLock, Timeout
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    file = store_file(uri)
    lock = f"{file or 'mlflow.db'}.lock"
    try:
        with FileLock(lock, timeout=120):
            absolute = uri
            if file is not None:
                if file.exists():
                    _follow_move(file)
                else:
                    with atomic_path(file) as part:  # half made by a process that is killed: lost
                        MlflowClient(tracking_uri=f"{SQLITE}{part}")
                # MLflow keeps connections by URI, and a relative one is of another file elsewhere.
                absolute = f"{SQLITE}{file.resolve()}"
            yield MlflowClient(tracking_uri=absolute)
    except Timeout:
        raise InputError(
            f"another process has held {lock} for two minutes: end it, then run `dvc repro track`"
        ) from None
    except (MlflowException, SQLAlchemyError, ModuleNotFoundError) as error:
        remedy = "correct MLFLOW_TRACKING_URI, or unset it"
        if file is not None and uri == DEFAULT_URI:
            remedy = (
                f"{_content_of(file)}; rename mlflow.db to keep it as a backup, then run "
                "`dvc repro track`, which makes the project's own runs again"
            )
        fault = f"MLflow cannot use {uri} ({str(error).splitlines()[0]}): {remedy}"
        raise InputError(without_password(fault)) from None


def experiment_of(client: "MlflowClient", task: str, uri: str) -> str:
    """Id of the experiment of a task, made or restored as needed."""
    file = store_file(uri)
    # a server decides for itself where files lie
    place = (file.resolve().parent / ARTIFACT_FOLDER / task).as_uri() if file else None
    found = client.get_experiment_by_name(task)
    # The kind makes the UI open the list of runs; without it the tools for language models.
    tags = {"mlflow.experimentKind": "custom_model_development", NOTE: experiment_note(task)}
    if found is None:
        return str(client.create_experiment(task, artifact_location=place, tags=tags))
    if found.lifecycle_stage != "active":
        client.restore_experiment(found.experiment_id)
    for key, value in tags.items():
        if found.tags.get(key) != value:
            client.set_experiment_tag(found.experiment_id, key, value)
    return str(found.experiment_id)


def profile_runs(client: "MlflowClient", experiment: str, profile: str) -> list["Run"]:
    """Active runs of this project in an experiment, of one profile."""
    runs = client.search_runs([experiment], max_results=50_000)
    ours = (run for run in runs if {"kind", "method"} <= run.data.tags.keys())
    return [run for run in ours if run.data.tags.get("profile") == profile]


def has_files(run: "Run", uri: str) -> bool:
    """Whether the artifacts of a run lie beside the store; a server sees to its own."""
    file = store_file(uri)
    folder = Path(unquote(urlsplit(run.info.artifact_uri).path))
    return file is None or (folder.is_dir() and file.resolve().parent in folder.parents)


def log_points(client: "MlflowClient", run_id: str, points: list[Point], began: int) -> None:
    """Log values whose seconds count from `began`, in milliseconds of Unix time."""
    from mlflow.entities import Metric

    metrics = [Metric(p.name, p.value, began + int(p.seconds * 1000), p.step) for p in points]
    for start in range(0, len(metrics), 1000):  # the most that a server takes in a call
        client.log_batch(run_id, metrics=metrics[start : start + 1000])


def _follow_move(database: Path) -> None:
    """Correct the paths in an SQLite store after it was moved together with the files beside it.

    MLflow offers no call for this, so the columns are written directly. A store that cannot be read
    is left to MLflow.
    """
    root = database.resolve().parent
    try:
        with closing(sqlite3.connect(database)) as store, store:
            for table, column in PLACES:
                if column not in {row[1] for row in store.execute(f"PRAGMA table_info({table})")}:
                    continue
                query = f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"
                for row, place in store.execute(query).fetchall():
                    if (here := _moved(place, root, table)) is not None:
                        update = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
                        store.execute(update, (here, row))
    except sqlite3.Error:
        return


def _moved(place: str, root: Path, table: str) -> str | None:
    """Where the files at `place` are now that the store was moved; None if that is unchanged."""
    is_uri = place.startswith("file://")
    old = Path(unquote(urlsplit(place).path) if is_uri else place)
    if not old.is_absolute() or not set(FOLDERS) & set(old.parts):
        return None
    start = max(index for index, part in enumerate(old.parts) if part in FOLDERS)
    new = root.joinpath(*old.parts[start:])
    # an experiment of this project writes here from now on, whatever became of the old folder
    ours = table == "experiments" and old.parts[start] == ARTIFACT_FOLDER
    if new == old or not (ours or new.exists() or not old.exists()):
        return None
    return new.as_uri() if is_uri else str(new)


def _content_of(database: Path) -> str:
    """How many runs of this project, and how many others, an SQLite store holds, in words."""
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as store:
            total = store.execute("SELECT COUNT(*) FROM runs").fetchone()[0]
            ours = store.execute(
                "SELECT COUNT(DISTINCT run_uuid) FROM tags WHERE key = 'run_key'"
            ).fetchone()[0]
    except sqlite3.Error:
        return "it cannot be read, so that your own runs may be in it"
    return f"it holds {ours} runs of this project and {total - ours} others"

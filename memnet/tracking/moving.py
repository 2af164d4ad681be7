"""A store that moved with its folder: MLflow keeps absolute paths, which then lead nowhere."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

ARTIFACT_FOLDER = "mlartifacts"  # not mlruns: data in there makes `mlflow ui` read that instead
FOLDERS = ("mlruns", ARTIFACT_FOLDER)  # where MLflow and this project put files, beside the store
PLACES = (
    ("experiments", "artifact_location"), ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"), ("model_versions", "source"),
    ("model_versions", "storage_location"),
)  # fmt: skip
"""Tables and columns in which MLflow keeps where files lie."""


def follow_move(database: Path) -> None:
    """Let every path of an SQLite store that lay beside it lie beside it again.

    Runs that a user logged stay as they are, in their experiments, and their files are found. A
    path is left alone where its files are still there and are not here. MLflow offers no call for
    this, so that the columns are written directly; a store that cannot be read is left to MLflow.
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
    """Where files lie now that lay at `place` when the store was elsewhere; None if unchanged."""
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


def content_of(database: Path) -> str:
    """What an SQLite store holds, in words: how many runs of this project, and of its user's."""
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as store:
            total = store.execute("SELECT COUNT(*) FROM runs").fetchone()[0]
            ours = store.execute(
                "SELECT COUNT(DISTINCT run_uuid) FROM tags WHERE key = 'run_key'"
            ).fetchone()[0]
    except sqlite3.Error:
        return "it cannot be read, so that your own runs may be in it"
    return f"it holds {ours} runs of this project and {total - ours} others"

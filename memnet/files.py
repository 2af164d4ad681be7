"""Files that are whole or absent: write beside the goal, then move into place."""

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from memnet.errors import InputError

PART = ".part-"  # how the name of a temporary folder begins; .dvcignore lists it


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Temporary path for the block to write, moved onto `path` if the block ends without an error.

    It has the same file name, in a folder beside `path`. Missing folders are made.
    """
    goal = Path(path)
    goal.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=goal.parent, prefix=PART) as folder:
        part = Path(folder) / goal.name
        yield part
        os.replace(part, goal)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Temporary folder beside `path`, moved onto it when the block ends without an error.

    A folder already at `path` is replaced: it is moved aside first and deleted last, so that an
    error leaves it in place, and a kill leaves the old folder or the new one on the disk.
    """
    goal = Path(path)
    goal.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=goal.parent, prefix=PART) as folder:
        part = Path(folder) / "new"
        part.mkdir()
        yield part
        old = Path(folder) / "old"
        if goal.exists():
            os.replace(goal, old)
        try:
            os.replace(part, goal)
        except BaseException:
            if old.exists():
                os.replace(old, goal)
            raise


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 with Unix line ends on every system, atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically; NaN is refused because JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def finite(value: Any) -> Any:
    """A value that JSON can hold: NaN becomes null, infinity "inf", and a Decimal a float."""
    value = float(value) if isinstance(value, Decimal) else value
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)


def read_json(path: str | Path) -> Any:
    """Value of a JSON file; InputError if it is missing or is not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is missing or damaged ({error}): delete it, then run `dvc repro`"
        ) from None


def copy_file(source: str | Path, goal: str | Path) -> None:
    """Copy the bytes of a file, atomically."""
    with atomic_path(goal) as part:
        shutil.copyfile(source, part)


def sha256_of(path: str | Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""One row per restored image: the schema that every score of this project is written in."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from memnet.errors import InputError
from memnet.files import write_text

INPUT = "input"
"""The degraded input itself, as a method."""

IMAGE_COLUMNS = ["method", "task", "level", "dataset", "image", "seed"]
_MEASURED = ["psnr", "ssim", "seconds"]
ROW_COLUMNS = [*IMAGE_COLUMNS, *_MEASURED]
CELL_COLUMNS = ["method", "task", "dataset", "level"]
SCORE_COLUMNS = ["psnr", "ssim", "num_images", "num_seeds", "psnr_seed_std"]
SUMMARY_COLUMNS = [*CELL_COLUMNS, *SCORE_COLUMNS]
_TYPES = dict.fromkeys(("level", "seed"), "int64") | dict.fromkeys(_MEASURED, "float64")


class ResultKey(NamedTuple):
    """One result: a method, or the degraded input, on one dataset at one level."""

    method: str
    task: str
    dataset: str
    level: int


def check_rows(frame: pd.DataFrame, origin: str) -> pd.DataFrame:
    """The rows in `ROW_COLUMNS` with exact types, one per method, level, image and noise seed.

    `level` and `seed` become integers, `psnr` (dB, may be +inf), `ssim` and `seconds` floats.

    Raises
    ------
    InputError : no rows, missing or unknown columns, a value that is not a number, a NaN, or an
        image scored twice; the message begins with `origin`
    """
    missing = [name for name in ROW_COLUMNS if name not in frame]
    unknown = [str(name) for name in frame if name not in ROW_COLUMNS]
    if missing or unknown:
        raise InputError(
            f"{origin}: the columns must be {', '.join(ROW_COLUMNS)}; "
            f"missing: {', '.join(missing) or 'none'}, unknown: {', '.join(unknown) or 'none'}"
        )
    if frame.empty:
        raise InputError(f"{origin}: there must be at least one row, got none")
    try:
        rows = frame[ROW_COLUMNS].astype(_TYPES)
    except ValueError as error:
        numbers = ", ".join(_TYPES)
        raise InputError(f"{origin}: {numbers} must be numbers in every row ({error})") from None
    for metric in _MEASURED:
        _refuse(rows, rows[metric].isna(), f"{origin}: {metric} must be a number, got NaN for")
    twice = f"{origin}: an image must be scored once, got two rows for"
    _refuse(rows, rows.duplicated(IMAGE_COLUMNS), twice)
    return rows


def _refuse(rows: pd.DataFrame, bad: pd.Series, sentence: str) -> None:
    """Raise `sentence` with the name of the first bad row, if there is one."""
    if bad.any():
        row = rows[bad].iloc[0]
        raise InputError(
            f"{sentence} {row.image} ({row.method}, {row.dataset}, level {row.level}, "
            f"seed {row.seed})"
        )


def read_rows(path: str | Path) -> pd.DataFrame:
    """Rows of a CSV file, checked by `check_rows`; every float is the one that was written."""
    try:
        # as text first: image "101085" and method "nan" are names, and Python's float() is exact
        text = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise InputError(f"{path} is missing: `dvc repro` writes it") from None
    except ValueError as error:  # what pandas' parser errors are
        raise InputError(f"{path} must be a CSV file of rows ({error})") from None
    return check_rows(text, str(path))


def write_rows(path: str | Path, frame: pd.DataFrame) -> None:
    """Write rows that `check_rows` accepts as CSV, atomically."""
    write_text(path, rows_csv(check_rows(frame, str(path))))


def rows_csv(rows: pd.DataFrame) -> str:
    """CSV text of a frame, floats in the shortest form that reads back exactly."""
    return rows.to_csv(index=False, lineterminator="\n")


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean scores of each cell: over the images of a seed first, then over the seeds.

    Returns
    -------
    One row per method, task, dataset and level, sorted, in `SUMMARY_COLUMNS`. `psnr_seed_std` is
    the sample standard deviation (n - 1) of the seeds' means in dB, NaN for one seed or when a
    mean is infinite. InputError if the seeds of a cell did not score the same images.
    """
    seeds = rows.groupby([*CELL_COLUMNS, "seed"], sort=True).agg(
        psnr=("psnr", "mean"), ssim=("ssim", "mean"), images=("image", frozenset)
    )
    cells = seeds.groupby(CELL_COLUMNS, sort=True)
    for cell, images in cells["images"]:
        if images.nunique() > 1:
            raise InputError(f"the seeds of {cell} must score the same images: evaluate it again")
    summary = cells.agg(
        psnr=("psnr", "mean"),
        ssim=("ssim", "mean"),
        num_images=("images", lambda images: len(images.iloc[0])),
        num_seeds=("psnr", "size"),
        psnr_seed_std=("psnr", "std"),
    )
    return summary.reset_index()[SUMMARY_COLUMNS]


def cross_check(tracked: pd.DataFrame, filed: pd.DataFrame) -> None:
    """Raise InputError if MLflow and the files do not have the same results.

    It names the first cell that only one of them has, or in which they differ by over 1e-9.
    """
    sides = [frame.set_index(CELL_COLUMNS).sort_index() for frame in (tracked, filed)]
    for cell in sides[0].index.union(sides[1].index):
        name = ", ".join(map(str, cell))
        for side, has in zip(sides, ("MLflow has", "the files have"), strict=True):
            if cell not in side.index:
                raise InputError(f"{has} no result of {name}: run `dvc repro track`")
        ours, theirs = (side.loc[cell] for side in sides)
        for column in SCORE_COLUMNS:
            a, b = ours[column], theirs[column]
            if not (a == b or abs(a - b) <= 1e-9 or (pd.isna(a) and pd.isna(b))):
                raise InputError(
                    f"{column} of {name} is {a} in MLflow but {b} in the files: delete that run "
                    "in `make ui`, then run `dvc repro track`"
                )

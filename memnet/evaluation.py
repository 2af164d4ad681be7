"""Scoring a method on a benchmark, one row per image, level and noise seed."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from memnet.data.pairs import PairFolder
from memnet.errors import InputError
from memnet.imaging.rounding import to_uint8
from memnet.params import Benchmark, Showcase
from memnet.rows import ROW_COLUMNS
from memnet.tasks import task_named
from memnet.tasks.task import Restorer, to_unit

INPUT = "input"
"""The degraded input itself, as a method."""


class Evaluation(NamedTuple):
    """Rows of a method on a benchmark, and the showcase crop (H, W) uint8 of each level."""

    rows: pd.DataFrame
    crops: dict[int, NDArray[np.uint8]]


def evaluate(
    restorer: Restorer,
    pairs: PairFolder,
    benchmark: Benchmark,
    *,
    method: str,
    report: Callable[[int, int, str], None],
) -> Evaluation:
    """Restore and score every image of a benchmark.

    Parameters
    ----------
    restorer : the method; its time is what the column `seconds` holds
    pairs : the benchmark's degraded pairs
    method : its name in the rows
    report : called with images done, images in all and the name of the image at hand

    Raises
    ------
    InputError : the method returns another shape, or values that are not finite, or the showcase
        image is not in the dataset
    """
    task = task_named(benchmark.task)
    if (pairs.task, pairs.dataset) != (benchmark.task, benchmark.dataset):
        raise InputError(
            f"the pairs must be those of {benchmark.task} on {benchmark.dataset}, got "
            f"{pairs.task} on {pairs.dataset}"
        )
    if benchmark.showcase is not None and benchmark.showcase.image not in pairs.images:
        raise InputError(
            f"the showcase image must be one of {pairs.dataset} ({', '.join(pairs.images)}), "
            f"got {benchmark.showcase.image!r}"
        )
    rows: list[tuple[Any, ...]] = []
    crops: dict[int, NDArray[np.uint8]] = {}
    for number, image in enumerate(pairs.images):
        report(number, len(pairs.images), image)
        loaded = pairs.load(image)
        for level in benchmark.levels:
            for seed in benchmark.seeds:
                pair = loaded.pair(level, seed)
                began = time.perf_counter()
                restored = restorer(to_unit(pair.degraded), level)
                seconds = time.perf_counter() - began
                if restored.shape != pair.target.shape:
                    raise InputError(
                        f"{method} must return a plane of the shape {pair.target.shape} "
                        f"for {image}, got {restored.shape}"
                    )
                score = task.score(restored, pair.target, level)
                rows.append((method, task.name, level, pairs.dataset, image, seed, *score, seconds))
                if _shown(benchmark, image, seed):
                    crops[level] = crop(to_uint8(restored * np.float32(255)), benchmark)
    report(len(pairs.images), len(pairs.images), "")
    return Evaluation(pd.DataFrame(rows, columns=ROW_COLUMNS), crops)


def _shown(benchmark: Benchmark, image: str, seed: int) -> bool:
    return (
        benchmark.showcase is not None
        and image == benchmark.showcase.image
        and seed == benchmark.seeds[0]
    )


def crop(plane: NDArray[np.uint8], benchmark: Benchmark) -> NDArray[np.uint8]:
    """The benchmark's showcase square of a plane.

    Raises
    ------
    InputError : it does not lie inside
    """
    square = benchmark.showcase
    assert isinstance(square, Showcase)
    bottom, right = square.top + square.size, square.left + square.size
    height, width = plane.shape
    if bottom > height or right > width:
        raise InputError(
            f"the showcase of {square.image} must lie inside its {width}x{height} pixels, "
            f"got rows {square.top} to {bottom} and columns {square.left} to {right}"
        )
    return plane[square.top : bottom, square.left : right]


def require_better_than_input(rows: pd.DataFrame, input_rows: pd.DataFrame) -> None:
    """Raise unless the method's mean PSNR exceeds that of its degraded input at every level.

    Many published tables of reimplementations hold the bicubic row under a network's name.

    Raises
    ------
    InputError : with each level at which it does not
    """
    ours = rows.groupby("level")["psnr"].mean()
    theirs = input_rows.groupby("level")["psnr"].mean()
    task = task_named(str(rows["task"].iloc[0]))
    worse = [
        f"{task.level_name} {level}: {ours[level]:.2f} dB against {theirs[level]:.2f} dB"
        for level in ours.index
        if not ours[level] > theirs[level]
    ]
    if worse:
        raise InputError(
            f"{rows['method'].iloc[0]} must beat its own degraded input on "
            f"{rows['dataset'].iloc[0]}, but does not ({'; '.join(worse)}): train it longer, or "
            "with another learning_rate"
        )

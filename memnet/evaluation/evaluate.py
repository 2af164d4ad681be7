"""Scoring a method on a benchmark, one row per image, level and noise seed."""

import time
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from memnet.data.pairs import PairFolder
from memnet.errors import InputError
from memnet.imaging.rounding import to_uint8
from memnet.params import Benchmark, Showcase
from memnet.results.extremes import Extreme, Extremes, Window, largest_error
from memnet.results.rows import ROW_COLUMNS
from memnet.tasks import task_named
from memnet.tasks.protocols import low_resolution
from memnet.tasks.task import DegradedImage, Pair, Restorer, Task, to_unit

if TYPE_CHECKING:  # torch, which scoring others' images does not need
    from memnet.evaluation.probe import Probe


Save = Callable[[DegradedImage, NDArray[np.floating], Task], None]


class Evaluation(NamedTuple):
    """Rows of a method on a benchmark, and what the report shows of its images."""

    rows: pd.DataFrame  # one per image, level and noise seed
    crops: dict[int, NDArray[np.uint8]]  # (H, W), the showcase of each level
    extremes: list[Extreme]  # the worst and best image of each level; none without input rows


class _Restored(NamedTuple):
    """What one image gives: rows, and by level its crops, and its windows with their PSNR."""

    rows: list[tuple[Any, ...]]
    crops: dict[int, NDArray[np.uint8]]
    windows: dict[int, tuple[float, Window]]


def evaluate(
    restorer: Restorer,
    pairs: PairFolder,
    benchmark: Benchmark,
    *,
    method: str,
    parallel: bool = False,
    input_rows: pd.DataFrame | None = None,
    probe: "Probe | None" = None,
    save: Save | None = None,
    report: Callable[[int, int, str], None],
) -> Evaluation:
    """Restore and score every image of a benchmark.

    Parameters
    ----------
    restorer : the method; its time is what the column `seconds` holds
    pairs : the benchmark's degraded pairs
    benchmark : levels and seeds that the method is to restore, and the crop that is shown
    method : its name in the rows
    parallel : restore in one process for each processor, one image at a time
    input_rows : rows of the degraded input, against which the extremes are found; None: they are
        not looked for
    probe : looks inside the network that is the method, in the same pass
    save : called with each degraded image, the restored plane and the task
    report : called with images done, images in all and the name of the last one done

    Raises
    ------
    InputError : the method returns another shape, or values that are not finite, or the showcase
        image is not in the dataset
    """
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
    extremes = None if input_rows is None else Extremes(input_rows, benchmark.seeds[0])
    number = len(pairs.images)
    report(0, number, "")
    jobs = (
        delayed(_evaluate_image)(
            restorer, pairs, i, benchmark, method, extremes is not None, probe, save
        )
        for i in pairs.images
    )
    done = Parallel(n_jobs=-1 if parallel else 1, return_as="generator")(jobs)
    for count, (image, found) in enumerate(zip(pairs.images, done, strict=True), start=1):
        rows.extend(found.rows)
        crops.update(found.crops)
        if extremes is not None:
            for level, (psnr, window) in found.windows.items():
                extremes.see(level, image, psnr, window)
        report(count, number, image)
    return Evaluation(pd.DataFrame(rows, columns=ROW_COLUMNS), crops, list(extremes or ()))


def _evaluate_image(
    restorer: Restorer,
    pairs: PairFolder,
    image: str,
    benchmark: Benchmark,
    method: str,
    windowed: bool,
    probe: "Probe | None",
    save: Save | None,
) -> _Restored:
    """Rows of one image, its crops where it is the one that is shown, and its windows if wanted."""
    task = task_named(benchmark.task)
    loaded = pairs.load(image)
    found = _Restored([], {}, {})
    for level, seed in product(benchmark.levels, benchmark.seeds):
        pair = loaded.pair(level, seed)
        seen = degraded_image(pair, task.name, level, pairs.dataset, image, seed)
        in_one_pass = probe is not None and probe.restores and seed == benchmark.seeds[0]
        began = time.perf_counter()
        planes = probe.predictions(seen.plane) if probe and in_one_pass else []
        restored = planes[-1] if planes else restorer(seen)
        seconds = time.perf_counter() - began
        _require_plane(restored, seen.plane, method, image)
        score = task.score(restored, pair.target, level)
        if save is not None:
            save(seen, restored, task)
        found.rows.append((method, task.name, level, pairs.dataset, image, seed, *score, seconds))
        if seed != benchmark.seeds[0]:
            continue
        if probe is not None:
            probe.see(image, level, pair.target, planes or probe.predictions(seen.plane))
        if benchmark.showcase is not None and image == benchmark.showcase.image:
            found.crops[level] = crop(_eight_bits(restored), benchmark)
        if windowed:
            shown = _eight_bits(seen.plane), _eight_bits(restored)
            found.windows[level] = score.psnr, largest_error(pair.target, *shown)
    return found


def degraded_image(
    pair: Pair, task: str, level: int, dataset: str, image: str, seed: int
) -> DegradedImage:
    """What a method is given of a pair."""
    small = None
    if task == "super_resolution":
        small = low_resolution(pair.target, level).astype(np.float32)
    return DegradedImage(to_unit(pair.degraded), level, dataset, image, seed, small)


def _require_plane(restored: Any, degraded: NDArray[np.float32], method: str, image: str) -> None:
    """Raise InputError unless a method returned a plane of the right shape, numbers and range."""
    wanted = "a NumPy array of floats in units of 255 = 1"
    if not isinstance(restored, np.ndarray):
        got = f"a {type(restored).__name__}"
    elif restored.dtype.kind != "f":
        got = f"an array of {restored.dtype}"
        got += ": divide it by 255" if restored.dtype == np.uint8 else ""
    elif restored.shape != degraded.shape:
        wanted, got = f"a plane of the shape {degraded.shape}", f"{restored.shape}"
    elif not np.isfinite(restored).all():
        wanted, got = "finite values", "NaN or infinity"
    elif _is_in_grey_levels(restored, degraded):
        got = f"values up to {restored.max():.0f}, which look like grey levels 0 .. 255"
        got += ": divide them by 255"
    else:
        return
    raise InputError(f"{method} must return {wanted} for {image}, got {got}")


def _is_in_grey_levels(restored: NDArray[np.floating], degraded: NDArray[np.float32]) -> bool:
    """Whether a plane is far nearer to the degraded one once it is divided by 255."""
    plane, near = restored.astype(np.float64), degraded.astype(np.float64)
    as_it_is, divided = (np.mean((p - near) ** 2) for p in (plane, plane / 255))
    return bool(as_it_is > 1 and 100 * divided < as_it_is)


def _eight_bits(plane: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Plane in units of 255 = 1 as it is shown."""
    return to_uint8(plane * np.float32(255))


def crop(plane: NDArray[np.uint8], benchmark: Benchmark) -> NDArray[np.uint8]:
    """The benchmark's showcase square of a plane; InputError if it does not lie inside."""
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
    """Raise InputError, with each level, unless the mean PSNR exceeds that of the degraded input.

    Many published tables of reimplementations hold the bicubic row under a network's name.
    """
    ours, theirs = (frame.groupby("level")["psnr"].mean() for frame in (rows, input_rows))
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

"""Scoring a method: a row an image, level and seed, and the crops that the report shows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from memnet.data.pairs import PairFolder, write_pairs
from memnet.errors import InputError
from memnet.evaluation.evaluate import crop, evaluate, require_better_than_input
from memnet.imaging.rounding import to_uint8
from memnet.params import Benchmark, Showcase
from memnet.results.rows import ROW_COLUMNS, check_rows
from memnet.tasks import TASKS
from memnet.tasks.task import DegradedImage, to_unit

RNG = np.random.default_rng(0)
PLANES = {name: RNG.integers(0, 256, (33, 40), dtype=np.uint8) for name in ("bird", "101")}
SHOWCASE = Showcase(image="101", top=3, left=5, size=16)


def benchmark(task: str = "denoising", **changes: object) -> Benchmark:
    settings = {
        "task": task, "dataset": "tiny", "levels": [30, 50], "seeds": [0, 1], "tiling": "whole",
        "showcase": SHOWCASE,
    } | changes  # fmt: skip
    return Benchmark(**settings)


def pairs_of(settings: Benchmark, folder: Path) -> PairFolder:
    write_pairs(
        folder, TASKS[settings.task], PLANES.items(), dataset=settings.dataset,
        levels=settings.levels, seeds=settings.seeds, codec=None,
    )  # fmt: skip
    return PairFolder(folder)


@pytest.fixture
def noisy(tmp_path: Path) -> PairFolder:
    return pairs_of(benchmark(), tmp_path)


def nothing(done: int, of: int, image: str) -> None:
    pass


def test_rows_of_the_input_are_the_tasks_scores(noisy: PairFolder) -> None:
    seen: list[tuple[int, int, str]] = []
    result = evaluate(
        lambda seen: seen.plane, noisy, benchmark(), method="input",
        report=lambda *step: seen.append(step),
    )  # fmt: skip
    rows = check_rows(result.rows, "rows")
    assert list(rows) == ROW_COLUMNS
    assert len(rows) == 2 * 2 * 2
    assert seen == [(0, 2, ""), (1, 2, "bird"), (2, 2, "101")]
    assert set(rows.method) == {"input"} and set(rows.dataset) == {"tiny"}
    assert (rows.seconds >= 0).all()
    task = TASKS["denoising"]
    for row in rows.itertuples():
        pair = task.degrade(PLANES[row.image], row.level, seed=row.seed)
        expected = task.score(pair.degraded, pair.target, row.level)
        assert (row.psnr, row.ssim) == expected


def test_the_method_is_given_the_degraded_plane_in_units(noisy: PairFolder) -> None:
    given: list[np.ndarray] = []

    def restorer(seen: DegradedImage) -> np.ndarray:
        given.append(seen.plane)
        return seen.plane

    evaluate(restorer, noisy, benchmark(), method="m", report=nothing)
    expected = TASKS["denoising"].degrade(PLANES["bird"], 30, seed=0).degraded
    assert given[0].dtype == np.float32
    np.testing.assert_array_equal(given[0], expected)


def test_8_bit_inputs_become_units(tmp_path: Path) -> None:
    settings = benchmark("jpeg_deblocking", levels=[10], seeds=[0])
    given: list[np.ndarray] = []
    evaluate(
        lambda seen: given.append(seen.plane) or seen.plane,
        pairs_of(settings, tmp_path), settings, method="m", report=nothing,
    )  # fmt: skip
    degraded = TASKS["jpeg_deblocking"].degrade(PLANES["bird"], 10, seed=0).degraded
    np.testing.assert_array_equal(given[0], to_unit(degraded))


def test_crops_are_of_the_showcase_image_and_the_first_seed(noisy: PairFolder) -> None:
    crops = evaluate(lambda seen: seen.plane, noisy, benchmark(), method="m", report=nothing).crops
    assert list(crops) == [30, 50]
    for level, shown in crops.items():
        degraded = TASKS["denoising"].degrade(PLANES["101"], level, seed=0).degraded
        expected = to_uint8(degraded * np.float32(255))[3:19, 5:21]
        np.testing.assert_array_equal(shown, expected)


def test_no_showcase_no_crops(noisy: PairFolder) -> None:
    settings = benchmark(showcase=None)
    assert (
        evaluate(lambda seen: seen.plane, noisy, settings, method="m", report=nothing).crops == {}
    )


def test_a_showcase_of_another_dataset_is_told(noisy: PairFolder) -> None:
    settings = benchmark(showcase=SHOWCASE.model_copy(update={"image": "lena"}))
    with pytest.raises(InputError) as error:
        evaluate(lambda seen: seen.plane, noisy, settings, method="m", report=nothing)
    assert str(error.value) == "the showcase image must be one of tiny (bird, 101), got 'lena'"


def test_a_showcase_must_lie_inside() -> None:
    plane = np.arange(33 * 40, dtype=np.float64).reshape(33, 40).astype(np.uint8)
    corner = SHOWCASE.model_copy(update={"top": 17, "left": 24})
    np.testing.assert_array_equal(crop(plane, benchmark(showcase=corner)), plane[17:, 24:])
    for outside in ({"top": 18}, {"left": 25}):
        square = corner.model_copy(update=outside)
        with pytest.raises(InputError) as error:
            crop(plane, benchmark(showcase=square))
        assert str(error.value) == (
            f"the showcase of 101 must lie inside its 40x33 pixels, got rows {square.top} to "
            f"{square.top + 16} and columns {square.left} to {square.left + 16}"
        )


def test_extremes_are_found_against_the_rows_of_the_input(noisy: PairFolder) -> None:
    inputs = evaluate(lambda seen: seen.plane, noisy, benchmark(), method="input", report=nothing)
    assert inputs.extremes == []

    def restorer(seen: DegradedImage) -> np.ndarray:  # knows "bird" but for a corner
        if seen.image != "bird" or seen.seed != 0:
            return seen.plane
        plane = to_unit(PLANES["bird"])
        plane[32, 39] = 1 - plane[32, 39]
        return plane

    for rows in (inputs.rows, inputs.rows[inputs.rows.seed == 0]):
        found = evaluate(
            restorer, noisy, benchmark(), method="m", input_rows=rows, report=nothing
        ).extremes
        kinds = [("worst", 30), ("best", 30), ("worst", 50), ("best", 50)]
        assert [(extreme.kind, extreme.level) for extreme in found] == kinds
        assert [extreme.image for extreme in found] == ["101", "bird", "101", "bird"]
    worst, best = found[:2]
    assert worst.psnr == worst.input_psnr < best.psnr
    degraded = TASKS["denoising"].degrade(PLANES["bird"], 30, seed=0).degraded
    expected = PLANES["bird"].copy()
    expected[32, 39] = 255 - expected[32, 39]
    np.testing.assert_array_equal(best.window.target, PLANES["bird"])  # smaller than a window
    np.testing.assert_array_equal(best.window.degraded, to_uint8(degraded * np.float32(255)))
    np.testing.assert_array_equal(best.window.restored, expected)


def test_another_shape_is_refused(noisy: PairFolder) -> None:
    with pytest.raises(InputError) as error:
        evaluate(lambda seen: seen.plane[1:], noisy, benchmark(), method="m", report=nothing)
    assert str(error.value) == "m must return a plane of the shape (33, 40) for bird, got (32, 40)"


@pytest.mark.parametrize("task", TASKS)
def test_values_that_are_not_finite_are_refused(tmp_path: Path, task: str) -> None:
    level = {"super_resolution": 2, "denoising": 30, "jpeg_deblocking": 10}[task]
    settings = benchmark(task, levels=[level], seeds=[0])
    with pytest.raises(InputError, match="must return finite values"):
        evaluate(
            lambda seen: seen.plane * np.float32(np.nan), pairs_of(settings, tmp_path), settings,
            method="m", report=nothing,
        )  # fmt: skip


# A network that does nothing must not be published


def rows(method: str, **psnr_by_level: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (method, "super_resolution", int(level[1:]), "set5", str(n), 0, value, 0.9, 0.1)
            for level, values in psnr_by_level.items()
            for n, value in enumerate(values)
        ],
        columns=ROW_COLUMNS,
    )


def test_a_better_mean_passes() -> None:
    inputs = rows("input", x2=[33.0, 31.0], x3=[29.0, 29.0])
    require_better_than_input(rows("ours", x2=[34.0, 30.1], x3=[29.1, 29.0]), inputs)


def test_equal_or_worse_is_told_level_by_level() -> None:
    inputs = rows("input", x2=[33.0, 31.0], x3=[29.0, 29.0], x4=[27.0, 27.0])
    ours = rows("ours", x2=[33.0, 31.0], x3=[30.0, 30.0], x4=[26.0, 27.5])
    with pytest.raises(InputError) as error:
        require_better_than_input(ours, inputs)
    assert str(error.value) == (
        "ours must beat its own degraded input on set5, but does not "
        "(scale 2: 32.00 dB against 32.00 dB; scale 4: 26.75 dB against 27.00 dB): "
        "train it longer, or with another learning_rate"
    )

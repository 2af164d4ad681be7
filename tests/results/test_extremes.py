"""Where a method gains least and most: which image, which window of it, and the files of both."""

import json
import math
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from memnet.errors import InputError
from memnet.imaging.io import read_image
from memnet.results.extremes import (
    PARTS,
    Extreme,
    Extremes,
    Kind,
    Window,
    extreme_files,
    largest_error,
    write_extremes,
)
from memnet.results.reader import ResultFiles
from memnet.results.rows import ROW_COLUMNS


def rows(method: str, scores: dict[tuple[int, str, int], float]) -> pd.DataFrame:
    """Rows of a method: PSNR by level, image and noise seed."""
    return pd.DataFrame(
        [
            (method, "denoising", level, "tiny", image, seed, psnr, 0.9, 0.1)
            for (level, image, seed), psnr in scores.items()
        ],
        columns=ROW_COLUMNS,
    )


def window(top: int = 0, left: int = 0) -> Window:
    planes = (np.full((2, 3), grey, np.uint8) for grey in (10, 20, 30))
    return Window(top, left, *planes)


def test_the_window_holds_the_largest_squared_error() -> None:
    target = np.zeros((100, 120), np.uint8)
    restored = target.copy()
    restored[0, 0] = 9  # 81, only in windows that begin at row 0 and column 0
    restored[99, 119] = 8  # 64 and
    restored[50, 110] = 5  # 25 are 89, in windows from row 4 and column 24
    degraded = np.full_like(target, 7)
    found = largest_error(target, degraded, restored)
    assert found[:2] == (4, 24)  # the only window that reaches the last pixel
    np.testing.assert_array_equal(found.restored, restored[4:, 24:])
    np.testing.assert_array_equal(found.target, np.zeros((96, 96)))
    np.testing.assert_array_equal(found.degraded, np.full((96, 96), 7))
    restored[0, 0] = 10  # 100
    assert largest_error(target, degraded, restored)[:2] == (0, 0)


def test_windows_that_tie_are_the_first() -> None:
    plane = np.zeros((200, 200), np.uint8)
    assert largest_error(plane, plane, plane)[:2] == (0, 0)


def test_a_small_image_is_shown_whole() -> None:
    plane = np.arange(5 * 120, dtype=np.float64).reshape(5, 120).astype(np.uint8)
    wrong = plane.copy()
    wrong[2, 119] ^= 255
    found = largest_error(plane, plane, wrong)
    assert found[:2] == (0, 24)
    np.testing.assert_array_equal(found.restored, wrong[:, 24:])


def seen(
    inputs: dict[tuple[int, str, int], float], ours: dict[tuple[int, str], float]
) -> list[Extreme]:
    """Extremes of images that came in the order of `ours`, each with its window."""
    extremes = Extremes(rows("input", inputs), seed=0)
    for row, ((level, image), psnr) in enumerate(ours.items()):
        extremes.see(level, image, psnr, window(row))
    return list(extremes)


def test_extremes_are_those_of_the_gain_at_the_first_seed() -> None:
    inputs = {(30, "a", 0): 20.0, (30, "b", 0): 25.0, (30, "c", 0): 10.0}
    inputs |= {(50, "a", 0): 18.0, (50, "b", 0): 19.0, (50, "c", 0): 9.0}
    inputs |= {(level, image, 1): 99.0 for level, image, _ in inputs}  # looked at by nobody
    ours = {
        (30, "a"): 22.0, (50, "a"): 21.0,  # +2, +3
        (30, "b"): 24.5, (50, "b"): 22.5,  # −0.5, +3.5
        (30, "c"): 15.0, (50, "c"): 11.0,  # +5, +2
    }  # fmt: skip
    found = seen(inputs, ours)
    assert [extreme[:5] for extreme in found] == [
        ("worst", 30, "b", 24.5, 25.0), ("best", 30, "c", 15.0, 10.0),
        ("worst", 50, "c", 11.0, 9.0), ("best", 50, "b", 22.5, 19.0),
    ]  # fmt: skip
    assert [extreme.window.top for extreme in found] == [2, 4, 5, 3]


def test_levels_that_the_method_does_not_restore_are_left_out() -> None:
    found = seen({(30, "a", 0): 20.0, (50, "a", 0): 20.0}, {(50, "a"): 21.0})
    assert [(extreme.kind, extreme.level) for extreme in found] == [("worst", 50), ("best", 50)]


def test_of_images_that_tie_the_first_counts() -> None:
    inputs = {(30, name, 0): 20.0 for name in "abcd"}
    found = seen(inputs, {(30, "a"): 21.0, (30, "b"): 22.0, (30, "c"): 22.0, (30, "d"): 21.0})
    assert [extreme.image for extreme in found] == ["a", "b"]


def test_a_perfect_image_of_a_perfect_input_gains_nothing() -> None:
    inputs = {(30, "a", 0): math.inf, (30, "b", 0): 20.0, (30, "c", 0): 20.0}
    found = seen(inputs, {(30, "a"): math.inf, (30, "b"): 21.0, (30, "c"): math.inf})
    assert [extreme.image for extreme in found] == ["a", "c"]


def test_one_window_is_held_for_each_extreme() -> None:
    images = [str(number) for number in range(50)]
    extremes = Extremes(rows("input", {(30, image, 0): 20.0 for image in images}), seed=0)
    held = []
    for number, image in enumerate(images):
        shown = window()
        held.append(weakref.ref(shown.target))
        extremes.see(30, image, 20.0 + number, shown)
    del shown
    assert [number for number, plane in enumerate(held) if plane() is not None] == [0, 49]


def test_an_image_without_rows_of_the_input_is_told() -> None:
    with pytest.raises(InputError) as error:
        seen({(30, "a", 0): 20.0}, {(30, "b"): 21.0})
    assert str(error.value) == (
        "rows of the degraded input must have b at level 30, got none: calibrate anew"
    )


FOLDER = "evaluate/mine/tiny/extremes"


def read(results: Path, kind: Kind) -> tuple[Any, list[bytes]] | None:
    return ResultFiles(results).extreme("mine", "tiny", 30, kind)


def test_files_hold_what_was_found(tmp_path: Path) -> None:
    best = Extreme("best", 30, "101", 25.5, 20.25, window(3, 4))
    write_extremes(tmp_path / FOLDER, [best, best._replace(kind="worst", psnr=math.inf)])
    assert len(list((tmp_path / FOLDER).iterdir())) == 2 * 4
    found = read(tmp_path, "best")
    assert found is not None
    record, pngs = found
    assert record == {
        "image": "101",
        "window": {"top": 3, "left": 4, "height": 2, "width": 3},
        "psnr": 25.5,
        "input_psnr": 20.25,
    }
    for part, png, grey in zip(PARTS, pngs, (10, 20, 30), strict=True):
        path = tmp_path / FOLDER / f"30-best-{part}.png"
        assert png == path.read_bytes()
        np.testing.assert_array_equal(read_image(path, min_side=1), np.full((2, 3), grey))
    perfect = read(tmp_path, "worst")
    assert perfect is not None and float(perfect[0]["psnr"]) == math.inf


@pytest.mark.parametrize("number", range(4))
def test_a_missing_file_is_no_extreme(tmp_path: Path, number: int) -> None:
    write_extremes(tmp_path / FOLDER, [Extreme("best", 30, "a", 25.5, 20.25, window())])
    assert read(tmp_path, "worst") is None
    extreme_files(tmp_path / FOLDER, 30, "best")[number].unlink()
    assert read(tmp_path, "best") is None


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    write_extremes(tmp_path / FOLDER, [Extreme("best", 30, "a", 25.5, 20.25, window())])
    path = tmp_path / FOLDER / "30-best.json"
    path.write_text(json.dumps({"image": "a"})[:-1])
    with pytest.raises(InputError, match=r"30-best\.json is missing or damaged"):
        read(tmp_path, "best")

"""The row schema: what is refused, what survives a file, and how scores are averaged."""

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memnet.errors import InputError
from memnet.results.rows import (
    ROW_COLUMNS,
    SUMMARY_COLUMNS,
    check_rows,
    read_rows,
    summarise,
    write_rows,
)

ROW = {
    "method": "memnet-sr",
    "task": "super_resolution",
    "level": 2,
    "dataset": "set5",
    "image": "baby",
    "seed": 0,
    "psnr": 33.5,
    "ssim": 0.93,
    "seconds": 0.25,
}


def rows(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([ROW | change for change in changes], columns=ROW_COLUMNS)


@given(psnr=st.floats(allow_nan=False), ssim=st.floats(allow_nan=False, allow_infinity=False))
def test_a_file_gives_back_the_exact_floats(
    tmp_path_factory: pytest.TempPathFactory, psnr: float, ssim: float
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    write_rows(path, rows({"psnr": psnr, "ssim": ssim}))
    back = read_rows(path).iloc[0]
    assert (back.psnr, back.ssim) == (psnr, ssim)


def test_names_that_look_like_numbers_or_nothing_stay_names(tmp_path: Path) -> None:
    names = {"image": "0101085", "method": "nan", "dataset": "NA"}
    write_rows(tmp_path / "rows.csv", rows(names))
    back = read_rows(tmp_path / "rows.csv")
    assert back[list(names)].iloc[0].to_dict() == names
    assert list(back) == ROW_COLUMNS
    assert back.level.dtype == back.seed.dtype == "int64"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (rows({}).drop(columns="ssim"), "missing: ssim, unknown: none"),
        (rows({}).assign(lpips=0.1), "missing: none, unknown: lpips"),
        (rows(), "at least one row, got none"),
        (rows({}, {"psnr": math.nan, "image": "bird"}), "psnr .* got NaN for bird"),
        (rows({"ssim": math.nan}), "ssim .* got NaN for baby"),
        (rows({}, {"psnr": 30.0}), r"two rows for baby \(memnet-sr, set5, level 2, seed 0\)"),
        (rows({"level": "two"}), "level, .* must be numbers in every row"),
    ],
)
def test_bad_rows_are_refused_and_not_written(
    tmp_path: Path, frame: pd.DataFrame, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        write_rows(tmp_path / "rows.csv", frame)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_missing_empty_or_broken_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with pytest.raises(InputError, match=r"rows\.csv is missing"):
        read_rows(path)
    for text in ("", "method,task\n", '"', ",".join(ROW_COLUMNS) + "\nm,t,2,d,i,0,,0.9,1\n"):
        path.write_text(text)
        with pytest.raises(InputError, match=r"rows\.csv"):
            read_rows(path)


def test_mean_over_images_then_over_seeds() -> None:
    scores = {0: {"a": 30.0, "b": 32.0}, 1: {"a": 33.0, "b": 31.0}, 2: {"a": 30.0, "b": 36.0}}
    frame = rows(
        *(
            {"seed": seed, "image": image, "psnr": psnr, "ssim": psnr / 40}
            for seed, images in scores.items()
            for image, psnr in images.items()
        )
    )
    cell = summarise(check_rows(frame, "test")).iloc[0]
    # by hand: the seeds' means are 31, 32 and 33
    assert cell.psnr == 32.0
    assert cell.ssim == pytest.approx(0.8, abs=1e-15)
    assert (cell.num_images, cell.num_seeds, cell.psnr_seed_std) == (2, 3, 1.0)


def test_each_cell_is_summarised_alone_and_in_order() -> None:
    frame = rows({"level": 4, "psnr": 20.0}, {"psnr": 40.0}, {"dataset": "b100", "psnr": 10.0})
    summary = summarise(frame)
    assert list(summary) == SUMMARY_COLUMNS
    assert list(zip(summary.dataset, summary.level, summary.psnr, strict=True)) == [
        ("b100", 2, 10.0),
        ("set5", 2, 40.0),
        ("set5", 4, 20.0),
    ]
    assert summary.psnr_seed_std.isna().all()  # one seed has no spread


def test_a_perfect_image_makes_the_mean_infinite() -> None:
    summary = summarise(rows({"psnr": math.inf}, {"image": "bird", "psnr": 30.0}))
    assert summary.psnr[0] == math.inf


def test_seeds_that_scored_other_images_are_refused() -> None:
    with pytest.raises(InputError, match=r"memnet-sr.*set5.*same images"):
        summarise(rows({}, {"seed": 1, "image": "bird"}))

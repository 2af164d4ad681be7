"""Scoring without the pipeline: a folder, a function, a network or the degraded input."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from memnet.data.catalog import load_catalog
from memnet.data.fetch import fetch
from memnet.errors import InputError
from memnet.evaluation.score import Score, Scored, score_folder, score_method
from memnet.files import read_json, write_json
from memnet.imaging.io import write_png
from memnet.imaging.rounding import to_uint8
from memnet.models.config import LapsrnConfig, VdsrConfig
from memnet.models.network import build_network
from memnet.results.networks import write_converted
from memnet.results.rows import ROW_COLUMNS, check_rows
from memnet.tasks import TASKS
from memnet.tasks.task import to_unit
from tests.projects import IMAGES, make_project, smooth_image

X3 = Score("super_resolution", "tiny", 3, 0)
NOISE = Score("denoising", "tiny", 30, 1)
JPEG = Score("jpeg_deblocking", "tiny", 10, 0)
HEIGHT, WIDTH = 45, 54  # of the targets at x3


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    return make_project(tmp_path, monkeypatch)


def write_inputs(what: Score) -> Path:
    """Folder `out` with the degraded planes in 8 bits."""
    task = TASKS[what.task]
    for seed, name in enumerate(IMAGES):
        pair = task.degrade(task.plane(smooth_image(seed)), what.level, seed=what.seed)
        plane = to_uint8(to_unit(pair.degraded) * np.float32(255))
        write_png(Path("out") / f"{name}.png", plane)
    return Path("out")


def scored(method: str, what: Score = X3, *, whole: bool = False) -> Scored:
    return score_method(what, method, whole=whole, parallel=False)


def fault(score: Callable[[], Scored]) -> str:
    with pytest.raises(InputError) as error:
        score()
    assert "\n" not in str(error.value)
    return str(error.value)


# The degraded input


@pytest.mark.parametrize("what", [X3, NOISE, JPEG], ids=lambda what: what.task)
def test_the_input_scores_what_its_task_says(what: Score) -> None:
    result = scored("input", what)
    rows = check_rows(result.rows, "rows")
    assert list(rows) == ROW_COLUMNS
    assert set(rows.method) == {"input"} and tuple(rows.image) == IMAGES
    assert [*rows.iloc[0][["task", "dataset", "level", "seed"]]] == [
        what.task, "tiny", what.level, what.seed
    ]  # fmt: skip
    task = TASKS[what.task]
    for seed, row in enumerate(rows.itertuples()):
        pair = task.degrade(task.plane(smooth_image(seed)), what.level, seed=what.seed)
        assert (row.psnr, row.ssim) == task.score(to_unit(pair.degraded), pair.target, what.level)
    assert result.protocol == task.sentence
    assert_same_scores(result.inputs, rows)


def assert_same_scores(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a[["image", "psnr", "ssim"]], b[["image", "psnr", "ssim"]])


def test_nothing_is_left_behind_but_the_fetched_images() -> None:
    scored("input")
    assert [path.name for path in Path(".scratch").iterdir()] == ["raw"]
    assert fault(lambda: scored("math:sin")).startswith("math:sin failed on bird at level 3: Type")
    assert [path.name for path in Path(".scratch").iterdir()] == ["raw"]


def test_the_images_of_the_pipeline_are_taken_where_they_lie() -> None:
    fetch("tiny", "datasets/raw/tiny", load_catalog())
    scored("input")
    assert not list(Path(".scratch").iterdir())


# A folder


@pytest.mark.parametrize("level", [2, 3, 4])
def test_a_folder_of_bicubic_images_scores_exactly_the_bicubic_row(level: int) -> None:
    what = X3._replace(level=level)
    result = score_folder(what, write_inputs(what))
    bicubic = scored("input", what).rows
    assert list(result.rows.psnr) == list(bicubic.psnr)
    assert list(result.rows.ssim) == list(bicubic.ssim)
    assert list(result.inputs.psnr) == list(bicubic.psnr)
    assert set(result.rows.method) == {"out"}
    assert result.protocol == TASKS["super_resolution"].sentence


def test_a_folder_of_jpeg_images_scores_exactly_the_jpeg_row() -> None:
    result = score_folder(JPEG, write_inputs(JPEG))
    jpeg = scored("input", JPEG).rows
    assert list(result.rows.psnr) == list(jpeg.psnr)
    assert list(result.rows.ssim) == list(jpeg.ssim)


def test_targets_score_perfectly() -> None:
    for seed, name in enumerate(IMAGES):
        write_png(Path("out") / f"{name}.png", smooth_image(seed)[:HEIGHT, :WIDTH])
    result = score_folder(X3, Path("out"))
    assert list(result.rows.psnr) == [np.inf, np.inf]
    assert list(result.rows.ssim) == [1, 1]


def _remove(folder: Path) -> None:
    (folder / "head.png").unlink()


def _shrink(folder: Path) -> None:
    write_png(folder / "head.png", np.zeros((15, 18), np.uint8))


def _leave_uncut(folder: Path) -> None:
    write_png(folder / "head.png", smooth_image(1))


def _make_transparent(folder: Path) -> None:
    Image.new("RGBA", (WIDTH, HEIGHT)).save(folder / "head.png")


def _add_one(folder: Path) -> None:
    write_png(folder / "mean.png", np.zeros((HEIGHT, WIDTH), np.uint8))


def _add_twin(folder: Path) -> None:
    Image.new("L", (WIDTH, HEIGHT)).save(folder / "head.bmp")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_remove, "out must hold an image for each of the 2 of tiny, 1 is missing: head; name each "
         "file after its image"),
        (_shrink, "out/head.png must have 54x45 pixels like its target, got 18x15: restore it at "
         "that size"),
        (_leave_uncut, "out/head.png must have 54x45 pixels like its target, got 56x47: cut it at "
         "the bottom and right"),
        (_make_transparent, 'image must be 8-bit grey or RGB, got "RGBA" in out/head.png; convert '
         "it first and save it as PNG"),
        (_add_one, "out must hold nothing but the images of tiny (bird, head), got mean.png too: "
         "remove what does not belong"),
        (_add_twin, "out must hold one file per image, got head.bmp and head.png for head: remove "
         "one"),
    ],
)  # fmt: skip
def test_a_folder_with_a_fault_is_refused(spoil: Callable[[Path], None], sentence: str) -> None:
    folder = write_inputs(X3)
    spoil(folder)
    assert fault(lambda: score_folder(X3, folder)) == sentence


# A function


def write_function(name: str, body: str) -> str:
    Path(f"{name}.py").write_text(f"import numpy as np\ndef f(plane, level): {body}\n")
    importlib.invalidate_caches()
    return f"{name}:f"


def test_a_function_that_returns_its_input_scores_as_that() -> None:
    result = scored(write_function("scored_as_input", "return plane"))
    assert_same_scores(result.rows, result.inputs)
    assert set(result.rows.method) == {"scored_as_input:f"}


def test_a_function_that_works_in_place_does_not_disturb_its_input() -> None:
    method = write_function("scored_in_place", "plane *= 0.5; return plane")
    result = scored(method)
    assert_same_scores(result.inputs, scored("input").rows)
    assert (result.rows.psnr < result.inputs.psnr).all()


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("nan", "plane[3, 4] = np.nan; return plane",
         "must return finite values for bird, got NaN or infinity"),
        ("infinity", "return plane / 0", "must return finite values for bird, got NaN or infinity"),
        ("cut", "return plane[1:]",
         "must return a plane of the shape (45, 54) for bird, got (44, 54)"),
        ("axes", "return plane[..., None]",
         "must return a plane of the shape (45, 54) for bird, got (45, 54, 1)"),
        ("nothing", "pass",
         "must return a NumPy array of floats in units of 255 = 1 for bird, got a NoneType"),
        ("bytes", "return np.uint8(plane * 255)",
         "must return a NumPy array of floats in units of 255 = 1 for bird, got an array of uint8: "
         "divide it by 255"),
        ("listed", "return plane.tolist()",
         "must return a NumPy array of floats in units of 255 = 1 for bird, got a list"),
        ("tensor", "import torch; return torch.from_numpy(plane)",
         "must return a NumPy array of floats in units of 255 = 1 for bird, got a Tensor"),
        ("mean", "return plane.mean()",
         "must return a NumPy array of floats in units of 255 = 1 for bird, got a float32"),
        ("broken", "raise ValueError('too dark')",
         "failed on bird at level 3: ValueError: too dark"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_function_with_a_fault_is_refused(name: str, body: str, sentence: str) -> None:
    method = write_function(f"scored_{name}", body)
    assert fault(lambda: scored(method)) == f"{method} {sentence}"


@pytest.mark.parametrize("kind", ["float16", "float64", "longdouble"])
def test_any_floating_type_is_scored(kind: str) -> None:
    result = scored(write_function(f"scored_{kind}", f"return plane.astype(np.{kind})"))
    np.testing.assert_allclose(result.rows.psnr, result.inputs.psnr, atol=0.2)


def test_a_module_that_does_not_exist_is_told_before_anything_is_fetched() -> None:
    assert "there is no module 'nothing' here" in fault(lambda: scored("nothing:f"))
    assert not Path(".scratch").exists()


# A network


def write_network(name: str, *, trained_on: str | None = None) -> None:
    """A network that returns its input."""
    config = VdsrConfig(depth=3, num_features=2, initialization="zero_residual")
    folder = Path("results/methods") / name
    folder.mkdir(parents=True)
    write_converted(folder, name, {"super_resolution": None}, build_network(config), {})
    learned = None
    if trained_on:
        learned = {"task": "super_resolution", "dataset": trained_on, "levels": [2, 3, 4]}
        learned |= {"validation": [], "num_images": 2}
    write_json(folder / "run.json", read_json(folder / "run.json") | {"training_set": learned})


@pytest.mark.parametrize(
    ("whole", "end"),
    [(True, "Images are restored whole."), (False, "or are no networks, restore images whole.")],
)
def test_a_network_says_how_it_cut_its_images(whole: bool, end: str) -> None:
    write_network("same")
    result = scored("same", whole=whole)
    assert_same_scores(result.rows, result.inputs)
    assert set(result.rows.method) == {"same"}
    assert result.protocol.startswith(TASKS["super_resolution"].sentence + " ")
    assert result.protocol.endswith(end)
    assert ("cores of at most 166 pixels a side" in result.protocol) is not whole


def test_a_network_is_not_scored_on_what_it_was_trained_on() -> None:
    write_network("learned", trained_on="tiny")
    assert fault(lambda: scored("learned")) == (
        "training set tiny and test set tiny must share no image, got 2 in both (bird, head); "
        "train on another set, or do not score on this one"
    )


def test_a_network_without_weights_for_the_level_is_told() -> None:
    folder = Path("results/methods/pyramid")
    folder.mkdir(parents=True)
    network = build_network(LapsrnConfig(scales=[2, 4], convs_per_level=1, num_features=2))
    write_converted(folder, "pyramid", {"super_resolution": [2, 4]}, network, {})
    assert fault(lambda: scored("pyramid")) == (
        "level of Lapsrn must be one of 2, 4, which it has weights for, got 3"
    )
    assert len(scored("pyramid", X3._replace(level=2)).rows) == 2


# What is refused before anything is fetched


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (X3._replace(task="deblurring"), "task must be one of super_resolution (or sr), "
         "denoising, jpeg_deblocking (or jpeg), got 'deblurring'"),
        (X3._replace(level=9), "scale of super_resolution must be in [2, 8], got 9"),
        (JPEG._replace(level=0), "quality of jpeg_deblocking must be in [1, 100], got 0"),
        (X3._replace(seed=1), "--seed has no meaning for super_resolution, which draws no noise"),
        (X3._replace(dataset="tny"), "dataset must be one of tiny, got 'tny' (did you mean tiny?)"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored(what: Score, sentence: str) -> None:
    folder = write_inputs(X3)
    assert fault(lambda: score_folder(what, folder)) == sentence
    assert fault(lambda: scored("input", what)) == sentence
    assert not Path(".scratch").exists()


@pytest.mark.parametrize("method", ["input", "same"])
def test_only_functions_run_in_parallel(method: str) -> None:
    write_network("same")
    told = fault(lambda: score_method(X3, method, whole=False, parallel=True))
    assert told == f"--parallel has no meaning for {method}, which is no function of a module"


@pytest.mark.parametrize("method", ["input", "builtins:abs"])
def test_only_networks_cut_images(method: str) -> None:
    told = fault(lambda: scored(method, whole=True))
    assert told == f"--whole has no meaning for {method}, no network of this project"

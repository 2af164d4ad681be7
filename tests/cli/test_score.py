"""`memnet score`: the table that it prints, and one sentence for each fault of its user."""

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from memnet.evaluation.score import Score, score_method
from memnet.imaging.io import write_png
from memnet.models.config import VdsrConfig
from memnet.models.network import build_network
from memnet.results.networks import write_converted
from memnet.results.rows import ROW_COLUMNS, read_rows
from memnet.tasks import TASKS
from tests.projects import IMAGES, smooth_image

SR = ("--dataset", "tiny", "--task", "super_resolution", "--scale", "3")
NOISE = ("--dataset", "tiny", "--task", "denoising", "--sigma", "30")
Run = Callable[..., str]


def write_function(name: str, text: str) -> str:
    Path(f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    return f"{name}:f"


def table(shown: str) -> dict[str, list[str]]:
    """Cells of each row of the table, by the first of them."""
    lines = [line.strip("│ ").split("│") for line in shown.splitlines() if line.startswith("│")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}


def bicubic_rows() -> pd.DataFrame:
    return score_method(
        Score("super_resolution", "tiny", 3, 0), "input", whole=False, parallel=False
    ).rows


# What is shown


def test_the_table_has_a_row_an_image_and_their_mean(said: Run) -> None:
    shown = said("score", "--method", "input", *SR)
    rows = bicubic_rows()
    expected = {
        row.image: [f"{row.psnr:.2f}", f"{row.ssim:.4f}", f"{row.psnr:.2f}", "+0.00"]
        for row in rows.itertuples()
    }
    psnr, ssim = f"{rows.psnr.mean():.2f}", f"{rows.ssim.mean():.4f}"
    assert table(shown) == expected | {"mean of 2": [psnr, ssim, psnr, "+0.00"]}
    sentence = " ".join(TASKS["super_resolution"].sentence.split())
    assert " ".join(shown.split()).endswith(sentence)


def test_a_folder_of_what_degrade_writes_scores_exactly_the_bicubic_row(said: Run) -> None:
    said("degrade", "tiny", "--task", "super_resolution", "--scale", "3", "--out", "bicubic")
    shown = said("score", "bicubic", *SR, "--rows", "rows/bicubic.csv")
    assert {cells[-1] for cells in table(shown).values()} == {"+0.00"}
    rows, expected = read_rows("rows/bicubic.csv"), bicubic_rows()
    assert list(rows) == ROW_COLUMNS and set(rows.method) == {"bicubic"}
    assert list(rows.psnr) == list(expected.psnr)
    assert list(rows.ssim) == list(expected.ssim)


def test_a_gain_is_the_difference_to_the_input(said: Run) -> None:
    method = write_function("darker", "def f(plane): return plane * 0.9")
    cells = table(said("score", "--method", method, *NOISE))
    assert [*cells] == [*IMAGES, "mean of 2"]
    for psnr, _, before, gain in cells.values():
        assert float(gain) == pytest.approx(float(psnr) - float(before), abs=0.011)
        assert gain.startswith("-")


def test_a_seed_draws_another_noise(said: Run) -> None:
    shown = [said("score", "--method", "input", *NOISE, "--seed", seed) for seed in "010"]
    assert table(shown[0]) == table(shown[2]) != table(shown[1])


@pytest.mark.parametrize(("whole", "cut"), [((), "166 pixels a side"), (("--whole",), "whole.")])
def test_a_network_says_how_it_cut_the_images(said: Run, whole: tuple[str, ...], cut: str) -> None:
    folder = Path("results/methods/same")
    folder.mkdir(parents=True)
    config = VdsrConfig(depth=3, num_features=2, initialization="zero_residual")
    write_converted(folder, "same", {"super_resolution": None}, build_network(config), {})
    shown = said("score", "--method", "same", *SR, *whole)
    assert cut in " ".join(shown.split())
    assert table(shown)["mean of 2"][-1] == "+0.00"


def test_equal_images_have_an_infinite_psnr_and_no_gain(said: Run) -> None:
    flat = np.full((36, 36), 100, np.uint8)
    write_png(Path("flat/a.png"), flat)
    said("dataset", "add", "flat", "flat")
    shown = said("score", "flat", "--dataset", "flat", *SR[2:])
    assert table(shown)["a"] == ["inf", "1.0000", "inf", "+0.00"]


@pytest.mark.parametrize(("level", "suffix"), [(SR, ".png"), (NOISE, ".tiff")])
def test_saved_images_score_the_same(said: Run, level: tuple[str, ...], suffix: str) -> None:
    name = write_function("saving", "def f(plane, level): return 0.99 * plane + 0.001")
    shown = said("score", "--method", name, *level, "--save", "out")
    assert sorted(path.name for path in Path("out").iterdir()) == [f"{n}{suffix}" for n in IMAGES]
    assert table(said("score", "out", *level)) == table(shown)


def test_images_are_saved_into_an_empty_folder_alone(said: Run, told: Run) -> None:
    Path("kept").mkdir()
    said("score", "--method", "input", *SR, "--save", "kept")
    assert told("score", "--method", "input", *SR, "--save", "kept") == (
        "kept must be a new or empty folder, so that no file is replaced"
    )


def test_published_rows_stand_below(said: Run) -> None:
    shutil.copytree("images/tiny", "photos")
    Path("datasets/own/registry.yaml").unlink()
    said("dataset", "add", "set5", "photos")
    rows = table(said("score", "--method", "input", "--dataset", "set5", *SR[2:]))
    assert rows["Bicubic, published"][:2] == ["30.39", "0.8682"]
    assert rows["MemNet, published"][:2] == ["34.09", "0.9248"]


def test_a_module_of_pytorch_by_its_name(said: Run) -> None:
    text = "import torch\nclass Net(torch.nn.Module):\n def forward(self, x): return x\nf = Net()"
    shown = table(said("score", "--method", write_function("module", text), *SR))
    assert shown["mean of 2"][-1] == "+0.00"


def test_names_with_brackets_are_shown_as_they_are(said: Run) -> None:
    for name in ("[red]a[/red]", "b[1]"):
        write_png(Path("photos") / f"{name.replace('/', '-')}.png", smooth_image(3))
    said("dataset", "add", "photos", "photos")
    shown = said("score", "--method", "input", "--dataset", "photos", *SR[2:])
    assert [*table(shown)] == ["[red]a[-red]", "b[1]", "mean of 2"]
    said("degrade", "photos", "--task", "super_resolution", "--scale", "3", "--out", "out[/v2]")
    assert "out[/v2]" in said("score", "out[/v2]", "--dataset", "photos", *SR[2:])


# What is refused, in one line


def _remove(folder: Path) -> None:
    (folder / "head.png").unlink()


def _shrink(folder: Path) -> None:
    write_png(folder / "head.png", np.zeros((15, 18), np.uint8))


def _leave_uncut(folder: Path) -> None:
    write_png(folder / "head.png", smooth_image(1))


def _make_transparent(folder: Path) -> None:
    Image.new("RGBA", (54, 45)).save(folder / "head.png")


def _cut_short(folder: Path) -> None:
    (folder / "head.png").write_bytes((folder / "head.png").read_bytes()[:-300])


def _add_one(folder: Path) -> None:
    write_png(folder / "mean.png", np.zeros((45, 54), np.uint8))


def _add_twin(folder: Path) -> None:
    Image.new("L", (54, 45)).save(folder / "head.bmp")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_remove, "out must hold an image for each of the 2 of tiny, 1 is missing: head; "),
        (_shrink, "out/head.png must have 54x45 pixels like its target, got 18x15: restore it at"),
        (_leave_uncut, "out/head.png must have 54x45 pixels like its target, got 56x47: cut it at "
         "the bottom and right"),
        (_make_transparent, 'image must be 8-bit grey or RGB, got "RGBA" in out/head.png; '),
        (_cut_short, "image must be whole, got damaged bytes in out/head.png ("),
        (_add_one, "out must hold nothing but the images of tiny (bird, head), got mean.png too: "),
        (_add_twin, "out must hold one file per image, got head.bmp and head.png for head: remove "
         "one"),
    ],
)  # fmt: skip
def test_a_folder_with_a_fault(
    told: Run, said: Run, spoil: Callable[[Path], None], sentence: str
) -> None:
    said("degrade", "tiny", "--task", "super_resolution", "--scale", "3", "--out", "out")
    spoil(Path("out"))
    assert told("score", "out", *SR).startswith(sentence)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("nan", "def f(p): return p * float('nan')",
         "must return finite values for bird, got NaN or infinity"),
        ("shape", "def f(p): return p[1:]",
         "must return a plane of the shape (45, 54) for bird, got (44, 54)"),
        ("none", "def f(p): pass",
         "must return a NumPy array of floats in units of 255 = 1 for bird, got a NoneType"),
        ("bytes", "def f(p): return (p * 255).astype('uint8')",
         "must return a NumPy array of floats in units of 255 = 1 for bird, got an array of uint8: "
         "divide it by 255"),
        ("raises", "def f(p): raise ValueError('too dark:\\n 3 < 4')",
         "failed on bird at level 3: ValueError: too dark: 3 < 4"),
        ("exits", "import sys\ndef f(p): sys.exit(0)", "failed on bird at level 3: SystemExit: 0"),
        ("three", "def f(p, level, more): return p",
         "must take the degraded plane, or the plane and its level, got (p, level, more)"),
        ("by_name", "def f(p, *, level): return p",
         "must take the degraded plane, or the plane and its level, got (p, *, level)"),
        ("other", "def g(p): return p",
         "must name a function of told_other, got no such function"),
    ],
)  # fmt: skip
def test_a_function_with_a_fault(told: Run, name: str, text: str, sentence: str) -> None:
    method = write_function(f"told_{name}", text)
    assert told("score", "--method", method, *SR) == f"{method} {sentence}"


def test_a_fault_in_another_process_is_one_line_too(told: Run) -> None:
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)  # workers keep the folder that they began in
    method = write_function("in_parallel", "def f(plane): raise ValueError('too dark')")
    sentence = told("score", "--method", method, *SR, "--parallel")
    get_reusable_executor().shutdown(wait=True)
    assert sentence.startswith("in_parallel:f failed on ")  # whichever was first
    assert sentence.endswith(" at level 3: ValueError: too dark")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "there is no module 'told_module_0' here; install it, or run in the folder that "
         "holds it"),
        ("import no_such_module", "there is no module 'no_such_module' here; install it, or run "
         "in the folder that holds it"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", "SystemExit: 0"),
    ],
)  # fmt: skip
def test_a_module_with_a_fault(
    told: Run, request: pytest.FixtureRequest, text: str | None, reason: str
) -> None:
    name = f"told_module_{request.node.callspec.indices['text']}"
    if text is not None:
        write_function(name, text)
    assert told("score", "--method", f"{name}:f", *SR) == (
        f"module '{name}' of {name}:f could not be imported: {reason}"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*SR], "give either a FOLDER of restored images or --method, not both or none"),
        (["out", *SR, "--method", "input"],
         "give either a FOLDER of restored images or --method, not both or none"),
        (["out", *SR], "out must be a folder with the restored images of tiny"),
        (["out", *SR, "--whole"],
         "--whole, --parallel, --network and --save have no meaning for a folder of images"),
        (["out", *SR, "--parallel"],
         "--whole, --parallel, --network and --save have no meaning for a folder of images"),
        (["out", *SR, "--network", "vdsr"],
         "--whole, --parallel, --network and --save have no meaning for a folder of images"),
        (["--method", "vdsr-official", "--network", "vdsr", *SR],
         "--network has no meaning without a file of weights: give --method FILE"),
        (["--method", "input", *SR, "--parallel"],
         "--parallel has no meaning for input, which is no function of a module"),
        (["--method", "builtins:abs", *SR, "--whole"],
         "--whole has no meaning for builtins:abs, no network of this project"),
        (["--method", "input", *SR, "--seed", "1"],
         "--seed has no meaning for super_resolution, which draws no noise"),
        (["--method", "input", *SR[:-1], "9"],
         "scale of super_resolution must be in [2, 8], got 9"),
        (["--method", "input", *SR[:-2]],
         "super_resolution needs --scale: how strongly its images are degraded"),
        (["--method", "input", *SR, "--sigma", "3"],
         "--sigma has no meaning for super_resolution: give --scale"),
        (["--method", "input", "--dataset", "tny", *SR[2:]],
         "dataset must be one of tiny, got 'tny' (did you mean tiny?)"),
        (["--method", "edsr", *SR],
         "method must be a network for super_resolution (vdsr-official, dncnn3, lapsrn), the "
         "folder of one, or a file of weights (.mat, .caffemodel, .pth, .pt, .ckpt, .bin, "
         ".safetensors), got 'edsr'"),
        (["--method", "arcnn", *SR], "arcnn is for jpeg_deblocking, not for super_resolution"),
        (["--method", "x.caffemodel", *SR],
         "x.caffemodel must be a file of weights, but is not there"),
        (["--method", ":f", *SR], "a function must be given as module:name, got ':f'"),
    ],
)  # fmt: skip
def test_what_has_no_meaning(told: Run, arguments: list[str], sentence: str) -> None:
    assert told("score", *arguments) == sentence


def test_rows_that_cannot_be_written_are_told(told: Run) -> None:
    Path("taken").touch()
    sentence = told("score", "--method", "input", *SR, "--rows", "taken/rows.csv")
    assert "taken" in sentence

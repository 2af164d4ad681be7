"""`memnet degrade`: an image, a folder or a dataset, degraded as the paper does it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from memnet.cli import app
from memnet.imaging.io import read_image, write_png
from memnet.imaging.metrics import psnr_b
from memnet.imaging.rounding import to_uint8
from memnet.tasks import TASKS
from memnet.tasks.protocols import low_resolution
from memnet.tasks.task import to_unit
from tests.projects import IMAGES, smooth_image

SR = ("--task", "super_resolution", "--scale", "3")
NOISE = ("--task", "denoising", "--sigma", "30")
JPEG = ("--task", "jpeg_deblocking", "--quality", "10")
Run = Callable[..., str]


def degraded(task: str, level: int, index: int, seed: int = 0) -> np.ndarray:
    """What is to be written of an image."""
    protocol = TASKS[task]
    pair = protocol.degrade(protocol.plane(smooth_image(index)), level, seed=seed)
    return to_uint8(to_unit(pair.degraded) * 255.0)


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.mark.parametrize(
    ("options", "level"), [(SR, 3), (NOISE, 30), (JPEG, 10)], ids=["x3", "s30", "q10"]
)
def test_a_dataset_becomes_a_folder_of_its_planes(
    said: Run, options: tuple[str, ...], level: int
) -> None:
    shown = said("degrade", "tiny", *options, "--out", "out")
    assert names("out") == [f"{name}.png" for name in IMAGES]
    scores, blocky = [], []
    for index, name in enumerate(IMAGES):
        expected = degraded(options[1], level, index)
        np.testing.assert_array_equal(read_image(f"out/{name}.png", min_side=1), expected)
        task = TASKS[options[1]]
        pair = task.degrade(task.plane(smooth_image(index)), level, seed=0)
        scores.append(task.score(to_unit(expected), pair.target, level))  # of what is written
        if task.name == "jpeg_deblocking":
            blocky.append(psnr_b(pair.degraded, pair.target, data_range=255))
    psnr, ssim = np.mean(scores, axis=0)
    said_of_blocks = f", PSNR-B {np.mean(blocky):.2f} dB" if blocky else ""
    assert ("their noise was clipped and rounded" in shown) == (task.name == "denoising")
    assert f"\n{task.sentence}\n" in shown
    assert shown.endswith(
        f"\nPSNR {psnr:.2f} dB, SSIM {ssim:.4f}{said_of_blocks} (mean of 2 images): out\n"
    )


@pytest.mark.parametrize("kind", ["npy", "tiff"])
def test_floats_keep_the_noise_that_8_bits_clip(said: Run, kind: str) -> None:
    """And `score` reads them: what degrade writes scores exactly as the pipeline's input."""
    shown = said("degrade", "tiny", *NOISE[:-1], "70", "--format", kind, "-o", "out")
    assert names("out") == [f"{name}.{kind}" for name in IMAGES]
    assert "clipped and rounded" not in shown
    what = ("--dataset", "tiny", *NOISE[:-1], "70")
    said("score", "out", *what, "--rows", "files.csv")
    said("score", "--method", "input", *what, "--rows", "input.csv")
    files, pipeline = (pd.read_csv(f"{name}.csv") for name in ("files", "input"))
    assert list(files.psnr) == list(pipeline.psnr) and list(files.ssim) == list(pipeline.ssim)
    assert f"PSNR {files.psnr.mean():.2f} dB" in shown


def test_one_bad_image_stops_no_folder(said: Run) -> None:
    for name in "ab":
        write_png(f"photos/{name}.png", smooth_image(0))
    Path("photos/b.png").write_bytes(Path("photos/b.png").read_bytes()[:-300])
    Path("photos/c.heic").write_bytes(b"\0\0\0\x18ftypheic")
    result = CliRunner().invoke(app, ["degrade", "photos", *JPEG, "-o", "out"])
    assert result.exit_code == 1 and names("out") == ["a.png"]
    assert result.stderr.splitlines()[0].startswith("not degraded: HEIC is not read here, got phot")
    assert result.stderr.splitlines()[1].startswith("not degraded: image must be whole, got damag")
    assert result.stderr.splitlines()[2] == "2 not degraded, as said above"
    assert "(mean of 1 images): out" in result.stdout


def test_an_image_becomes_a_png(said: Run) -> None:
    Image.fromarray(smooth_image(0)).save("photo.tif")
    shown = said("degrade", "photo.tif", *SR, "-o", "deep/er/out.PNG")
    np.testing.assert_array_equal(
        read_image("deep/er/out.PNG", min_side=1), degraded("super_resolution", 3, 0)
    )
    task = TASKS["super_resolution"]
    pair = task.degrade(task.plane(smooth_image(0)), 3, seed=0)
    psnr, ssim = task.score(pair.degraded, pair.target, 3)
    assert shown == f"{task.sentence}\nPSNR {psnr:.2f} dB, SSIM {ssim:.4f}: deep/er/out.PNG\n"


def test_a_folder_becomes_a_folder(said: Run) -> None:
    write_png(Path("photos/a b.png"), smooth_image(0))
    Image.fromarray(smooth_image(1)).save("photos/it's.BMP")
    Path("photos/notes.txt").touch()
    Path("photos/._a b.png").write_text("what a Mac leaves behind")
    said("degrade", "photos", *JPEG, "-o", "out")
    assert names("out") == ["a b.png", "it's.png"]
    np.testing.assert_array_equal(
        read_image("out/it's.png", min_side=1), degraded("jpeg_deblocking", 10, 1)
    )


def test_the_shrunken_image_can_be_had(said: Run) -> None:
    said("degrade", "tiny", *SR, "--low-resolution", "-o", "out")
    plane = TASKS["super_resolution"].plane(smooth_image(0))[:45, :54]
    expected = to_uint8(low_resolution(plane, 3) * 255.0)
    assert expected.shape == (15, 18)
    np.testing.assert_array_equal(read_image("out/bird.png", min_side=1), expected)


def test_a_seed_draws_another_noise(said: Run) -> None:
    for seed in ("0", "7"):
        said("degrade", "images/tiny/bird.png", *NOISE, "--seed", seed, "-o", f"{seed}.png")
        np.testing.assert_array_equal(
            read_image(f"{seed}.png", min_side=1), degraded("denoising", 30, 0, int(seed))
        )
    assert Path("0.png").read_bytes() != Path("7.png").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing", *SR], "nothing must be an image, a folder or a dataset, got none of them"),
        (["empty", *SR], "empty must hold images (.avif, .bmp, .gif, .jfif, .jpe, .jpeg, .jpg, "
         ".png, .tif, .tiff, .webp), got none"),
        (["tiny", *SR[:-1], "9"], "scale of super_resolution must be in [2, 8], got 9"),
        (["tiny", *NOISE, "--low-resolution"], "--low-resolution has no meaning for denoising"),
        (["tiny", *NOISE, "--scale", "3"], "--scale has no meaning for denoising: give --sigma"),
        (["tiny", "--task", "art"],
         "task must be one of super_resolution (or sr), denoising, jpeg_deblocking (or jpeg), got "
         "'art'"),
        (["images/tiny", *SR, "-o", "images/tiny"],
         "images/tiny/bird.png must not be overwritten, it is an image to be degraded: give "
         "another --out"),
        (["images/tiny/bird.png", *SR, "-o", "images/tiny/bird.png"],
         "images/tiny/bird.png must not be overwritten, it is an image to be degraded: give "
         "another --out"),
        (["images/tiny/bird.png", *SR, "-o", "link.png"],
         "link.png must not be overwritten, it is an image to be degraded: give another --out"),
        (["images/tiny/bird.png", *SR, "-o", "out.jpg"],
         "--out must be a .png, .npy or .tiff file for one image, got out.jpg"),
        (["images/tiny/bird.png", *SR, "-o", "empty"],
         "--out must be a .png, .npy or .tiff file for one image, got empty"),
        (["images/tiny/bird.png", *SR, "-o", "out.png", "--format", "npy"],
         "--out must be a .npy file for one image, got out.png"),
        (["tiny", *SR, "--format", "exr"], "--format must be one of png, npy, tiff, got 'exr'"),
        (["twins", *SR], "twins must hold one image of each name, got a.bmp and a.png"),
        (["small.png", *SR, "-o", "out.png"],
         "image must be at least 32x32 pixels, got 31x31 in small.png"),
    ],
)  # fmt: skip
def test_refused_in_one_line(told: Run, arguments: list[str], sentence: str) -> None:
    Path("empty").mkdir()
    Path("link.png").symlink_to("images/tiny/bird.png")
    write_png("small.png", np.zeros((31, 31), np.uint8))
    write_png("twins/a.png", smooth_image(0))
    Image.fromarray(smooth_image(1)).save("twins/a.bmp")
    before = {path: path.read_bytes() for path in Path("images").rglob("*.png")}
    out = [] if "-o" in arguments else ["-o", "out"]
    assert told("degrade", *arguments, *out) == sentence
    assert {path: path.read_bytes() for path in Path("images").rglob("*.png")} == before
    assert not Path("out").exists() and not Path("out.jpg").exists()


def test_an_image_that_has_the_name_of_a_dataset_comes_first(said: Run) -> None:
    Path("tiny").mkdir()
    write_png("tiny/only.png", smooth_image(5))
    said("degrade", "tiny", *SR, "-o", "out")
    assert names("out") == ["only.png"]

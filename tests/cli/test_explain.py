"""`memnet explain` as its user meets it: the table, the notes and the errors."""

from pathlib import Path

import numpy as np
import pytest
import typer
from click.testing import Result
from scipy.ndimage import gaussian_filter
from typer.testing import CliRunner

from memnet.cli.explain import explain
from memnet.errors import InputError
from memnet.explanation.scores import scores
from memnet.imaging.color import rgb_to_gray, rgb_to_y
from memnet.imaging.io import write_png
from memnet.tasks import TASKS

app = typer.Typer()
app.command()(explain)
RNG = np.random.default_rng(0)
TARGET = np.clip(gaussian_filter(RNG.normal(0, 300, (48, 60, 3)), (2, 2, 0)) + 128, 0, 255)
TARGET = TARGET.astype(np.uint8)
RESTORED = np.clip(TARGET + RNG.normal(0, 6, TARGET.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    write_png(tmp_path / "restored.png", RESTORED)
    write_png(tmp_path / "target.png", TARGET)
    return str(tmp_path / "restored.png"), str(tmp_path / "target.png")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def output(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def fault(*arguments: str) -> str:
    """The sentence of the error that `memnet` shows."""
    error = run(*arguments).exception
    assert isinstance(error, InputError)
    return str(error)


def test_scores_of_a_pair(files: tuple[str, str]) -> None:
    shown = output(*files, "--scale", "3")
    rows = scores([(RESTORED, TARGET)], TASKS["super_resolution"], 3).rows
    lines = shown.splitlines()
    for row in rows:
        (line,) = [line for line in lines if line.startswith(f" {row.name} ")]
        assert f"{row.psnr:.2f}" in line and f"{row.ssim:.4f}" in line
        if not row.the_papers:
            assert f"{row.psnr - rows[0].psnr:+.3f}" in line
    assert lines[3].rstrip().endswith("<- the paper, Table 4")
    assert shown.count("<-") == 1
    assert "1 image" in lines[1]
    assert "The paper: Luminance (MATLAB rgb2ycbcr" in shown
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("task", "option", "table", "sentence"),
    [
        ("super_resolution", "--scale=3", 4, "OpenCV INTER_CUBIC"),
        ("denoising", "--sigma=30", 3, "clipped and rounded to 8 bits"),
        ("jpeg_deblocking", "--quality=10", 5, "JPEG of RGB, 4:2:0"),
    ],
)
def test_degradations_of_a_target(
    files: tuple[str, str], task: str, option: str, table: int, sentence: str
) -> None:
    shown = output(files[1], "--task", task, option)
    assert f"<- the paper, Table {table}" in shown
    assert sentence in shown
    assert "These are the inputs" in shown
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("task", ["denoising", "jpeg_deblocking"])
def test_only_super_resolution_needs_a_level_to_score(files: tuple[str, str], task: str) -> None:
    shown = output(*files, "--task", task)
    assert "these files hold 8 bits" in shown
    assert "cut" not in shown.split("The paper")[0]


def test_folders_are_means(files: tuple[str, str], tmp_path: Path) -> None:
    for name in "ab":
        write_png(tmp_path / "r" / f"{name}.png", RESTORED)
        write_png(tmp_path / "t" / f"{name}.png", TARGET)
    one, two = (
        output(*files, "--scale=2"),
        output(str(tmp_path / "r"), str(tmp_path / "t"), "--scale=2"),
    )
    assert "mean of 2 images" in two
    assert one.splitlines()[3:] == two.splitlines()[3:]


def test_what_was_reported(files: tuple[str, str]) -> None:
    rows = scores([(RESTORED, TARGET)], TASKS["super_resolution"], 3).rows
    rgb = next(row for row in rows if row.name == "colour: RGB")
    shown = output(*files, "--scale=3", f"--reported={rgb.psnr:.2f}")
    assert f"{rgb.psnr:.2f} dB is what this gives: colour: RGB ({rgb.psnr:.2f} dB)" in shown
    shown = output(*files, "--scale=3", "--reported=99")
    assert "No row gives 99.00 dB, so that it has another cause; nearest: " in shown


def test_notes_on_grey_images(files: tuple[str, str], tmp_path: Path) -> None:
    plane = str(tmp_path / "plane.png")
    write_png(plane, rgb_to_gray(RESTORED))
    assert "Grey photos as results: 1 of 1. Their" in output(plane, files[1], "--scale=3")
    write_png(plane, rgb_to_y(RESTORED))
    assert "Grey results of RGB targets: 1 of 1." in output(plane, files[1], "--scale=3")
    assert "The images are grey: rows of other" in output(plane, "--scale=3")
    write_png(tmp_path / "mixed" / "grey.png", RESTORED[..., 1])
    write_png(tmp_path / "mixed" / "rgb.png", RESTORED)
    assert "Grey targets: 1 of 2." in output(str(tmp_path / "mixed"), "--scale=3")


def test_what_is_not_read_is_named(files: tuple[str, str], tmp_path: Path) -> None:
    write_png(tmp_path / "mixed/a.png", TARGET)
    (tmp_path / "mixed/b.heic").write_bytes(b"ftypheic")
    result = run(str(tmp_path / "mixed"), "--scale=3")
    assert result.exit_code == 1 and "mean of" not in result.stdout
    assert result.stderr.startswith("left out: HEIC is not read here, got ")
    np.save(tmp_path / "r.npy", np.zeros((60, 72), np.float32))
    assert "explain compares files of 8 bits" in fault(
        str(tmp_path / "r.npy"), files[1], "--scale=3"
    )


def test_faults(files: tuple[str, str], tmp_path: Path) -> None:
    restored, target = files
    assert fault(restored, target) == (
        "--task, or one of --scale (super_resolution), --sigma (denoising) and --quality "
        "(jpeg_deblocking), must be given, got none"
    )
    assert "denoising needs --sigma" in fault(target, "--task=denoising")
    assert "--scale has no meaning" in fault(restored, target, "--task=denoising", "--scale=2")
    assert "must be in [2, 8], got 9" in fault(restored, target, "--scale=9")
    assert "task must be one of" in fault(restored, target, "--task=deblurring")
    assert "got nothing" in fault(str(tmp_path / "nix.png"), target, "--scale=2")
    assert "one of each" in fault(restored, str(tmp_path), "--scale=2")
    assert fault(restored, target, "--scale=2", "--reported=nan") == (
        "--reported must be a PSNR in dB, got nan"
    )

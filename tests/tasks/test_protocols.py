"""The three protocols: what is degraded how, what is scored how, and the published baselines."""

from math import inf
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from memnet.errors import InputError
from memnet.imaging.color import rgb_to_gray, rgb_to_y
from memnet.imaging.io import read_image
from memnet.imaging.jpeg import jpeg_compress
from memnet.imaging.metrics import psnr
from memnet.imaging.resize import imresize
from memnet.inference.restore import restore
from memnet.pretrained.authors import vdsr_file
from memnet.tasks import TASKS, task_named
from memnet.tasks.protocols import low_resolution
from memnet.tasks.task import Restorer, Task, to_unit

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (41, 50, 3), dtype=np.uint8)
PLANE = np.clip(gaussian_filter(RNG.normal(0, 500, (41, 50)), 2) + 128, 0, 255).astype(np.uint8)
SR, NOISE, JPEG = TASKS["super_resolution"], TASKS["denoising"], TASKS["jpeg_deblocking"]
LEVEL = {SR.name: 3, NOISE.name: 30, JPEG.name: 10}
EVERY = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def test_tasks_by_name() -> None:
    assert [task_named(name) for name in TASKS] == [SR, NOISE, JPEG]
    with pytest.raises(InputError) as error:
        task_named("deblurring")
    assert str(error.value) == (
        "task must be one of super_resolution (or sr), denoising, jpeg_deblocking (or jpeg), "
        "got 'deblurring'"
    )


# The plane


def test_planes() -> None:
    np.testing.assert_array_equal(SR.plane(COLOUR), rgb_to_y(COLOUR))
    np.testing.assert_array_equal(JPEG.plane(COLOUR), rgb_to_y(COLOUR))
    np.testing.assert_array_equal(NOISE.plane(COLOUR), rgb_to_gray(COLOUR))


@EVERY
def test_grey_images_pass_as_they_are(task: Task) -> None:
    assert task.plane(PLANE) is PLANE


# Degrading


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_low_resolution_is_what_degrading_enlarges(scale: int) -> None:
    pair = SR.degrade(PLANE, scale, seed=0)
    small = low_resolution(pair.target, scale)
    assert small.shape == (41 // scale, 50 // scale)
    assert small.dtype == np.float64
    enlarged = imresize(small, scale, border="symmetric")
    np.testing.assert_array_equal(enlarged.astype(np.float32), pair.degraded)


@EVERY
def test_degrading_twice_is_the_same_and_leaves_the_plane(task: Task) -> None:
    before = PLANE.copy()
    a, b = (task.degrade(PLANE, LEVEL[task.name], seed=5) for _ in range(2))
    np.testing.assert_array_equal(a.degraded, b.degraded)
    np.testing.assert_array_equal(PLANE, before)
    assert a.target.shape == a.degraded.shape and a.target.dtype == np.uint8
    assert (a.degraded != a.target).any()


@EVERY
def test_only_a_random_task_depends_on_the_seed(task: Task) -> None:
    a, b = (task.degrade(PLANE, LEVEL[task.name], seed=seed).degraded for seed in (0, 1))
    assert (a != b).any() == task.random


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_super_resolution_input_is_bicubic_of_the_cut_plane_unrounded(scale: int) -> None:
    pair = SR.degrade(PLANE, scale, seed=0)
    height, width = (side // scale * scale for side in PLANE.shape)
    np.testing.assert_array_equal(pair.target, PLANE[:height, :width])
    small = imresize(pair.target / 255.0, 1 / scale, border="symmetric")
    assert small.shape == (height // scale, width // scale)
    again = imresize(small, scale, border="symmetric")
    assert pair.degraded.dtype == np.float32
    np.testing.assert_allclose(pair.degraded, again, atol=1e-7)
    steps = pair.degraded * 255
    assert np.abs(steps - np.round(steps)).max() > 0.4  # not on the 8-bit grid


def test_jpeg_input_is_8_bit() -> None:
    pair = JPEG.degrade(PLANE, 10, seed=0)
    assert pair.degraded.dtype == np.uint8
    np.testing.assert_array_equal(pair.degraded, jpeg_compress(PLANE, 10))
    np.testing.assert_array_equal(pair.target, PLANE)


def test_noisy_input_is_not_clipped() -> None:
    extremes = np.where(PLANE > 128, 255, 0).astype(np.uint8)
    pair = NOISE.degrade(extremes, 30, seed=0)
    assert pair.degraded.dtype == np.float32
    assert pair.degraded.min() < 0 and pair.degraded.max() > 1
    noise = pair.degraded * 255.0 - extremes
    assert 28 < noise.std() < 32


@pytest.mark.parametrize(
    ("task", "lowest", "highest", "name"),
    [(SR, 2, 8, "scale"), (NOISE, 1, 255, "sigma"), (JPEG, 1, 100, "quality")],
)
def test_level_limits(task: Task, lowest: int, highest: int, name: str) -> None:
    for level in (lowest, highest):
        task.degrade(PLANE, level, seed=0)
    for level in (lowest - 1, highest + 1):
        with pytest.raises(InputError) as error:
            task.degrade(PLANE, level, seed=0)
        assert str(error.value) == (
            f"{name} of {task.name} must be in [{lowest}, {highest}], got {level}"
        )


def test_8_bit_planes_become_units() -> None:
    got = to_unit(np.array([[0, 51, 255]], np.uint8))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, np.array([[0, 0.2, 1]], np.float32))
    noisy = np.array([[-0.5, 1.5]], np.float32)
    np.testing.assert_array_equal(to_unit(noisy), noisy)


# Scoring


@EVERY
def test_the_target_itself_scores_best(task: Task) -> None:
    score = task.score(to_unit(PLANE), PLANE, LEVEL[task.name])
    assert score.psnr > 130  # infinite but for single precision
    assert score.ssim == pytest.approx(1, abs=1e-9)
    assert score.psnr == inf or task is not SR


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_super_resolution_does_not_score_the_border(scale: int) -> None:
    for depth, infinite in ((scale, True), (scale + 1, False)):
        restored = to_unit(PLANE)
        spoilt = 1 - restored
        spoilt[depth:-depth, depth:-depth] = restored[depth:-depth, depth:-depth]
        score = SR.score(spoilt, PLANE, scale)
        assert (score.psnr == inf) == infinite
        assert (score.ssim > 1 - 1e-9) == infinite


@pytest.mark.parametrize("task", [NOISE, JPEG])
def test_the_other_tasks_score_the_border(task: Task) -> None:
    restored = to_unit(PLANE)
    restored[0, 0] += 10 / 255
    expected = 20 * np.log10(255 / (10 / np.sqrt(PLANE.size)))
    assert task.score(restored, PLANE, 10).psnr == pytest.approx(expected, abs=1e-4)


def test_super_resolution_scores_rounded_and_clipped_pixels() -> None:
    almost = to_unit(PLANE) + np.float32(0.49 / 255)
    assert SR.score(almost, PLANE, 2).psnr == inf
    white = np.full((30, 30), 255, np.uint8)
    assert SR.score(to_unit(white) + np.float32(0.2), white, 2).psnr == inf
    grey = np.minimum(PLANE, 250)
    over = to_unit(grey) + np.float32(0.51 / 255)
    assert SR.score(over, grey, 2).psnr == pytest.approx(20 * np.log10(255), abs=1e-9)


@pytest.mark.parametrize("task", [NOISE, JPEG])
def test_the_other_tasks_neither_round_nor_clip(task: Task) -> None:
    white = np.full((30, 30), 255, np.uint8)
    for error in (0.25, 20.0):
        got = task.score(to_unit(white) + np.float32(error / 255), white, 10).psnr
        assert got == pytest.approx(20 * np.log10(255 / error), abs=1e-3)


@EVERY
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_have_no_score(task: Task, value: float) -> None:
    restored = to_unit(PLANE)
    restored[20, 20] = value
    with pytest.raises(InputError, match="must be finite, got NaN or infinity"):
        task.score(restored, PLANE, LEVEL[task.name])


# The published values of the degraded inputs, and of the authors' VDSR, on the real images


def mean_scores(task: Task, folder: Path, level: int, restorer: Restorer, seed: int = 0):
    scores = []
    for path in sorted(folder.iterdir()):
        pair = task.degrade(task.plane(read_image(path, min_side=32)), level, seed=seed)
        scores.append(task.score(restorer(to_unit(pair.degraded)), pair.target, level))
    return np.mean(scores, axis=0)


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("task", "folder", "level", "published_psnr", "published_ssim"),
    [
        # MemNet (ICCV 2017), Table 3, column Bicubic.
        (SR, "set5", 2, 33.66, 0.9299),
        (SR, "set5", 3, 30.39, 0.8682),
        (SR, "set5", 4, 28.42, 0.8104),
        # MemNet (ICCV 2017), Table 5, column JPEG.
        (JPEG, "classic5", 10, 27.82, 0.7595),
        (JPEG, "classic5", 20, 30.12, 0.8344),
        (JPEG, "live1", 10, 27.77, 0.7730),
        (JPEG, "live1", 20, 30.07, 0.8512),
    ],
)
def test_published_inputs(
    mirror: Path, task: Task, folder: str, level: int, published_psnr: float, published_ssim: float
) -> None:
    got = mean_scores(task, mirror / folder, level, lambda plane: plane)
    assert got[0] == pytest.approx(published_psnr, abs=0.01)
    assert got[1] == pytest.approx(published_ssim, abs=0.0002)


@pytest.mark.mirror
@pytest.mark.parametrize(("sigma", "expected"), [(30, 18.59), (50, 14.15), (70, 11.23)])
def test_noisy_inputs_have_the_psnr_of_their_noise(
    mirror: Path, sigma: int, expected: float
) -> None:
    # 20 log10(255 / sigma), for noise that is not clipped.
    got = mean_scores(NOISE, mirror / "s14", sigma, lambda plane: plane)
    assert got[0] == pytest.approx(expected, abs=0.05)


@pytest.mark.mirror
@pytest.mark.slow
@pytest.mark.parametrize(
    ("scale", "published_psnr", "published_ssim"),
    # Kim et al., VDSR (CVPR 2016), Table 3, Set5.
    [(2, 37.53, 0.9587), (3, 33.66, 0.9213), (4, 31.35, 0.8838)],
)
def test_the_authors_vdsr_scores_as_published(
    mirror: Path, scale: int, published_psnr: float, published_ssim: float
) -> None:
    network = vdsr_file(mirror / "weights/VDSR_Official.mat").eval()

    def restorer(plane: np.ndarray) -> np.ndarray:
        return restore(network, plane, tile_core=None, device=torch.device("cpu"))

    got = mean_scores(SR, mirror / "set5", scale, restorer)
    assert got[0] == pytest.approx(published_psnr, abs=0.015)
    assert got[1] == pytest.approx(published_ssim, abs=0.0005)


def test_restored_planes_of_another_size_have_no_score() -> None:
    with pytest.raises(InputError, match="planes of the same shape"):
        SR.score(to_unit(PLANE)[:-1], PLANE, 2)


def test_the_noise_of_validation_and_benchmark_differ() -> None:
    a, b = (NOISE.degrade(PLANE, 30, seed=seed) for seed in (0, 20170801))
    assert psnr(a.degraded, b.degraded, data_range=1, border=0) < 20

"""PSNR, SSIM and PSNR-B against scikit-image, closed forms and the definition restated."""

from math import inf, log2, log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from memnet.errors import InputError
from memnet.imaging.metrics import psnr, psnr_b, ssim

RNG = np.random.default_rng(0)
TARGET = np.clip(gaussian_filter(RNG.normal(0, 600, (40, 53)), 3) + 128, 0, 255).astype(np.uint8)
NOISY = TARGET + RNG.normal(0, 20, TARGET.shape)
BOTH = pytest.mark.parametrize("metric", [psnr, ssim])


def skimage_ssim(a: np.ndarray, b: np.ndarray, data_range: float) -> float:
    """Wang's settings as scikit-image's documentation gives them; it crops its map to "valid"."""
    return structural_similarity(
        a.astype(np.float64), b.astype(np.float64), data_range=data_range,
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip


def plain_psnr_b(restored: np.ndarray, target: np.ndarray, data_range: float) -> float:
    """Yim and Bovik, IEEE TIP 2011, pixel pair by pixel pair."""
    height, width = restored.shape
    on, off = [], []
    for plane in (restored.astype(float), restored.astype(float).T):
        for row in plane:
            for x in range(len(row) - 1):
                (on if (x + 1) % 8 == 0 else off).append((row[x] - row[x + 1]) ** 2)
    boundary, inside = sum(on) / len(on), sum(off) / len(off)
    eta = log2(8) / log2(min(height, width)) if boundary > inside else 0
    mse = ((restored.astype(float) - target) ** 2).mean()
    return 10 * log10(data_range**2 / (mse + eta * (boundary - inside)))


# PSNR


@given(difference=st.integers(1, 255))
def test_psnr_of_a_constant_error_is_its_closed_form(difference: int) -> None:
    black = np.zeros((4, 5), np.uint8)
    got = psnr(black + np.uint8(difference), black, data_range=255, border=0)
    assert got == pytest.approx(20 * log10(255 / difference), abs=1e-12)


@pytest.mark.parametrize("data_range", [1.0, 219, 255])
def test_psnr_equals_scikit_image(data_range: float) -> None:
    expected = peak_signal_noise_ratio(TARGET.astype(float), NOISY, data_range=data_range)
    got = psnr(NOISY, TARGET, data_range=data_range, border=0)
    assert got == pytest.approx(expected, abs=1e-12)


def test_psnr_of_equal_planes_is_infinite() -> None:
    assert psnr(TARGET, TARGET, data_range=255, border=0) == inf


def test_uint8_differences_do_not_wrap() -> None:
    black, white = np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8)
    assert (
        psnr(black, white, data_range=255, border=0)
        == psnr(white, black, data_range=255, border=0)
        == 0
    )


# SSIM


@pytest.mark.parametrize("shape", [(40, 53), (11, 11), (11, 30), (17, 12)])
def test_ssim_equals_scikit_image(shape: tuple[int, int]) -> None:
    a, b = NOISY[: shape[0], : shape[1]], TARGET[: shape[0], : shape[1]]
    got = ssim(a, b, data_range=255, border=0)
    assert got == pytest.approx(skimage_ssim(a, b, 255), abs=1e-10)
    assert 0 < got < 1


def test_ssim_at_one_place_is_its_formula() -> None:
    a, b = NOISY[:11, :11], TARGET[:11, :11].astype(float)
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / np.outer(line, line).sum()  # fspecial('gaussian', 11, 1.5)
    mean_a, mean_b = (window * a).sum(), (window * b).sum()
    var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
    covariance = (window * (a - mean_a) * (b - mean_b)).sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    )
    assert ssim(a, b, data_range=255, border=0) == pytest.approx(expected, abs=1e-12)


def test_ssim_of_two_flat_planes_is_its_closed_form() -> None:
    a, b = np.full((20, 20), 100.0), np.full((20, 20), 150.0)
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    assert ssim(a, b, data_range=255, border=0) == pytest.approx(expected, abs=1e-9)


@given(seed=st.integers(0, 999), spread=st.integers(1, 255))
def test_ssim_is_symmetric_at_most_one_and_one_for_equals(seed: int, spread: int) -> None:
    a, b = np.random.default_rng(seed).integers(0, spread + 1, (2, 13, 15), dtype=np.uint8)
    got = ssim(a, b, data_range=255, border=0)
    assert -1 <= got <= 1
    assert got == pytest.approx(ssim(b, a, data_range=255, border=0), abs=1e-12)
    assert ssim(a, a, data_range=255, border=0) == pytest.approx(1, abs=1e-12)


# What both share


@BOTH
@given(turn=st.sampled_from([np.flipud, np.fliplr, np.transpose]), border=st.integers(0, 4))
def test_turning_both_planes_changes_nothing(metric, turn, border: int) -> None:
    expected = metric(NOISY, TARGET, data_range=255, border=border)
    got = metric(turn(NOISY), turn(TARGET), data_range=255, border=border)
    assert got == pytest.approx(expected, abs=1e-10)


@BOTH
def test_scaling_plane_and_range_together_changes_nothing(metric) -> None:
    expected = metric(NOISY, TARGET, data_range=255, border=2)
    got = metric(NOISY / 255, TARGET / 255, data_range=1, border=2)
    assert got == pytest.approx(expected, abs=1e-9)


@BOTH
@pytest.mark.parametrize("border", [1, 4, 14])
def test_border_pixels_do_not_count(metric, border: int) -> None:
    cut = (slice(border, -border),) * 2
    expected = metric(NOISY[cut], TARGET[cut], data_range=255, border=0)
    spoilt = np.zeros_like(NOISY)
    spoilt[cut] = NOISY[cut]
    assert metric(spoilt, TARGET, data_range=255, border=border) == expected


@pytest.mark.parametrize(
    ("metric", "largest", "least"), [(psnr, 15, 1), (ssim, 10, 11)], ids=["psnr", "ssim"]
)
def test_border_limits(metric, largest: int, least: int) -> None:
    plane = np.zeros((32, 40))
    metric(plane, plane, data_range=1, border=largest)
    for border in (-1, largest + 1):
        with pytest.raises(InputError) as error:
            metric(plane, plane, data_range=1, border=border)
        assert str(error.value) == (
            f"border must be in [0, {largest}] for a 40x32 image of which at least {least} "
            f"pixels a side must stay, got {border}"
        )


@pytest.mark.parametrize(
    ("metric", "shape", "sentence"),
    [
        (ssim, (10, 30), "image must be at least 11x11 pixels to be scored, got 30x10"),
        (psnr, (0, 3), "image must be at least 1x1 pixels to be scored, got 3x0"),
    ],
)
def test_images_too_small_to_score(metric, shape: tuple[int, int], sentence: str) -> None:
    with pytest.raises(InputError) as error:
        metric(np.zeros(shape), np.zeros(shape), data_range=255, border=0)
    assert str(error.value) == sentence


@BOTH
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_values_that_are_not_finite_are_refused(metric, value: float, side: int) -> None:
    planes = [NOISY.copy(), TARGET.astype(np.float64)]
    planes[side][20, 20] = value
    with pytest.raises(InputError, match=r"^restored and target must be finite, got NaN or inf"):
        metric(*planes, data_range=255, border=0)


@BOTH
@pytest.mark.parametrize("shape", [(40, 52), (40, 53, 1)])
def test_shapes_must_agree_and_be_planes(metric, shape: tuple[int, ...]) -> None:
    sentence = r"^restored and target must be planes of the same shape, got \(40, 53\) and \(40, 5"
    target = np.zeros(shape)
    with pytest.raises(InputError, match=sentence):
        metric(NOISY, target, data_range=255, border=0)
    with pytest.raises(InputError):
        metric(target[..., None], target[..., None], data_range=255, border=0)


# PSNR-B


def blocky(height: int, width: int) -> np.ndarray:
    """Each 8x8 block of another grey, with a little texture inside."""
    rng = np.random.default_rng(1)
    blocks = np.kron(rng.integers(60, 200, (height // 8 + 1, width // 8 + 1)), np.ones((8, 8)))
    return blocks[:height, :width] + rng.normal(0, 2, (height, width))


@pytest.mark.parametrize("shape", [(24, 32), (9, 9), (17, 40), (40, 25)])
def test_psnr_b_equals_its_definition(shape: tuple[int, int]) -> None:
    restored, target = blocky(*shape), np.random.default_rng(2).integers(0, 256, shape)
    got = psnr_b(restored, target, data_range=255)
    assert got == pytest.approx(plain_psnr_b(restored, target, 255), abs=1e-10)
    assert got < psnr(restored, target, data_range=255, border=0)


def test_psnr_b_is_psnr_without_blocks() -> None:
    smooth = np.add.outer(np.arange(32.0), np.arange(40.0))  # equal steps everywhere
    target = smooth + NOISY[:32, :40] / 50
    expected = psnr(smooth, target, data_range=255, border=0)
    assert psnr_b(smooth, target, data_range=255) == pytest.approx(expected, abs=1e-12)


def test_psnr_b_does_not_reward_edges_off_the_grid() -> None:
    shifted = blocky(40, 40)[4:36, 4:36]  # its steps lie in the middle of the blocks
    expected = psnr(shifted, NOISY[:32, :32], data_range=255, border=0)
    assert psnr_b(shifted, NOISY[:32, :32], data_range=255) == pytest.approx(expected, abs=1e-12)


def test_psnr_b_sees_the_blocks_of_the_restored_plane_only() -> None:
    blocks, flat = np.round(blocky(32, 32)), np.full((32, 32), 128.0)
    plain = psnr(flat, blocks, data_range=255, border=0)
    assert psnr_b(flat, blocks, data_range=255) == pytest.approx(plain, abs=1e-12)
    assert psnr_b(blocks, flat, data_range=255) < plain - 1


def test_psnr_b_of_equal_planes() -> None:
    flat = np.full((16, 16), 9.0)
    assert psnr_b(flat, flat, data_range=255) == inf
    blocks = blocky(16, 16)
    assert psnr_b(blocks, blocks, data_range=255) < 60  # even the target has blocks


def test_psnr_b_needs_a_block_boundary() -> None:
    with pytest.raises(InputError, match=r"^image must be at least 9x9 pixels to be scored"):
        psnr_b(np.zeros((8, 20)), np.zeros((8, 20)), data_range=255)

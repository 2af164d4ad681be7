"""MATLAB's bicubic `imresize`, against a plain restatement of it and by its symmetries."""

from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memnet.errors import InputError
from memnet.imaging.resize import Border, imresize, modcrop

RNG = np.random.default_rng(0)
BORDERS: list[Border] = ["symmetric", "replicate"]
SCALES = [0.5, 1 / 3, 0.25, 0.7, 1.0, 1.5, 2, 3, 4]


def matlab_cubic(x: float) -> float:
    x = abs(x)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0


def matlab_line(line: np.ndarray, scale: float, border: Border) -> np.ndarray:
    """MATLAB's `contributions` and the sum that follows, one output at a time, counted from 1."""
    length = len(line)
    kernel_width = 4 / scale if scale < 1 else 4.0
    out = []
    for x in range(1, ceil(length * scale) + 1):
        u = x / scale + 0.5 * (1 - 1 / scale)
        left = floor(u - kernel_width / 2)
        indices = [left + i for i in range(ceil(kernel_width) + 2)]
        if scale < 1:
            weights = [scale * matlab_cubic(scale * (u - i)) for i in indices]
        else:
            weights = [matlab_cubic(u - i) for i in indices]
        total = sum(weights)
        if border == "symmetric":
            mirrored = [*range(1, length + 1), *range(length, 0, -1)]
            indices = [mirrored[(i - 1) % len(mirrored)] for i in indices]
        else:
            indices = [min(max(i, 1), length) for i in indices]
        out.append(sum(w / total * line[i - 1] for w, i in zip(weights, indices, strict=True)))
    return np.array(out)


def matlab_imresize(image: np.ndarray, scale: float, border: Border) -> np.ndarray:
    out = image.astype(np.float64)
    for axis in (0, 1):
        out = np.apply_along_axis(matlab_line, axis, out, scale, border)
        if image.dtype == np.uint8:
            out = np.clip(np.floor(out + 0.5), 0, 255)
    return out


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("shape", [(12, 12), (7, 11), (1, 9), (8, 1), (1, 1)])
def test_equals_the_restatement(shape: tuple[int, int], scale: float, border: Border) -> None:
    image = RNG.random(shape)
    got = imresize(image, scale, border=border)
    assert got.dtype == np.float64 and got.flags.c_contiguous
    np.testing.assert_allclose(got, matlab_imresize(image, scale, border), rtol=0, atol=1e-12)


@pytest.mark.parametrize("scale", SCALES)
def test_uint8_is_rounded_after_each_axis(scale: float) -> None:
    image = RNG.integers(0, 2, (13, 10), dtype=np.uint8) * 255  # overshoots at every edge
    got = imresize(image, scale, border="symmetric")
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, matlab_imresize(image, scale, "symmetric"))


def test_rounding_after_each_axis_is_not_rounding_once() -> None:
    image = RNG.integers(0, 256, (20, 20), dtype=np.uint8)
    once = np.clip(np.floor(imresize(image / 1.0, 0.5, border="symmetric") + 0.5), 0, 255)
    assert (imresize(image, 0.5, border="symmetric") != once).any()


@given(
    height=st.integers(1, 12), width=st.integers(1, 12), scale=st.sampled_from(SCALES),
    border=st.sampled_from(BORDERS), level=st.integers(0, 255),
)  # fmt: skip
def test_constant_images_stay_constant(
    height: int, width: int, scale: float, border: Border, level: int
) -> None:
    image = np.full((height, width), level, np.uint8)
    got = imresize(image, scale, border=border)
    assert got.shape == (ceil(height * scale), ceil(width * scale))
    assert (got == level).all()
    exact = imresize(image.astype(np.float32), scale, border=border)
    np.testing.assert_allclose(exact, level, rtol=1e-12, atol=0)


@given(
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)), scale=st.sampled_from([2, 3, 4]),
    border=st.sampled_from(BORDERS), seed=st.integers(0, 99), shrink=st.booleans(),
)  # fmt: skip
def test_turned_images_give_turned_results(
    size: tuple[int, int], scale: int, border: Border, seed: int, shrink: bool
) -> None:
    factor = 1 / scale if shrink else scale
    shape = tuple(scale * side for side in size)  # so that the grid is symmetric
    image = np.random.default_rng(seed).random(shape)
    got = imresize(image, factor, border=border)
    for turn in (np.flipud, np.fliplr, np.transpose):
        turned = turn(imresize(turn(image), factor, border=border))
        np.testing.assert_allclose(turned, got, rtol=0, atol=1e-12)


def test_channels_are_resized_alone() -> None:
    image = RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8)
    got = imresize(image, 0.5, border="symmetric")
    assert got.shape == (5, 4, 3)
    for channel in range(3):
        alone = imresize(image[..., channel], 0.5, border="symmetric")
        np.testing.assert_array_equal(got[..., channel], alone)


@given(size=st.integers(1, 1500), level=st.integers(2, 8))
@settings(max_examples=60)
def test_down_and_up_again_has_the_first_size(size: int, level: int) -> None:
    image = np.zeros((level * size, level))
    small = imresize(image, 1.0 / level, border="symmetric")
    assert small.shape == (size, 1)
    assert imresize(small, level, border="symmetric").shape == image.shape


def test_borders_differ_only_where_the_kernel_leaves_the_image() -> None:
    image = RNG.random((16, 16))
    # Shrunk to one half, the kernel reaches 4 pixels; the second pixel outside differs first.
    for scale, reach in ((0.5, 2), (2, 1)):
        a, b = (imresize(image, scale, border=border) for border in BORDERS)
        inside = (slice(reach, -reach),) * 2
        np.testing.assert_array_equal(a[inside], b[inside])
        assert (a != b)[0].all() and (a != b)[:, -1].all()


def test_a_straight_line_stays_straight_inside() -> None:
    ramp = np.tile(np.arange(20.0), (20, 1))  # cubic convolution reproduces polynomials
    got = imresize(ramp, 2, border="symmetric")[10, 8:-8]
    np.testing.assert_allclose(got, (np.arange(40) + 0.5)[8:-8] / 2 - 0.5, rtol=1e-12)


@pytest.mark.parametrize("scale", [0, -1.0, float("nan")])
def test_scale_must_be_positive(scale: float) -> None:
    with pytest.raises(InputError, match=f"^scale must be greater than 0, got {scale}$"):
        imresize(np.zeros((4, 4)), scale, border="symmetric")


@given(height=st.integers(1, 40), width=st.integers(1, 40), modulus=st.integers(1, 8))
def test_modcrop_cuts_bottom_and_right(height: int, width: int, modulus: int) -> None:
    image = np.arange(height * width).reshape(height, width)
    if min(height, width) < modulus:
        sentence = (
            f"^image must be at least {modulus}x{modulus} pixels to be cut to a multiple of "
            f"{modulus}, got {width}x{height}$"
        )
        with pytest.raises(InputError, match=sentence):
            modcrop(image, modulus)
        return
    got = modcrop(image, modulus)
    assert all(0 <= old - new < modulus for old, new in zip(image.shape, got.shape, strict=True))
    assert not any(side % modulus for side in got.shape)
    np.testing.assert_array_equal(got, image[: got.shape[0], : got.shape[1]])


def test_modulus_must_be_positive() -> None:
    with pytest.raises(InputError, match=r"^modulus must be at least 1, got 0$"):
        modcrop(np.zeros((4, 4)), 0)

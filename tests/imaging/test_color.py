"""Luminance and grey against the values that the standards and MATLAB give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memnet.errors import InputError
from memnet.imaging.color import (
    NTSC_LUMINANCE,
    YCBCR_LUMINANCE,
    YCBCR_OFFSET,
    rgb_to_gray,
    rgb_to_y,
)

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
YELLOW, CYAN, MAGENTA = (255, 255, 0), (0, 255, 255), (255, 0, 255)


def pixel(colour: tuple[int, int, int]) -> np.ndarray:
    return np.array([[colour]], dtype=np.uint8)


@pytest.mark.parametrize(
    ("colour", "y"),
    # ITU-R BT.601: the luminance codes of 100 % colour bars.
    [(WHITE, 235), (YELLOW, 210), (CYAN, 170), (GREEN, 145),
     (MAGENTA, 106), (RED, 81), (BLUE, 41), (BLACK, 16)],
)  # fmt: skip
def test_luminance_of_the_colour_bars(colour: tuple[int, int, int], y: int) -> None:
    got = rgb_to_y(pixel(colour))
    assert (got.dtype, got.shape, int(got[0, 0])) == (np.uint8, (1, 1), y)


@pytest.mark.parametrize(
    ("colour", "grey"),
    # 0.2989 R + 0.5870 G + 0.1140 B of MATLAB's documentation of rgb2gray, by hand.
    [(WHITE, 255), (YELLOW, 226), (CYAN, 179), (GREEN, 150),
     (MAGENTA, 105), (RED, 76), (BLUE, 29), (BLACK, 0)],
)  # fmt: skip
def test_grey_of_the_colour_bars(colour: tuple[int, int, int], grey: int) -> None:
    assert int(rgb_to_gray(pixel(colour))[0, 0]) == grey


def test_coefficients_come_from_the_standards() -> None:
    luma = np.array([0.299, 0.587, 0.114])  # BT.601; 219 codes from black to white
    np.testing.assert_allclose(YCBCR_LUMINANCE * 255, 219 * luma, rtol=1e-12)
    assert YCBCR_OFFSET == 16
    # MATLAB's rgb2gray inverts the NTSC matrix of yiq2rgb, which is given to three decimals.
    yiq_to_rgb = [[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.106, 1.703]]
    np.testing.assert_allclose(NTSC_LUMINANCE, np.linalg.inv(yiq_to_rgb)[0], rtol=1e-12)


@given(pixels=st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=8))
def test_each_pixel_is_its_weighted_sum_rounded(pixels: list[tuple[int, int, int]]) -> None:
    image = np.array([pixels], dtype=np.uint8)
    for convert, weights, offset in (
        (rgb_to_y, (65.481 / 255, 128.553 / 255, 24.966 / 255), 16),
        (rgb_to_gray, NTSC_LUMINANCE, 0),
    ):
        exact = [sum(w * c for w, c in zip(weights, rgb, strict=True)) + offset for rgb in pixels]
        assert np.abs(convert(image)[0] - np.array(exact)).max() <= 0.5 + 1e-9


@given(level=st.integers(0, 255))
def test_grey_pixels_keep_their_value_in_gray_and_their_order_in_y(level: int) -> None:
    image = pixel((level, level, level))
    assert rgb_to_gray(image)[0, 0] == level
    assert int(rgb_to_y(image)[0, 0]) == int(16 + 219 * level / 255 + 0.5)


@pytest.mark.parametrize("convert", [rgb_to_y, rgb_to_gray])
def test_grey_images_pass_as_they_are(convert) -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert convert(grey) is grey


@pytest.mark.parametrize("convert", [rgb_to_y, rgb_to_gray])
@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (np.zeros((2, 2, 3)), "image must be 8-bit (uint8), got float64"),
        (np.zeros((2, 2, 4), np.uint8), "image must have the shape (H, W) or (H, W, 3), got"),
        (np.zeros(3, np.uint8), "image must have the shape (H, W) or (H, W, 3), got (3,)"),
    ],
)
def test_other_images_are_refused(convert, image: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError) as error:
        convert(image)
    assert str(error.value).startswith(sentence)

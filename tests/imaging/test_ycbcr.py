"""Luminance and chroma in full precision against the values of MATLAB and the standard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from memnet.imaging.color import rgb_to_y, rgb_to_ycbcr, ycbcr_to_rgb
from memnet.imaging.rounding import to_uint8


@pytest.mark.parametrize(
    ("colour", "codes"),
    # ITU-R BT.601: the codes of 100 % colour bars before rounding, MATLAB's 255 * rgb2ycbcr(rgb).
    [
        ((1, 1, 1), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((1, 0, 0), (81.481, 90.203, 240)),
        ((0, 1, 0), (144.553, 53.797, 34.214)),
        ((0, 0, 1), (40.966, 240, 109.786)),
    ],
)
def test_colour_bars(colour: tuple[int, ...], codes: tuple[float, ...]) -> None:
    got = rgb_to_ycbcr(np.array([[colour]], dtype=np.float64))
    np.testing.assert_allclose(got[0, 0] * 255, codes, rtol=0, atol=1e-12)


images = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=5).map(lambda s: (*s, 3)))


@given(image=images)
def test_there_and_back_is_the_same_image(image: np.ndarray) -> None:
    back = ycbcr_to_rgb(rgb_to_ycbcr(image / 255.0))
    np.testing.assert_allclose(back * 255, image, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(to_uint8(255 * back), image)


@given(image=images)
def test_rounded_luminance_is_that_of_the_protocols(image: np.ndarray) -> None:
    np.testing.assert_array_equal(
        to_uint8(255 * rgb_to_ycbcr(image / 255.0)[..., 0]), rgb_to_y(image)
    )


@given(level=st.floats(0, 1))
def test_grey_has_no_chroma(level: float) -> None:
    planes = rgb_to_ycbcr(np.full((1, 1, 3), level))
    np.testing.assert_allclose(planes[..., 1:] * 255, 128, rtol=0, atol=1e-12)

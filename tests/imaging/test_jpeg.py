"""JPEG compression against another encoder and decoder of the same standard."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from memnet.errors import InputError
from memnet.imaging.jpeg import jpeg_codec, jpeg_compress

RNG = np.random.default_rng(0)
SMOOTH = np.clip(gaussian_filter(RNG.normal(0, 900, (45, 61)), 4) + 128, 0, 255).astype(np.uint8)
ROUGH = RNG.integers(0, 256, (24, 17), dtype=np.uint8)


def pillow(plane: np.ndarray, quality: int) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(plane).save(stream, format="JPEG", quality=quality)
    return np.array(Image.open(stream))


@pytest.mark.parametrize("plane", [SMOOTH, ROUGH], ids=["smooth", "rough"])
@pytest.mark.parametrize("quality", [1, 10, 20, 50, 90, 100])
def test_pixels_are_those_of_pillow(plane: np.ndarray, quality: int) -> None:
    got = jpeg_compress(plane, quality)
    assert (got.dtype, got.shape) == (np.uint8, plane.shape)
    np.testing.assert_array_equal(got, pillow(plane, quality))


def test_a_flat_block_keeps_its_rounded_mean() -> None:
    # Only the DC term is left: at quality 10 the IJG table divides it, 8 x (level - 128), by 80.
    got = jpeg_compress(np.full((8, 8), 100, np.uint8), 10)
    np.testing.assert_array_equal(got, np.full((8, 8), 128 + round(8 * (100 - 128) / 80) * 80 // 8))


def test_more_quality_is_less_error() -> None:
    errors = [
        np.square(jpeg_compress(SMOOTH, q) - SMOOTH.astype(float)).mean() for q in (5, 20, 80)
    ]
    assert errors[0] > errors[1] > errors[2] > 0


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_quality_limits(quality: int) -> None:
    with pytest.raises(InputError, match=rf"^quality must be in \[1, 100\], got {quality}$"):
        jpeg_compress(SMOOTH, quality)


@pytest.mark.parametrize(
    "plane", [SMOOTH / 255.0, np.zeros((8, 8, 3), np.uint8)], ids=["float", "colour"]
)
def test_only_8_bit_grey(plane: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"^plane must be \(H, W\) uint8, got \("):
        jpeg_compress(plane, 10)


def test_the_codec_has_a_name() -> None:
    assert "jpeg" in jpeg_codec().lower()
    assert "unknown" not in jpeg_codec()

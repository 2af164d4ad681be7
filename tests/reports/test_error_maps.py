"""Error maps: what is subtracted, and in which colours it is shown."""

import io

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from reports.pages.error_maps import FACTOR, LARGEST, color_scale, error_map, with_error_maps
from reports.pages.model import Crop


def png(values: list[list[int]]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.array(values, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def colors(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode) == ("PNG", "P")
        image.load()  # checks every chunk
        return np.asarray(image.convert("RGB"))


def expected(errors: list[list[int]]) -> np.ndarray:
    """Colours of errors in grey values, as matplotlib draws a scale from 0 to 32."""
    shades = colormaps["inferno"](np.array(errors) / 32)
    return np.rint(255 * shades[..., :3])


def test_a_map_shows_the_absolute_error_up_to_its_largest() -> None:
    assert (FACTOR, LARGEST) == (8, 32)  # 31 * 8 is below 255, 32 * 8 above
    target = png([[0, 10, 255], [20, 255, 0]])
    restored = png([[0, 13, 250], [60, 0, 31]])
    found = colors(error_map(restored, target))
    np.testing.assert_array_equal(found, expected([[0, 3, 5], [32, 32, 31]]))
    np.testing.assert_array_equal(colors(error_map(target, restored)), found)


def test_every_grey_value_is_read_as_it_is() -> None:
    ramp = [list(range(256))]
    zeros = colors(error_map(png(ramp), png(ramp)))
    np.testing.assert_array_equal(zeros, expected([[0] * 256]))
    off_by_one = colors(error_map(png([[*range(1, 256), 254]]), png(ramp)))
    np.testing.assert_array_equal(off_by_one, expected([[1] * 256]))


def test_the_scale_has_every_colour_once() -> None:
    np.testing.assert_array_equal(colors(color_scale()), expected([list(range(33))]))


def test_maps_are_small() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96)).tolist()
    assert len(error_map(png(noise), png(np.zeros((96, 96), int).tolist()))) < 96 * 96


@pytest.mark.parametrize("target", [True, False])
def test_only_what_has_a_target_has_a_map(target: bool) -> None:
    crops = [Crop("input", png([[1]]), 20.0), Crop("m", png([[4]]), 30.0)]
    if target:
        crops.insert(0, Crop("target", png([[2]]), None))
    found = with_error_maps(crops)
    assert [crop for crop, _ in found] == crops
    errors = [None if error is None else colors(error) for _, error in found]
    if not target:
        assert errors == [None, None]
        return
    assert errors[0] is None
    np.testing.assert_array_equal(errors[1], expected([[1]]))
    np.testing.assert_array_equal(errors[2], expected([[2]]))

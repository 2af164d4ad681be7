"""Which plane a restored image holds: grey stored as colour, luminance, and grey photos."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from memnet.data.reading import Reading, one_channel, plane_of
from memnet.errors import InputError
from memnet.imaging.color import rgb_to_y, rgb_to_ycbcr
from memnet.imaging.resize import imresize
from memnet.imaging.rounding import to_uint8
from memnet.tasks import TASKS
from memnet.tasks.task import Task, to_unit

SR, NOISE, JPEG = (TASKS[name] for name in ("super_resolution", "denoising", "jpeg_deblocking"))
RNG = np.random.default_rng(0)
PATH = Path("r.png")


def photo(brightness: float, channels: int) -> np.ndarray:
    """Structure at every scale and noise, whose mean is at `brightness`."""
    layers = [
        imresize(RNG.normal(size=(96 // side, 120 // side, channels)), side, border="symmetric")
        for side in (1, 4, 12, 24)
    ]
    image = to_uint8(brightness + 18 * sum(layers))
    return image if channels == 3 else image[..., 0]


def three(plane: np.ndarray) -> np.ndarray:
    return np.dstack([plane] * 3)


@pytest.mark.parametrize("brightness", [40, 170, 210])
@pytest.mark.parametrize(("task", "level"), [(SR, 2), (SR, 4), (JPEG, 10), (JPEG, 90)])
@pytest.mark.parametrize("sharp", [True, False])
def test_luminance_and_photos_are_told_apart(
    task: Task, level: int, brightness: int, sharp: bool
) -> None:
    """The result may be as sharp as the target, or no better than the degraded plane."""
    grey, colour = photo(brightness, 1), photo(brightness, 3)
    luminance, as_photo = rgb_to_y(colour), rgb_to_y(three(grey))
    for stored, target, reading in (
        (luminance, luminance, Reading.PLANE), (three(luminance), luminance, Reading.CHANNELS),
        (grey, grey, Reading.PLANE), (three(grey), grey, Reading.CHANNELS),
        (grey, as_photo, Reading.PHOTO), (three(grey), as_photo, Reading.PHOTO),
    ):  # fmt: skip
        degraded = to_unit(task.degrade(target, level, seed=0).degraded)
        if not sharp and task is JPEG and reading is Reading.PHOTO:
            continue  # what a grey photo became as a JPEG is of another range of steps
        if not sharp:
            planes = [
                task.degrade(plane, level, seed=0).degraded for plane in np.atleast_3d(stored).T
            ]
            stored = to_uint8(255 * to_unit(np.dstack([plane.T for plane in planes]))).squeeze()
        plane, how = plane_of(stored, degraded, task, level, PATH)
        assert how is reading
        if sharp:
            np.testing.assert_array_equal(plane, target)
    if sharp:
        plane, how = plane_of(colour, degraded, task, level, PATH)
        assert how is Reading.PLAIN and np.array_equal(plane, luminance)


@pytest.mark.parametrize("change", [lambda p: p - 12.0, lambda p: 1.1 * (p - 128.0) + 128])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_brightness_of_its_own_is_no_photo(change, channels: int) -> None:
    """A method's fault must not be hidden by reading its results in another way."""
    plane = rgb_to_y(photo(120, 3))
    degraded = to_unit(SR.degrade(plane, 2, seed=0).degraded)
    stored = to_uint8(change(plane.astype(float)))
    given = stored if channels == 1 else three(stored)
    got, how = plane_of(given, degraded, SR, 2, PATH)
    np.testing.assert_array_equal(got, stored)
    assert how is Reading.UNSURE
    _, told = plane_of(given, degraded, SR, 2, PATH, unsure=Reading.PHOTO)
    assert told is Reading.PHOTO
    _, known = plane_of(given, degraded, SR, 2, PATH, grey_target=True)
    assert known is (Reading.PLANE if channels == 1 else Reading.CHANNELS)


def test_colour_of_a_colour_target_is_scored_though_its_range_be_wrong() -> None:
    """As Pillow's full-range YCbCr makes it of a luminance in 16 to 235."""
    colour = photo(90, 3)
    planes = rgb_to_ycbcr(colour / 255.0)
    stored = PillowImage.merge(
        "YCbCr", [PillowImage.fromarray(to_uint8(255 * planes[..., i])) for i in range(3)]
    )
    degraded = to_unit(SR.degrade(rgb_to_y(colour), 2, seed=0).degraded)
    wrong = np.array(stored.convert("RGB"))
    plane, how = plane_of(wrong, degraded, SR, 2, PATH, grey_target=False)
    np.testing.assert_array_equal(plane, rgb_to_y(wrong))
    assert how is Reading.FULL_RANGE


@pytest.mark.parametrize("stored", [photo(90, 1), three(photo(90, 1))], ids=["grey", "RGB"])
def test_grey_is_grey_for_denoising(stored: np.ndarray) -> None:
    plane, how = plane_of(stored, to_unit(NOISE.plane(stored)), NOISE, 30, PATH)
    np.testing.assert_array_equal(plane, NOISE.plane(stored))
    assert how is Reading.PLAIN


def test_channels_that_rounding_set_apart_are_one() -> None:
    plane = RNG.integers(1, 255, (40, 40), dtype=np.uint8)
    apart = np.dstack([plane, plane, plane + (RNG.random((40, 40)) < 0.5)]).astype(np.uint8)
    np.testing.assert_array_equal(one_channel(apart), plane)
    apart[0, 0] = 100, 100, 102
    assert one_channel(apart) is None


@pytest.mark.parametrize("brightness", [60, 190])
def test_colour_where_the_target_is_grey_is_refused(brightness: int) -> None:
    grey = photo(brightness, 1)
    tinted = np.dstack([grey, grey, to_uint8(grey + 12.0)])
    with pytest.raises(
        InputError, match=r"^r\.png must be grey, as its target is, got colour: save"
    ):
        plane_of(tinted, to_unit(SR.degrade(grey, 4, seed=0).degraded), SR, 4, PATH)


def test_a_plane_of_floats_is_taken_as_it_is() -> None:
    plane = RNG.normal(size=(40, 40)).astype(np.float32)
    got, how = plane_of(plane, to_unit(photo(90, 1)[:40, :40]), SR, 2, PATH)
    assert got is plane and how is Reading.PLAIN

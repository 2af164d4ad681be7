"""Which plane a restored image holds: a file does not say whether its grey is luminance."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memnet.data.pairing import listed
from memnet.errors import InputError
from memnet.imaging.color import rgb_to_gray
from memnet.imaging.io import image_facts
from memnet.imaging.unrounded import is_array_file
from memnet.tasks.task import Task, to_unit

NEARLY_EQUAL = 1  # grey levels; what a way through YCbCr and back may set channels apart
BLOCK = 8  # pixels a side; their mean hides the errors of restoration, but not a wrong range
CLOSE = 2.0  # squared grey levels; real results and inputs stay below it, but for scale 8
FAR = 4.0  # times as far is the wrong reading, unless an image has hardly any contrast


class Reading(Enum):
    """How a restored image became the plane that is scored, as a sentence without its full stop."""

    PLAIN = ""  # there is nothing to say
    PLANE = "Grey results, read as the very plane that is scored"
    CHANNELS = "Grey in three equal channels, read as the one plane that is scored"
    PHOTO = "Grey results, read as photos and converted to luminance before scoring"
    UNSURE = (
        "Grey results as bright as neither the plane that is scored nor a photo would be, read as "
        "that plane"
    )
    FULL_RANGE = (
        "Colour whose grey value is the luminance that is scored, as if it had been stored in full "
        "range; scored as the colour that it is"
    )


def one_channel(image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The plane (H, W) of a grey image, also of one in three nearly equal channels; else None."""
    if image.ndim == 2:
        return image
    if int(np.max(image.max(axis=2) - image.min(axis=2))) > NEARLY_EQUAL:
        return None
    return np.median(image, axis=2).astype(np.uint8)


def plane_of(
    image: NDArray[Any],
    degraded: NDArray[np.float32],
    task: Task,
    level: int,
    path: Path,
    *,
    grey_target: bool | None = None,
    unsure: Reading = Reading.UNSURE,
) -> tuple[NDArray[Any], Reading]:
    """The plane (H, W) that a restored image holds, uint8 or float32, and how it was read.

    A grey image is either that plane itself, as the networks return it, or a grey photo, of which
    the task takes the luminance (16 to 235 for super-resolution and JPEG). The two differ by up to
    20 grey levels: degraded once more, the right one is close to the degraded plane, and the other
    is not. If neither is close, `unsure` decides.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8, or a plane (H, W) float32 in units of 255 = 1
    degraded : (H, W) float32 in units of 255 = 1, the degraded plane of that task and level
    path : of the image, for messages
    grey_target : whether its target is grey; None if that is not known
    unsure : how to read a grey image if neither is close: PHOTO, PLANE, or UNSURE, which takes the
        plane as well but says that it was a guess

    Raises
    ------
    InputError : the image is in true colour, but its target is grey or seems to be
    """
    if image.dtype != np.uint8:
        return image, Reading.PLAIN
    grey = one_channel(image)
    photo = task.plane(image if image.ndim == 3 else np.dstack([image] * 3))
    value = rgb_to_gray(image) if grey is None else grey
    if np.array_equal(photo, value):  # of denoising, where the two are one
        return photo, Reading.PLAIN

    def distance(plane: NDArray[np.uint8]) -> float:
        again = to_unit(task.degrade(plane, level, seed=0).degraded)
        return float(np.mean((255 * (_means(again) - _means(degraded))) ** 2))

    of_value, of_photo = distance(value), distance(photo)
    is_value, is_photo = _is_close(of_value, of_photo), _is_close(of_photo, of_value)
    if grey is None:
        if grey_target or (grey_target is None and is_value):
            raise InputError(
                f"{path} must be grey, as its target is, got colour: save its one plane"
            )
        return photo, Reading.FULL_RANGE if is_value else Reading.PLAIN
    if not grey_target and (is_photo or (unsure is Reading.PHOTO and not is_value)):
        return photo, Reading.PHOTO
    if not (grey_target or is_value or unsure is Reading.PLANE):
        return grey, Reading.UNSURE
    return grey, Reading.PLANE if image.ndim == 2 else Reading.CHANNELS


def _is_close(one: float, other: float) -> bool:
    """Whether a mean squared difference is that of the right reading, beside that of the other."""
    return one < CLOSE and (FAR * one < other or one < other < CLOSE)


def _means(plane: NDArray[Any]) -> NDArray[np.float64]:
    """Means (rows, columns) of the blocks that a plane can be cut into."""
    height, width = (max(1, side // BLOCK) for side in plane.shape)
    rows, columns = (min(BLOCK, side) for side in plane.shape)
    inside = plane[: height * rows, : width * columns].astype(np.float64)
    return inside.reshape(height, rows, width, columns).mean(axis=(1, 3))


def lossy_notes(paths: Sequence[Path]) -> list[str]:
    """A sentence on files whose pixels are not those that a method gave, if any are so."""
    lossy = [path.name for path in paths if not is_array_file(path) and image_facts(path).lossy]
    told = f"Saved with loss: {listed(lossy, shown=3)}."
    return [f"{told} The loss is part of these scores; PNG has none."] if lossy else []


def turned_notes(names: Sequence[str]) -> list[str]:
    """A sentence on targets that an EXIF orientation turns, if any are so."""
    told = f"Targets turned upright, as their EXIF orientation says: {listed(names, shown=3)}."
    return [told] if names else []

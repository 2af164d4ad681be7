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
from memnet.imaging.unrounded import holds_floats
from memnet.tasks.task import Task, to_unit

NEARLY_EQUAL = 1  # grey levels; what a way through YCbCr and back may set channels apart
BLOCK = 8  # pixels; over so many, what restoring leaves out averages out, but not a wrong range


class Reading(Enum):
    """How a restored image became the plane that is scored, and the sentence that says so."""

    PLAIN = ""
    PLANE = "Grey results, read as the very plane that is scored"
    CHANNELS = "Grey in three equal channels, read as the one plane that is scored"
    PHOTO = "Grey results, read as photos, of which the luminance is scored"

    @property
    def sentence(self) -> str:
        """Without its full stop; empty where there is nothing to say."""
        return self.value


def one_channel(image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The plane (H, W) of a grey image, also of one in three nearly equal channels; else None."""
    if image.ndim == 2:
        return image
    if int(np.max(image.max(axis=2) - image.min(axis=2))) > NEARLY_EQUAL:
        return None
    plane: NDArray[np.uint8] = np.median(image, axis=2).astype(np.uint8)
    return plane


def plane_of(
    image: NDArray[Any], degraded: NDArray[np.float32], task: Task, level: int, path: Path
) -> tuple[NDArray[Any], Reading]:
    """The plane that a restored image holds.

    A grey image is either that plane itself, as the networks give it, or a grey photo, whose
    luminance the task takes (16 to 235 for super-resolution and JPEG). The two differ by up to 20
    grey levels. The one is taken that, degraded in its turn, is nearer to the degraded plane.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8, or a plane (H, W) float32 in units of 255 = 1
    degraded : (H, W) float32 in units of 255 = 1, the degraded plane
    task, level : how it was degraded
    path : of the image, for messages

    Returns
    -------
    (H, W) uint8 or, of a plane of floats, float32; and how it was read

    Raises
    ------
    InputError : an image in true colour, where the degraded plane is of a grey one
    """
    if image.dtype != np.uint8:
        return image, Reading.PLAIN
    grey = one_channel(image)
    photo = task.plane(image if image.ndim == 3 else np.dstack([image] * 3))

    def distance(plane: NDArray[np.uint8]) -> float:
        again = to_unit(task.degrade(plane, level, seed=0).degraded)
        return float(np.mean((_means(again) - _means(degraded)) ** 2))

    if grey is None:
        gray = rgb_to_gray(image)
        if not np.array_equal(gray, photo) and 2 * distance(gray) < distance(photo):
            raise InputError(
                f"{path} must be grey, as its target is, got colour: save its one plane"
            )
        return photo, Reading.PLAIN
    if np.array_equal(photo, grey):  # of denoising, where the two are one
        return photo, Reading.PLAIN
    if distance(photo) < distance(grey):
        return photo, Reading.PHOTO
    return grey, Reading.PLANE if image.ndim == 2 else Reading.CHANNELS


def _means(plane: NDArray[Any]) -> NDArray[np.float64]:
    """Means (rows, columns) of the blocks that a plane can be cut into."""
    height, width = (max(1, side // BLOCK) for side in plane.shape)
    rows, columns = (min(BLOCK, side) for side in plane.shape)
    inside = plane[: height * rows, : width * columns].astype(np.float64)
    means: NDArray[np.float64] = inside.reshape(height, rows, width, columns).mean(axis=(1, 3))
    return means


def lossy_notes(paths: Sequence[Path]) -> list[str]:
    """A sentence on files whose pixels are not those that a method gave, if any are so."""
    lossy = [path.name for path in paths if not holds_floats(path) and image_facts(path).lossy]
    if not lossy:
        return []
    return [
        f"Saved with loss: {listed(lossy, shown=3)}. The loss is part of these scores; PNG has "
        "none."
    ]


def turned_notes(names: Sequence[str]) -> list[str]:
    """A sentence on targets that an EXIF orientation turns, if any are so."""
    if not names:
        return []
    return [f"Targets turned upright, as their EXIF orientation says: {listed(names, shown=3)}."]

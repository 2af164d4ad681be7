"""What a task is: how a target is degraded, and how a result is scored."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError
from memnet.imaging.color import rgb_to_y
from memnet.imaging.metrics import psnr, ssim
from memnet.schema import LEVEL_LIMITS


class DegradedImage(NamedTuple):
    """All that a method is given of one degraded image, which is everything but the target."""

    plane: NDArray[np.float32]  # (H, W) in units of 255 = 1
    level: int  # scale, sigma or quality
    dataset: str
    image: str
    seed: int  # of the noise
    # (H / scale, W / scale) in units of 255 = 1, for methods that do their own enlarging; None if
    # the task is not super-resolution
    low_resolution: NDArray[np.float32] | None


Restorer = Callable[[DegradedImage], NDArray[np.float32]]
"""A method: a degraded image to the restored plane (H, W) in units of 255 = 1."""


class Pair(NamedTuple):
    """A target and what the network is given for it, of the same shape (H, W).

    `target` is uint8. `degraded` is uint8, or float32 in units of 255 = 1 where the protocol does
    not round.
    """

    target: NDArray[np.uint8]
    degraded: NDArray[Any]


class Score(NamedTuple):
    """PSNR in dB and SSIM of one image."""

    psnr: float
    ssim: float


class Task(ABC):
    """One restoration task under one named and versioned protocol."""

    name: str
    title: str  # as inside a sentence
    version: str
    level_name: str  # what a level is: scale, sigma or quality
    level_prefix: str  # as in x2, s30, q10
    tile_core: int  # threshold of the official tiling
    random = False  # whether degrading draws noise, so that a seed matters
    rounds = False  # whether a result is rounded to 8 bits before it is scored
    sentence: str  # the whole protocol, printed under every table that it feeds

    def plane(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Plane (H, W) that the task works on: luminance in 16 .. 235; a grey image as it is."""
        return rgb_to_y(image)

    @abstractmethod
    def degrade(self, plane: NDArray[np.uint8], level: int, *, seed: int) -> Pair:
        """Target and degraded input at one level; `seed` draws the noise where there is any."""

    def score(self, restored: NDArray[np.float32], target: NDArray[np.uint8], level: int) -> Score:
        """Score of a plane in units of 255 = 1, by default neither rounded nor cut."""
        return score_8_bit(restored.astype(np.float64) * 255, target, border=0)


def score_8_bit(restored: NDArray[Any], target: NDArray[np.uint8], *, border: int) -> Score:
    """Score of a plane in grey levels, `border` pixels being cut from each side."""
    return Score(
        psnr(restored, target, data_range=255, border=border),
        ssim(restored, target, data_range=255, border=border),
    )


def to_unit(plane: NDArray[Any]) -> NDArray[np.float32]:
    """Plane in units of 255 = 1 and single precision, as the networks are fed."""
    return np.asarray(plane / 255.0 if plane.dtype == np.uint8 else plane, dtype=np.float32)


def require_level(task: Task, level: int) -> None:
    """Raise InputError unless `level` is one that the task has."""
    lowest, highest = LEVEL_LIMITS[task.name]
    if not lowest <= level <= highest:
        raise InputError(
            f"{task.level_name} of {task.name} must be in [{lowest}, {highest}], got {level}"
        )

"""Gaussian denoising as the official `test_MemNet_M6R6_GD.m` does it."""

import numpy as np
from numpy.typing import NDArray

from memnet.imaging.color import rgb_to_gray
from memnet.imaging.noise import add_gaussian_noise
from memnet.tasks.task import Pair, Task, require_level


class Denoising(Task):
    """White Gaussian noise, neither clipped nor rounded; scored without rounding."""

    name = "denoising"
    version = "1"
    level_name = "sigma"
    level_prefix = "s"
    tile_core = 120
    random = True
    sentence = (
        "Grey value (MATLAB rgb2gray, 8 bits); white Gaussian noise of standard deviation sigma, "
        "neither clipped nor rounded, the generator started anew for each image; the result is "
        "not rounded, not clipped and not cut before PSNR (range 255) and SSIM (11x11 Gaussian "
        "window); mean over noise seeds."
    )

    def plane(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Grey value in 0 .. 255."""
        return rgb_to_gray(image)

    def degrade(self, plane: NDArray[np.uint8], level: int, *, seed: int) -> Pair:
        """Plane and its noisy version."""
        require_level(self, level)
        return Pair(plane, add_gaussian_noise(plane, level, seed=seed))

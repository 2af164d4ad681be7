"""JPEG deblocking as the official `test_MemNet_M6R6_JD.m` does it."""

import numpy as np
from numpy.typing import NDArray

from memnet.imaging.color import rgb_to_y
from memnet.imaging.jpeg import jpeg_compress
from memnet.tasks.task import Pair, Task, require_level


class JpegDeblocking(Task):
    """Grey JPEG compression of the luminance; scored without rounding."""

    name = "jpeg_deblocking"
    version = "1"
    level_name = "quality"
    level_prefix = "q"
    tile_core = 150
    random = False
    sentence = (
        "Luminance (MATLAB rgb2ycbcr, 16 to 235, rounded to 8 bits), compressed as a grey JPEG of "
        "the given IJG quality; the result is not rounded, not clipped and not cut before PSNR "
        "(range 255) and SSIM (11x11 Gaussian window)."
    )

    def plane(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Luminance in 16 .. 235; a grey image is taken as it is."""
        return rgb_to_y(image)

    def degrade(self, plane: NDArray[np.uint8], level: int, *, seed: int) -> Pair:
        """Plane and its compressed version, both 8-bit."""
        require_level(self, level)
        return Pair(plane, jpeg_compress(plane, level))

"""The three tasks of the paper, as the official `test_MemNet_M6R6_*.m` scripts do them."""

import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError
from memnet.imaging.color import rgb_to_gray
from memnet.imaging.jpeg import jpeg_compress
from memnet.imaging.noise import add_gaussian_noise
from memnet.imaging.resize import imresize, modcrop
from memnet.imaging.rounding import to_uint8
from memnet.tasks.task import Pair, Score, Task, require_level, score_8_bit


class SuperResolution(Task):
    """Bicubic shrinking by the scale and bicubic enlarging back; scored on 8-bit luminance."""

    name = "super_resolution"
    title = "super-resolution"
    version = "1"
    level_name = "scale"
    level_prefix = "x"
    tile_core = 150
    rounds = True
    sentence = (
        "Luminance (MATLAB rgb2ycbcr, 16 to 235, rounded to 8 bits), cut to a multiple of the "
        "scale; shrunk and enlarged by MATLAB's bicubic imresize in double precision; the result "
        "is rounded to 8 bits, and as many pixels as the scale are cut from each side before PSNR "
        "(range 255) and SSIM (11x11 Gaussian window)."
    )

    def degrade(self, plane: NDArray[np.uint8], level: int, *, seed: int) -> Pair:
        """Plane cut to a multiple of the scale, and its bicubic reconstruction, not rounded."""
        require_level(self, level)
        target = modcrop(plane, level)
        small = low_resolution(target, level)
        return Pair(target, imresize(small, level, border="symmetric").astype(np.float32))

    def score(self, restored: NDArray[np.float32], target: NDArray[np.uint8], level: int) -> Score:
        """Score after rounding to 8 bits and cutting `level` pixels from each side."""
        if not np.isfinite(restored).all():  # rounding would hide it
            raise InputError("restored must be finite, got NaN or infinity")
        rounded = to_uint8(restored * np.float32(255))
        return score_8_bit(rounded, target, border=level)


def low_resolution(plane: NDArray[np.uint8], scale: int) -> NDArray[np.float64]:
    """Input (H / scale, W / scale), 255 = 1, of a network that does its own enlarging.

    MATLAB's bicubic `imresize` of the plane (H, W) in double precision, not rounded. The sides must
    be multiples of `scale`.
    """
    assert all(side % scale == 0 for side in plane.shape), f"{plane.shape} must be cut by modcrop"
    return imresize(plane / 255.0, 1.0 / scale, border="symmetric")


class Denoising(Task):
    """White Gaussian noise, neither clipped nor rounded; scored without rounding."""

    name = "denoising"
    title = "denoising"
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


class JpegDeblocking(Task):
    """Grey JPEG compression of the luminance; scored without rounding."""

    name = "jpeg_deblocking"
    title = "JPEG deblocking"
    version = "1"
    level_name = "quality"
    level_prefix = "q"
    tile_core = 150
    sentence = (
        "Luminance (MATLAB rgb2ycbcr, 16 to 235, rounded to 8 bits), compressed as a grey JPEG of "
        "the given IJG quality; the result is not rounded, not clipped and not cut before PSNR "
        "(range 255) and SSIM (11x11 Gaussian window)."
    )

    def degrade(self, plane: NDArray[np.uint8], level: int, *, seed: int) -> Pair:
        """Plane and its compressed version, both 8-bit."""
        require_level(self, level)
        return Pair(plane, jpeg_compress(plane, level))

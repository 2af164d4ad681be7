"""The one plane that the networks see: luminance or grey, as MATLAB computes it."""

import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError
from memnet.imaging.rounding import to_uint8

# ITU-R BT.601 with footroom and headroom, the first row of MATLAB's rgb2ycbcr matrix.
YCBCR_LUMINANCE = np.array([65.481, 128.553, 24.966]) / 255.0
YCBCR_OFFSET = 16.0
# The first row of the inverse of MATLAB's yiq2rgb matrix, which rgb2gray uses.
NTSC_LUMINANCE = np.array([0.298936021293775390, 0.587043074451121360, 0.114020904255103250])


def rgb_to_y(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luminance Y in 16 .. 235 of an 8-bit colour image: MATLAB's `rgb2ycbcr`, first plane.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB, or (H, W) grey, which is returned as it is (as the official test
        scripts do)

    Returns
    -------
    (H, W) uint8
    """
    return _weighted(image, YCBCR_LUMINANCE, YCBCR_OFFSET)


def rgb_to_gray(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey value in 0 .. 255 of an 8-bit colour image: MATLAB's `rgb2gray`.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB, or (H, W) grey, which is returned as it is

    Returns
    -------
    (H, W) uint8
    """
    return _weighted(image, NTSC_LUMINANCE, 0.0)


def _weighted(
    image: NDArray[np.uint8], weights: NDArray[np.float64], offset: float
) -> NDArray[np.uint8]:
    if image.dtype != np.uint8:
        raise InputError(f"image must be 8-bit (uint8), got {image.dtype}")
    if image.ndim == 2:
        return image
    if image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"image must have the shape (H, W) or (H, W, 3), got {image.shape}")
    return to_uint8(image.astype(np.float64) @ weights + offset)

"""Luminance, chroma and grey as MATLAB computes them; the networks see luminance or grey only."""

import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError
from memnet.imaging.rounding import to_uint8

# ITU-R BT.601 with footroom and headroom: MATLAB's rgb2ycbcr, of which Y is the first row.
YCBCR = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]])
YCBCR /= 255.0
YCBCR_OFFSETS = np.array([16.0, 128.0, 128.0])
YCBCR_LUMINANCE, YCBCR_OFFSET = YCBCR[0], float(YCBCR_OFFSETS[0])
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


def rgb_to_ycbcr(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Luminance and chroma in full precision: MATLAB's `rgb2ycbcr` of a double image.

    Parameters
    ----------
    image : (H, W, 3) RGB in units of 255 = 1

    Returns
    -------
    (H, W, 3) in units of 255 = 1: Y in 16 .. 235, Cb and Cr in 16 .. 240, each over 255
    """
    return image @ YCBCR.T + YCBCR_OFFSETS / 255.0


def ycbcr_to_rgb(planes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `rgb_to_ycbcr`: MATLAB's `ycbcr2rgb` of a double image, but not clipped.

    Parameters
    ----------
    planes : (H, W, 3) Y, Cb and Cr in units of 255 = 1

    Returns
    -------
    (H, W, 3) RGB in units of 255 = 1, outside of 0 .. 1 where no colour has these values
    """
    return (planes - YCBCR_OFFSETS / 255.0) @ np.linalg.inv(YCBCR).T


def rgb_to_gray(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey value in 0 .. 255 of an 8-bit colour image: MATLAB's `rgb2gray`.

    Parameters
    ----------
    image : as of `rgb_to_y`

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

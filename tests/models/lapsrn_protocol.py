"""How the authors of LapSRN score it: their evaluate_LapSRN_dataset.m, evaluate_SR.m, in NumPy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from memnet.imaging.resize import imresize, modcrop

Plane = NDArray[np.float64]

TO_YCBCR = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112], [112, -93.786, -18.214]])
OFFSET = np.array([16, 128, 128]) / 255


def scores(path: Path, scale: int, restorer: Callable[[Plane], Plane]) -> tuple[float, float]:
    """PSNR and SSIM of one image.

    Against the protocol of this project: the colour image is reduced and its luma not rounded;
    the result is rounded as 8-bit RGB; a grey image is taken as RGB, so that its luma spans 16 to
    235 and its error shrinks by 219 / 255 (1.3 dB); SSIM is MATLAB's `ssim`, with the border.
    """
    image = np.asarray(Image.open(path).convert("RGB"))
    target = modcrop(image, scale) / 255
    small = ycbcr(imresize(target, 1 / scale, border="symmetric"))
    large = imresize(small, scale, border="symmetric")
    large[..., 0] = restorer(small[..., 0])
    rounded = np.floor(rgb(large).clip(0, 1) * 255 + 0.5) / 255
    inside = slice(scale, -scale)
    a, b = (255 * ycbcr(planes)[inside, inside, 0] for planes in (target, rounded))
    return 10 * np.log10(255**2 / np.mean((a - b) ** 2)), matlab_ssim(a, b)


def ycbcr(image: Plane) -> Plane:
    return image @ (TO_YCBCR / 255).T + OFFSET


def rgb(image: Plane) -> Plane:
    return (image - OFFSET) @ np.linalg.inv(TO_YCBCR / 255).T


def matlab_ssim(a: Plane, b: Plane) -> float:
    """The toolbox function: 11x11 Gaussian window, border repeated, mean over the whole map."""
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = smooth(a), smooth(b)
    var_a, var_b = smooth(a * a) - mean_a**2, smooth(b * b) - mean_b**2
    covariance = smooth(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return float(np.mean(luminance * (2 * covariance + c2) / (var_a + var_b + c2)))


def smooth(plane: Plane) -> Plane:
    return gaussian_filter(plane, 1.5, mode="nearest", radius=5)

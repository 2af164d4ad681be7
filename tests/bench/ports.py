"""Operations on images as repositories of the field have them, and as scikit-image does.

The usual ports are of two kinds: a Python loop over the pixels, and "im2col", every window of the
image as a row of one matrix.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from memnet.imaging import metrics
from memnet.imaging.color import YCBCR_LUMINANCE, YCBCR_OFFSET


def loop_luminance(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """MATLAB's `rgb2ycbcr`, first plane, a pixel at a time."""
    height, width, _ = image.shape
    out = np.empty((height, width), np.uint8)
    weights = [float(weight) for weight in YCBCR_LUMINANCE]
    for y in range(height):
        for x in range(width):
            red, green, blue = image[y, x]
            value = weights[0] * red + weights[1] * green + weights[2] * blue + YCBCR_OFFSET
            out[y, x] = math.floor(value + 0.5)
    return out


def loop_psnr(a: NDArray[Any], b: NDArray[Any]) -> float:
    """PSNR in dB, a pixel at a time."""
    total = 0.0
    for y in range(a.shape[0]):
        for x in range(a.shape[1]):
            total += (float(a[y, x]) - float(b[y, x])) ** 2
    return 20 * math.log10(255 / math.sqrt(total / a.size))


def skimage_psnr(target: NDArray[np.float64], restored: NDArray[np.float64]) -> float:
    """scikit-image's PSNR in dB."""
    ratio: Any = peak_signal_noise_ratio  # whose annotations are incomplete
    return float(ratio(target, restored, data_range=255))


def skimage_ssim(target: NDArray[np.float64], restored: NDArray[np.float64]) -> float:
    """scikit-image's SSIM, told to compute Wang's."""
    similarity: Any = structural_similarity
    return float(
        similarity(
            target, restored, data_range=255,
            gaussian_weights=True, sigma=metrics.SSIM_SIGMA, use_sample_covariance=False,
        )
    )  # fmt: skip


def _taps(size: int, scale: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights and mirrored places of the pixels that make each output: MATLAB's `contributions`."""
    shrink = min(scale, 1.0)
    width = 4 / shrink
    centre = (np.arange(1, math.ceil(size * scale) + 1) + 0.5 * (scale - 1)) / scale
    places = np.floor(centre - width / 2)[:, None] + np.arange(math.ceil(width) + 2)
    x = np.abs(shrink * (centre[:, None] - places))
    weights = np.where(
        x <= 1, 1.5 * x**3 - 2.5 * x**2 + 1,
        np.where(x <= 2, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2, 0),
    )  # fmt: skip
    mirror = np.concatenate([np.arange(size), np.arange(size)[::-1]])
    return weights / weights.sum(1, keepdims=True), mirror[(places.astype(int) - 1) % (2 * size)]


def loop_imresize(image: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """MATLAB's bicubic `imresize` of a double image, a pixel at a time."""
    for _ in range(2):  # rows, then, turned over, columns
        weights, places = _taps(image.shape[0], scale)
        out = np.empty((len(weights), image.shape[1]))
        for y in range(out.shape[0]):
            for x in range(out.shape[1]):
                out[y, x] = np.dot(weights[y], image[places[y], x])
        image = out.T
    return image


def im2col_imresize(image: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """The same with the pixels that make each row as a matrix."""
    for _ in range(2):
        weights, places = _taps(image.shape[0], scale)
        image = np.sum(weights[:, :, None] * image[places], axis=1).T
    return image


def im2col_ssim(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Wang's SSIM with every window as a row of a matrix."""
    side = metrics.SSIM_WINDOW
    offsets = np.arange(side) - side // 2
    taps = np.exp(-(offsets**2) / (2 * metrics.SSIM_SIGMA**2))
    window = np.outer(taps, taps).ravel() / taps.sum() ** 2

    def mean(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        columns = np.lib.stride_tricks.sliding_window_view(plane, (side, side))
        return np.asarray(columns.reshape(-1, side * side) @ window)

    c1, c2 = (metrics.SSIM_K1 * 255) ** 2, (metrics.SSIM_K2 * 255) ** 2
    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    score = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float(np.mean(score / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))))

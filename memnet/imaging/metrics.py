"""How close a restored plane is to its target: PSNR, SSIM and PSNR-B."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError

SSIM_WINDOW = 11
SSIM_SIGMA = 1.5
SSIM_K1, SSIM_K2 = 0.01, 0.03
JPEG_BLOCK = 8


def psnr(restored: NDArray[Any], target: NDArray[Any], *, data_range: float, border: int) -> float:
    """Peak signal-to-noise ratio in dB: 20 log10(data_range / rmse).

    Parameters
    ----------
    restored, target : (H, W), same shape, in [0, data_range]; computed in float64
    data_range : 255 for 8-bit; never guessed from the dtype
    border : pixels cut from each side first

    Returns
    -------
    dB; inf where the planes are equal

    Raises
    ------
    InputError : shapes differ, a value is not finite, or `border` leaves no pixel
    """
    a, b = _shaved(restored, target, border, least=1)
    error = float(np.mean((a - b) ** 2))
    return float("inf") if error == 0 else float(20 * np.log10(data_range / np.sqrt(error)))


def ssim(restored: NDArray[Any], target: NDArray[Any], *, data_range: float, border: int) -> float:
    """Mean structural similarity as Wang's `ssim_index.m` computes it.

    Gaussian window 11x11 with sigma 1.5, K1 = 0.01, K2 = 0.03, weighted (population) moments, and
    only where the window lies wholly inside ("valid"); no downsampling.

    Parameters
    ----------
    restored, target, data_range, border : as of `psnr`

    Returns
    -------
    Mean of the SSIM map, at most 1

    Raises
    ------
    InputError : as `psnr`, or fewer than 11 pixels are left on a side
    """
    a, b = _shaved(restored, target, border, least=SSIM_WINDOW)
    c1, c2 = (SSIM_K1 * data_range) ** 2, (SSIM_K2 * data_range) ** 2
    mean_a, mean_b = _window(a), _window(b)
    var_a = _window(a * a) - mean_a**2
    var_b = _window(b * b) - mean_b**2
    cov = _window(a * b) - mean_a * mean_b
    numerator = (2 * mean_a * mean_b + c1) * (2 * cov + c2)
    denominator = (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    return float(np.mean(numerator / denominator))


def psnr_b(restored: NDArray[Any], target: NDArray[Any], *, data_range: float) -> float:
    """PSNR that counts blocking as an error (Yim and Bovik, IEEE TIP 2011), in dB.

    The mean squared error grows by the blocking effect factor of `restored`: how much larger
    differences across the 8x8 JPEG grid are than those inside blocks.

    Parameters
    ----------
    restored, target : (H, W), same shape, at least 9 pixels a side, in [0, data_range]
    data_range : 255 for 8-bit

    Returns
    -------
    dB; inf where the planes are equal and show no blocks
    """
    a, b = _shaved(restored, target, 0, least=JPEG_BLOCK + 1)
    across = (np.diff(a, axis=0) ** 2, np.diff(a, axis=1).T ** 2)
    on_grid = np.concatenate([d[JPEG_BLOCK - 1 :: JPEG_BLOCK].ravel() for d in across])
    off_grid = np.concatenate(
        [np.delete(d, np.s_[JPEG_BLOCK - 1 :: JPEG_BLOCK], axis=0).ravel() for d in across]
    )
    excess = float(on_grid.mean() - off_grid.mean())
    eta = np.log2(JPEG_BLOCK) / np.log2(min(a.shape))
    error = float(np.mean((a - b) ** 2)) + max(0.0, float(eta) * excess)
    return float("inf") if error == 0 else float(10 * np.log10(data_range**2 / error))


def _window(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian-weighted mean wherever the window lies inside: `filter2(window, x, 'valid')`."""
    offsets = np.arange(SSIM_WINDOW) - SSIM_WINDOW // 2
    taps = np.exp(-(offsets**2) / (2 * SSIM_SIGMA**2))
    taps /= taps.sum()
    edge = SSIM_WINDOW // 2
    full = np.asarray(cv2.sepFilter2D(plane, cv2.CV_64F, taps, taps), dtype=np.float64)
    return full[edge:-edge, edge:-edge]


def _shaved(
    restored: NDArray[Any], target: NDArray[Any], border: int, *, least: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both planes in float64 without `border` pixels on each side."""
    if restored.shape != target.shape or target.ndim != 2:
        raise InputError(
            f"restored and target must be planes of the same shape, got {restored.shape} "
            f"and {target.shape}"
        )
    height, width = target.shape
    largest = (min(height, width) - least) // 2
    if not 0 <= border <= largest:
        raise InputError(
            f"border must be in [0, {largest}] for a {width}x{height} image of which at least "
            f"{least} pixels a side must stay, got {border}"
            if largest >= 0
            else f"image must be at least {least}x{least} pixels to be scored, got {width}x{height}"
        )
    inside = np.s_[border : height - border, border : width - border]
    a, b = (np.ascontiguousarray(p[inside], dtype=np.float64) for p in (restored, target))
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("restored and target must be finite, got NaN or infinity")
    return a, b

"""BM3D: Dabov, Foi, Katkovnik, Egiazarian, Image Denoising by Sparse 3-D Transform-Domain
Collaborative Filtering, IEEE TIP 2007."""

import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError


def bm3d(degraded: NDArray[np.float32], sigma: int) -> NDArray[np.float32]:
    """Noisy plane denoised by its authors' package `bm3d`, both of its steps.

    Parameters
    ----------
    degraded : (H, W) in units of 255 = 1, with white Gaussian noise, not clipped
    sigma : standard deviation of the noise in grey levels of 0 .. 255

    Returns
    -------
    (H, W) float32; not clipped

    Raises
    ------
    InputError : the package is not installed
    """
    try:
        import bm3d as authors
    except ImportError:
        raise InputError(
            "BM3D needs the package bm3d, free for non-commercial use: pip install bm3d"
        ) from None
    return authors.bm3d(degraded, sigma / 255).astype(np.float32)

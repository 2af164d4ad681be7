"""White Gaussian noise from a stream that will never change."""

import numpy as np
from numpy.typing import NDArray


def add_gaussian_noise(plane: NDArray[np.uint8], sigma: float, *, seed: int) -> NDArray[np.float32]:
    """Plane in units of 255 = 1 plus noise, neither clipped nor rounded.

    The official script calls `randn('seed', 54)` before every image; that generator of MATLAB 4
    cannot be had elsewhere, so the draws differ and their spread over seeds is reported. As there,
    the generator starts anew for each image.

    Parameters
    ----------
    plane : (H, W) uint8
    sigma : standard deviation in grey levels of 0 .. 255
    seed : of NumPy's RandomState, whose stream is frozen across versions

    Returns
    -------
    (H, W) float32, about 0 .. 1, beyond both ends where the noise leads
    """
    noise = np.random.RandomState(seed).standard_normal(plane.shape)
    return (plane / 255.0 + (sigma / 255.0) * noise).astype(np.float32)

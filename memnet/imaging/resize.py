"""MATLAB's `imresize(..., 'bicubic')`, which every published super-resolution number rests on."""

from functools import lru_cache
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from memnet.errors import InputError
from memnet.imaging.rounding import to_uint8

Border = Literal["symmetric", "replicate"]


def imresize(image: NDArray[Any], scale: float, *, border: Border) -> NDArray[Any]:
    """Resize by bicubic interpolation, with anti-aliasing when shrinking.

    Parameters
    ----------
    image : (H, W) or (H, W, C), uint8 or floating. As in MATLAB, uint8 is rounded after each
        axis (rows first) and stays uint8, while floating input is computed in float64
    scale : factor of both sides; the size is rounded up
    border : how the image goes on outside: "symmetric" as MATLAB has done since R2014, or
        "replicate" as the low-resolution files of SelfExSR were made

    Returns
    -------
    (ceil(H * scale), ceil(W * scale)[, C]), uint8 or float64

    Raises
    ------
    InputError : `scale` is not positive
    """
    if not scale > 0:
        raise InputError(f"scale must be greater than 0, got {scale}")
    integer = image.dtype == np.uint8
    out = image
    for axis in (0, 1):
        size = image.shape[axis]
        weights = _weights(size, ceil(size * scale), scale, border)
        columns = np.moveaxis(out.astype(np.float64, copy=False), axis, 0)
        flat = weights @ columns.reshape(size, -1)
        resized = np.moveaxis(flat.reshape(-1, *columns.shape[1:]), 0, axis)
        out = to_uint8(resized) if integer else resized
    return np.ascontiguousarray(out)


@lru_cache(maxsize=256)
def _weights(size: int, out_size: int, scale: float, border: Border) -> sparse.csr_array:
    """Sparse matrix (out_size, size) of MATLAB's `contributions` for one axis."""
    shrink = min(scale, 1.0)  # anti-aliasing: the kernel widens by 1 / scale
    width = 4.0 / shrink
    taps = ceil(width) + 2
    centre = (np.arange(out_size) + 0.5) / scale - 0.5  # in input pixels, counted from 0
    first = np.floor(centre - width / 2).astype(np.int64)
    index = first[:, None] + np.arange(taps)
    weight = _cubic(shrink * (centre[:, None] - index))
    weight /= weight.sum(axis=1, keepdims=True)
    if border == "symmetric":
        index = np.mod(index, 2 * size)
        index = np.where(index < size, index, 2 * size - 1 - index)
    else:
        index = np.clip(index, 0, size - 1)
    rows = np.repeat(np.arange(out_size), taps)
    matrix = sparse.coo_array((weight.ravel(), (rows, index.ravel())), shape=(out_size, size))
    csr = matrix.tocsr()
    csr.eliminate_zeros()
    return csr


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' cubic convolution kernel with a = -1/2 (MATLAB's `cubic`)."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def modcrop(image: NDArray[Any], modulus: int) -> NDArray[Any]:
    """Image cut at the bottom and right so that both sides are multiples of `modulus`.

    Raises
    ------
    InputError : nothing would be left, or `modulus` is not positive
    """
    if modulus < 1:
        raise InputError(f"modulus must be at least 1, got {modulus}")
    height, width = (side - side % modulus for side in image.shape[:2])
    if height == 0 or width == 0:
        raise InputError(
            f"image must be at least {modulus}x{modulus} pixels to be cut to a multiple of "
            f"{modulus}, got {image.shape[1]}x{image.shape[0]}"
        )
    return image[:height, :width]

"""Grey JPEG compression, as MATLAB's `imwrite(y, 'x.jpg', 'Quality', q)` and `imread`."""

import cv2
import numpy as np
from numpy.typing import NDArray

from memnet.errors import InputError


def jpeg_compress(plane: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Plane after baseline JPEG compression and decompression.

    MATLAB and OpenCV both use the IJG library's quantisation tables and integer DCT, so that the
    decoded pixels are the same.

    Parameters
    ----------
    plane : (H, W) uint8
    quality : IJG quality, 1 .. 100

    Returns
    -------
    (H, W) uint8

    Raises
    ------
    InputError : `quality` is out of range, or the plane is not 8-bit grey
    """
    if not 1 <= quality <= 100:
        raise InputError(f"quality must be in [1, 100], got {quality}")
    if plane.dtype != np.uint8 or plane.ndim != 2:
        raise InputError(f"plane must be (H, W) uint8, got {plane.shape} {plane.dtype}")
    done, code = cv2.imencode(".jpg", plane, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done, "OpenCV was built without JPEG"
    decoded = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return decoded.astype(np.uint8, copy=False)


def jpeg_codec() -> str:
    """Name and version of the library that compresses, for the record of a result."""
    lines = cv2.getBuildInformation().splitlines()
    codec = next((line.split(":", 1)[1].strip() for line in lines if "JPEG:" in line), "unknown")
    return f"OpenCV {cv2.__version__}, {codec}"

"""How strongly a user's own photo is degraded: what its file says, or its pixels show."""

import io
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from memnet.imaging.color import rgb_to_gray
from memnet.imaging.io import guarded_image
from memnet.imaging.photo import Photo

LEAST_SIDE = 8  # pixels; of less, wavelets tell nothing


def jpeg_quality(path: str | Path, max_pixels: int | None = None) -> int | None:
    """IJG quality of a JPEG by its quantisation table; None for a file of another kind.

    Of a table that no IJG quality has, as Photoshop's, the quality whose table is nearest.

    Raises
    ------
    InputError : as `guarded_image`
    """
    if Path(path).suffix.lower() == ".npy":
        return None
    with guarded_image(path, max_pixels=max_pixels) as image:
        table = getattr(image, "quantization", {}).get(0)
    if not table or len(table) != 64:
        return None
    return 1 + int(np.abs(_tables() - np.array(table)).sum(axis=1).argmin())


@cache
def _tables() -> NDArray[np.int64]:
    """The 64 steps of luminance of each quality (1 .. 100), as libjpeg writes them: (100, 64)."""
    tables = []
    for quality in range(1, 101):
        stream = io.BytesIO()
        Image.new("L", (8, 8)).save(stream, "JPEG", quality=quality)
        tables.append(Image.open(stream).quantization[0])  # type: ignore[attr-defined]
    return np.array(tables)


def noise_sigma(photo: Photo) -> float:
    """Standard deviation of a photo's noise in grey levels, by its wavelet coefficients.

    Fine texture counts as noise, up to some 6 grey levels of a clean photo, and noise that was
    clipped to 8 bits seems weaker than it was: 70 becomes 53 to 63. 0 where there is none, or too
    few pixels to tell.

    References
    ----------
    Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika 1994, as
    scikit-image's `estimate_sigma` has it.
    """
    from skimage.restoration import estimate_sigma

    estimate: Any = estimate_sigma  # which has no annotations
    unit = photo.pixels if photo.pixels.dtype != np.uint8 else rgb_to_gray(photo.pixels) / 255.0
    if min(unit.shape) < LEAST_SIDE:
        return 0.0
    flat = warnings.catch_warnings(action="ignore", category=RuntimeWarning)  # no coefficients
    with flat, np.errstate(invalid="ignore"):
        sigma = 255 * float(estimate(unit))
    return sigma if np.isfinite(sigma) else 0.0

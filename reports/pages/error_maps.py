"""Where a crop differs from its target, as a picture: colours of a fixed scale."""

import io
from collections.abc import Iterable

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

from memnet.results.scores import TARGET
from reports.pages.model import Crop

FACTOR = 8
"""What an error is multiplied by before it is shown in 8 bits."""
LARGEST = -(-255 // FACTOR)  # grey values; from here on everything has the last colour
_PALETTE = (255 * colormaps["inferno"](np.linspace(0, 1, LARGEST + 1))[:, :3]).round()


def with_error_maps(crops: Iterable[Crop]) -> list[tuple[Crop, bytes | None]]:
    """Each crop with the PNG of its error map; None for the target, or where there is none."""
    crops = list(crops)
    target = next((crop for crop in crops if crop.label == TARGET), None)
    return [
        (crop, None if target is None or crop is target else error_map(crop.png, target.png))
        for crop in crops
    ]


def error_map(png: bytes, target: bytes) -> bytes:
    """|restored - target| of two 8-bit grey PNGs of one size, times `FACTOR`, as a PNG."""
    restored, wanted = _grey(png), _grey(target)
    return _png(np.minimum(abs(restored - wanted), LARGEST))


def color_scale() -> bytes:
    """The colours of errors 0 to `LARGEST` from left to right, a pixel each, as a PNG."""
    return _png(np.arange(LARGEST + 1)[np.newaxis])


def _grey(png: bytes) -> NDArray[np.int64]:
    """Grey values 0 .. 255."""
    return np.asarray(Image.open(io.BytesIO(png)), dtype=np.int64)


def _png(errors: NDArray[np.int64]) -> bytes:
    """PNG with a palette: a byte per pixel, of which few are in use."""
    image = Image.fromarray(errors.astype(np.uint8), "P")
    image.putpalette(_PALETTE.astype(np.uint8).tobytes())
    with io.BytesIO() as stream:
        image.save(stream, "PNG", optimize=True)
        return stream.getvalue()

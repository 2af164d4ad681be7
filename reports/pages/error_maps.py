"""Where a crop differs from its target, as a picture: colours of a fixed scale."""

import io
import struct
import zlib
from collections.abc import Iterable

import numpy as np
from matplotlib import colormaps
from matplotlib.image import imread
from numpy.typing import NDArray

from memnet.results.reader import TARGET
from reports.pages.crops import Crop

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
    """Grey values 0 .. 255; matplotlib reads them as parts of 1."""
    values: NDArray[np.int64] = np.rint(255 * imread(io.BytesIO(png), "png")).astype(np.int64)
    return values


def _png(errors: NDArray[np.int64]) -> bytes:
    """PNG with a palette: a byte a pixel, of which few are in use, where matplotlib writes four."""
    height, width = errors.shape
    rows = np.pad(errors.astype(np.uint8), ((0, 0), (1, 0)))  # each begins with 0: not filtered
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0),
        b"PLTE": _PALETTE.astype(np.uint8).tobytes(),
        b"IDAT": zlib.compress(rows.tobytes(), 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    )

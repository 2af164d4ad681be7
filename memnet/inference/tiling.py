"""The tiles into which the authors' test scripts cut an image."""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

CONTEXT = 16  # pixels seen beyond a tile's core on its inner sides; official scripts


class Tile(NamedTuple):
    """Rows and columns of a tile: what the network sees, and the core that is kept of it."""

    seen: tuple[slice, slice]
    core: tuple[slice, slice]  # in the image
    kept: tuple[slice, slice]  # in the restored tile


def tiling_sentence(tiling: str, threshold: int) -> str:
    """How images are cut before a network sees them, for captions.

    Parameters
    ----------
    tiling : "whole" or "official"
    threshold : that of the task's official tiling
    """
    if tiling == "whole":
        return "Images are restored whole."
    return (
        f"Networks restore images in the tiles of the official scripts: cores of at most "
        f"{threshold + CONTEXT} pixels a side, {CONTEXT} pixels of context on inner sides; methods "
        "that are given the low-resolution image, or are no networks, restore images whole."
    )


def official_tiles(height: int, width: int, threshold: int) -> Iterator[Tile]:
    """Tiles of an image as `test_MemNet_M6R6_*.m` cuts it.

    Each side is cut into ceil(side / (threshold + 16)) cores of equal size, the last one smaller.

    Parameters
    ----------
    threshold : 150 for super-resolution and JPEG, 120 for denoising
    """
    for top, bottom in _cores(height, threshold):
        for left, right in _cores(width, threshold):
            rows, kept_rows = _widened(top, bottom, height)
            columns, kept_columns = _widened(left, right, width)
            core = (slice(top, bottom), slice(left, right))
            yield Tile((rows, columns), core, (kept_rows, kept_columns))


def _cores(side: int, threshold: int) -> Iterator[tuple[int, int]]:
    stride = ceil(side / ceil(side / (threshold + CONTEXT)))
    for start in range(0, side, stride):
        yield start, min(start + stride, side)


def _widened(start: int, stop: int, side: int) -> tuple[slice, slice]:
    first, last = max(0, start - CONTEXT), min(side, stop + CONTEXT)
    return slice(first, last), slice(start - first, stop - first)

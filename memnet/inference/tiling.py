"""Tiles of an image: as the authors' test scripts cut it, or as wide as a network sees."""

from collections.abc import Iterator
from itertools import product
from math import ceil
from typing import NamedTuple

CONTEXT = 16  # pixels seen beyond a tile's core on its inner sides, as in test_MemNet_M6R6_*.m
DEFAULT_TILE = 192  # M6R6 with 64 features, which sees 74 pixels to each side, needs about 2 GB


class Tile(NamedTuple):
    """Rows and columns of a tile: what the network sees, and the core that is kept of it."""

    seen: tuple[slice, slice]
    core: tuple[slice, slice]  # in the image
    kept: tuple[slice, slice]  # in the restored tile


def tiling_sentence(tiling: str, threshold: int) -> str:
    """How images are cut ("whole", or "official" at a task's threshold), for captions."""
    if tiling == "whole":
        return "Images are restored whole."
    return (
        f"Networks restore images in the tiles of the official scripts: cores of at most "
        f"{threshold + CONTEXT} pixels a side, {CONTEXT} pixels of context on inner sides; methods "
        "that are given the low-resolution image, or are no networks, restore images whole."
    )


def context_tiles(height: int, width: int, *, core: int, context: int) -> list[Tile]:
    """Tiles of an image, row by row, which see `context` pixels beyond their core on inner sides.

    Parameters
    ----------
    core : longest side of a core, at least 1; the cores of an image are of equal size, but for
        the last of each row and column, which may be smaller
    """
    rows, columns = (list(_spans(side, core, context)) for side in (height, width))
    return [
        Tile((seen_y, seen_x), (core_y, core_x), (kept_y, kept_x))
        for (seen_y, core_y, kept_y), (seen_x, core_x, kept_x) in product(rows, columns)
    ]


def _spans(side: int, core: int, context: int) -> Iterator[tuple[slice, slice, slice]]:
    """What each tile of one axis sees, its core, and the core's place in what is seen."""
    stride = ceil(side / ceil(side / core))
    for start in range(0, side, stride):
        stop = min(start + stride, side)
        first, last = max(0, start - context), min(side, stop + context)
        yield slice(first, last), slice(start, stop), slice(start - first, stop - first)

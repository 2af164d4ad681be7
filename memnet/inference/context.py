"""Tiles that see enough around them for a network to restore them as it restores the whole."""

from collections.abc import Iterator
from itertools import product
from math import ceil

from memnet.inference.tiling import Tile
from memnet.models.config import (
    ArcnnConfig,
    DncnnConfig,
    DrcnConfig,
    LapsrnConfig,
    MemNetConfig,
    NetworkConfig,
    VdsrConfig,
)

DEFAULT_TILE = 192  # M6R6 with 64 features, which sees 74 pixels to each side, needs about 2 GB


def receptive_field(config: NetworkConfig) -> int:
    """Side of the square of input pixels that one output pixel sees; never too small.

    For LapSRN these are low-resolution pixels, and the bound is that of its largest scale.
    """
    match config:
        case MemNetConfig():
            return config.receptive_field
        case VdsrConfig() | DncnnConfig():
            return 1 + 2 * config.depth
        case DrcnConfig():
            return 1 + 2 * (2 + config.num_recursions + 2)
        case ArcnnConfig():
            return 1 + (9 - 1) + (7 - 1) + (5 - 1)
        case LapsrnConfig():
            # A doubling sees by its convolutions, its enlarging and its residual, one pixel each,
            # of an image that has 2 ** index times the size of the first.
            doublings = max(config.scales).bit_length() - 1
            seen = sum((config.depth + 2) / 2.0**index for index in range(doublings))
            return 1 + 2 * (1 + ceil(seen))


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

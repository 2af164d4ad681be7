"""Restore a photo of any size tile by tile, colour as the papers do it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from memnet.errors import InputError, is_out_of_memory
from memnet.imaging.color import rgb_to_ycbcr, ycbcr_to_rgb
from memnet.imaging.photo import Photo
from memnet.imaging.resize import imresize
from memnet.imaging.rounding import to_uint8
from memnet.inference.engine import fastest_engine
from memnet.inference.restore import restore
from memnet.inference.tiling import DEFAULT_TILE, context_tiles
from memnet.models.lapsrn import Lapsrn
from memnet.models.network import Network, at_level
from memnet.tasks import task_named
from memnet.tasks.task import require_level

SHOWN = 0.5 / 255  # alpha below which a pixel is stored as transparent
BICUBIC_CONTEXT = 2  # input pixels that MATLAB's bicubic enlarging sees beyond the nearest one


def restore_photo(
    photo: Photo,
    network: Network,
    *,
    task: str,
    level: int,
    device: torch.device,
    tile: int = DEFAULT_TILE,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Photo:
    """Restored photo, of the same size, or for super-resolution of that size times the scale.

    The network restores the luminance, neither rounded nor clipped, or the grey value. For
    super-resolution chroma and alpha are enlarged by MATLAB's bicubic `imresize`, colour weighted
    by alpha, so that what is transparent leaves no rim; for other tasks they stay as they are. A
    plane of floats stays one, neither rounded nor clipped. A tile sees as much around it as the
    network does, so that the result is that of the photo as a whole, while the memory needed
    beyond the two photos is a tile's.

    Parameters
    ----------
    network : in evaluation mode; it is moved to `device`
    level : scale, sigma or quality
    tile : longest side in the result of what is restored at once, or 0 for the whole photo
    report : called with the number of tiles that are done, and of all

    Raises
    ------
    InputError : the task has no such level, or the network no weights for it; `tile` is negative;
        the network's output is not finite; the memory does not suffice
    """
    require_level(task_named(task), level)
    if tile < 0:
        raise InputError(f"tile must be at least 1, or 0 for the whole image, got {tile}")
    scale = level if task == "super_resolution" else 1
    see = _plane_restorer(network, level, scale, device)
    height, width = photo.pixels.shape[:2]
    given = _without_hidden_colour(photo)
    core = ceil(tile / scale) or max(height, width)
    tiles = context_tiles(height, width, core=core, context=_context(network, scale))
    with _enough_memory(tile, height * scale, width * scale):
        pixels = _room(photo.pixels, scale)
        alpha = None if photo.alpha is None or scale == 1 else _room(photo.alpha, scale)
        for done, part in enumerate(tiles, start=1):
            core, kept = _scaled(part.core, scale), _scaled(part.kept, scale)
            weights = None if photo.alpha is None else photo.alpha[part.seen]
            pixels[core] = _restored(given[part.seen], weights, kept, see, scale)
            if alpha is not None and weights is not None:
                alpha[core] = _enlarged(weights, scale)[kept]
            report(done, len(tiles))
    if photo.alpha is not None and scale == 1:
        pixels[photo.alpha == 0] = photo.pixels[photo.alpha == 0]
        alpha = photo.alpha
    return photo._replace(pixels=pixels, alpha=alpha)


def _without_hidden_colour(photo: Photo) -> NDArray[Any]:
    """Pixels in which the wholly transparent ones look like the nearest that are not.

    Theirs is no colour of the picture, and a network would see it beyond the edge.
    """
    if photo.alpha is None or photo.alpha.all() or not photo.alpha.any():
        return photo.pixels
    hidden = photo.alpha == 0
    nearest = distance_transform_edt(hidden, return_distances=False, return_indices=True)
    return photo.pixels[tuple(nearest)]


Alpha = NDArray[np.uint8] | None
Area = tuple[slice, slice]

PlaneRestorer = Callable[[NDArray[np.float64], Alpha], NDArray[np.float32]]
"""A plane (H, W) in units of 255 = 1 and its alpha to the restored (H * scale, W * scale)."""


def _plane_restorer(
    network: Network, level: int, scale: int, device: torch.device
) -> PlaneRestorer:
    at_this_level = at_level(network, level)
    at_this_level.to(device)
    restorer = fastest_engine(at_this_level, device).module
    enlarges_itself = isinstance(network, Lapsrn)

    def see(plane: NDArray[np.float64], alpha: Alpha) -> NDArray[np.float32]:
        given = plane if enlarges_itself else _enlarged(plane, scale, alpha)
        return restore(restorer, given.astype(np.float32), tile_core=None, device=device)

    return see


def _context(network: Network, scale: int) -> int:
    """Pixels of the photo that a tile must see beyond its core."""
    radius = network.config.receptive_field // 2
    if scale == 1 or isinstance(network, Lapsrn):
        return radius
    # The enlarged tile is wrong along its cut edges, which then lie beyond what the network sees.
    return ceil(radius / scale) + BICUBIC_CONTEXT


def _restored(
    seen: NDArray[Any], alpha: Alpha, kept: Area, see: PlaneRestorer, scale: int
) -> NDArray[Any]:
    """Core of a tile (h * scale, w * scale[, 3]) from what the tile sees of the photo."""
    if seen.dtype != np.uint8:
        return see(seen.astype(np.float64), alpha)[kept]
    unit = seen / 255.0
    if unit.ndim == 2:
        return to_uint8(255 * see(unit, alpha)[kept])
    ycbcr = rgb_to_ycbcr(unit)
    luminance = see(ycbcr[..., 0], alpha)[kept]
    chroma = _enlarged(ycbcr[..., 1:], scale, alpha)[kept]
    return to_uint8(255 * ycbcr_to_rgb(np.dstack([luminance, chroma])))


def _enlarged(planes: NDArray[Any], scale: int, alpha: Alpha = None) -> NDArray[Any]:
    """Planes (H, W[, C]) enlarged, each pixel with the weight of its alpha."""
    if scale == 1:
        return planes
    plain = imresize(planes, scale, border="symmetric")
    if alpha is None or bool((alpha == 255).all()):
        return plain
    weights = (alpha / 255.0).reshape(*alpha.shape, *[1] * (planes.ndim - 2))
    total = imresize(weights, scale, border="symmetric")
    shown = total > SHOWN  # elsewhere the result is transparent, and its colour of no account
    weighted = imresize(planes * weights, scale, border="symmetric")
    own = np.clip(weighted / np.where(shown, total, 1), -0.5, 1.5)  # a small total makes any value
    return np.where(shown, own, plain)


def _room(image: NDArray[Any], scale: int) -> NDArray[Any]:
    height, width, *channels = image.shape
    return np.empty((height * scale, width * scale, *channels), image.dtype)


def _scaled(area: Area, scale: int) -> Area:
    rows, columns = (slice(part.start * scale, part.stop * scale) for part in area)
    return rows, columns


@contextmanager
def _enough_memory(tile: int, height: int, width: int) -> Iterator[None]:
    """Say what to do where there is not: NumPy, torch and CUDA each raise an error of their own."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise InputError(
            f"memory must hold the restored image of {width}x{height} pixels and its tiles of "
            f"{tile or max(height, width)}, but does not: give a smaller tile or image"
        ) from error

"""Restore one plane with a network."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from memnet.errors import InputError
from memnet.inference.tiling import CONTEXT, context_tiles

Plane = NDArray[np.float32]


@torch.inference_mode()
def restore(
    network: nn.Module, degraded: Plane, *, tile_core: int | None, device: torch.device
) -> Plane:
    """Restored plane, not clipped.

    Parameters
    ----------
    network : in evaluation mode, on `device`
    degraded : (H, W) float32 in units of 255 = 1
    tile_core : threshold of the official tiling, or None to restore the image as a whole

    Raises
    ------
    InputError : the result is not finite
    """
    if tile_core is None:
        restored = _whole(network, degraded, device)
    else:
        restored = np.empty_like(degraded)
        for tile in context_tiles(*degraded.shape, core=tile_core + CONTEXT, context=CONTEXT):
            restored[tile.core] = _whole(network, degraded[tile.seen], device)[tile.kept]
    if not np.isfinite(restored).all():
        raise InputError("the network's output must be finite, got NaN or infinity: train it anew")
    return restored


def _whole(network: nn.Module, degraded: Plane, device: torch.device) -> Plane:
    x = torch.from_numpy(np.ascontiguousarray(degraded)).to(device)[None, None]
    return network(x)[0, 0].cpu().numpy()

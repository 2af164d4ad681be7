"""Validation on held-out images of the training set; a test set selects nothing."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from memnet.data.pairs import Pairs
from memnet.imaging.metrics import psnr
from memnet.inference.restore import restore
from memnet.models.network import Network
from memnet.tasks import task_named
from memnet.tasks.task import Pair, to_unit

Plane = NDArray[np.float32]
NOISE_SEED = 20170801  # of the noisy validation images; not one that a benchmark uses


class Validation:
    """Held-out pairs of a training set, kept in memory.

    Parameters
    ----------
    folder : the training set
    images : the held-out ones; none at all makes every score empty
    levels : those of the training set
    """

    def __init__(
        self, folder: Pairs, images: list[str], levels: list[int], device: torch.device
    ) -> None:
        self.device = device
        self.pairs: dict[int, list[Pair]] = {}
        task = task_named(folder.task)
        for image in images:
            loaded = folder.load(image)
            for level in levels:
                pair = (
                    loaded.pair(level, folder.seeds[0])
                    if folder.seeds
                    else task.degrade(loaded.plane, level, seed=NOISE_SEED)
                )
                self.pairs.setdefault(level, []).append(pair)

    def __call__(self, network: Network) -> dict[int, float]:
        """Mean PSNR in dB of the unrounded whole images by level."""
        return self._mean(lambda plane: restore(network, plane, tile_core=None, device=self.device))

    def of_input(self) -> dict[int, float]:
        """The same of the degraded images themselves."""
        return self._mean(lambda plane: plane)

    def _mean(self, restorer: Callable[[Plane], Plane]) -> dict[int, float]:
        means = {}
        for level, pairs in self.pairs.items():
            restored = (restorer(to_unit(pair.degraded)) for pair in pairs)
            scores = [
                psnr(plane * 255, pair.target, data_range=255, border=0)
                for plane, pair in zip(restored, pairs, strict=True)
            ]
            means[level] = float(np.mean(scores))
        return means

"""Validation on held-out images of the training set; a test set selects nothing."""

from collections.abc import Callable

import numpy as np

from memnet.data.pairs import Pairs
from memnet.imaging.metrics import psnr
from memnet.inference.restore import Plane, restore
from memnet.models.network import Network
from memnet.tasks import task_named
from memnet.tasks.task import Pair, to_unit
from memnet.training.distributed import ALONE, World

NOISE_SEED = 20170801  # of the noisy validation images; not one that a benchmark uses


class Validation:
    """Held-out pairs of a training set, kept in memory; without any, every score is empty."""

    def __init__(self, folder: Pairs, images: list[str], levels: list[int], world: World) -> None:
        self.world = world
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
        device = self.world.device
        return self._mean(
            lambda plane: restore(network, plane, tile_core=None, device=device), self.world
        )

    def of_input(self) -> dict[int, float]:
        """The same of the degraded images themselves, computed by the calling process alone."""
        return self._mean(lambda plane: plane, ALONE)

    def _mean(self, restorer: Callable[[Plane], Plane], world: World) -> dict[int, float]:
        def score(pair: Pair) -> float:
            restored = restorer(to_unit(pair.degraded))
            return psnr(restored * 255, pair.target, data_range=255, border=0)

        return {
            level: float(np.mean(world.map(score, pairs))) for level, pairs in self.pairs.items()
        }

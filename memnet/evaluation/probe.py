"""Inside a MemNet: what each block predicts, what that costs, and which frequencies it holds."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from memnet.inference.folded import FoldedMemNet
from memnet.methods.network import NetworkRestorer
from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from memnet.params import Benchmark
from memnet.tasks import task_named

SPECTRUM_BINS = 48


def block_costs(config: MemNetConfig) -> list[int]:
    """Multiply-adds a pixel that the prediction of each block takes, its own and all before it.

    Of a network without multi-supervision, which predicts once: those of the last block alone.
    """
    width, recursions = config.num_features, config.num_recursions
    short_term = recursions if config.short_term else 1
    costs, spent = [], 9 * width  # feature extraction
    for block in range(1, config.num_memory_blocks + 1):
        memories = (block if config.long_term else 0) + short_term
        spent += recursions * 2 * 9 * width**2 + memories * width**2
        costs.append(spent + 9 * width)
    return costs if config.multi_supervised else costs[-1:]


def radial_spectrum(plane: NDArray[Any]) -> list[float]:
    """Power of a plane (H, W) in concentric rings of its 2-D spectrum (Fig. 4).

    log10 of the sum over each of `SPECTRUM_BINS` rings, up to half a cycle per pixel; the mean of
    the plane is left out.
    """
    power = np.abs(np.fft.fft2(plane - plane.mean(), norm="ortho")) ** 2
    rows, columns = (np.fft.fftfreq(length) for length in plane.shape)
    radius = np.hypot(rows[:, None], columns)
    rings, _ = np.histogram(radius, bins=SPECTRUM_BINS, range=(0, 0.5), weights=power)
    return np.log10(np.maximum(rings, 1e-12)).tolist()


class Probe:
    """Scores each prediction of a MemNet during an evaluation: whole images, one noise seed.

    The benchmark must hold only levels that the method restores.
    """

    def __init__(self, restorer: NetworkRestorer, benchmark: Benchmark) -> None:
        network, engine = restorer.network, restorer.engine.module
        assert isinstance(network, MemNet)
        # OpenVINO's keeps the last prediction alone.
        predicting = engine if isinstance(engine, MemNet | FoldedMemNet) else FoldedMemNet(network)
        self._predict = predicting.predictions
        self._config = network.config
        self._task = task_named(benchmark.task)
        self._device = restorer.device
        self._shown = benchmark.showcase.image if benchmark.showcase else None
        self._scores: dict[int, list[list[float]]] = {level: [] for level in benchmark.levels}
        self._spectra: dict[int, list[list[float]]] = {}
        self.restores = predicting is engine and restorer.tile_core is None
        """Whether the last prediction is what the method restores, so that one pass gives both."""

    @torch.inference_mode()
    def predictions(self, degraded: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Planes (H, W) in units of 255 = 1: of each block, and the final one last."""
        seen = torch.from_numpy(np.ascontiguousarray(degraded)).to(self._device)
        final, intermediate = self._predict(seen[None, None])
        return [plane[0, 0].cpu().numpy() for plane in (*intermediate, final)]

    def see(
        self, image: str, level: int, target: NDArray[np.uint8], planes: list[NDArray[np.float32]]
    ) -> None:
        """Score the predictions of one image."""
        self._shown = self._shown or image
        self._scores[level].append([self._task.score(p, target, level).psnr for p in planes])
        if image == self._shown:
            self._spectra[level] = [radial_spectrum(plane) for plane in planes]

    def record(self) -> dict[str, Any]:
        """What was found: for each level the mean `psnr` in dB, and `spectra` of one image.

        Both list the prediction of each block, and last the final one. `spectra_of` is the image.
        """
        return {
            "multiply_adds": block_costs(self._config),
            "spectra_of": self._shown,
            "num_images": len(next(iter(self._scores.values()))),
            "levels": {
                str(level): {
                    "psnr": np.mean(scores, axis=0).tolist(), "spectra": self._spectra[level]
                }
                for level, scores in self._scores.items()
            },
        }  # fmt: skip

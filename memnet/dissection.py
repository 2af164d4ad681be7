"""Inside a MemNet: what each block predicts, what that costs, and which frequencies it holds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from memnet.data.pairs import PairFolder
from memnet.inference.folded import FoldedMemNet
from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet
from memnet.params import Benchmark
from memnet.tasks import task_named
from memnet.tasks.task import to_unit

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
    """Power of a plane along concentric circles of its 2-D spectrum (Fig. 4).

    Parameters
    ----------
    plane : (H, W)

    Returns
    -------
    log10 of the power summed over each of `SPECTRUM_BINS` rings, from the mean, which is left out,
    to half a cycle a pixel.
    """
    power = np.abs(np.fft.fft2(plane - plane.mean(), norm="ortho")) ** 2
    rows, columns = (np.fft.fftfreq(length) for length in plane.shape)
    radius = np.hypot(rows[:, None], columns)
    rings, _ = np.histogram(radius, bins=SPECTRUM_BINS, range=(0, 0.5), weights=power)
    found: list[float] = np.log10(np.maximum(rings, 1e-12)).tolist()
    return found


@torch.inference_mode()
def dissect(
    network: MemNet,
    pairs: PairFolder,
    benchmark: Benchmark,
    *,
    device: torch.device,
    report: Callable[[int, int, str], None],
) -> dict[str, Any]:
    """Score every prediction of a network on a benchmark, whole images, first seed of the noise.

    Parameters
    ----------
    network : in evaluation mode, on `device`
    report : called with images done, images in all and the image at hand

    Returns
    -------
    multiply_adds : see `block_costs`
    levels : {level: {"psnr": mean in dB of each block's prediction and then of the final one,
        "spectra": of the predictions of the image `spectra_of`, the final one last}}
    """
    task = task_named(benchmark.task)
    engine = FoldedMemNet(network) if device.type == "cpu" else network  # where it is faster
    shown = benchmark.showcase.image if benchmark.showcase else pairs.images[0]
    scores: dict[int, list[list[float]]] = {level: [] for level in benchmark.levels}
    spectra: dict[int, list[list[float]]] = {}
    for count, image in enumerate(pairs.images):
        report(count, len(pairs.images), image)
        loaded = pairs.load(image)
        for level in benchmark.levels:
            pair = loaded.pair(level, benchmark.seeds[0])
            seen = torch.from_numpy(np.ascontiguousarray(to_unit(pair.degraded))).to(device)
            final, intermediate = engine.predictions(seen[None, None])
            planes = [y[0, 0].cpu().numpy() for y in (*intermediate, final)]
            scores[level].append([task.score(p, pair.target, level).psnr for p in planes])
            if image == shown:
                spectra[level] = [radial_spectrum(plane) for plane in planes]
    report(len(pairs.images), len(pairs.images), "")
    return {
        "multiply_adds": block_costs(network.config),
        "spectra_of": shown,
        "num_images": len(pairs.images),
        "levels": {
            str(level): {
                "psnr": np.mean(scores[level], axis=0).tolist(), "spectra": spectra[level]
            }
            for level in benchmark.levels
        },
    }  # fmt: skip

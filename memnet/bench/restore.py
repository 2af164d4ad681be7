"""How fast a plane is restored on a CPU: engines side by side, and how near they come to the limit.

The network is not trained, but as lively as one that is: its normalisations hold the statistics of
what they are given, and it adds about as much to a plane as a trained one does.
"""

import copy
import ctypes
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from memnet.bench.ceiling import Ceiling, noisy_patches, take_turns, watch_memory
from memnet.imaging.metrics import psnr
from memnet.inference.engine import fastest_engine
from memnet.inference.folded import FoldedMemNet
from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet, init_msra

CPU = torch.device("cpu")
RESIDUAL = 0.1  # of the size that He's initialisation gives the residual image


class Timing(NamedTuple):
    """One way to restore the plane.

    Attributes
    ----------
    seconds : the median
    megapixels_per_second, flops : what that amounts to; the operations are those of the plain one
    share : `flops` over that of the ceiling's convolution
    speedup : over the first
    peak_bytes : most memory beyond what was in use before; None where it cannot be told
    error : largest difference of the restored plane from the first one's, in units of 255 = 1
    psnr_error : difference of its PSNR from the first one's, in dB
    """

    name: str
    seconds: float
    megapixels_per_second: float
    flops: float
    share: float
    speedup: float
    peak_bytes: int | None
    error: float
    psnr_error: float


def bench_restore(
    config: MemNetConfig, *, side: int, rounds: int, report: Callable[[int, int, str], None]
) -> tuple[Ceiling, list[Timing]]:
    """Restore one plane by each engine in turn, so that all meet the same disturbances.

    Parameters
    ----------
    side : of the plane, in pixels
    rounds : times that each is timed
    report : as of `take_turns`
    """
    torch.manual_seed(0)
    network = _lively(config)
    degraded, target = noisy_patches(1, side)
    flops = flops_per_pixel(network) * side**2
    engines = _engines(network)
    peaks, restored = zip(*(_peak(engine, degraded) for engine in engines.values()), strict=True)
    calls = {name: partial(engine, degraded) for name, engine in engines.items()}
    with torch.inference_mode():
        ceiling, medians = take_turns(calls, rounds, CPU, report)
    scores = [_psnr(plane, target) for plane in restored]
    return ceiling, [
        Timing(
            name, median, side**2 / 1e6 / median, flops / median,
            flops / median / ceiling.convolution, medians[0] / median, peak,
            float((plane - restored[0]).abs().max()), abs(score - scores[0]),
        )
        for name, median, peak, plane, score in zip(
            engines, medians, peaks, restored, scores, strict=True
        )
    ]  # fmt: skip


def _lively(config: MemNetConfig) -> MemNet:
    """A network in evaluation mode whose numbers are of the sizes that a trained one has."""
    network = MemNet(config.model_copy(update={"initialization": "zero_residual"}))
    conv = network.reconstruct.conv
    init_msra(conv)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        conv.weight.mul_(RESIDUAL)
        network.train()(torch.rand(4, 1, 32, 32))
    return network.eval()


def _engines(network: MemNet) -> dict[str, nn.Module]:
    channels_last = copy.deepcopy(network)
    channels_last.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    engines: dict[str, nn.Module] = {
        "plain": network,
        "plain, channels last": channels_last,
        "folded": FoldedMemNet(channels_last),
    }
    fastest = fastest_engine(channels_last, CPU)
    return {**engines, fastest.name: fastest.module}


@torch.inference_mode()
def flops_per_pixel(network: MemNet) -> float:
    """Operations of the plain network's convolutions, two a multiply-add."""
    patch = torch.rand(1, 1, 8, 8)
    with FlopCounterMode(display=False) as counter:
        network(patch)
    return float(counter.get_total_flops() / patch.numel())


@torch.inference_mode()
def _peak(engine: nn.Module, degraded: Tensor) -> tuple[int | None, Tensor]:
    """Peak memory of a call that is not the first, and what it gives."""
    engine(degraded)
    with suppress(OSError, AttributeError):  # glibc alone has it
        # What was freed but not given back would be used again without counting.
        ctypes.CDLL(None).malloc_trim(0)
    peak = watch_memory(CPU)
    restored: Tensor = engine(degraded)
    return peak(), restored


def _psnr(restored: Tensor, target: Tensor) -> float:
    ours, theirs = (255 * plane[0, 0].numpy() for plane in (restored, target))
    return psnr(ours, theirs, data_range=255, border=0)

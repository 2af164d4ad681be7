"""How fast a plane is restored on a CPU: engines side by side, and how near they come to the limit.

The network is not trained, but as lively as one that is: its normalisations hold the statistics of
what they are given, and it adds about as much to a plane as a trained one does.
"""

import copy
import ctypes
from contextlib import suppress
from functools import partial

import torch
from torch import Tensor, nn

from memnet.bench.ceiling import Measured, Report, noisy_patches, take_turns, watch_memory
from memnet.imaging.metrics import psnr
from memnet.inference.engine import fastest_engine
from memnet.inference.folded import FoldedMemNet
from memnet.models.config import MemNetConfig
from memnet.models.memnet import MemNet, init_msra
from memnet.training.cost import operations_of

CPU = torch.device("cpu")
RESIDUAL = 0.1  # of the size that He's initialisation gives the residual image


def bench_restore(config: MemNetConfig, *, side: int, rounds: int, report: Report) -> Measured:
    """Restore one plane of `side` pixels a side by each engine in turn.

    Returns the ceiling, and of each engine what `take_turns` gives, with `megapixels_per_second`,
    `peak_bytes` (most memory beyond what was in use before; None where it cannot be told), and as
    differences from the first one the largest `error` of the restored plane, in units of 255 = 1,
    and `psnr_error` in dB.
    """
    torch.manual_seed(0)
    network = _lively(config)
    degraded, target = noisy_patches(1, side)
    engines = _engines(network)
    found = [_peak(engine, degraded) for engine in engines.values()]
    calls = {name: partial(engine, degraded) for name, engine in engines.items()}
    with torch.inference_mode():
        ceiling, timings = take_turns(calls, operations_of(calls["plain"]), rounds, CPU, report)
    plain = found[0][1]
    for timing, (peak, restored) in zip(timings, found, strict=True):
        timing["megapixels_per_second"] = side**2 / 1e6 / timing["seconds"]
        timing["peak_bytes"] = peak
        timing["error"] = float((restored - plain).abs().max())
        timing["psnr_error"] = abs(_psnr(restored, target) - _psnr(plain, target))
    return ceiling, timings


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

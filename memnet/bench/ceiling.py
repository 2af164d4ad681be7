"""What a device can do at most, and how much memory a call takes: what timings are held against."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from memnet.bench.memory import process_memory


class Ceiling(NamedTuple):
    """What the device can do, measured in the same run, in floating-point operations a second."""

    convolution: float  # 3x3, 64 to 64 features, channels last, forward
    product: float  # of two square matrices


def measure_ceiling(device: torch.device) -> Ceiling:
    """Time a large convolution and a large product of matrices, several times each, now."""
    # On a CPU an output of 32 MiB would be mapped anew at every call, and that be timed as well.
    images = 8 if device.type == "cpu" else 32
    x = torch.randn(images, 64, 64, 64, device=device).to(memory_format=torch.channels_last)
    weight = torch.randn(64, 64, 3, 3, device=device).to(memory_format=torch.channels_last)
    side = 1536 if device.type == "cpu" else 8192
    a, b = (torch.randn(side, side, device=device) for _ in range(2))
    convolution = (
        2 * x.numel() * 64 * 9 / _fastest(lambda: torch.conv2d(x, weight, padding=1), device)
    )
    return Ceiling(convolution, 2 * side**3 / _fastest(lambda: a @ b, device))


def _fastest(function: Callable[[], Tensor], device: torch.device) -> float:
    """Seconds of the fastest of six calls, after one that does not count."""
    found = []
    with torch.inference_mode():
        for _ in range(7):
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            began = time.perf_counter()
            function()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            found.append(time.perf_counter() - began)
    return min(found[1:])


def watch_memory(device: torch.device) -> Callable[[], int | None]:
    """Start counting afresh; the function that comes back tells the most memory since, in bytes."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        return lambda: torch.cuda.max_memory_allocated(device) - before
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        resident = process_memory("VmRSS")
    except OSError:  # not Linux
        return lambda: None
    return lambda: process_memory("VmHWM") - resident

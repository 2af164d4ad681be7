"""What a device can do at most, what a call takes, and calls that take turns."""

import re
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from memnet.training.engine import computes_bfloat16

Report = Callable[[int, int, str], None]
"""Called with calls done, calls in all and the name of the one at hand."""


class Ceiling(NamedTuple):
    """What the device can do, measured in the same run, in floating-point operations a second."""

    convolution: float  # 3x3, 64 to 64 features, channels last, forward
    bfloat16: float | None  # the same convolution in that precision; None without units for it
    product: float  # of two square matrices


Measured = tuple[Ceiling, list[dict[str, Any]]]
"""The highest ceiling, and the numbers of each thing that was timed."""


def measure_ceiling(device: torch.device) -> Ceiling:
    """Time a large convolution and a large product of matrices, several times each, now."""
    # On a CPU an output of 32 MiB would be mapped anew at every call, and that be timed as well.
    images = 8 if device.type == "cpu" else 32
    x = torch.randn(images, 64, 64, 64, device=device).to(memory_format=torch.channels_last)
    weight = torch.randn(64, 64, 3, 3, device=device).to(memory_format=torch.channels_last)
    side = 1536 if device.type == "cpu" else 8192
    a, b = (torch.randn(side, side, device=device) for _ in range(2))

    def convolution(dtype: torch.dtype) -> float:
        features, kernel = x.to(dtype), weight.to(dtype)
        seconds = _fastest(lambda: torch.conv2d(features, kernel, padding=1), device)
        return 2 * x.numel() * 64 * 9 / seconds

    product = 2 * side**3 / _fastest(lambda: a @ b, device)
    half = convolution(torch.bfloat16) if computes_bfloat16(device) else None
    return Ceiling(convolution(torch.float32), half, product)


@torch.inference_mode()
def _fastest(function: Callable[[], Tensor], device: torch.device) -> float:
    """Seconds of the fastest of six calls, after one that does not count."""
    return min([seconds_of(function, device) for _ in range(7)][1:])


def seconds_of(call: Callable[[], object], device: torch.device) -> float:
    """Seconds that a call takes, with all that it starts on a GPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    began = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began


def noisy_patches(number: int, side: int) -> tuple[Tensor, Tensor]:
    """Patches (N, 1, side, side) in units of 255 = 1 with noise and without, always the same."""
    generator = torch.Generator().manual_seed(1)
    target = torch.rand(number, 1, side, side, generator=generator)
    return target + 0.1 * torch.randn(target.shape, generator=generator), target


def take_turns(
    calls: Mapping[str, Callable[[], object]],
    flops: float,
    rounds: int,
    device: torch.device,
    report: Report,
) -> Measured:
    """Time calls in turn, so that all meet the same disturbances, the ceiling after each round.

    `flops` are the operations of one call. Returns the highest ceiling, and of each call its
    `name`, the median of its `seconds`, the `flops` a second that this amounts to, their `share`
    of the ceiling's convolution, and the `speedup` over the first call.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    ceilings = [measure_ceiling(device)]
    total = rounds * len(calls)
    for number in range(rounds):
        for index, (name, call) in enumerate(calls.items()):
            report(number * len(calls) + index, total, name)
            seconds[name].append(seconds_of(call, device))
        ceilings.append(measure_ceiling(device))
    report(total, total, "")
    highest = Ceiling(*(max(v, key=lambda x: x or 0.0) for v in zip(*ceilings, strict=True)))
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    first = next(iter(medians.values()))
    return highest, [
        {
            "name": name,
            "seconds": median,
            "flops": flops / median,
            "share": flops / median / highest.convolution,
            "speedup": first / median,
        }
        for name, median in medians.items()
    ]


def watch_memory(device: torch.device) -> Callable[[], int | None]:
    """Reset the peak; return a function that gives the peak memory since then, in bytes."""
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


def process_memory(key: str) -> int:
    """Memory of this process in bytes: `VmRSS` now, `VmHWM` at most; OSError but on Linux."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    match = re.search(rf"{key}:\s+(\d+) kB", text)
    assert match is not None
    return 1024 * int(match[1])

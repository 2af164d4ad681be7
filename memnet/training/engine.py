"""What computes a training step: the plain network, or the same with less memory traffic."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from memnet.errors import InputError
from memnet.models.fused import FusedMemNet
from memnet.models.memnet import MemNet
from memnet.models.network import TrainableNetwork

ENGINES = ("plain", "compiled")
PRECISIONS = ("float32", "tf32", "bfloat16")

Predictions = Callable[[Tensor], tuple[Tensor, list[Tensor]]]
"""Degraded patches (N, 1, P, P) to the final prediction and the intermediate ones."""


def predictions_by(engine: str, network: TrainableNetwork, device: torch.device) -> Predictions:
    """The training forward of a network, computed by an engine.

    Both give the same numbers up to rounding. "compiled" is `torch.compile`: on a CPU each part
    of MemNet is compiled once and serves all blocks, since compiling takes longer than many steps;
    on a GPU the whole forward is one graph, which leaves no gaps between kernels.

    Parameters
    ----------
    engine : one of `ENGINES`
    network : in training mode, on `device`

    Raises
    ------
    InputError : there is no such engine, or nothing that compiles for it here
    """
    if engine not in ENGINES:
        raise InputError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r}")
    if engine == "plain":
        return network.predictions
    on_cpu = device.type == "cpu"
    if on_cpu and not any(map(shutil.which, ("g++", "clang++", "c++"))):
        raise InputError("engine compiled needs a C++ compiler (g++), got none: take plain")
    if not isinstance(network, MemNet):
        return _compile(network.predictions)
    part, whole = (_compile, _same) if on_cpu else (_same, _compile)
    return FusedMemNet(network, part=part, whole=whole)


def _same(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    if torch.are_deterministic_algorithms_enabled():  # the compiler has a switch of its own
        torch.use_deterministic_algorithms(True)
    # Shapes never change in a training; to find that out anew would cost a second compilation.
    return torch.compile(function, dynamic=False)


@contextmanager
def precision_of(name: str, device: torch.device) -> Iterator[None]:
    """Context in which a step is computed with the precision of that name.

    "float32" rounds nothing; "tf32" lets a GPU round the inputs of convolutions and products to
    10 bits; "bfloat16" computes them in 8 bits, sums in 32. An InputError if there is no such
    precision, or it means nothing on the device.
    """
    if name not in PRECISIONS:
        raise InputError(f"precision must be one of {', '.join(PRECISIONS)}, got {name!r}")
    if name == "tf32" and device.type != "cuda":
        raise InputError("precision tf32 is one of GPUs: take float32 on a CPU")
    cudnn, product = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, product.allow_tf32
    try:
        cudnn.allow_tf32 = product.allow_tf32 = name == "tf32"
        with torch.autocast(device.type, torch.bfloat16, enabled=name == "bfloat16"):
            yield
    finally:
        cudnn.allow_tf32, product.allow_tf32 = before

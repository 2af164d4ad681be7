"""What computes a training step: the plain network, or the same compiled; and how precisely."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from memnet.errors import InputError
from memnet.models.memnet import MemNet, PreActivatedConv, RecursiveUnit
from memnet.models.network import TrainableNetwork
from memnet.params import Plan, Recipe
from memnet.training.cost import training_seconds

COMPILING_PAYS = 1800.0
"""Seconds of a training from which on a minute or two of compiling is won back."""

Predictions = Callable[[Tensor], tuple[Tensor, list[Tensor]]]
"""Degraded patches (N, 1, P, P) to the final prediction and the intermediate ones."""


def resolved(plan: Plan, device: torch.device, *, processes: int, steps_per_epoch: int) -> Recipe:
    """The recipe of a training, which says what its `auto` stands for on this device.

    Precision: bfloat16 where the device computes in it (a processor with AMX or AVX-512-BF16, a GPU
    from Ampere on), else float32. Engine: compiled for a long training by one process, on a GPU or
    in bfloat16; a processor gains nothing by it in single precision. `processes` train together.
    """
    precision, engine = plan.recipe.precision, plan.recipe.engine
    if precision == "auto":
        precision = "bfloat16" if computes_bfloat16(device) else "float32"
    if engine == "auto":
        gains = precision == "bfloat16" or device.type == "cuda"
        can = gains and processes == 1 and can_compile(device)
        pays = can and training_seconds(plan, steps_per_epoch, device) >= COMPILING_PAYS
        engine = "compiled" if pays else "plain"
    return plan.recipe.model_copy(update={"precision": precision, "engine": engine})


def computes_bfloat16(device: torch.device) -> bool:
    """Whether a device has units for bfloat16, and does not only emulate it."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    processor = torch.cpu.get_capabilities()
    return bool(processor.get("amx_bf16") or processor.get("avx512_bf16"))


def can_compile(device: torch.device) -> bool:
    """Whether there is what `torch.compile` needs: a C++ compiler, on a GPU Triton and one of C."""
    if device.type == "cuda":
        from torch.utils._triton import has_triton

        compilers: tuple[str, ...] = (os.environ.get("CC", "gcc"), "clang")
        return has_triton() and any(map(shutil.which, compilers))
    default = "clang++" if sys.platform == "darwin" else "g++"
    return shutil.which(os.environ.get("CXX", default)) is not None


class Engine:
    """The training forward of a network, plain or compiled: the same numbers up to rounding.

    "compiled" is `torch.compile`. On a CPU the units and gates of a MemNet are compiled, since they
    are alike and compiling takes longer than many steps; on a GPU the whole forward is one graph.

    Parameters
    ----------
    name : "plain" or "compiled"
    network : in training mode, on `device`

    Raises
    ------
    InputError : nothing compiles for the device here
    """

    def __init__(self, name: str, network: TrainableNetwork, device: torch.device) -> None:
        self.predictions: Predictions = network.predictions
        self._compiled = name == "compiled"
        self._norms = [m for m in network.modules() if isinstance(m, _BatchNorm)]
        if self._compiled:
            if not can_compile(device):
                raise InputError(
                    "engine compiled needs a compiler (g++; for a GPU Triton and gcc), got none: "
                    "take plain"
                )
            whole = device.type != "cpu" or not isinstance(network, MemNet)
            self.predictions = _compile(network, whole=whole)

    @contextmanager
    def statistics(self, momentum: float) -> Iterator[None]:
        """Around forward and backward of a step: its weight in the running statistics.

        The momentum changes at every step, and a number is a constant to the compiler. So compiled
        norms leave the statistics of the batch, which are then averaged with those before.
        """
        for norm in self._norms:
            norm.momentum = 1.0 if self._compiled else momentum
        if not self._compiled or not self._norms:
            yield
            return
        statistics = [buffer for norm in self._norms for buffer in norm.buffers() if buffer.ndim]
        before = [tensor.clone() for tensor in statistics]
        yield
        torch._foreach_lerp_(statistics, before, 1 - momentum)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Around a validation: nothing is compiled for the sizes of its images."""
        with torch.compiler.set_stance("force_eager") if self._compiled else nullcontext():
            yield


def _compile(network: TrainableNetwork, *, whole: bool) -> Predictions:
    """`network.predictions`, compiled; shapes never change in a training."""
    if torch.are_deterministic_algorithms_enabled():  # the compiler has a switch of its own
        torch.use_deterministic_algorithms(True)
    if whole:
        return torch.compile(network.predictions, dynamic=False)
    torch._dynamo.config.recompile_limit = 64  # each gate has a width of its own
    for module in network.modules():
        if isinstance(module, (RecursiveUnit, PreActivatedConv)):
            module.compile(dynamic=False)
    return network.predictions


@contextmanager
def precision_of(name: str, device: torch.device) -> Iterator[None]:
    """Context in which a step is computed with the precision of that name.

    "float32" rounds nothing; "tf32" lets a GPU round the inputs of convolutions and products to
    10 bits; "bfloat16" computes them in 8 bits, sums in 32. Batch norm takes its moments in single
    precision in all of them. An InputError if the precision means nothing on the device.
    """
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

"""MemNet's training forward, written so that a compiler can keep memory traffic down.

It computes what `MemNet.predictions` computes in training mode, from the same parameters and
running statistics. Every part is a function of tensors alone: compiled once, it serves all blocks
and recursions, whose shapes agree, and nothing in it changes from step to step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.memnet import BN_EPS, MemNet, MemoryBlock

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
"""What makes a function faster: `torch.compile`, or nothing at all."""


class Norm(NamedTuple):
    """Parameters and running statistics of one batch normalisation, each (C,)."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    variance: Tensor

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> "Norm":
        """Those of a module, not copies."""
        assert norm.running_mean is not None and norm.running_var is not None
        return cls(norm.weight, norm.bias, norm.running_mean, norm.running_var)

    def part(self, first: int, last: int) -> "Norm":
        """Views of some channels."""
        return Norm(*(tensor[first:last] for tensor in self))


def norm_relu(x: Tensor, norm: Norm, momentum: Tensor) -> Tensor:
    """Batch normalisation by the batch's statistics, then ReLU; the running ones are updated.

    Parameters
    ----------
    x : (N, C, H, W)
    momentum : () weight of the batch in the running statistics; a tensor, because a number that
        changes at every step would be compiled anew at every step
    """
    variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
    count = x.numel() // x.shape[1]
    with torch.no_grad():
        norm.mean.lerp_(mean, momentum)
        norm.variance.lerp_(variance * (count / (count - 1)), momentum)
    scale = norm.weight * torch.rsqrt(variance + BN_EPS)
    shift = norm.bias - mean * scale
    return F.relu(x * scale[:, None, None] + shift[:, None, None])


def norm_relu_conv(
    x: Tensor, norm: Norm, weight: Tensor, bias: Tensor | None, momentum: Tensor
) -> Tensor:
    """Normalisation, ReLU and a convolution that keeps the size."""
    return F.conv2d(norm_relu(x, norm, momentum), weight, bias, padding=weight.shape[-1] // 2)


def recursive_unit(
    hidden: Tensor, norms: tuple[Norm, Norm], convs: tuple[Tensor, ...], momentum: Tensor
) -> Tensor:
    """H^r from H^(r-1) (eq. 5 and 6); `convs` are the block's two weights and biases."""
    weight_a, bias_a, weight_b, bias_b = convs
    residual = norm_relu_conv(hidden, norms[0], weight_a, bias_a, momentum)
    return hidden + norm_relu_conv(residual, norms[1], weight_b, bias_b, momentum)


def gate_unit(
    memories: list[Tensor], norms: list[Norm], weight: Tensor, bias: Tensor, momentum: Tensor
) -> Tensor:
    """B_m from all memories (eq. 7 to 9).

    Normalisation works channel by channel, so that each memory is normalised where it lies, and
    the concatenation holds what the 1x1 convolution reads and nothing before that.
    """
    active = [norm_relu(m, norm, momentum) for m, norm in zip(memories, norms, strict=True)]
    return F.conv2d(torch.cat(active, dim=1), weight, bias)


class FusedMemNet:
    """The training forward of a MemNet.

    Parameters
    ----------
    network : in training mode; its parameters are trained, its running statistics updated
    part, whole : what is made of each part, and of the forward that is put together from them
    """

    def __init__(self, network: MemNet, *, part: Wrap, whole: Wrap) -> None:
        self.network = network
        self._norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
        self._norm_relu_conv = part(norm_relu_conv)
        self._unit = part(recursive_unit)
        self._gate = part(gate_unit)
        self._whole = whole(self.forward)
        self._momentum = torch.zeros((), device=network.extract.conv.weight.device)

    def __call__(self, degraded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Final prediction, and those of all blocks when multi-supervised: `MemNet.predictions`."""
        self._momentum.fill_(float(self._norms[0].momentum or 0.0))
        for norm in self._norms:
            assert norm.num_batches_tracked is not None
            norm.num_batches_tracked.add_(1)
        found: tuple[Tensor, list[Tensor]] = self._whole(degraded, self._momentum)
        return found

    def forward(self, degraded: Tensor, momentum: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The same, given the momentum that all normalisations share in a step."""
        network = self.network
        first, last = network.extract, network.reconstruct
        memory = [self._conv(degraded, first.norm, first.conv, momentum)]
        for block in network.blocks:
            memory.append(self._block(block, memory, momentum))  # type: ignore[arg-type]
        shown = memory[1:] if network.config.multi_supervised else memory[-1:]
        intermediate = [
            degraded + self._conv(output, norm, last.conv, momentum)  # type: ignore[arg-type]
            for output, norm in zip(shown, last.norms, strict=True)
        ]
        if not network.config.multi_supervised:
            return intermediate[0], []
        weights = network.output_weights.unbind()
        weighted = [w * y for w, y in zip(weights, intermediate, strict=True)]
        return torch.stack(weighted).sum(dim=0), intermediate

    def _conv(self, x: Tensor, norm: nn.BatchNorm2d, conv: nn.Conv2d, momentum: Tensor) -> Tensor:
        out: Tensor = self._norm_relu_conv(x, Norm.of(norm), conv.weight, conv.bias, momentum)
        return out

    def _block(self, block: MemoryBlock, long_term: list[Tensor], momentum: Tensor) -> Tensor:
        convs = (block.conv_a.weight, block.conv_a.bias, block.conv_b.weight, block.conv_b.bias)
        hidden, short_term = long_term[-1], []
        for unit in block.units:
            norms = (Norm.of(unit.norm_a), Norm.of(unit.norm_b))  # type: ignore[arg-type]
            hidden = self._unit(hidden, norms, convs, momentum)
            short_term.append(hidden)
        memories = (long_term if block.long_term else []) + (
            short_term if block.short_term else short_term[-1:]
        )
        norm, conv, width = Norm.of(block.gate.norm), block.gate.conv, len(block.conv_a.weight)
        parts = [norm.part(i * width, (i + 1) * width) for i in range(len(memories))]
        out: Tensor = self._gate(memories, parts, conv.weight, conv.bias, momentum)
        return out

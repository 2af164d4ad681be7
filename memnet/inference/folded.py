"""MemNet for inference: the restored plane in fewer passes over less memory.

In evaluation mode a normalisation is a scale and a shift a feature. One that follows a convolution
is folded into it; one that does not is applied together with its ReLU. The 1x1 convolution of a
gate unit, which reads all memories side by side, is the sum of one product for each of them: they
are never laid side by side, and a short-term memory is forgotten as soon as the gate has read it.

Feature maps are (N, H, W, C) here: a pixel's features lie together, as products and PyTorch's
channels-last convolutions want them.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.memnet import MemNet, MemoryBlock, PreActivatedConv, RecursiveUnit

PIXELS_AT_ONCE = 1024  # of a gate: with 64 features 256 KiB, which stay in a core's cache


class Affine(NamedTuple):
    """A batch normalisation in evaluation mode, x * scale + shift; each (C,)."""

    scale: Tensor
    shift: Tensor

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> "Affine":
        """That of a module, computed in double precision."""
        assert norm.running_mean is not None and norm.running_var is not None
        scale = norm.weight.detach().double() / (norm.running_var.double() + norm.eps).sqrt()
        shift = norm.bias.detach().double() - norm.running_mean.double() * scale
        return cls(scale.to(norm.weight.dtype), shift.to(norm.weight.dtype))

    def part(self, first: int, last: int) -> "Affine":
        """Views of some features."""
        return Affine(self.scale[first:last], self.shift[first:last])

    def relu(self, x: Tensor) -> Tensor:
        """Normalise x (..., C), then ReLU."""
        return torch.addcmul(self.shift, x, self.scale).relu_()

    def after(self, conv: nn.Conv2d) -> tuple[Tensor, Tensor]:
        """Weight and bias of a convolution that normalises what it gives."""
        assert conv.bias is not None
        return (
            conv.weight * self.scale[:, None, None, None],
            torch.addcmul(self.shift, conv.bias, self.scale),
        )


class FoldedMemNet(nn.Module):
    """What a trained MemNet computes in evaluation mode, up to rounding.

    Parameters
    ----------
    network : in evaluation mode, on its device; its weights are shared, but its normalisations
        are read once, so that a network that is trained further needs another of these
    """

    def __init__(self, network: MemNet) -> None:
        super().__init__()
        self.network = network
        norms = (module for module in network.modules() if isinstance(module, nn.BatchNorm2d))
        self._affines: dict[nn.Module, Affine] = {norm: Affine.of(norm) for norm in norms}

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (N, 1, H, W); not clipped."""
        return self.predictions(degraded)[0]

    @torch.inference_mode()
    def predictions(self, degraded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Final prediction, and those of blocks 1 .. M when multi-supervised, as the network's."""
        network = self.network
        plane = degraded.permute(0, 2, 3, 1)
        first = self._affines[network.extract.norm].relu(plane)
        memory = [_conv(first, network.extract.conv.weight, network.extract.conv.bias)]
        norms, head = network.reconstruct.norms, network.reconstruct.conv
        weights = network.output_weights.tolist() if network.config.multi_supervised else [1.0]
        unseen = len(network.blocks) - len(norms)  # blocks without a prediction of their own
        final, intermediate = torch.zeros_like(plane), []
        for index, block in enumerate(network.blocks):
            assert isinstance(block, MemoryBlock)
            memories = self._memories(block, memory, last=index + 1 == len(network.blocks))
            memory.append(self._gated(block.gate, memories, memory[-1].shape))
            if index >= unseen:
                affine = self._affines[norms[index - unseen]]
                residual = _conv(affine.relu(memory[-1]), head.weight, head.bias)
                intermediate.append(plane + residual)
                final.add_(intermediate[-1], alpha=weights[index - unseen])
        supervised = intermediate if network.config.multi_supervised else []
        return final.permute(0, 3, 1, 2), [one.permute(0, 3, 1, 2) for one in supervised]

    def _memories(
        self, block: MemoryBlock, memory: list[Tensor], *, last: bool
    ) -> Iterator[Tensor]:
        """The memories that a gate reads, in turn; `memory` then keeps what later gates read."""
        hidden = memory[-1]
        if block.long_term:
            yield from memory
        if last or not block.long_term:
            memory.clear()
        for number, unit in enumerate(block.units, start=1):
            hidden = self._unit(block, unit, hidden)  # type: ignore[arg-type]
            if block.short_term or number == len(block.units):
                yield hidden

    def _unit(self, block: MemoryBlock, unit: RecursiveUnit, hidden: Tensor) -> Tensor:
        """H^r from H^(r-1) (eq. 5 and 6)."""
        features = self._affines[unit.norm_a].relu(hidden)
        features = _conv(features, *self._affines[unit.norm_b].after(block.conv_a)).relu_()
        return _conv(features, block.conv_b.weight, block.conv_b.bias).add_(hidden)

    def _gated(
        self, gate: PreActivatedConv, memories: Iterator[Tensor], shape: torch.Size
    ) -> Tensor:
        """Output (N, H, W, C) of a gate unit (eq. 7 to 9)."""
        affine, kernel = self._affines[gate.norm], gate.conv.weight[:, :, 0, 0].t()
        assert gate.conv.bias is not None
        # Not `contiguous`, which for a single pixel would be the bias itself, to be added to.
        output = gate.conv.bias.expand(shape).clone(memory_format=torch.contiguous_format)
        first = 0
        for memory in memories:
            last = first + memory.shape[-1]
            part = affine.part(first, last)
            for some, sums in zip(_pixels(memory), _pixels(output), strict=True):
                sums.addmm_(part.relu(some), kernel[first:last])
            first = last
            del memory, some, sums  # else a memory lives on while the next one is computed
        return output


def _pixels(maps: Tensor) -> tuple[Tensor, ...]:
    """Views (P, C) of feature maps, few enough pixels in each for a cache."""
    return torch.split(maps.view(-1, maps.shape[-1]), PIXELS_AT_ONCE)


def _conv(maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Convolution that keeps the size, of maps (N, H, W, C)."""
    convolved = F.conv2d(maps.permute(0, 3, 1, 2), weight, bias, padding=weight.shape[-1] // 2)
    return convolved.permute(0, 2, 3, 1).contiguous()  # no copy, but for a single input map

"""MemNet, in the order in which the paper introduces its parts.

Tai, Yang, Liu, Xu: MemNet, A Persistent Memory Network for Image Restoration, ICCV 2017. Where the
text and the released Caffe network (tyshiwo/MemNet, MemNet_M6R6_80C64) differ, the network decides:
batch normalisation and ReLU come before every convolution, the first one too; the gate reads
long-term memory first.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.config import MemNetConfig
from memnet.models.saved import SavedNetwork

BN_EPS = 1e-5  # Caffe's default; the momentum is set at each step (training.schedule)


def conv3x3(in_features: int, out_features: int) -> nn.Conv2d:
    """Convolution with a 3x3 kernel that keeps the size of the image."""
    return nn.Conv2d(in_features, out_features, kernel_size=3, padding=1)


class PreActivatedConv(nn.Module):
    """BN, ReLU, convolution: the order of every layer of the network."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(conv.in_channels, eps=BN_EPS)
        self.conv = conv

    def forward(self, features: Tensor) -> Tensor:
        """Convolve the activated features."""
        return self.conv(F.relu(self.norm(features), inplace=True))


class RecursiveUnit(nn.Module):
    """One recursion (eq. 5 and 6): its normalisations are its own, the convolutions the block's."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.norm_a = nn.BatchNorm2d(num_features, eps=BN_EPS)
        self.norm_b = nn.BatchNorm2d(num_features, eps=BN_EPS)

    def forward(self, hidden: Tensor, conv_a: nn.Conv2d, conv_b: nn.Conv2d) -> Tensor:
        """H^r = H^(r-1) + conv_b(relu(bn(conv_a(relu(bn(H^(r-1)))))))."""
        residual = conv_a(F.relu(self.norm_a(hidden), inplace=True))
        residual = conv_b(F.relu(self.norm_b(residual), inplace=True))
        return hidden + residual


class MemoryBlock(nn.Module):
    """R recursions and the gate that decides what of all memory persists (section 3.2)."""

    def __init__(self, index: int, config: MemNetConfig) -> None:
        super().__init__()
        width, recursions = config.num_features, config.num_recursions
        self.long_term = config.long_term
        self.short_term = config.short_term
        self.conv_a = conv3x3(width, width)
        self.conv_b = conv3x3(width, width)
        self.units = nn.ModuleList(RecursiveUnit(width) for _ in range(recursions))
        num_memories = (index if self.long_term else 0) + (recursions if self.short_term else 1)
        self.gate = PreActivatedConv(nn.Conv2d(num_memories * width, width, kernel_size=1))

    def forward(self, long_term: list[Tensor]) -> Tensor:
        """Output B_m of the block from the outputs B_0 .. B_(m-1) before it (eq. 7 to 9)."""
        return self.gate(torch.cat(self.memories(long_term), dim=1))

    def grow(self, added: int) -> None:
        """Add recursions like the last one, of which the gate reads nothing yet."""
        self.units.extend(copy.deepcopy(self.units[-1]) for _ in range(added))
        norm, conv = self.gate.norm, self.gate.conv
        width, more = conv.out_channels, added * conv.out_channels
        wider = nn.Conv2d(conv.in_channels + more, width, kernel_size=1)
        self.gate = PreActivatedConv(wider).to(conv.weight)
        with torch.no_grad():
            kernel, bias = self.gate.conv.parameters()
            kernel.zero_()[:, : conv.in_channels] = conv.weight
            bias.copy_(conv.bias)  # type: ignore[arg-type]
            ours = dict(self.gate.norm.state_dict(keep_vars=True))
            for name, tensor in norm.state_dict().items():
                last = tensor[-width:].repeat(added) if tensor.ndim else tensor
                ours[name].copy_(torch.cat([tensor, last]) if tensor.ndim else tensor)

    def memories(self, long_term: list[Tensor]) -> list[Tensor]:
        """What the gate reads: B_0 .. B_(m-1), then H^1 .. H^R; less without one or the other."""
        hidden = long_term[-1]
        short_term = []
        for unit in self.units:
            hidden = unit(hidden, self.conv_a, self.conv_b)
            short_term.append(hidden)
        return (long_term if self.long_term else []) + (
            short_term if self.short_term else short_term[-1:]
        )


class Reconstruction(nn.Module):
    """Residual image from a block's output: the convolution is shared, the normalisation is not."""

    def __init__(self, num_features: int, num_predictions: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(num_features, eps=BN_EPS) for _ in range(num_predictions)
        )
        self.conv = conv3x3(num_features, 1)

    def forward(self, features: Tensor, index: int) -> Tensor:
        """Residual (N, 1, H, W) of prediction `index`."""
        return self.conv(F.relu(self.norms[index](features), inplace=True))


class MemNet(SavedNetwork[MemNetConfig]):
    """The whole network: feature extraction, M memory blocks, reconstruction (Fig. 2 and 3).

    Maps a degraded luminance plane (N, 1, H, W) in [0, 1] to the restored one of the same shape.
    """

    config_type = MemNetConfig

    def __init__(self, config: MemNetConfig) -> None:
        super().__init__(config)
        blocks = config.num_memory_blocks
        self.extract = PreActivatedConv(conv3x3(1, config.num_features))
        self.blocks = nn.ModuleList(MemoryBlock(m, config) for m in range(1, blocks + 1))
        num_predictions = blocks if config.multi_supervised else 1
        self.reconstruct = Reconstruction(config.num_features, num_predictions)
        if config.multi_supervised:
            # The official file gives no filler: Caffe's default is 1, a sum and not a mean.
            start = 1.0 if config.initialization == "official" else 1.0 / blocks
            self.output_weights = nn.Parameter(torch.full((blocks,), start))
        self.apply(init_msra)
        if config.initialization == "zero_residual":
            self.reconstruct.conv.apply(init_zero)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (N, 1, H, W); not clipped."""
        return self.predictions(degraded)[0]

    def predictions(self, degraded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Final prediction, and those of blocks 1 .. M when multi-supervised (eq. 11)."""
        memory = [self.extract(degraded)]  # B_0 (N, F, H, W)
        for block in self.blocks:
            memory.append(block(memory))
        if not self.config.multi_supervised:
            return degraded + self.reconstruct(memory[-1], 0), []
        intermediate = [
            degraded + self.reconstruct(output, index) for index, output in enumerate(memory[1:])
        ]
        weighted = [w * y for w, y in zip(self.output_weights.unbind(), intermediate, strict=True)]
        return torch.stack(weighted).sum(dim=0), intermediate

    def grow(self, num_recursions: int) -> None:
        """Give every block more recursions, which change no output before they are trained.

        Each starts with the normalisations of the block's last one, and with weight zero in the
        gate. `short_term` must be true: without it the gate reads the last recursion alone.
        """
        assert self.config.short_term
        for block in self.blocks:
            assert isinstance(block, MemoryBlock)
            block.grow(num_recursions - self.config.num_recursions)
        self.config = self.config.model_copy(update={"num_recursions": num_recursions})

    def loss_weights(self, progress: float) -> tuple[float, float]:
        """Weight of the final loss, and of each intermediate one.

        Eq. 12 with alpha = 1/(M+1) weighs all M+1 losses the same; the official network gives each
        the weight 1, which is (M+1) times eq. 12.
        """
        return 1.0, 1.0

    def gate_weight_norms(self) -> list[Tensor]:
        """Norm of each gate's weights per input map, v_m^l of section 4 (Fig. 5), not normalised.

        One vector per block; its maps are ordered B_0 .. B_(m-1), H^1 .. H^R.
        """
        gates = [block.gate for block in self.blocks if isinstance(block, MemoryBlock)]
        kernels = (gate.conv.weight.detach() for gate in gates)
        return [kernel.square().sum(dim=(0, 2, 3)).sqrt() for kernel in kernels]


def init_msra(module: nn.Module) -> None:
    """He et al. (2015) as Caffe's `msra` filler: Gaussian, variance 2 / fan-in; biases 0."""
    if isinstance(module, nn.Conv2d) and not module.weight.is_meta:  # which has no values
        nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def init_zero(module: nn.Module) -> None:
    """Zero weights and biases, for a last convolution that starts by adding nothing."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)

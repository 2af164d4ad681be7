"""VDSR: Kim, Lee, Lee, Accurate Image Super-Resolution Using Very Deep Networks, CVPR 2016."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.config import VdsrConfig
from memnet.models.memnet import conv3x3, init_msra, init_zero

__all__ = ["Vdsr", "VdsrConfig"]


class Vdsr(nn.Module):
    """A chain of 3x3 convolutions with ReLU between them, added to its input.

    Maps a degraded luminance plane (N, 1, H, W) in [0, 1] to the restored one of the same shape.
    """

    def __init__(self, config: VdsrConfig) -> None:
        super().__init__()
        self.config = config
        width = config.num_features
        features = [1] + [width] * (config.depth - 1) + [1]
        self.convs = nn.ModuleList(conv3x3(*pair) for pair in pairwise(features))
        self.apply(init_msra)
        if config.initialization == "zero_residual":
            self.convs[-1].apply(init_zero)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (N, 1, H, W); not clipped."""
        features = degraded
        for conv in self.convs[:-1]:
            features = F.relu(conv(features), inplace=True)
        residual: Tensor = self.convs[-1](features)
        return degraded + residual

    def predictions(self, degraded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Final prediction; VDSR has no intermediate ones."""
        return self(degraded), []

    def loss_weights(self, progress: float) -> tuple[float, float]:
        """Weight of the final loss, and of each intermediate one (there is none)."""
        return 1.0, 0.0

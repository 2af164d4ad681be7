"""VDSR: Kim, Lee, Lee, Accurate Image Super-Resolution Using Very Deep Networks, CVPR 2016."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from memnet.models.config import VdsrConfig
from memnet.models.memnet import conv3x3, init_msra, init_zero
from memnet.models.saved import SavedNetwork


class Vdsr(SavedNetwork[VdsrConfig]):
    """A chain of 3x3 convolutions with ReLU between them, added to its input.

    Maps a degraded luminance plane (N, 1, H, W) in [0, 1] to the restored one of the same shape.
    """

    config_type = VdsrConfig

    def __init__(self, config: VdsrConfig) -> None:
        super().__init__(config)
        features = [1] + [config.num_features] * (config.depth - 1) + [1]
        self.convs = nn.ModuleList(conv3x3(*pair) for pair in pairwise(features))
        self.apply(init_msra)
        if config.initialization == "zero_residual":
            self.convs[-1].apply(init_zero)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restored plane (N, 1, H, W); not clipped."""
        return degraded + relu_chain(self.convs, degraded)

    def predictions(self, degraded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Final prediction; VDSR has no intermediate ones."""
        return self(degraded), []

    def loss_weights(self, progress: float) -> tuple[float, float]:
        """Weight of the final loss, and of each intermediate one (there is none)."""
        return 1.0, 0.0


def relu_chain(convs: nn.ModuleList, degraded: Tensor) -> Tensor:
    """What convolutions with ReLU between them make of a plane (N, 1, H, W)."""
    features = degraded
    for conv in convs[:-1]:
        features = F.relu(conv(features), inplace=True)
    return convs[-1](features)
